package e2e

import (
	"slices"
	"testing"

	"teahouse/e2e/client"
)

// The owner changes the rules in the drawer: a newcomer read everything before,
// and from their own joining after; then nobody joins alone; then the owner hands
// over and has no more say.
func TestOwnerChangesRulesAndHandsOver(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	needBrowser(t)
	s := StartServer(t)
	adaAPI, benAPI := s.SetUp(ctx, false), s.Join(ctx, "ben", "Ben 本")
	g, err := adaAPI.CreateGroup(ctx, client.NewClientID(), "Walks", []string{mustID(t, benAPI)})
	must(t, err)
	ada := device(t, ctx, adaAPI)
	must(t, ada.Send(g.Conv, "said before").Wait(ctx))
	w := OpenWindow(t, s, Desktop)
	w.Enter(adaAPI, "/#/c/"+g.Conv+"/info")

	early := s.Join(ctx, "cy", "Cy")
	_, err = early.JoinGroup(ctx, client.NewClientID(), g.Conv)
	must(t, err)
	wantReads(t, early, g.Conv, "said before", true)

	w.changeRule("history-rule", "joined", "From when they join")
	late := s.Join(ctx, "dee", "Dee")
	_, err = late.JoinGroup(ctx, client.NewClientID(), g.Conv)
	must(t, err)
	must(t, ada.Send(g.Conv, "said after").Wait(ctx))
	wantReads(t, late, g.Conv, "said before", false)
	wantReads(t, late, g.Conv, "said after", true)
	wantReads(t, early, g.Conv, "said before", true)

	w.changeRule("join-rule", "members", "By the owner")
	alone := s.Join(ctx, "eve", "Eve")
	if _, err := alone.JoinGroup(ctx, client.NewClientID(), g.Conv); err == nil {
		t.Error("somebody joins alone a group whose members are added")
	}

	w.ClickText(id("members")+" .row__main", "Ben 本")
	w.Click(id("card-hand-over"))
	w.Click(id("confirm"))
	w.SeeText(id("message"), "is the owner now")
	w.Gone(id("edit-rules"))
	w.Gone(id("dissolve"))
	must(t, benAPI.Do(ctx, "PATCH", "/api/groups/"+g.Conv, map[string]any{"name": "Ben's walks"}, nil))
	w.SeeText(".chat__title", "Ben's walks")
	if err := adaAPI.Do(ctx, "PATCH", "/api/groups/"+g.Conv, map[string]any{"name": "mine"}, nil); err == nil {
		t.Error("who handed over renames the group still")
	}
}

// changeRule chooses a value in the dialog of the rules, saves, and waits until the
// drawer says so.
func (w *Window) changeRule(rule, value, said string) {
	w.t.Helper()
	w.Click(id("edit-rules"))
	w.Click(id(rule) + " label:has([value=" + value + "])")
	w.Click(id("rules-dialog") + " " + id("submit"))
	w.Gone(id("rules-dialog"))
	w.SeeText(id("info")+" .facts", said)
}

func wantReads(t *testing.T, who *client.API, conv, body string, want bool) {
	t.Helper()
	log, err := who.History(t.Context(), conv)
	must(t, err)
	reads := slices.ContainsFunc(log, func(m client.Message) bool { return m.Body == body })
	if reads != want {
		t.Errorf("reads %q: %v, want %v", body, reads, want)
	}
}
