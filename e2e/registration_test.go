package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"teahouse/e2e/client"
)

// pathOf returns a link's path and fragment: the browser has another address for
// the server than the server itself.
func (w *Window) pathOf(link string) string {
	w.t.Helper()
	_, path, ok := strings.Cut(strings.Replace(link, "://", "", 1), "/")
	if !ok {
		w.t.Fatalf("%q is no link", link)
	}
	return "/" + path
}

// chooseRegistration goes to the admin's part and picks a rule.
func chooseRegistration(w *Window, rule string) {
	w.t.Helper()
	w.Goto("/#/admin")
	w.Click(fmt.Sprintf("%s label:has(input[value=%s])", id("registration"), rule))
	w.SeeText("#toasts", "aved")
}

// Open: the link to the server is enough, from the link to the first message.
func TestRegistrationOpen(t *testing.T) {
	t.Parallel()
	s := StartServer(t)
	s.SetUp(withTimeout(t), true)
	cy := OpenWindow(t, s, Phone)
	cy.Goto("/")
	cy.Click(id("to-register"))
	cy.Register("cy", "")
	cy.Ready()
	sayInEveryone(cy)

	// The same name in other clothes is taken; the form says so and keeps the rest.
	dy := OpenWindow(t, s, Desktop)
	dy.Goto("/")
	dy.Click(id("to-register"))
	dy.Fill(id("field-name"), "ＣＹ")
	dy.Fill(id("field-password"), password)
	dy.Click(id("register-form") + " " + id("submit"))
	dy.Until(`document.querySelector('[name=name]').getAttribute("aria-invalid") === "true"`)
	dy.Fill(id("field-name"), "dy")
	dy.Click(id("register-form") + " " + id("submit"))
	dy.Ready()
}

// sayInEveryone says the first words in the group that everybody is in.
func sayInEveryone(w *Window) {
	w.t.Helper()
	w.OpenNamed("Everyone")
	w.Say("here I am")
	w.SeeSent("here I am")
}

// By invite: a link made in the admin's part registers as many as it says; used up
// or revoked it says so at once.
func TestRegistrationByInvite(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	s := StartServer(t)
	admin := OpenWindow(t, s, Desktop)
	admin.Enter(s.SetUp(ctx, true), "/#/admin")
	chooseRegistration(admin, "invite")

	cy := OpenWindow(t, s, Phone)
	cy.Goto("/")
	cy.See(id("login-form"))
	if cy.Count(id("to-register")) != 0 {
		t.Error("the log-in offers registering although it needs an invite")
	}

	link := newInvite(admin)
	cy.Goto(cy.pathOf(link))
	cy.Register("cy", "Cy")
	cy.Ready()
	sayInEveryone(cy)

	used := OpenWindow(t, s, Desktop)
	used.Goto(used.pathOf(link))
	used.See(id("invite-note"))
	used.SeeText("h1", "no longer")

	revoked := newInvite(admin)
	late := OpenWindow(t, s, Desktop)
	late.Goto(late.pathOf(revoked))
	late.See(id("register-form"))
	code := revoked[strings.LastIndex(revoked, "#")+1:]
	admin.Click(fmt.Sprintf("%s[data-code=%q] %s", id("invite-row"), code, id("revoke")))
	admin.Click(id("confirm"))
	admin.Gone(fmt.Sprintf("%s[data-code=%q]", id("invite-row"), code))
	// The form was open before: sending it says that the link is dead.
	late.Fill(id("field-name"), "late")
	late.Fill(id("field-password"), password)
	late.Click(id("register-form") + " " + id("submit"))
	late.See(id("invite-note"))
}

// newInvite makes a link for one person and returns it.
func newInvite(w *Window) string {
	w.t.Helper()
	w.Goto("/#/admin")
	w.Click(id("new-invite"))
	w.Click(id("invite-form") + " " + id("submit"))
	link := w.Text(id("invite-link"))
	w.Press("\x1b")
	w.Gone(id("invite-dialog"))
	return link
}

// Closed: the admin makes the account and hands over a one-time link.
func TestRegistrationClosed(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	s := StartServer(t)
	admin := OpenWindow(t, s, Desktop)
	admin.Enter(s.SetUp(ctx, true), "/#/admin")
	chooseRegistration(admin, "closed")
	if err := client.NewAPI(s.URL).Register(ctx, "cy", password, "", ""); client.Reason(err) != "registration_closed" {
		t.Errorf("registering on a closed server: %v", err)
	}

	admin.Goto("/#/admin")
	admin.Click(id("new-account"))
	admin.Fill(id("field-name"), "cy")
	admin.Fill(id("field-display_name"), "Cy 赛")
	admin.Click(id("account-form") + " " + id("submit"))
	link := admin.Text(id("reset-link"))

	cy := OpenWindow(t, s, Phone)
	cy.Goto("/")
	cy.See(id("login-form"))
	resetPassword(cy, link, "cy", "a new long password")
	sayInEveryone(cy)
}

// resetPassword follows a reset link and sets a password, which logs in.
func resetPassword(w *Window, link, name, password string) {
	w.t.Helper()
	w.Goto(w.pathOf(link))
	w.Fill(id("field-name"), name)
	w.Fill(id("field-password"), password)
	w.Click(id("reset-form") + " " + id("submit"))
	w.Gone(id("reset-form"))
	w.Ready()
}

// A colleague forgot the password: a code from the admin's part ends all their
// logins and works once.
func TestResetCode(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	s := StartServer(t)
	adminAPI := s.SetUp(ctx, true)
	cyAPI := s.Join(ctx, "cy", "Cy")
	cyElsewhere := OpenWindow(t, s, Desktop)
	cyElsewhere.Enter(cyAPI, "/")
	admin := OpenWindow(t, s, Phone)
	admin.Enter(adminAPI, "/#/admin")
	admin.ClickText(id("accounts")+" .row__main", "Cy")
	admin.Click(id("reset-code"))
	admin.Click(id("confirm"))
	link := admin.Text(id("reset-link"))

	cy := OpenWindow(t, s, Phone)
	resetPassword(cy, link, "cy", "a new long password")
	cyElsewhere.See(id("login-form"))

	again := OpenWindow(t, s, Desktop)
	again.Goto(again.pathOf(link))
	again.Fill(id("field-name"), "cy")
	again.Fill(id("field-password"), "another long password")
	again.Click(id("reset-form") + " " + id("submit"))
	again.Until(`document.querySelector('[name=code]')?.getAttribute("aria-invalid") === "true"`)
}

// The admin forgot the password: a code from the command line, with the server
// down.
func TestAdminReset(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	s := StartServer(t)
	s.SetUp(ctx, true)
	s.Stop()
	out := s.Command("admin", "reset")
	s.Start()
	link := regexp.MustCompile(`\S*/reset#\S+`).FindString(out)
	if link == "" {
		t.Fatalf("no link in what admin reset prints:\n%s", out)
	}
	w := OpenWindow(t, s, Desktop)
	resetPassword(w, link, "ada", "a new long password")
	if err := client.NewAPI(s.URL).LogIn(ctx, "ada", password); client.Reason(err) != "wrong_password" {
		t.Errorf("the old password: %v", err)
	}
}

// Somebody who left: disabled, they are out at once, and back when enabled.
func TestDisable(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	s := StartServer(t)
	adminAPI := s.SetUp(ctx, true)
	cy := OpenWindow(t, s, Desktop)
	cy.Enter(s.Join(ctx, "cy", "Cy"), "/")
	admin := OpenWindow(t, s, Desktop)
	admin.Enter(adminAPI, "/#/admin")
	admin.ClickText(id("accounts")+" .row__main", "Cy")
	admin.Click(id("disable"))
	admin.Click(id("confirm"))
	cy.See(id("login-form"))
	if err := client.NewAPI(s.URL).LogIn(ctx, "cy", password); err == nil {
		t.Error("a disabled account logs in")
	}
	admin.ClickText(id("accounts")+" .row__main", "Cy")
	admin.Click(id("enable"))
	admin.Gone(id("account-dialog"))
	cy.LogIn("cy", password)
	cy.Ready()
}
