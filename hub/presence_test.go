package hub

import (
	"slices"
	"sync"
	"testing"
	"time"

	"teahouse/store"
)

// wantPresence goes on to what the client hears of one user.
func (c *client) wantPresence(user store.UserID, online bool) PresenceTuple {
	c.t.Helper()
	var found PresenceTuple
	_, ok := c.find(func(f frame) bool {
		for _, t := range f.Presence {
			if t.User == user && t.Online == online {
				found = t
				return true
			}
		}
		return false
	})
	if !ok {
		c.t.Fatalf("%s: never heard that %s is online=%v; got\n%s", c.user, user, online, c.transcript())
	}
	return found
}

func quickPresence(l *Limits) {
	l.OfflineGrace, l.ReceiptEvery = 50*time.Millisecond, 10*time.Millisecond
}

func TestPresenceOfContacts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withLimits(quickPresence))
	ann, bob, eve := w.user("ann"), w.user("bob"), w.user("eve")
	w.pair(ann, bob)
	a, e := w.connect(ann, nil), w.connect(eve, nil)
	if p := a.wantPresence(bob, false); p.LastSeen != 0 {
		t.Errorf("never seen: %+v", p)
	}
	if w.hub.Online(bob) {
		t.Error("online before the first session")
	}
	b := w.connect(bob, nil)
	b.wantPresence(ann, true)
	a.wantPresence(bob, true)
	if !w.hub.Online(bob) {
		t.Error("not online")
	}
	second := w.connect(bob, nil)
	b.close()
	second.close()
	before := w.now().UnixMilli()
	p := a.wantPresence(bob, false)
	if p.LastSeen < before-10_000 || p.LastSeen > w.now().UnixMilli() {
		t.Errorf("last seen %d, now %d", p.LastSeen, before)
	}
	w.eventually("last seen is stored", func() bool {
		seen, err := w.store.LastSeenOf([]store.UserID{bob})
		return err == nil && seen[bob] == p.LastSeen
	})
	a2 := w.connect(ann, nil)
	if got := a2.wantPresence(bob, false); got != p {
		t.Errorf("a new session hears %+v, want %+v", got, p)
	}
	// A contact added later is told of; one removed is not.
	w.pair(eve, ann)
	e.wantPresence(ann, true)
	a.wantPresence(eve, true)
	w.do(&store.RemoveContact{By: eve, User: ann})
	a.find(func(f frame) bool { return f.Type == "contact" && f.Contact.Removed })
	e.close()
	w.connect(bob, nil)
	a.wantPresence(bob, true)
	for _, f := range a.frames[a.taken-1:] {
		for _, p := range f.Presence {
			if p.User == eve {
				t.Errorf("a removed contact is told of: %s", f.Raw)
			}
		}
	}
	for _, p := range e.frames {
		for _, tuple := range p.Presence {
			if tuple.User == bob {
				t.Errorf("a stranger is told of: %s", p.Raw)
			}
		}
	}
}

// TestGraceHidesAReload: a session that comes back within the grace was never
// away.
func TestGraceHidesAReload(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withLimits(func(l *Limits) { l.ReceiptEvery = 10 * time.Millisecond }))
	ann, bob, cat := w.user("ann"), w.user("bob"), w.user("cat")
	w.pair(ann, bob)
	w.pair(ann, cat)
	a := w.connect(ann, nil)
	b := w.connect(bob, nil)
	a.wantPresence(bob, true)
	b.close()
	w.eventually("the session is gone", func() bool { return w.hub.Stats().Sessions == 1 })
	if !w.hub.Online(bob) {
		t.Error("offline within the grace")
	}
	w.connect(bob, nil)
	w.connect(cat, nil)
	if _, ok := a.find(func(f frame) bool {
		for _, p := range f.Presence {
			if p.User == bob && !p.Online {
				t.Errorf("told of a reload: %s", f.Raw)
			}
			if p.User == cat && p.Online {
				return true
			}
		}
		return false
	}); !ok {
		t.Error("never heard of cat")
	}
}

func TestWatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withLimits(quickPresence))
	ann, bob, cat := w.user("ann"), w.user("bob"), w.user("cat")
	conv, other := w.group(ann, bob, cat), w.group(ann, bob)
	a := w.connect(ann, nil)
	a.write(convFrame{"watch", conv})
	f := a.want("presence")
	if len(f.Presence) != 3 {
		t.Errorf("answer to watch: %s", f.Raw)
	}
	b := w.connect(bob, nil)
	a.wantPresence(bob, true)
	// Receipts and typing reach those who watch.
	m := w.post(ann, conv, "hi")
	b.write(cursorFrame{"read", conv, m.Seq}, convFrame{"typing", conv}, convFrame{"typing", conv})
	r, _ := a.find(func(f frame) bool {
		return f.Type == "receipt" && f.Unread == nil && slices.Contains(f.Cursors, CursorTuple{bob, m.Seq, m.Seq})
	})
	if r.Type == "" || r.Conv != conv {
		t.Errorf("receipt of a group: %s", r.Raw)
	}
	a.mu.Lock()
	a.taken = 0
	a.mu.Unlock()
	if f := a.want("typing"); f.Conv != conv || len(f.Typing) != 1 || f.Typing[0] != bob {
		t.Errorf("typing = %s", f.Raw)
	}
	// Those who watch something else hear neither.
	a.write(convFrame{"watch", other})
	a.want("presence")
	m = w.post(ann, conv, "more")
	b.write(cursorFrame{"read", conv, m.Seq})
	b.find(func(f frame) bool { return f.Type == "receipt" && f.Cursors[0].Read == m.Seq })
	a.write(`{"type":"watch"}`)
	c := w.connect(cat, nil)
	c.write(convFrame{"watch", conv})
	c.wantPresence(ann, true)
	eve := w.connect(w.user("eve"), nil)
	eve.write(convFrame{"watch", conv}, convFrame{"typing", conv}, cursorFrame{"received", conv, 1})
	for range 3 {
		if f := eve.want("error", "presence"); f.Code != "not_found" {
			t.Errorf("a stranger watches: %s", f.Raw)
		}
	}
	if st := w.hub.Stats(); st.DropTyping != 1 {
		t.Errorf("%d typing frames dropped, want the second within a second", st.DropTyping)
	}
}

func TestTypingToThePeer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	a, a2, b := w.connect(ann, nil), w.connect(ann, nil), w.connect(bob, nil)
	a.write(convFrame{"typing", conv})
	if f := b.want("typing"); f.Conv != conv || f.Typing[0] != ann {
		t.Errorf("typing = %s", f.Raw)
	}
	w.do(&store.RemoveContact{By: ann, User: bob})
	a2.find(func(f frame) bool { return f.Type == "contact" })
	a2.write(convFrame{"typing", conv}, `{"type":"whatever"}`)
	a2.want("error")
	b.write(`{"type":"whatever"}`)
	if f := b.want("typing", "error"); f.Type != "error" {
		t.Errorf("a removed contact types: %s", f.Raw)
	}
	for _, f := range a2.frames {
		if f.Type == "typing" {
			t.Errorf("one's own typing: %s", f.Raw)
		}
	}
}

func TestReceiptsByMax(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	for range 5 {
		w.post(ann, conv, "x")
	}
	a, b, b2 := w.connect(ann, nil), w.connect(bob, nil), w.connect(bob, nil)
	step := func(kind string, seq, delivered, read, unread uint64) {
		t.Helper()
		b.write(cursorFrame{kind, conv, seq})
		for _, c := range []*client{a, b, b2} {
			f, ok := c.find(func(f frame) bool {
				return f.Type == "receipt" && f.Cursors[0] == CursorTuple{bob, delivered, read}
			})
			switch {
			case !ok:
				t.Fatalf("%s %d: no receipt; got\n%s", kind, seq, c.transcript())
			case c == a && f.Unread != nil:
				t.Errorf("the peer is told the unread count: %s", f.Raw)
			case c != a && (f.Unread == nil || *f.Unread != unread):
				t.Errorf("%s %d: unread in %s, want %d", kind, seq, f.Raw, unread)
			}
		}
	}
	step("received", 2, 2, 0, 5)
	step("read", 1, 2, 1, 4)
	step("read", 3, 3, 3, 2)
	b.write(cursorFrame{"read", conv, 2}, cursorFrame{"received", conv, 1}, cursorFrame{"read", conv, 0})
	step("read", 1<<40, 5, 5, 0) // clamped to the head
	for _, f := range a.frames {
		if f.Type == "receipt" && f.Cursors[0].Delivered < f.Cursors[0].Read {
			t.Errorf("read past delivered: %s", f.Raw)
		}
	}
}

// stoppedCache makes one lookup wait.
type stoppedCache struct {
	hotCache
	mu              sync.Mutex
	key             string
	arrived, opened chan struct{}
}

func (c *stoppedCache) Get(key string) (any, bool) {
	c.mu.Lock()
	stop := key == c.key
	if stop {
		c.key = ""
	}
	c.mu.Unlock()
	if stop {
		close(c.arrived)
		<-c.opened
	}
	return c.hotCache.Get(key)
}

// TestPresenceIsNotOvertaken: an answer that was looked up for long says how it
// is when it is sent.
func TestPresenceIsNotOvertaken(t *testing.T) {
	t.Parallel()
	cache := &stoppedCache{arrived: make(chan struct{}), opened: make(chan struct{})}
	w := newWorld(t, withLimits(quickPresence), withHub(func(h *Hub) { cache.hotCache, h.hot = h.hot, cache }))
	ann, bob := w.user("ann"), w.user("bob")
	w.pair(ann, bob)
	cache.mu.Lock()
	cache.key = "presence:" + ann.String()
	cache.mu.Unlock()
	b := w.dial(bob)
	b.write(w.hello(nil))
	<-cache.arrived // ann is offline
	w.connect(ann, nil)
	b.wantPresence(ann, true)
	close(cache.opened)
	if f := b.want("presence"); len(f.Presence) != 1 || !f.Presence[0].Online {
		t.Errorf("told last: %s", f.Raw)
	}
}

// TestEndedBeforeArrival: a session that ended before anybody was told of it was
// seen all the same by those who came in its grace.
func TestEndedBeforeArrival(t *testing.T) {
	t.Parallel()
	g := newGate()
	w := newWorld(t, withHub(func(h *Hub) { h.barrier = g.reached }), withLimits(func(l *Limits) {
		l.OfflineGrace, l.ReceiptEvery = 500*time.Millisecond, 10*time.Millisecond
	}))
	ann, bob := w.user("ann"), w.user("bob")
	w.pair(ann, bob)
	login := w.login(ann)
	at := g.stopAt("registered")
	a := w.dialLogin(ann, login)
	a.write(w.hello(nil))
	at.wait(t)
	b := w.connect(bob, nil)
	b.wantPresence(ann, true)
	w.hub.CloseLogins([]store.LoginID{login})
	w.eventually("it has ended", func() bool { return w.hub.Stats().Sessions == 1 })
	at.open()
	b.wantPresence(ann, false)
}
