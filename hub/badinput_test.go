package hub

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"teahouse/store"
)

// TestBadInput is every case of section 4 of the protocol: unreadable bytes end
// the session with 4501, a readable frame that is wrong is answered and the
// session lives, and whoever else is there notices nothing.
func TestBadInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob, eve := w.user("ann"), w.user("bob"), w.user("eve")
	conv := w.pair(ann, bob)
	secret := w.pair(bob, eve)
	a, b := w.connect(ann, nil), w.connect(bob, nil)
	send := func(rest string) string {
		return fmt.Sprintf(`{"type":"send","client_id":"%s","conv":"%s"%s}`, newClientID(), conv, rest)
	}
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, c := range []struct {
		name, text string
		reason     string // of the error, or "" for unreadable
		id         bool   // the error names the draft
	}{
		{name: "empty", text: ""},
		{name: "not JSON", text: "hello"},
		{name: "half an object", text: `{"type":"pong"`},
		{name: "an array", text: `[{"type":"pong"}]`},
		{name: "a string", text: `"pong"`},
		{name: "two objects on a line", text: `{"type":"pong"} {"type":"pong"}`},
		{name: "an empty line between", text: "{\"type\":\"pong\"}\n\n{\"type\":\"pong\"}"},
		{name: "bad UTF-8", text: "{\"type\":\"pong\xff\"}"},
		{name: "a lone surrogate", text: send(`,"body":"\ud83d"`)},
		{name: "a doubled key", text: `{"type":"pong","type":"pong"}`},
		{name: "a doubled key deeper", text: `{"type":"hello","cursors":{"g_10000000":[1,1],"g_10000000":[2,2]}}`},
		{name: "a doubled key, escaped", text: `{"type":"pong","\u0074ype":"pong"}`},
		{name: "a key in another case", text: send(`,"Body":"x"`)},
		{name: "a key in another case besides", text: send(`,"body":"x","BODY":"y"`)},
		{name: "a key with a long s", text: `{"type":"read","conv":"` + string(conv) + `","` + "\u017f" + `eq":1}`},
		{name: "nested too deep", text: `{"type":"pong","x":` + deep(16) + `}`},
		{name: "nested absurdly deep", text: `{"type":"pong","x":` + deep(100_000) + `}`},
		{name: "a comment", text: `{"type":"pong"} // hi`},
		{name: "a trailing comma", text: `{"type":"pong",}`},
		{name: "NaN", text: `{"type":"read","seq":NaN}`},
		{name: "a control character in a string", text: "{\"type\":\"po\x01ng\"}"},
		{name: "a NUL between", text: "{\"type\":\"pong\"}\x00"},
		{name: "a byte order mark", text: "\ufeff{\"type\":\"pong\"}"},

		{name: "no type", text: `{}`, reason: "unknown_type"},
		{name: "type is a number", text: `{"type":1}`, reason: "unknown_type"},
		{name: "type is null", text: `{"type":null}`, reason: "unknown_type"},
		{name: "unknown type", text: `{"type":"shout"}`, reason: "unknown_type"},
		{name: "a frame of the server", text: `{"type":"ack"}`, reason: "unknown_type"},
		{name: "unknown type of a draft", text: `{"type":"shout","client_id":"1234567890123456"}`, reason: "unknown_type", id: true},
		{name: "unknown field", text: send(`,"body":"x","color":"red"`), reason: "bad_json", id: true},
		{name: "the sender named", text: send(`,"body":"x","from":"u_123456789"`), reason: "bad_json", id: true},
		{name: "just deep enough", text: `{"type":"pong","x":` + deep(15) + `}`, reason: "bad_json"},
		{name: "attachments of a later version", text: send(`,"body":"x","attachments":[]`), reason: "bad_json", id: true},
		{name: "body is a number", text: send(`,"body":1`), reason: "invalid", id: true},
		{name: "no body", text: send(``), reason: "bad_body", id: true},
		{name: "empty body", text: send(`,"body":""`), reason: "bad_body", id: true},
		{name: "null body", text: send(`,"body":null`), reason: "bad_body", id: true},
		{name: "too long", text: send(`,"body":"` + strings.Repeat("x", 16<<10+1) + `"`), reason: "message_too_long", id: true},
		{name: "frame too large", text: send(`,"body":"` + strings.Repeat("x", 140<<10) + `"`), reason: "frame_too_large", id: true},
		{name: "frame too large without an id", text: `{"type":"pong","x":"` + strings.Repeat("x", 140<<10) + `"}`, reason: "frame_too_large"},
		{name: "client_id too short", text: `{"type":"send","client_id":"short","conv":"` + string(conv) + `","body":"x"}`, reason: "bad_client_id", id: true},
		{name: "client_id of odd characters", text: `{"type":"send","client_id":"12345678901234567\u0000","conv":"` + string(conv) + `","body":"x"}`, reason: "bad_client_id", id: true},
		{name: "client_id too long", text: `{"type":"send","client_id":"` + strings.Repeat("x", 1000) + `","conv":"` + string(conv) + `","body":"x"}`, reason: "bad_client_id"},
		{name: "no client_id", text: `{"type":"send","conv":"` + string(conv) + `","body":"x"}`, reason: "bad_client_id"},
		{name: "no conversation", text: `{"type":"send","client_id":"1234567890123456","body":"x"}`, reason: "invalid", id: true},
		{name: "an odd conversation", text: `{"type":"send","client_id":"1234567890123456","conv":"d_1_2","body":"x"}`, reason: "invalid", id: true},
		{name: "a foreign conversation", text: `{"type":"send","client_id":"1234567890123456","conv":"` + string(conv) + `","body":"x"}`, reason: "no_such_conversation", id: true},
		{name: "no such conversation", text: `{"type":"send","client_id":"1234567890123456","conv":"g_12345678","body":"x"}`, reason: "no_such_conversation", id: true},
		{name: "read in a foreign one", text: `{"type":"read","conv":"` + string(conv) + `","seq":1}`, reason: "no_such_conversation"},
		{name: "typing in a foreign one", text: `{"type":"typing","conv":"` + string(conv) + `"}`, reason: "no_such_conversation"},
		{name: "watching a foreign one", text: `{"type":"watch","conv":"` + string(conv) + `"}`, reason: "no_such_conversation"},
		{name: "a negative seq", text: `{"type":"read","conv":"` + string(conv) + `","seq":-1}`, reason: "invalid"},
		{name: "half a seq", text: `{"type":"read","conv":"` + string(conv) + `","seq":1.5}`, reason: "invalid"},
		{name: "a huge seq", text: `{"type":"read","conv":"` + string(conv) + `","seq":1e400}`, reason: "invalid"},
		{name: "typing nowhere", text: `{"type":"typing"}`, reason: "invalid"},
		{name: "cursors of one value", text: `{"type":"hello","proto":1,"cursors":{"g_10000000":[1]}}`, reason: "invalid"},
		{name: "cursors of three values", text: `{"type":"hello","proto":1,"cursors":{"g_10000000":[1,2,3]}}`, reason: "invalid"},
		{name: "cursors in the past", text: `{"type":"hello","proto":1,"cursors":{"g_10000000":[1,-2]}}`, reason: "invalid"},
		{name: "cursors of null", text: `{"type":"hello","proto":1,"cursors":{"g_10000000":[null,null]}}`, reason: "invalid"},
		{name: "cursors of what is none", text: `{"type":"hello","proto":1,"cursors":{"../etc":[1,2]}}`, reason: "invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := w.connect(eve, nil)
			if err := e.tryWrite(c.text); err != nil {
				t.Fatal(err)
			}
			if c.reason == "" {
				e.wantClose(closeBadFrame)
				return
			}
			f := e.want("error")
			if f.Reason != c.reason || f.Code == "" || (f.ClientID != "") != c.id {
				t.Errorf("answer = %s, want %s", f.Raw, c.reason)
			}
			ack := e.send(secret, "the session lives")
			b.wantMessage(secret, ack.Seq)
			e.close()
		})
	}
	a.send(conv, "still here")
	if st := w.hub.Stats(); st.Panics > 0 {
		t.Errorf("%d panics", st.Panics)
	}
}

// TestLinesBeforeABadOneStand.
func TestLinesBeforeABadOneStand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	a, b := w.connect(ann, nil), w.connect(bob, nil)
	a.write(sendFrame{"send", newClientID(), conv, "one"}, sendFrame{"send", newClientID(), conv, "two"}, "bad", sendFrame{"send", newClientID(), conv, "three"})
	a.wantClose(closeBadFrame)
	b.wantMessage(conv, 2)
	m := w.post(ann, conv, "next")
	if m.Seq != 3 {
		t.Errorf("a line after the bad one was taken: next is %d", m.Seq)
	}
}

func TestBinaryAndOversizedMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann := w.user("ann")
	c := w.connect(ann, nil)
	if err := c.conn.Write(t.Context(), websocket.MessageBinary, []byte(`{"type":"pong"}`)); err != nil {
		t.Fatal(err)
	}
	c.wantClose(closeBadFrame)
	c = w.connect(ann, nil)
	_ = c.tryWrite(`{"type":"pong","x":"` + strings.Repeat("x", 256<<10) + `"}`)
	select {
	case <-c.ended:
	case <-time.After(patience):
		t.Fatal("still connected")
	}
	c = w.connect(ann, nil)
	frame := `{"type":"pong"}`
	full := strings.Repeat(frame+"\n", (256<<10)/(len(frame)+1))
	c.write(full[:len(full)-1])
	c.write(`{"type":"whatever"}`)
	c.want("error")
}

func TestFramesBeforeHello(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	c := w.dial(ann)
	c.write(sendFrame{"send", "1234567890123456", conv, "hi"}, pongFrame{"pong"})
	for range 2 {
		if f := c.want("error"); f.Code != "unavailable" {
			t.Errorf("before hello: %s", f.Raw)
		}
	}
	c.write(w.hello(nil))
	c.want("live")
	if ack := c.send(conv, "hi"); ack.Seq != 1 {
		t.Errorf("ack = %s", ack.Raw)
	}
}

// TestFlood: a session that never stops is slowed, the others are served, and
// the server holds no more than its window.
func TestFlood(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withLimits(func(l *Limits) { l.SendsPerSecond, l.SendBurst, l.FramesPerSecond = 20, 40, 100 }))
	ann, bob, eve := w.user("ann"), w.user("bob"), w.user("eve")
	conv, theirs := w.pair(ann, bob), w.pair(eve, bob)
	e := w.connect(eve, nil)
	flood := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer close(flood)
		for {
			text := encode(sendFrame{"send", newClientID(), theirs, "flood"})
			if e.conn.Write(ctx, websocket.MessageText, text) != nil {
				return
			}
		}
	}()
	a, b := w.connect(ann, nil), w.connect(bob, nil)
	for i := range 50 {
		if ack := a.send(conv, fmt.Sprint(i)); ack.Seq != uint64(i+1) {
			t.Fatalf("ack = %s", ack.Raw)
		}
		b.wantMessage(conv, uint64(i+1))
	}
	cancel()
	<-flood
	head, _ := lastSeq(w, bob, theirs)
	if head > 200 {
		t.Errorf("%d messages of the flood were taken", head)
	}
}

func TestTooManySessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withLimits(func(l *Limits) { l.UserSessions = 3 }))
	ann, bob := w.user("ann"), w.user("bob")
	var mine []*client
	for range 3 {
		mine = append(mine, w.connect(ann, nil))
	}
	w.dial(ann).wantClose(closeTooMany)
	w.connect(bob, nil)
	mine[0].close()
	w.eventually("room for one", func() bool { return w.hub.Stats().Sessions == 3 })
	w.connect(ann, nil)
}

func TestTooManyOnOneAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withLimits(func(l *Limits) { l.AddressSocks = 2 }))
	w.connect(w.user("ann"), nil)
	w.connect(w.user("bob"), nil)
	w.dial(w.user("cat")).wantClose(closeTooMany)
}

func TestLogoutEndsSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	login := w.login(ann)
	c := w.dialLogin(ann, login)
	c.write(w.hello(nil))
	c.want("live")
	other := w.connect(ann, nil)
	if err := w.store.EndLogin(ann, login); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	w.hub.CloseLogins([]store.LoginID{login})
	c.wantClose(closeRevoked)
	if took := time.Since(start); took > 2*time.Second { // one of them for a busy machine
		t.Errorf("ended after %v", took)
	}
	m := w.post(bob, conv, "hi")
	other.wantMessage(conv, m.Seq)
}

// TestLogoutOfAStalledReader: its socket is off within a second too.
func TestLogoutOfAStalledReader(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	login := w.login(bob)
	c := w.newClient(bob, login)
	close(c.ended) // nobody reads at all
	c.write(w.hello(nil))
	w.eventually("registered", func() bool { return w.hub.Online(bob) })
	w.fillSocket(ann, conv)
	start := time.Now()
	w.hub.CloseLogins([]store.LoginID{login})
	w.eventually("the session is gone", func() bool { return w.hub.Stats().Sessions == 0 })
	if took := time.Since(start); took > time.Second {
		t.Errorf("ended after %v", took)
	}
}

// TestLogoutRacesTheUpgrade: the login ended after it let the upgrade pass and
// before the session was registered under it, so that CloseLogins did not find it.
func TestLogoutRacesTheUpgrade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann := w.user("ann")
	login := w.login(ann)
	if err := w.store.EndLogin(ann, login); err != nil {
		t.Fatal(err)
	}
	w.hub.CloseLogins([]store.LoginID{login})
	c := w.dialLogin(ann, login)
	_ = c.tryWrite(string(encode(w.hello(nil))))
	c.wantClose(closeRevoked)
	for _, f := range c.frames {
		t.Errorf("heard %s", f.Raw)
	}
}

func TestRenewedLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann := w.user("ann")
	old := w.login(ann)
	c := w.dialLogin(ann, old)
	c.write(w.hello(nil))
	c.want("live")
	w.clock.Add(time.Hour.Milliseconds() / 2)
	renewed := w.login(ann)
	w.hub.RenewLogin(old, renewed)
	w.hub.mu.Lock()
	for s := range w.hub.logins[renewed] {
		s.mu.Lock()
		if left := s.expiresAt - w.now().UnixMilli(); left < time.Hour.Milliseconds()/2+1 {
			t.Errorf("ends with the old login, in %d ms", left)
		}
		s.mu.Unlock()
	}
	w.hub.mu.Unlock()
	w.hub.CloseLogins([]store.LoginID{old})
	c.write(`{"type":"whatever"}`)
	c.want("error")
	w.hub.CloseLogins([]store.LoginID{renewed})
	c.wantClose(closeRevoked)
}

// TestPanicEndsOneSession: it is counted, and the others go on.
func TestPanicEndsOneSession(t *testing.T) {
	t.Parallel()
	g := make(chan struct{}, 1)
	w := newWorld(t, withHub(func(h *Hub) {
		h.barrier = func(point string, _ store.ConvID) {
			if point == "registered" && len(g) > 0 {
				<-g
				panic("planted")
			}
		}
	}))
	w.panics = 1
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	b := w.connect(bob, nil)
	g <- struct{}{}
	c := w.dial(ann)
	c.write(w.hello(nil))
	c.wantClose(websocket.StatusInternalError)
	m := w.post(ann, conv, "hi")
	b.wantMessage(conv, m.Seq)
	w.connect(ann, nil)
}
