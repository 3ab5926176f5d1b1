package e2e

import (
	"fmt"
	"testing"

	"teahouse/e2e/client"
)

// Somebody follows a link to the page of an open group they are not in: they see
// what it is and join. Hidden, the focus is not lost with it.
func TestStrangerLooksAtGroup(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	needBrowser(t)
	s := StartServer(t)
	adaAPI, benAPI := s.SetUp(ctx, false), s.Join(ctx, "ben", "Ben 本")
	g, err := adaAPI.CreateGroup(ctx, client.NewClientID(), "Walks", nil)
	must(t, err)
	for _, screen := range []Screen{Desktop, Phone} {
		w := OpenWindow(t, s, screen)
		w.Enter(benAPI, "/#/c/"+g.Conv+"/info")
		w.SeeText(id("info"), "Walks")
		w.SeeText(id("info"), "1 member")
		if w.Count(id("leave"))+w.Count(id("hide")) > 0 {
			t.Errorf("%v: a stranger is offered to leave or hide the group", screen)
		}
		w.Click(id("join"))
		w.See(id("composer-input"))
		w.Goto("/#/c/" + g.Conv + "/info")
		w.Click(id("hide"))
		w.Gone(id("hide"))
		w.Until("document.activeElement !== document.body")
		must(t, benAPI.LeaveGroup(ctx, g.Conv))
	}
}

// Whoever was removed is told so in their own words.
func TestRemovedCannotJoin(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	needBrowser(t)
	s := StartServer(t)
	adaAPI, benAPI := s.SetUp(ctx, false), s.Join(ctx, "ben", "Ben 本")
	g, err := adaAPI.CreateGroup(ctx, client.NewClientID(), "Walks", []string{mustID(t, benAPI)})
	must(t, err)
	must(t, adaAPI.RemoveMember(ctx, g.Conv, mustID(t, benAPI)))
	w := OpenWindow(t, s, Desktop)
	w.Enter(benAPI, "/#/c/"+g.Conv+"/info")
	w.Click(id("join"))
	w.SeeText("#toasts", "You were removed from this group")
}

// The rules of a new group: what newcomers read follows who may join until it is
// chosen. And nobody is added by a choice of none.
func TestNewGroupRules(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	needBrowser(t)
	s := StartServer(t)
	w := OpenWindow(t, s, Desktop)
	w.Enter(s.SetUp(ctx, false), "/")
	s.Join(ctx, "ben", "Ben 本")
	w.Click(id("new"))
	w.Click(id("new-group"))
	w.Fill(id("field-group_name"), "Walks")
	w.Click(id("new-group-form") + " summary")
	choose := func(rule, value string) {
		w.Eval(fmt.Sprintf("document.querySelector(%q).scrollIntoView()", id(rule)), nil)
		w.Click(fmt.Sprintf("%s label:has(input[value=%s])", id(rule), value))
	}
	sees := func(history string) {
		t.Helper()
		w.Until(fmt.Sprintf("document.querySelector(%q).checked", fmt.Sprintf("%s input[value=%s]", id("history-rule"), history)))
	}
	sees("all")
	choose("join-rule", "members")
	sees("joined")
	choose("join-rule", "open")
	sees("all")
	choose("history-rule", "joined")
	choose("join-rule", "members")
	choose("join-rule", "open")
	sees("joined")

	w.Eval(fmt.Sprintf("document.querySelector(%q).scrollIntoView()", id("new-group-form")+" "+id("submit")), nil)
	w.Click(id("new-group-form") + " " + id("submit"))
	w.See(id("composer-input"))
	w.Click(id("info-button"))
	w.Click(id("add-members"))
	add := id("add-members-dialog") + " " + id("submit")
	w.See(add + ":disabled")
	w.ClickText(id("picker-row")+" label", "Ben 本")
	w.Click(add)
	w.SeeText(id("members"), "Ben 本")
}

// Part of one's name is enough where it is meant for one; for several one chooses.
func TestAddByPartOfName(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	needBrowser(t)
	s := StartServer(t)
	w := OpenWindow(t, s, Desktop)
	w.Enter(s.SetUp(ctx, false), "/")
	for name, shown := range map[string]string{"wang1": "王小明", "wang2": "王小红"} {
		s.Join(ctx, name, shown)
	}
	w.Click(id("new"))
	w.Click(id("new-contact"))
	w.Fill(id("field-who"), "王小")
	w.Click(id("add-contact-form") + " " + id("submit"))
	w.SeeText(id("add-contact-form"), "Choose one")
	w.Fill(id("field-who"), "小明")
	w.Click(id("add-contact-form") + " " + id("submit"))
	w.See(id("composer-input"))
	w.SeeText(".chat__title", "王小明")
}

// A pasted invite link opens the form on the log-in page.
func TestPastedInvite(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	needBrowser(t)
	s := StartServer(t)
	admin := OpenWindow(t, s, Desktop)
	admin.Enter(s.SetUp(ctx, false), "/#/admin")
	chooseRegistration(admin, "invite")
	link := newInvite(admin)
	w := OpenWindow(t, s, Phone)
	w.Goto("/")
	w.Click(id("login") + " summary")
	w.Fill(id("field-invite"), "http://elsewhere/invite#nonsense")
	w.Click(id("have-invite-form") + " " + id("submit"))
	w.Until(`document.querySelector('[name=invite]').getAttribute("aria-invalid") === "true"`)
	w.Fill(id("field-invite"), link)
	w.Click(id("have-invite-form") + " " + id("submit"))
	w.Register("cy", "")
	w.Ready()
}
