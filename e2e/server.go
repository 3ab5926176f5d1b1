package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"teahouse/e2e/client"
)

// binary is the program under test, built once a run by buildBinary.
var binary = sync.OnceValues(buildBinary)

// buildBinary builds the program into a folder that TestMain removes, unless
// TEAHOUSE_BINARY names one to be tested.
func buildBinary() (string, error) {
	if given := os.Getenv("TEAHOUSE_BINARY"); given != "" {
		return filepath.Abs(given)
	}
	path := filepath.Join(os.TempDir(), fmt.Sprintf("teahouse-e2e-%d", os.Getpid()), "teahouse")
	build := exec.Command("go", "build", "-o", path, "teahouse")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
}

// removeBinary removes what buildBinary made.
func removeBinary() error {
	return os.RemoveAll(filepath.Join(os.TempDir(), fmt.Sprintf("teahouse-e2e-%d", os.Getpid())))
}

// Server is the program as a process of its own on a data folder of its own.
type Server struct {
	URL  string // "http://127.0.0.1:43210", the same over restarts
	Port string
	Dir  string // data folder

	t    testing.TB
	args []string
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
	err  error         // how it ended; after done
	logs logTail
}

// StartServer starts the program with these further settings and waits until it
// answers. The process ends with the test.
func StartServer(t testing.TB, args ...string) *Server {
	t.Helper()
	if testing.Short() {
		t.Skip("starts processes: not with -short")
	}
	s := &Server{t: t, Dir: filepath.Join(t.TempDir(), "data"), args: args, Port: "0"}
	s.Start()
	t.Cleanup(func() {
		s.Kill()
		if t.Failed() {
			t.Logf("the server's last lines:\n%s", s.logs.String())
		}
	})
	return s
}

// addressLine finds where the server listens in what it prints.
var addressLine = regexp.MustCompile(`http://127\.0\.0\.1:(\d+)`)

// Start starts the process on the same folder and port and waits until it
// answers.
func (s *Server) Start() {
	s.t.Helper()
	path, err := binary()
	if err != nil {
		s.t.Fatal(err)
	}
	args := append([]string{"-listen", "127.0.0.1:" + s.Port, "-data", s.Dir, "-no-browser"}, s.args...)
	s.cmd, s.done = exec.Command(path, args...), make(chan struct{})
	s.cmd.Stderr = &s.logs
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ready := make(chan bool, 1)
	go s.watch(s.cmd, s.done, out, ready)
	if !<-ready {
		s.t.Fatalf("the server ended before it was ready: %v\n%s", s.err, s.logs.String())
	}
}

// watch reads the console until the process ends. The line with the address
// comes once the server listens; then it is asked whether it is well.
func (s *Server) watch(cmd *exec.Cmd, done chan struct{}, out io.Reader, ready chan bool) {
	told := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		_, _ = io.WriteString(&s.logs, lines.Text()+"\n")
		if m := addressLine.FindStringSubmatch(lines.Text()); m != nil && !told {
			if told = true; s.URL == "" { // it never changes: others may be reading it
				s.URL, s.Port = m[0], m[1]
			}
			ready <- isHealthy(s.URL)
		}
	}
	s.err = cmd.Wait()
	close(done)
	if !told {
		ready <- false
	}
}

// isHealthy asks /healthz once; a listening server answers when it serves.
func isHealthy(url string) bool {
	client := http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(url + "/healthz")
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// Kill ends the process with SIGKILL, as a power cut ends programs, and waits for
// its end.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill()
	<-s.done
}

// Stop asks the process to stop and fails the test unless it does so cleanly
// within 10 s.
func (s *Server) Stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatalf("stop: %v", err)
	}
	select {
	case <-s.done:
	case <-time.After(10 * time.Second):
		s.Kill()
		s.t.Fatal("the server did not stop within 10 s")
	}
	if s.err != nil {
		s.t.Fatalf("the server stopped with %v\n%s", s.err, s.logs.String())
	}
}

// Restart kills and starts again.
func (s *Server) Restart() {
	s.t.Helper()
	s.Kill()
	s.Start()
}

// SetupToken reads the token that makes the first admin.
func (s *Server) SetupToken() string {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.Dir, "setup-token"))
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

// Command runs a subcommand on the data folder and returns what it prints.
func (s *Server) Command(words ...string) string {
	s.t.Helper()
	path, err := binary()
	if err != nil {
		s.t.Fatal(err)
	}
	out, err := exec.Command(path, append(words, "-data", s.Dir)...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("teahouse %s: %v\n%s", strings.Join(words, " "), err, out)
	}
	return string(out)
}

// password is everybody's password in these tests.
const password = "correct horse battery"

// SetUp claims the server for "ada" and returns her.
func (s *Server) SetUp(ctx context.Context, everyone bool) *client.API {
	s.t.Helper()
	admin := client.NewAPI(s.URL)
	if err := admin.Setup(ctx, s.SetupToken(), "Test house", "ada", password, "open", everyone); err != nil {
		s.t.Fatalf("set-up: %v", err)
	}
	return admin
}

// Join registers a user and returns them.
func (s *Server) Join(ctx context.Context, name, displayName string) *client.API {
	s.t.Helper()
	api := client.NewAPI(s.URL)
	if err := api.Register(ctx, name, password, displayName, ""); err != nil {
		s.t.Fatalf("register %s: %v", name, err)
	}
	return api
}

// logTail keeps the last lines of a process.
type logTail struct {
	mu sync.Mutex
	b  []byte
}

// maxTail is how many bytes of log a failing test shows.
const maxTail = 16 << 10

func (l *logTail) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b = append(l.b, b...)
	if len(l.b) > 2*maxTail {
		l.b = append(l.b[:0], l.b[len(l.b)-maxTail:]...)
	}
	return len(b), nil
}

func (l *logTail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.b)
}
