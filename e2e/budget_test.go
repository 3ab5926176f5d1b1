package e2e

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
)

// The budgets of the page, bytes after gzip.
const (
	maxFirstLoad   = 90 << 10 // html, css, js and language until the list is usable
	maxModule      = 15 << 10
	maxStyles      = 12 << 10
	maxLanguage    = 8 << 10
	maxRequests    = 30 // on the first load
	maxReady       = 4000
	maxNodes       = 6000
	maxOpenChat    = 1000 // ms until an uncached chat shows; 300 on an idle machine
	maxKeyToBubble = 250  // ms; 50 on an idle machine
)

// What the first load costs stays within its budget.
func TestBudgets(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Desktop)
	must(t, two.ben.WaitConversation(ctx, two.conv))
	for i := range 30 {
		must(t, two.ben.Send(two.conv, fmt.Sprintf("message %d", i)).Wait(ctx))
	}
	w := OpenWindow(t, two.server, Desktop)
	w.call(call(network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}))
	w.Enter(two.ada, "/")
	w.See(row(two.conv))
	var ready float64
	w.Eval("performance.now()", &ready)
	if ready > maxReady {
		t.Errorf("the list was there after %.0f ms", ready)
	}
	requests := pageRequests(t, w)
	if len(requests) > maxRequests {
		t.Errorf("%d requests for the first load, at most %d:\n%s", len(requests), maxRequests, strings.Join(requests, "\n"))
	}
	checkSizes(t, two.server, requests, true)

	// A chat, and then every other screen: their modules have the same limit.
	w.Open(two.conv)
	w.SeeMessage("message 29")
	var openMS float64
	w.Eval(fmt.Sprintf(`(async () => { location.hash = "#/"; await new Promise((r) => setTimeout(r, 50)); const at = performance.now();
		document.querySelector('%s').click(); while (!document.querySelector('%s')) await new Promise(requestAnimationFrame);
		return performance.now() - at })()`, row(two.conv), id("message")), &openMS)
	if openMS > maxOpenChat {
		t.Errorf("opening a chat took %.0f ms", openMS)
	}
	var bubbleMS float64
	w.Type(id("composer-input"), "quick")
	w.Eval(fmt.Sprintf(`(async () => { const at = performance.now(); document.querySelector('%s').click();
		while (!document.querySelector('%s[data-state=pending], %s:last-of-type[data-state=sent]')) await new Promise(requestAnimationFrame);
		return performance.now() - at })()`, id("send"), id("message"), id("message")), &bubbleMS)
	if bubbleMS > maxKeyToBubble {
		t.Errorf("from the click to the bubble %.0f ms", bubbleMS)
	}
	var nodes int
	w.Eval("document.querySelectorAll('*').length", &nodes)
	if nodes > maxNodes {
		t.Errorf("%d nodes", nodes)
	}
	for _, hash := range []string{"contacts", "settings", "admin", "invite"} {
		w.Goto("/#/" + hash)
		w.See("#main h1")
	}
	checkSizes(t, two.server, pageRequests(t, w), false)
}

// pageRequests returns the paths the window asked for since the last time, and
// fails if one of them belongs to somebody else.
func pageRequests(t *testing.T, w *Window) []string {
	t.Helper()
	var paths []string
	for _, address := range w.Requests() {
		if strings.HasPrefix(address, "data:") || strings.HasPrefix(address, "blob:") {
			continue
		}
		u, err := url.Parse(address)
		must(t, err)
		if u.Scheme+"://"+u.Host != w.Origin {
			t.Errorf("the page asked %s", address)
		}
		paths = append(paths, u.RequestURI())
	}
	return paths
}

// checkSizes fetches what the page fetched and weighs it.
func checkSizes(t *testing.T, s *Server, requests []string, first bool) {
	t.Helper()
	sum, styles := 0, 0
	for _, uri := range requests {
		if strings.HasPrefix(uri, "/api/") || uri == "/ws" {
			continue
		}
		n := compressed(t, s.URL+uri)
		sum += n
		switch {
		case strings.Contains(uri, "/i18n/") && !strings.HasSuffix(uri, "i18n.js") && n > maxLanguage:
			t.Errorf("%s has %d bytes, a language at most %d", uri, n, maxLanguage)
		case path.Ext(uri) == ".css":
			styles += n
		case path.Ext(uri) == ".js" && n > maxModule:
			t.Errorf("%s has %d bytes, a module at most %d", uri, n, maxModule)
		}
	}
	if first && sum > maxFirstLoad {
		t.Errorf("the first load has %d bytes, at most %d", sum, maxFirstLoad)
	}
	if styles > maxStyles {
		t.Errorf("%d bytes of CSS, at most %d", styles, maxStyles)
	}
	t.Logf("%d requests, %d bytes, of them %d of CSS", len(requests), sum, styles)
}

// compressed returns the size of what the server sends to somebody who takes gzip,
// which must be what it says; text that is not compressed is weighed as if it was.
func compressed(t *testing.T, address string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	must(t, err)
	req.Header.Set("Accept-Encoding", "gzip")
	resp, err := http.DefaultTransport.RoundTrip(req)
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	must(t, err)
	if resp.StatusCode != http.StatusOK {
		t.Errorf("%s: %s", address, resp.Status)
	}
	if resp.Header.Get("Content-Encoding") != "gzip" {
		if len(b) > 1400 {
			t.Errorf("%s: %d bytes are not compressed", address, len(b))
		}
		return len(b)
	}
	unzipped, err := gzip.NewReader(strings.NewReader(string(b)))
	must(t, err)
	if _, err := io.Copy(io.Discard, unzipped); err != nil {
		t.Errorf("%s: %v", address, err)
	}
	if strings.Contains(address, "/s/") && !strings.Contains(resp.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("%s: Cache-Control %q", address, resp.Header.Get("Cache-Control"))
	}
	return len(b)
}
