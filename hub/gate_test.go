package hub

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"teahouse/store"
)

// gate stops the hub at named points of a race.
type gate struct {
	mu    sync.Mutex
	stops []*stop
}

// stop is one place where one goroutine waits.
type stop struct {
	point   string
	arrived chan struct{}
	opened  chan struct{}
}

func newGate() *gate { return &gate{} }

// stopAt makes the next goroutine that reaches the point wait.
func (g *gate) stopAt(point string) *stop {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := &stop{point, make(chan struct{}), make(chan struct{})}
	g.stops = append(g.stops, s)
	return s
}

func (g *gate) reached(point string, _ store.ConvID) {
	g.mu.Lock()
	i := slices.IndexFunc(g.stops, func(s *stop) bool { return s.point == point })
	if i < 0 {
		g.mu.Unlock()
		return
	}
	s := g.stops[i]
	g.stops = slices.Delete(g.stops, i, i+1)
	g.mu.Unlock()
	close(s.arrived)
	<-s.opened
}

// wait returns when somebody waits at the point.
func (s *stop) wait(t *testing.T) {
	t.Helper()
	select {
	case <-s.arrived:
	case <-time.After(patience):
		t.Fatalf("nobody reached %q", s.point)
	}
}

func (s *stop) open() { close(s.opened) }

// stalled connects a client that reads nothing after live until open is called.
func (w *world) stalled(user store.UserID, cursors points) *client {
	w.t.Helper()
	c := w.newClient(user, w.login(user))
	c.gate = make(chan struct{})
	lived := make(chan struct{})
	go func() {
		defer close(c.ended)
		for live := false; !live; {
			if live = c.readOne(); c.lastErr() != nil {
				return
			}
		}
		close(lived)
		c.mu.Lock()
		gate := c.gate
		c.mu.Unlock()
		<-gate
		for c.lastErr() == nil {
			c.readOne()
		}
	}()
	c.write(w.hello(cursors))
	select {
	case <-lived:
	case <-time.After(patience):
		w.t.Fatal("not live")
	}
	return c
}

// open lets a stalled client read on.
func (c *client) open() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.gate)
	c.gate = nil
}

// readOne reads one WebSocket message and reports whether live was in it.
func (c *client) readOne() (live bool) {
	_, b, err := c.conn.Read(c.t.Context())
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.come.Broadcast()
	if err != nil {
		c.err = err
		return false
	}
	for line := range lines2(b) {
		f, err := parseFrame(line)
		if err != nil {
			c.t.Errorf("frame %q: %v", line, err)
		}
		if f.Type == "ping" {
			go func() { _ = c.conn.Write(c.t.Context(), websocket.MessageText, []byte(`{"type":"pong"}`)) }()
		}
		live = live || f.Type == "live"
		c.frames = append(c.frames, f)
	}
	return live
}

// fillSocket posts into conv until a session that does not read takes nothing
// any more: the kernel's buffers are full, its queue does not drain, and its
// subscription is behind.
func (w *world) fillSocket(from store.UserID, conv store.ConvID) int {
	w.t.Helper()
	before, still := w.hub.Stats().BehindRoom, 0
	for n := 1; n < 5000; n++ {
		w.post(from, conv, fmt.Sprintf("%d %s", n, strings.Repeat("fill ", 3000)))
		st := w.hub.Stats()
		if still++; st.QueueBytes == 0 || st.BehindRoom == before {
			still = 0
		}
		if still == 100 {
			return n
		}
	}
	w.t.Fatal("the socket takes everything")
	return 0
}
