package hub

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"teahouse/store"
)

// commitHook stands between the sequencer and the store.
type commitHook struct {
	mu      sync.Mutex
	real    func([]store.Op) ([]store.Outcome, error)
	arrived chan struct{} // closed when a commit waits
	opened  chan struct{}
	fail    error // before anything is stored
	unknown error // after it was stored
}

func (c *commitHook) install(h *Hub) { c.real, h.commit = h.commit, c.commit }

func (c *commitHook) commit(ops []store.Op) ([]store.Outcome, error) {
	c.mu.Lock()
	arrived, opened, fail, unknown := c.arrived, c.opened, c.fail, c.unknown
	c.arrived, c.opened = nil, nil
	c.mu.Unlock()
	if arrived != nil {
		close(arrived)
		<-opened
	}
	if fail != nil {
		return nil, fail
	}
	out, err := c.real(ops)
	if unknown != nil {
		return nil, unknown
	}
	return out, err
}

func (c *commitHook) stop() (arrived, opened chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.arrived, c.opened = make(chan struct{}), make(chan struct{})
	return c.arrived, c.opened
}

func (c *commitHook) set(fail, unknown error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail, c.unknown = fail, unknown
}

// TestDurableThenVisible is J1: nothing leaves before the commit returned.
func TestDurableThenVisible(t *testing.T) {
	t.Parallel()
	hook := &commitHook{}
	w := newWorld(t, withHub(hook.install))
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	a, b := w.connect(ann, nil), w.connect(bob, nil)
	arrived, opened := hook.stop()
	a.write(sendFrame{"send", newClientID(), conv, "hi"})
	<-arrived
	// An answer that does not go through the sequencer shows that nothing is
	// queued before it.
	for _, c := range []*client{a, b} {
		c.write(`{"type":"whatever"}`)
		if f := c.want("error", "ack", "message"); f.Reason != "unknown_type" {
			t.Errorf("before the commit: %s", f.Raw)
		}
	}
	close(opened)
	a.want("ack")
	b.wantMessage(conv, 1)
}

// TestGroupCommit: what came during a commit is one batch, in its order.
func TestGroupCommit(t *testing.T) {
	t.Parallel()
	hook := &commitHook{}
	w := newWorld(t, withHub(hook.install))
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	a := w.connect(ann, nil)
	arrived, opened := hook.stop()
	before := w.hub.Stats().Commits
	var frames []any
	for i := range 51 {
		frames = append(frames, sendFrame{"send", newClientID(), conv, fmt.Sprint(i)})
	}
	a.write(frames[0])
	<-arrived
	a.write(frames[1:]...)
	a.write(`{"type":"whatever"}`) // answered once all of them are in the line
	a.want("error")
	close(opened)
	for i := range 51 {
		f := a.want("ack")
		if f.Seq != uint64(i+1) || f.ClientID != frames[i].(sendFrame).ClientID {
			t.Fatalf("ack %d = %s", i, f.Raw)
		}
	}
	if got := w.hub.Stats().Commits - before; got != 2 {
		t.Errorf("%d commits, want 2", got)
	}
}

// TestSameClientID is J3: any number of equal sends, one message.
func TestSameClientID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	a1, a2, b := w.connect(ann, nil), w.connect(ann, nil), w.connect(bob, nil)
	id := newClientID()
	send := sendFrame{"send", id, conv, "once"}
	for range 5 {
		a1.write(send, send)
		a2.write(send)
	}
	originals := 0
	for _, c := range []struct {
		*client
		acks int
	}{{a1, 10}, {a2, 5}} {
		for range c.acks {
			f := c.want("ack")
			if f.Seq != 1 || f.ClientID != id || f.At == 0 || f.N != 1 {
				t.Errorf("ack = %s", f.Raw)
			}
			if !f.Dup {
				originals++
			}
		}
	}
	if originals != 1 {
		t.Errorf("%d acks are no duplicates", originals)
	}
	other := sendFrame{"send", id, conv, "another text"}
	a2.write(other)
	if f := a2.want("error"); f.Code != "conflict" || f.Reason != "client_id_reused" || f.ClientID != id {
		t.Errorf("another text: %s", f.Raw)
	}
	m := w.post(bob, conv, "end")
	for _, c := range []*client{a1, a2} {
		c.wantMessage(conv, m.Seq)
	}
	w.connect(bob, nil)
	m = w.post(ann, conv, "end")
	b.wantMessage(conv, m.Seq)
	if got := fmt.Sprint(b.messages(conv)); got != "[1 2 3]" {
		t.Errorf("bob got %s", got)
	}
}

// TestRefusedLaterStillAcked: a message once accepted is never answered with a
// refusal, whatever its sender's rights are now.
func TestAcceptedOnceIsAckedForEver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.group(ann, bob)
	b := w.connect(bob, nil)
	ack := b.send(conv, "hi")
	w.do(&store.RemoveMember{By: ann, User: bob, Conv: conv})
	b.want("gone")
	b.write(sendFrame{"send", ack.ClientID, conv, "hi"})
	if f := b.want("ack", "error"); !f.Dup || f.Seq != ack.Seq || f.At != ack.At {
		t.Errorf("again: %s", f.Raw)
	}
	b.write(sendFrame{"send", newClientID(), conv, "new"})
	if f := b.want("ack", "error"); f.Code != "not_found" {
		t.Errorf("new: %s", f.Raw)
	}
}

// TestLostBetweenCommitAndAck is J4: the page sends again and gets the old seq,
// the others get the message by resuming.
func TestLostBetweenCommitAndAck(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	id := newClientID()
	op := &store.SendMessage{From: ann, ClientID: id, Conv: conv, Body: "hi"}
	if _, err := w.store.Commit([]store.Op{op}); err != nil { // and the process is lost
		t.Fatal(err)
	}
	a, b := w.connect(ann, points{conv: {}}), w.dial(bob)
	a.write(sendFrame{"send", id, conv, "hi"})
	if f := a.want("ack"); !f.Dup || f.Seq != op.Message.Seq || f.At != op.Message.At {
		t.Errorf("ack = %s", f.Raw)
	}
	b.write(w.hello(points{conv: {}}))
	b.wantMessage(conv, 1)
}

var errDiskFull = fmt.Errorf("commit: %w", &fs.PathError{Op: "write", Path: "db", Err: syscall.ENOSPC})

func TestStorageFull(t *testing.T) {
	t.Parallel()
	hook := &commitHook{}
	w := newWorld(t, withHub(hook.install))
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	w.post(ann, conv, "before")
	a, b := w.connect(ann, nil), w.connect(bob, nil)
	hook.set(errDiskFull, nil)
	id := newClientID()
	b.write(cursorFrame{"read", conv, 1}) // must not be lost
	w.eventually("the cursor met the full disk", func() bool { return w.hub.Stats().CommitsFailed > 0 })
	a.write(sendFrame{"send", id, conv, "hi"})
	if f := a.want("error", "ack"); f.Code != "unavailable" || f.Reason != "storage_full" || f.ClientID != id {
		t.Errorf("full: %s", f.Raw)
	}
	if err := w.tryDo(&store.Hide{User: ann, Conv: conv, Seq: 1}); !errors.Is(err, store.ErrStorageFull) {
		t.Errorf("do: %v", err)
	}
	c := w.connect(bob, points{conv: {}}) // reading goes on
	if got := c.messages(conv); len(got) != 1 {
		t.Errorf("messages %v", got)
	}
	hook.set(nil, nil)
	a.write(sendFrame{"send", id, conv, "hi"})
	if f := a.want("ack", "error"); f.Type != "ack" || f.Dup {
		t.Errorf("space again: %s", f.Raw)
	}
	b.wantMessage(conv, 2)
	cur, _, err := w.store.CursorOf(bob, conv)
	if err != nil || cur.Read != 1 {
		t.Errorf("the cursor: %+v, %v", cur, err)
	}
}

// TestStorageFullAtTheEnd: a full disk keeps nobody from stopping.
func TestStorageFullAtTheEnd(t *testing.T) {
	t.Parallel()
	hook := &commitHook{}
	w := newWorld(t, withHub(hook.install))
	w.connect(w.user("ann"), nil)
	hook.set(errDiskFull, nil)
}

func TestFatalCommit(t *testing.T) {
	t.Parallel()
	hook := &commitHook{}
	var fatal atomic.Int64
	w := newWorld(t, func(c *Config, h *Hub) {
		if h == nil {
			c.Fatal = func(error) { fatal.Add(1) }
		}
	}, withHub(hook.install))
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	a, b := w.connect(ann, nil), w.connect(bob, nil)
	hook.set(nil, syscall.EIO) // stored, but nobody can know
	a.write(sendFrame{"send", newClientID(), conv, "hi"})
	w.eventually("fatal", func() bool { return fatal.Load() > 0 })
	hook.set(nil, nil)
	for range 2 {
		err := w.tryDo(&store.SendMessage{From: ann, ClientID: newClientID(), Conv: conv, Body: "later"})
		var refusal *store.Refusal
		if err == nil || errors.As(err, &refusal) {
			t.Errorf("after the fatal commit: %v", err)
		}
	}
	for _, c := range []*client{a, b} {
		c.write(`{"type":"whatever"}`)
		if f := c.want("error", "ack", "message"); f.Reason != "unknown_type" {
			t.Errorf("after the fatal commit: %s", f.Raw)
		}
	}
	if fatal.Load() != 1 {
		t.Errorf("fatal was told %d times", fatal.Load())
	}
}

// TestContextEndsTheWaiting, never the commit.
func TestContextEndsTheWaiting(t *testing.T) {
	t.Parallel()
	hook := &commitHook{}
	w := newWorld(t, withHub(hook.install))
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	arrived, opened := hook.stop()
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error)
	go func() {
		result <- w.hub.Do(ctx, &store.SendMessage{From: ann, ClientID: newClientID(), Conv: conv, Body: "hi"})
	}()
	<-arrived
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("do: %v", err)
	}
	close(opened)
	w.eventually("the commit", func() bool {
		head, _, err := w.store.Head(conv)
		return err == nil && head == 1
	})
}

// TestFullLineSlowsItsSenders: the read loop waits, the session lives, nothing is
// lost.
func TestFullLineSlowsItsSenders(t *testing.T) {
	t.Parallel()
	hook := &commitHook{}
	w := newWorld(t, withHub(hook.install), withLimits(func(l *Limits) { l.PendingOps = 4 }))
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	a := w.connect(ann, nil)
	arrived, opened := hook.stop()
	a.write(sendFrame{"send", newClientID(), conv, "first"})
	<-arrived
	for i := range 40 {
		a.write(sendFrame{"send", newClientID(), conv, fmt.Sprint(i)})
	}
	w.eventually("the line is full", func() bool { return len(w.hub.seq.slots) == 4 })
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := w.hub.Do(ctx, &store.Hide{User: ann, Conv: conv}); !errors.Is(err, context.Canceled) {
		t.Errorf("do in a full line: %v", err)
	}
	close(opened)
	for i := range 41 {
		if f := a.want("ack", "error"); f.Seq != uint64(i+1) {
			t.Fatalf("ack %d = %s", i, f.Raw)
		}
	}
}

func TestTooManyUnacked(t *testing.T) {
	t.Parallel()
	hook := &commitHook{}
	w := newWorld(t, withHub(hook.install))
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	a := w.connect(ann, nil)
	arrived, opened := hook.stop()
	var frames []any
	for i := range 257 {
		frames = append(frames, sendFrame{"send", newClientID(), conv, fmt.Sprint(i)})
	}
	a.write(frames[0])
	<-arrived
	a.write(frames[1:256]...)
	a.write(`{"type":"whatever"}`)
	a.want("error") // 256 are in the line and the session lives
	a.write(frames[256])
	a.wantClose(closeBadFrame)
	close(opened)
	w.eventually("what came before stands", func() bool {
		head, _, err := w.store.Head(conv)
		return err == nil && head == 256
	})
}

func TestReadIsSeenByTheSendBehindIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	for i := range 3 {
		w.post(bob, conv, fmt.Sprint(i))
	}
	a := w.connect(ann, nil)
	a.write(cursorFrame{"read", conv, 3}, sendFrame{"send", newClientID(), conv, "and I have read it all"})
	a.want("ack")
	w.eventually("the cursor", func() bool {
		cur, unread, err := w.store.CursorOf(ann, conv)
		return err == nil && cur.Read == 4 && cur.Delivered == 4 && unread == 0
	})
}

func TestCloseCommitsWhatIsQueued(t *testing.T) {
	t.Parallel()
	hook := &commitHook{}
	w := newWorld(t, withHub(hook.install))
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	a := w.connect(ann, nil)
	arrived, opened := hook.stop()
	a.write(sendFrame{"send", newClientID(), conv, "first"})
	<-arrived
	a.write(sendFrame{"send", newClientID(), conv, "second"}, `{"type":"whatever"}`)
	a.want("error")
	closed := make(chan error)
	go func() { closed <- w.hub.Close(context.Background()) }()
	<-w.hub.seq.stopped
	a.write(sendFrame{"send", newClientID(), conv, "too late"})
	if f := a.want("error", "ack"); f.Code != "unavailable" || f.Reason != "stopping" {
		t.Errorf("too late: %s", f.Raw)
	}
	close(opened)
	for seq := uint64(1); seq <= 2; seq++ {
		if f := a.want("ack"); f.Seq != seq {
			t.Errorf("ack = %s", f.Raw)
		}
	}
	if f := a.want("bye"); f.Why != "stopping" || f.RetryAfter < 500 || f.RetryAfter > 3500 {
		t.Errorf("bye = %s", f.Raw)
	}
	a.wantClose(closeGoingAway)
	if err := <-closed; err != nil {
		t.Error(err)
	}
	seen, err := w.store.LastSeenOf([]store.UserID{ann})
	if err != nil || seen[ann] == 0 {
		t.Errorf("last seen: %v, %v", seen, err)
	}
	if err := w.tryDo(&store.Hide{User: ann, Conv: conv}); !errors.Is(err, store.ErrStopping) {
		t.Errorf("do after close: %v", err)
	}
	late := w.dial(bob)
	late.wantClose(closeGoingAway)
	w.reopen()
}

// reopen makes a new hub over the same store, for the cleanup to close.
func (w *world) reopen() {
	w.t.Helper()
	h, err := New(Config{Store: w.store, Log: w.hub.log, Limits: w.hub.limits, Version: "test", Now: w.now, Fatal: w.hub.fatal})
	if err != nil {
		w.t.Fatal(err)
	}
	w.hub = h
}

func TestEmptyAndOddBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	a, b := w.connect(ann, nil), w.connect(bob, nil)
	for _, c := range []struct{ body, reason string }{
		{"", "bad_body"},
		{strings.Repeat("x", 16<<10+1), "message_too_long"},
		{" \n\t ", ""},
		{"\x00\x01\u2028\u202e\ufeff\ufffd", ""},
		{strings.Repeat("\x01", 16<<10), ""},
		{strings.Repeat("茶", 16<<10/3), ""},
	} {
		id := newClientID()
		a.write(sendFrame{"send", id, conv, c.body})
		f, ok := a.find(func(f frame) bool { return f.ClientID == id })
		if !ok || f.Reason != c.reason {
			t.Errorf("%.20q: %.200s", c.body, f.Raw)
			continue
		}
		if c.reason == "" {
			if m := b.wantMessage(conv, f.Seq); *m.Body != c.body {
				t.Errorf("%.20q came as %.20q", c.body, *m.Body)
			}
		}
	}
}
