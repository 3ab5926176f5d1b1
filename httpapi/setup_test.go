package httpapi

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"teahouse/store"
)

func claimBody() object {
	return object{
		"token": testToken, "server_name": "Tea", "name": "boss", "password": testPassword,
		"registration": "open", "everyone": true,
	}
}

func TestSetupMakesTheFirstAdmin(t *testing.T) {
	t.Parallel()
	var claimed atomic.Int64
	s := newServer(t, func(d *Deps) { d.Claimed = func() { claimed.Add(1) } })
	b := s.browser("admin")
	if info := b.get("/api/server").is(200).object(); info["setup_required"] != true {
		t.Errorf("before: %v", info)
	}
	b.post("/api/setup", claimBody()).is(200).into(&b.identity)
	if !b.User.Admin || b.User.Name != "boss" {
		t.Errorf("the admin is %+v", b.User)
	}
	b.get("/api/bootstrap").is(200)
	info := b.get("/api/server").is(200).object()
	if info["setup_required"] != false || info["name"] != "Tea" || info["registration"] != "open" || info["host"] == "" {
		t.Errorf("after: %v", info)
	}
	for range 2 {
		s.browser("late").post("/api/setup", claimBody()).refused(store.ErrNotFound)
	}
	if n := claimed.Load(); n != 1 {
		t.Errorf("Claimed was called %d times", n)
	}
}

func TestSetupRefuses(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	b := s.browser("visitor")
	for field, cases := range map[string]map[any]*store.Refusal{
		"token": {
			"": store.ErrBadCode, "wrong": store.ErrBadCode,
			testToken + "x": store.ErrBadCode, testToken[1:]: store.ErrBadCode,
		},
		"server_name":  {"": store.ErrBadTitle, " Tea": store.ErrBadTitle},
		"name":         {"": store.ErrBadName, "a\u202eb": store.ErrBadName, "root": store.ErrReservedName},
		"password":     {"short": store.ErrBadPassword, "password123": store.ErrCommonPassword},
		"registration": {"anybody": store.ErrInvalid},
		"language":     {"tlh": store.ErrInvalid},
		"admin":        {true: store.ErrBadJSON},
	} {
		for value, want := range cases {
			body := claimBody()
			body[field] = value
			b.post("/api/setup", body).refused(want)
		}
	}
	b.post("/api/setup", claimBody()).is(200)
}

// A server started without a token cannot be claimed with an empty one.
func TestSetupWithoutTokenIsClosed(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(d *Deps) { d.SetupToken = "" })
	body := claimBody()
	body["token"] = ""
	s.browser("visitor").post("/api/setup", body).refused(store.ErrBadCode)
}

func TestNothingAnswersBeforeTheClaim(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	b := s.browser("visitor")
	for _, rt := range s.api.routes() {
		method, path := splitPattern(rt.pattern)
		a := b.do(method, path, nil)
		switch {
		case path == "/api/setup":
			a.refused(store.ErrBadJSON) // it answers; there was no body
		case rt.beforeClaim:
			a.is(http.StatusOK)
		default:
			a.refused(store.ErrSetupRequired)
		}
	}
	b.get("/").is(http.StatusOK)
	if _, res, err := b.dialFrom(s.url); err == nil || res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("the socket: %v, %v", res, err)
	}
}

// Of 100 who claim at once one wins, and only the winner's password is hashed:
// the others find the server claimed, whatever the queue of hashes holds.
func TestHundredClaimsHaveOneWinner(t *testing.T) {
	t.Parallel()
	var claimed atomic.Int64
	s := newServer(t, func(d *Deps) {
		d.Claimed = func() { claimed.Add(1) }
		d.HashCost = DefaultHashCost()
		d.Limits.HashQueue = 1
		d.Limits.LoginsPerMin = 1 // right tokens are not counted
	})
	var wg sync.WaitGroup
	statuses := make([]int, 100)
	start := make(chan struct{})
	for i := range statuses {
		wg.Go(func() {
			b := s.browser("claimant")
			<-start
			statuses[i] = b.post("/api/setup", claimBody()).status
		})
	}
	close(start)
	wg.Wait()
	count := map[int]int{}
	for _, status := range statuses {
		count[status]++
	}
	if count[http.StatusOK] != 1 || count[http.StatusNotFound] != 99 || claimed.Load() != 1 {
		t.Errorf("statuses %v, Claimed called %d times", count, claimed.Load())
	}
	if n := s.api.passwords.begun.Load(); n != 1 {
		t.Errorf("%d passwords were hashed, want the winner's", n)
	}
	users, _, err := s.store.FindUsers("", 0, 10, true)
	if err != nil || len(users) != 1 {
		t.Errorf("users %v, %v", users, err)
	}
}
