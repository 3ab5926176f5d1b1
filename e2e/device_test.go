package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"teahouse/e2e/client"
)

// What one sets for this device holds, over a reload too; ending another login
// ends that device and not this one.
func TestSettingsOfADevice(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Desktop)
	w := two.window
	there := client.NewAPI(two.server.URL)
	must(t, there.LogIn(ctx, "ada", password))
	other := OpenWindow(t, two.server, Phone)
	other.Enter(there, "/")

	w.Goto("/#/settings")
	w.Click(id("theme-choice") + " label:has([value=dark])")
	w.Until(`matchMedia("(prefers-color-scheme: light)").matches && getComputedStyle(document.documentElement).colorScheme === "dark"`)
	w.Click(id("enter-choice") + " label:has([value=newline])")
	w.Reload()
	w.See(id("settings"))
	w.Until(`getComputedStyle(document.documentElement).colorScheme === "dark"`)
	w.Click(id("theme-choice") + " label:has([value=light])")
	w.Until(`getComputedStyle(document.documentElement).colorScheme === "light"`)

	w.See(id("logins"))
	w.Click(id("end-login"))
	other.See(id("login-form"))
	if _, err := there.Bootstrap(ctx); err == nil {
		t.Error("the other login outlives its end")
	}
	w.Gone(id("end-login"))

	w.toList()
	w.Open(two.conv)
	w.Type(id("composer-input"), "one")
	w.Press("\r")
	w.Insert("two")
	w.Until(fmt.Sprintf(`document.querySelector(%q).value === "one\ntwo"`, id("composer-input")))
	w.Press("\r", chromedp.ModifierCtrl)
	w.SeeSent("two")
	two.wantInOrder(t, ctx, "one\ntwo")
}

// A hidden chat is off the list, even one in which nothing was said yet; the filter
// finds it.
func TestHiddenIsFound(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Desktop)
	w := two.window
	g, err := two.ada.CreateGroup(ctx, client.NewClientID(), "Walks", nil)
	must(t, err)
	w.See(row(g.Conv))
	for _, conv := range []string{two.conv, g.Conv} {
		w.Goto("/#/c/" + conv + "/info")
		w.SeeText(id("info"), map[string]string{two.conv: "Ben 本", g.Conv: "Walks"}[conv])
		w.Click(id("hide"))
		w.See(id("list-search"))
		w.Gone(row(conv))
	}
	w.Reload()
	w.See(id("list-empty"))
	w.Type(id("list-search"), "walk")
	w.Click(row(g.Conv))
	w.SeeText(".chat__title", "Walks")
	w.Fill(id("list-search"), "ben")
	w.Click(row(two.conv) + ", " + id("person-result"))
	w.SeeText(".chat__title", "Ben 本")
	w.Say("found again")
	w.SeeSent("found again")
	w.Reload()
	w.See(row(two.conv))
}
