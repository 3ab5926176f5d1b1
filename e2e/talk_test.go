package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"teahouse/e2e/client"
)

// deviceOptions keep what is shown and do not wait long for anything.
var deviceOptions = client.Options{
	FromStart: true, Keep: true, HoleAfter: 300 * time.Millisecond,
	RetryMin: 20 * time.Millisecond, RetryMax: 300 * time.Millisecond,
}

// withTimeout bounds a test that waits for frames.
func withTimeout(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// must fails the test at once.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// device brings a person online until the test ends, which then asks for broken
// promises.
func device(t *testing.T, ctx context.Context, api *client.API) *client.Device {
	t.Helper()
	d := client.NewDevice(api, deviceOptions)
	t.Cleanup(func() {
		d.GoOffline()
		for _, v := range d.Violations() {
			t.Error(v)
		}
	})
	d.GoOnline()
	must(t, d.WaitLive(ctx))
	return d
}

// bodies returns the texts a device shows of a conversation.
func bodies(d *client.Device, conv string) []string {
	var texts []string
	for _, s := range d.Shown(conv) {
		if s.Message.Kind == "text" {
			texts = append(texts, s.Message.Body)
		}
	}
	return texts
}

func wantBodies(t *testing.T, d *client.Device, conv string, want ...string) {
	t.Helper()
	if got := bodies(d, conv); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s shows %q, want %q", d.Me().Name, got, want)
	}
}

func TestTwoPeopleTalk(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	s := StartServer(t)
	adaAPI, benAPI := s.SetUp(ctx, true), s.Join(ctx, "ben", "Ben 本")
	ada, ben := device(t, ctx, adaAPI), device(t, ctx, benAPI)

	c, err := adaAPI.AddContact(ctx, client.NewClientID(), "ben")
	must(t, err)
	must(t, ben.WaitConversation(ctx, c.Conv))
	must(t, ada.WaitOnline(ctx, ben.Me().User, true))

	must(t, ada.Send(c.Conv, "hello").Wait(ctx))
	must(t, ben.WaitShown(ctx, c.Conv, 1))
	ben.Read(c.Conv, 1)
	must(t, ada.WaitReceipt(ctx, c.Conv, ben.Me().User, 1))
	ben.Typing(c.Conv)
	must(t, ada.WaitTyping(ctx, c.Conv))
	must(t, ben.Send(c.Conv, "你好 👋\u2028 \r\n tail ").Wait(ctx))
	must(t, ada.WaitShown(ctx, c.Conv, 2))
	wantBodies(t, ada, c.Conv, "hello", "你好 👋\u2028 \r\n tail ")
	wantBodies(t, ben, c.Conv, "hello", "你好 👋\u2028 \r\n tail ")
	must(t, ada.WaitShown(ctx, c.Conv, 2))

	ben.GoOffline()
	must(t, ada.WaitOnline(ctx, ben.Me().User, false))
}

// A send while the server is down stays in the outbox and is delivered once.
func TestSendWhileTheServerIsDown(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	s := StartServer(t)
	adaAPI, benAPI := s.SetUp(ctx, false), s.Join(ctx, "ben", "Ben")
	ada, ben := device(t, ctx, adaAPI), device(t, ctx, benAPI)
	c, err := adaAPI.AddContact(ctx, client.NewClientID(), "ben")
	must(t, err)
	must(t, ben.WaitConversation(ctx, c.Conv))
	must(t, ada.Send(c.Conv, "before").Wait(ctx))

	s.Kill()
	draft := ada.Send(c.Conv, "during")
	s.Start()
	must(t, draft.Wait(ctx))
	must(t, ben.WaitShown(ctx, c.Conv, 2))
	wantBodies(t, ben, c.Conv, "before", "during")

	// The same client_id again is the same message; with another text a conflict.
	again := ada.SendAs(draft.ClientID, c.Conv, "during")
	must(t, again.Wait(ctx))
	if again.Seq != draft.Seq || !again.Duplicate {
		t.Errorf("sent again: seq %d duplicate %v, want seq %d", again.Seq, again.Duplicate, draft.Seq)
	}
	if err := ada.SendAs(draft.ClientID, c.Conv, "other").Wait(ctx); client.Reason(err) != "client_id_reused" {
		t.Errorf("other text under a used client_id: %v", err)
	}
	wantBodies(t, ada, c.Conv, "before", "during")
	s.Stop()
}

// Who is removed sees the end of it, online and offline, and what they write is
// refused; joining again is a new membership.
func TestRemovedAndBack(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	s := StartServer(t)
	adaAPI, benAPI, cyAPI := s.SetUp(ctx, false), s.Join(ctx, "ben", "Ben"), s.Join(ctx, "cy", "Cy")
	ada, ben, cy := device(t, ctx, adaAPI), device(t, ctx, benAPI), device(t, ctx, cyAPI)
	g, err := adaAPI.CreateGroup(ctx, client.NewClientID(), "walks", []string{ben.Me().User, cy.Me().User})
	must(t, err)
	must(t, ben.WaitConversation(ctx, g.Conv))
	must(t, cy.WaitConversation(ctx, g.Conv))
	first := ada.Send(g.Conv, "first")
	must(t, first.Wait(ctx))
	must(t, ben.WaitShown(ctx, g.Conv, first.Seq))
	must(t, cy.WaitShown(ctx, g.Conv, first.Seq))

	cy.GoOffline()
	must(t, adaAPI.RemoveMember(ctx, g.Conv, ben.Me().User))
	must(t, adaAPI.RemoveMember(ctx, g.Conv, cy.Me().User))
	must(t, ben.WaitGone(ctx, g.Conv))
	if err := ben.Send(g.Conv, "still here?").Wait(ctx); client.Reason(err) != "no_such_conversation" {
		t.Errorf("a removed member's send: %v", err)
	}
	if _, err := benAPI.History(ctx, g.Conv); client.Reason(err) != "no_such_conversation" {
		t.Errorf("a removed member reads: %v", err)
	}
	cy.GoOnline()
	must(t, cy.WaitGone(ctx, g.Conv))

	must(t, adaAPI.AddMembers(ctx, client.NewClientID(), g.Conv, []string{cy.Me().User}))
	must(t, cy.WaitConversation(ctx, g.Conv))
	second := ada.Send(g.Conv, "second")
	must(t, second.Wait(ctx))
	must(t, cy.WaitShown(ctx, g.Conv, second.Seq))
	wantBodies(t, cy, g.Conv, "first", "second")
	if shown := cy.Shown(g.Conv); shown[0].Seq != 1 {
		t.Errorf("an open group is read from seq %d after joining again", shown[0].Seq)
	}
}

// One click that fires twice makes one thing.
func TestRequestsTwice(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	s := StartServer(t)
	adaAPI, benAPI := s.SetUp(ctx, false), s.Join(ctx, "ben", "Ben")
	id := client.NewClientID()
	g1, err := adaAPI.CreateGroup(ctx, id, "walks", nil)
	must(t, err)
	g2, err := adaAPI.CreateGroup(ctx, id, "walks", nil)
	must(t, err)
	if g1.Conv != g2.Conv {
		t.Errorf("one request twice made %s and %s", g1.Conv, g2.Conv)
	}
	id = client.NewClientID()
	for range 2 {
		_, err = benAPI.JoinGroup(ctx, id, g1.Conv)
		must(t, err)
	}
	_, err = benAPI.JoinGroup(ctx, client.NewClientID(), g1.Conv)
	must(t, err)
	history, err := benAPI.History(ctx, g1.Conv)
	must(t, err)
	if len(history) != 2 { // created, joined
		t.Errorf("one join twice made %d messages, want 2", len(history))
	}
	// Both add each other at the same moment: one conversation.
	var convs [2]string
	done := make(chan error, 2)
	for i, pair := range []struct {
		api  *client.API
		name string
	}{{adaAPI, "ben"}, {benAPI, "ada"}} {
		go func() {
			c, err := pair.api.AddContact(ctx, client.NewClientID(), pair.name)
			convs[i] = c.Conv
			if client.Reason(err) == "already_contact" {
				err = nil
			}
			done <- err
		}()
	}
	must(t, <-done)
	must(t, <-done)
	if convs[0] != convs[1] && convs[0] != "" && convs[1] != "" {
		t.Errorf("two conversations of one pair: %v", convs)
	}
}

// A logout ends the sockets of that login and of no other.
func TestLogoutEndsItsSockets(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	s := StartServer(t)
	adaAPI := s.SetUp(ctx, false)
	other := client.NewAPI(s.URL)
	must(t, other.LogIn(ctx, "ada", password))
	here, there := device(t, ctx, adaAPI), device(t, ctx, other)
	must(t, adaAPI.LogOut(ctx))
	if err := here.WaitEnded(ctx); err == nil {
		t.Error("the socket lives on after its logout")
	}
	if _, err := other.Bootstrap(ctx); err != nil {
		t.Errorf("the other login: %v", err)
	}
	must(t, there.WaitLive(ctx))
}

// Far behind, the device is told so and reads pages: nothing is missing.
func TestFarBehind(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	s := StartServer(t, "-limit", "sends-per-second=100000", "-limit", "send-burst=100000")
	adaAPI, benAPI := s.SetUp(ctx, false), s.Join(ctx, "ben", "Ben")
	ada := device(t, ctx, adaAPI)
	c, err := adaAPI.AddContact(ctx, client.NewClientID(), "ben")
	must(t, err)
	must(t, ada.WaitConversation(ctx, c.Conv))
	opt := deviceOptions
	opt.MaxBehind = 100
	ben := client.NewDevice(benAPI, opt)
	ben.GoOnline()
	must(t, ben.WaitLive(ctx))
	must(t, ada.Send(c.Conv, "0").Wait(ctx))
	must(t, ben.WaitShown(ctx, c.Conv, 1))
	ben.GoOffline()
	var last *client.Draft
	want := []string{"0"}
	for i := range 500 {
		want = append(want, fmt.Sprint(i+1))
		last = ada.Send(c.Conv, fmt.Sprint(i+1))
	}
	must(t, last.Wait(ctx))
	ben.GoOnline()
	defer ben.GoOffline()
	must(t, ben.WaitShown(ctx, c.Conv, last.Seq))
	wantBodies(t, ben, c.Conv, want...)
	if ben.Stats().Resets == 0 {
		t.Error("no reset although it was 500 behind with max_behind 100")
	}
	if v := ben.Violations(); v != nil {
		t.Error(v)
	}
}
