package hub

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"

	"teahouse/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// testLog shows the program's log with the test that failed.
type testLog struct {
	t    testing.TB
	over *atomic.Bool
}

func (l testLog) Write(b []byte) (int, error) {
	if !l.over.Load() {
		l.t.Log(strings.TrimSpace(string(b)))
	}
	return len(b), nil
}

// world is a hub over a real store behind a real HTTP server.
type world struct {
	t      testing.TB
	store  *store.Store
	hub    *Hub
	server *httptest.Server
	clock  atomic.Int64 // added to the time of hub and store, in ms
	logins atomic.Int64
	path   string
	panics int64 // how many the test expects
}

// worldOption changes the hub before anybody connects.
type worldOption func(*Config, *Hub)

func withLimits(change func(*Limits)) worldOption {
	return func(c *Config, h *Hub) {
		if h == nil {
			change(&c.Limits)
		}
	}
}

// withHub changes the made hub.
func withHub(change func(*Hub)) worldOption {
	return func(_ *Config, h *Hub) {
		if h != nil {
			change(h)
		}
	}
}

func newWorld(t testing.TB, options ...worldOption) *world {
	t.Helper()
	w := &world{t: t, path: filepath.Join(t.TempDir(), "teahouse.db")}
	over := new(atomic.Bool)
	log := slog.New(slog.NewTextHandler(testLog{t, over}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	st, err := store.Open(w.path, store.Options{Log: log, Now: w.now})
	if err != nil {
		t.Fatal(err)
	}
	w.store = st
	cfg := Config{Store: st, Log: log, Limits: DefaultLimits(), Version: "test", Now: w.now}
	cfg.Limits.SendsPerSecond, cfg.Limits.SendBurst, cfg.Limits.FramesPerSecond = 1e6, 1e6, 1e6
	for _, o := range options {
		o(&cfg, nil)
	}
	if cfg.Fatal == nil {
		cfg.Fatal = func(err error) { t.Errorf("fatal: %v", err) }
	}
	if w.hub, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	for _, o := range options {
		o(&cfg, w.hub)
	}
	w.server = httptest.NewServer(http.HandlerFunc(w.handleSocket))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := w.hub.Close(ctx); err != nil {
			t.Errorf("close hub: %v", err)
		}
		w.server.Close()
		if got := w.hub.Stats(); got.Panics != w.panics || got.Sessions != 0 || got.QueueBytes != 0 {
			t.Errorf("left over: %+v", got)
		}
		if err := w.store.CheckConsistency(ctx); err != nil {
			t.Errorf("consistency: %v", err)
		}
		if err := w.store.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
		over.Store(true)
	})
	w.do(&store.Claim{ServerName: "Test", Name: "admin0", PHC: "x", Registration: store.RegistrationOpen})
	return w
}

func (w *world) now() time.Time {
	return time.Now().Add(time.Duration(w.clock.Load()) * time.Millisecond)
}

// handleSocket is what httpapi does: the identity comes in the query.
func (w *world) handleSocket(rw http.ResponseWriter, r *http.Request) {
	pings := new(PingBudget)
	conn, err := websocket.Accept(rw, r, &websocket.AcceptOptions{OnPingReceived: pings.OnPingReceived})
	if err != nil {
		return
	}
	user, _ := store.ParseUserID(r.URL.Query().Get("user"))
	id := Identity{User: user, RemoteAddr: r.RemoteAddr, Pings: pings}
	copy(id.Login[:], r.URL.Query().Get("login"))
	w.hub.Serve(conn, id)
}

func (w *world) do(op store.Op) {
	w.t.Helper()
	if err := w.tryDo(op); err != nil {
		w.t.Fatalf("%T: %v", op, err)
	}
}

func (w *world) tryDo(op store.Op) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return w.hub.Do(ctx, op)
}

// user registers an account.
func (w *world) user(name string) store.UserID {
	w.t.Helper()
	op := &store.Register{Name: name, PHC: "x"}
	w.do(op)
	return op.User.ID
}

// pair makes two people contacts and returns their conversation.
func (w *world) pair(a, b store.UserID) store.ConvID {
	w.t.Helper()
	op := &store.AddContact{By: a, ClientID: newClientID(), User: b}
	w.do(op)
	return op.Conv
}

func (w *world) group(owner store.UserID, members ...store.UserID) store.ConvID {
	w.t.Helper()
	op := &store.CreateGroup{By: owner, ClientID: newClientID(), Name: "group", Members: members}
	w.do(op)
	return op.Conv
}

var clientIDs atomic.Int64

func newClientID() string { return fmt.Sprintf("client-id-%012d", clientIDs.Add(1)) }

// post sends a message as if from a page that nobody reads.
func (w *world) post(from store.UserID, conv store.ConvID, body string) store.Message {
	w.t.Helper()
	op := &store.SendMessage{From: from, ClientID: newClientID(), Conv: conv, Body: body}
	w.do(op)
	return op.Message
}

// login stores a login of the user.
func (w *world) login(user store.UserID) store.LoginID {
	w.t.Helper()
	var id store.LoginID
	copy(id[:], fmt.Sprintf("login-%08d", w.logins.Add(1)))
	err := w.store.CreateLogin(store.Login{
		ID: id, User: user, CreatedAt: w.now().UnixMilli(),
		SeenAt: w.now().UnixMilli(), ExpiresAt: w.now().Add(time.Hour).UnixMilli(),
	}, "x")
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// frame is any frame of the server as a page reads it.
type frame struct {
	Type     string        `json:"type"`
	Conv     store.ConvID  `json:"conv"`
	Seq      uint64        `json:"seq"`
	At       int64         `json:"at"`
	N        uint64        `json:"n"`
	Kind     string        `json:"kind"`
	From     *store.UserID `json:"from"`
	ClientID string        `json:"client_id"`
	Body     *string       `json:"body"`
	Event    *Event        `json:"event"`
	Dup      bool          `json:"duplicate"`
	Code     string        `json:"code"`
	Reason   string        `json:"reason"`
	Rev      uint64        `json:"rev"`
	People   uint64        `json:"people"`
	Stale    bool          `json:"stale"`
	Head     *ResumePoint  `json:"head"`
	Cursors  []CursorTuple `json:"cursors"`
	Unread   *uint64       `json:"unread"`
	Raw      string        `json:"-"`

	Conversation *Conversation `json:"conversation"`
	Contact      *Contact      `json:"contact"`
	User         *User         `json:"user"`
	Why          string        `json:"why"`
	RetryAfter   int64         `json:"retry_after"`
	Presence     []PresenceTuple
	Typing       []store.UserID
}

func parseFrame(line string) (frame, error) {
	f := frame{Raw: line}
	err := json.Unmarshal([]byte(line), &f)
	switch f.Type {
	case "presence":
		var p presenceFrame
		err = json.Unmarshal([]byte(line), &p)
		f.Presence = p.Users
	case "typing":
		var p typingFrame
		err = json.Unmarshal([]byte(line), &p)
		f.Typing = p.Users
	}
	return f, err
}

// client is a page: it keeps everything it hears.
type client struct {
	t    testing.TB
	w    *world
	user store.UserID
	conn *websocket.Conn

	mu     sync.Mutex
	come   *sync.Cond
	frames []frame
	taken  int // frames already looked at by next
	err    error
	gate   chan struct{} // closed or nil: reads; open: waits
	noPong bool
	ended  chan struct{}
}

// dial connects without hello.
func (w *world) dial(user store.UserID) *client {
	w.t.Helper()
	return w.dialLogin(user, w.login(user))
}

func (w *world) dialLogin(user store.UserID, login store.LoginID) *client {
	w.t.Helper()
	c := w.newClient(user, login)
	go c.readLoop()
	return c
}

func (w *world) newClient(user store.UserID, login store.LoginID) *client {
	w.t.Helper()
	q := url.Values{"user": {user.String()}, "login": {string(login[:])}}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, w.server.URL+"/?"+q.Encode(), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	conn.SetReadLimit(-1)
	c := &client{t: w.t, w: w, user: user, conn: conn, ended: make(chan struct{})}
	c.come = sync.NewCond(&c.mu)
	w.t.Cleanup(func() {
		conn.CloseNow()
		c.mu.Lock()
		if c.gate != nil {
			close(c.gate)
			c.gate = nil
		}
		c.mu.Unlock()
		<-c.ended
	})
	return c
}

func (c *client) readLoop() {
	defer close(c.ended)
	for {
		_, b, err := c.conn.Read(context.Background())
		c.mu.Lock()
		if err != nil {
			c.err = err
			c.come.Broadcast()
			c.mu.Unlock()
			return
		}
		for line := range strings.SplitSeq(string(b), "\n") {
			f, err := parseFrame(line)
			if err != nil {
				c.t.Errorf("frame %q: %v", line, err)
			}
			if f.Type == "ping" && !c.noPong {
				go func() { _ = c.conn.Write(context.Background(), websocket.MessageText, []byte(`{"type":"pong"}`)) }()
			}
			c.frames = append(c.frames, f)
		}
		c.come.Broadcast()
		c.mu.Unlock()
	}
}

// write sends frames as one WebSocket message.
func (c *client) write(frames ...any) {
	c.t.Helper()
	var lines []string
	for _, f := range frames {
		if s, ok := f.(string); ok {
			lines = append(lines, s)
			continue
		}
		b, err := json.Marshal(f)
		if err != nil {
			c.t.Fatal(err)
		}
		lines = append(lines, string(b))
	}
	if err := c.tryWrite(strings.Join(lines, "\n")); err != nil {
		c.t.Errorf("write: %v", err)
	}
}

func (c *client) tryWrite(text string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return c.conn.Write(ctx, websocket.MessageText, []byte(text))
}

type points map[store.ConvID]ResumePoint

func (w *world) hello(cursors points) helloFrame {
	if cursors == nil {
		cursors = points{}
	}
	return helloFrame{Type: "hello", Proto: 1, Epoch: w.store.Epoch(), Cursors: cursors}
}

// connect dials, says hello and waits for live.
func (w *world) connect(user store.UserID, cursors points) *client {
	w.t.Helper()
	c := w.dial(user)
	c.write(w.hello(cursors))
	c.want("ready")
	c.want("live")
	return c
}

// next returns the next frame, of these types only if some are given.
func (c *client) next(types ...string) (frame, bool) {
	c.t.Helper()
	return c.find(func(f frame) bool {
		for _, t := range types {
			if f.Type == t {
				return true
			}
		}
		return len(types) == 0
	})
}

// find goes on to the next frame that fits.
func (c *client) find(fits func(frame) bool) (frame, bool) {
	deadline := time.AfterFunc(patience, func() {
		c.mu.Lock()
		c.come.Broadcast()
		c.mu.Unlock()
	})
	defer deadline.Stop()
	start := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		for c.taken < len(c.frames) {
			f := c.frames[c.taken]
			c.taken++
			if fits(f) {
				return f, true
			}
		}
		if c.err != nil || time.Since(start) >= patience {
			return frame{}, false
		}
		c.come.Wait()
	}
}

// want is next that must come.
func (c *client) want(types ...string) frame {
	c.t.Helper()
	f, ok := c.next(types...)
	if !ok {
		c.t.Fatalf("%s: no %v frame; connection: %v; got\n%s", c.user, types, c.lastErr(), c.transcript())
	}
	return f
}

func (c *client) wantMessage(conv store.ConvID, seq uint64) frame {
	c.t.Helper()
	f, ok := c.find(func(f frame) bool { return f.Type == "message" && f.Conv == conv && f.Seq == seq })
	if !ok {
		c.t.Fatalf("%s: no message %s %d; connection: %v; got\n%s", c.user, conv, seq, c.lastErr(), c.transcript())
	}
	return f
}

func (c *client) lastErr() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *client) transcript() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	for i, f := range c.frames {
		if i > 60 {
			fmt.Fprintf(&b, "… %d more\n", len(c.frames)-i)
			break
		}
		fmt.Fprintln(&b, f.Raw)
	}
	return b.String()
}

// wantClose waits for the end of the connection and checks its code.
func (c *client) wantClose(code websocket.StatusCode) {
	c.t.Helper()
	select {
	case <-c.ended:
	case <-time.After(patience):
		c.t.Fatalf("%s: still connected, want close %d; got\n%s", c.user, code, c.transcript())
	}
	if got := websocket.CloseStatus(c.lastErr()); got != code {
		c.t.Fatalf("%s: closed with %v (%v), want %d", c.user, got, c.lastErr(), code)
	}
}

// close ends the connection like a tab that is closed.
func (c *client) close() {
	c.conn.CloseNow()
	<-c.ended
}

// send sends a text and returns its ack.
func (c *client) send(conv store.ConvID, body string) frame {
	c.t.Helper()
	id := newClientID()
	c.write(sendFrame{"send", id, conv, body})
	f, ok := c.find(func(f frame) bool { return f.ClientID == id && (f.Type == "ack" || f.Type == "error") })
	if !ok || f.Type != "ack" {
		c.t.Fatalf("%s: no ack of %q but %s; connection: %v", c.user, body, f.Raw, c.lastErr())
	}
	return f
}

// messages returns the seqs of a conversation's messages so far, in the order
// they came.
func (c *client) messages(conv store.ConvID) []uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	var seqs []uint64
	for _, f := range c.frames {
		if f.Type == "message" && f.Conv == conv {
			seqs = append(seqs, f.Seq)
		}
	}
	return seqs
}

// sync returns when everything released before has reached the client: a send of
// its own comes back after it.
func (c *client) types() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var types []string
	for _, f := range c.frames {
		types = append(types, f.Type)
	}
	return types
}
