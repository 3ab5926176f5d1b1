package hub

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"teahouse/store"
)

// sequence returns what a client heard of one conversation, in order.
func (c *client) sequence(conv store.ConvID) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var parts []string
	for _, f := range c.frames {
		switch {
		case f.Type == "message" && f.Conv == conv:
			parts = append(parts, fmt.Sprint(f.Seq))
		case (f.Type == "gone" || f.Type == "reset") && f.Conv == conv:
			parts = append(parts, f.Type)
		case f.Type == "conversation" && f.Conversation.Conv == conv:
			parts = append(parts, "conversation")
		}
	}
	return strings.Join(parts, " ")
}

func TestJoinLeaveRejoinWhileConnected(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.group(ann)
	w.post(ann, conv, "before")
	b := w.connect(bob, nil)
	join := &store.JoinGroup{By: bob, ClientID: newClientID(), Conv: conv}
	w.do(join) // seq 3
	b.wantMessage(conv, 3)
	w.post(ann, conv, "four")
	b.wantMessage(conv, 4)
	w.do(&store.RemoveMember{By: bob, User: bob, Conv: conv}) // seq 5
	gone := b.want("gone")
	w.post(ann, conv, "after")                                                                        // 6
	w.do(&store.AddMembers{By: ann, ClientID: newClientID(), Conv: conv, Users: []store.UserID{bob}}) // 7
	m := w.post(ann, conv, "eight")
	b.wantMessage(conv, m.Seq)
	if got, want := b.sequence(conv), "conversation 3 4 5 gone conversation 7 8"; got != want {
		t.Errorf("heard %q, want %q", got, want)
	}
	rev, _, err := w.store.Revs(bob)
	if err != nil || gone.Rev == 0 || gone.Rev >= rev {
		t.Errorf("gone = %s, rev now %d, %v", gone.Raw, rev, err)
	}
}

func TestRemovalWhileBehindSaysGoneOnly(t *testing.T) {
	t.Parallel()
	g := newGate()
	w := newWorld(t, withHub(func(h *Hub) { h.barrier = g.reached }))
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.group(ann, bob)
	for i := range 10 {
		w.post(ann, conv, fmt.Sprint(i))
	}
	at := g.stopAt("page read")
	b := w.dial(bob)
	b.write(w.hello(points{conv: {}}))
	b.want("ready")
	at.wait(t) // the page was read and is not enqueued yet
	w.do(&store.RemoveMember{By: ann, User: bob, Conv: conv})
	at.open()
	b.want("gone")
	b.want("live")
	if got := b.sequence(conv); got != "gone" {
		t.Errorf("heard %q, want only gone: the page must be looked at again", got)
	}
}

// TestRemovalAndRejoinWhileBehind: the page was read in the old membership and
// must not be served in the new one; gone is not lost, conversation not before it.
func TestRemovalAndRejoinWhileBehind(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"page read", "registered"} {
		g := newGate()
		w := newWorld(t, withHub(func(h *Hub) { h.barrier = g.reached }))
		ann, bob := w.user("ann"), w.user("bob")
		conv := w.group(ann, bob)
		for i := range 10 {
			w.post(ann, conv, fmt.Sprint(i))
		}
		at := g.stopAt(point)
		b := w.dial(bob)
		b.write(w.hello(points{conv: {}}))
		at.wait(t)
		w.do(&store.RemoveMember{By: ann, User: bob, Conv: conv})
		w.post(ann, conv, "not for bob")
		w.do(&store.AddMembers{By: ann, ClientID: newClientID(), Conv: conv, Users: []store.UserID{bob}})
		joined, _ := lastSeq(w, ann, conv)
		m := w.post(ann, conv, "for bob")
		at.open()
		b.wantMessage(conv, m.Seq)
		want := fmt.Sprintf("gone conversation %d %d", joined, m.Seq)
		if got := b.sequence(conv); got != want {
			t.Errorf("at %q heard %q, want %q", point, got, want)
		}
		if !slices.Contains(b.types(), "live") {
			b.want("live")
		}
	}
}

func lastSeq(w *world, user store.UserID, conv store.ConvID) (uint64, int64) {
	w.t.Helper()
	seq, at, err := w.store.Head(conv)
	if err != nil {
		w.t.Fatal(err)
	}
	return seq, at
}

// TestUnsentConversationIsStillGone: joining and being removed before the page
// heard of it says gone all the same, once, for both.
func TestUnsentConversationIsStillGone(t *testing.T) {
	t.Parallel()
	g := newGate()
	w := newWorld(t, withHub(func(h *Hub) { h.barrier = g.reached }))
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.group(ann)
	b := w.connect(bob, nil)
	at := g.stopAt("conversation read")
	w.do(&store.JoinGroup{By: bob, ClientID: newClientID(), Conv: conv})
	at.wait(t)
	w.do(&store.RemoveMember{By: ann, User: bob, Conv: conv})
	at.open()
	b.want("gone")
	w.do(&store.AddMembers{By: ann, ClientID: newClientID(), Conv: conv, Users: []store.UserID{bob}})
	m := w.post(ann, conv, "hi")
	b.wantMessage(conv, m.Seq)
	want := fmt.Sprintf("gone conversation %d %d", m.Seq-1, m.Seq)
	if got := b.sequence(conv); got != want {
		t.Errorf("heard %q, want %q", got, want)
	}
}

// TestGoneWaitsForRoom: a removal while nothing can be written is not dropped.
func TestGoneWaitsForRoom(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withLimits(func(l *Limits) { l.QueueMessageBytes, l.CatchUpBytes = 2000, 1000 }))
	ann, bob := w.user("ann"), w.user("bob")
	conv, other := w.group(ann, bob), w.group(ann, bob)
	b := w.stalled(bob, nil)
	w.fillSocket(ann, other)
	w.do(&store.RemoveMember{By: ann, User: bob, Conv: conv})
	b.open()
	b.want("gone")
	m := w.post(ann, other, "and on")
	b.wantMessage(other, m.Seq)
}

func TestJoinIsNeverOlderThanItsMembership(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.group(ann)
	for i := range 300 {
		w.post(ann, conv, fmt.Sprint(i))
	}
	b := w.connect(bob, nil)
	w.do(&store.JoinGroup{By: bob, ClientID: newClientID(), Conv: conv})
	join, _ := lastSeq(w, ann, conv)
	b.wantMessage(conv, join)
	if got := b.sequence(conv); got != fmt.Sprintf("conversation %d", join) {
		t.Errorf("heard %q: history is the page's to fetch", got)
	}
}

func TestChangesAreToldWithTheirRev(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	a, b := w.connect(ann, nil), w.connect(bob, nil)
	conv := w.pair(ann, bob)
	for _, c := range []*client{a, b} {
		var contact, conversation frame
		for contact.Type == "" || conversation.Type == "" {
			switch f := c.want("contact", "conversation"); f.Type {
			case "contact":
				contact = f
			default:
				conversation = f
			}
		}
		if conversation.Conversation.Conv != conv || !conversation.Conversation.Writable || conversation.Rev == 0 {
			t.Errorf("conversation = %s", conversation.Raw)
		}
		if contact.Contact.Removed || contact.Rev == 0 {
			t.Errorf("contact = %s", contact.Raw)
		}
	}
	w.do(&store.RemoveContact{By: bob, User: ann})
	for _, c := range []*client{a, b} {
		f, ok := c.find(func(f frame) bool { return f.Type == "contact" })
		if !ok || !f.Contact.Removed {
			t.Errorf("removed contact = %s", f.Raw)
		}
		f, ok = c.find(func(f frame) bool { return f.Type == "conversation" && !f.Conversation.Writable })
		if !ok {
			t.Error("the conversation still looks writable")
		}
	}
	a.write(sendFrame{"send", newClientID(), conv, "hello?"})
	if f := a.want("error", "ack"); f.Code != "forbidden" || f.Reason != "not_contact" || f.ClientID == "" {
		t.Errorf("send to a removed contact: %s", f.Raw)
	}
	name := "Ann A."
	w.do(&store.ChangeUser{By: ann, User: ann, DisplayName: &name})
	if f := b.want("user"); f.User.DisplayName != name || f.People == 0 {
		t.Errorf("user = %s", f.Raw)
	}
}

func TestRenameIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.group(ann, bob)
	b := w.connect(bob, nil)
	name := "茶馆"
	w.do(&store.ChangeGroup{By: ann, Conv: conv, Name: &name})
	f := b.want("conversation")
	if f.Conversation.Name != name {
		t.Errorf("conversation = %s", f.Raw)
	}
	w.do(&store.DissolveGroup{By: ann, Conv: conv})
	b.want("gone")
	b.write(cursorFrame{"read", conv, 1})
	if f := b.want("error"); f.Code != "not_found" {
		t.Errorf("read of what is gone: %s", f.Raw)
	}
}
