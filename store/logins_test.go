package store_test

import (
	"testing"
	"time"

	"teahouse/store"
)

const day = 24 * time.Hour

func TestLogins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob := w.user("bob")
	w.fails(store.ErrNoSuchUser, w.Store.CreateLogin(store.Login{ID: store.LoginID{9}, User: 999_999_999}, ""))
	first := store.Login{ID: store.LoginID{1}, User: bob, Device: "Firefox on Linux", RemoteAddr: "192.0.2.7"}
	w.ok(w.CreateLogin(first))
	w.clock.advance(time.Minute)
	second := store.Login{ID: store.LoginID{2}, User: bob}
	w.ok(w.CreateLogin(second))

	l, u, err := w.Login(first.ID)
	w.ok(err)
	if u.ID != bob || l.Device != first.Device || l.RemoteAddr != first.RemoteAddr || l.CreatedAt == 0 || l.ExpiresAt != l.CreatedAt+(90*day).Milliseconds() {
		t.Errorf("login %+v of %+v", l, u)
	}
	list, err := w.Logins(bob)
	w.ok(err)
	if len(list) != 2 || list[0].ID != second.ID {
		t.Errorf("logins %+v", list)
	}
	w.fails(store.ErrNotFound, w.EndLogin(w.admin, first.ID))
	w.ok(w.EndLogin(bob, first.ID))
	w.fails(store.ErrNotFound, w.EndLogin(bob, first.ID))
	_, _, err = w.Login(first.ID)
	w.fails(store.ErrLoginRequired, err)
	_, _, err = w.Login(store.LoginID{})
	w.fails(store.ErrLoginRequired, err)

	third := store.Login{ID: store.LoginID{3}, User: bob}
	w.fails(store.ErrLoginRequired, w.ReplaceLogin(first.ID, third))
	w.fails(store.ErrLoginRequired, w.ReplaceLogin(second.ID, store.Login{ID: store.LoginID{4}, User: w.admin}))
	w.ok(w.ReplaceLogin(second.ID, third))
	_, _, err = w.Login(second.ID)
	w.fails(store.ErrLoginRequired, err)
	w.reopen()
	_, _, err = w.Login(third.ID)
	w.ok(err)
}

func TestLoginExpiry(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		steps []time.Duration // used after each
		alive bool
	}{
		{"used now and then", []time.Duration{29 * day, 29 * day, 29 * day}, true},
		{"idle for 30 days", []time.Duration{30 * day}, false},
		{"past its absolute end", []time.Duration{29 * day, 29 * day, 29 * day, 3 * day}, false},
		{"a clock one day back", []time.Duration{-day}, true},
		{"a clock back, then on", []time.Duration{-day, 29 * day}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			l := store.Login{ID: store.LoginID{1}, User: w.admin}
			w.ok(w.CreateLogin(l))
			var err error
			for _, step := range c.steps {
				w.clock.advance(step)
				_, _, err = w.Login(l.ID)
				if touched := w.TouchLogin(l.ID); (touched == nil) != (err == nil) {
					t.Errorf("login says %v, touch %v", err, touched)
				}
			}
			if (err == nil) != c.alive {
				t.Errorf("at the end: %v", err)
			}
			list, err := w.Logins(w.admin)
			w.ok(err)
			if (len(list) == 1) != c.alive {
				t.Errorf("listed: %+v", list)
			}
		})
	}
}

// A password that was right when it was checked, and changed before the login was
// stored, lets nobody in.
func TestLoginWithAPasswordChangedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	checked, err := w.CredentialOf(w.admin)
	w.ok(err)
	_, err = w.SetPassword(w.admin, "new", store.LoginID{})
	w.ok(err)
	late := store.Login{ID: store.LoginID{1}, User: w.admin}
	w.fails(store.ErrWrongPassword, w.Store.CreateLogin(late, checked.PHC))
	_, _, err = w.Login(late.ID)
	w.fails(store.ErrLoginRequired, err)
	w.ok(w.Store.CreateLogin(late, "new"))
}

// The ends of a login are options.
func TestLoginEndsAreOptions(t *testing.T) {
	t.Parallel()
	w := openTemp(t, store.Options{LoginIdle: time.Hour, LoginAbsolute: 2 * time.Hour})
	w.claim(false)
	idle := store.Login{ID: store.LoginID{1}, User: w.admin}
	w.ok(w.CreateLogin(idle))
	w.clock.advance(time.Hour)
	_, _, err := w.Login(idle.ID)
	w.fails(store.ErrLoginRequired, err)

	used := store.Login{ID: store.LoginID{2}, User: w.admin}
	w.ok(w.CreateLogin(used))
	for range 3 { // noted often enough to stay alive
		w.clock.advance(30 * time.Minute)
		w.ok(w.TouchLogin(used.ID))
	}
	w.clock.advance(30 * time.Minute)
	_, _, err = w.Login(used.ID)
	w.fails(store.ErrLoginRequired, err) // its absolute end
}

// A login that was ended stays ended, whatever the clock does.
func TestClockRevivesNoLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := store.Login{ID: store.LoginID{1}, User: w.admin}
	w.ok(w.CreateLogin(l))
	w.ok(w.EndLogin(w.admin, l.ID))
	for _, step := range []time.Duration{-day, 3650 * day, -3650 * day} {
		w.clock.advance(step)
		_, _, err := w.Login(l.ID)
		w.fails(store.ErrLoginRequired, err)
	}
}

func TestTouchLoginKeepsTheHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := store.Login{ID: store.LoginID{1}, User: w.admin}
	w.ok(w.CreateLogin(l))
	start := w.clock.ms()
	seen := func() int64 {
		l, _, err := w.Login(l.ID)
		w.ok(err)
		return l.SeenAt
	}
	w.clock.advance(59 * time.Minute)
	w.ok(w.TouchLogin(l.ID))
	if seen() != start {
		t.Error("touched before an hour had passed")
	}
	w.clock.advance(time.Minute)
	w.ok(w.TouchLogin(l.ID))
	if seen() != w.clock.ms() {
		t.Error("not touched after an hour")
	}
	w.fails(store.ErrLoginRequired, w.TouchLogin(store.LoginID{5}))
}

// Expired logins of a user go when the user logs in again.
func TestExpiredLoginsAreDropped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := store.Login{ID: store.LoginID{1}, User: w.admin}
	w.ok(w.CreateLogin(old))
	w.clock.advance(31 * day)
	w.ok(w.CreateLogin(store.Login{ID: store.LoginID{2}, User: w.admin}))
	w.clock.advance(-31 * day)
	_, _, err := w.Login(old.ID)
	w.fails(store.ErrLoginRequired, err)
}

func TestSetPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range byte(3) {
		w.ok(w.CreateLogin(store.Login{ID: store.LoginID{i + 1}, User: w.admin}))
	}
	bob := w.user("bob")
	w.ok(w.CreateLogin(store.Login{ID: store.LoginID{77}, User: bob}))
	w.ok(w.CreateReset(w.admin, [32]byte{1}, w.clock.ms()+1000))
	ended, err := w.SetPassword(w.admin, "new", store.LoginID{2})
	w.ok(err)
	if len(ended) != 2 {
		t.Errorf("ended %v", ended)
	}
	_, _, err = w.Login(store.LoginID{2})
	w.ok(err)
	_, _, err = w.Login(store.LoginID{77})
	w.ok(err)
	_, _, err = w.Login(store.LoginID{1})
	w.fails(store.ErrLoginRequired, err)
	_, _, err = w.UseReset("ann", [32]byte{1}, "stolen")
	w.fails(store.ErrBadCode, err)
	ended, err = w.SetPassword(w.admin, "newer", store.LoginID{})
	w.ok(err)
	c, err := w.CredentialOf(w.admin)
	w.ok(err)
	if len(ended) != 1 || c.PHC != "newer" || c.User != w.admin {
		t.Errorf("ended %v, credential %+v", ended, c)
	}
	_, err = w.SetPassword(999_999_999, "x", store.LoginID{})
	w.fails(store.ErrNoSuchUser, err)
	_, err = w.CredentialOf(999_999_999)
	w.fails(store.ErrNoSuchUser, err)
}

func TestResets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	op := &store.Register{Name: "bob", ByAdmin: w.admin} // made by hand: no password
	w.must(op)
	bob := op.User.ID
	c, err := w.Credential("BOB")
	w.ok(err)
	if c.PHC != "" {
		t.Errorf("a password from nowhere: %+v", c)
	}
	use := func(name string, code byte) error {
		_, _, err := w.UseReset(name, [32]byte{code}, "phc")
		return err
	}
	w.fails(store.ErrNoSuchUser, w.CreateReset(999_999_999, [32]byte{1}, w.clock.ms()+1000))
	w.fails(store.ErrBadCode, use("bob", 1))
	w.ok(w.CreateReset(bob, [32]byte{1}, w.clock.ms()+1000))
	w.ok(w.CreateReset(bob, [32]byte{2}, w.clock.ms()+1000))
	w.fails(store.ErrBadCode, use("bob", 1)) // replaced by the second
	w.fails(store.ErrBadCode, use("ann", 2)) // another's
	w.fails(store.ErrBadCode, use("nobody", 2))
	w.ok(w.CreateLogin(store.Login{ID: store.LoginID{1}, User: bob}))
	user, ended, err := w.UseReset("Bob", [32]byte{2}, "phc-2")
	w.ok(err)
	if user != bob || len(ended) != 1 {
		t.Errorf("user %s, ended %v", user, ended)
	}
	w.fails(store.ErrBadCode, use("bob", 2)) // used
	w.ok(w.CreateReset(bob, [32]byte{3}, w.clock.ms()+1000))
	w.clock.advance(time.Second)
	w.fails(store.ErrBadCode, use("bob", 3)) // expired
	c, err = w.CredentialOf(bob)
	w.ok(err)
	if c.PHC != "phc-2" {
		t.Errorf("credential %+v", c)
	}
	w.must(&store.ChangeUser{By: w.admin, User: bob, Disabled: ptr(true)})
	w.ok(w.CreateReset(bob, [32]byte{4}, w.clock.ms()+1000))
	w.fails(store.ErrDisabled, use("bob", 4))
	w.fails(store.ErrBadCode, use("bob", 5))
}
