package hub

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"teahouse/store"
)

// crowd registers n users.
func (w *world) crowd(n int) []store.UserID {
	w.t.Helper()
	users := make([]store.UserID, n)
	for i := range users {
		users[i] = w.user(fmt.Sprint("one of them ", i))
	}
	return users
}

// TestTypingIsGathered: many who type in a group are one frame, without its
// reader.
func TestTypingIsGathered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withLimits(func(l *Limits) { l.ReceiptEvery = 50 * time.Millisecond }))
	users := w.crowd(4)
	conv := w.group(users[0], users[1:]...)
	var clients []*client
	for _, user := range users {
		c := w.connect(user, nil)
		c.write(convFrame{"watch", conv})
		c.want("presence")
		clients = append(clients, c)
	}
	w.eventually("all watch", func() bool {
		w.hub.mu.Lock()
		defer w.hub.mu.Unlock()
		return len(w.hub.watchers[conv]) == len(users)
	})
	w.hub.mu.Lock()
	for _, user := range users[1:] {
		w.hub.gatherTypingLocked(conv, user)
		w.hub.gatherTypingLocked(conv, user)
	}
	w.hub.mu.Unlock()
	for i, c := range clients {
		want := slices.DeleteFunc(slices.Clone(users[1:]), func(u store.UserID) bool { return u == users[i] })
		if f := c.want("typing"); f.Conv != conv || !slices.Equal(f.Typing, want) {
			t.Errorf("%s hears %s, want %v", users[i], f.Raw, want)
		}
	}
	w.hub.mu.Lock()
	for i := range 2 * typingNames {
		w.hub.gatherTypingLocked(conv, store.UserID(i+1))
	}
	if n := len(w.hub.typing.convs[conv]); n != typingNames {
		t.Errorf("%d names gathered", n)
	}
	w.hub.typing.doneLocked(conv, store.UserID(1))
	if slices.Contains(w.hub.typing.convs[conv], store.UserID(1)) {
		t.Error("who has sent still types")
	}
	w.hub.mu.Unlock()
}

// TestLargeGroupHasNoReceipts: those who watch it hear no cursors of others.
func TestLargeGroupHasNoReceipts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withLimits(quickPresence))
	users := w.crowd(receiptMembers + 1)
	conv := w.group(users[0], users[1:]...)
	m := w.post(users[0], conv, "hi")
	a, b := w.connect(users[0], nil), w.connect(users[1], nil)
	a.write(convFrame{"watch", conv})
	a.want("presence")
	read := func() {
		t.Helper()
		b.write(cursorFrame{"read", conv, m.Seq})
		if f := b.want("receipt"); f.Cursors[0].Read != m.Seq {
			t.Errorf("one's own cursor: %s", f.Raw)
		}
	}
	read()
	w.hub.mu.Lock()
	if n := len(w.hub.receipts.convs); n != 0 {
		t.Errorf("cursors of %d large groups gathered", n)
	}
	w.hub.mu.Unlock()
	w.do(&store.RemoveMember{By: users[0], Conv: conv, User: users[2]})
	m = w.post(users[0], conv, "fewer")
	read()
	if _, ok := a.find(func(f frame) bool {
		return f.Conv == conv && slices.Contains(f.Cursors, CursorTuple{users[1], m.Seq, m.Seq})
	}); !ok {
		t.Errorf("of a group of %d: no receipt", receiptMembers)
	}
}

// TestWatchOfALargeGroup: only those who are online are told.
func TestWatchOfALargeGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	users := w.crowd(2)
	conv := w.group(users[0], users[1:]...)
	a := w.connect(users[0], nil)
	a.write(convFrame{"watch", conv})
	if f := a.want("presence"); len(f.Presence) != 2 {
		t.Errorf("small: %s", f.Raw)
	}
	w.hub.mu.Lock()
	for i := range watchMembers {
		w.hub.groups[conv][store.UserID(i+1)] = struct{}{}
	}
	w.hub.mu.Unlock()
	a.write(convFrame{"watch", conv})
	if f := a.want("presence"); len(f.Presence) != 1 || f.Presence[0] != (PresenceTuple{User: users[0], Online: true}) {
		t.Errorf("large: %s", f.Raw)
	}
}

// TestWatchRate: over it the server reads the session more slowly.
func TestWatchRate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann := w.user("ann")
	conv := w.group(ann)
	a := w.connect(ann, nil)
	start := time.Now()
	for range watchBurst + 1 {
		a.write(convFrame{"watch", conv}, convFrame{"watch", ""})
		a.want("presence")
	}
	if d := time.Since(start); d < 500*time.Millisecond {
		t.Errorf("%d watches in %v", watchBurst+1, d)
	}
}
