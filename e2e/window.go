package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Screen is a device, its language and its light.
type Screen struct {
	Width, Height int64
	Touch         bool
	Language      string // "en" or "zh-CN"
	Dark          bool
}

// The screens of these tests, English and light.
var (
	Phone   = Screen{Width: 390, Height: 844, Touch: true, Language: "en"}
	Small   = Screen{Width: 320, Height: 568, Touch: true, Language: "en"}
	Desktop = Screen{Width: 1280, Height: 800, Language: "en"}
)

// In returns the screen with another language and light.
func (s Screen) In(language string, dark bool) Screen {
	s.Language, s.Dark = language, dark
	return s
}

// patience is how long a window waits for anything.
const patience = 20 * time.Second

// Window is a tab of somebody's browser. It is used by one goroutine. Errors of
// the page fail the test when it ends.
type Window struct {
	Origin string

	t      testing.TB
	ctx    context.Context
	screen Screen

	mu       sync.Mutex
	problems []string // guarded by mu
	offline  bool     // guarded by mu: the server is away on purpose
	requests []string // guarded by mu: URLs of this tab
}

// OpenWindow opens a window of somebody new: with cookies and storage of their own.
func OpenWindow(t testing.TB, s *Server, screen Screen) *Window {
	t.Helper()
	return openWindow(t, s, screen, needBrowser(t), chromedp.WithNewBrowserContext())
}

// Another opens a second tab of the same person.
func (w *Window) Another(s *Server) *Window {
	w.t.Helper()
	return openWindow(w.t, s, w.screen, w.ctx)
}

func openWindow(t testing.TB, s *Server, screen Screen, parent context.Context, opts ...chromedp.ContextOption) *Window {
	t.Helper()
	w := &Window{t: t, Origin: "http://" + lanAddress + ":" + s.Port, screen: screen}
	ctx, cancel := chromedp.NewContext(parent, append(opts, chromedp.WithListener(w.observe))...)
	w.ctx = ctx
	t.Cleanup(func() {
		if t.Failed() && ctx.Err() == nil {
			w.Screenshot("failed-" + strings.NewReplacer("/", "-", " ", "_").Replace(t.Name()))
		}
		cancel()
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, problem := range w.problems {
			t.Errorf("the page: %s", problem)
		}
	})
	w.do(chromedp.Do(ctx))
	w.call(call(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: tellViolations}))
	w.call(call(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}))
	w.Become(screen)
	return w
}

// tellViolations makes the console tell of each violation of the CSP.
const tellViolations = `addEventListener("securitypolicyviolation", (e) =>
	console.error("CSP", e.violatedDirective, e.blockedURI, e.sourceFile, e.lineNumber), true)`

// Become changes the window's size, language and light.
func (w *Window) Become(screen Screen) {
	w.t.Helper()
	w.screen = screen
	opts := []chromedp.EmulateViewportOption{}
	if screen.Touch {
		opts = append(opts, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	w.do(chromedp.Do(w.ctx, chromedp.EmulateViewport(screen.Width, screen.Height, opts...)))
	light := "light"
	if screen.Dark {
		light = "dark"
	}
	w.media("prefers-color-scheme", light)
	w.call(call(emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
		UserAgent: userAgent, AcceptLanguage: screen.Language,
	}))
}

// media makes a media feature have a value.
func (w *Window) media(name, value string) {
	w.t.Helper()
	w.call(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: name, Value: value}},
	}))
}

// userAgent is a plain one: overriding the language needs one.
const userAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"

// observe notes what goes wrong in the page. It runs on the reading goroutine.
func (w *Window) observe(ev any) {
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		w.problem("exception: %v", &chromedp.ExceptionError{ExceptionDetails: ev.ExceptionDetails})
	case *runtime.EventConsoleAPICalled:
		if ev.Type == "error" || ev.Type == "assert" {
			w.problem("console: %s", consoleText(ev.Args))
		}
	case *cdplog.EventEntryAdded:
		w.observeEntry(ev.Entry)
	case *network.EventRequestWillBeSent:
		w.mu.Lock()
		defer w.mu.Unlock()
		w.requests = append(w.requests, ev.Request.URL)
	}
}

// observeEntry notes what the browser itself complains about: not the answers of
// the API, nor a server that is away.
func (w *Window) observeEntry(e *cdplog.Entry) {
	if e.Level != "error" {
		return
	}
	answered := e.Source == "network" && strings.Contains(e.URL, "/api/") || strings.Contains(e.Text, "WebSocket connection")
	w.mu.Lock()
	offline := w.offline
	w.mu.Unlock()
	if answered || offline && strings.Contains(e.Text, "net::ERR") {
		return
	}
	w.problem("%s: %s %s", e.Source, e.Text, e.URL)
}

func (w *Window) problem(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.problems = append(w.problems, fmt.Sprintf(format, args...))
}

func consoleText(args []*runtime.RemoteObject) string {
	var b strings.Builder
	for _, a := range args {
		if a.Value != nil {
			fmt.Fprintf(&b, "%s ", a.Value)
		} else {
			fmt.Fprintf(&b, "%s ", a.Description)
		}
	}
	return b.String()
}

// ServerAway says whether the server is away on purpose, so that failing requests
// are no problem of the page.
func (w *Window) ServerAway(away bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.offline = away
}

// call makes an action of a command whose result does not matter.
func call[P, R any](cmd cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, cmd, params)
		return err
	})
}

func (w *Window) call(a chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	w.do(chromedp.Do(w.ctx, a))
}

func (w *Window) do(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("browser: %v", err)
	}
}

// Goto loads a path of the server; within the app only the fragment changes.
func (w *Window) Goto(path string) {
	w.t.Helper()
	if before, fragment, ok := strings.Cut(path, "#"); ok {
		var same bool
		w.Eval(fmt.Sprintf("location.origin + location.pathname === %q", w.Origin+before), &same)
		if same {
			w.Eval(fmt.Sprintf("location.hash = %q", fragment), nil)
			return
		}
	}
	w.do(chromedp.Do(w.ctx, chromedp.Navigate(w.Origin+path)))
}

// Reload loads the page again.
func (w *Window) Reload() {
	w.t.Helper()
	w.do(chromedp.Do(w.ctx, chromedp.Reload()))
}

// Eval evaluates an expression; promises are awaited. out may be nil.
func (w *Window) Eval(expression string, out any) {
	w.t.Helper()
	if err := w.tryEval(w.ctx, expression, out); err != nil {
		w.t.Fatalf("evaluate %s: %v", clip(expression), err)
	}
}

func (w *Window) tryEval(ctx context.Context, expression string, out any) error {
	raw, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte](expression, chromedp.EvalAwaitPromise, chromedp.EvalAsValue))
	if err != nil || out == nil {
		return err
	}
	if len(raw) == 0 {
		raw = []byte("null")
	}
	return json.Unmarshal(raw, out)
}

func clip(s string) string {
	if len(s) > 300 {
		return s[:300] + "…"
	}
	return s
}

// lookEvery is how often a waiting page looks again, in ms.
const lookEvery = 30

// Until waits in the page until an expression is true, over navigations too.
func (w *Window) Until(expression string) {
	w.t.Helper()
	w.until("Boolean("+expression+")", nil)
}

// until waits until an expression has a value that is neither false nor null.
func (w *Window) until(expression string, out any) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	waiting := fmt.Sprintf(`new Promise((done) => { const look = () => {
		let value = null; try { value = %s } catch {}
		value ? done(value) : setTimeout(look, %d) }; look() })`, expression, lookEvery)
	for {
		err := w.tryEval(ctx, waiting, out)
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			var at, text string
			_ = w.tryEval(w.ctx, "location.href", &at)
			_ = w.tryEval(w.ctx, "document.body.innerText.slice(0, 1500)", &text)
			w.t.Fatalf("waited %v for %s\nat %s, which shows:\n%s", patience, clip(expression), at, text)
		}
	}
}

// visible is an expression for the first visible element of a selector.
func visible(selector string) string {
	return fmt.Sprintf(`[...document.querySelectorAll(%q)].find((e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length)`, selector)
}

// See waits until something is visible.
func (w *Window) See(selector string) {
	w.t.Helper()
	w.Until(visible(selector))
}

// SeeText waits until an element of selector contains a text.
func (w *Window) SeeText(selector, text string) {
	w.t.Helper()
	w.Until(fmt.Sprintf(`[...document.querySelectorAll(%q)].some((e) => e.checkVisibility() && e.textContent.includes(%q))`, selector, text))
}

// Gone waits until nothing of selector is visible.
func (w *Window) Gone(selector string) {
	w.t.Helper()
	w.Until("!(" + visible(selector) + ")")
}

// Count returns how many elements there are.
func (w *Window) Count(selector string) int {
	w.t.Helper()
	var n int
	w.Eval(fmt.Sprintf("document.querySelectorAll(%q).length", selector), &n)
	return n
}

// Text returns the text of the first visible element.
func (w *Window) Text(selector string) string {
	w.t.Helper()
	w.See(selector)
	var s string
	w.Eval(visible(selector)+".textContent", &s)
	return s
}

// Texts returns the texts of all elements, trimmed.
func (w *Window) Texts(selector string) []string {
	w.t.Helper()
	var s []string
	w.Eval(fmt.Sprintf("[...document.querySelectorAll(%q)].map((e) => e.textContent.trim())", selector), &s)
	return s
}

// Screenshot writes a picture into the folder of TEAHOUSE_SHOTS, if that is set.
func (w *Window) Screenshot(name string) {
	w.t.Helper()
	folder := os.Getenv("TEAHOUSE_SHOTS")
	if folder == "" {
		return
	}
	png, err := chromedp.Run(w.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.MkdirAll(folder, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".png"), png, 0o644)
	}
	if err != nil {
		w.t.Errorf("screenshot: %v", err)
	}
}

// Requests returns and forgets the URLs this tab asked for.
func (w *Window) Requests() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	urls := w.requests
	w.requests = nil
	return urls
}
