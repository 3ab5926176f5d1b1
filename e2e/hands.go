package e2e

// What a person does with mouse, finger and keyboard.

import (
	"fmt"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// middle waits until the middle of the first visible element of selector can be
// hit and returns it.
func (w *Window) middle(selector string) (x, y float64) {
	w.t.Helper()
	return w.middleOf(visible(selector))
}

// middleOf waits until an element, given by an expression that is asked again each
// time, can be hit in its middle and no longer moves.
func (w *Window) middleOf(element string) (x, y float64) {
	w.t.Helper()
	var at []float64
	w.until(fmt.Sprintf(`(() => { const e = %s; if (!e || e.disabled) return null;
		let r = e.getBoundingClientRect();
		if (r.top < 0 || r.left < 0 || r.bottom > innerHeight || r.right > innerWidth) {
			e.scrollIntoView({ block: "center", behavior: "instant" }); r = e.getBoundingClientRect(); }
		const x = r.left + r.width / 2, y = r.top + r.height / 2, on = document.elementFromPoint(x, y);
		const hit = on && (e.contains(on) || on.contains(e) && on.closest("label")?.contains(e));
		if (!hit && !on?.closest("dialog, .menu")) e.scrollIntoView({ block: "center", behavior: "instant" }); // clipped by what scrolls
		const still = window.e2ePlace === x + "," + y; window.e2ePlace = hit ? x + "," + y : "";
		return hit && still ? [x, y] : null })()`, element), &at)
	return at[0], at[1]
}

// Click clicks the first visible element of selector, or taps it on a touch screen.
func (w *Window) Click(selector string) {
	w.t.Helper()
	w.clickAt(w.middle(selector))
}

func (w *Window) clickAt(x, y float64) {
	w.t.Helper()
	if w.screen.Touch {
		w.call(chromedp.TapXY(x, y))
		return
	}
	w.call(chromedp.MouseClickXY(x, y))
}

// DoubleClick clicks twice, fast.
func (w *Window) DoubleClick(selector string) {
	w.t.Helper()
	x, y := w.middle(selector)
	w.call(chromedp.Steps(chromedp.MouseClickXY(x, y), chromedp.MouseClickXY(x, y, chromedp.ClickCount(2))))
}

// RightClick clicks with the other button.
func (w *Window) RightClick(selector string) {
	w.t.Helper()
	x, y := w.middle(selector)
	w.call(chromedp.MouseClickXY(x, y, chromedp.ButtonRight))
}

// Paste presses Ctrl+V where the focus is.
func (w *Window) Paste() {
	w.t.Helper()
	w.call(call(input.DispatchKeyEvent, input.DispatchKeyEventParams{
		Type: input.DispatchKeyEventTypeKeyDown, Key: "v", Code: "KeyV",
		Modifiers: int64(chromedp.ModifierCtrl), WindowsVirtualKeyCode: 86, Commands: []string{"paste"},
	}))
	w.call(call(input.DispatchKeyEvent, input.DispatchKeyEventParams{
		Type: input.DispatchKeyEventTypeKeyUp, Key: "v", Code: "KeyV",
		Modifiers: int64(chromedp.ModifierCtrl), WindowsVirtualKeyCode: 86,
	}))
}

// ClickText clicks the last visible element of selector that contains a text.
func (w *Window) ClickText(selector, text string) {
	w.t.Helper()
	x, y := w.middleOf(fmt.Sprintf(`[...document.querySelectorAll(%q)].filter((e) => e.checkVisibility() && e.textContent.includes(%q)).pop()`, selector, text))
	w.clickAt(x, y)
}

// Type focuses a field by a click and types into it.
func (w *Window) Type(selector, text string) {
	w.t.Helper()
	w.Click(selector)
	w.Until(fmt.Sprintf("document.activeElement?.matches(%q)", selector))
	w.Insert(text)
}

// Fill replaces what a field holds.
func (w *Window) Fill(selector, text string) {
	w.t.Helper()
	w.Click(selector)
	w.Eval(visible(selector)+".select()", nil)
	w.Insert(text)
}

// Insert types where the focus is.
func (w *Window) Insert(text string) {
	w.t.Helper()
	w.call(call(input.InsertText, input.InsertTextParams{Text: text}))
}

// Press presses a key, "\r" is Enter (see chromedp's kb), with modifiers.
func (w *Window) Press(key string, modifiers ...chromedp.Modifier) {
	w.t.Helper()
	if key == "\r" {
		w.enter(0, modifiers...)
		return
	}
	w.call(chromedp.KeyEvent(key, chromedp.KeyModifiers(modifiers...)))
}

// HoldEnter presses Enter and lets it repeat n times.
func (w *Window) HoldEnter(n int) {
	w.t.Helper()
	w.enter(n)
}

// enter is one keydown, with the text it types unless the page prevents that, as a
// keyboard does; chromedp sends the text as an event of its own.
func (w *Window) enter(repeats int, modifiers ...chromedp.Modifier) {
	w.t.Helper()
	key := input.DispatchKeyEventParams{
		Type: input.DispatchKeyEventTypeKeyDown, Key: "Enter", Code: "Enter", Text: "\r",
		WindowsVirtualKeyCode: 13, NativeVirtualKeyCode: 13,
	}
	for _, m := range modifiers {
		key.Modifiers |= int64(m)
	}
	for i := range repeats + 1 {
		repeat := i > 0
		key.AutoRepeat = &repeat
		w.call(call(input.DispatchKeyEvent, key))
	}
	key.Type, key.Text, key.AutoRepeat = input.DispatchKeyEventTypeKeyUp, "", nil
	w.call(call(input.DispatchKeyEvent, key))
}
