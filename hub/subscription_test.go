package hub

import (
	"strings"
	"testing"

	"teahouse/store"
)

// bench makes a session that is not connected: its queue only fills.
func benchSession(w *world) *session {
	s := newSession(w.hub, nil, Identity{User: 1})
	s.writing = true  // nobody writes
	s.catching = true // nobody reads
	w.t.Cleanup(s.cancel)
	w.t.Cleanup(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.dropQueueLocked()
	})
	return s
}

// TestLiveOrBehind is the one rule of delivery as a table: a live subscription
// takes seq = next if there is room, drops less, and goes behind on anything else.
func TestLiveOrBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withLimits(func(l *Limits) { l.QueueMessageBytes, l.QueueBytes = 100, 200 }))
	frame := []byte(strings.Repeat("x", 40))
	for _, c := range []struct {
		name         string
		state        subState
		next         uint64
		queued       int // bytes in the queue before
		hold         bool
		seq          uint64
		ack          bool
		wantState    subState
		wantNext     uint64
		wantEnqueued bool
	}{
		{name: "next, room", next: 5, seq: 5, wantNext: 6, wantEnqueued: true},
		{name: "known", next: 5, seq: 4, wantNext: 5},
		{name: "gap", next: 5, seq: 6, wantState: behind, wantNext: 5},
		{name: "no room", next: 5, seq: 5, queued: 61, wantState: behind, wantNext: 5},
		{name: "just room", next: 5, seq: 5, queued: 60, wantNext: 6, wantEnqueued: true},
		{name: "left out takes the first", next: 0, seq: 7, wantNext: 8, wantEnqueued: true},
		{name: "left out without room remembers it", next: 0, seq: 7, queued: 90, wantState: behind, wantNext: 7},
		{name: "before ready", next: 5, seq: 5, hold: true, wantState: behind, wantNext: 5},
		{name: "behind", state: behind, next: 5, seq: 5, wantState: behind, wantNext: 5},
		{name: "parked", state: parked, next: 5, seq: 5, wantState: parked, wantNext: 5},
		{name: "ended", state: ended, next: 5, seq: 5, wantState: ended, wantNext: 5},
		{name: "ack of next", next: 5, seq: 5, ack: true, wantNext: 6, wantEnqueued: true},
		{name: "ack needs no room", next: 5, seq: 5, queued: 90, ack: true, wantNext: 6, wantEnqueued: true},
		{name: "ack above a gap", next: 5, seq: 7, ack: true, wantState: behind, wantNext: 5, wantEnqueued: true},
		{name: "ack while behind", state: behind, next: 5, seq: 5, ack: true, wantState: behind, wantNext: 5, wantEnqueued: true},
		{name: "ack left out", next: 0, seq: 5, ack: true, wantNext: 6, wantEnqueued: true},
		{name: "ack after the end", state: ended, next: 5, seq: 5, ack: true, wantState: ended, wantNext: 5, wantEnqueued: true},
	} {
		s := benchSession(w)
		if c.queued > 0 {
			s.enqueue([]byte(strings.Repeat("q", c.queued)))
		}
		s.hold = c.hold
		sub := &subscription{s: s, c: &conv{id: "g_10000000"}, state: c.state, next: c.next}
		before := len(s.queue)
		if c.ack {
			sub.ack(c.seq, frame)
		} else if got := sub.deliver(c.seq, frame); got != c.wantEnqueued {
			t.Errorf("%s: deliver = %v", c.name, got)
		}
		if got := len(s.queue) > before; got != c.wantEnqueued {
			t.Errorf("%s: enqueued = %v", c.name, got)
		}
		if sub.state != c.wantState || sub.next != c.wantNext {
			t.Errorf("%s: state %d, next %d; want %d, %d", c.name, sub.state, sub.next, c.wantState, c.wantNext)
		}
		if inLine := len(s.pending) > 0; inLine != (c.wantState == behind && c.state != behind) {
			t.Errorf("%s: in the catch-up's line: %v", c.name, inLine)
		}
	}
}

// TestFrameLargerThanTheQueue: "fits" alone would keep it waiting for ever.
func TestFrameLargerThanTheQueue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withLimits(func(l *Limits) {
		l.QueueMessageBytes, l.CatchUpBytes = 1000, 500
	}))
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	b := w.connect(bob, nil)
	big := strings.Repeat("\x01", 5000) // 30 KB escaped
	first := w.post(ann, conv, big)
	w.post(ann, conv, big)
	last := w.post(ann, conv, "small")
	for seq := first.Seq; seq <= last.Seq; seq++ {
		b.wantMessage(conv, seq)
	}
	c := w.dial(bob)
	c.write(w.hello(points{conv: {}}))
	for seq := uint64(1); seq <= last.Seq; seq++ {
		c.wantMessage(conv, seq)
	}
	c.want("live")
}

func TestTail(t *testing.T) {
	t.Parallel()
	push := func(ta *tail, seqs ...uint64) {
		for _, seq := range seqs {
			ta.push(tailFrame{seq, int64(seq * 10), []byte("12345")}, 4, 100)
		}
	}
	ta := &tail{}
	if _, ok := ta.after(0, 0, 0, 100); ok {
		t.Error("an empty tail serves")
	}
	push(ta, 1, 2, 3, 4, 5, 6) // 3 to 6 stay
	for _, c := range []struct {
		name       string
		after      uint64
		at         int64
		head       uint64
		bytes      int
		ok         bool
		from, upto uint64
	}{
		{name: "all of it", after: 2, head: 6, bytes: 100, ok: true, from: 3, upto: 6},
		{name: "the last", after: 5, head: 6, bytes: 100, ok: true, from: 6, upto: 6},
		{name: "nothing missing", after: 6, head: 6, bytes: 100, ok: true},
		{name: "before the first", after: 1, head: 6, bytes: 100},
		{name: "head beyond the last", after: 4, head: 7, bytes: 100},
		{name: "not past the head", after: 3, head: 5, bytes: 100, ok: true, from: 4, upto: 5},
		{name: "past the head", after: 6, head: 5, bytes: 100},
		{name: "bounded in bytes", after: 2, head: 6, bytes: 10, ok: true, from: 3, upto: 4},
		{name: "at least one", after: 2, head: 6, bytes: 1, ok: true, from: 3, upto: 3},
		{name: "the cursor's own frame", after: 3, at: 30, head: 6, bytes: 100, ok: true, from: 4, upto: 6},
		{name: "another time there", after: 3, at: 31, head: 6, bytes: 100},
		{name: "the cursor just before", after: 2, at: 20, head: 6, bytes: 100},
	} {
		frames, ok := ta.after(c.after, c.at, c.head, c.bytes)
		if ok != c.ok {
			t.Errorf("%s: serves %v", c.name, ok)
			continue
		}
		if c.from == 0 && len(frames) > 0 || c.from > 0 && (len(frames) == 0 || frames[0].seq != c.from || frames[len(frames)-1].seq != c.upto) {
			t.Errorf("%s: %v", c.name, frames)
		}
	}
	push(ta, 8) // not 7
	if _, ok := ta.after(6, 0, 8, 100); ok {
		t.Error("a tail with a hole serves")
	}
	if frames, ok := ta.after(7, 0, 8, 100); !ok || len(frames) != 1 {
		t.Error("the tail did not begin again")
	}
}

func TestRistrettoSurvivesItsEnd(t *testing.T) {
	t.Parallel()
	c, err := newRistretto(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	c.Set("a", 1, 1, 0)
	c.c.Wait()
	if v, ok := c.Get("a"); !ok || v != 1 {
		t.Errorf("get = %v, %v", v, ok)
	}
	c.Close()
	c.Set("b", 1, 1, 0)
	if _, ok := c.Get("a"); ok {
		t.Error("a closed cache answers")
	}
}

// TestHeadOfAnUnknownConversation: head 0 means unknown, and the first read
// raises it, so that the next session is live without one.
func TestHeadOfAnUnknownConversation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	m := w.post(ann, conv, "hi")
	w.hub.mu.Lock()
	w.hub.convs = map[store.ConvID]*convAlias{}
	w.hub.mu.Unlock()
	w.connect(bob, points{conv: {m.Seq, m.At}})
	if st := w.hub.Stats(); st.ResumeStored+st.ResumeCached != 1 || st.ResumeCurrent != 0 {
		t.Errorf("first: %+v", st)
	}
	w.connect(bob, points{conv: {m.Seq, m.At}})
	if st := w.hub.Stats(); st.ResumeCurrent != 1 {
		t.Errorf("second: %+v", st)
	}
}

// convAlias names the type where a variable hides it.
type convAlias = conv
