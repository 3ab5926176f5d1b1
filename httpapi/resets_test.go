package httpapi

import (
	"testing"
	"time"

	"teahouse/store"
)

func (b *browser) resetCodeFor(user store.UserID) resetCode {
	b.t.Helper()
	var code resetCode
	b.post("/api/admin/users/"+user.String()+"/reset-code", object{}).is(200).into(&code)
	return code
}

func (b *browser) reset(name, code, password string) answer {
	return b.post("/api/resets", object{"name": name, "code": code, "password": password})
}

func TestResetCode(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	ann, eve := s.register("ann"), s.register("eve")
	socket := ann.open()
	code := boss.resetCodeFor(ann.id())
	if life := time.Until(time.UnixMilli(code.ExpiresAt)); life < 29*time.Minute || life > 31*time.Minute {
		t.Errorf("the code lives %v", life)
	}
	if len(code.Code) < 22 {
		t.Errorf("the code %q has less than 128 bits", code.Code)
	}
	ann.get("/api/bootstrap").is(200) // making one changes nothing yet

	b := s.browser("ann's phone")
	b.reset("eve", code.Code, "a new password").refused(store.ErrBadCode)
	b.reset("nobody", code.Code, "a new password").refused(store.ErrBadCode)
	b.reset("ann", "wrong", "a new password").refused(store.ErrBadCode)
	b.reset("ann", "", "a new password").refused(store.ErrBadCode)
	b.reset("ann", code.Code, "short").refused(store.ErrBadPassword)
	b.reset("ann", " "+code.Code+"\n", "a new password").is(200).into(&b.identity)
	if b.id() != ann.id() {
		t.Errorf("logged in as %+v", b.User)
	}
	b.get("/api/bootstrap").is(200)

	if closed, after := closedWith(t, socket); closed != 4502 || after > time.Second {
		t.Errorf("the old socket: closed with %d after %v", closed, after)
	}
	ann.get("/api/bootstrap").refused(store.ErrLoginRequired)
	eve.get("/api/bootstrap").is(200)
	b.reset("ann", code.Code, "another password").refused(store.ErrBadCode) // used up
	s.browser("x").guess("ann", testPassword).refused(store.ErrWrongPassword)
	s.browser("x").guess("ann", "a new password").is(200)
}

func TestAnotherResetCodeEndsTheFirst(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	ann := s.register("ann")
	first, second := boss.resetCodeFor(ann.id()), boss.resetCodeFor(ann.id())
	s.browser("x").reset("ann", first.Code, "a new password").refused(store.ErrBadCode)
	s.browser("x").reset("ann", second.Code, "a new password").is(200)
}

func TestResetCodesExpire(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	code := boss.resetCodeFor(s.register("ann").id())
	s.clock.advance(ResetValid + time.Second)
	s.browser("x").reset("ann", code.Code, "a new password").refused(store.ErrBadCode)
}

func TestResetCodesOfADisabledAccount(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	ann := s.register("ann")
	code := boss.resetCodeFor(ann.id())
	boss.patch("/api/admin/users/"+ann.id().String(), object{"disabled": true}).is(200)
	b := s.browser("ann")
	if r := b.reset("ann", code.Code, "a new password").reason(); r != "disabled" && r != "bad_code" {
		t.Errorf("the code of a disabled account: %q", r)
	}
	boss.post("/api/admin/users/"+ann.id().String()+"/reset-code", object{}).refused(store.ErrDisabled)
	boss.post("/api/admin/users/u_123456789/reset-code", object{}).refused(store.ErrNoSuchUser)
	boss.post("/api/admin/users/me/reset-code", object{}).refused(store.ErrNoSuchUser)
}

// A reset lets the owner in at once, however much somebody guessed before.
func TestAResetEndsTheWaiting(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	ann := s.register("ann")
	for range freeFailures {
		s.browser("x").guess("ann", "wrong password").refused(store.ErrWrongPassword)
	}
	s.browser("x").guess("ann", "wrong password").refused(store.ErrRateLimited)
	s.browser("ann").reset("ann", boss.resetCodeFor(ann.id()).Code, "a new password").is(200)
	s.browser("ann").guess("ann", "a new password").is(200)
}
