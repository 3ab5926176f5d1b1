package main

import (
	"errors"
	"flag"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"teahouse/hub"
)

func noEnvironment(string) string { return "" }

func TestParseConfig(t *testing.T) {
	t.Parallel()
	environment := map[string]string{
		"TEAHOUSE_LISTEN": "127.0.0.1:1", "TEAHOUSE_NO_BROWSER": "1",
		"TEAHOUSE_LIMIT": "send-burst=7, user-sessions=3", "TEAHOUSE_HOST": "Tea.example",
	}
	cfg, err := parseConfig([]string{"admin", "-data", "d", "reset", "-limit", "send-burst=9", "-limit", "hash-queue=4", "ada"},
		func(name string) string { return environment[name] }, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(cfg.args, []string{"admin", "reset", "ada"}) {
		t.Errorf("the words of the subcommand: %q", cfg.args)
	}
	if cfg.data != "d" || cfg.listen != "127.0.0.1:1" || !cfg.listenSet || !cfg.noBrowser {
		t.Errorf("got %+v", cfg)
	}
	if cfg.limits.SendBurst != 9 || cfg.limits.HashQueue != 4 || cfg.limits.UserSessions == 3 {
		t.Errorf("a flag must win over the environment: %+v", cfg.limits)
	}
	if !slices.Equal(cfg.hosts, []string{"tea.example"}) {
		t.Errorf("hosts %q", cfg.hosts)
	}
}

func TestParseConfigDefaults(t *testing.T) {
	t.Parallel()
	cfg, err := parseConfig(nil, noEnvironment, io.Discard)
	if err != nil || cfg.listen != ":8686" || cfg.listenSet || cfg.data != "" || cfg.noBrowser || cfg.log == nil {
		t.Errorf("got %+v, %v", cfg, err)
	}
}

func TestWrongSettingsAreUsageErrors(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"-nonsense"}, {"-limit", "send-burst"}, {"-limit", "send-burst=0"}, {"-limit", "nothing=1"}, {"-log-format", "xml"}, {"-static", "docs"},
	} {
		var out, told strings.Builder
		_, err := parseConfig(args, noEnvironment, &out)
		if code := report(&told, err); code != exitUsage {
			t.Errorf("%q: exit code %d, %v", args, code, err)
		}
		if out.Len() > 0 || !strings.Contains(told.String(), "-help") {
			t.Errorf("%q: printed %q, told %q", args, &out, &told)
		}
	}
	_, err := parseConfig(nil, func(name string) string {
		return map[string]string{"TEAHOUSE_NO_BROWSER": "perhaps"}[name]
	}, io.Discard)
	if code := report(io.Discard, err); code != exitUsage || !strings.Contains(err.Error(), "TEAHOUSE_NO_BROWSER") {
		t.Errorf("from the environment: exit code %d, %v", code, err)
	}
	cfg := config{args: []string{"admin", "crown"}}
	if code := report(io.Discard, runCommand(cfg)); code != exitUsage {
		t.Errorf("an unknown command: exit code %d", code)
	}
}

func TestHelpFitsOneScreen(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	_, err := parseConfig([]string{"-help"}, noEnvironment, &out)
	if !errors.Is(err, flag.ErrHelp) || report(io.Discard, err) != exitOK {
		t.Errorf("-help: %v", err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) > 24 {
		t.Errorf("%d lines, want 24 at most", len(lines))
	}
	for _, line := range lines {
		if width(line) > 80 {
			t.Errorf("wider than 80 columns: %s", line)
		}
	}
	source, err := os.ReadFile("config.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, match := range regexp.MustCompile(`flags\.\w+\((?:&[\w.]+, )?"([\w-]+)"`).FindAllSubmatch(source, -1) {
		if !strings.Contains(out.String(), "\n  -"+string(match[1])+" ") {
			t.Errorf("-%s is not in the help", match[1])
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	_, err := parseConfig([]string{"-version"}, noEnvironment, &out)
	if !errors.Is(err, flag.ErrHelp) || !strings.HasPrefix(out.String(), "teahouse ") {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func TestChooseFolder(t *testing.T) {
	t.Parallel()
	base := surroundings{
		executable: "/opt/tea/teahouse", tempFolder: "/tmp", userFolder: "/home/ada/.config",
		isFolder: func(string) bool { return false }, writable: func(string) bool { return true },
	}
	for _, test := range []struct {
		name, given string
		change      func(*surroundings)
		want        string
	}{
		{"given", "/srv/tea", func(*surroundings) {}, "/srv/tea"},
		{"beside the program", "", func(*surroundings) {}, "/opt/tea/data"},
		{"./data exists", "", func(s *surroundings) { s.isFolder = func(p string) bool { return p == "data" } }, "data"},
		{"go run", "", func(s *surroundings) { s.executable = "/tmp/go-build1/b001/exe/teahouse" }, "data"},
		{"go run from its cache", "", func(s *surroundings) { s.executable = "/root/.cache/go-build/ab/ab12-d/teahouse" }, "data"},
		{"unknown program", "", func(s *surroundings) { s.executable = "" }, "data"},
		{"read-only beside the program", "", func(s *surroundings) { s.writable = func(string) bool { return false } }, "/home/ada/.config/Teahouse"},
	} {
		here := base
		test.change(&here)
		if got := string(chooseFolder(test.given, here)); filepath.ToSlash(got) != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

func TestHasBrowser(t *testing.T) {
	t.Parallel()
	display := map[string]string{"DISPLAY": ":0"}
	for _, test := range []struct {
		goos        string
		environment map[string]string
		terminal    bool
		want        bool
	}{
		{"linux", display, true, true},
		{"linux", nil, true, false},
		{"linux", display, false, false},
		{"windows", nil, true, true},
		{"darwin", nil, true, true},
		{"darwin", map[string]string{"SSH_CONNECTION": "x"}, true, false},
		{"windows", map[string]string{"CI": "true"}, true, false},
	} {
		got := hasBrowser(test.goos, func(name string) string { return test.environment[name] }, test.terminal)
		if got != test.want {
			t.Errorf("%+v: got %v", test, got)
		}
	}
	if err := openBrowser("file:///etc/passwd"); err == nil {
		t.Error("something else than a web address was opened")
	}
}

func TestAnnounceIsShort(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	at := site{netip.MustParseAddr("192.168.1.5"), 8686}
	announce(&out, at, dataFolder(t.TempDir()), "TOKEN")
	text := out.String()
	for _, want := range []string{"Teahouse", "茶馆", "http://192.168.1.5:8686\n", "http://192.168.1.5:8686/setup#TOKEN", "Ctrl+C", "停止"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	// With as many addresses as are ever shown.
	if lines := strings.Count(text, "\n") - 1 + shownAddresses; lines > 12 {
		t.Errorf("%d lines, want 12 at most", lines)
	}
	out.Reset()
	announce(&out, at, dataFolder(t.TempDir()), "")
	if strings.Contains(out.String(), "setup") {
		t.Errorf("a set-up link on a server that is set up:\n%s", out.String())
	}
}

func TestSite(t *testing.T) {
	t.Parallel()
	everywhere := site{netip.IPv6Unspecified(), 8686}
	if everywhere.here() != "http://localhost:8686" {
		t.Errorf("here %s", everywhere.here())
	}
	four := site{netip.IPv4Unspecified(), 8686}
	for _, url := range four.others() {
		if strings.Contains(url, "[") {
			t.Errorf("listens on IPv4 only, but offers %s", url)
		}
	}
	loopback := site{netip.MustParseAddr("127.0.0.1"), 80}
	if loopback.here() != "http://127.0.0.1:80" || len(loopback.others()) != 0 {
		t.Errorf("loopback: %s, %v", loopback.here(), loopback.others())
	}
	six := site{netip.MustParseAddr("2001:db8::1"), 8686}
	if got := six.others(); !slices.Equal(got, []string{"http://[2001:db8::1]:8686"}) {
		t.Errorf("IPv6: %v", got)
	}
}

func TestSetupToken(t *testing.T) {
	t.Parallel()
	folder := dataFolder(t.TempDir())
	first, err := folder.setupToken(false)
	if err != nil || len(first) != 22 {
		t.Fatalf("%q, %v", first, err)
	}
	if again, err := folder.setupToken(false); err != nil || again != first {
		t.Errorf("after a restart: %q, %v; want %q", again, err, first)
	}
	info, err := os.Stat(folder.file(tokenFile))
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the token's file is %v", info.Mode())
	}
	if token, err := folder.setupToken(true); token != "" || err != nil {
		t.Errorf("once claimed: %q, %v", token, err)
	}
	if _, err := os.Stat(folder.file(tokenFile)); !os.IsNotExist(err) {
		t.Errorf("the token's file is still there: %v", err)
	}
}

func TestPortsToTry(t *testing.T) {
	t.Parallel()
	folder := dataFolder(t.TempDir())
	ports := folder.ports()
	if ports[0] != 8686 || ports[len(ports)-2] != 18686 || ports[len(ports)-1] != 0 {
		t.Errorf("ports %v", ports)
	}
	if err := writeFile(folder.file(portFile), "8690\n"); err != nil {
		t.Fatal(err)
	}
	if got := folder.ports()[0]; got != 8690 {
		t.Errorf("the remembered port is not tried first: %d", got)
	}
}

func TestNextPort(t *testing.T) {
	t.Parallel()
	folder := dataFolder(t.TempDir())
	for listen, want := range map[string]int{":9000": 9000, "127.0.0.1:0": 8686, "nonsense": 8686} {
		if got := nextPort(config{listen: listen, listenSet: true}, folder); got != want {
			t.Errorf("-listen %s: port %d, want %d", listen, got, want)
		}
	}
	if err := writeFile(folder.file(portFile), "8690\n"); err != nil {
		t.Fatal(err)
	}
	if got := nextPort(config{listen: ":8686"}, folder); got != 8690 {
		t.Errorf("after a taken port: %d", got)
	}
}

// TestLogFormats: an operator's tools read JSON, a person reads text.
func TestLogFormats(t *testing.T) {
	t.Parallel()
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for format, kind := range map[string]string{"auto": "*slog.JSONHandler", "json": "*slog.JSONHandler", "text": "*slog.TextHandler"} {
		log, err := newLogger(format, file)
		if err != nil {
			t.Fatal(err)
		}
		if _, isJSON := log.Handler().(*slog.JSONHandler); isJSON != (kind == "*slog.JSONHandler") {
			t.Errorf("%s: got %T", format, log.Handler())
		}
	}
}

// TestReadmeNamesWhatIsThere: the files a reader is sent to exist.
func TestReadmeNamesWhatIsThere(t *testing.T) {
	t.Parallel()
	path := regexp.MustCompile("`((?:store|hub|httpapi|static|docs|e2e)/[\\w./-]*|\\w+\\.go)`|\\]\\(([\\w./-]+)\\)")
	for _, readme := range []string{"README.md", "README.zh-CN.md"} {
		text, err := os.ReadFile(readme)
		if err != nil {
			t.Fatal(err)
		}
		matches := path.FindAllStringSubmatch(string(text), -1)
		if len(matches) < 10 {
			t.Errorf("%s names only %d files", readme, len(matches))
		}
		for _, match := range matches {
			if _, err := os.Stat(match[1] + match[2]); err != nil {
				t.Errorf("%s: %v", readme, err)
			}
		}
	}
}

// TestLimitsAreDocumented reads the table of docs/operations.md: all limits with
// their defaults, and no others.
func TestLimitsAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "<!-- limits:")
	if !found {
		t.Fatal("the table is gone")
	}
	table, _, _ = strings.Cut(table, "\n#")
	var documented hub.Limits
	rows := regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| (\\S+) \\| \\S").FindAllStringSubmatch(table, -1)
	for _, row := range rows {
		if err := documented.Set(row[1] + "=" + row[2]); err != nil {
			t.Error(err)
		}
	}
	if want := hub.DefaultLimits(); documented != want || len(rows) != len(want.Names()) {
		t.Errorf("%d limits documented:\n%+v\n%d are there:\n%+v", len(rows), documented, len(want.Names()), want)
	}
}
