package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"teahouse/store"
)

func TestPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob := w.user("bob")
	// Neighbours in key order must not leak into a page.
	before, g, after := w.group(bob, "", ""), w.group(bob, "", ""), w.group(bob, "", "")
	var ops []store.Op
	for i := range 449 {
		ops = append(ops, &store.SendMessage{From: bob, Conv: g, ClientID: w.id(), Body: fmt.Sprint(i)})
		ops = append(ops, &store.SendMessage{From: bob, Conv: before, ClientID: w.id(), Body: "x"})
		ops = append(ops, &store.SendMessage{From: bob, Conv: after, ClientID: w.id(), Body: "y"})
	}
	_, err := w.Commit(ops) // with "created", 450 messages
	w.ok(err)
	for _, c := range []struct {
		forward     bool
		bound       uint64
		limit       int
		first, last uint64 // 0, 0 for none
	}{
		{true, 0, 10, 1, 10},
		{true, 5, 10, 6, 15},
		{true, 445, 10, 446, 450},
		{true, 450, 10, 0, 0},
		{true, 1<<64 - 1, 10, 0, 0},
		{true, 0, 0, 1, 50},
		{true, 0, 1000, 1, 200},
		{false, 0, 10, 441, 450},
		{false, 451, 10, 441, 450},
		{false, 1<<64 - 1, 10, 441, 450},
		{false, 11, 10, 1, 10},
		{false, 5, 10, 1, 4},
		{false, 1, 10, 0, 0},
		{false, 0, 0, 401, 450},
		{false, 300, 1000, 100, 299},
	} {
		read := w.MessagesBefore
		if c.forward {
			read = w.MessagesAfter
		}
		page, err := read(bob, g, c.bound, c.limit)
		w.ok(err)
		var want []uint64
		for seq := c.first; seq != 0 && seq <= c.last; seq++ {
			want = append(want, seq)
		}
		if !slices.Equal(seqs(page), want) {
			t.Errorf("%+v: got %v", c, seqs(page))
		}
		for _, m := range page {
			if m.Conv != g || m.Seq > 1 && m.Body != fmt.Sprint(m.Seq-2) {
				t.Errorf("%+v: message %+v", c, m)
			}
		}
	}
	for _, conv := range []store.ConvID{"", "nonsense", "g_99999999", store.DirectConv(bob, w.admin)} {
		_, err := w.MessagesAfter(bob, conv, 0, 10)
		w.fails(store.ErrNoSuchConversation, err)
	}
}

// The last conversation in key order has nothing after it to step back from.
func TestPageBeforeAtTheEndOfTheBucket(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.group(w.admin, "", "")
	page, err := w.MessagesBefore(w.admin, g, 0, 10)
	w.ok(err)
	if len(page) != 1 {
		t.Errorf("page %v", seqs(page))
	}
	empty := &store.AddContact{By: w.admin, User: w.user("bob"), ClientID: w.id()}
	w.must(empty)
	page, err = w.MessagesBefore(w.admin, empty.Conv, 0, 10)
	w.ok(err)
	if len(page) != 0 {
		t.Errorf("an empty conversation has %v", seqs(page))
	}
}

func TestPageBytes(t *testing.T) {
	t.Parallel()
	w := openTemp(t, store.Options{MaxBodyBytes: 2 << 20})
	w.claim(false)
	g := w.group(w.admin, "", "")
	for _, size := range []int{600 << 10, 600 << 10, 2 << 20, 10} {
		w.send(w.admin, g, strings.Repeat("x", size))
	}
	for _, c := range []struct {
		after, before uint64
		want          string
	}{
		{after: 1, want: "[2]"},
		{after: 3, want: "[4]"}, // larger than a page, and still one
		{after: 4, want: "[5]"},
		{before: 6, want: "[5]"},
		{before: 5, want: "[4]"},
		{before: 4, want: "[3]"},
	} {
		var page []store.Message
		var err error
		if c.after > 0 {
			page, err = w.MessagesAfter(w.admin, g, c.after, 200)
		} else {
			page, err = w.MessagesBefore(w.admin, g, c.before, 200)
		}
		w.ok(err)
		if got := fmt.Sprint(seqs(page)); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
	page, err := w.ReadPage(w.admin, g, 0, 200, 700<<10)
	w.ok(err)
	if got := fmt.Sprint(seqs(page.Messages)); got != "[1 2]" {
		t.Errorf("catch-up page %s", got)
	}
}

func TestReadPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob := w.user("bob")
	g := w.group(w.admin, "", store.HistoryJoined)
	w.send(w.admin, g, "before")
	w.clock.advance(1e9)
	w.must(&store.JoinGroup{By: bob, Conv: g, ClientID: w.id()}) // seq 3
	w.clock.advance(1e9)
	last := w.send(w.admin, g, "after") // seq 4
	page, err := w.ReadPage(bob, g, 0, 10, 0)
	w.ok(err)
	if page.Membership.Joined != 3 || page.Membership.FromSeq != 3 || page.Head != 4 || page.HeadAt != last.At || page.AtAfter != 0 {
		t.Errorf("page %+v", page)
	}
	if got := fmt.Sprint(seqs(page.Messages)); got != "[3 4]" {
		t.Errorf("messages %s", got)
	}
	page, err = w.ReadPage(bob, g, 3, 1, 1)
	w.ok(err)
	if page.AtAfter != last.At-1000 || len(page.Messages) != 1 || page.Messages[0] != last {
		t.Errorf("page %+v", page)
	}
	page, err = w.ReadPage(bob, g, 9, 10, 0)
	w.ok(err)
	if page.Head != 4 || page.AtAfter != 0 || page.Messages != nil {
		t.Errorf("page past the head %+v", page)
	}
	for _, conv := range []store.ConvID{"g_99999999", "", store.DirectConv(bob, w.admin)} {
		page, err = w.ReadPage(bob, conv, 0, 10, 0)
		w.ok(err)
		if page.Membership != (store.Membership{}) || page.Head != 0 {
			t.Errorf("page of nothing %+v", page)
		}
	}
	is, err := w.IsMember(bob, g)
	w.ok(err)
	not, err := w.IsMember(bob, "g_99999999")
	w.ok(err)
	if !is || not {
		t.Errorf("is member %t, %t", is, not)
	}
}

// C7: a record that fails its CRC is given out as damaged with its seq, never as
// text, and stops nothing.
func TestDamagedMessage(t *testing.T) {
	t.Parallel()
	w := openUnchecked(t, store.Options{})
	defer w.Close()
	w.claim(false)
	bob, carl, conv := w.friends("bob", "carl")
	for i := range 5 {
		w.send(bob, conv, fmt.Sprintf("text number %d", i))
	}
	w.flip("messages", store.MessageKey(conv, 3))
	for _, read := range []func(store.UserID, store.ConvID, uint64, int) ([]store.Message, error){w.MessagesBefore, w.MessagesAfter} {
		page, err := read(carl, conv, 0, 10)
		w.ok(err)
		if len(page) != 5 || page[2] != (store.Message{Conv: conv, Seq: 3, Damaged: true}) {
			t.Errorf("page %+v", page)
		}
		for i, m := range page {
			if i != 2 && (m.Damaged || m.Body != fmt.Sprintf("text number %d", i)) {
				t.Errorf("message %+v", m)
			}
		}
	}
	if w.DamagedRecords() == 0 {
		t.Error("damage is not counted")
	}
	w.read(carl, conv, 3)
	w.send(carl, conv, "still here")
	if c := w.conversation(carl, conv); c.Read != 3 || c.Head != 6 {
		t.Errorf("conversation %+v", c)
	}
	if m := w.send(bob, conv, "on"); m.N != 7 || m.Seq != 7 {
		t.Errorf("message %+v", m)
	}
	w.flip("messages", store.MessageKey(conv, 7))
	if c := w.conversation(carl, conv); c.Last == nil || !c.Last.Damaged {
		t.Errorf("last %+v", c.Last)
	}
	page, err := w.ReadPage(carl, conv, 7, 10, 0)
	w.ok(err)
	if page.AtAfter != 0 {
		t.Errorf("the time of a damaged message: %d", page.AtAfter)
	}
}

// A conversation whose head is lost takes no message rather than writing over the
// first.
func TestLostHead(t *testing.T) {
	t.Parallel()
	w := openUnchecked(t, store.Options{})
	defer w.Close()
	w.claim(false)
	bob, carl, conv := w.friends("bob", "carl")
	first := w.send(bob, conv, "first")
	w.uproot("heads", store.ConvKey(conv))
	w.refused(store.ErrInternal, &store.SendMessage{From: carl, Conv: conv, ClientID: w.id(), Body: "second"})
	page, err := w.MessagesAfter(bob, conv, 0, 10)
	w.ok(err)
	if len(page) != 1 || page[0] != first {
		t.Errorf("page %+v", page)
	}
}

// People without settings are no new server.
func TestLostSettings(t *testing.T) {
	t.Parallel()
	w := openUnchecked(t, store.Options{})
	defer w.Close()
	w.claim(false)
	w.uproot("settings", []byte("server"))
	_, err := w.Settings()
	w.fails(store.ErrDamaged, err)
	w.refused(store.ErrInternal, &store.Claim{ServerName: "Mine", Name: "eve"})
}
