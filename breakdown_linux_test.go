package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/coder/websocket"
)

// A write that fails ends the program with its own exit code, whoever wrote: a
// request beside the sequencer, or the stop itself.
func TestFailedWriteEndsTheProgram(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(s *server){
		"a login": func(s *server) {
			if status, _ := s.call("POST", "/api/logins", map[string]any{"name": "ada", "password": testPassword}); status == http.StatusOK {
				t.Error("logged in")
			}
		},
		"the stop": func(s *server) { s.stop() }, // it notes when ada was last seen
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := t.TempDir()
			s := start(t, data)
			s.setUp()
			s.goOnline()
			makeReadOnly(t, filepath.Join(data, databaseFile))
			write(s)
			err := <-s.done
			close(s.done)
			if code := report(io.Discard, err); code != exitCommit {
				t.Errorf("exit code %d: %v", code, err)
			}
		})
	}
}

// goOnline opens a session that lasts until the server or the test ends.
func (s *server) goOnline() {
	s.t.Helper()
	epoch := s.mustCall("GET", "/api/bootstrap", map[string]any{})["epoch"].(string)
	socket, _, err := websocket.Dial(s.t.Context(), s.url+"/ws", &websocket.DialOptions{
		HTTPClient: s.client, HTTPHeader: http.Header{"Origin": {s.url}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = socket.CloseNow() })
	hello := `{"type":"hello","proto":1,"epoch":"` + epoch + `","rev":0,"people":0,"cursors":{}}`
	if err := socket.Write(s.t.Context(), websocket.MessageText, []byte(hello)); err != nil {
		s.t.Fatal(err)
	}
	if _, _, err := socket.Read(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// makeReadOnly puts a descriptor that only reads in the place of the open one of
// path, so that every write fails.
func makeReadOnly(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range fds {
		target, _ := os.Readlink("/proc/self/fd/" + entry.Name())
		if fd, _ := strconv.Atoi(entry.Name()); target == path && fd != int(f.Fd()) {
			if err := syscall.Dup3(int(f.Fd()), fd, syscall.O_CLOEXEC); err != nil {
				t.Fatal(err)
			}
		}
	}
}
