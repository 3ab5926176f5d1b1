package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"teahouse/hub"
)

// TestMain lets the test binary be the program itself: startProcess runs it with
// this variable set, so that signals and exit codes are the real ones.
func TestMain(m *testing.M) {
	if os.Getenv("TEAHOUSE_TEST_AS_PROGRAM") == "1" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

// server is run() in this process, on a free port of the loopback.
type server struct {
	t       *testing.T
	cfg     config
	url     string
	console *syncBuffer
	stop    context.CancelFunc
	done    chan error
	client  *http.Client
}

func testConfig(t *testing.T, data string) config {
	return config{
		listen: "127.0.0.1:0", listenSet: true, data: data, limits: hub.DefaultLimits(),
		console: &syncBuffer{}, log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
}

// start runs a server on the folder data and waits until it answers; it stops
// with the test at the latest.
func start(t *testing.T, data string) *server {
	t.Helper()
	return startWith(t, testConfig(t, data))
}

func startWith(t *testing.T, cfg config) *server {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{
		t: t, cfg: cfg, console: cfg.console.(*syncBuffer), stop: stop, done: make(chan error, 1),
		client: &http.Client{Jar: jar, Transport: &http.Transport{}},
	}
	ready := make(chan net.Addr, 1)
	go func() { s.done <- run(ctx, cfg, func(addr net.Addr) { ready <- addr }) }()
	select {
	case addr := <-ready:
		s.url = "http://" + addr.String()
	case err := <-s.done:
		stop()
		t.Fatalf("the server did not start: %v", err)
	}
	t.Cleanup(s.shutDown)
	return s
}

// shutDown stops the server as a signal would and waits for its end.
func (s *server) shutDown() {
	s.t.Helper()
	s.client.CloseIdleConnections()
	s.stop()
	err, running := <-s.done
	if running {
		close(s.done)
	}
	if err != nil {
		s.t.Errorf("the stop: %v", err)
	}
}

// call sends a JSON request and returns the status and the decoded answer.
func (s *server) call(method, path string, body any) (int, map[string]any) {
	s.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	request, err := http.NewRequest(method, s.url+path, bytes.NewReader(text))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := s.client.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	answer := map[string]any{}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	return response.StatusCode, answer
}

func (s *server) mustCall(method, path string, body any) map[string]any {
	s.t.Helper()
	status, answer := s.call(method, path, body)
	if status != http.StatusOK {
		s.t.Fatalf("%s %s: %d %v", method, path, status, answer)
	}
	return answer
}

const (
	testPassword  = "a long enough pass phrase"
	otherPassword = "another pass phrase, later"
)

// setUp follows the set-up link on the console and makes the admin ada.
func (s *server) setUp() {
	s.t.Helper()
	link := regexp.MustCompile(regexp.QuoteMeta(s.url) + `/setup#(\S+)`).FindStringSubmatch(s.console.String())
	if link == nil {
		s.t.Fatalf("no set-up link on the console:\n%s", s.console)
	}
	s.mustCall("POST", "/api/setup", map[string]any{
		"token": link[1], "server_name": "Tea", "name": "ada", "password": testPassword,
		"registration": "open", "everyone": true,
	})
}

func (s *server) logIn(name, password string) int {
	s.t.Helper()
	status, _ := s.call("POST", "/api/logins", map[string]string{"name": name, "password": password})
	return status
}

func TestFirstRunAndRestart(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	first := start(t, data)
	if info := first.mustCall("GET", "/api/server", nil); info["setup_required"] != true {
		t.Errorf("a new server: %v", info)
	}
	page, err := first.client.Get(first.url + "/setup")
	if err != nil {
		t.Fatal(err)
	}
	defer page.Body.Close()
	if kind := page.Header.Get("Content-Type"); page.StatusCode != 200 || !strings.HasPrefix(kind, "text/html") {
		t.Errorf("the set-up page: %d %s", page.StatusCode, kind)
	}
	token, err := os.ReadFile(filepath.Join(data, tokenFile))
	if err != nil || !strings.Contains(first.console.String(), strings.TrimSpace(string(token))) {
		t.Errorf("the token's file: %v", err)
	}
	first.setUp()
	if _, err := os.Stat(filepath.Join(data, tokenFile)); !os.IsNotExist(err) {
		t.Errorf("the token's file outlived the set-up: %v", err)
	}
	first.shutDown()
	if _, err := os.Stat(filepath.Join(data, runFile)); !os.IsNotExist(err) {
		t.Errorf("%s outlived the server: %v", runFile, err)
	}

	second := start(t, data)
	if strings.Contains(second.console.String(), "/setup#") {
		t.Errorf("a set-up link on a server that is set up:\n%s", second.console)
	}
	if info := second.mustCall("GET", "/api/server", nil); info["setup_required"] != false || info["name"] != "Tea" {
		t.Errorf("after the restart: %v", info)
	}
	if status := second.logIn("ada", testPassword); status != http.StatusOK {
		t.Errorf("the admin cannot log in after the restart: %d", status)
	}
	if status, _ := second.call("POST", "/api/setup", map[string]any{"token": strings.TrimSpace(string(token))}); status != http.StatusNotFound {
		t.Errorf("a second claim: %d, want 404", status)
	}
}

func TestSetupLinkStaysTheSame(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	link := regexp.MustCompile(`/setup#\S+`)
	first := start(t, data)
	before := link.FindString(first.console.String())
	first.shutDown()
	if after := link.FindString(start(t, data).console.String()); after != before || before == "" {
		t.Errorf("%q became %q", before, after)
	}
}

func TestBrowserOpensTheRightPage(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	var opened []string
	cfg := testConfig(t, data)
	cfg.openBrowser = func(url string) error { opened = append(opened, url); return nil }
	first := startWith(t, cfg)
	first.setUp()
	first.shutDown()
	second := startWith(t, cfg)

	// A second start on the same folder shows the page of the first and is done.
	if err := run(t.Context(), cfg, func(net.Addr) { t.Error("a second server serves") }); err != nil {
		t.Errorf("second start: %v", err)
	}
	if !strings.Contains(second.console.String(), "already running") || !strings.Contains(second.console.String(), "已在运行") {
		t.Errorf("the second start says:\n%s", second.console)
	}
	second.shutDown()
	if len(opened) != 3 || !strings.HasPrefix(opened[0], first.url+"/setup#") || opened[1] != second.url || opened[2] != second.url {
		t.Errorf("opened %q", opened)
	}
}

func TestSecondStartWithoutBrowser(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	running := start(t, data)
	var out strings.Builder
	code := report(&out, run(t.Context(), testConfig(t, data), func(net.Addr) { t.Error("a second server serves") }))
	if code != exitRunning || !strings.Contains(out.String(), running.url) {
		t.Errorf("exit code %d:\n%s", code, out.String())
	}
	if info := running.mustCall("GET", "/api/server", nil); info["setup_required"] != true {
		t.Errorf("the first server after that: %v", info)
	}
}

func TestStopsWithSocketsAndSlowRequestsOpen(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir())
	s.setUp()
	socket, response, err := websocket.Dial(t.Context(), s.url+"/ws", &websocket.DialOptions{
		HTTPClient: s.client, HTTPHeader: http.Header{"Origin": {s.url}},
	})
	if err != nil {
		t.Fatalf("open the socket: %v, %v", response, err)
	}
	defer func() { _ = socket.CloseNow() }()
	slow, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	if _, err := io.WriteString(slow, "POST /api/logins HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	s.shutDown()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the stop took %v", took)
	}
}

func TestAdminReset(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	first := start(t, data)
	first.setUp()
	if code, out := reset(t, data, ""); code != exitRunning || !strings.Contains(out, "Stop it first") {
		t.Errorf("while the server runs: exit code %d\n%s", code, out)
	}
	first.shutDown()

	if code, out := reset(t, data, "nobody"); code != exitFailed || !strings.Contains(out, "no account") {
		t.Errorf("an unknown name: exit code %d\n%s", code, out)
	}
	code, out := reset(t, data, "")
	link := regexp.MustCompile(`/reset#(\S+)`).FindStringSubmatch(out)
	if code != exitOK || link == nil || !strings.Contains(out, "ada") {
		t.Fatalf("exit code %d\n%s", code, out)
	}

	second := start(t, data)
	for attempt, want := range []int{http.StatusOK, http.StatusBadRequest} {
		status, answer := second.call("POST", "/api/resets", map[string]string{"name": "ada", "code": link[1], "password": otherPassword})
		if status != want {
			t.Errorf("use %d of the code: %d %v", attempt+1, status, answer)
		}
	}
	if status := second.logIn("ada", testPassword); status != http.StatusUnauthorized {
		t.Errorf("the old password: %d", status)
	}
	if status := second.logIn("ada", otherPassword); status != http.StatusOK {
		t.Errorf("the new password: %d", status)
	}
}

// reset runs teahouse admin reset on the folder data.
func reset(t *testing.T, data, name string) (code int, out string) {
	t.Helper()
	cfg := testConfig(t, data)
	cfg.args = []string{"admin", "reset"}
	if name != "" {
		cfg.args = append(cfg.args, name)
	}
	var failed strings.Builder
	code = report(&failed, runCommand(cfg))
	return code, cfg.console.(*syncBuffer).String() + failed.String()
}

func TestAdminResetNeedsData(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "nothing")
	if code, out := reset(t, data, ""); code != exitRefused {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if _, err := os.Stat(data); !os.IsNotExist(err) {
		t.Errorf("the command made the folder: %v", err)
	}
	start(t, data).shutDown()
	if code, out := reset(t, data, ""); code != exitFailed || !strings.Contains(out, "set-up link") {
		t.Errorf("before the set-up: exit code %d\n%s", code, out)
	}
}

// TestDamagedFolderIsRefused: a server that lost its database must not offer
// itself to the first visitor.
func TestDamagedFolderIsRefused(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(database string) error{
		"missing":   os.Remove,
		"empty":     func(database string) error { return os.Truncate(database, 0) },
		"cut short": func(database string) error { return os.Truncate(database, 8192) },
		"foreign": func(database string) error {
			return os.WriteFile(database, bytes.Repeat([]byte("not a database. "), 4096), 0o600)
		},
		"another server's": func(database string) error {
			return errors.Join(os.Remove(database), os.Rename(database+".other", database))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, other := t.TempDir(), t.TempDir()
			start(t, data).shutDown()
			start(t, other).shutDown()
			database := filepath.Join(data, databaseFile)
			if err := os.Rename(filepath.Join(other, databaseFile), database+".other"); err != nil {
				t.Fatal(err)
			}
			if err := damage(database); err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			code := report(&out, run(t.Context(), testConfig(t, data), func(net.Addr) { t.Error("it serves") }))
			if code != exitRefused || strings.Count(out.String(), "\n") < 2 {
				t.Errorf("exit code %d:\n%s", code, out.String())
			}
		})
	}
}

func TestTakenPort(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()

	cfg := testConfig(t, t.TempDir())
	cfg.listen = taken.Addr().String()
	var out strings.Builder
	code := report(&out, run(t.Context(), cfg, func(net.Addr) { t.Error("it serves") }))
	if code != exitFailed || !strings.Contains(out.String(), "-listen") || !strings.Contains(out.String(), "端口") {
		t.Errorf("exit code %d:\n%s", code, out.String())
	}

	// Without -listen another port is found, and is the first to be tried next time.
	everywhere, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer everywhere.Close()
	folder := dataFolder(t.TempDir())
	cfg.listenSet = false
	for range 2 {
		listener, err := listen(t.Context(), cfg, folder)
		if err != nil {
			t.Fatal(err)
		}
		port := portOf(listener.Addr())
		if next := folder.ports()[0]; next != port {
			t.Errorf("port %d was taken, next time %d is tried first", port, next)
		}
		listener.Close()
		if err := writeFile(folder.file(portFile), strings.TrimPrefix(everywhere.Addr().String(), "[::]:")); err != nil {
			t.Fatal(err)
		}
	}
}

// TestProcess runs the real program with real signals.
func TestProcess(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	program := startProcess(t, "-listen", "127.0.0.1:0", "-data", data, "-no-browser")
	url := program.waitFor(t, regexp.MustCompile(`http://127\.0\.0\.1:\d+`))
	if !answers(t.Context(), url) {
		t.Fatalf("%s does not answer", url)
	}

	second := startProcess(t, "-listen", "127.0.0.1:0", "-data", data, "-no-browser")
	if code := second.wait(); code != exitRunning {
		t.Errorf("second start: exit code %d\n%s", code, second.out)
	}

	began := time.Now()
	if err := program.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Skip("no signals here:", err)
	}
	if code := program.wait(); code != exitOK || time.Since(began) > 5*time.Second {
		t.Errorf("SIGTERM: exit code %d after %v\n%s", code, time.Since(began), program.out)
	}
	if help := startProcess(t, "-help"); help.wait() != exitOK || !strings.Contains(help.out.String(), "-listen") {
		t.Errorf("-help:\n%s", help.out)
	}
}

type process struct {
	cmd *exec.Cmd
	out *syncBuffer
}

func startProcess(t *testing.T, args ...string) *process {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{exec.Command(program, args...), &syncBuffer{written: make(chan struct{}, 1)}}
	p.cmd.Env = append(os.Environ(), "TEAHOUSE_TEST_AS_PROGRAM=1")
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.cmd.ProcessState == nil {
			_ = p.cmd.Process.Kill()
			p.wait()
		}
	})
	return p
}

// wait returns the exit code.
func (p *process) wait() int {
	_ = p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode()
}

// waitFor returns what first matches in the output.
func (p *process) waitFor(t *testing.T, pattern *regexp.Regexp) string {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		if found := pattern.FindString(p.out.String()); found != "" {
			return found
		}
		select {
		case <-p.out.written:
		case <-deadline:
			t.Fatalf("no %v in\n%s", pattern, p.out)
		}
	}
}

// syncBuffer is a console that a test reads while the program writes. written,
// if not nil, tells of each write.
type syncBuffer struct {
	written chan struct{}

	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case b.written <- struct{}{}:
	default: // nobody waits, or is told already
	}
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
