package hub

import (
	"errors"
	"slices"
	"testing"
	"time"

	"teahouse/store"
)

// TestRefusedIsNotOvertaken: what a page had written before it heard that a send
// was refused for now is not stored before that send.
func TestRefusedIsNotOvertaken(t *testing.T) {
	t.Parallel()
	hook := &commitHook{}
	w := newWorld(t, withHub(hook.install))
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	a, b := w.connect(ann, nil), w.connect(bob, nil)
	first := sendFrame{"send", newClientID(), conv, "first"}
	second := sendFrame{"send", newClientID(), conv, "second"}
	arrived, opened := hook.stop()
	hook.set(errDiskFull, nil)
	a.write(first)
	<-arrived // its commit fails
	hook.set(nil, nil)
	a.write(second)
	w.eventually("the second waits", func() bool { return len(w.hub.seq.slots) == 1 })
	close(opened)
	for _, id := range []string{first.ClientID, second.ClientID} {
		if f := a.want("error", "ack"); f.Reason != "storage_full" || f.ClientID != id {
			t.Errorf("of %s: %s", id, f.Raw)
		}
	}
	if ack := b.send(conv, "another session"); ack.Seq != 1 {
		t.Errorf("others: %s", ack.Raw)
	}
	a.write(first, second)
	for i, id := range []string{first.ClientID, second.ClientID} {
		if f := a.want("error", "ack"); f.Seq != uint64(i+2) || f.ClientID != id {
			t.Errorf("again: %s", f.Raw)
		}
	}
}

func TestRefusedSend(t *testing.T) {
	t.Parallel()
	now := time.Now()
	later := func(d time.Duration) time.Time { return now.Add(d) }
	var r refusedSend
	r.note("m0", store.ErrNoSuchConversation, now) // final: nothing waits for it
	if r.holds("m1", now) {
		t.Error("a send is held back by one that is over")
	}
	r.note("m1", store.ErrStorageFull, now)
	r.note("m2", store.ErrStorageFull, now)
	if !r.holds("m2", later(900*time.Millisecond)) || !r.holds("m3", later(1800*time.Millisecond)) {
		t.Error("a later send overtakes")
	}
	if r.holds("m1", later(2*time.Second)) || r.holds("m2", later(2*time.Second)) {
		t.Error("held back after the refused one came again")
	}
	r.note("m1", store.ErrInternal, now)
	if !r.holds("m2", now) || !errors.Is(r.err, store.ErrBusy) {
		t.Errorf("after a failure: %v", r.err)
	}
	if r.holds("m2", later(refusedFor)) {
		t.Error("held back for ever")
	}
}

// TestKeptCursorsAreTriedAgain: without any op to ride with.
func TestKeptCursorsAreTriedAgain(t *testing.T) {
	t.Parallel()
	hook := &commitHook{}
	w := newWorld(t, withHub(hook.install), withHub(func(h *Hub) { h.seq.again = 30 * time.Millisecond }))
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	m := w.post(ann, conv, "x")
	a, b := w.connect(ann, nil), w.connect(bob, nil)
	hook.set(errDiskFull, nil)
	start := time.Now()
	b.write(cursorFrame{"read", conv, m.Seq})
	w.eventually("tried again", func() bool { return w.hub.Stats().CommitsFailed >= 3 })
	if tries := w.hub.Stats().CommitsFailed; tries > int64(time.Since(start)/w.hub.seq.again)+2 {
		t.Errorf("%d tries in %v", tries, time.Since(start))
	}
	hook.set(nil, nil)
	if f := a.want("receipt"); !slices.Contains(f.Cursors, CursorTuple{bob, m.Seq, m.Seq}) {
		t.Errorf("receipt = %s", f.Raw)
	}
}

// TestCursorsDoNotHoldUpTheStop: sessions read on while what is queued is
// committed.
func TestCursorsDoNotHoldUpTheStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	q := newSequencer(w.hub)
	q.stopping = true
	q.move(store.CursorMove{User: bob, Conv: conv, Read: 1})
	if batch, _ := q.take(); len(batch) != 0 {
		t.Errorf("%d ops taken while stopping", len(batch))
	}
}

// TestDamagedDuplicate: the draft is known though its message is not readable.
func TestDamagedDuplicate(t *testing.T) {
	t.Parallel()
	s := &session{h: &Hub{limits: DefaultLimits()}, hold: true}
	e := &entry{from: s, op: &store.SendMessage{
		ClientID: "client-id-of-draft", Duplicate: true,
		Message: store.Message{Conv: "g_12345678", Seq: 4, Damaged: true},
	}}
	e.answer(nil)
	if f, err := parseFrame(string(s.queue[0])); err != nil || f.ClientID != "client-id-of-draft" || f.Seq != 4 {
		t.Errorf("ack = %s, %v", f.Raw, err)
	}
}
