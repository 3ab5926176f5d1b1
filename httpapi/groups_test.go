package httpapi

import (
	"slices"
	"sync"
	"testing"

	"teahouse/hub"
	"teahouse/store"
)

// shownGroup is the answer of GET /api/groups/{id}.
type shownGroup struct {
	Group   wholeGroup
	Members []groupMember
	Users   []hub.User
}

func (b *browser) look(g store.ConvID) (shown shownGroup) {
	b.t.Helper()
	b.get("/api/groups/" + string(g)).is(200).into(&shown)
	return shown
}

func (b *browser) join(g store.ConvID) answer {
	b.t.Helper()
	return b.post("/api/groups/"+string(g)+"/join", object{"client_id": b.s.clientID()})
}

func (b *browser) addTo(g store.ConvID, who ...*browser) answer {
	b.t.Helper()
	ids := []store.UserID{}
	for _, w := range who {
		ids = append(ids, w.id())
	}
	return b.post("/api/groups/"+string(g)+"/members", object{"client_id": b.s.clientID(), "users": ids})
}

func TestGroupFromMakingToDissolving(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	ann, bo, cy, di := s.register("ann"), s.register("bo"), s.register("cy"), s.register("di")
	g := ann.group("Crew", "", bo)
	if got := ann.look(g); got.Group.Join != "open" || got.Group.History != "all" || got.Group.Owner != ann.id() ||
		got.Group.Role != "owner" || got.Group.MemberCount != 2 || len(got.Members) != 2 || len(got.Users) != 2 ||
		got.Members[0].User != ann.id() || got.Members[1] != (groupMember{bo.id(), "member", false}) {
		t.Errorf("the owner sees %+v", got)
	}
	if got := cy.look(g); got.Group.Member || got.Group.Owner != 0 || got.Group.Notice != "" || got.Members == nil ||
		len(got.Members) != 0 || got.Group.Name != "Crew" || got.Group.MemberCount != 2 {
		t.Errorf("a stranger sees %+v", got)
	}
	var joined struct{ Conversation hub.Conversation }
	cy.join(g).is(200).into(&joined)
	if joined.Conversation.Conv != g || joined.Conversation.Role != "member" || joined.Conversation.FromSeq != 1 {
		t.Errorf("joined %+v", joined)
	}
	cy.addTo(g, di).is(200) // in an open group any member may
	path := "/api/groups/" + string(g)
	ann.patch(path, object{"name": "Team", "notice": "be kind"}).is(200)
	ann.patch(path, object{"join": "members", "history": "joined"}).is(200)
	ann.patch(path, object{"join": "anybody"}).refused(store.ErrInvalid)
	ann.patch(path, object{"history": ""}).refused(store.ErrInvalid)
	ann.patch(path, object{"name": ""}).refused(store.ErrBadTitle)
	bo.patch(path, object{"name": "Mine"}).refused(store.ErrNotOwner)
	if got := bo.look(g); got.Group.Name != "Team" || got.Group.Notice != "be kind" || got.Group.Join != "members" ||
		got.Group.History != "joined" || got.Group.Role != "member" || got.Group.MemberCount != 4 {
		t.Errorf("a member sees %+v", got)
	}
	ann.delete(path + "/members/" + di.id().String()).is(200)
	di.get(path).refused(store.ErrNoSuchGroup)
	ann.delete(path + "/members/me").refused(store.ErrOwnerMustHandOver)
	ann.put(path+"/owner", object{"user": di.id()}).is(404)
	ann.put(path+"/owner", object{"user": bo.id()}).is(200)
	ann.delete(path + "/members/me").is(200)
	cy.delete(path).refused(store.ErrNotOwner)
	bo.delete(path).is(200)
	cy.get(path).refused(store.ErrNoSuchGroup)
	cy.get("/api/conversations/" + string(g) + "/messages").refused(store.ErrNoSuchConversation)
}

func TestFindingGroups(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	ann, bo := s.register("ann"), s.register("bo")
	open, closed := ann.group("Tea lovers", "open"), ann.group("Tea board", "members")
	find := func(b *browser, query string) (found []foundGroup) {
		t.Helper()
		var list struct{ Groups []foundGroup }
		b.get("/api/groups?query=" + query).is(200).into(&list)
		return list.Groups
	}
	if got := find(bo, "tea"); len(got) != 1 || got[0].Conv != open || got[0].Member || got[0].MemberCount != 1 {
		t.Errorf("a stranger finds %+v", got)
	}
	if got := find(ann, "tea"); len(got) != 2 || !got[0].Member || !got[1].Member {
		t.Errorf("the owner finds %+v", got)
	}
	for _, number := range []string{string(open), string(open[2:])} {
		if got := find(bo, number); len(got) != 1 || got[0].Conv != open {
			t.Errorf("by number %s: %+v", number, got)
		}
	}
	if got := find(bo, string(closed)); len(got) != 0 {
		t.Errorf("a closed group is found by number: %+v", got)
	}
	if got := find(bo, "everyone"); len(got) != 1 || !got[0].Everyone || !got[0].Member {
		t.Errorf("everyone: %+v", got)
	}
	bo.join(closed).refused(store.ErrNoSuchGroup)
	if string(bo.get("/api/groups?query=zzz").is(200).body) != `{"groups":[]}` {
		t.Error("nothing found is not an empty list")
	}
}

// Whoever was removed by the owner comes back only through the owner.
func TestRemovedStaysRemoved(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	ann, bo, cy := s.register("ann"), s.register("bo"), s.register("cy")
	g := ann.group("Crew", "open", bo, cy)
	ann.delete("/api/groups/" + string(g) + "/members/" + bo.id().String()).is(200)
	bo.join(g).refused(store.ErrRemovedFromGroup)
	cy.addTo(g, bo).refused(store.ErrRemovedFromGroup)
	ann.addTo(g, bo).is(200)
	bo.get("/api/conversations/" + string(g) + "/messages").is(200)
}

// One click that sends two requests makes one group and one join.
func TestRepeatedRequestsOfGroups(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	ann, bo, cy := s.register("ann"), s.register("bo"), s.register("cy")
	body := object{"client_id": s.clientID(), "name": "Crew", "members": []store.UserID{bo.id()}}
	var wg sync.WaitGroup
	convs := make([]store.ConvID, 20)
	for i := range convs {
		wg.Go(func() {
			var made struct{ Conversation hub.Conversation }
			ann.post("/api/groups", body).is(200).into(&made)
			convs[i] = made.Conversation.Conv
		})
	}
	wg.Wait()
	slices.Sort(convs)
	if convs = slices.Compact(convs); len(convs) != 1 {
		t.Fatalf("one click made %d groups", len(convs))
	}
	body["name"] = "Other"
	ann.post("/api/groups", body).refused(store.ErrClientIDReused)

	head := func() uint64 {
		t.Helper()
		seq, _, err := s.store.Head(convs[0])
		if err != nil {
			t.Fatal(err)
		}
		return seq
	}
	before := head()
	join := object{"client_id": s.clientID()}
	for range 3 {
		cy.post("/api/groups/"+string(convs[0])+"/join", join).is(200)
	}
	cy.join(convs[0]).is(200) // joining what one is in is fine
	add := object{"client_id": s.clientID(), "users": []store.UserID{cy.id(), bo.id()}}
	for range 2 {
		ann.post("/api/groups/"+string(convs[0])+"/members", add).is(200)
	}
	if after := head(); after != before+1 {
		t.Errorf("the joins wrote %d messages, want 1", after-before)
	}
}

func TestGroupsRefuse(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	ann := s.register("ann")
	for _, c := range []struct {
		change object
		want   *store.Refusal
	}{
		{object{"name": ""}, store.ErrBadTitle},
		{object{"name": "a\u200b"}, store.ErrBadTitle},
		{object{"join": "anybody"}, store.ErrInvalid},
		{object{"history": "none"}, store.ErrInvalid},
		{object{"members": []string{"u_100000001"}}, store.ErrNoSuchUser},
		{object{"members": []string{"x"}}, store.ErrInvalid},
		{object{"members": "u_100000001"}, store.ErrBadJSON},
		{object{"client_id": ""}, store.ErrBadClientID},
		{object{"owner": ann.id()}, store.ErrBadJSON},
	} {
		body := object{"client_id": s.clientID(), "name": "Crew"}
		for k, v := range c.change {
			body[k] = v
		}
		ann.post("/api/groups", body).refused(c.want)
	}
	g := ann.group("Crew", "open")
	ann.delete("/api/groups/" + string(g) + "/members/nobody").refused(store.ErrNotFound)
	ann.delete("/api/groups/" + string(g) + "/members/u_100000001").is(404)
	ann.delete("/api/groups/" + string(g) + "/members/me").is(200) // alone: it is gone
	ann.get("/api/groups/" + string(g)).refused(store.ErrNoSuchGroup)
}

func TestMembersAreShownOnline(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	ann, bo := s.register("ann"), s.register("bo")
	g := ann.group("Crew", "open", bo)
	bo.open()
	for _, m := range ann.look(g).Members {
		if m.Online != (m.User == bo.id()) {
			t.Errorf("member %+v", m)
		}
	}
}
