package e2e

import (
	"fmt"
	"testing"

	"teahouse/e2e/client"
)

// Two tabs of one person agree: unread, drafts of nobody's loss, logout.
func TestTwoTabs(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Desktop)
	one := two.window
	other := one.Another(two.server)
	other.Goto("/")
	other.See("#list")
	one.toList()
	must(t, two.ben.WaitConversation(ctx, two.conv))
	must(t, two.ben.Send(two.conv, "seen in both").Wait(ctx))
	one.SeeText(row(two.conv)+" "+id("unread"), "1")
	other.SeeText(row(two.conv)+" "+id("unread"), "1")
	other.Open(two.conv)
	other.SeeMessage("seen in both")
	other.Gone(row(two.conv) + " " + id("unread"))
	one.Gone(row(two.conv) + " " + id("unread"))

	one.Open(two.conv)
	one.Say("from the first tab")
	one.SeeSent("from the first tab")
	other.SeeMessage("from the first tab")
	other.Say("from the second tab")
	one.SeeMessage("from the second tab")

	// What is half written in one tab is there in the other, where nobody writes.
	other.Click(id("list-search"))
	one.Type(id("composer-input"), "half a thou")
	other.Until(fmt.Sprintf("document.querySelector(%q).value === 'half a thou'", id("composer-input")))
	one.Click(id("list-search"))
	other.Type(id("composer-input"), "ght")
	one.Until(fmt.Sprintf("document.querySelector(%q).value === 'half a thought'", id("composer-input")))

	// A field that only has the cursor takes it in when the cursor goes, and does not
	// bring its older text back.
	one.Type(id("composer-input"), " more")
	one.Click(id("list-search"))
	one.Until(fmt.Sprintf("document.querySelector(%q).value === 'half a thought more'", id("composer-input")))
	other.Click(id("list-search"))
	other.Until(fmt.Sprintf("document.querySelector(%q).value === 'half a thought more'", id("composer-input")))
	other.toList()
	other.Open(two.conv)
	other.Until(fmt.Sprintf("document.querySelector(%q).value === 'half a thought more'", id("composer-input")))

	one.Goto("/#/settings")
	one.Click(id("log-out"))
	one.Click(id("confirm"))
	one.See(id("login-form"))
	other.See(id("login-form"))
	if _, err := two.ada.Bootstrap(ctx); err == nil {
		t.Error("the login outlives the logout")
	}
}

// Only new messages are announced, never history that is loaded.
func TestAnnouncer(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Desktop, "-limit", "sends-per-second=100000", "-limit", "send-burst=100000")
	must(t, two.ben.WaitConversation(ctx, two.conv))
	var last *client.Draft
	for i := range 300 {
		last = two.ben.Send(two.conv, fmt.Sprintf("old %d", i))
	}
	must(t, last.Wait(ctx))
	w := two.window
	w.SeeMessage("old 299")
	w.Gone(row(two.conv) + " " + id("unread"))
	w.Reload()
	w.See(id("composer-input"))
	w.SeeMessage("old 299")
	w.Eval(`(() => { window.said = []; new MutationObserver((changes) => changes.forEach((c) => c.addedNodes.forEach((n) => said.push(n.textContent))))
		.observe(document.querySelector('[data-testid="announcer"]'), { childList: true, subtree: true }) })()`, nil)
	w.scrollBack(10, 600)
	must(t, two.ben.Send(two.conv, "news").Wait(ctx))
	w.Until(`said.length > 0`)
	var said []string
	w.Eval("said", &said)
	if len(said) != 1 || said[0] != "Ben 本: news" {
		t.Errorf("announced %q, want the one new message", said)
	}
}
