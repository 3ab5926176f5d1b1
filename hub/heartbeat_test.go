package hub

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"teahouse/store"
)

// pipeServer is a connection without a network, for a bubble of synctest: real
// sockets would stop its clock.
type pipeServer struct {
	net.Conn
	header http.Header
	brw    *bufio.ReadWriter
}

func (p *pipeServer) Header() http.Header { return p.header }
func (p *pipeServer) WriteHeader(int) {
	_, _ = p.Conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\n"))
	_ = p.header.Write(p.Conn)
	_, _ = p.Conn.Write([]byte("\r\n"))
}
func (p *pipeServer) Hijack() (net.Conn, *bufio.ReadWriter, error) { return p.Conn, p.brw, nil }

// dialPipe connects a client with serve through a pipe.
func dialPipe(t *testing.T, serve func(*websocket.Conn)) *websocket.Conn {
	t.Helper()
	client, server := net.Pipe()
	go func() {
		br := bufio.NewReader(server)
		r, err := http.ReadRequest(br)
		if err != nil {
			return
		}
		p := &pipeServer{server, http.Header{}, bufio.NewReadWriter(br, bufio.NewWriter(server))}
		conn, err := websocket.Accept(p, r, nil)
		if err != nil {
			t.Errorf("accept: %v", err)
			return
		}
		serve(conn)
	}()
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return client, nil }}
	conn, _, err := websocket.Dial(t.Context(), "ws://pipe/", &websocket.DialOptions{HTTPClient: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// bubble runs a test in virtual time over a real store.
func bubble(t *testing.T, test func(t *testing.T, b *bubbleWorld)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		st, err := store.Open(filepath.Join(dir, "db"), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		h, err := New(Config{Store: st, Limits: DefaultLimits(), Fatal: func(err error) { t.Error(err) }})
		if err != nil {
			t.Fatal(err)
		}
		b := &bubbleWorld{t: t, store: st, hub: h}
		b.do(&store.Claim{ServerName: "Test", Name: "admin0", PHC: "x"})
		test(t, b)
		if err := h.Close(t.Context()); err != nil {
			t.Error(err)
		}
		for _, c := range b.conns {
			_ = c.CloseNow()
		}
		b.readers.Wait()
		if st := h.Stats(); st.Sessions != 0 || st.Panics != 0 || st.QueueBytes != 0 {
			t.Errorf("left over: %+v", st)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
}

type bubbleWorld struct {
	t       *testing.T
	store   *store.Store
	hub     *Hub
	conns   []*websocket.Conn
	readers sync.WaitGroup
	logins  byte
}

func (b *bubbleWorld) do(op store.Op) {
	b.t.Helper()
	if err := b.hub.Do(b.t.Context(), op); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bubbleWorld) user(name string) store.UserID {
	op := &store.Register{Name: name, PHC: "x"}
	b.do(op)
	return op.User.ID
}

// heard is what a page in the bubble gets.
type heard struct {
	mu     sync.Mutex
	conn   *websocket.Conn
	pings  int
	frames []frame
	at     []time.Time
	err    error
	ended  time.Time
}

func (p *heard) last() (frames []frame, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.frames, p.err
}

// connect dials for a user; pong says whether the page answers pings, hello
// whether it says hello.
func (b *bubbleWorld) connect(user store.UserID, hello, pong bool) *heard {
	b.t.Helper()
	b.logins++
	login := store.LoginID{b.logins}
	now := time.Now()
	if err := b.store.CreateLogin(store.Login{
		ID: login, User: user, CreatedAt: now.UnixMilli(), SeenAt: now.UnixMilli(), ExpiresAt: now.Add(72 * time.Hour).UnixMilli(),
	}, "x"); err != nil {
		b.t.Fatal(err)
	}
	conn := dialPipe(b.t, func(c *websocket.Conn) { b.hub.Serve(c, Identity{User: user, Login: login}) })
	b.conns = append(b.conns, conn)
	p := &heard{conn: conn}
	b.readers.Go(func() {
		for {
			_, msg, err := conn.Read(context.Background())
			p.mu.Lock()
			if err != nil {
				p.err, p.ended = err, time.Now()
				p.mu.Unlock()
				return
			}
			ping := false
			for line := range lines2(msg) {
				f, _ := parseFrame(line)
				p.frames, p.at = append(p.frames, f), append(p.at, time.Now())
				if f.Type == "ping" {
					p.pings++
					ping = true
				}
			}
			p.mu.Unlock()
			if ping && pong {
				_ = conn.Write(context.Background(), websocket.MessageText, []byte(`{"type":"pong"}`))
			}
		}
	})
	if hello {
		text := encode(helloFrame{Type: "hello", Proto: 1, Epoch: b.store.Epoch(), Cursors: points{}})
		if err := conn.Write(b.t.Context(), websocket.MessageText, text); err != nil {
			b.t.Fatal(err)
		}
	}
	synctest.Wait()
	return p
}

func TestHeartbeat(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, b *bubbleWorld) {
		start := time.Now()
		p := b.connect(b.user("ann"), true, true)
		time.Sleep(10*time.Minute - time.Second)
		synctest.Wait()
		frames, err := p.last()
		if err != nil {
			t.Fatalf("ended after %v: %v", p.ended.Sub(start), err)
		}
		if p.pings != 23 {
			t.Errorf("%d pings in ten quiet minutes, want one each 25 s; %d frames", p.pings, len(frames))
		}
	})
}

func TestSilenceEndsTheSession(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, b *bubbleWorld) {
		ann := b.user("ann")
		start := time.Now()
		p := b.connect(ann, true, false)
		time.Sleep(59 * time.Second)
		synctest.Wait()
		if _, err := p.last(); err != nil {
			t.Fatalf("ended early: %v", err)
		}
		if p.pings != 2 {
			t.Errorf("%d pings", p.pings)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if _, err := p.last(); websocket.CloseStatus(err) != closeNoHeartbeat {
			t.Errorf("ended with %v", err)
		}
		if got := p.ended.Sub(start); got < 60*time.Second || got > 61*time.Second {
			t.Errorf("ended after %v", got)
		}
		if !b.hub.Online(ann) {
			t.Error("no grace")
		}
		time.Sleep(12 * time.Second)
		synctest.Wait()
		if b.hub.Online(ann) {
			t.Error("online for ever")
		}
		b.hub.mu.Lock()
		defer b.hub.mu.Unlock()
		if n := len(b.hub.people) + len(b.hub.logins) + len(b.hub.addresses) + len(b.hub.watchers); n != 0 {
			t.Errorf("%d things of a dead session are left", n)
		}
	})
}

func TestHelloMustCome(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, b *bubbleWorld) {
		start := time.Now()
		p := b.connect(b.user("ann"), false, true)
		time.Sleep(11 * time.Second)
		synctest.Wait()
		if _, err := p.last(); websocket.CloseStatus(err) != closeNoHeartbeat || p.ended.Sub(start) != 10*time.Second {
			t.Errorf("ended with %v after %v", err, p.ended.Sub(start))
		}
	})
}

// TestHalfAMessage: it must be complete 10 s after its first byte.
func TestHalfAMessage(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, b *bubbleWorld) {
		p := b.connect(b.user("ann"), true, true)
		wr, err := p.conn.Writer(context.Background(), websocket.MessageText)
		if err != nil {
			t.Fatal(err)
		}
		// More than the client's buffer, which only then goes out.
		if _, err := wr.Write([]byte(`{"type":"` + strings.Repeat("x", 10_000))); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		time.Sleep(15 * time.Second)
		synctest.Wait()
		if _, err := p.last(); err == nil || p.ended.Sub(start) > 11*time.Second {
			t.Errorf("ended with %v after %v", err, p.ended.Sub(start))
		}
	})
}

func TestLoginExpires(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, b *bubbleWorld) {
		p := b.connect(b.user("ann"), true, true)
		time.Sleep(72*time.Hour + time.Minute)
		synctest.Wait()
		if _, err := p.last(); websocket.CloseStatus(err) != closeRevoked {
			t.Errorf("ended with %v", err)
		}
	})
}

// TestRateSlowsReading: over the rate nothing is refused, and the waiting is not
// the page's silence.
func TestRateSlowsReading(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, b *bubbleWorld) {
		ann, bob := b.user("ann"), b.user("bob")
		add := &store.AddContact{By: ann, ClientID: newClientID(), User: bob}
		b.do(add)
		p := b.connect(ann, true, true)
		start := time.Now()
		const n = 240 // burst 40, then 20 a second: 10 s
		for i := range n {
			text := encode(sendFrame{"send", newClientID(), add.Conv, "x"})
			if err := p.conn.Write(t.Context(), websocket.MessageText, text); err != nil {
				t.Fatalf("send %d: %v", i, err)
			}
		}
		time.Sleep(time.Second)
		synctest.Wait()
		frames, err := p.last()
		if err != nil {
			t.Fatal(err)
		}
		acks := 0
		var last time.Time
		for i, f := range frames {
			if f.Type == "ack" {
				acks++
				last = p.at[i]
			}
			if f.Type == "error" {
				t.Errorf("refused: %s", f.Raw)
			}
		}
		if took := last.Sub(start); acks != n || took < 9*time.Second || took > 11*time.Second {
			t.Errorf("%d acks in %v", acks, took)
		}
	})
}

func TestPingBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := new(PingBudget)
		count := func() (n int) {
			for range 100 {
				if b.OnPingReceived(t.Context(), nil) {
					n++
				}
			}
			return n
		}
		if got := count(); got != 10 {
			t.Errorf("%d pings answered at once", got)
		}
		time.Sleep(30 * time.Second)
		if got := count(); got != 5 {
			t.Errorf("%d pings answered after half a minute", got)
		}
	})
}
