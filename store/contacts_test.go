package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"teahouse/store"
)

func TestAddContact(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, carl := w.user("bob"), w.user("carl")
	w.refused(store.ErrSelf, &store.AddContact{By: bob, User: bob, ClientID: w.id()})
	w.refused(store.ErrNoSuchUser, &store.AddContact{By: bob, User: 999_999_999, ClientID: w.id()})
	w.refused(store.ErrBadClientID, &store.AddContact{By: bob, User: carl, ClientID: "short"})

	op := &store.AddContact{By: bob, User: carl, ClientID: w.id()}
	effects := w.must(op)
	if op.Conv != store.DirectConv(bob, carl) || op.Contact != (store.Contact{User: carl, At: w.clock.ms()}) {
		t.Errorf("result %+v", op)
	}
	if got := fmt.Sprint(kinds(effects)); got != "[MemberJoined ContactChanged MemberJoined ContactChanged]" {
		t.Errorf("effects %s", got)
	}
	for _, j := range pick[store.MemberJoined](effects) {
		if j.Membership.Joined != 1 || j.Membership.FromSeq != 1 || j.Membership.Role != "" || j.Rev != 1 {
			t.Errorf("membership %+v", j)
		}
	}
	for _, user := range []store.UserID{bob, carl} {
		c := w.conversation(user, op.Conv)
		peer, _ := op.Conv.Peer(user)
		if c.Head != 0 || c.Read != 0 || c.Last != nil || !c.Writable || c.Group != nil || c.Peer.User != peer || c.At != w.clock.ms() {
			t.Errorf("conversation %+v", c)
		}
		contacts, err := w.Contacts(user)
		w.ok(err)
		if len(contacts) != 1 || contacts[0].User != peer {
			t.Errorf("contacts of %s: %+v", user, contacts)
		}
	}
	again := &store.AddContact{By: bob, User: carl, ClientID: op.ClientID}
	w.clock.advance(time.Hour)
	if effects := w.must(again); len(effects) != 0 || again.Contact != op.Contact || again.Conv != op.Conv {
		t.Errorf("repeated: %+v with %v", again, effects)
	}
	w.refused(store.ErrClientIDReused, &store.AddContact{By: bob, User: w.admin, ClientID: op.ClientID})
	w.refused(store.ErrAlreadyContact, &store.AddContact{By: bob, User: carl, ClientID: w.id()})
	w.refused(store.ErrAlreadyContact, &store.AddContact{By: carl, User: bob, ClientID: w.id()})
}

func TestTwoAddEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, carl := w.user("bob"), w.user("carl")
	outcomes, err := w.Commit([]store.Op{
		&store.AddContact{By: bob, User: carl, ClientID: w.id()},
		&store.AddContact{By: carl, User: bob, ClientID: w.id()},
	})
	w.ok(err)
	if outcomes[0].Err != nil || !errors.Is(outcomes[1].Err, store.ErrAlreadyContact) {
		t.Errorf("outcomes %v, %v", outcomes[0].Err, outcomes[1].Err)
	}
	b, err := w.Bootstrap(carl)
	w.ok(err)
	if len(b.Conversations) != 1 || len(b.Contacts) != 1 || b.Rev != 1 {
		t.Errorf("bootstrap %+v", b)
	}
}

func TestRemoveContact(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, carl, conv := w.friends("bob", "carl")
	w.send(bob, conv, "hello")
	effects := w.must(&store.RemoveContact{By: carl, User: bob})
	if got := fmt.Sprint(kinds(effects)); got != "[ContactChanged ConversationChanged ContactChanged ConversationChanged]" {
		t.Errorf("effects %s", got)
	}
	for _, c := range pick[store.ContactChanged](effects) {
		if !c.Removed || c.Rev != 2 {
			t.Errorf("effect %+v", c)
		}
	}
	w.refused(store.ErrNotFound, &store.RemoveContact{By: carl, User: bob})
	w.refused(store.ErrNotFound, &store.RemoveContact{By: carl, User: 999_999_999})
	for _, user := range []store.UserID{bob, carl} {
		w.refused(store.ErrNotContact, &store.SendMessage{From: user, Conv: conv, ClientID: w.id(), Body: "x"})
		c := w.conversation(user, conv)
		if c.Writable || c.Head != 1 || c.Last.Body != "hello" {
			t.Errorf("conversation %+v", c)
		}
	}
	// Adding again reopens the same one.
	op := &store.AddContact{By: carl, User: bob, ClientID: w.id()}
	effects = w.must(op)
	if got := fmt.Sprint(kinds(effects)); op.Conv != conv || got != "[ConversationChanged ContactChanged ConversationChanged ContactChanged]" {
		t.Errorf("conversation %s, effects %s", op.Conv, got)
	}
	if m := w.send(carl, conv, "again"); m.Seq != 2 {
		t.Errorf("seq %d", m.Seq)
	}
}

func TestHide(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, carl, conv := w.friends("bob", "carl")
	hidden := func() bool {
		c := w.conversation(bob, conv)
		return c.HiddenAt > 0 && c.Head <= c.HiddenAt
	}
	w.refused(store.ErrNoSuchConversation, &store.Hide{User: w.admin, Conv: conv, Seq: 1})
	// An empty conversation, too, until its first message.
	w.must(&store.Hide{User: bob, Conv: conv, Seq: 1})
	if !hidden() {
		t.Error("the empty conversation is not hidden")
	}
	rev := w.rev(bob)
	effects := w.must(&store.SendMessage{From: carl, Conv: conv, ClientID: w.id(), Body: "hi"})
	if changed := pick[store.ConversationChanged](effects); hidden() || len(changed) != 1 || changed[0].User != bob || w.rev(bob) != rev+1 {
		t.Errorf("the first message did not show it: %v", effects)
	}
	effects = w.must(&store.Hide{User: bob, Conv: conv, Seq: 99})
	if len(pick[store.ConversationChanged](effects)) != 1 || !hidden() {
		t.Errorf("not hidden: %v", effects)
	}
	if c := w.conversation(bob, conv); c.HiddenAt != 1 {
		t.Errorf("hidden at %d, past the head", c.HiddenAt)
	}
	if effects := w.must(&store.Hide{User: bob, Conv: conv, Seq: 1}); len(effects) != 0 {
		t.Errorf("hiding twice: %v", effects)
	}
	if w.conversation(carl, conv).HiddenAt != 0 {
		t.Error("hidden for the other too")
	}
	w.send(carl, conv, "two")
	if hidden() {
		t.Error("still hidden after a message")
	}
	w.must(&store.Hide{User: bob, Conv: conv, Seq: 2})
	w.must(&store.Hide{User: bob, Conv: conv})
	if hidden() {
		t.Error("not shown again")
	}
}

func TestLastSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, carl := w.user("bob"), w.user("carl")
	w.must(&store.LastSeen{At: map[store.UserID]int64{bob: 5, w.admin: 6, 999_999_999: 7}})
	w.must(&store.LastSeen{At: map[store.UserID]int64{bob: 8}})
	seen, err := w.LastSeenOf([]store.UserID{bob, carl, w.admin, 999_999_999})
	w.ok(err)
	if fmt.Sprint(seen) != fmt.Sprint(map[store.UserID]int64{bob: 8, w.admin: 6}) {
		t.Errorf("seen %v", seen)
	}
}

func TestBootstrap(t *testing.T) {
	t.Parallel()
	w := openTemp(t, store.Options{})
	everyone := w.claim(true).Everyone
	bob, carl, conv := w.friends("bob", "carl")
	w.clock.advance(time.Second)
	w.send(bob, conv, "hi")
	w.clock.advance(time.Second)
	dana := w.user("dana")
	b, err := w.Bootstrap(carl)
	w.ok(err)
	rev, people, err := w.Revs(carl)
	w.ok(err)
	if b.Me.ID != carl || b.Rev != rev || b.People != people || people != 4 || len(b.Contacts) != 1 {
		t.Errorf("bootstrap %+v", b)
	}
	if len(b.Conversations) != 2 || b.Conversations[0].Conv != everyone || b.Conversations[1].Conv != conv || b.Conversations[1].Unread != 1 {
		t.Errorf("conversations %+v", b.Conversations)
	}
	named := map[store.UserID]bool{}
	for _, u := range b.Users {
		if named[u.ID] {
			t.Errorf("%s is there twice", u.ID)
		}
		named[u.ID] = true
	}
	for _, id := range []store.UserID{carl, bob, w.admin, dana} { // dana's join is the last message of Everyone
		if !named[id] {
			t.Errorf("the profile of %s is missing", id)
		}
	}
	_, err = w.Bootstrap(999_999_999)
	w.fails(store.ErrNoSuchUser, err)
	_, _, err = w.Conversation(w.admin, conv)
	w.fails(store.ErrNoSuchConversation, err)
	_, _, err = w.Conversation(w.admin, "nonsense")
	w.fails(store.ErrNoSuchConversation, err)
}
