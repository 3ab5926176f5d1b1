package hub

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"teahouse/store"
)

// TestSlowReaderGoesBehind: it delays nobody, its queue stays bounded, and once
// it reads it has everything.
func TestSlowReaderGoesBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withLimits(func(l *Limits) { l.WriteStall = time.Minute }))
	ann, bob, cat := w.user("ann"), w.user("bob"), w.user("cat")
	conv := w.group(ann, bob, cat)
	c := w.connect(cat, nil)
	b := w.stalled(bob, nil)
	n := w.fillSocket(ann, conv)
	for i := range 200 {
		w.post(ann, conv, fmt.Sprint("more ", i, strings.Repeat(" ", 1000)))
	}
	last := w.post(ann, conv, "last")
	c.wantMessage(conv, last.Seq) // the others are not delayed
	if got, most := w.hub.Stats().QueueBytes, int64(w.hub.limits.QueueMessageBytes); got > most {
		t.Errorf("%d bytes queued, at most %d may be", got, most)
	}
	b.open()
	b.wantMessage(conv, last.Seq)
	for _, r := range []*client{b, c} {
		seqs := r.messages(conv)
		if len(seqs) != n+201 {
			t.Errorf("%d messages, want %d", len(seqs), n+201)
		}
		for i, seq := range seqs {
			if seq != seqs[0]+uint64(i) {
				t.Fatalf("message %d at place %d", seq, i)
			}
		}
	}
}

// TestStalledReaderIsCut: a write without progress ends the session.
func TestStalledReaderIsCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withLimits(func(l *Limits) { l.WriteStall = 300 * time.Millisecond }))
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.group(ann, bob)
	w.stalled(bob, nil)
	for n := 0; w.hub.Stats().EndedStalled == 0 && n < 5000; n++ {
		w.post(ann, conv, strings.Repeat("fill ", 3000))
	}
	w.eventually("the stalled session is gone", func() bool {
		st := w.hub.Stats()
		return st.Sessions == 0 && st.EndedStalled == 1 && st.QueueBytes == 0
	})
}

// eventually waits for a condition that nothing announces.
func (w *world) eventually(what string, ok func() bool) {
	w.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !ok(); <-tick.C {
		if time.Now().After(end) {
			w.t.Fatalf("never: %s; %+v", what, w.hub.Stats())
		}
	}
}

// TestAcksPassMessages: a sender whose own conversation is behind gets its ack at
// once, and its message again from the catch-up.
func TestAcksPassMessages(t *testing.T) {
	t.Parallel()
	g := newGate()
	w := newWorld(t, withHub(func(h *Hub) { h.barrier = g.reached }))
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	first := w.post(bob, conv, "first")
	w.post(bob, conv, "second")
	at := g.stopAt("page read")
	a := w.dial(ann)
	a.write(w.hello(points{conv: {first.Seq, first.At}}))
	a.want("ready")
	at.wait(t)
	ack := a.send(conv, "mine") // while behind
	if ack.Seq != 3 {
		t.Fatalf("ack = %s", ack.Raw)
	}
	if len(a.messages(conv)) != 0 {
		t.Fatal("the page was enqueued early")
	}
	at.open()
	m := a.wantMessage(conv, 3)
	if m.ClientID != ack.ClientID {
		t.Errorf("message = %s", m.Raw)
	}
	if got := a.messages(conv); fmt.Sprint(got) != "[2 3]" {
		t.Errorf("messages %v", got)
	}
}

// TestManyWaitingMessages: ten thousand of them are a resume like any other.
func TestManyWaitingMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	const n = 10_000
	for i := 0; i < n; i += 500 {
		var ops []store.Op
		for k := range 500 {
			ops = append(ops, &store.SendMessage{From: ann, ClientID: newClientID(), Conv: conv, Body: fmt.Sprint(i + k)})
		}
		if _, err := w.store.Commit(ops); err != nil {
			t.Fatal(err)
		}
	}
	b := w.connect(bob, points{conv: {}})
	got := b.messages(conv)
	if len(got) != n {
		t.Fatalf("%d messages before live, want %d", len(got), n)
	}
	for i, seq := range got {
		if seq != uint64(i+1) {
			t.Fatalf("message %d at place %d", seq, i)
		}
	}
}

// TestCatchUpIsBoundedInBytes: what it puts into a queue that does not drain is
// bounded by the size of the frames, not of the texts in them.
func TestCatchUpIsBoundedInBytes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withLimits(func(l *Limits) { l.WriteStall = time.Minute }))
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	var ops []store.Op
	for range 200 { // 20 MB as frames
		ops = append(ops, &store.SendMessage{From: ann, ClientID: newClientID(), Conv: conv, Body: strings.Repeat("\x01", 16<<10)})
	}
	if _, err := w.store.Commit(ops); err != nil {
		t.Fatal(err)
	}
	c := w.newClient(bob, w.login(bob))
	close(c.ended) // nobody reads
	c.write(w.hello(points{conv: {}}))
	most, same, last := int64(0), 0, int64(-1)
	w.eventually("the queue stands", func() bool {
		now := w.hub.Stats().QueueBytes
		most = max(most, now)
		if same++; now != last || now == 0 {
			same, last = 0, now
		}
		return same == 100
	})
	if most > 128<<10 {
		t.Errorf("%d bytes queued", most)
	}
}

// TestLargeFrameWaitsForAnEmptyQueue: a frame that does not fit beside a small
// one is not read from the store again and again until that one is written.
func TestLargeFrameWaitsForAnEmptyQueue(t *testing.T) {
	t.Parallel()
	var large atomic.Value // store.ConvID
	var reads atomic.Int64
	large.Store(store.ConvID(""))
	w := newWorld(t, withLimits(func(l *Limits) { l.WriteStall = time.Minute }), withHub(func(h *Hub) {
		h.barrier = func(point string, c store.ConvID) {
			if point == "page read" && c == large.Load() {
				reads.Add(1)
			}
		}
	}))
	ann, bob := w.user("ann"), w.user("bob")
	fill, conv := w.pair(ann, bob), w.group(ann, bob)
	first := w.post(ann, conv, strings.Repeat("\x01", 16<<10))
	b := w.stalled(bob, nil)
	same, last := 0, int64(0)
	for n := 0; same < 20 && n < 20_000; n++ { // one small frame at a time, until one is stuck
		if now := w.hub.Stats().QueueBytes; now > 0 && now == last {
			same++
			time.Sleep(time.Millisecond)
			continue
		}
		same = 0
		w.post(ann, fill, strings.Repeat("x", 8000))
		last = w.hub.Stats().QueueBytes
	}
	if same < 20 || last > 16<<10 {
		t.Fatalf("%d bytes stuck", last)
	}
	large.Store(conv)
	w.hub.mu.Lock()
	s := w.hub.people[bob].sessions[0]
	sub := s.sub(conv)
	w.hub.mu.Unlock()
	s.mu.Lock()
	sub.next = first.Seq
	s.behindLocked(sub)
	s.mu.Unlock()
	w.eventually("the page was read", func() bool { return reads.Load() > 0 })
	w.eventually("the catch-up waits", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.mustDrain
	})
	if n := reads.Load(); n > 3 {
		t.Errorf("the page was read %d times while nothing was written", n)
	}
	b.open()
	b.wantMessage(conv, first.Seq)
}
