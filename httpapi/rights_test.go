package httpapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"teahouse/store"
)

// The persons of the table of rights.
var persons = []string{"anonymous", "stranger", "member", "owner", "admin"}

// world is a server with one group that its owner and a member are in, and one
// that the member is in and whose owner is disabled; the stranger and the admin
// are in no group. The admin made and left Everyone's.
type world struct {
	s      *testServer
	who    map[string]*browser
	group  store.ConvID
	orphan store.ConvID
}

func newWorld(t *testing.T) *world {
	t.Helper()
	s := newServer(t)
	w := &world{s: s, who: map[string]*browser{"anonymous": s.browser("anonymous"), "admin": s.browser("admin")}}
	w.who["admin"].post("/api/setup", object{
		"token": testToken, "server_name": "Tea", "name": "boss", "password": testPassword, "registration": "open",
	}).is(200).into(&w.who["admin"].identity)
	for _, name := range []string{"stranger", "member", "owner"} {
		w.who[name] = s.register("the " + name) // owner alone is a reserved name
	}
	w.group = w.who["owner"].group("Crew", store.JoinMembers, w.who["member"])
	w.who["owner"].say(w.group, "secret words")
	former := s.register("former")
	w.orphan = former.group("Orphans", store.JoinMembers, w.who["member"])
	w.who["admin"].patch("/api/admin/users/"+former.id().String(), object{"disabled": true}).is(200)
	return w
}

// right is what each person gets from one request, in the order of persons.
type right struct {
	path string // with the world's ids; "" is the pattern's own path
	body any
	want [5]string
}

// What a refusal looks like in the table; everything else is a reason.
const (
	ok    = "ok"
	login = "login_required"
	nog   = "no_such_group"
	noc   = "no_such_conversation"
	notad = "not_admin"
)

// rights has a row for each route; a route without one fails the test.
func rights(w *world) map[string][]right {
	cid := object{"client_id": w.s.clientID()}
	id := func(name string) string { return w.who[name].id().String() }
	g, conv := "/api/groups/"+string(w.group), "/api/conversations/"+string(w.group)
	orphan := "/api/groups/" + string(w.orphan)
	add := object{"client_id": w.s.clientID(), "users": []string{id("stranger")}}
	everybody := func(s string) [5]string { return [5]string{s, s, s, s, s} }
	users := [5]string{login, ok, ok, ok, ok}
	admins := [5]string{login, notad, notad, notad, ok}
	return map[string][]right{
		"GET /healthz":    {{want: everybody(ok)}},
		"GET /readyz":     {{want: everybody(ok)}},
		"GET /api/server": {{want: everybody(ok)}},
		"POST /api/setup": {{body: claimBody(), want: everybody("not_found")}},
		"POST /api/users": {{body: object{"name": "new", "password": testPassword}, want: everybody(ok)}},
		"POST /api/logins": {
			{body: object{"name": "the owner", "password": testPassword}, want: everybody(ok)},
			{body: object{"name": "the owner", "password": "wrong password"}, want: everybody("wrong_password")},
		},
		"POST /api/resets":  {{body: object{"name": "the owner", "code": "x", "password": testPassword}, want: everybody("bad_code")}},
		"POST /api/invites": {{body: object{"code": "x"}, want: everybody("invite_invalid")}},

		"GET /api/logins": {{want: users}},
		"DELETE /api/logins/{id}": {
			{path: "/api/logins/current", want: users},
			{path: "/api/logins/" + publicID(w.loginOf("owner")), want: [5]string{login, "not_found", "not_found", ok, "not_found"}},
		},
		"GET /api/bootstrap":         {{want: users}},
		"GET /api/users":             {{want: users}, {path: "/api/users?ids=" + id("owner"), want: users}},
		"PATCH /api/users/me":        {{body: object{"display_name": "New"}, want: users}},
		"PUT /api/users/me/password": {{body: object{"old_password": testPassword, "password": "a new password"}, want: users}},

		"POST /api/contacts": {{
			body: object{"client_id": cid["client_id"], "user": id("owner")},
			want: [5]string{login, ok, ok, "self", ok},
		}},
		"DELETE /api/contacts/{user}": {{path: "/api/contacts/" + id("owner"), want: [5]string{login, "not_found", "not_found", "not_found", "not_found"}}},

		"GET /api/groups":        {{want: users}},
		"POST /api/groups":       {{body: object{"client_id": cid["client_id"], "name": "Other"}, want: users}},
		"GET /api/groups/{id}":   {{path: g, want: [5]string{login, nog, ok, ok, nog}}},
		"PATCH /api/groups/{id}": {{path: g, body: object{"name": "Renamed"}, want: [5]string{login, nog, "not_owner", ok, nog}}},
		"DELETE /api/groups/{id}": {
			{path: g, want: [5]string{login, nog, "not_owner", ok, nog}},
			{path: orphan, want: [5]string{login, nog, "not_owner", nog, ok}},
		},
		"POST /api/groups/{id}/join": {
			{path: g + "/join", body: cid, want: [5]string{login, nog, ok, ok, nog}},
		},
		"POST /api/groups/{id}/members": {{path: g + "/members", body: add, want: [5]string{login, nog, "not_owner", ok, nog}}},
		"DELETE /api/groups/{id}/members/{user}": {
			{path: g + "/members/" + id("member"), want: [5]string{login, nog, ok, ok, nog}},
			{path: g + "/members/me", want: [5]string{login, nog, ok, "owner_must_hand_over", nog}},
			{path: g + "/members/" + id("owner"), want: [5]string{login, nog, "not_owner", "owner_must_hand_over", nog}},
		},
		"PUT /api/groups/{id}/owner": {
			{path: g + "/owner", body: object{"user": id("member")}, want: [5]string{login, nog, "not_owner", ok, nog}},
			{path: orphan + "/owner", body: object{"user": id("member")}, want: [5]string{login, nog, "not_owner", nog, ok}},
		},

		"GET /api/conversations/{conv}/messages": {
			{path: conv + "/messages", want: [5]string{login, noc, ok, ok, noc}},
			{path: conv + "/messages?after=0", want: [5]string{login, noc, ok, ok, noc}},
		},
		"GET /api/conversations/{conv}/readers": {{path: conv + "/readers?seq=3", want: [5]string{login, noc, ok, ok, noc}}},
		"PUT /api/conversations/{conv}/hidden":  {{path: conv + "/hidden", body: object{"seq": 1}, want: [5]string{login, noc, ok, ok, noc}}},

		"GET /api/admin/settings":               {{want: admins}},
		"PATCH /api/admin/settings":             {{body: object{"registration": "closed"}, want: admins}},
		"GET /api/admin/invites":                {{want: admins}},
		"POST /api/admin/invites":               {{body: object{}, want: admins}},
		"DELETE /api/admin/invites/{code}":      {{want: [5]string{login, notad, notad, notad, "not_found"}}},
		"GET /api/admin/users":                  {{want: admins}},
		"POST /api/admin/users":                 {{body: object{"name": "made"}, want: admins}},
		"PATCH /api/admin/users/{id}":           {{path: "/api/admin/users/" + id("owner"), body: object{"disabled": true}, want: admins}},
		"POST /api/admin/users/{id}/reset-code": {{path: "/api/admin/users/" + id("owner") + "/reset-code", body: object{}, want: admins}},

		"GET /ws": {{want: [5]string{login, ok, ok, ok, ok}}},
	}
}

func (w *world) loginOf(name string) store.LoginID {
	logins, err := w.s.store.Logins(w.who[name].id())
	if err != nil || len(logins) != 1 {
		w.s.t.Fatalf("logins of %s: %v, %v", name, logins, err)
	}
	return logins[0].ID
}

// ask makes one request of the table and says how it ended.
func (w *world) ask(name, pattern string, row right) string {
	b := w.who[name]
	if pattern == "GET /ws" {
		_, res, err := b.dialFrom(w.s.url)
		switch {
		case err == nil:
			return ok
		case res != nil && res.StatusCode == http.StatusUnauthorized:
			return login
		}
		return fmt.Sprint(err)
	}
	method, path := splitPattern(pattern)
	if row.path != "" {
		path = row.path
	}
	a := b.do(method, path, row.body)
	if a.status == http.StatusOK {
		return ok
	}
	return a.reason()
}

func TestRights(t *testing.T) {
	t.Parallel()
	shared := newWorld(t) // for what changes nothing: reading, and being refused
	table := rights(shared)
	cells := 0
	for _, rt := range shared.s.api.routes() {
		rows := table[rt.pattern]
		if len(rows) == 0 {
			t.Errorf("%s has no row in the table of rights", rt.pattern)
		}
		delete(table, rt.pattern)
		cells += len(rows) * len(persons)
		for i := range rows {
			for p, name := range persons {
				t.Run(fmt.Sprintf("%s %d %s", strings.ReplaceAll(rt.pattern, "/", "|"), i, name), func(t *testing.T) {
					t.Parallel()
					w, row := shared, rows[i]
					if row.want[p] == ok && !strings.HasPrefix(rt.pattern, "GET ") {
						w = newWorld(t)
						row = rights(w)[rt.pattern][i]
					}
					if got := w.ask(name, rt.pattern, row); got != row.want[p] {
						t.Errorf("%s: %q, want %q", name, got, row.want[p])
					}
				})
			}
		}
	}
	for pattern := range table {
		t.Errorf("%s is in the table of rights and no route", pattern)
	}
	t.Logf("%d cells", cells)
}

// Nothing that a request body says about who acts is believed, on any route:
// such a field is unknown and the whole request refused.
func TestBodiesCannotSayWhoActs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for pattern, rows := range rights(w) {
		method, _ := splitPattern(pattern)
		for _, row := range rows {
			body, isObject := row.body.(object)
			if !isObject || pattern == "POST /api/setup" {
				continue
			}
			for _, field := range []string{"by", "from", "sender", "userId", "role", "admin", "is_admin", "seq_", "owner"} {
				changed := object{field: w.who["owner"].id()}
				for k, v := range body {
					changed[k] = v
				}
				_, path := splitPattern(pattern)
				if row.path != "" {
					path = row.path
				}
				a := w.who["admin"].do(method, path, changed)
				a.what += " with " + field
				a.refused(store.ErrBadJSON)
			}
		}
	}
}

// Ids of the wrong form, of nobody, and one beside a real one are all the same.
func TestForeignIDsAreNotFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.who["stranger"]
	direct := store.DirectConv(w.who["owner"].id(), w.who["member"].id())
	w.who["owner"].post("/api/contacts", object{"client_id": w.s.clientID(), "name": "the member"}).is(200)
	for _, conv := range []string{
		string(w.group), string(direct), "g_10000001", "d_100000001_100000002", "g_1", "g_01234567", "d_2_1", "u_100000001", "..", "%00", "*",
	} {
		for _, what := range []string{"/messages", "/messages?before=2", "/messages?after=0&limit=200", "/readers?seq=1"} {
			b.get("/api/conversations/" + conv + what).is(http.StatusNotFound)
		}
		b.put("/api/conversations/"+conv+"/hidden", object{"seq": 1}).is(http.StatusNotFound)
	}
	for _, g := range []string{"g_10000001", string(direct), "x", "me", "%00"} {
		b.get("/api/groups/" + g).refused(store.ErrNoSuchGroup)
		b.patch("/api/groups/"+g, object{"name": "x"}).refused(store.ErrNoSuchGroup)
		b.delete("/api/groups/" + g).refused(store.ErrNoSuchGroup)
		b.post("/api/groups/"+g+"/join", object{"client_id": w.s.clientID()}).refused(store.ErrNoSuchGroup)
		b.delete("/api/groups/" + g + "/members/me").refused(store.ErrNoSuchGroup)
	}
}
