package store_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"teahouse/store"
)

func TestSendMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, carl, conv := w.friends("bob", "carl")
	body := "  hé\u0301llo \u202e 茶\n\x00 "
	op := &store.SendMessage{From: bob, Conv: conv, ClientID: w.id(), Body: body}
	effects := w.must(op)
	want := store.Message{Conv: conv, Seq: 1, At: w.clock.ms(), Kind: store.KindText, From: bob, ClientID: op.ClientID, Body: body, N: 1}
	if op.Message != want || op.Duplicate {
		t.Errorf("message %+v, want %+v", op.Message, want)
	}
	if got := fmt.Sprint(kinds(effects)); got != "[MessageAppended CursorMoved]" {
		t.Errorf("effects %s", got)
	}
	if m := pick[store.MessageAppended](effects)[0].Message; m != want {
		t.Errorf("emitted %+v", m)
	}
	read, err := w.MessagesAfter(carl, conv, 0, 10)
	w.ok(err)
	if len(read) != 1 || read[0] != want {
		t.Errorf("read %+v", read)
	}
	seq, at, err := w.Head(conv)
	w.ok(err)
	if seq != 1 || at != want.At {
		t.Errorf("head %d at %d", seq, at)
	}
}

func TestSendIsIdempotent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, carl, conv := w.friends("bob", "carl")
	id := w.id()
	draft := func(from store.UserID, body string) *store.SendMessage {
		return &store.SendMessage{From: from, Conv: conv, ClientID: id, Body: body}
	}
	first := draft(bob, "hello")
	w.must(first)
	w.clock.advance(time.Hour)
	repeated := func(when string) {
		again := draft(bob, "hello")
		if effects := w.must(again); !again.Duplicate || again.Message != first.Message || len(effects) != 0 {
			t.Errorf("%s: %+v with %v", when, again, effects)
		}
		w.refused(store.ErrClientIDReused, draft(bob, "hello!"))
	}
	repeated("at once")
	// The client_id belongs to its sender and its conversation.
	w.must(draft(carl, "other"))
	elsewhere := &store.SendMessage{From: bob, Conv: w.group(bob, "", ""), ClientID: id, Body: "hello"}
	w.must(elsewhere)
	if elsewhere.Duplicate {
		t.Error("a client_id counts in another conversation")
	}
	w.reopen()
	repeated("after reopening")
	// What was accepted is not refused later, whatever the rights are now.
	w.must(&store.RemoveContact{By: carl, User: bob})
	repeated("after the contact ended")
	// Two in one batch make one.
	g := w.group(bob, "", "")
	a := &store.SendMessage{From: bob, Conv: g, ClientID: w.id(), Body: "twice"}
	b := &store.SendMessage{From: bob, Conv: g, ClientID: a.ClientID, Body: "twice"}
	outcomes, err := w.Commit([]store.Op{a, b})
	w.ok(err)
	if outcomes[1].Err != nil || !b.Duplicate || b.Message != a.Message {
		t.Errorf("in one batch: %+v, %+v", outcomes[1], b)
	}
}

// A removed sender still gets the first ack again.
// A damaged original still answers its repetition, so that the outbox lets go.
func TestDuplicateOfADamagedMessage(t *testing.T) {
	t.Parallel()
	w := openUnchecked(t, store.Options{})
	defer func() { w.ok(w.Close()) }()
	w.claim(false)
	bob, _, conv := w.friends("bob", "carl")
	op := &store.SendMessage{From: bob, Conv: conv, ClientID: w.id(), Body: "one"}
	w.must(op)
	w.ok(w.Raw(func(tx *bbolt.Tx) error {
		b, key := tx.Bucket([]byte("messages")), store.MessageKey(conv, 1)
		value := bytes.Clone(b.Get(key))
		value[3] ^= 1
		return b.Put(key, value)
	}))
	again := &store.SendMessage{From: bob, Conv: conv, ClientID: op.ClientID, Body: "one"}
	w.must(again)
	if m := again.Message; !again.Duplicate || !m.Damaged || m.Seq != 1 || m.ClientID != op.ClientID {
		t.Errorf("duplicate %v of %+v", again.Duplicate, m)
	}
}

func TestDuplicateAfterRemoval(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob := w.user("bob")
	g := w.group(w.admin, "", "", bob)
	op := &store.SendMessage{From: bob, Conv: g, ClientID: w.id(), Body: "said"}
	w.must(op)
	w.must(&store.RemoveMember{By: w.admin, User: bob, Conv: g})
	again := &store.SendMessage{From: bob, Conv: g, ClientID: op.ClientID, Body: "said"}
	w.must(again)
	if !again.Duplicate || again.Message != op.Message {
		t.Errorf("got %+v", again)
	}
	w.refused(store.ErrNoSuchConversation, &store.SendMessage{From: bob, Conv: g, ClientID: w.id(), Body: "more"})
}

func TestSendRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, carl, conv := w.friends("bob", "carl")
	group := w.group(bob, "", "")
	good := w.id()
	for _, c := range []struct {
		name string
		op   store.SendMessage
		want error
	}{
		{"short id", store.SendMessage{From: bob, Conv: conv, ClientID: "123456789012345", Body: "x"}, store.ErrBadClientID},
		{"long id", store.SendMessage{From: bob, Conv: conv, ClientID: strings.Repeat("a", 65), Body: "x"}, store.ErrBadClientID},
		{"huge id", store.SendMessage{From: bob, Conv: conv, ClientID: strings.Repeat("a", 1<<20), Body: "x"}, store.ErrBadClientID},
		{"odd id", store.SendMessage{From: bob, Conv: conv, ClientID: "aaaaaaaaaaaaaaa/aaa", Body: "x"}, store.ErrBadClientID},
		{"no id", store.SendMessage{From: bob, Conv: conv, Body: "x"}, store.ErrBadClientID},
		{"empty", store.SendMessage{From: bob, Conv: conv, ClientID: good}, store.ErrBadBody},
		{"bad UTF-8", store.SendMessage{From: bob, Conv: conv, ClientID: good, Body: "a\xff"}, store.ErrBadBody},
		{"surrogate", store.SendMessage{From: bob, Conv: conv, ClientID: good, Body: "\xed\xa0\x80"}, store.ErrBadBody},
		{"long", store.SendMessage{From: bob, Conv: conv, ClientID: good, Body: strings.Repeat("x", 16<<10+1)}, store.ErrMessageTooLong},
		{"stranger", store.SendMessage{From: w.admin, Conv: conv, ClientID: good, Body: "x"}, store.ErrNoSuchConversation},
		{"foreign group", store.SendMessage{From: carl, Conv: group, ClientID: good, Body: "x"}, store.ErrNoSuchConversation},
		{"no group", store.SendMessage{From: carl, Conv: "g_99999999", ClientID: good, Body: "x"}, store.ErrNoSuchConversation},
		{"no pair", store.SendMessage{From: carl, Conv: store.DirectConv(carl, w.admin), ClientID: good, Body: "x"}, store.ErrNoSuchConversation},
		{"nonsense", store.SendMessage{From: carl, Conv: "x", ClientID: good, Body: "x"}, store.ErrNoSuchConversation},
		{"empty conv", store.SendMessage{From: carl, ClientID: good, Body: "x"}, store.ErrNoSuchConversation},
		{"rights after size", store.SendMessage{From: w.admin, Conv: conv, ClientID: good}, store.ErrBadBody},
	} {
		t.Run(c.name, func(t *testing.T) { w.refused(c.want, &c.op) })
	}
	m := &store.SendMessage{From: bob, Conv: conv, ClientID: good, Body: strings.Repeat("x", 16<<10)}
	w.must(m)
	if m.Message.Seq != 1 {
		t.Errorf("refusals used up seqs: %d", m.Message.Seq)
	}
}

func TestMaxBodyBytes(t *testing.T) {
	t.Parallel()
	w := openTemp(t, store.Options{MaxBodyBytes: 3})
	w.claim(false)
	g := w.group(w.admin, "", "")
	w.send(w.admin, g, "茶")
	w.refused(store.ErrMessageTooLong, &store.SendMessage{From: w.admin, Conv: g, ClientID: w.id(), Body: "tea!"})
}
