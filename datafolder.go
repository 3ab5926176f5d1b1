package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"teahouse/store"
)

// What lies in the data folder. docs/operations.md lists it for operators.
const (
	databaseFile = "teahouse.db" // everything people wrote
	markerFile   = "teahouse.id" // says that a database belongs here, and which
	tokenFile    = "setup-token" // until the first admin is made
	runFile      = "run.json"    // while the server runs
	portFile     = "port"        // the port chosen when the usual one was taken
)

// dataFolder is the folder that holds everything a server keeps.
type dataFolder string

func (f dataFolder) file(name string) string { return filepath.Join(string(f), name) }

// surroundings is what the choice of a data folder depends on.
type surroundings struct {
	executable string // the path of this program
	tempFolder string
	userFolder string // where programs of this user keep their data
	isFolder   func(path string) bool
	writable   func(path string) bool // makes the folder if need be
}

// chooseFolder returns the folder for -data: the one given; else ./data if there
// is one or this program was built for one run only (go run); else data beside
// the program; else the user's folder.
func chooseFolder(given string, here surroundings) dataFolder {
	switch beside := filepath.Join(filepath.Dir(here.executable), "data"); {
	case given != "":
		return dataFolder(given)
	case here.isFolder("data"), here.executable == "", isTemporary(here.executable, here.tempFolder):
		return "data"
	case here.writable(beside):
		return dataFolder(beside)
	}
	return dataFolder(filepath.Join(here.userFolder, "Teahouse"))
}

// isTemporary reports whether go run made the executable: it lies in the folder
// for temporary files or in the build cache.
func isTemporary(executable, tempFolder string) bool {
	if within, err := filepath.Rel(tempFolder, executable); err == nil && filepath.IsLocal(within) {
		return true
	}
	return strings.Contains(filepath.ToSlash(executable), "/go-build")
}

// surroundingsHere reads what this process runs in.
func surroundingsHere() surroundings {
	executable, err := os.Executable()
	if err != nil {
		executable = "" // chooseFolder then takes ./data
	}
	userFolder, err := os.UserConfigDir()
	if local := os.Getenv("LOCALAPPDATA"); local != "" {
		userFolder, err = local, nil // %AppData% would travel with the profile
	}
	if err != nil {
		userFolder = "."
	}
	return surroundings{executable, os.TempDir(), userFolder, isFolder, isWritable}
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func isWritable(folder string) bool {
	if os.MkdirAll(folder, 0o700) != nil {
		return false
	}
	probe, err := os.CreateTemp(folder, "probe")
	if err != nil {
		return false
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name())) == nil
}

// open makes the folder if need be and opens its database. Failures: exitRunning
// (wrapping store.ErrLocked) if another process serves it, exitRefused if the
// folder is not what it was. fatal hears of a commit whose outcome is unknown.
func (f dataFolder) open(cfg config, fatal func(error)) (*store.Store, error) {
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return nil, refused("The data folder cannot be made.", "无法创建数据文件夹。", err)
	}
	if info, err := os.Stat(string(f)); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		cfg.log.Warn("other users of this machine can look into the data folder; chmod 700 it", "mode", info.Mode().String())
	}
	if err := f.checkMarker(); err != nil {
		return nil, err
	}
	db, err := store.Open(f.file(databaseFile), store.Options{
		Log:             cfg.log,
		MaxBodyBytes:    cfg.limits.BodyBytes,
		MaxGroupMembers: cfg.limits.GroupMembers,
		LoginIdle:       cfg.limits.LoginIdle,
		LoginAbsolute:   cfg.limits.LoginAbsolute,
		Fatal:           fatal,
	})
	switch {
	case errors.Is(err, store.ErrLocked):
		return nil, f.lockedFailure(err)
	case errors.Is(err, store.ErrSchemaTooNew):
		return nil, refused("A newer Teahouse wrote this data. Start that version, or put back a backup made before the update.",
			"数据由更新版本的 Teahouse 写入。请启动该版本，或恢复更新前的备份。", err)
	case err != nil:
		return nil, refused("The database in "+f.shown()+" cannot be opened. Nothing was changed; keep the file and put back a backup.",
			"无法打开 "+f.shown()+" 中的数据库。未作任何更改；请保留该文件并恢复备份。", err)
	}
	if err := f.mark(db.Epoch()); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// checkMarker refuses a folder whose database went away: an empty new one in its
// place would hand the server to the first visitor.
func (f dataFolder) checkMarker() error {
	if _, err := os.Stat(f.file(markerFile)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	info, err := os.Stat(f.file(databaseFile))
	if err == nil && info.Size() > 0 {
		return nil
	}
	return refused(
		fmt.Sprintf("%s held a server's data, but %s is missing or empty. Put back a backup of it; to begin anew on purpose, delete %s.",
			f.shown(), databaseFile, markerFile),
		fmt.Sprintf("%s 曾保存服务器数据，但 %s 缺失或为空。请恢复其备份；若确实要重新开始，请删除 %s。",
			f.shown(), databaseFile, markerFile), err)
}

// mark notes which database belongs here, and refuses another one.
func (f dataFolder) mark(epoch string) error {
	marker, err := os.ReadFile(f.file(markerFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return writeFile(f.file(markerFile), epoch+"\n")
	case err != nil:
		return refused("A file of the data folder cannot be read.", "无法读取数据文件夹中的文件。", err)
	case strings.TrimSpace(string(marker)) != epoch:
		return refused(
			fmt.Sprintf("The database in %s is another server's. Put back its own; if this one shall take its place, delete %s.", f.shown(), markerFile),
			fmt.Sprintf("%s 中的数据库属于另一台服务器。请放回原来的数据库；若要以此替换，请删除 %s。", f.shown(), markerFile), nil)
	}
	return nil
}

// setupToken returns the token of the set-up link, "" once an admin exists. It
// is the same over restarts, so that a link once printed stays valid.
func (f dataFolder) setupToken(claimed bool) (string, error) {
	if claimed {
		return "", f.removeToken()
	}
	if stored, err := os.ReadFile(f.file(tokenFile)); err == nil {
		if token := strings.TrimSpace(string(stored)); len(token) == len(newCode()) {
			return token, nil
		}
	}
	token := newCode()
	return token, writeFile(f.file(tokenFile), token+"\n")
}

func (f dataFolder) removeToken() error {
	err := os.Remove(f.file(tokenFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// shown returns the folder's full path, for people.
func (f dataFolder) shown() string {
	if full, err := filepath.Abs(string(f)); err == nil {
		return full
	}
	return string(f)
}

func refused(en, zh string, because error) error {
	return &failure{exitRefused, en, zh, because}
}

// newCode returns 128 random bits as 22 characters that may stand in a link.
func newCode() string {
	var bits [16]byte
	_, _ = rand.Read(bits[:]) // never fails: crypto/rand ends the process instead
	return base64.RawURLEncoding.EncodeToString(bits[:])
}

// writeFile replaces a small file of the data folder, readable by its owner
// only. A crash leaves the old file or the new one.
func writeFile(path, text string) error {
	draft, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = draft.WriteString(text)
	err = errors.Join(err, draft.Sync(), draft.Close())
	if err == nil {
		err = os.Rename(draft.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(draft.Name()))
	}
	return nil
}
