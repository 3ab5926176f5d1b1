package httpapi

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"teahouse/store"
)

func TestHeadersOfEveryAnswer(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	want := map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; " +
			"media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; " +
			"base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
		"X-Content-Type-Options":     "nosniff",
		"Referrer-Policy":            "no-referrer",
		"Permissions-Policy":         "microphone=(self), camera=(self), geolocation=()",
		"X-Frame-Options":            "DENY",
		"Cross-Origin-Opener-Policy": "", // plain http
		"Strict-Transport-Security":  "", // never: it takes the way back to http away
	}
	evil, err := http.NewRequest("GET", s.url+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	evil.Host = "evil.example"
	for name, a := range map[string]answer{
		"page":        boss.get("/"),
		"pages":       boss.get("/setup"),
		"no file":     boss.get("/s/0/none.js"),
		"no page":     boss.get("/none"),
		"API":         boss.get("/api/bootstrap"),
		"no route":    boss.get("/api/none"),
		"refused":     s.browser("x").get("/api/bootstrap"),
		"bad host":    boss.send(evil),
		"health":      boss.get("/healthz"),
		"wrong verb":  boss.delete("/api/server"),
		"wrong verb2": boss.post("/", object{}),
	} {
		for header, value := range want {
			if got := a.header.Get(header); got != value {
				t.Errorf("%s: %s is %q, want %q", name, header, got, value)
			}
		}
		isPage := strings.HasPrefix(name, "page") || strings.HasPrefix(name, "no ") && name != "no route"
		if got := a.header.Get("Cache-Control"); !isPage && a.status < 404 && got != "no-store" && name != "bad host" {
			t.Errorf("%s: Cache-Control is %q", name, got)
		}
	}
}

func TestHeadersOverTLS(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	r := httptest.NewRequest("GET", "/healthz", nil)
	r.Host, r.TLS = "localhost", &tls.ConnectionState{}
	w := httptest.NewRecorder()
	s.api.handler().ServeHTTP(w, r)
	if got := w.Header().Get("Cross-Origin-Opener-Policy"); got != "same-origin" {
		t.Errorf("Cross-Origin-Opener-Policy is %q", got)
	}
}

func TestUnknownRoutesAreJSON(t *testing.T) {
	t.Parallel()
	_, boss := newClaimed(t, store.RegistrationOpen)
	for _, c := range []struct{ method, path string }{
		{"GET", "/api/"},
		{"GET", "/api/none"},
		{"GET", "/api/setup"},
		{"DELETE", "/api/server"},
		{"POST", "/api/users/me"},
		{"GET", "/api/users/me/password"},
		{"OPTIONS", "/api/users"},
		{"PUT", "/api/groups"},
	} {
		a := boss.do(c.method, c.path, nil).refused(store.ErrNotFound)
		if len(a.header.Values("Access-Control-Allow-Methods")) > 0 {
			t.Errorf("%s %s: headers %v", c.method, c.path, a.header)
		}
	}
}

func TestBodiesAreReadStrictly(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	id := s.register("ann").id().String()
	cid := func() string { return `"client_id":"` + s.clientID() + `"` }
	for name, c := range map[string]struct {
		body string
		want *store.Refusal
	}{
		"fine":             {`{` + cid() + `,"user":"` + id + `"}`, nil},
		"empty":            {``, store.ErrBadJSON},
		"null":             {`null`, store.ErrInvalid},
		"list":             {`[]`, store.ErrBadJSON},
		"cut off":          {`{` + cid() + `,"user":"` + id + `"`, store.ErrBadJSON},
		"two values":       {`{` + cid() + `,"user":"` + id + `"}{}`, store.ErrBadJSON},
		"unknown field":    {`{` + cid() + `,"user":"` + id + `","by":"` + id + `"}`, store.ErrBadJSON},
		"duplicate field":  {`{` + cid() + `,"user":"u_100000001","user":"` + id + `"}`, store.ErrBadJSON},
		"other case":       {`{` + cid() + `,"USER":"` + id + `"}`, store.ErrBadJSON},
		"case double":      {`{` + cid() + `,"user":"` + id + `","User":"` + id + `"}`, store.ErrBadJSON},
		"bad UTF-8":        {`{` + cid() + `,"name":"a` + "\xff" + `"}`, store.ErrBadJSON},
		"lone surrogate":   {`{` + cid() + `,"name":"a\ud800"}`, store.ErrBadJSON},
		"wrong type":       {`{` + cid() + `,"name":7}`, store.ErrBadJSON},
		"bad id":           {`{` + cid() + `,"user":"u_12"}`, store.ErrInvalid},
		"number for id":    {`{` + cid() + `,"user":482139770}`, store.ErrBadJSON},
		"bad client_id":    {`{"client_id":"short","user":"` + id + `"}`, store.ErrBadClientID},
		"odd client_id":    {`{"client_id":"aaaaaaaaaaaaaaa aaa","user":"` + id + `"}`, store.ErrBadClientID},
		"long client_id":   {`{"client_id":"` + strings.Repeat("a", 65) + `","user":"` + id + `"}`, store.ErrBadClientID},
		"no client_id":     {`{"user":"` + id + `"}`, store.ErrBadClientID},
		"oversized":        {`{` + cid() + `,"name":"` + strings.Repeat("a", 64<<10) + `"}`, store.ErrTooLarge},
		"oversized spaces": {strings.Repeat(" ", 64<<10+1), store.ErrTooLarge},
		"deep":             {strings.Repeat("[", 60000), store.ErrBadJSON},
	} {
		a := boss.do("POST", "/api/contacts", c.body)
		a.what = name
		if c.want == nil {
			a.is(200)
		} else {
			a.refused(c.want)
		}
	}
}

// A body that does not come holds no connection, whether anybody wants to read
// it or the request is refused before.
func TestBodiesMustCome(t *testing.T) {
	t.Parallel()
	s, _ := newClaimed(t, store.RegistrationOpen)
	s.api.bodyWithin = 50 * time.Millisecond
	host := s.parse("/").Host
	for name, head := range map[string]string{
		"read":     "POST /api/logins HTTP/1.1\r\nHost: " + host + "\r\n",
		"refused":  "POST /api/contacts HTTP/1.1\r\nHost: " + host + "\r\n",
		"bad host": "POST /api/contacts HTTP/1.1\r\nHost: evil.example\r\n",
		"no route": "DELETE /api/none HTTP/1.1\r\nHost: " + host + "\r\n",
		"page":     "GET / HTTP/1.1\r\nHost: " + host + "\r\n",
	} {
		for _, length := range []string{"Content-Length: 1000\r\n\r\n{\"name\"", "Transfer-Encoding: chunked\r\n\r\n7\r\n{\"name\""} {
			conn, err := net.Dial("tcp", host)
			if err != nil {
				t.Fatal(err)
			}
			if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(conn, head+"Content-Type: application/json\r\n"+length); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%s, %.17s: the connection is still held", name, length)
			}
			_ = conn.Close()
		}
	}
}

// What a visitor writes into headers, paths and bodies stays inside one line of
// the log each; bodies, cookies, codes and tokens do not get there at all.
func TestNothingGetsIntoTheLog(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationInvite)
	before := strings.Count(s.log.String(), "\n")
	// Control characters in a header are refused by the server before any handler.
	const evil = "\u2028\u202e{\"level\":\"ERROR\",\"msg\":\"forged\"}"
	long := strings.Repeat("A", 5000)
	n := 0
	for _, path := range []string{
		"/api/none%0d%0aforged", "/forged%0a%1b[2J", "/s/%0aforged/x.js", "/api/groups/%0aforged",
		"/api/conversations/%0d%0aforged/messages", "/api/users?query=%0aforged", "/api/admin/invites/%0aforged",
		"/api/users/me", "/ws",
	} {
		for _, method := range []string{"GET", "DELETE", "FORGED"} {
			r, err := http.NewRequest(method, s.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"User-Agent", "Referer", "X-Forwarded-For", "X-Real-Ip", "Accept-Language", "Cookie"} {
				r.Header.Set(name, evil+long)
			}
			boss.send(r)
			n++
		}
	}
	invite := boss.invite(object{})
	boss.post("/api/logins", `{"name":"boss\n`+evil[:3]+`","password":"a secret password"}`)
	boss.post("/api/users", object{"name": "new" + evil, "password": "a secret password", "invite": invite.Code})
	boss.post("/api/invites", object{"code": invite.Code})
	boss.delete("/api/admin/invites/" + invite.Code)
	boss.post("/api/resets", object{"name": "boss", "code": "a-secret-code", "password": "a secret password"})
	n += 6
	var secrets []string
	for _, c := range boss.cookiesOf("/api/logins") {
		secrets = append(secrets, c.Value)
	}
	secrets = append(secrets, invite.Code, "a-secret-code", "secret password", testPassword, testToken, "forged", "AAAA", evil[:3])

	log := s.log.String()
	for _, secret := range secrets {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	lines, requests := bufio.NewScanner(strings.NewReader(log)), 0
	for lines.Scan() {
		var line map[string]any
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("not one JSON object a line: %v in %q", err, lines.Text())
		}
		if line["msg"] == "request" {
			requests++
		}
	}
	if requests < n {
		t.Errorf("%d lines of requests, want %d or more; %d lines before", requests, n, before)
	}
}

// A panic ends its request and nothing else, and says nothing to the client.
func TestAPanicIsOneRequests(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	mux := http.NewServeMux()
	mux.HandleFunc("/before", func(http.ResponseWriter, *http.Request) { panic("secret detail") })
	mux.HandleFunc("/after", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "begun")
		panic("secret detail")
	})
	web := httptest.NewServer(s.api.logged(s.api.recovered(mux)))
	defer web.Close()
	for path, want := range map[string]string{
		"/before": fmt.Sprintf(`500 {"code":"internal","reason":"internal","message":%q}`, store.ErrInternal.Message),
		"/after":  "200 begun",
	} {
		res, err := http.Get(web.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if got := fmt.Sprintf("%d %s", res.StatusCode, body); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
	if n := s.api.panics.Swap(0); n != 2 {
		t.Errorf("%d panics counted", n)
	}
	if !strings.Contains(s.log.String(), "secret detail") || !strings.Contains(s.log.String(), "middleware_test.go") {
		t.Error("the log has neither the cause nor the stack")
	}
	boss.get("/api/bootstrap").is(200)
}

func TestHealth(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	b := s.browser("probe")
	for _, path := range []string{"/healthz", "/readyz"} {
		if got := string(b.get(path).is(200).body); got != `{"status":"ok"}` {
			t.Errorf("%s: %s", path, got)
		}
	}
}
