package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"teahouse/store"
)

func TestCreateGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, carl := w.user("bob"), w.user("carl")
	op := &store.CreateGroup{By: bob, ClientID: w.id(), Name: "茶 room", Members: []store.UserID{carl, w.admin, carl, bob}}
	effects := w.must(op)
	if got := fmt.Sprint(kinds(effects)); got != "[MemberJoined MessageAppended MemberJoined MessageAppended MemberJoined MessageAppended]" {
		t.Errorf("effects %s", got)
	}
	g, members, err := w.GroupFor(carl, op.Conv)
	w.ok(err)
	if g.Name != "茶 room" || g.Owner != bob || g.Join != store.JoinOpen || g.History != store.HistoryAll || g.MemberCount != 3 || g.Everyone {
		t.Errorf("group %+v", g)
	}
	if len(members) != 3 || members[0].User != bob || members[0].Role != store.RoleOwner || members[1].User != carl || members[2].User != w.admin || members[2].Role != store.RoleMember {
		t.Errorf("members %+v", members)
	}
	messages, err := w.MessagesAfter(carl, op.Conv, 0, 10)
	w.ok(err)
	events := []store.Event{
		{Type: "created", By: bob, Name: "茶 room"},
		{Type: "joined", By: bob, User: carl},
		{Type: "joined", By: bob, User: w.admin},
	}
	for i, m := range messages {
		if m.Kind != store.KindSystem || *m.Event != events[i] || m.N != 0 || m.From != 0 || m.Body != "" {
			t.Errorf("message %+v, event %+v", m, m.Event)
		}
	}
	again := &store.CreateGroup{By: bob, ClientID: op.ClientID, Name: op.Name, Members: op.Members}
	if effects := w.must(again); again.Conv != op.Conv || len(effects) != 0 {
		t.Errorf("a second group: %+v with %v", again, effects)
	}
	w.refused(store.ErrClientIDReused, &store.CreateGroup{By: bob, ClientID: op.ClientID, Name: "another"})
	// Another user's client_id of the same text is another one.
	other := &store.CreateGroup{By: carl, ClientID: op.ClientID, Name: op.Name}
	w.must(other)
	if other.Conv == op.Conv {
		t.Error("two users' requests made one group")
	}
}

func TestCreateGroupRefusals(t *testing.T) {
	t.Parallel()
	w := openTemp(t, store.Options{MaxGroupMembers: 3})
	w.claim(false)
	a, b, c := w.user("a1"), w.user("b1"), w.user("c1")
	for _, tc := range []struct {
		op   store.CreateGroup
		want error
	}{
		{store.CreateGroup{Name: ""}, store.ErrBadTitle},
		{store.CreateGroup{Name: strings.Repeat("x", 65)}, store.ErrBadTitle},
		{store.CreateGroup{Name: "a\u202eb"}, store.ErrBadTitle},
		{store.CreateGroup{Name: "g", Join: "closed"}, store.ErrInvalid},
		{store.CreateGroup{Name: "g", History: "some"}, store.ErrInvalid},
		{store.CreateGroup{Name: "g", Members: []store.UserID{a, 999_999_999}}, store.ErrNoSuchUser},
		{store.CreateGroup{Name: "g", Members: []store.UserID{a, b, c}}, store.ErrGroupFull},
		{store.CreateGroup{Name: "g", ClientID: "x"}, store.ErrBadClientID},
	} {
		tc.op.By = w.admin
		if tc.op.ClientID == "" {
			tc.op.ClientID = w.id()
		}
		w.refused(tc.want, &tc.op)
	}
	groups, err := w.FindGroups(w.admin, "", 0)
	w.ok(err)
	if len(groups) != 0 {
		t.Errorf("refused groups exist: %+v", groups)
	}
	g := w.group(w.admin, "", "", a, b)
	w.refused(store.ErrGroupFull, &store.JoinGroup{By: c, Conv: g, ClientID: w.id()})
	w.refused(store.ErrGroupFull, &store.AddMembers{By: a, Conv: g, Users: []store.UserID{c}, ClientID: w.id()})
}

func TestJoinGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob := w.user("bob")
	open, closed := w.group(w.admin, "", ""), w.group(w.admin, store.JoinMembers, "")
	w.refused(store.ErrNoSuchGroup, &store.JoinGroup{By: bob, Conv: closed, ClientID: w.id()})
	w.refused(store.ErrNoSuchGroup, &store.JoinGroup{By: bob, Conv: "g_99999999", ClientID: w.id()})
	w.refused(store.ErrNoSuchGroup, &store.JoinGroup{By: bob, Conv: store.DirectConv(bob, w.admin), ClientID: w.id()})
	op := &store.JoinGroup{By: bob, Conv: open, ClientID: w.id()}
	effects := w.must(op)
	joined := pick[store.MemberJoined](effects)
	if len(joined) != 1 || joined[0].Membership != (store.Membership{User: bob, Conv: open, Joined: 2, FromSeq: 1, Role: store.RoleMember}) {
		t.Errorf("joined %+v", joined)
	}
	e := pick[store.MessageAppended](effects)[0].Message.Event
	if *e != (store.Event{Type: store.EventJoined, User: bob}) {
		t.Errorf("event %+v", e)
	}
	if w.rev(w.admin) != 2 { // of making the two groups: another's join does not raise it
		t.Errorf("the owner's rev is %d", w.rev(w.admin))
	}
	for _, id := range []string{op.ClientID, w.id()} { // repeated, or asked again
		if effects := w.must(&store.JoinGroup{By: bob, Conv: open, ClientID: id}); len(effects) != 0 {
			t.Errorf("joined twice: %v", effects)
		}
	}
	w.refused(store.ErrClientIDReused, &store.JoinGroup{By: bob, Conv: closed, ClientID: op.ClientID})
	if c := w.conversation(bob, open); c.Read != 2 || c.Delivered != 2 || c.Unread != 0 || c.Group.MemberCount != 2 {
		t.Errorf("conversation %+v", c)
	}
}

// What a newcomer may read under each rule, at first and after coming back.
func TestHistoryRules(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ join, history string }{
		{store.JoinOpen, store.HistoryAll},
		{store.JoinOpen, store.HistoryJoined},
		{store.JoinMembers, store.HistoryAll},
		{store.JoinMembers, store.HistoryJoined},
		{store.JoinMembers, ""},
		{"", ""},
	} {
		t.Run(c.join+" "+c.history, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			bob := w.user("bob")
			g := w.group(w.admin, c.join, c.history)
			seesAll := c.history == store.HistoryAll || c.history == "" && c.join != store.JoinMembers
			add := func() {
				w.must(&store.AddMembers{By: w.admin, Conv: g, Users: []store.UserID{bob}, ClientID: w.id()})
			}
			check := func(from, joined uint64, story string) {
				t.Helper()
				conv := w.conversation(bob, g)
				if conv.FromSeq != from || conv.Joined != joined || conv.Unread != 0 {
					t.Errorf("from %d, joined %d, unread %d; want %d, %d, 0", conv.FromSeq, conv.Joined, conv.Unread, from, joined)
				}
				if got := strings.Join(w.story(bob, g), " "); got != story {
					t.Errorf("sees %q, want %q", got, story)
				}
				back, err := w.MessagesBefore(bob, g, 0, 200)
				w.ok(err)
				if len(back) == 0 || back[0].Seq != from {
					t.Errorf("backwards from %v", seqs(back))
				}
			}
			w.send(w.admin, g, "one")
			add() // seq 3
			if seesAll {
				check(1, 3, "created one joined")
			} else {
				check(3, 3, "joined")
			}
			w.must(&store.RemoveMember{By: bob, User: bob, Conv: g}) // seq 4
			w.send(w.admin, g, "two")                                // seq 5
			_, err := w.MessagesAfter(bob, g, 0, 10)
			w.fails(store.ErrNoSuchConversation, err)
			add() // seq 6
			if seesAll {
				check(1, 6, "created one joined left two joined")
			} else {
				check(6, 6, "joined")
			}
			if w.send(w.admin, g, "three"); w.unread(bob, g) != 1 {
				t.Errorf("unread %d", w.unread(bob, g))
			}
		})
	}
}

func TestAddMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, carl, dana := w.user("bob"), w.user("carl"), w.user("dana")
	open := w.group(w.admin, store.JoinOpen, "", bob)
	closed := w.group(w.admin, store.JoinMembers, "", bob)
	op := &store.AddMembers{By: bob, Conv: open, Users: []store.UserID{carl, bob, carl, dana}, ClientID: w.id()}
	effects := w.must(op)
	if got := fmt.Sprint(kinds(effects)); got != "[MemberJoined MessageAppended MemberJoined MessageAppended]" {
		t.Errorf("effects %s", got)
	}
	if e := *pick[store.MessageAppended](effects)[0].Message.Event; e != (store.Event{Type: "joined", User: carl, By: bob}) {
		t.Errorf("event %+v", e)
	}
	if effects := w.must(&store.AddMembers{By: bob, Conv: open, Users: op.Users, ClientID: op.ClientID}); len(effects) != 0 {
		t.Errorf("repeated: %v", effects)
	}
	w.refused(store.ErrNotOwner, &store.AddMembers{By: bob, Conv: closed, Users: []store.UserID{carl}, ClientID: w.id()})
	w.refused(store.ErrNoSuchGroup, &store.AddMembers{By: carl, Conv: closed, Users: []store.UserID{dana}, ClientID: w.id()})
	// All or none.
	w.refused(store.ErrNoSuchUser, &store.AddMembers{By: w.admin, Conv: closed, Users: []store.UserID{carl, 999_999_999}, ClientID: w.id()})
	_, _, err := w.GroupFor(carl, closed)
	w.fails(store.ErrNoSuchGroup, err)
	w.must(&store.AddMembers{By: w.admin, Conv: closed, Users: []store.UserID{carl}, ClientID: w.id()})
	if g, _, err := w.GroupFor(carl, closed); err != nil || g.MemberCount != 3 {
		t.Errorf("group %+v, %v", g, err)
	}
}

func TestLeaveAndRemove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, carl, dana := w.user("bob"), w.user("carl"), w.user("dana")
	g := w.group(w.admin, "", "", bob, carl)
	w.refused(store.ErrNoSuchGroup, &store.RemoveMember{By: dana, User: dana, Conv: g})
	w.refused(store.ErrNoSuchGroup, &store.RemoveMember{By: dana, User: bob, Conv: g})
	w.refused(store.ErrNotOwner, &store.RemoveMember{By: bob, User: carl, Conv: g})
	w.refused(store.ErrNotFound, &store.RemoveMember{By: w.admin, User: dana, Conv: g})
	w.refused(store.ErrOwnerMustHandOver, &store.RemoveMember{By: w.admin, User: w.admin, Conv: g})
	w.refused(store.ErrNoSuchGroup, &store.RemoveMember{By: bob, User: bob, Conv: store.DirectConv(bob, carl)})

	w.must(&store.Hide{User: bob, Conv: g, Seq: 1})
	rev := w.rev(bob)
	effects := w.must(&store.RemoveMember{By: bob, User: bob, Conv: g})
	if got := fmt.Sprint(kinds(effects)); got != "[MessageAppended MemberLeft]" {
		t.Errorf("effects %s", got)
	}
	if left := pick[store.MemberLeft](effects)[0]; left != (store.MemberLeft{User: bob, Conv: g, Rev: rev + 1}) {
		t.Errorf("left %+v", left)
	}
	if e := *pick[store.MessageAppended](effects)[0].Message.Event; e != (store.Event{Type: "left", User: bob}) {
		t.Errorf("event %+v", e)
	}
	effects = w.must(&store.RemoveMember{By: w.admin, User: carl, Conv: g})
	if e := *pick[store.MessageAppended](effects)[0].Message.Event; e != (store.Event{Type: "removed", User: carl, By: w.admin}) {
		t.Errorf("event %+v", e)
	}
	for _, user := range []store.UserID{bob, carl} {
		_, _, err := w.Conversation(user, g)
		w.fails(store.ErrNoSuchConversation, err)
		_, err = w.MessagesBefore(user, g, 0, 10)
		w.fails(store.ErrNoSuchConversation, err)
		if page, err := w.ReadPage(user, g, 0, 10, 0); err != nil || page.Membership != (store.Membership{}) || page.Messages != nil {
			t.Errorf("page %+v, %v", page, err)
		}
	}
	// Who left may come back; who was removed only through the owner.
	w.must(&store.JoinGroup{By: bob, Conv: g, ClientID: w.id()})
	if w.conversation(bob, g).HiddenAt != 0 {
		t.Error("a new membership is hidden as the old one was")
	}
	w.refused(store.ErrRemovedFromGroup, &store.JoinGroup{By: carl, Conv: g, ClientID: w.id()})
	if found, err := w.FindGroups(carl, string(g), 0); err != nil || len(found) != 0 {
		t.Errorf("offered to who may not join: %v, %v", found, err)
	}
	w.refused(store.ErrRemovedFromGroup, &store.AddMembers{By: bob, Conv: g, Users: []store.UserID{carl}, ClientID: w.id()})
	w.must(&store.AddMembers{By: w.admin, Conv: g, Users: []store.UserID{carl}, ClientID: w.id()})
	w.must(&store.RemoveMember{By: carl, User: carl, Conv: g})
	w.must(&store.JoinGroup{By: carl, Conv: g, ClientID: w.id()}) // forgiven, then left by themselves
}

func TestChangeGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob := w.user("bob")
	g := w.group(w.admin, "", "", bob)
	for want, op := range map[error]*store.ChangeGroup{
		store.ErrNotOwner:    {By: bob, Name: ptr("mine")},
		store.ErrNoSuchGroup: {By: w.user("eve"), Name: ptr("mine")},
		store.ErrBadTitle:    {By: w.admin, Name: ptr(" ")},
		store.ErrBadNotice:   {By: w.admin, Notice: ptr(strings.Repeat("字", 1001))},
		store.ErrInvalid:     {By: w.admin, Join: ptr("")},
	} {
		op.Conv = g
		w.refused(want, op)
	}
	w.refused(store.ErrInvalid, &store.ChangeGroup{By: w.admin, Conv: g, History: ptr("x")})
	w.refused(store.ErrInvalid, &store.ChangeGroup{By: w.admin, Conv: g, Avatar: ptr("f_1")})
	w.refused(store.ErrBadNotice, &store.ChangeGroup{By: w.admin, Conv: g, Notice: ptr("\xff")})

	revs := w.rev(w.admin) + w.rev(bob)
	notice := strings.Repeat("字", 999) + "\n"
	effects := w.must(&store.ChangeGroup{
		By: w.admin, Conv: g, Name: ptr("New"), Notice: &notice, Join: ptr(store.JoinMembers), History: ptr(store.HistoryJoined),
	})
	if got := fmt.Sprint(kinds(effects)); got != "[MessageAppended MessageAppended MessageAppended ConversationChanged ConversationChanged]" {
		t.Errorf("effects %s", got)
	}
	wantEvents := []store.Event{
		{Type: "renamed", By: w.admin, Name: "New"},
		{Type: "noticed", By: w.admin, Name: notice},
		{Type: "rules", By: w.admin, Join: "members", History: "joined"},
	}
	for i, m := range pick[store.MessageAppended](effects) {
		if *m.Message.Event != wantEvents[i] {
			t.Errorf("event %+v, want %+v", m.Message.Event, wantEvents[i])
		}
	}
	if got := w.rev(w.admin) + w.rev(bob); got != revs+2 {
		t.Errorf("revs rose by %d", got-revs)
	}
	got, _, err := w.GroupFor(bob, g)
	w.ok(err)
	if got.Name != "New" || got.Notice != notice || got.Join != store.JoinMembers || got.History != store.HistoryJoined {
		t.Errorf("group %+v", got)
	}
	if effects := w.must(&store.ChangeGroup{By: w.admin, Conv: g, Name: ptr("New")}); len(effects) != 0 {
		t.Errorf("changing nothing: %v", effects)
	}
	// A rule changed later does not change what a member may read already.
	if c := w.conversation(bob, g); c.FromSeq != 1 {
		t.Errorf("from_seq %d", c.FromSeq)
	}
}

func TestChangeOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, carl := w.user("bob"), w.user("carl")
	g := w.group(w.admin, "", "", bob)
	w.refused(store.ErrNotOwner, &store.ChangeOwner{By: bob, User: bob, Conv: g})
	w.refused(store.ErrNotFound, &store.ChangeOwner{By: w.admin, User: carl, Conv: g})
	w.refused(store.ErrSelf, &store.ChangeOwner{By: w.admin, User: w.admin, Conv: g})
	w.refused(store.ErrNoSuchGroup, &store.ChangeOwner{By: carl, User: bob, Conv: g})
	effects := w.must(&store.ChangeOwner{By: w.admin, User: bob, Conv: g})
	if got := fmt.Sprint(kinds(effects)); got != "[MessageAppended ConversationChanged ConversationChanged]" {
		t.Errorf("effects %s", got)
	}
	if e := *pick[store.MessageAppended](effects)[0].Message.Event; e != (store.Event{Type: "owner", User: bob, By: w.admin}) {
		t.Errorf("event %+v", e)
	}
	if w.conversation(bob, g).Role != store.RoleOwner || w.conversation(w.admin, g).Role != store.RoleMember {
		t.Error("the roles did not change")
	}
	w.must(&store.RemoveMember{By: w.admin, User: w.admin, Conv: g})
	w.must(&store.JoinGroup{By: carl, Conv: g, ClientID: w.id()})
	w.must(&store.ChangeUser{By: w.admin, User: carl, Disabled: ptr(true)})
	w.refused(store.ErrDisabled, &store.ChangeOwner{By: bob, User: carl, Conv: g})
}

// A group whose owner is disabled is an admin's to give away, in it or not.
func TestGroupOfADisabledOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, carl := w.user("bob"), w.user("carl")
	g := w.group(bob, store.JoinMembers, "", carl)
	hand := func(by, to store.UserID) *store.ChangeOwner { return &store.ChangeOwner{By: by, User: to, Conv: g} }
	w.refused(store.ErrNoSuchGroup, hand(w.admin, carl)) // its owner can
	w.must(&store.ChangeUser{By: w.admin, User: bob, Disabled: ptr(true)})
	w.refused(store.ErrNotOwner, hand(carl, carl))
	w.refused(store.ErrDisabled, hand(w.admin, bob))
	w.refused(store.ErrNotFound, hand(w.admin, w.admin))
	w.must(hand(w.admin, carl))
	found, members, err := w.GroupFor(carl, g)
	w.ok(err)
	if found.Owner != carl || len(members) != 2 {
		t.Errorf("group %+v of %v", found, members)
	}
	w.refused(store.ErrNoSuchGroup, &store.DissolveGroup{By: w.admin, Conv: g})
	w.must(&store.ChangeUser{By: w.admin, User: carl, Disabled: ptr(true)})
	w.must(&store.DissolveGroup{By: w.admin, Conv: g})
}

func TestDissolveGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, carl := w.user("bob"), w.user("carl")
	g := w.group(w.admin, "", "", bob)
	w.refused(store.ErrNotOwner, &store.DissolveGroup{By: bob, Conv: g})
	w.refused(store.ErrNoSuchGroup, &store.DissolveGroup{By: carl, Conv: g})
	effects := w.must(&store.DissolveGroup{By: w.admin, Conv: g})
	if got := fmt.Sprint(kinds(effects)); got != "[MessageAppended MemberLeft MemberLeft]" {
		t.Errorf("effects %s", got)
	}
	w.refused(store.ErrNoSuchGroup, &store.JoinGroup{By: carl, Conv: g, ClientID: w.id()})
	w.refused(store.ErrNoSuchGroup, &store.DissolveGroup{By: w.admin, Conv: g})
	w.refused(store.ErrNoSuchConversation, &store.SendMessage{From: w.admin, Conv: g, ClientID: w.id(), Body: "x"})
	_, _, err := w.GroupFor(w.admin, g)
	w.fails(store.ErrNoSuchGroup, err)
	groups, err := w.FindGroups(w.admin, "", 0)
	w.ok(err)
	if len(groups) != 0 {
		t.Errorf("found %+v", groups)
	}
	w.ok(w.Memberships(func(m store.Membership) { t.Errorf("membership %+v", m) }))

	// The owner who is alone leaves, and the group ends.
	alone := w.group(bob, "", "", carl)
	w.must(&store.RemoveMember{By: carl, User: carl, Conv: alone})
	effects = w.must(&store.RemoveMember{By: bob, User: bob, Conv: alone})
	if e := pick[store.MessageAppended](effects)[0].Message.Event; e.Type != store.EventDissolved {
		t.Errorf("event %+v", e)
	}
	w.refused(store.ErrNoSuchGroup, &store.JoinGroup{By: carl, Conv: alone, ClientID: w.id()})
}

func TestGroupForStrangers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob := w.user("bob")
	open, closed := w.group(w.admin, store.JoinOpen, ""), w.group(w.admin, store.JoinMembers, "")
	g, members, err := w.GroupFor(bob, open)
	w.ok(err)
	if g.MemberCount != 1 || members != nil {
		t.Errorf("a stranger sees %+v, %+v", g, members)
	}
	for _, id := range []store.ConvID{closed, "g_99999999", "", store.DirectConv(bob, w.admin)} {
		_, _, err = w.GroupFor(bob, id)
		w.fails(store.ErrNoSuchGroup, err)
	}
}

func TestFindGroups(t *testing.T) {
	t.Parallel()
	w := openTemp(t, store.Options{})
	everyone := w.claim(true).Everyone
	bob := w.user("bob")
	make := func(name, join string, members ...store.UserID) store.ConvID {
		op := &store.CreateGroup{By: w.admin, ClientID: w.id(), Name: name, Join: join, Members: members}
		w.must(op)
		return op.Conv
	}
	tea, green := make("Tea", ""), make("Green tea", "")
	teapot, secret := make("TEAPOT", store.JoinMembers, bob), make("Secret tea", store.JoinMembers)
	for query, want := range map[string][]store.ConvID{
		"tea":              {tea, teapot, green},
		"ＴＥＡ":              {tea, teapot, green},
		"":                 {everyone, green, tea, teapot},
		"secret":           nil,
		"everyone":         {everyone},
		"大家":               {everyone},
		string(tea):        {tea},
		string(tea)[2:]:    {tea},
		string(secret)[2:]: nil,
	} {
		groups, err := w.FindGroups(bob, query, 0)
		w.ok(err)
		var ids []store.ConvID
		for _, g := range groups {
			ids = append(ids, g.ID)
		}
		if !slices.Equal(ids, want) {
			t.Errorf("%q: %v, want %v", query, ids, want)
		}
	}
	if groups, err := w.FindGroups(bob, "tea", 1); err != nil || len(groups) != 1 {
		t.Errorf("limited: %v, %v", groups, err)
	}
	w.must(&store.ChangeGroup{By: w.admin, Conv: everyone, Name: ptr("Crew")})
	for _, query := range []string{"crew", "大家"} {
		if groups, err := w.FindGroups(bob, query, 0); err != nil || len(groups) != 1 || groups[0].Name != "Crew" {
			t.Errorf("%q: %v, %v", query, groups, err)
		}
	}
}

func TestMemberships(t *testing.T) {
	t.Parallel()
	w := openTemp(t, store.Options{})
	w.claim(true)
	bob, carl, _ := w.friends("bob", "carl")
	w.group(bob, store.JoinMembers, "", carl)
	got := map[string]int{}
	w.ok(w.Memberships(func(m store.Membership) {
		c := w.conversation(m.User, m.Conv)
		if c.Joined != m.Joined || c.FromSeq != m.FromSeq || c.Role != m.Role {
			t.Errorf("membership %+v, conversation %+v", m, c)
		}
		got[m.Role]++
	}))
	if got[""] != 2 || got[store.RoleOwner] != 2 || got[store.RoleMember] != 3 {
		t.Errorf("memberships by role: %v", got)
	}
}

// Two joins, an add and a leave of one person in one batch: the later ops see
// what the earlier ones did.
func TestBatchSeesItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob := w.user("bob")
	g := w.group(w.admin, "", "")
	outcomes, err := w.Commit([]store.Op{
		&store.JoinGroup{By: bob, Conv: g, ClientID: w.id()},
		&store.AddMembers{By: w.admin, Conv: g, Users: []store.UserID{bob}, ClientID: w.id()},
		&store.SendMessage{From: bob, Conv: g, ClientID: w.id(), Body: "in"},
		&store.RemoveMember{By: bob, User: bob, Conv: g},
		&store.SendMessage{From: bob, Conv: g, ClientID: w.id(), Body: "out"},
		&store.JoinGroup{By: bob, Conv: g, ClientID: w.id()},
		&store.RemoveMember{By: w.admin, User: bob, Conv: g},
		&store.JoinGroup{By: bob, Conv: g, ClientID: w.id()},
	})
	w.ok(err)
	want := []error{nil, nil, nil, nil, store.ErrNoSuchConversation, nil, nil, store.ErrRemovedFromGroup}
	for i, out := range outcomes {
		if !errors.Is(out.Err, want[i]) {
			t.Errorf("op %d: %v, want %v", i, out.Err, want[i])
		}
	}
	if got := strings.Join(w.story(w.admin, g), " "); got != "created joined in left joined removed" {
		t.Errorf("the story is %q", got)
	}
	if revs := pick[store.MemberLeft](outcomes[3].Effects); revs[0].Rev != 2 || w.rev(bob) != 4 {
		t.Errorf("revs %+v, now %d", revs, w.rev(bob))
	}
}
