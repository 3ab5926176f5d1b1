// Command teahouse serves a chat for the people of one network: one program, one
// data folder, a page in the browser. docs/architecture.md says how its parts
// work together.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"teahouse/httpapi"
	"teahouse/hub"
)

// stopWithin is how long the way from the signal to the end may take: a closing
// Windows console kills the process after 5 s.
const stopWithin = 4500 * time.Millisecond

func main() {
	cfg, err := parseConfig(os.Args[1:], os.Getenv, os.Stdout)
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		context.AfterFunc(ctx, stop) // a second signal ends the process at once
		if !cfg.noBrowser && hasBrowser(runtime.GOOS, os.Getenv, isTerminal(os.Stdout)) {
			cfg.openBrowser = openBrowser
		}
		if len(cfg.args) > 0 {
			err = runCommand(cfg)
		} else {
			err = run(ctx, cfg, func(net.Addr) {})
		}
	}
	os.Exit(report(os.Stderr, err))
}

// run serves until ctx ends and returns nil after a clean stop. ready is called
// once, when requests are answered. Errors with an exit code of their own are
// failures; a failed commit, also one of the stop, goes before all others.
func run(ctx context.Context, cfg config, ready func(addr net.Addr)) error {
	broken, breakDown := context.WithCancelCause(context.Background())
	err := serve(ctx, cfg, broken, breakDown, ready)
	if broken.Err() == nil {
		return err
	}
	cause := context.Cause(broken)
	cfg.log.Error("a commit failed; its outcome is unknown", "err", cause)
	return &failure{
		exitCommit,
		"Writing to the disk failed. Check the disk, then start again; what was confirmed is kept.",
		"写入磁盘失败。请检查磁盘后重新启动；已确认的内容不会丢失。", errors.Join(cause, err),
	}
}

// serve serves until ctx ends or the database broke down: broken is done once
// breakDown was called.
func serve(ctx context.Context, cfg config, broken context.Context, breakDown func(error), ready func(addr net.Addr)) error {
	folder := chooseFolder(cfg.data, surroundingsHere())
	db, err := folder.open(cfg, breakDown)
	if err != nil {
		return folder.joinRunning(ctx, cfg, err)
	}
	defer func() { logError(cfg.log, "close the database", db.Close()) }()
	settings, err := db.Settings()
	if err != nil {
		return err
	}
	token, err := folder.setupToken(settings.Claimed)
	if err != nil {
		return err
	}

	moving, err := hub.New(hub.Config{
		Store: db, Log: cfg.log, Limits: cfg.limits, Version: programVersion(),
		Fatal: breakDown,
	})
	if err != nil {
		return err
	}
	var at site // set before the first request
	handler := httpapi.New(httpapi.Deps{
		Store: db, Hub: moving, Static: cfg.page(), Log: cfg.log, Limits: cfg.limits,
		Version: programVersion(), SetupToken: token, HostNames: hostNames(cfg.hosts),
		Addresses: func() []string { return at.others() },
		Claimed:   func() { logError(cfg.log, "remove the set-up token", folder.removeToken()) },
	})
	listener, err := listen(ctx, cfg, folder)
	if err != nil {
		return errors.Join(err, moving.Close(ctx))
	}
	at = siteOf(listener.Addr())

	server := newServer(handler, cfg.log)
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(listener) }()
	cfg.log.Info("serving", "listen", listener.Addr().String(), "version", programVersion())
	logError(cfg.log, "note the running server", folder.writeRunning(at.here()))
	defer func() { _ = os.Remove(folder.file(runFile)) }()
	welcome(cfg, at, folder, token)
	ready(listener.Addr())

	select {
	case <-ctx.Done():
	case err = <-stopped:
	case <-broken.Done(): // the store refuses all later writes, those of the stop too
	}
	cfg.log.Info("stopping")
	fmt.Fprintln(cfg.console, "Stopping 正在停止 …")
	return errors.Join(err, shutDown(server, moving))
}

// welcome announces the server and opens its page.
func welcome(cfg config, at site, folder dataFolder, token string) {
	announce(cfg.console, at, folder, token)
	if cfg.openBrowser == nil {
		return
	}
	url := at.here()
	if token != "" {
		url += "/setup#" + token
	}
	logError(cfg.log, "open the page", cfg.openBrowser(url))
}

// newServer sets the deadlines that keep slow senders from holding connections;
// those of bodies and sockets are the handlers'.
func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// shutDown ends requests, then sessions, each within its part of stopWithin.
func shutDown(server *http.Server, moving *hub.Hub) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	requests, cancelRequests := context.WithTimeout(ctx, stopWithin/3)
	defer cancelRequests()
	err := server.Shutdown(requests)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close() // somebody is slow; a stop does not wait for them
	}
	return errors.Join(err, moving.Close(ctx))
}

func logError(log *slog.Logger, doing string, err error) {
	if err != nil {
		log.Warn(doing, "err", err)
	}
}
