package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"teahouse/httpapi"
	"teahouse/store"
)

// runCommand carries out the subcommand in cfg.args.
func runCommand(cfg config) error {
	words := cfg.args
	if len(words) >= 2 && len(words) <= 3 && words[0] == "admin" && words[1] == "reset" {
		name := ""
		if len(words) == 3 {
			name = words[2]
		}
		return adminReset(cfg, chooseFolder(cfg.data, surroundingsHere()), name)
	}
	return usageError(fmt.Errorf("unknown command: %s", strings.Join(words, " ")))
}

// adminReset prints a one-time code with which the account called name may set a
// new password. It works on the data folder of a stopped server: whoever can do
// that owns the server anyway. Without a name it takes the only admin, or lists
// the admins.
func adminReset(cfg config, folder dataFolder, name string) error {
	if _, err := os.Stat(folder.file(databaseFile)); err != nil {
		return refused("There is no server's data in "+folder.shown()+"; name its folder with -data.",
			folder.shown()+" 中没有服务器数据；请用 -data 指定其文件夹。", err)
	}
	db, err := folder.open(cfg, nil) // what failed to be written is the error of this command
	if errors.Is(err, store.ErrLocked) {
		return &failure{
			exitRunning,
			"The server is running. Stop it first (Ctrl+C in its window), then repeat this.",
			"服务器正在运行。请先停止它（在其窗口按 Ctrl+C），然后重试。", err,
		}
	}
	if err != nil {
		return err
	}
	err = printReset(cfg, folder, db, name)
	return errors.Join(err, db.Close())
}

func printReset(cfg config, folder dataFolder, db *store.Store, name string) error {
	user, err := resetTarget(db, name)
	if err != nil {
		return err
	}
	code, hash := httpapi.NewResetCode()
	expires := time.Now().Add(httpapi.ResetValid)
	if err := db.CreateReset(user.ID, hash, expires.UnixMilli()); err != nil {
		return err
	}
	at := site{netip.IPv6Unspecified(), nextPort(cfg, folder)}
	fmt.Fprintf(cfg.console, "New password for 重设密码：%s\n", user.Name)
	line(cfg.console, "Code 重置码", code)
	line(cfg.console, "Works until 有效至", expires.Format(time.DateTime))
	fmt.Fprintln(cfg.console, "Start the server, then open 启动服务器后打开：")
	fmt.Fprintf(cfg.console, "  %s/reset#%s\n", at.here(), code)
	return nil
}

// nextPort guesses the port of the next start.
func nextPort(cfg config, folder dataFolder) int {
	if _, port, err := net.SplitHostPort(cfg.listen); err == nil && cfg.listenSet {
		if number, err := strconv.ParseUint(port, 10, 16); err == nil && number > 0 {
			return int(number)
		}
	}
	return folder.ports()[0]
}

// resetTarget finds the account called name, or the only admin if name is "".
func resetTarget(db *store.Store, name string) (store.User, error) {
	if name != "" {
		user, err := db.UserByName(name)
		if errors.Is(err, store.ErrNoSuchUser) {
			return user, &failure{exitFailed, "There is no account of that name.", "没有这个名字的账号。", err}
		}
		return user, err
	}
	admins, err := admins(db)
	switch {
	case err != nil:
		return store.User{}, err
	case len(admins) == 0:
		return store.User{}, &failure{
			exitFailed,
			"This server has no admin yet: start it and use its set-up link.",
			"此服务器还没有管理员：请启动它并使用首次设置链接。", nil,
		}
	case len(admins) > 1:
		var names []string
		for _, admin := range admins {
			names = append(names, admin.Name)
		}
		list := strings.Join(names, ", ")
		return store.User{}, &failure{
			exitUsage,
			"There are several admins; say for whom: " + list, "有多位管理员，请指定其一：" + list, nil,
		}
	}
	return admins[0], nil
}

func admins(db *store.Store) ([]store.User, error) {
	var found []store.User
	after := store.UserID(0)
	for {
		page, more, err := db.FindUsers("", after, 200, true)
		if err != nil {
			return nil, err
		}
		for _, user := range page {
			if user.Admin {
				found = append(found, user)
			}
			after = user.ID
		}
		if !more {
			return found, nil
		}
	}
}
