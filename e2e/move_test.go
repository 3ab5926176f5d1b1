package e2e

import (
	"fmt"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"teahouse/e2e/client"
)

// From the newest message back to the first unread one, from chat to chat and from
// region to region.
func TestMovingAround(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Desktop, "-limit", "sends-per-second=100000", "-limit", "send-burst=100000")
	w := two.window
	must(t, two.ben.WaitConversation(ctx, two.conv))
	g, err := two.ada.CreateGroup(ctx, client.NewClientID(), "walks", nil)
	must(t, err)
	w.Click(row(g.Conv))
	w.SeeText(".chat__title", "walks")
	const total = 120
	var last *client.Draft
	for i := range total {
		last = two.ben.Send(two.conv, fmt.Sprintf("news %d", i+1))
	}
	must(t, last.Wait(ctx))
	w.SeeText(row(two.conv)+" "+id("unread"), fmt.Sprint(total))

	// It opens where the unread ones begin; the end and the beginning are one click.
	w.Open(two.conv)
	w.Until(onScreen(id("unread-divider")))
	w.Click(id("jump-newest"))
	w.Until(onScreen(fmt.Sprintf(`%s[data-seq="%d"]`, id("message"), total)))
	w.Gone(id("jump-newest"))
	w.Gone(row(two.conv) + " " + id("unread"))
	w.Click(id("unread-pill"))
	w.Until(onScreen(id("unread-divider")))
	w.Gone(id("unread-pill"))

	// Alt with an arrow goes to the next chat of the list and back.
	w.Press(kb.ArrowDown, chromedp.ModifierAlt)
	w.SeeText(".chat__title", "walks")
	w.Press(kb.ArrowUp, chromedp.ModifierAlt)
	w.SeeText(".chat__title", "Ben 本")
	w.See(id("message"))

	// F6 reaches every region, the drawer too, and comes round.
	w.Click(id("info-button"))
	w.Until(`document.activeElement.closest(".app__info")`)
	var reached []string
	for range 4 {
		w.Press(kb.F6)
		var region string
		w.Eval(`["#list", ".timeline", ".composer", ".app__info"].find((s) => document.activeElement.closest(s)) ?? "nowhere"`, &region)
		reached = append(reached, region)
	}
	if want := []string{"#list", ".timeline", ".composer", ".app__info"}; !slices.Equal(reached, want) {
		t.Errorf("F6 reaches %q, want %q", reached, want)
	}
}

// onScreen is an expression for an element within the window.
func onScreen(selector string) string {
	return fmt.Sprintf(`(() => { const r = %s?.getBoundingClientRect(); return r && r.top >= 0 && r.bottom <= innerHeight })()`, visible(selector))
}

// A name written from right to left is set apart: the sentence around it keeps the
// direction of the page.
func TestRightToLeftNames(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	needBrowser(t)
	s := StartServer(t)
	adaAPI := s.SetUp(ctx, false)
	const name = "שלום עולם"
	rtlAPI := s.Join(ctx, "rtl", name)
	g, err := adaAPI.CreateGroup(ctx, client.NewClientID(), "walks", nil)
	must(t, err)
	w := OpenWindow(t, s, Desktop)
	w.Enter(adaAPI, "/#/c/"+g.Conv)
	w.See(id("composer-input"))
	_, err = rtlAPI.JoinGroup(ctx, client.NewClientID(), g.Conv)
	must(t, err)
	w.SeeText(id("message"), name+" joined")
	w.wantIsolated(id("message")+" .event__text", name)
	w.wantIsolated(row(g.Conv)+" .conv-row__preview", name)
	rtl := device(t, ctx, rtlAPI)
	must(t, rtl.WaitConversation(ctx, g.Conv))
	rtl.Typing(g.Conv)
	w.wantIsolated(id("typing"), name)
}

// wantIsolated waits for a sentence with a name that is set apart, in an element or
// between the characters that isolate, and whose own direction is the page's.
func (w *Window) wantIsolated(selector, name string) {
	w.t.Helper()
	w.Until(fmt.Sprintf(`[...document.querySelectorAll(%q)].some((e) =>
		([...e.querySelectorAll("bdi")].some((b) => b.textContent === %q) || e.textContent.includes("\u2068" + %[2]q + "\u2069")) &&
		getComputedStyle(e).direction === "ltr")`, selector, name))
}
