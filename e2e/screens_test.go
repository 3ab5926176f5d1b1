package e2e

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"

	"teahouse/e2e/client"
)

// axeFile is axe-core, put there by `npm ci` in this folder.
const axeFile = "node_modules/axe-core/axe.min.js"

// shot is one screen of the page and how one gets there.
type shot struct {
	name  string
	reach func(w *Window, h *house)
}

// house is a server with people who have talked.
type house struct {
	server, fresh       *Server // fresh is not set up yet
	ada, ben, newcomer  *client.API
	conv, group, former string // former: with somebody who is a contact no longer
}

// The screens of somebody who is logged in.
var screens = []shot{
	{"chats", func(w *Window, h *house) { w.Goto("/#/"); w.See(row(h.conv)) }},
	{"chat", func(w *Window, h *house) {
		w.Goto("/#/c/" + h.conv)
		w.See(id("composer-input"))
		w.SeeMessage("See you there")
	}},
	{"group", func(w *Window, h *house) {
		w.Goto("/#/c/" + h.group)
		w.See(id("composer-input"))
		w.See(id("message"))
	}},
	{"group-info", func(w *Window, h *house) { w.Goto("/#/c/" + h.group + "/info"); w.See(id("members")) }},
	{"direct-info", func(w *Window, h *house) { w.Goto("/#/c/" + h.conv + "/info"); w.See(id("info")) }},
	{"contacts", func(w *Window, h *house) { w.Goto("/#/contacts"); w.See(id("contacts")) }},
	{"people", func(w *Window, h *house) { w.Goto("/#/contacts"); w.Click(id("tab-people")); w.See(id("person-row")) }},
	{"groups", func(w *Window, h *house) { w.Goto("/#/contacts"); w.Click(id("tab-groups")); w.See(id("group-row")) }},
	{"add-contact", func(w *Window, h *house) {
		w.Goto("/#/contacts")
		w.Click(id("contacts") + " " + id("add-contact"))
		w.See(id("add-contact-form"))
	}},
	{"new-group", func(w *Window, h *house) {
		w.Goto("/#/contacts")
		w.Click(id("contacts") + " " + id("new-group"))
		w.See(id("picker-row"))
	}},
	{"settings", func(w *Window, h *house) { w.Goto("/#/settings"); w.See(id("logins")) }},
	{"admin", func(w *Window, h *house) { w.Goto("/#/admin"); w.See(id("accounts")) }},
	{"invite-dialog", func(w *Window, h *house) { w.Goto("/#/admin"); w.Click(id("new-invite")); w.See(id("invite-form")) }},
	{"addresses", func(w *Window, h *house) { w.Goto("/#/invite"); w.See(id("addresses")) }},
	{"shortcuts", func(w *Window, h *house) { w.Goto("/#/"); w.Press("?"); w.See("dialog[open]") }},
	{"menu", func(w *Window, h *house) { w.Goto("/#/"); w.Click(id("menu")); w.See(id("menu-settings")) }},
	{"message-menu", func(w *Window, h *house) {
		w.Goto("/#/c/" + h.group)
		w.RightClick(id("message") + ".message--mine .bubble")
		w.See(id("menu-readers"))
	}},
	{"readers", func(w *Window, h *house) {
		w.Goto("/#/c/" + h.group)
		w.RightClick(id("message") + ".message--mine .bubble")
		w.Click(id("menu-readers"))
		w.See("dialog[open]")
	}},
	{"emoji", func(w *Window, h *house) {
		w.Goto("/#/c/" + h.conv)
		w.Click(id("emoji"))
		w.See(id("emoji-picker"))
	}},
	{"counter", func(w *Window, h *house) {
		w.Goto("/#/c/" + h.conv)
		w.Fill(id("composer-input"), strings.Repeat("茶馆 ", 2400))
		w.See(id("counter"))
	}},
	{"draft", func(w *Window, h *house) {
		w.Fill(id("composer-input"), "half a thought")
		w.Goto("/#/")
		w.See(id("draft"))
		w.Goto("/#/c/" + h.conv)
		w.Fill(id("composer-input"), " ")
	}},
	{"person-card", func(w *Window, h *house) {
		w.Goto("/#/c/" + h.group + "/info")
		w.ClickText(id("members")+" .row__main", "Ben 本")
		w.See(id("person-card"))
	}},
	{"confirm", func(w *Window, h *house) {
		w.Goto("/#/c/" + h.group + "/info")
		w.Click(id("dissolve"))
		w.See(id("confirm"))
	}},
	{"notice", func(w *Window, h *house) {
		w.Goto("/#/c/" + h.group + "/info")
		w.Click(id("edit-notice"))
		w.See(id("notice-dialog"))
	}},
	{"rules", func(w *Window, h *house) {
		w.Goto("/#/c/" + h.group + "/info")
		w.Click(id("edit-rules"))
		w.See(id("rules-dialog"))
	}},
	{"password", func(w *Window, h *house) {
		w.Goto("/#/settings")
		w.Click(id("change-password"))
		w.See(id("password-form"))
	}},
	{"account", func(w *Window, h *house) {
		w.Goto("/#/admin")
		w.ClickText(id("accounts")+" .row__main", "Ben 本")
		w.See(id("account-dialog"))
	}},
	{"new-account", func(w *Window, h *house) { w.Goto("/#/admin"); w.Click(id("new-account")); w.See(id("account-form")) }},
	{"not-contact", func(w *Window, h *house) { w.Goto("/#/c/" + h.former); w.See(id("chat-bar")) }},
	{"missing", func(w *Window, h *house) { w.Goto("/#/c/g_99999999"); w.See(id("chat-missing")) }},
	{"server-away", func(w *Window, h *house) {
		w.Goto("/#/c/" + h.conv)
		w.See(id("composer-input"))
		w.Eval("blockSocket()", nil)
		w.See(id("conn-banner"))
		w.Fill(id("composer-input"), "kept until it answers")
		w.Click(id("send"))
		w.See(id("message") + `[data-state="pending"]`)
	}},
	{"unreachable", func(w *Window, h *house) {
		w.call(call(network.SetBlockedURLs, network.SetBlockedURLsParams{URLPatterns: []*network.BlockPattern{{URLPattern: "*://*:*/api/bootstrap", Block: true}}}))
		w.Reload()
		w.See(id("unreachable"))
	}},
}

// The screens of somebody who has nothing yet.
var emptyScreens = []shot{
	{"empty-list", func(w *Window, h *house) { w.Goto("/#/"); w.See(id("list-empty")) }},
	{"empty-contacts", func(w *Window, h *house) { w.Goto("/#/contacts"); w.Click(id("tab-contacts")); w.See(".empty") }},
}

// The screens before the set-up.
var firstScreens = []shot{
	{"waiting", func(w *Window, h *house) { w.Goto("/"); w.See(id("waiting")) }},
	{"setup", func(w *Window, h *house) { w.Goto("/setup#" + h.fresh.SetupToken()); w.See(id("setup-form")) }},
	{"setup-error", func(w *Window, h *house) {
		w.Click(id("setup-form") + " " + id("submit"))
		w.See(".field--error")
	}},
	{"setup-no-token", func(w *Window, h *house) { w.Goto("/"); w.Goto("/setup"); w.See(id("field-token")) }},
}

// The screens of somebody who is not.
var entryScreens = []shot{
	{"login", func(w *Window, h *house) { w.Goto("/"); w.See(id("login-form")) }},
	{"login-error", func(w *Window, h *house) {
		w.Fill(id("field-name"), "ada")
		w.Fill(id("field-password"), "not the password")
		w.Click(id("login-form") + " " + id("submit"))
		w.See(".field--error")
	}},
	{"register", func(w *Window, h *house) { w.Reload(); w.Click(id("to-register")); w.See(id("register-form")) }},
	{"invite-dead", func(w *Window, h *house) { w.Goto("/invite#AAAAAAAAAAAAAAAA"); w.See(id("invite-note")) }},
	{"reset", func(w *Window, h *house) { w.Goto("/reset#AAAAAAAAAAAAAAAA"); w.See(id("reset-form")) }},
	{"setup-done", func(w *Window, h *house) { w.Goto("/setup#AAAA"); w.See(id("setup")) }},
}

// Every screen, in both languages and lights: no axe violation, nothing wider than
// the window, no key instead of a text. With TEAHOUSE_SHOTS each is photographed,
// and both languages are walked through at phone and at desktop width.
func TestScreens(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	axe, err := os.ReadFile(axeFile)
	if err != nil {
		if os.Getenv("TEAHOUSE_NEED_BROWSER") == "1" {
			t.Fatalf("axe-core: %v; run npm ci in e2e", err)
		}
		t.Skipf("axe-core: %v; run npm ci in e2e", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	t.Cleanup(cancel)
	h := furnish(t, ctx)
	for _, size := range []struct {
		name     string
		screen   Screen
		always   bool
		language string
	}{
		{"phone", Phone, true, "en"},
		{"desktop", Desktop, true, "zh-CN"},
		{"phone", Phone, false, "zh-CN"},
		{"desktop", Desktop, false, "en"},
	} {
		if !size.always && os.Getenv("TEAHOUSE_SHOTS") == "" {
			continue
		}
		t.Run(size.language+" "+size.name, func(t *testing.T) {
			screen := size.screen.In(size.language, false)
			walk := &walk{t: t, house: h, axe: string(axe), prefix: size.name + "-" + size.language}
			walk.through(h.fresh, nil, firstScreens, screen)
			walk.through(h.server, nil, entryScreens, screen)
			walk.through(h.server, h.newcomer, emptyScreens, screen)
			walk.inside(screen)
		})
	}
}

// furnish makes a house in which something has happened.
func furnish(t *testing.T, ctx context.Context) *house {
	t.Helper()
	s := StartServer(t)
	h := &house{server: s, fresh: StartServer(t), ada: s.SetUp(ctx, true), ben: s.Join(ctx, "ben", "Ben 本")}
	h.newcomer = s.Join(ctx, "newcomer", "New")
	b, err := h.newcomer.Bootstrap(ctx)
	must(t, err)
	must(t, h.newcomer.LeaveGroup(ctx, b.Conversations[0].Conv))
	s.Join(ctx, "cy", "Cy Überlang-Doppelname mit sehr vielen Buchstaben und noch mehr")
	s.Join(ctx, "王小明", "王小明")
	s.Join(ctx, "rtl", "שלום עולם")
	ada, ben := device(t, ctx, h.ada), device(t, ctx, h.ben)
	c, err := h.ada.AddContact(ctx, client.NewClientID(), "ben")
	must(t, err)
	_, err = h.ada.AddContact(ctx, client.NewClientID(), "王小明")
	must(t, err)
	gone, err := h.ada.AddContact(ctx, client.NewClientID(), "rtl")
	must(t, err)
	h.former = gone.Conv
	must(t, h.ada.Do(ctx, "DELETE", "/api/contacts/"+gone.Peer.User, nil, nil))
	h.conv = c.Conv
	g, err := h.ada.CreateGroup(ctx, client.NewClientID(), "Walks & talks 散步", []string{ben.Me().User})
	must(t, err)
	h.group = g.Conv
	must(t, h.ada.Do(ctx, "PATCH", "/api/groups/"+g.Conv, map[string]any{"notice": "Sundays at ten, 周日十点 by the gate. http://example.org/map"}, nil))
	must(t, ben.WaitConversation(ctx, h.group))
	must(t, ben.WaitConversation(ctx, h.conv))
	for i, text := range []string{
		"Hello Ada", "Are you coming on Sunday?", "好的，周日见 👍", "Look: https://example.org/a/rather/long/path?with=a&query=that#goes-on",
		strings.Repeat("A long paragraph that wraps. ", 12), "👋", "unbroken" + strings.Repeat("ungebrochen", 20), "See you there",
	} {
		from := ben
		if i%3 == 1 {
			from = ada
		}
		must(t, from.Send(h.conv, text).Wait(ctx))
		must(t, from.Send(h.group, text).Wait(ctx))
	}
	must(t, h.ada.Do(ctx, "POST", "/api/admin/invites", map[string]any{"max_uses": 3, "expires_at": time.Now().Add(240 * time.Hour).UnixMilli()}, nil))
	ada.GoOffline()
	return h
}

// walk goes through screens in one language at one width, in both lights.
type walk struct {
	t      *testing.T
	house  *house
	axe    string
	prefix string
}

// through looks at screens one after another, as nobody or as somebody.
func (k *walk) through(s *Server, who *client.API, shots []shot, screen Screen) {
	w := OpenWindow(k.t, s, screen)
	if who != nil {
		k.speak(who, screen)
		w.Enter(who, "/")
	}
	for _, shot := range shots {
		shot.reach(w, k.house)
		k.look(w, shot.name, screen)
	}
}

// speak makes the account's language the screen's.
func (k *walk) speak(who *client.API, screen Screen) {
	must(k.t, who.Do(k.t.Context(), "PATCH", "/api/users/me", map[string]any{"language": screen.Language}, nil))
}

// inside looks at the screens of ada, and at her chat in all widths.
func (k *walk) inside(screen Screen) {
	k.speak(k.house.ada, screen)
	w := OpenWindow(k.t, k.house.server, screen)
	w.ServerAway(true) // some screens block requests
	w.call(call(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: blockableSocket}))
	w.Enter(k.house.ada, "/")
	for _, shot := range screens {
		shot.reach(w, k.house)
		k.look(w, shot.name, screen)
		if over := "dialog[open], .menu, " + id("emoji-picker"); w.Count(over) > 0 {
			w.Press("\x1b")
			w.Gone(over)
		}
	}
	w.call(call(network.SetBlockedURLs, network.SetBlockedURLsParams{}))
	w.Goto("/#/c/" + k.house.conv)
	w.Reload()
	w.See(id("composer-input"))
	for _, width := range []int64{320, 768, 1024, 1920} {
		w.Become(Screen{Width: width, Height: 800, Language: screen.Language})
		w.fits(k.t)
	}
}

// blockableSocket lets a test take the socket away.
const blockableSocket = `{ const Real = WebSocket, open = new Set(); let blocked = false;
	window.WebSocket = function (url) {
		if (blocked) { setTimeout(() => this.onclose?.({ code: 1006 }), 5); this.close = this.send = () => {}; return this }
		const socket = new Real(url); open.add(socket); return socket };
	window.blockSocket = () => { blocked = true; open.forEach((s) => s.close()) } }`

// look checks a screen in both lights.
func (k *walk) look(w *Window, name string, screen Screen) {
	k.t.Helper()
	for _, dark := range []bool{false, true} {
		w.Become(screen.In(screen.Language, dark))
		light := map[bool]string{false: "light", true: "dark"}[dark]
		w.settle()
		w.Screenshot(fmt.Sprintf("%s-%s-%s", k.prefix, light, name))
		for _, violation := range w.axe(k.axe) {
			k.t.Errorf("%s %s %s: %s", k.prefix, light, name, violation)
		}
	}
	small := Small.In(screen.Language, false)
	small.Touch = screen.Touch
	w.Become(small)
	w.fits(k.t)
	w.Become(screen)
	w.fits(k.t)
	var keys []string
	w.Eval(`(() => { const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		while (walker.nextNode()) if (/^[a-z]+\.[a-z._]+$/.test(walker.currentNode.data.trim())) found.push(walker.currentNode.data);
		return found })()`, &keys)
	if len(keys) > 0 {
		k.t.Errorf("%s %s shows keys: %q", k.prefix, name, keys)
	}
	var lang string
	if w.Eval("document.documentElement.lang", &lang); lang != screen.Language {
		k.t.Errorf("%s %s: the page says it is in %q", k.prefix, name, lang)
	}
}

// settle waits until nothing moves.
func (w *Window) settle() {
	w.t.Helper()
	w.Until(`document.getAnimations().every((a) => a.playState !== "running" || a.effect.getComputedTiming().iterations === Infinity)`)
	w.Eval("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))", nil)
}

// axe runs axe-core and returns what it finds.
func (w *Window) axe(source string) []string {
	w.t.Helper()
	var loaded bool
	if w.Eval(`typeof axe === "object"`, &loaded); !loaded {
		w.Eval(source+"; true", nil)
	}
	var found []string
	w.Eval(`axe.run(document, { resultTypes: ["violations"] }).then((r) => r.violations.map((v) =>
		v.id + " (" + v.impact + "): " + v.nodes.slice(0, 3).map((n) => n.target.join(" ") + " " + (n.any[0]?.message ?? n.all[0]?.message ?? n.none[0]?.message ?? "")).join("; ")))`, &found)
	return found
}
