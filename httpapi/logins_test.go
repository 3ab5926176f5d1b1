package httpapi

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"teahouse/store"
)

func setCookies(a answer) map[string]string {
	got := map[string]string{}
	for _, line := range a.header.Values("Set-Cookie") {
		name, rest, _ := strings.Cut(line, "=")
		_, attributes, _ := strings.Cut(rest, ";")
		got[name] = strings.TrimSpace(attributes)
	}
	return got
}

func TestLoginCookies(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	port := s.parse("/").Port()
	b := s.register("ann")
	a := b.post("/api/logins", object{"name": "ann", "password": testPassword}).is(200)
	want := map[string]string{
		"sid_" + port: "Path=/; Max-Age=7776000; HttpOnly; SameSite=Lax",
		"dev_" + port: "Path=/api/logins; Max-Age=7776000; HttpOnly; SameSite=Lax",
	}
	if got := setCookies(a); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	for _, c := range b.cookies() {
		if len(c.Value) != 43 {
			t.Errorf("the token has %d characters, want 43 of 256 bits", len(c.Value))
		}
		if bytes.Contains(a.body, []byte(c.Value)) {
			t.Error("the token is in the body")
		}
	}
	out := setCookies(b.delete("/api/logins/current").is(200))
	if out["sid_"+port] != "Path=/; Max-Age=0; HttpOnly; SameSite=Lax" {
		t.Errorf("after logout: %v", out)
	}
}

func TestLogoutEndsTheLogin(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	b := s.register("ann")
	stolen := b.cookies()
	conn := b.open()
	b.delete("/api/logins/current").is(200)
	if code, after := closedWith(t, conn); code != 4502 || after > time.Second {
		t.Errorf("the socket: closed with %d after %v", code, after)
	}
	b.get("/api/bootstrap").refused(store.ErrLoginRequired)
	thief := s.browser("thief")
	thief.http.Jar.SetCookies(s.parse("/"), stolen)
	thief.get("/api/bootstrap").refused(store.ErrLoginRequired)
}

// Whoever logs in where somebody is logged in takes their place: the old login
// is not left lying around.
func TestLoggingInAgainEndsTheOldLogin(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	b := s.register("ann")
	old := b.cookies()
	b.post("/api/logins", object{"name": "boss", "password": testPassword}).is(200)
	thief := s.browser("thief")
	thief.http.Jar.SetCookies(s.parse("/"), old)
	thief.get("/api/logins").refused(store.ErrLoginRequired)
	if logins := boss.logins(); len(logins) != 2 {
		t.Errorf("the admin has %d logins, want 2", len(logins))
	}
}

func (b *browser) logins() []wireLogin {
	b.t.Helper()
	var list struct{ Logins []wireLogin }
	b.get("/api/logins").is(200).into(&list)
	return list.Logins
}

func TestLoginsAreListedAndEnded(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	desk := s.register("ann")
	phone := s.browser("phone")
	r, err := http.NewRequest("POST", s.url+"/api/logins", strings.NewReader(`{"name":"ANN","password":"`+testPassword+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1 <b>")
	phone.send(r).is(200)

	var other wireLogin
	for _, l := range desk.logins() {
		if l.RemoteAddr != "127.0.0.1" || l.CreatedAt == 0 || l.SeenAt == 0 || len(l.ID) != 16 {
			t.Errorf("login %+v", l)
		}
		if !l.Current {
			other = l
		}
	}
	if other.Device != "Safari · iPhone" {
		t.Fatalf("the phone is %+v", other)
	}
	conn := phone.open()
	boss.delete("/api/logins/" + other.ID).refused(store.ErrNotFound) // not one of theirs
	desk.delete("/api/logins/nonsense").refused(store.ErrNotFound)
	desk.delete("/api/logins/" + other.ID).is(200)
	if code, after := closedWith(t, conn); code != 4502 || after > time.Second {
		t.Errorf("the phone's socket: closed with %d after %v", code, after)
	}
	phone.get("/api/logins").refused(store.ErrLoginRequired)
	if list := desk.logins(); len(list) != 1 || !list[0].Current {
		t.Errorf("left: %+v", list)
	}
}

// An unknown name, a wrong password, an account without one and a disabled one
// get the same answer to the byte.
func TestWrongLoginsLookAlike(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	s.register("ann")
	boss.post("/api/admin/users", object{"name": "new"}).is(200)
	gone := s.register("gone")
	boss.patch("/api/admin/users/"+gone.id().String(), object{"disabled": true}).is(200)
	var first answer
	for i, name := range []string{"ann", "nobody", "new", "gone", "", "\x00", strings.Repeat("x", 5000)} {
		a := s.browser("guesser").post("/api/logins", object{"name": name, "password": "wrong password"})
		a.refused(store.ErrWrongPassword)
		a.header.Del("Date")
		if i == 0 {
			first = a
		}
		if !bytes.Equal(a.body, first.body) || fmt.Sprint(a.header) != fmt.Sprint(first.header) {
			t.Errorf("%q: %v %s, not %v %s", name, a.header, a.body, first.header, first.body)
		}
	}
	// Only who knows the password learns that the account is disabled.
	s.browser("gone").post("/api/logins", object{"name": "gone", "password": testPassword}).refused(store.ErrDisabled)
}

// An unknown name is hashed for as a known one is: same cost, same sizes, and
// under the same queue.
func TestUnknownNamesAreHashedFor(t *testing.T) {
	t.Parallel()
	h := newHasher(cheap, 0)
	hash, err := h.hash(t.Context(), testPassword)
	if err != nil {
		t.Fatal(err)
	}
	known, err := parsePHC(hash)
	if err != nil {
		t.Fatal(err)
	}
	if h.dummy.cost != known.cost || len(h.dummy.salt) != len(known.salt) || len(h.dummy.sum) != len(known.sum) {
		t.Errorf("unknown %v, known %v", h.dummy, known)
	}
	for range cap(h.waiting) {
		h.waiting <- struct{}{}
	}
	for name, stored := range map[string]string{"known": hash, "unknown": ""} {
		if _, err := h.verify(t.Context(), testPassword, stored); !errors.Is(err, store.ErrBusy) {
			t.Errorf("%s: %v, so it was not to be hashed", name, err)
		}
	}
}

func (b *browser) guess(name, password string) answer {
	return b.post("/api/logins", object{"name": name, "password": password})
}

// A try that the server had no time for is not held against anybody.
func TestABusyServerCountsNothing(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	b := s.register("ann")
	queue := s.api.passwords.waiting
	for range cap(queue) {
		queue <- struct{}{}
	}
	for range 3 * freeFailures {
		a := b.guess("ann", testPassword).refused(store.ErrBusy)
		if a.header.Get("Retry-After") != "1" {
			t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
		}
	}
	for range cap(queue) {
		<-queue
	}
	b.guess("ann", testPassword).is(200)
}

func TestGuessingIsSlowedDown(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	s.register("ann")
	for _, name := range []string{"ann", "nobody"} { // existing or not
		guesser := s.browser("guesser")
		for range freeFailures {
			guesser.guess(name, "wrong password").refused(store.ErrWrongPassword)
		}
		for i, want := range []int{1, 2, 4, 8} {
			a := guesser.guess(strings.ToUpper(name), "wrong password").refused(store.ErrRateLimited)
			if got := a.header.Get("Retry-After"); got != strconv.Itoa(want) {
				t.Errorf("%s, delay %d: Retry-After %q, want %d", name, i, got, want)
			}
			s.clock.advance(time.Duration(want) * time.Second)
			guesser.guess(name, "wrong password").refused(store.ErrWrongPassword)
		}
	}
	// The right password has to wait too, then is let in and ends the waiting.
	owner := s.browser("owner")
	owner.guess("ann", testPassword).refused(store.ErrRateLimited)
	s.clock.advance(maxFailureDelay)
	owner.guess("ann", testPassword).is(200)
	s.browser("another").guess("ann", testPassword).is(200)
}

// Whoever guesses at an account does not keep its owner out of the devices they
// have used.
func TestAKnownDeviceIsNotLockedOut(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	owner := s.register("ann")
	owner.delete("/api/logins/current").is(200)
	guesser := s.register("eve") // has a device of her own, which does not help
	for range freeFailures {
		guesser.guess("ann", "wrong password").refused(store.ErrWrongPassword)
	}
	guesser.guess("ann", testPassword).refused(store.ErrRateLimited)
	owner.guess("ann", testPassword).is(200)
	guesser.guess("ann", testPassword).refused(store.ErrRateLimited)

	// The device has a bucket, not a free pass.
	for range freeFailures {
		owner.guess("ann", "wrong password").refused(store.ErrWrongPassword)
	}
	owner.guess("ann", testPassword).refused(store.ErrRateLimited)
}

func TestAForgedDeviceIsNone(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	ann := s.register("ann")
	real := ann.cookiesOf("/api/logins")
	guesser := s.browser("guesser")
	for range freeFailures {
		guesser.guess("ann", "wrong password").refused(store.ErrWrongPassword)
	}
	for name, forge := range map[string]func(string) string{
		"other nonce": func(v string) string { return "AAAAAAAAAAAAAAAAAAAAAA" + v[strings.Index(v, "."):] },
		"other seal":  func(v string) string { return v[:len(v)-2] + "AA" },
		"no nonce":    func(v string) string { return v[strings.Index(v, "."):] },
		"no seal":     func(v string) string { return v[:strings.Index(v, ".")] },
		"nothing":     func(string) string { return "" },
	} {
		b := s.browser(name)
		for _, c := range real {
			if strings.HasPrefix(c.Name, "dev_") {
				b.http.Jar.SetCookies(s.parse("/api/logins"), []*http.Cookie{{Name: c.Name, Value: forge(c.Value)}})
			}
		}
		b.guess("ann", testPassword).refused(store.ErrRateLimited)
	}
}

func TestLoginsOfAnAddressAreLimited(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen, func(d *Deps) { d.Limits.LoginsPerMin = 60 })
	b := s.browser("guesser")
	for i := range 60 {
		b.guess(fmt.Sprintf("name%d", i), "wrong password").refused(store.ErrWrongPassword)
	}
	a := b.guess("name60", "wrong password").refused(store.ErrRateLimited)
	if a.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	b.post("/api/users", object{"name": "new", "password": testPassword}).refused(store.ErrRateLimited)
	b.post("/api/resets", object{"name": "new", "code": "x", "password": testPassword}).refused(store.ErrRateLimited)
	s.clock.advance(time.Second)
	b.guess("name60", "wrong password").refused(store.ErrWrongPassword)
}

func TestChangingThePassword(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	desk := s.register("ann")
	phone := s.browser("phone")
	phone.guess("ann", testPassword).is(200)
	phone.User = desk.User
	before := desk.cookies()
	deskSocket, phoneSocket := desk.open(), phone.open()

	change := func(old, renewed string) answer {
		return desk.put("/api/users/me/password", object{"old_password": old, "password": renewed})
	}
	change("wrong password", "a new password").refused(store.ErrWrongPassword)
	change(testPassword, "short").refused(store.ErrBadPassword)
	change(testPassword, "password123").refused(store.ErrCommonPassword)
	change(testPassword, "a new password").is(200)

	if code, after := closedWith(t, phoneSocket); code != 4502 || after > time.Second {
		t.Errorf("the other device's socket: closed with %d after %v", code, after)
	}
	phone.get("/api/logins").refused(store.ErrLoginRequired)
	if list := desk.logins(); len(list) != 1 || !list[0].Current {
		t.Errorf("logins %+v", list)
	}
	thief := s.browser("thief")
	thief.http.Jar.SetCookies(s.parse("/"), before)
	thief.get("/api/logins").refused(store.ErrLoginRequired) // the token is new

	phone.guess("ann", testPassword).refused(store.ErrWrongPassword)
	phone.guess("ann", "a new password").is(200)

	// The socket of this device lives on, and still ends with its login.
	desk.delete("/api/logins/current").is(200)
	if code, after := closedWith(t, deskSocket); code != 4502 || after > time.Second {
		t.Errorf("this device's socket: closed with %d after %v", code, after)
	}
}

// Guessing the old password from a stolen login is slowed down as well, and does
// not lock the owner out of the login page.
func TestGuessingTheOldPassword(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	b := s.register("ann")
	body := object{"old_password": "wrong password", "password": "a new password"}
	for range freeFailures {
		b.put("/api/users/me/password", body).refused(store.ErrWrongPassword)
	}
	b.put("/api/users/me/password", body).refused(store.ErrRateLimited)
	s.browser("owner").guess("ann", testPassword).is(200)
}

func TestUseOfALoginIsNoted(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	b := s.register("ann")
	made := b.logins()[0]
	s.clock.advance(30 * time.Minute)
	b.get("/api/bootstrap").is(200)
	if seen := b.logins()[0].SeenAt; seen != made.SeenAt {
		t.Errorf("noted after half an hour: %d ms later", seen-made.SeenAt)
	}
	s.clock.advance(time.Hour)
	b.get("/api/bootstrap").is(200)
	if seen := b.logins()[0].SeenAt; seen < made.SeenAt+time.Hour.Milliseconds() {
		t.Errorf("not noted after an hour and a half: %d ms later", seen-made.SeenAt)
	}
}

func TestLoginsEnd(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	s, _ := newClaimed(t, store.RegistrationOpen)
	idle, busy := s.register("idle"), s.register("busy")
	for range 5 { // 85 days
		s.clock.advance(17 * day)
		busy.get("/api/logins").is(200)
	}
	idle.get("/api/logins").refused(store.ErrLoginRequired) // 30 days unused
	s.clock.advance(6 * day)
	busy.get("/api/logins").refused(store.ErrLoginRequired) // 90 days old
}

func TestDeviceNames(t *testing.T) {
	t.Parallel()
	for userAgent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36":                                                                "Chrome · Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":                                                  "Edge · Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15":                                                          "Safari · macOS",
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                                                         "Firefox · Linux",
		"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36":                                                          "Chrome · Android",
		"Mozilla/5.0 (Linux; Android 14; V2307A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0 XWEB/1300 MMWEBSDK Mobile Safari/537.36 MicroMessenger/8.0.50 Language": "WeChat · Android",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1":                                         "Chrome · iPhone",
		"Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0 Safari/537.36 ArkWeb/4.1":                                                              "Chrome · HarmonyOS",
		"curl/8.5.0":                        "Other",
		"":                                  "Other",
		"<script>alert(1)</script>\r\nX: y": "Other",
		"Windows <script>":                  "Windows",
	} {
		if got := deviceName(userAgent); got != want {
			t.Errorf("%q\n got %q, want %q", userAgent, got, want)
		}
	}
}
