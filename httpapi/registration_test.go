package httpapi

import (
	"net/http"
	"testing"
	"time"

	"teahouse/hub"
	"teahouse/store"
)

// firstWords lets a newcomer find the admin, add them and speak, and the admin
// read it: the end of every way to register.
func firstWords(t *testing.T, newcomer, boss *browser) {
	t.Helper()
	var added struct {
		Conversation hub.Conversation
		User         hub.User
	}
	newcomer.post("/api/contacts", object{"client_id": newcomer.s.clientID(), "name": "boss"}).is(200).into(&added)
	if added.User.User != boss.id() || !added.Conversation.Writable {
		t.Fatalf("added %+v", added)
	}
	newcomer.say(added.Conversation.Conv, "here I am")
	var page messagePage
	boss.get("/api/conversations/" + string(added.Conversation.Conv) + "/messages").is(200).into(&page)
	if len(page.Messages) != 1 || *page.Messages[0].Body != "here I am" {
		t.Fatalf("the admin reads %+v", page)
	}
}

func (b *browser) invite(body object) wireInvite {
	b.t.Helper()
	var made struct{ Invite wireInvite }
	b.post("/api/admin/invites", body).is(200).into(&made)
	return made.Invite
}

func TestRegisteringWhereItIsOpen(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	wang := s.browser("wang")
	wang.post("/api/users", object{
		"name": "王小明", "display_name": "小明", "password": testPassword, "language": "zh-CN",
	}).is(200).into(&wang.identity)
	if wang.User.Name != "王小明" || wang.User.DisplayName != "小明" || wang.User.Language != "zh-CN" || wang.User.Admin {
		t.Errorf("me is %+v", wang.User)
	}
	firstWords(t, wang, boss)
	var start bootstrap
	wang.get("/api/bootstrap").is(200).into(&start)
	everyone := 0
	for _, c := range start.Conversations {
		if c.Everyone && c.Name == "" && c.MemberCount == 2 {
			everyone++
		}
	}
	if everyone != 1 {
		t.Errorf("the newcomer is not in the group of everyone: %+v", start.Conversations)
	}
	wang.delete("/api/logins/current").is(200)
	wang.post("/api/logins", object{"name": "王小明", "password": testPassword}).is(200)
}

func TestRegisteringByInvite(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationInvite)
	b := s.browser("li")
	body := object{"name": "li", "password": testPassword}
	b.post("/api/users", body).refused(store.ErrInviteRequired)

	invite := boss.invite(object{"max_uses": 1})
	if invite.MaxUses != 1 || invite.Uses != 0 || invite.By != boss.id() {
		t.Errorf("invite %+v", invite)
	}
	s.browser("anybody").post("/api/invites", object{"code": invite.Code}).is(200)
	body["invite"] = invite.Code
	b.post("/api/users", body).is(200).into(&b.identity)
	firstWords(t, b, boss)

	s.browser("second").post("/api/invites", object{"code": invite.Code}).refused(store.ErrInviteInvalid)
	s.browser("second").post("/api/users", object{
		"name": "second", "password": testPassword, "invite": invite.Code,
	}).refused(store.ErrInviteInvalid)
}

func TestARevokedInviteIsDead(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationInvite)
	invite := boss.invite(object{"max_uses": 0, "expires_at": time.Now().Add(time.Hour).UnixMilli()})
	body := object{"name": "li", "password": testPassword, "invite": invite.Code}
	s.browser("li").post("/api/users", body).is(200)
	boss.delete("/api/admin/invites/" + invite.Code).is(200)
	boss.delete("/api/admin/invites/" + invite.Code).refused(store.ErrNotFound)
	body["name"] = "late"
	s.browser("late").post("/api/users", body).refused(store.ErrInviteInvalid)
	s.browser("late").post("/api/invites", object{"code": invite.Code}).refused(store.ErrInviteInvalid)
	var list struct{ Invites []wireInvite }
	boss.get("/api/admin/invites").is(200).into(&list)
	if len(list.Invites) != 0 {
		t.Errorf("still listed: %+v", list)
	}
}

func TestInvitesExpire(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationInvite)
	invite := boss.invite(object{"max_uses": 0})
	s.clock.advance(8 * 24 * time.Hour)
	s.browser("late").post("/api/invites", object{"code": invite.Code}).refused(store.ErrInviteInvalid)
	s.browser("late").post("/api/users", object{
		"name": "late", "password": testPassword, "invite": invite.Code,
	}).refused(store.ErrInviteInvalid)
}

// A wrong code is refused also where none is needed: whoever follows a dead link
// is told so.
func TestADeadInviteIsRefusedWhereItIsOpen(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	s.browser("li").post("/api/users", object{
		"name": "li", "password": testPassword, "invite": "no-such-invite--",
	}).refused(store.ErrInviteInvalid)
}

func TestRegisteringWhereItIsClosed(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	invite := boss.invite(object{})
	boss.patch("/api/admin/settings", object{"registration": "closed"}).is(200)
	for _, body := range []object{
		{"name": "li", "password": testPassword},
		{"name": "li", "password": testPassword, "invite": invite.Code},
	} {
		s.browser("li").post("/api/users", body).refused(store.ErrRegistrationClosed)
	}

	var made struct {
		User      hub.User
		Code      string
		ExpiresAt int64 `json:"expires_at"`
	}
	boss.post("/api/admin/users", object{"name": "li", "display_name": "Li Na"}).is(200).into(&made)
	if week := time.Until(time.UnixMilli(made.ExpiresAt)); week < 6*24*time.Hour || week > 8*24*time.Hour {
		t.Errorf("the first code lives %v", week)
	}
	li := s.browser("li")
	// Until then the account answers as one that does not exist.
	li.post("/api/logins", object{"name": "li", "password": testPassword}).refused(store.ErrWrongPassword)
	li.post("/api/resets", object{"name": "li", "code": made.Code, "password": testPassword}).is(200).into(&li.identity)
	if li.User.DisplayName != "Li Na" || li.id() != made.User.User {
		t.Errorf("me is %+v", li.User)
	}
	firstWords(t, li, boss)
	s.browser("again").post("/api/resets", object{
		"name": "li", "code": made.Code, "password": "another password",
	}).refused(store.ErrBadCode)
}

// Who may not register costs the server no hash.
func TestRefusedVisitorsAreNotHashedFor(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationInvite)
	before := s.api.passwords.begun.Load()
	body := object{"name": "li", "password": testPassword}
	s.browser("li").post("/api/users", body).refused(store.ErrInviteRequired)
	body["invite"] = "no-such-invite--"
	s.browser("li").post("/api/users", body).refused(store.ErrInviteInvalid)
	boss.patch("/api/admin/settings", object{"registration": "closed"}).is(200)
	s.browser("li").post("/api/users", body).refused(store.ErrRegistrationClosed)
	boss.patch("/api/admin/settings", object{"registration": "open"}).is(200)
	s.browser("li").post("/api/users", object{"name": "BOSS", "password": testPassword}).refused(store.ErrNameTaken)
	s.browser("li").post("/api/setup", claimBody()).refused(store.ErrNotFound)
	if n := s.api.passwords.begun.Load() - before; n != 0 {
		t.Errorf("%d passwords were hashed", n)
	}
}

func TestRegistrationRefuses(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	s.register("Alice")
	b := s.browser("visitor")
	for _, c := range []struct {
		body object
		want *store.Refusal
	}{
		{object{"name": "alice", "password": testPassword}, store.ErrNameTaken},
		{object{"name": "ＡＬＩＣＥ", "password": testPassword}, store.ErrNameTaken},
		{object{"name": "", "password": testPassword}, store.ErrBadName},
		{object{"name": " bob", "password": testPassword}, store.ErrBadName},
		{object{"name": "system", "password": testPassword}, store.ErrReservedName},
		{object{"name": "bob"}, store.ErrBadPassword},
		{object{"name": "bob", "password": "1234567"}, store.ErrBadPassword},
		{object{"name": "bobbobbob", "password": "BobBobBob"}, store.ErrCommonPassword},
		{object{"name": "bob", "password": testPassword, "display_name": "a\nb"}, store.ErrBadTitle},
		{object{"name": "bob", "password": testPassword, "language": "de"}, store.ErrInvalid},
		{object{"name": "bob", "password": testPassword, "admin": true}, store.ErrBadJSON},
		{object{"name": "bob", "password": testPassword, "user": "u_123456789"}, store.ErrBadJSON},
	} {
		b.post("/api/users", c.body).refused(c.want)
	}
	if len(b.cookies()) != 0 {
		t.Errorf("a refused visitor has cookies: %v", b.cookies())
	}
	b.get("/api/bootstrap").is(http.StatusUnauthorized)
}
