package httpapi

import (
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"

	"teahouse/store"
)

func TestAdminChangesTheSettings(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	var got wireSettings
	boss.get("/api/admin/settings").is(200).into(&got)
	if got.ServerName != "Tea" || got.Registration != "open" || !got.Everyone.IsGroup() ||
		len(got.Addresses) != 2 || got.Addresses[0] != "http://192.168.1.20:8686" {
		t.Errorf("settings %+v", got)
	}
	boss.patch("/api/admin/settings", object{"server_name": "茶馆"}).is(200).into(&got)
	if got.ServerName != "茶馆" || got.Registration != "open" {
		t.Errorf("renamed: %+v", got)
	}
	boss.patch("/api/admin/settings", object{"registration": "invite"}).is(200)
	info := s.browser("x").get("/api/server").is(200).object()
	if info["name"] != "茶馆" || info["registration"] != "invite" {
		t.Errorf("anybody sees %v", info)
	}
	boss.patch("/api/admin/settings", object{"server_name": ""}).refused(store.ErrBadTitle)
	boss.patch("/api/admin/settings", object{"registration": "never"}).refused(store.ErrInvalid)
	boss.patch("/api/admin/settings", object{"addresses": []string{}}).refused(store.ErrBadJSON)
}

func TestInvitesRefuse(t *testing.T) {
	t.Parallel()
	_, boss := newClaimed(t, store.RegistrationOpen)
	in := func(d time.Duration) int64 { return time.Now().Add(d).UnixMilli() }
	for _, body := range []object{
		{"max_uses": -1},
		{"max_uses": 1 << 40},
		{"expires_at": in(-time.Minute)},
		{"expires_at": 0},
		{"expires_at": in(10 * 366 * 24 * time.Hour)},
	} {
		boss.post("/api/admin/invites", body).refused(store.ErrInvalid)
	}
	invite := boss.invite(object{"max_uses": 0, "expires_at": in(time.Hour)})
	if invite.MaxUses != 0 || len(invite.Code) != 16 {
		t.Errorf("invite %+v", invite)
	}
	if week := time.Until(time.UnixMilli(boss.invite(object{}).ExpiresAt)); week < 167*time.Hour || week > 169*time.Hour {
		t.Errorf("an invite lives %v unless told", week)
	}
}

// Whoever is disabled is out within a second, on every device and socket, and
// comes back with their own password when enabled again.
func TestDisablingAnAccount(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	ann := s.register("ann")
	phone := s.browser("phone")
	phone.guess("ann", testPassword).is(200)
	phone.User = ann.User
	first, second := ann.open(), phone.open()
	path := "/api/admin/users/" + ann.id().String()

	var changed struct{ User adminUser }
	boss.patch(path, object{"disabled": true}).is(200).into(&changed)
	if !changed.User.Disabled || changed.User.User != ann.id() {
		t.Errorf("changed %+v", changed)
	}
	for _, conn := range []*websocket.Conn{first, second} {
		if code, after := closedWith(t, conn); code != 4502 || after > time.Second {
			t.Errorf("a socket was closed with %d after %v", code, after)
		}
	}
	ann.get("/api/bootstrap").refused(store.ErrLoginRequired)
	if _, res, err := phone.dialFrom(s.url); err == nil || res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a new socket: %v, %v", res, err)
	}
	boss.add(object{"user": ann.id()}).refused(store.ErrDisabled)

	var list struct {
		Users []adminUser
		More  bool
	}
	boss.get("/api/admin/users?query=ann").is(200).into(&list)
	if len(list.Users) != 1 || !list.Users[0].Disabled || list.Users[0].CreatedAt == 0 {
		t.Errorf("admins see %+v", list)
	}
	var people userPage
	boss.get("/api/users?query=ann").is(200).into(&people)
	if len(people.Users) != 0 {
		t.Errorf("everybody sees %+v", people)
	}
	boss.patch(path, object{"disabled": false}).is(200)
	ann.get("/api/bootstrap").refused(store.ErrLoginRequired) // the old login stays ended
	ann.guess("ann", testPassword).is(200)
}

func TestAdminRefuses(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	s.register("ann")
	boss.patch("/api/admin/users/"+boss.id().String(), object{"disabled": true}).refused(store.ErrLastAdmin)
	boss.patch("/api/admin/users/u_100000001", object{"disabled": true}).refused(store.ErrNoSuchUser)
	boss.patch("/api/admin/users/x", object{"disabled": true}).refused(store.ErrNoSuchUser)
	boss.patch("/api/admin/users/"+boss.id().String(), object{}).refused(store.ErrInvalid)
	boss.patch("/api/admin/users/"+boss.id().String(), object{"admin": true}).refused(store.ErrBadJSON)
	boss.post("/api/admin/users", object{"name": "Ann"}).refused(store.ErrNameTaken)
	boss.post("/api/admin/users", object{"name": "a\tb"}).refused(store.ErrBadName)
	boss.post("/api/admin/users", object{"name": "new", "password": testPassword}).refused(store.ErrBadJSON)
}

// A code for an account that never had a password lives as long as its first.
func TestSecondFirstCode(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationClosed)
	var made struct {
		User struct{ User store.UserID }
		Code string
	}
	boss.post("/api/admin/users", object{"name": "new"}).is(200).into(&made)
	again := boss.resetCodeFor(made.User.User)
	if life := time.Until(time.UnixMilli(again.ExpiresAt)); life < 6*24*time.Hour {
		t.Errorf("it lives %v", life)
	}
	s.browser("x").reset("new", made.Code, "a new password").refused(store.ErrBadCode)
	s.browser("x").reset("new", again.Code, "a new password").is(200)
}
