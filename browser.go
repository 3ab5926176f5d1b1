package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// hasBrowser reports whether a person sits at this machine who would like the
// page opened: a terminal, not over SSH, and on Linux a display.
func hasBrowser(goos string, getenv func(string) string, terminal bool) bool {
	switch {
	case !terminal, getenv("SSH_CONNECTION") != "", getenv("CI") != "":
		return false
	case goos == "windows", goos == "darwin":
		return true
	}
	return getenv("DISPLAY") != "" || getenv("WAYLAND_DISPLAY") != ""
}

// openBrowser opens url with the system's own command, never through a shell.
// It does not wait for the browser.
func openBrowser(url string) error {
	if !strings.HasPrefix(url, "http://") && !strings.HasPrefix(url, "https://") {
		return fmt.Errorf("open %q: not a web address", url)
	}
	command := browserCommand(runtime.GOOS)
	cmd := exec.Command(command[0], append(command[1:], url)...)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("open the browser: %w", err)
	}
	go func() { _ = cmd.Wait() }() // only so that no finished child stays behind
	return nil
}

func browserCommand(goos string) []string {
	switch goos {
	case "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler"}
	case "darwin":
		return []string{"open"}
	}
	return []string{"xdg-open"}
}
