package e2e

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/chromedp/cdproto/network"

	"teahouse/e2e/client"
)

// id is the selector of what the page marks for tests.
func id(name string) string { return fmt.Sprintf("[data-testid=%q]", name) }

// SetUp goes through the set-up page of the link.
func (w *Window) SetUp(s *Server, serverName, name string) {
	w.t.Helper()
	w.Goto("/setup#" + s.SetupToken())
	w.Fill(id("field-server_name"), serverName)
	w.Fill(id("field-name"), name)
	w.Fill(id("field-password"), password)
	w.Click(id("setup-form") + " " + id("submit"))
	w.Gone(id("setup-form"))
}

// Register fills the form that makes an account, which is on the screen.
func (w *Window) Register(name, displayName string) {
	w.t.Helper()
	w.Fill(id("field-name"), name)
	w.Fill(id("field-password"), password)
	if displayName != "" {
		w.Fill(id("field-display_name"), displayName)
	}
	w.Click(id("register-form") + " " + id("submit"))
	w.Gone(id("register-form"))
}

// LogIn fills the log-in form, which is on the screen.
func (w *Window) LogIn(name, password string) {
	w.t.Helper()
	w.Fill(id("field-name"), name)
	w.Fill(id("field-password"), password)
	w.Click(id("login-form") + " " + id("submit"))
	w.Gone(id("login-form"))
}

// Enter opens the page as somebody who is logged in already: it takes over the
// cookie of their API.
func (w *Window) Enter(api *client.API, path string) {
	w.t.Helper()
	at, err := url.Parse(api.Base)
	w.do(err)
	here := strings.Replace(w.Origin, "http://", "", 1)
	httpOnly := true
	for _, c := range api.HTTP.Jar.Cookies(at) {
		w.call(call(network.SetCookie, network.SetCookieParams{
			Name: c.Name, Value: c.Value,
			Domain: strings.Split(here, ":")[0], Path: "/", HTTPOnly: &httpOnly, SameSite: network.CookieSameSiteLax,
		}))
	}
	w.Goto(path)
	w.Ready()
}

// Ready waits until the page is past the log-in.
func (w *Window) Ready() {
	w.t.Helper()
	w.See(".app")
}

// toList goes back to the list of chats: on a narrow window it is a screen of its
// own.
func (w *Window) toList() {
	w.t.Helper()
	w.Goto("/#/")
	w.See("#list")
}

// Open opens a conversation of the list.
func (w *Window) Open(conv string) {
	w.t.Helper()
	w.Click(row(conv))
	w.See(id("composer-input"))
}

// OpenNamed opens the conversation of the list that is called so.
func (w *Window) OpenNamed(name string) {
	w.t.Helper()
	w.ClickText(id("conv-row")+" .conv-row__name", name)
	w.SeeText(".chat__title", name)
	w.See(id("composer-input"))
}

// row is a conversation's row in the list.
func row(conv string) string { return fmt.Sprintf("%s[data-conv=%q]", id("conv-row"), conv) }

// Say types into the composer and sends.
func (w *Window) Say(text string) {
	w.t.Helper()
	w.Type(id("composer-input"), text)
	if w.screen.Touch {
		w.Click(id("send"))
	} else {
		w.Press("\r")
	}
	w.Until(fmt.Sprintf("document.querySelector(%q).value === ''", id("composer-input")))
}

// SeeMessage waits until exactly one message with that text is shown.
func (w *Window) SeeMessage(text string) {
	w.t.Helper()
	w.Until(fmt.Sprintf(`[...document.querySelectorAll(%q)].filter((e) => e.textContent.includes(%q)).length === 1`, id("message"), text))
}

// SeeSent waits until one's own message with that text is acked.
func (w *Window) SeeSent(text string) {
	w.t.Helper()
	w.Until(fmt.Sprintf(`[...document.querySelectorAll(%q)].some((e) => e.textContent.includes(%q) && e.dataset.state === "sent")`, id("message"), text))
}
