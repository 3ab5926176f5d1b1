package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// key dispatches one key event as the browser's input method does.
func (w *Window) key(kind input.DispatchKeyEventType, key string, code int64) {
	w.t.Helper()
	w.call(call(input.DispatchKeyEvent, input.DispatchKeyEventParams{
		Type: kind, Key: key, Code: key,
		WindowsVirtualKeyCode: code, NativeVirtualKeyCode: code,
	}))
}

// compose shows a text that is being composed.
func (w *Window) compose(text string) {
	w.t.Helper()
	end := int64(len([]rune(text)))
	w.call(call(input.ImeSetComposition, input.ImeSetCompositionParams{Text: text, SelectionStart: end, SelectionEnd: end}))
}

// The Enter that ends composing Chinese never sends, in the order of any browser.
func TestComposingNeverSends(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Desktop.In("zh-CN", false))
	w := two.window
	composer := id("composer-input")
	const down, up = input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp
	w.Click(composer)

	// Chromium: 229 while composing, then the text is inserted.
	w.compose("ni")
	w.key(down, "Enter", 229)
	w.key(up, "Enter", 13)
	w.compose("你")
	w.key(down, "Enter", 13) // some send 13 while isComposing
	w.Insert("你")
	w.key(up, "Enter", 13)
	// Safari: compositionend comes before a keydown of 229.
	w.compose("hao")
	w.Insert("好")
	w.key(down, "Enter", 229)
	w.key(up, "Enter", 13)
	w.Until(fmt.Sprintf("document.querySelector(%q).value.replace(/[a-z]/g, '') === '你好'", composer))
	if n := w.Count(id("message")); n != 0 {
		t.Fatalf("composing sent %d messages", n)
	}

	// Shift+Enter is a new line, Enter sends.
	w.Press("\r", chromedp.ModifierShift)
	w.Insert("第二行")
	w.Press("\r")
	w.SeeSent("第二行")
	log, err := two.ada.History(ctx, two.conv)
	must(t, err)
	if len(log) != 1 || !strings.HasSuffix(log[0].Body, "\n第二行") || !strings.HasPrefix(log[0].Body, "你") {
		t.Errorf("the server has %+v", log)
	}
}

// On a touch screen Enter is a new line and the button sends.
func TestEnterOnTouch(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Phone)
	w := two.window
	w.Type(id("composer-input"), "one")
	w.Press("\r")
	w.Insert("two")
	w.Until(fmt.Sprintf(`document.querySelector(%q).value === "one\ntwo"`, id("composer-input")))
	w.Click(id("send"))
	w.SeeSent("two")
	two.wantInOrder(t, ctx, "one\ntwo")
}

// Before 16 KiB are reached there is a counter; beyond them nothing is sent and
// nothing is lost.
func TestTooLong(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Desktop)
	w := two.window
	w.Type(id("composer-input"), strings.Repeat("茶", 5400))
	w.See(id("counter"))
	w.Insert(strings.Repeat("茶", 100))
	w.Press("\r")
	w.Until(fmt.Sprintf("document.querySelector(%q).value.length === 5500", id("composer-input")))
	if n := w.Count(id("message")); n != 0 {
		t.Errorf("a text of 16,500 bytes became %d messages", n)
	}
	w.Eval(fmt.Sprintf(`(() => { const c = document.querySelector(%q); c.setSelectionRange(0, 39); c.focus() })()`, id("composer-input")), nil)
	w.Press("\b")
	w.Press("\r")
	w.Until(fmt.Sprintf("document.querySelectorAll('%s[data-state=sent]').length === 1", id("message")))
	log, err := two.ada.History(ctx, two.conv)
	must(t, err)
	if len(log) != 1 || log[0].Body != strings.Repeat("茶", 5461) {
		t.Errorf("the longest text did not arrive as it was typed")
	}
}

// What is odd is shown as text and harms nothing.
func TestOddTexts(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Desktop)
	w := two.window
	must(t, two.ben.WaitConversation(ctx, two.conv))
	for _, text := range []string{
		`<img src=x onerror=alert(1)><script>alert(2)</script>`,
		"javascript:alert(1) http://example.org/a?b=c&d=(e) https://example.org/路，然后",
		"\u202Egnp.exe\u202C and \u2066isolated\u2069",
		"nul \u0001 bell \u0007 escape \u001b[31m",
		"e\u0301 🏳️‍🌈 👩‍👩‍👧‍👦 \ufeff\u200b",
		strings.Repeat("ẩ̷̢", 500),
		strings.Repeat("unbroken", 200),
	} {
		must(t, two.ben.Send(two.conv, text).Wait(ctx))
	}
	must(t, two.ben.Send(two.conv, "the last one").Wait(ctx))
	w.SeeMessage("the last one")
	if n := w.Count(id("message")); n != 8 {
		t.Errorf("%d messages are shown, want 8", n)
	}
	if n := w.Count(id("message") + " img[src=x]," + id("message") + " script"); n != 0 {
		t.Error("text became elements")
	}
	var links []string
	w.Eval(fmt.Sprintf(`[...document.querySelectorAll('%s a[href^="http"]')].map((a) => a.href + " " + a.rel + " " + a.target)`, id("message")), &links)
	if len(links) != 2 || !strings.HasPrefix(links[1], "https://example.org/%E8%B7%AF ") || !strings.Contains(links[0], "noopener noreferrer _blank") {
		t.Errorf("the links are %q", links)
	}
	w.fits(t)
}

// fits checks that nothing is wider than the window. A phone's window grows with
// what is too wide, so it is compared with the screen.
func (w *Window) fits(t *testing.T) {
	t.Helper()
	var wide []string
	w.Eval(fmt.Sprintf(`document.documentElement.scrollWidth <= %[1]d && innerWidth === %[1]d ? [] : [document.documentElement.scrollWidth + " in " + innerWidth,
		...[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > %[1]d + 1).slice(0, 5)
		.map((e) => e.tagName + "." + e.className)]`, w.screen.Width), &wide)
	if len(wide) > 0 {
		t.Errorf("wider than the window at %d px: %q", w.screen.Width, wide)
	}
}
