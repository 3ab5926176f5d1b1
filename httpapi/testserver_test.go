package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/coder/websocket"

	"teahouse/hub"
	"teahouse/store"
)

const (
	testToken    = "set-up-token-of-the-tests"
	testPassword = "correct horse"
)

// testServer is the whole handler over a real store and hub, on a real port.
type testServer struct {
	t     *testing.T
	api   *api
	store *store.Store
	hub   *hub.Hub
	url   string
	log   *logBuffer
	clock *testClock
	ids   atomic.Int64
}

// testClock is the real clock, moved ahead by the test.
type testClock struct{ ahead atomic.Int64 }

func (c *testClock) now() time.Time          { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *testClock) advance(d time.Duration) { c.ahead.Add(int64(d)) }

// logBuffer keeps what was logged, one JSON object a line.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// newServer starts a server nobody has claimed yet.
func newServer(t *testing.T, change ...func(*Deps)) *testServer {
	t.Helper()
	s := &testServer{t: t, log: &logBuffer{}, clock: &testClock{}}
	log := slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	limits := hub.DefaultLimits()
	limits.LoginsPerMin = 10_000 // all tests share one address
	var err error
	if s.store, err = store.Open(filepath.Join(t.TempDir(), "teahouse.db"), store.Options{Log: log, Now: s.clock.now}); err != nil {
		t.Fatal(err)
	}
	if s.hub, err = hub.New(hub.Config{
		Store: s.store, Log: log, Limits: limits, Version: "test", Now: s.clock.now,
		Fatal: func(err error) { t.Error("fatal:", err) },
	}); err != nil {
		t.Fatal(err)
	}
	deps := Deps{
		Store: s.store, Hub: s.hub, Log: log, Limits: limits, Version: "test", SetupToken: testToken,
		Static:    fstest.MapFS{"index.html": {Data: []byte("<!doctype html><title>page</title>")}},
		Addresses: func() []string { return []string{"http://192.168.1.20:8686", "http://tea.local:8686"} },
		HostNames: []string{"tea", "tea.local"},
		HashCost:  HashCost{MemoryKiB: 8, Passes: 1, Threads: 1},
		Now:       s.clock.now,
	}
	for _, fn := range change {
		fn(&deps)
	}
	s.api = newAPI(deps)
	web := httptest.NewServer(s.api.handler())
	s.url = web.URL
	t.Cleanup(func() {
		web.CloseClientConnections()
		web.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.hub.Close(ctx); err != nil {
			t.Error("close hub:", err)
		}
		if err := s.store.CheckConsistency(ctx); err != nil {
			t.Error("consistency:", err)
		}
		if err := s.store.Close(); err != nil {
			t.Error("close store:", err)
		}
		if n := s.api.panics.Load(); n != 0 {
			t.Errorf("%d requests ended in a panic:\n%s", n, s.log)
		}
	})
	return s
}

// newClaimed starts a server whose admin is called root and returns their
// browser.
func newClaimed(t *testing.T, registration string, change ...func(*Deps)) (*testServer, *browser) {
	t.Helper()
	s := newServer(t, change...)
	b := s.browser("admin")
	b.post("/api/setup", object{
		"token": testToken, "server_name": "Tea", "name": "boss", "password": testPassword,
		"registration": registration, "everyone": true,
	}).is(200).into(&b.identity)
	return s, b
}

// object is a JSON object in a request.
type object map[string]any

// clientID returns a client_id nobody used before.
func (s *testServer) clientID() string {
	return fmt.Sprintf("client-id-%016d", s.ids.Add(1))
}

// browser is somebody's browser: cookies and what is known of who uses it.
type browser struct {
	s    *testServer
	t    *testing.T
	name string
	http *http.Client
	identity
}

type identity struct {
	User me `json:"user"`
}

func (s *testServer) browser(name string) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &browser{s: s, t: s.t, name: name, http: &http.Client{Jar: jar}}
}

// register makes an account and returns its browser.
func (s *testServer) register(name string) *browser {
	s.t.Helper()
	b := s.browser(name)
	b.post("/api/users", object{"name": name, "password": testPassword}).is(200).into(&b.identity)
	return b
}

func (b *browser) id() store.UserID { return b.User.User }

// answer is a response that was read to its end.
type answer struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	body   []byte
}

func (b *browser) get(path string) answer            { b.t.Helper(); return b.do("GET", path, nil) }
func (b *browser) delete(path string) answer         { b.t.Helper(); return b.do("DELETE", path, nil) }
func (b *browser) post(path string, v any) answer    { b.t.Helper(); return b.do("POST", path, v) }
func (b *browser) put(path string, v any) answer     { b.t.Helper(); return b.do("PUT", path, v) }
func (b *browser) patch(path string, v any) answer   { b.t.Helper(); return b.do("PATCH", path, v) }
func (b *browser) cookies() []*http.Cookie           { return b.cookiesOf("/") }
func (b *browser) cookiesOf(p string) []*http.Cookie { return b.http.Jar.Cookies(b.s.parse(p)) }

func (s *testServer) parse(path string) *url.URL {
	u, err := url.Parse(s.url + path)
	if err != nil {
		s.t.Fatal(err)
	}
	return u
}

// do sends v as JSON; a string or bytes as they are.
func (b *browser) do(method, path string, v any) answer {
	b.t.Helper()
	var body []byte
	switch v := v.(type) {
	case nil:
	case string:
		body = []byte(v)
	case []byte:
		body = v
	default:
		var err error
		if body, err = json.Marshal(v); err != nil {
			b.t.Fatal(err)
		}
	}
	r, err := http.NewRequest(method, b.s.url+path, bytes.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if v != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return b.send(r)
}

func (b *browser) send(r *http.Request) answer {
	b.t.Helper()
	res, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{b.t, b.name + ": " + r.Method + " " + r.URL.Path, res.StatusCode, res.Header, body}
}

// is fails the test unless the status is as wanted.
func (a answer) is(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: status %d, want %d: %s", a.what, a.status, status, a.body)
	}
	return a
}

// refused fails the test unless the answer is the refusal.
func (a answer) refused(want *store.Refusal) answer {
	a.t.Helper()
	var got hub.Error
	if err := json.Unmarshal(a.body, &got); err != nil {
		a.t.Fatalf("%s: status %d, want %s: %v in %q", a.what, a.status, want.Reason, err, a.body)
	}
	if got != (hub.Error{Code: want.Code, Reason: want.Reason, Message: want.Message}) {
		a.t.Fatalf("%s: got %+v, want %s", a.what, got, want.Reason)
	}
	return a.is(statusOf(want))
}

// reason returns the reason of an error, or "".
func (a answer) reason() string {
	var e hub.Error
	_ = json.Unmarshal(a.body, &e)
	return e.Reason
}

// into decodes the body.
func (a answer) into(v any) {
	a.t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		a.t.Fatalf("%s: %v in %s", a.what, err, a.body)
	}
}

// object decodes the body as whatever object it is.
func (a answer) object() (o map[string]any) {
	a.t.Helper()
	a.into(&o)
	return o
}

// group makes a group of the caller's and returns its number.
func (b *browser) group(name, join string, members ...*browser) store.ConvID {
	b.t.Helper()
	ids := []store.UserID{}
	for _, m := range members {
		ids = append(ids, m.id())
	}
	var made struct{ Conversation hub.Conversation }
	b.post("/api/groups", object{
		"client_id": b.s.clientID(), "name": name, "join": join, "members": ids,
	}).is(200).into(&made)
	return made.Conversation.Conv
}

// say sends a message past the socket.
func (b *browser) say(conv store.ConvID, text string) store.Message {
	b.t.Helper()
	op := &store.SendMessage{From: b.id(), ClientID: b.s.clientID(), Conv: conv, Body: text}
	if err := b.s.hub.Do(b.t.Context(), op); err != nil {
		b.t.Fatal(err)
	}
	return op.Message
}

// dial opens a socket as a page of this server does.
func (b *browser) dial() *websocket.Conn {
	b.t.Helper()
	conn, res, err := b.dialFrom(b.s.url)
	if err != nil {
		b.t.Fatalf("%s: dial: %v (%v)", b.name, err, res)
	}
	return conn
}

func (b *browser) dialFrom(origin string) (*websocket.Conn, *http.Response, error) {
	header := http.Header{}
	if origin != "" {
		header.Set("Origin", origin)
	}
	conn, res, err := websocket.Dial(b.t.Context(), "ws"+strings.TrimPrefix(b.s.url, "http")+"/ws",
		&websocket.DialOptions{HTTPClient: b.http, HTTPHeader: header})
	if err == nil {
		b.t.Cleanup(func() { _ = conn.CloseNow() })
	}
	return conn, res, err
}

// open opens a socket, says hello and waits until it is live.
func (b *browser) open() *websocket.Conn {
	b.t.Helper()
	conn := b.dial()
	_, people, err := b.s.store.Revs(b.id())
	if err != nil {
		b.t.Fatal(err)
	}
	hello := fmt.Sprintf(`{"type":"hello","proto":1,"epoch":%q,"rev":0,"people":%d,"cursors":{},"max_behind":1000}`,
		b.s.store.Epoch(), people)
	if err := conn.Write(b.t.Context(), websocket.MessageText, []byte(hello)); err != nil {
		b.t.Fatal(err)
	}
	for {
		_, data, err := conn.Read(b.t.Context())
		if err != nil {
			b.t.Fatalf("%s: waiting for live: %v", b.name, err)
		}
		if bytes.Contains(data, []byte(`"type":"live"`)) {
			return conn
		}
	}
}

// closedWith reads until the socket is closed and returns the code and how long
// that took.
func closedWith(t *testing.T, conn *websocket.Conn) (websocket.StatusCode, time.Duration) {
	t.Helper()
	start := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		if _, _, err := conn.Read(ctx); err != nil {
			return websocket.CloseStatus(err), time.Since(start)
		}
	}
}

// splitPattern makes a request out of a row of the route table: its method, and
// its path with ids that have the right form and belong to nobody.
func splitPattern(pattern string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	return method, strings.NewReplacer(
		"members/{user}", "members/u_100000001", "{user}", "u_100000001",
		"users/{id}", "users/u_100000001", "groups/{id}", "groups/g_10000001", "{id}", "0123456789abcdef",
		"{conv}", "g_10000001", "{code}", "no-such-code-abc",
	).Replace(path)
}

// serveOnce sends one request past the network.
func serveOnce(h http.Handler, method, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.Host = "localhost"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
