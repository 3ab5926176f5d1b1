package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// A row that changes while the mouse button is down was built anew, and the browser
// told nobody of the click: in a busy list chats did not open.
func TestPressOnARowThatChanges(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Desktop)
	w := two.window
	w.toList()
	must(t, two.ben.WaitConversation(ctx, two.conv))
	x, y := w.middle(row(two.conv))
	w.call(chromedp.MouseEvent(input.DispatchMouseEventTypeMousePressed, x, y, chromedp.ButtonLeft, chromedp.ClickCount(1)))
	must(t, two.ben.Send(two.conv, "now").Wait(ctx))
	w.Until(`/1/.test(document.title)`) // the page has it
	w.Eval(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`, nil)
	w.call(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseReleased, x, y, chromedp.ButtonLeft, chromedp.ClickCount(1)))
	w.See(id("composer-input"))
	w.SeeMessage("now")
}
