package httpapi

import (
	"sync"
	"testing"

	"teahouse/store"
)

func (b *browser) add(body object) answer {
	b.t.Helper()
	body["client_id"] = b.s.clientID()
	return b.post("/api/contacts", body)
}

func TestAddingAContact(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	ann, bo := s.register("ann"), s.register("Bo")
	var added addedContact
	ann.add(object{"name": "BO"}).is(200).into(&added)
	if added.Contact.User != bo.id() || added.Contact.At == 0 || added.User.Name != "Bo" ||
		added.Conversation.Conv != store.DirectConv(ann.id(), bo.id()) || added.Conversation.Kind != "direct" ||
		!added.Conversation.Writable || added.Conversation.Peer.User != bo.id() {
		t.Errorf("got %+v", added)
	}
	for _, b := range []*browser{ann, bo} { // both directions at once
		var start bootstrap
		b.get("/api/bootstrap").is(200).into(&start)
		if len(start.Contacts) != 1 {
			t.Errorf("%s has contacts %+v", b.name, start.Contacts)
		}
	}
	ann.add(object{"user": bo.id()}).refused(store.ErrAlreadyContact)
	bo.add(object{"user": ann.id()}).refused(store.ErrAlreadyContact)
	ann.add(object{"name": "ann"}).refused(store.ErrSelf)
	ann.add(object{"user": ann.id()}).refused(store.ErrSelf)
	ann.add(object{"name": "nobody"}).refused(store.ErrNoSuchUser)
	ann.add(object{"user": "u_100000001"}).refused(store.ErrNoSuchUser)
	ann.add(object{}).refused(store.ErrInvalid)
	ann.add(object{"name": "Bo", "user": bo.id()}).refused(store.ErrInvalid)
}

func TestRemovingAContactKeepsTheHistory(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	ann, bo := s.register("ann"), s.register("bo")
	ann.add(object{"user": bo.id()}).is(200)
	conv := store.DirectConv(ann.id(), bo.id())
	ann.say(conv, "hello")
	bo.delete("/api/contacts/" + ann.id().String()).is(200)
	bo.delete("/api/contacts/" + ann.id().String()).refused(store.ErrNotFound)
	bo.delete("/api/contacts/nobody").refused(store.ErrNotFound)
	for _, b := range []*browser{ann, bo} {
		var start bootstrap
		b.get("/api/bootstrap").is(200).into(&start)
		if len(start.Contacts) != 0 {
			t.Errorf("%s still has contacts", b.name)
		}
		var page messagePage
		b.get("/api/conversations/" + string(conv) + "/messages").is(200).into(&page)
		if len(page.Messages) != 1 {
			t.Errorf("%s reads %+v", b.name, page)
		}
	}
	var again addedContact
	ann.add(object{"user": bo.id()}).is(200).into(&again)
	if again.Conversation.Conv != conv || again.Conversation.Head[0] != 1 || !again.Conversation.Writable {
		t.Errorf("again: %+v", again.Conversation)
	}
}

// One click that sends two requests adds once.
func TestAddingTwiceWithOneClientID(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	ann, bo, cy := s.register("ann"), s.register("bo"), s.register("cy")
	body := object{"client_id": s.clientID(), "user": bo.id()}
	first := ann.post("/api/contacts", body).is(200)
	second := ann.post("/api/contacts", body).is(200)
	if string(first.body) != string(second.body) {
		t.Errorf("first %s\nsecond %s", first.body, second.body)
	}
	body["user"] = cy.id()
	ann.post("/api/contacts", body).refused(store.ErrClientIDReused)
}

func TestTwoAddEachOtherAtOnce(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	ann, bo := s.register("ann"), s.register("bo")
	var wg sync.WaitGroup
	answers := make([]answer, 2)
	for i, pair := range [][2]*browser{{ann, bo}, {bo, ann}} {
		wg.Go(func() { answers[i] = pair[0].add(object{"user": pair[1].id()}) })
	}
	wg.Wait()
	if answers[0].status == 200 {
		answers[1].refused(store.ErrAlreadyContact)
	} else {
		answers[0].refused(store.ErrAlreadyContact)
		answers[1].is(200)
	}
	var start bootstrap
	ann.get("/api/bootstrap").is(200).into(&start)
	direct := 0
	for _, c := range start.Conversations {
		if c.Kind == "direct" {
			direct++
		}
	}
	if direct != 1 {
		t.Errorf("%d conversations", direct)
	}
}
