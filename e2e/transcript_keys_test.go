package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"teahouse/e2e/client"
)

// focused waits until an element of selector has the focus.
func (w *Window) focused(selector string) {
	w.t.Helper()
	w.Until(fmt.Sprintf("Boolean(document.activeElement?.matches(%q))", selector))
}

// rowMenu opens the menu of the newest message with keys alone.
func (w *Window) rowMenu() {
	w.t.Helper()
	w.Eval(fmt.Sprintf("[...document.querySelectorAll('%s')].at(-1).focus()", id("message")), nil)
	w.Press("\r")
	w.See("[role=menu]")
}

// A row's menu is the way of the keyboard to links, long texts and senders.
func TestRowMenuLeadsEverywhere(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Desktop)
	w := two.window
	group, err := two.ada.CreateGroup(ctx, client.NewClientID(), "Tea", []string{two.ben.Me().User})
	must(t, err)
	w.Open(group.Conv)
	long := "see http://192.168.1.20:8080/wiki and www.example.org " + strings.Repeat("long ", 800)
	must(t, two.ben.Send(group.Conv, long).Wait(ctx))
	w.SeeMessage("see http")
	w.rowMenu()
	if n := w.Count(id("menu-link")); n != 2 {
		t.Errorf("the menu has %d links, want 2", n)
	}
	w.Click(id("menu-show-all"))
	w.Gone(".bubble__unfold")
	w.focused(id("message"))
	w.rowMenu()
	w.Gone(id("menu-show-all"))
	w.Click(id("menu-person"))
	w.See(id("person-card"))
	w.Press("\x1b")
	w.Gone(id("person-card"))

	// A notice is one line of the transcript and opens whole.
	notice := strings.Repeat("Tea at four. ", 40) + "The end."
	must(t, two.ada.Do(ctx, "PATCH", "/api/groups/"+group.Conv, map[string]string{"notice": notice}, nil))
	w.See(".event__notice")
	w.rowMenuOfNotice()
	w.SeeText(id("notice-whole"), "The end.")
}

// rowMenuOfNotice presses Enter on the newest row, which tells a notice.
func (w *Window) rowMenuOfNotice() {
	w.t.Helper()
	w.Until("[...document.querySelectorAll('article')].at(-1)?.querySelector('.event__notice') !== null")
	w.Eval("[...document.querySelectorAll('article')].at(-1).focus()", nil)
	w.Press("\r")
}

// The search of a narrow window with a chat open goes to the list first.
func TestSearchFromANarrowChat(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Phone)
	w := two.window
	ben := two.ben.Me().User
	w.Press("k", chromedp.ModifierCtrl)
	w.focused(id("list-search") + ", " + id("list-search") + " *")
	w.Insert(ben[2:5] + " " + ben[5:8] + " " + ben[8:])
	w.Until(fmt.Sprintf("document.querySelectorAll('%s').length === 1", id("conv-row")))
}

// Deleting an unsent message leaves the focus on its neighbour.
func TestFocusAfterDelete(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Desktop)
	w := two.window
	w.Say("stays")
	w.SeeSent("stays")
	two.server.Kill()
	w.ServerAway(true)
	w.Say("goes")
	w.SeeMessage("goes")
	w.rowMenu()
	w.Press(kb.End)
	w.Press("\r")
	w.See(id("confirm"))
	w.Click(id("confirm"))
	w.Until(fmt.Sprintf("document.querySelectorAll('%s').length === 1", id("message")))
	w.focused(id("message"))
	w.SeeText(id("conn-banner"), ":"+two.server.Port)
}

// Whoever was logged out from elsewhere is told; whoever logged out is not.
func TestLoginPageSaysWhy(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Desktop)
	w := two.window
	must(t, two.ada.LogOut(ctx))
	w.See(id("login-form"))
	w.SeeText(".entry__lead", "You are logged out.")
	w.LogIn("ada", password)
	w.Ready()
	w.Goto("/#/settings")
	w.Click(id("log-out"))
	w.Click(id("confirm"))
	w.See(id("login-form"))
	w.Gone(".entry__lead")
}

// Adding a contact again from the chat gives back the field, with the focus in it.
func TestFocusAfterAddAgain(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Desktop)
	w := two.window
	must(t, two.ada.Do(ctx, "DELETE", "/api/contacts/"+two.ben.Me().User, nil, nil))
	w.See(id("chat-bar"))
	w.Eval(fmt.Sprintf("document.querySelector('%s button').focus()", id("chat-bar")), nil)
	w.Press("\r")
	w.Gone(id("chat-bar"))
	w.focused(id("composer-input"))
}

// The readers of a message are people one can reach; whoever came later is none.
func TestReadersCanBeReached(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Desktop)
	w := two.window
	carl := two.server.Join(ctx, "carl", "Carl C")
	group, err := two.ada.CreateGroup(ctx, client.NewClientID(), "Tea", []string{two.ben.Me().User})
	must(t, err)
	// From one chat straight to the other, as a click on a wide window does.
	w.See(row(group.Conv))
	w.Eval("void (() => { window.sent = []; const s = WebSocket.prototype.send; WebSocket.prototype.send = function (x) { sent.push(x); return s.call(this, x) } })()", nil)
	w.Eval(fmt.Sprintf("void (location.hash = '#/c/%s')", group.Conv), nil)
	w.SeeText(id("chat")+" h1", "Tea")
	w.Say("who reads this")
	w.SeeSent("who reads this")
	late := device(t, ctx, carl)
	must(t, two.ada.AddMembers(ctx, client.NewClientID(), group.Conv, []string{late.Me().User}))
	must(t, late.Send(group.Conv, "I came later").Wait(ctx))
	w.SeeMessage("I came later")
	log, err := two.ada.History(ctx, group.Conv)
	must(t, err)
	for _, d := range []*client.Device{late, two.ben} {
		d.Read(group.Conv, log[len(log)-1].Seq)
	}
	w.SeeText(id("readers"), "1 read")
	var watched []string
	w.Eval(`sent.join("\n").split("\n").filter((f) => f.includes('"watch"'))`, &watched)
	if len(watched) != 1 || !strings.Contains(watched[0], group.Conv) {
		t.Errorf("watches %q, want the group alone", watched)
	}
	w.Click(id("readers"))
	w.See(id("readers-list"))
	w.SeeText(id("readers-list"), "Ben 本")
	if n := w.Count(id("readers-list") + " li"); n != 1 {
		t.Errorf("%d readers are listed, want 1", n)
	}
	w.See(id("readers-list") + " " + id("person-message"))
}
