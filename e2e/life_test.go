package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/page"

	"teahouse/e2e/client"
)

// A group's life in two windows: found and joined, renamed, handed over, somebody
// removed, left, dissolved.
func TestGroupLife(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	needBrowser(t)
	s := StartServer(t)
	adaAPI, benAPI := s.SetUp(ctx, false), s.Join(ctx, "ben", "Ben 本")
	g, err := adaAPI.CreateGroup(ctx, client.NewClientID(), "Walks", nil)
	must(t, err)
	ada, ben := OpenWindow(t, s, Desktop), OpenWindow(t, s, Phone)
	ada.Enter(adaAPI, "/#/c/"+g.Conv+"/info")
	ben.Enter(benAPI, "/#/contacts")

	// Found by number and joined: the others see it at once.
	ben.Click(id("tab-groups"))
	ben.Type(id("groups-search"), g.Conv[2:])
	ben.Click(fmt.Sprintf("%s[data-conv=%q] %s", id("group-row"), g.Conv, id("join")))
	ben.See(id("composer-input"))
	ada.SeeText(id("message"), "Ben 本")
	ada.SeeText(id("members"), "Ben 本")

	ada.Click(id("rename"))
	ada.Fill(id("field-group_name"), "Long walks")
	ada.Click(id("rename-dialog") + " " + id("submit"))
	ben.SeeText(".chat__title", "Long walks")
	ben.SeeText(id("message"), "Long walks")
	ada.Click(id("edit-notice"))
	ada.Fill(id("field-notice"), "Sundays at ten")
	ada.Click(id("notice-dialog") + " " + id("submit"))
	ben.SeeText(".chat", "Sundays at ten")

	// Removed: the bar says so, the row goes, and Ben cannot come back alone.
	ben.Say("see you")
	ada.SeeMessage("see you")
	ada.ClickText(id("members")+" .row__main", "Ben 本")
	ada.Click(id("card-remove-member"))
	ada.Click(id("confirm"))
	ben.See(id("chat-bar"))
	ben.Gone(id("composer-input"))
	ben.SeeMessage("see you")
	ben.toList()
	ben.Gone(row(g.Conv))
	if _, err := benAPI.JoinGroup(ctx, client.NewClientID(), g.Conv); client.Reason(err) != "removed_from_group" {
		t.Errorf("who was removed joins: %v", err)
	}

	// Added again by the owner, made the owner, and the old one leaves.
	ada.Click(id("add-members"))
	ada.ClickText(id("picker-row")+" label", "Ben 本")
	ada.Click(id("add-members-dialog") + " " + id("submit"))
	ben.See(row(g.Conv))
	ada.SeeText(id("members"), "Ben 本")
	ada.Click(id("leave"))
	ada.ClickText(id("next-owner-dialog")+" .row__main", "Ben 本")
	ada.Click(id("confirm"))
	ada.Click(id("confirm"))
	ada.Gone(row(g.Conv))
	ben.Goto("/#/c/" + g.Conv + "/info")
	ben.Click(id("dissolve"))
	ben.Click(id("confirm"))
	ben.See("#list")
	ben.Gone(row(g.Conv))
}

// Contacts: removed, the chat stays readable and closed; added again, it goes on.
func TestContactLife(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Desktop)
	w := two.window
	w.Say("before")
	w.SeeSent("before")
	w.Goto("/#/c/" + two.conv + "/info")
	w.Click(id("remove-contact"))
	w.Click(id("confirm"))
	w.See(id("chat-bar"))
	w.SeeMessage("before")
	if err := two.ben.Send(two.conv, "still?").Wait(ctx); client.Reason(err) != "not_contact" {
		t.Errorf("a send to who removed one: %v", err)
	}
	w.Click(id("chat-bar") + " .button--primary")
	w.Say("after")
	w.SeeSent("after")
	must(t, two.ben.WaitShown(ctx, two.conv, 2))
	two.wantInOrder(t, ctx, "before", "after")

	// Clear answers to what cannot be: oneself, somebody one has, nobody.
	for _, who := range []string{"ada", "ben", "nobody at all"} {
		w.toList()
		w.Click(id("new"))
		w.Click(id("new-contact"))
		w.Type(id("field-who"), who)
		w.Click(id("add-contact-form") + " " + id("submit"))
		w.Until(`document.querySelector('[name=who]')?.getAttribute("aria-invalid") === "true"`)
		w.Press("\x1b")
		w.Gone(id("add-contact-form"))
	}
}

// The small things of every day: copy on plain http, emoji, the filter, a
// password's change that ends the other logins.
func TestSmallThings(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Desktop)
	w := two.window
	const text = "copy  this\n\ttext 复制"
	w.Say(text)
	w.SeeSent("copy")
	w.RightClick(id("message") + " .bubble")
	w.Click(id("menu-copy"))
	w.Click(id("composer-input"))
	w.Paste()
	w.Until(fmt.Sprintf("document.querySelector(%q).value === %q", id("composer-input"), text))
	w.Fill(id("composer-input"), "tea ")
	w.Click(id("emoji"))
	w.ClickText(id("emoji-picker")+" button", "🍵")
	w.Press("\x1b")
	w.Gone(id("emoji-picker"))
	w.Until(fmt.Sprintf("document.querySelector(%q).value === 'tea 🍵'", id("composer-input")))

	w.Type(id("list-search"), "BEN")
	w.See(row(two.conv))
	w.Fill(id("list-search"), "zzz")
	w.Gone(row(two.conv))
	w.Fill(id("list-search"), "b")
	w.See(row(two.conv))

	other := client.NewAPI(two.server.URL)
	must(t, other.LogIn(ctx, "ada", password))
	w.Goto("/#/settings")
	w.Click(id("change-password"))
	w.Fill(id("field-old_password"), password)
	w.Fill(id("field-password"), "quite another one")
	w.Click(id("password-form") + " " + id("submit"))
	w.Gone(id("password-form"))
	if _, err := other.Bootstrap(ctx); err == nil {
		t.Error("the other login outlives the password's change")
	}
	w.Reload()
	w.See(id("settings"))
	must(t, other.LogIn(ctx, "ada", "quite another one"))
}

// A browser whose WebSockets are blocked says so, loses nothing and recovers.
func TestSocketBlocked(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Desktop)
	w := two.window
	w.ServerAway(true)
	w.call(call(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `{
		const Real = WebSocket; window.blocked = true;
		window.WebSocket = function (url) { if (!blocked) return new Real(url);
			setTimeout(() => this.onclose?.({ code: 1006 }), 5); this.close = this.send = () => {} } }`}))
	w.Reload()
	w.See(id("composer-input"))
	w.Say("while blocked")
	w.See(id("conn-banner") + `[data-kind="blocked"]`)
	w.See(id("message") + `[data-state="pending"]`)
	w.Eval("window.blocked = false", nil)
	w.Click(id("retry-now"))
	w.SeeSent("while blocked")
	w.Gone(id("conn-banner"))
	two.wantInOrder(t, ctx, "while blocked")
}

// Whoever wants less motion gets none.
func TestReducedMotion(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Phone)
	w := two.window
	w.media("prefers-reduced-motion", "reduce")
	w.Say("hello")
	w.Click(id("emoji"))
	w.See(id("emoji-picker"))
	var moving []string
	w.Eval(`document.getAnimations().filter((a) => a.effect.getComputedTiming().activeDuration > 10).map((a) => (a.animationName ?? a.transitionProperty) + " " + a.effect.target.className)`, &moving)
	if len(moving) > 0 {
		t.Errorf("moves although less motion is wanted: %q", moving)
	}
}
