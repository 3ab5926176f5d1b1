package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"teahouse/e2e/client"
)

// twoInAChat is ada in a window and ben as a device, with their conversation.
type twoInAChat struct {
	server *Server
	window *Window
	ben    *client.Device
	ada    *client.API
	conv   string
}

func startTwo(t *testing.T, ctx context.Context, screen Screen, args ...string) twoInAChat {
	t.Helper()
	needBrowser(t)
	s := StartServer(t, args...)
	two := twoInAChat{server: s, ada: s.SetUp(ctx, false)}
	benAPI := s.Join(ctx, "ben", "Ben 本")
	c, err := two.ada.AddContact(ctx, client.NewClientID(), "ben")
	must(t, err)
	two.conv = c.Conv
	two.ben = device(t, ctx, benAPI)
	two.window = OpenWindow(t, s, screen)
	two.window.Enter(two.ada, "/")
	two.window.Open(two.conv)
	return two
}

// wantInOrder asks the server for all messages.
func (two *twoInAChat) wantInOrder(t *testing.T, ctx context.Context, want ...string) {
	t.Helper()
	log, err := two.ada.History(ctx, two.conv)
	must(t, err)
	var got []string
	for _, m := range log {
		got = append(got, m.Body)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the server has %q, want %q", got, want)
	}
}

// Sent while the server is down: pending, a banner, and delivered once when it is
// back.
func TestPageSendsWhileTheServerIsDown(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Desktop)
	w := two.window
	w.Say("before")
	w.SeeSent("before")
	w.ServerAway(true)
	two.server.Kill()
	w.Say("during one")
	w.Say("during two")
	w.See(id("message") + `[data-state="pending"]`)
	w.See(id("conn-banner"))
	w.Screenshot("banner-server-down")
	two.server.Start()
	w.SeeSent("during one")
	w.SeeSent("during two")
	w.Gone(id("conn-banner"))
	w.SeeMessage("during one")
	must(t, two.ben.WaitShown(ctx, two.conv, 3))
	wantBodies(t, two.ben, two.conv, "before", "during one", "during two")
	two.wantInOrder(t, ctx, "before", "during one", "during two")
}

// A reload with a full outbox loses nothing and changes no order.
func TestReloadWithAFullOutbox(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Desktop)
	w := two.window
	w.Say("first")
	w.SeeSent("first")
	want := []string{"first"}
	w.ServerAway(true)
	two.server.Kill()
	for i := range 12 {
		text := fmt.Sprintf("queued %02d", i)
		w.Say(text)
		want = append(want, text)
	}
	two.server.Start()
	w.Reload()
	w.Ready()
	w.SeeSent("queued 11")
	must(t, two.ben.WaitShown(ctx, two.conv, uint64(len(want))))
	wantBodies(t, two.ben, two.conv, want...)
	two.wantInOrder(t, ctx, want...)
}

// Whatever way a send is fired twice, there is one message.
func TestSendOnce(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Desktop)
	w := two.window
	composer := id("composer-input")

	w.Type(composer, "double click")
	w.DoubleClick(id("send"))
	w.SeeSent("double click")

	w.Type(composer, "Enter and click")
	w.Eval(fmt.Sprintf(`(() => { const c = document.querySelector(%q);
		c.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
		document.querySelector(%q).click() })()`, composer, id("send")), nil)
	w.SeeSent("Enter and click")

	w.Type(composer, "key repeat")
	w.HoldEnter(6)
	w.SeeSent("key repeat")

	w.Type(composer, "pending at the reload")
	w.Press("\r")
	w.Reload()
	w.SeeSent("pending at the reload")
	must(t, two.ben.WaitShown(ctx, two.conv, 4))
	two.wantInOrder(t, ctx, "double click", "Enter and click", "key repeat", "pending at the reload")
}

// A conversation hidden from the list comes back with the next message.
func TestHideAndReappear(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Phone)
	w := two.window
	w.Say("hide me")
	w.SeeSent("hide me")
	w.Goto("/#/c/" + two.conv + "/info")
	w.Click(id("hide"))
	w.See("#list")
	w.Gone(row(two.conv))
	w.Reload()
	w.See("#list")
	w.Gone(row(two.conv))
	must(t, two.ben.WaitConversation(ctx, two.conv))
	must(t, two.ben.Send(two.conv, "I am here").Wait(ctx))
	w.See(row(two.conv))
	w.SeeText(row(two.conv), "I am here")
}

// Drafts survive a change of conversation and a reload.
func TestDraftsSurvive(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Desktop)
	g, err := two.ada.CreateGroup(ctx, client.NewClientID(), "walks", nil)
	must(t, err)
	w := two.window
	w.Type(id("composer-input"), "half a thou")
	w.Click(row(g.Conv))
	w.SeeText(".chat__title", "walks")
	w.Until(fmt.Sprintf("document.querySelector(%q).value === ''", id("composer-input")))
	w.SeeText(row(two.conv), "half a thou")
	w.Reload()
	w.Open(two.conv)
	w.Until(fmt.Sprintf("document.querySelector(%q).value === 'half a thou'", id("composer-input")))
}

// Many messages come while the reader is elsewhere: the divider stays where it was
// and everything is there.
func TestUnreadDivider(t *testing.T) {
	t.Parallel()
	ctx := withTimeout(t)
	two := startTwo(t, ctx, Desktop)
	w := two.window
	w.Say("before")
	w.SeeSent("before")
	g, err := two.ada.CreateGroup(ctx, client.NewClientID(), "walks", nil)
	must(t, err)
	w.Click(row(g.Conv))
	w.SeeText(".chat__title", "walks")
	must(t, two.ben.WaitConversation(ctx, two.conv))
	for i := range 5 {
		must(t, two.ben.Send(two.conv, fmt.Sprintf("unread %d", i)).Wait(ctx))
	}
	w.SeeText(row(two.conv)+" "+id("unread"), "5")
	w.Until(`/5/.test(document.title)`)
	w.Open(two.conv)
	w.See(id("unread-divider"))
	w.SeeMessage("unread 4")
	w.Gone(row(two.conv) + " " + id("unread"))
	must(t, two.ben.WaitReceipt(ctx, two.conv, mustID(t, two.ada), 6))
	must(t, two.ben.Send(two.conv, "one more").Wait(ctx))
	w.SeeMessage("one more")
	var next string
	w.Eval(fmt.Sprintf(`(() => { const d = document.querySelector(%q), m = [...document.querySelectorAll(%q)];
		return m.find((e) => d.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING).textContent })()`,
		id("unread-divider"), id("message")), &next)
	if want := "unread 0"; !strings.Contains(next, want) {
		t.Errorf("the divider stands before %q, want %q", next, want)
	}
}

func mustID(t *testing.T, api *client.API) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	b, err := api.Bootstrap(ctx)
	must(t, err)
	return b.Me.User
}
