package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"teahouse/store"
)

// running is what run.json says of the process that serves a data folder.
type running struct {
	PID int    `json:"pid"`
	URL string `json:"url"` // of the page, for this machine
}

func (f dataFolder) writeRunning(url string) error {
	text, err := json.Marshal(running{os.Getpid(), url})
	if err != nil {
		return err
	}
	return writeFile(f.file(runFile), string(text)+"\n")
}

// readRunning returns the zero value if nothing usable is there.
func (f dataFolder) readRunning() (r running) {
	text, err := os.ReadFile(f.file(runFile))
	if err != nil || json.Unmarshal(text, &r) != nil {
		return running{}
	}
	return r
}

// lockedFailure says who has the data folder.
func (f dataFolder) lockedFailure(err error) error {
	en, zh := "Another Teahouse uses "+f.shown()+".", "另一个 Teahouse 正在使用 "+f.shown()+"。"
	if r := f.readRunning(); r.URL != "" {
		en += fmt.Sprintf(" Its page: %s (process %d)", r.URL, r.PID)
		zh += fmt.Sprintf("其页面：%s（进程 %d）", r.URL, r.PID)
	}
	return &failure{exitRunning, en, zh, err}
}

// joinRunning turns the failure of a second start into success if it can show
// the page of the first one.
func (f dataFolder) joinRunning(ctx context.Context, cfg config, failed error) error {
	r := f.readRunning()
	if !errors.Is(failed, store.ErrLocked) || cfg.openBrowser == nil || !answers(ctx, r.URL) {
		return failed
	}
	if err := cfg.openBrowser(r.URL); err != nil {
		return errors.Join(failed, err)
	}
	fmt.Fprintf(cfg.console, "Teahouse is already running; its page opens: %s\nTeahouse 已在运行，正在打开页面。\n", r.URL)
	return nil
}

// answers reports whether a server at url says that it is alive.
func answers(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/healthz", nil)
	if err != nil {
		return false
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // no proxy: it is this machine
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}
