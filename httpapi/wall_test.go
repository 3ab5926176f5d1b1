package httpapi

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"teahouse/store"
)

// The browser wall: what a page of another site can make a browser send, and
// what a browser of this server's own page sends.
func TestBrowserWall(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	port := s.parse("/").Port()
	own, ownName := "127.0.0.1:"+port, "tea.local:"+port
	const login = `{"name":"boss","password":"` + testPassword + `"}`
	for _, c := range []struct {
		name                                 string
		method, path, host, origin, site, ct string
		body                                 string
		want                                 *store.Refusal // nil: passes the wall
	}{
		// The Host must be ours, for the page and its files too.
		{"by address", "GET", "/api/server", own, "", "", "", "", nil},
		{"by address alone", "GET", "/api/server", "192.168.1.20", "", "", "", "", nil},
		{"by IPv6 address", "GET", "/api/server", "[fe80::1]:" + port, "", "", "", "", nil},
		{"by IPv6 address alone", "GET", "/api/server", "[::1]", "", "", "", "", nil},
		{"localhost", "GET", "/api/server", "localhost:" + port, "", "", "", "", nil},
		{"own name", "GET", "/api/server", "TEA:" + port, "", "", "", "", nil},
		{"own name with a dot", "GET", "/api/server", "tea.local.:" + port, "", "", "", "", nil},
		{"rebound name", "GET", "/api/server", "evil.example:" + port, "", "", "", "", store.ErrBadHost},
		{"rebound name, page", "GET", "/", "evil.example:" + port, "", "", "", "", store.ErrBadHost},
		{"rebound name, file", "GET", "/s/x/app.js", "evil.example", "", "", "", "", store.ErrBadHost},
		{"rebound name, health", "GET", "/healthz", "evil.example", "", "", "", "", store.ErrBadHost},
		{"rebound name, own origin", "POST", "/api/logins", "evil.example", "http://evil.example", "same-origin", "application/json", login, store.ErrBadHost},
		{"name that ends in ours", "GET", "/api/server", "evil-tea.local", "", "", "", "", store.ErrBadHost},
		{"name under ours", "GET", "/api/server", "x.tea.local", "", "", "", "", store.ErrBadHost},
		{"address as a name", "GET", "/api/server", "127.0.0.1.evil.example", "", "", "", "", store.ErrBadHost},

		// Anything but a GET comes from this server's own page, or from no browser.
		{"own page", "POST", "/api/logins", own, "http://" + own, "same-origin", "application/json", login, nil},
		{"own page, plain http sends no Sec-Fetch", "POST", "/api/logins", ownName, "http://" + ownName, "", "application/json", login, nil},
		{"no browser", "POST", "/api/logins", own, "", "", "application/json", login, nil},
		{"typed into the address bar", "POST", "/api/logins", own, "", "none", "application/json", login, nil},
		{"other site", "POST", "/api/logins", own, "http://evil.example", "cross-site", "application/json", login, store.ErrCrossOrigin},
		{"other site, no Sec-Fetch", "POST", "/api/logins", own, "http://evil.example", "", "application/json", login, store.ErrCrossOrigin},
		{"other port", "POST", "/api/logins", own, "http://127.0.0.1:1", "", "application/json", login, store.ErrCrossOrigin},
		{"other port, Sec-Fetch", "POST", "/api/logins", own, "http://127.0.0.1:1", "same-site", "application/json", login, store.ErrCrossOrigin},
		{"sandboxed frame", "POST", "/api/logins", own, "null", "", "application/json", login, store.ErrCrossOrigin},
		{"other name of this server", "POST", "/api/logins", own, "http://" + ownName, "", "application/json", login, store.ErrCrossOrigin},
		{"PUT from other site", "PUT", "/api/users/me/password", own, "http://evil.example", "", "application/json", "{}", store.ErrCrossOrigin},
		{"PATCH from other site", "PATCH", "/api/users/me", own, "http://evil.example", "cross-site", "application/json", "{}", store.ErrCrossOrigin},
		{"DELETE from other site", "DELETE", "/api/logins/current", own, "http://evil.example", "", "", "", store.ErrCrossOrigin},
		{"DELETE from other site, no Origin", "DELETE", "/api/logins/current", own, "", "cross-site", "", "", store.ErrCrossOrigin},

		// Types a form can send without asking are refused even from nowhere.
		{"form text", "POST", "/api/logins", own, "", "", "text/plain", login, store.ErrBadMediaType},
		{"form", "POST", "/api/logins", own, "", "", "application/x-www-form-urlencoded", "name=boss", store.ErrBadMediaType},
		{"multipart", "POST", "/api/logins", own, "", "", "multipart/form-data; boundary=x", "--x--", store.ErrBadMediaType},
		{"text that looks like JSON", "POST", "/api/logins", own, "", "", "text/plain; application/json", login, store.ErrBadMediaType},
		{"no type", "POST", "/api/logins", own, "", "", "-", login, store.ErrBadMediaType},
		{"other charset", "POST", "/api/logins", own, "", "", "application/json; charset=utf-7", login, store.ErrBadMediaType},
		{"JSON in UTF-8", "POST", "/api/logins", own, "", "", "Application/JSON; charset=UTF-8", login, nil},
		{"GET with a type", "GET", "/api/server", own, "", "", "text/plain", "", store.ErrBadMediaType},

		// Reading is not changing: a foreign page may ask and gets to read nothing.
		{"GET from other site", "GET", "/api/server", own, "http://evil.example", "cross-site", "", "", nil},
	} {
		r, err := http.NewRequest(c.method, s.url+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Host = c.host
		for name, value := range map[string]string{"Origin": c.origin, "Sec-Fetch-Site": c.site, "Content-Type": c.ct} {
			if value != "" && value != "-" {
				r.Header.Set(name, value)
			}
		}
		b := s.browser(c.name)
		if c.want == nil {
			if a := b.send(r); a.status != http.StatusOK {
				t.Errorf("%s: status %d: %s", c.name, a.status, a.body)
			}
			continue
		}
		a := b.send(r).refused(c.want)
		if len(a.header.Values("Set-Cookie"))+len(a.header.Values("Access-Control-Allow-Origin")) > 0 {
			t.Errorf("%s: headers %v", c.name, a.header)
		}
	}
	boss.get("/api/bootstrap").is(200) // nothing above logged the admin out
}

// No route that a GET reaches changes anything.
func TestGetsChangeNothing(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	ann := s.register("ann")
	g := boss.group("Crew", "open", ann)
	boss.say(g, "hello")
	before := boss.get("/api/bootstrap").is(200).body
	for _, rt := range s.api.routes() {
		method, path := splitPattern(rt.pattern)
		if path = strings.ReplaceAll(path, "g_10000001", string(g)); method == "GET" && path != "/ws" {
			boss.get(path)
			ann.get(path)
		}
	}
	if after := boss.get("/api/bootstrap").is(200).body; !bytes.Equal(before, after) {
		t.Errorf("before %s\nafter  %s", before, after)
	}
}

func TestSocketWall(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	host := s.parse("/").Host
	for origin, want := range map[string]int{
		"http://" + host:             http.StatusSwitchingProtocols,
		"":                           http.StatusForbidden, // a cookie without an Origin is no browser's
		"null":                       http.StatusForbidden,
		"http://evil.example":        http.StatusForbidden,
		"http://127.0.0.1:1":         http.StatusForbidden,
		"https://" + host:            http.StatusForbidden,
		"http://" + host + "/":       http.StatusForbidden,
		"http://" + host + "@evil":   http.StatusForbidden,
		"http://tea.local:" + "8686": http.StatusForbidden,
	} {
		conn, res, err := boss.dialFrom(origin)
		if res == nil {
			t.Fatalf("%q: %v", origin, err)
		}
		if res.StatusCode != want || (err == nil) != (want == http.StatusSwitchingProtocols) {
			t.Errorf("%q: status %d, %v; want %d", origin, res.StatusCode, err, want)
		}
		if conn != nil {
			_ = conn.CloseNow()
		}
	}
	if _, res, err := s.browser("stranger").dialFrom(s.url); err == nil || res.StatusCode != http.StatusUnauthorized ||
		!strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		t.Errorf("without a login: %v, %v", res, err)
	}
	boss.get("/ws").refused(store.ErrCrossOrigin)
}

func TestSocketIsNotCompressed(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	r, err := http.NewRequest("GET", s.url+"/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Origin": s.url, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
		"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
	} {
		r.Header.Set(name, value)
	}
	res, err := boss.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusSwitchingProtocols || res.Header.Get("Sec-WebSocket-Extensions") != "" {
		t.Errorf("status %d, extensions %q", res.StatusCode, res.Header.Get("Sec-WebSocket-Extensions"))
	}
}
