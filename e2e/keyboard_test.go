package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// tabTo presses Tab until an element of selector has the focus.
func (w *Window) tabTo(selector string) {
	w.t.Helper()
	for range 60 {
		var there, lost bool
		w.Eval(fmt.Sprintf("Boolean(document.activeElement?.matches(%q))", selector), &there)
		if there {
			return
		}
		w.Press("\t")
		w.Eval("document.activeElement === document.documentElement", &lost)
		if lost {
			w.t.Fatalf("the focus is nowhere on the way to %s", selector)
		}
	}
	w.t.Fatalf("60 Tabs do not lead to %s", selector)
}

// From the log-in to a message and out again, without a mouse.
func TestKeyboardOnly(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Desktop)
	w := OpenWindow(t, two.server, Desktop)
	w.Goto("/")
	w.See(id("login-form"))
	w.tabTo(id("field-name"))
	w.Insert("ada")
	w.tabTo(id("field-password"))
	w.Insert(password)
	w.Press("\r")
	w.Ready()

	w.See(row(two.conv))
	w.tabTo(id("conv-row"))
	w.Press("\r")
	w.See(id("composer-input"))
	w.Until(fmt.Sprintf("document.activeElement?.matches(%q)", id("composer-input")))
	w.Insert("typed only")
	w.Press("\r")
	w.SeeSent("typed only")
	// The focus stays where one types on.
	w.Until(fmt.Sprintf("document.activeElement?.matches(%q)", id("composer-input")))

	// F6 goes round the regions and comes back; ? lists the keys, Escape closes.
	seen := map[string]bool{}
	for range 4 {
		var region string
		w.Eval(`(document.activeElement.closest("#list") ? "list" : document.activeElement.closest('[data-testid="message"], .timeline') ? "timeline" : document.activeElement.matches('[data-testid="composer-input"]') ? "composer" : "other")`, &region)
		seen[region] = true
		w.Press(kb.F6)
	}
	if !seen["list"] || !seen["composer"] {
		t.Errorf("F6 reaches %v", seen)
	}
	w.Press("k", chromedp.ModifierCtrl)
	w.Until(fmt.Sprintf("document.activeElement?.matches(%q)", id("list-search")+", "+id("list-search")+" *"))
	w.Press("\x1b")
	w.tabTo(id("conv-row"))
	w.Press("?")
	w.See("dialog[open]")
	w.Press("\x1b")
	w.Gone("dialog[open]")

	// The menu, the settings, the log-out.
	w.tabTo("a, button")
	w.Press("k", chromedp.ModifierCtrl)
	w.tabTo(id("menu"))
	w.Press("\r")
	w.See(id("menu-settings"))
	for range 8 {
		var there bool
		w.Eval(fmt.Sprintf("Boolean(document.activeElement?.matches(%q))", id("menu-settings")), &there)
		if there {
			break
		}
		w.Press(kb.ArrowDown)
	}
	w.Press("\r")
	w.See(id("settings"))
	w.tabTo(id("log-out"))
	w.Press("\r")
	w.See(id("confirm"))
	w.tabTo(id("confirm"))
	w.Press("\r")
	w.See(id("login-form"))
}
