package httpapi

import (
	"fmt"
	"testing"

	"teahouse/hub"
	"teahouse/store"
)

func (b *browser) page(conv store.ConvID, query string) (page messagePage) {
	b.t.Helper()
	b.get("/api/conversations/" + string(conv) + "/messages?" + query).is(200).into(&page)
	return page
}

func TestPagingThroughTheHistory(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	ann, bo := s.register("ann"), s.register("bo")
	ann.add(object{"user": bo.id()}).is(200)
	conv := store.DirectConv(ann.id(), bo.id())
	const n = 230
	for i := range n {
		ann.say(conv, fmt.Sprintf("message %d", i+1))
	}
	for _, c := range []struct {
		query       string
		first, last uint64
	}{
		{"", n - 49, n},
		{"limit=10", n - 9, n},
		{"limit=1000", n - 199, n},
		{"before=0&limit=3", n - 2, n},
		{"before=11&limit=4", 7, 10},
		{"before=3", 1, 2},
		{"before=99999&limit=2", n - 1, n},
		{"after=0&limit=3", 1, 3},
		{"after=5&limit=2", 6, 7},
		{"after=228", n - 1, n},
	} {
		page := bo.page(conv, c.query)
		if got := page.Messages; len(got) == 0 || got[0].Seq != c.first || got[len(got)-1].Seq != c.last ||
			uint64(len(got)) != c.last-c.first+1 {
			t.Errorf("%q: %d messages, want %d to %d: %+v", c.query, len(got), c.first, c.last, got)
			continue
		}
		for i, m := range page.Messages {
			if want := fmt.Sprintf("message %d", m.Seq); m.Seq != c.first+uint64(i) || *m.Body != want || *m.From != ann.id() {
				t.Errorf("%q: message %d is %+v", c.query, i, m)
			}
		}
		if len(page.Users) != 1 || page.Users[0].User != ann.id() {
			t.Errorf("%q: users %+v", c.query, page.Users)
		}
	}
	path := "/api/conversations/" + string(conv) + "/messages"
	for _, query := range []string{"?before=1", "?after=230", "?after=99999"} {
		if got := string(bo.get(path + query).is(200).body); got != `{"messages":[],"users":[]}` {
			t.Errorf("%s: %s", query, got)
		}
	}
	for _, query := range []string{"?before=1&after=1", "?limit=0", "?limit=-1", "?before=x", "?after=1.5", "?after=18446744073709551616"} {
		bo.get(path + query).refused(store.ErrInvalid)
	}
}

// A page brings the profiles of everybody its messages speak of.
func TestPagesBringTheirPeople(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	ann, bo, cy := s.register("ann"), s.register("bo"), s.register("cy")
	g := ann.group("Crew", "open", bo)
	bo.addTo(g, cy).is(200)
	cy.delete("/api/groups/" + string(g) + "/members/me").is(200)
	page := ann.page(g, "")
	if len(page.Users) != 3 || page.Messages[0].Event.Type != "created" || page.Messages[0].From != nil {
		t.Errorf("got %+v", page)
	}
}

func TestHistoryBeginsWhereTheMembershipDoes(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	ann, bo := s.register("ann"), s.register("bo")
	g := ann.group("Board", "members")
	ann.say(g, "before")
	ann.addTo(g, bo).is(200)
	ann.say(g, "after")
	for _, query := range []string{"", "after=0", "before=3", "after=1"} {
		for _, m := range bo.page(g, query).Messages {
			if m.Seq < 3 {
				t.Errorf("%q: reads seq %d", query, m.Seq)
			}
		}
	}
	bo.get("/api/conversations/" + string(g) + "/readers?seq=2").refused(store.ErrNotFound)
}

func (b *browser) read(conv store.ConvID, seq uint64) {
	b.t.Helper()
	op := &store.MoveCursors{Moves: []store.CursorMove{{User: b.id(), Conv: conv, Read: seq}}}
	if err := b.s.hub.Do(b.t.Context(), op); err != nil {
		b.t.Fatal(err)
	}
}

func TestReaders(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	ann, bo, cy, di := s.register("ann"), s.register("bo"), s.register("cy"), s.register("di")
	g := ann.group("Crew", "open", bo, cy)
	seq := ann.say(g, "hello").Seq
	bo.read(g, seq)
	di.join(g).is(200) // its cursor begins behind the message, which it has not read
	readers := func(conv store.ConvID, seq uint64) (got struct {
		Readers []store.UserID
		Users   []hub.User
	},
	) {
		t.Helper()
		ann.get(fmt.Sprintf("/api/conversations/%s/readers?seq=%d", conv, seq)).is(200).into(&got)
		return got
	}
	if got := readers(g, seq); len(got.Readers) != 1 || got.Readers[0] != bo.id() || len(got.Users) != 1 {
		t.Errorf("readers %+v", got)
	}
	ann.add(object{"user": bo.id()}).is(200)
	conv := store.DirectConv(ann.id(), bo.id())
	direct := ann.say(conv, "hello").Seq
	if got := readers(conv, direct); got.Readers == nil || len(got.Readers) != 0 {
		t.Errorf("nobody has read: %+v", got)
	}
	bo.read(conv, direct)
	if got := readers(conv, direct); len(got.Readers) != 1 {
		t.Errorf("the peer has read: %+v", got)
	}
	for query, want := range map[string]*store.Refusal{
		"": store.ErrInvalid, "?seq=x": store.ErrInvalid, "?seq=0": store.ErrNotFound, "?seq=99": store.ErrNotFound,
	} {
		ann.get("/api/conversations/" + string(g) + "/readers" + query).refused(want)
	}
}

func TestHiding(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	ann, bo := s.register("ann"), s.register("bo")
	g := ann.group("Crew", "open", bo)
	seq := ann.say(g, "hello").Seq
	hiddenAt := func() uint64 {
		t.Helper()
		var start bootstrap
		bo.get("/api/bootstrap").is(200).into(&start)
		for _, c := range start.Conversations {
			if c.Conv == g {
				return c.HiddenAt
			}
		}
		t.Fatal("the group is not listed")
		return 0
	}
	path := "/api/conversations/" + string(g) + "/hidden"
	bo.put(path, object{"seq": seq}).is(200)
	if got := hiddenAt(); got != seq {
		t.Errorf("hidden at %d, want %d", got, seq)
	}
	bo.put(path, object{"seq": 0}).is(200)
	if got := hiddenAt(); got != 0 {
		t.Errorf("still hidden at %d", got)
	}
	bo.put(path, object{"seq": -1}).refused(store.ErrBadJSON)
	bo.put(path, `{"seq":18446744073709551615}`).refused(store.ErrInvalid)
	bo.put(path, object{}).is(200)
}
