package store_test

import (
	"bytes"
	"fmt"
	"testing"

	"go.etcd.io/bbolt"

	"teahouse/store"
)

// A damaged cursor costs its own value and nothing else, and the next move
// writes it anew.
func TestDamagedCursor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, carl, conv := w.friends("bob", "carl")
	w.send(bob, conv, "one")
	w.must(&store.MoveCursors{Moves: []store.CursorMove{{User: carl, Conv: conv, Read: 1}}})
	w.ok(w.Raw(func(tx *bbolt.Tx) error {
		b, key := tx.Bucket([]byte("cursors")), store.UserConvKey(carl, conv)
		value := bytes.Clone(b.Get(key))
		value[1] ^= 1
		return b.Put(key, value)
	}))

	boot, err := w.Bootstrap(carl)
	w.ok(err)
	if c := boot.Conversations[0]; c.Read != 0 || c.Unread != 1 || w.DamagedRecords() == 0 {
		t.Errorf("conversation %+v, %d damaged records", c, w.DamagedRecords())
	}
	w.send(carl, conv, "two")
	w.must(&store.MoveCursors{Moves: []store.CursorMove{
		{User: carl, Conv: conv, Read: 2}, {User: bob, Conv: conv, Read: 2},
	}})
	for _, user := range []store.UserID{bob, carl} {
		if c, _, err := w.CursorOf(user, conv); err != nil || c.Read != 2 {
			t.Errorf("cursor of %s: %+v, %v", user, c, err)
		}
	}
}

// A move that meets damage does not keep the others of its batch from moving.
func TestMovesPassOverDamage(t *testing.T) {
	t.Parallel()
	w := openUnchecked(t, store.Options{})
	defer func() { w.ok(w.Close()) }()
	w.claim(false)
	bob, carl, sound := w.friends("bob", "carl")
	dan, erin, damaged := w.friends("dan", "erin")
	w.send(bob, sound, "one")
	w.send(dan, damaged, "one")
	w.ok(w.Raw(func(tx *bbolt.Tx) error {
		b, key := tx.Bucket([]byte("heads")), store.ConvKey(damaged)
		value := bytes.Clone(b.Get(key))
		value[1] ^= 1
		return b.Put(key, value)
	}))
	moved := pick[store.CursorMoved](w.must(&store.MoveCursors{Moves: []store.CursorMove{
		{User: erin, Conv: damaged, Read: 1}, {User: carl, Conv: sound, Read: 1},
	}}))
	if len(moved) != 1 || moved[0].Cursor.User != carl {
		t.Errorf("moved %+v", moved)
	}
}

func TestUnreadAndCursors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, carl, conv := w.friends("bob", "carl")
	for i := range 3 {
		w.send(bob, conv, fmt.Sprint(i))
	}
	if got := w.unread(carl, conv); got != 3 {
		t.Errorf("unread %d", got)
	}
	if got := w.unread(bob, conv); got != 0 {
		t.Errorf("one's own are unread: %d", got)
	}
	moves := func(delivered, read uint64) []store.CursorMoved {
		return pick[store.CursorMoved](w.must(&store.MoveCursors{Moves: []store.CursorMove{{User: carl, Conv: conv, Delivered: delivered, Read: read}}}))
	}
	for _, c := range []struct {
		delivered, read uint64 // asked
		want            string // moved to, or nothing
	}{
		{0, 0, "[]"},
		{2, 0, fmt.Sprintf("[{{%s 2 0} %s 3}]", carl, conv)},
		{1, 0, "[]"},
		{0, 1, fmt.Sprintf("[{{%s 2 1} %s 2}]", carl, conv)},
		{0, 3, fmt.Sprintf("[{{%s 3 3} %s 0}]", carl, conv)}, // raises delivered with it
		{2, 2, "[]"},
		{99, 99, "[]"}, // clamped to the head
	} {
		if got := fmt.Sprint(moves(c.delivered, c.read)); got != c.want {
			t.Errorf("delivered %d read %d: %s, want %s", c.delivered, c.read, got, c.want)
		}
	}
	cursors, err := w.Cursors(bob, conv)
	w.ok(err)
	if len(cursors) != 2 || cursors[0].Read+cursors[1].Read != 6 {
		t.Errorf("cursors %+v", cursors)
	}
	_, err = w.Cursors(w.admin, conv)
	w.fails(store.ErrNoSuchConversation, err)
	_, _, err = w.CursorOf(w.admin, conv)
	w.fails(store.ErrNoSuchConversation, err)
	effects := w.must(&store.MoveCursors{Moves: []store.CursorMove{
		{User: w.admin, Conv: conv, Read: 3}, {User: carl, Conv: "g_12345678", Read: 1}, {User: carl, Conv: "x", Read: 1},
	}})
	if len(effects) != 0 {
		t.Errorf("cursors of strangers moved: %v", effects)
	}
}

// Sending moves one's own cursors only if everything before was read.
func TestSendReadsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, carl, conv := w.friends("bob", "carl")
	w.send(bob, conv, "1")
	effects := w.must(&store.SendMessage{From: carl, Conv: conv, ClientID: w.id(), Body: "2"})
	if moved := pick[store.CursorMoved](effects); len(moved) != 0 {
		t.Errorf("moved past an unread message: %+v", moved)
	}
	if got := w.unread(carl, conv); got != 2 {
		t.Errorf("unread %d", got)
	}
	w.read(carl, conv, 2)
	effects = w.must(&store.SendMessage{From: carl, Conv: conv, ClientID: w.id(), Body: "3"})
	moved := pick[store.CursorMoved](effects)
	if len(moved) != 1 || moved[0] != (store.CursorMoved{Cursor: store.Cursor{User: carl, Delivered: 3, Read: 3}, Conv: conv}) {
		t.Errorf("moved %+v", moved)
	}
	w.read(bob, conv, 1)
	if got := w.unread(bob, conv); got != 2 {
		t.Errorf("unread of the other %d", got)
	}
}

// System messages are never unread and do not keep a sender's cursor back.
func TestSystemMessagesAreNeverUnread(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, carl := w.user("bob"), w.user("carl")
	g := w.group(w.admin, "", "", bob)
	w.must(&store.JoinGroup{By: carl, Conv: g, ClientID: w.id()})
	w.must(&store.ChangeGroup{By: w.admin, Conv: g, Name: ptr("New")})
	if w.unread(bob, g) != 0 || w.unread(w.admin, g) != 0 {
		t.Error("a system message is unread")
	}
	m := w.send(bob, g, "hello")
	if c, _, err := w.CursorOf(bob, g); err != nil || c.Read != m.Seq {
		t.Errorf("cursor %+v, %v; sent %d", c, err, m.Seq)
	}
	if w.unread(carl, g) != 1 || m.N != 1 {
		t.Errorf("unread %d, n %d", w.unread(carl, g), m.N)
	}
	w.must(&store.ChangeGroup{By: w.admin, Conv: g, Notice: ptr("read me")})
	if w.unread(carl, g) != 1 {
		t.Errorf("unread %d after a notice", w.unread(carl, g))
	}
}
