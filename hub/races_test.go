package hub

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"teahouse/store"
)

// The tests of this file make the races of delivery stand still at a point and
// do there what a flawed hub would get wrong.

// gated makes a world whose hub stops at the points of a gate.
func gated(t *testing.T) (*world, *gate, *commitHook) {
	g, hook := newGate(), &commitHook{}
	return newWorld(t, withHub(func(h *Hub) {
		h.barrier = g.reached
		hook.install(h)
	})), g, hook
}

// postAside posts from another goroutine, since the hub will stand still in it.
func (w *world) postAside(from store.UserID, conv store.ConvID, body string) (wait func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.post(from, conv, body)
	}()
	return func() { <-done }
}

// TestRegisterBeforeTheVisit: who registers while a message is on its way, before
// its head was raised, is on the list of its recipients.
func TestRegisterBeforeTheVisit(t *testing.T) {
	t.Parallel()
	for _, leftOut := range []bool{false, true} {
		w, g, _ := gated(t)
		ann, bob := w.user("ann"), w.user("bob")
		conv := w.pair(ann, bob)
		m := w.post(ann, conv, "before")
		at := g.stopAt("pushed")
		wait := w.postAside(ann, conv, "on its way")
		at.wait(t)
		cursors := points{conv: {m.Seq, m.At}}
		if leftOut {
			cursors = nil
		}
		b := w.connect(bob, cursors)
		at.open()
		b.wantMessage(conv, m.Seq+1)
		wait()
	}
}

// TestRegisterAfterTheVisit: who registers after the recipients were visited
// reads a head that counts the message, though its release still goes on.
func TestRegisterAfterTheVisit(t *testing.T) {
	t.Parallel()
	w, g, _ := gated(t)
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	m := w.post(ann, conv, "before")
	at := g.stopAt("delivered")
	wait := w.postAside(ann, conv, "released")
	at.wait(t)
	b := w.connect(bob, points{conv: {m.Seq, m.At}})
	b.mu.Lock()
	b.taken = 0
	b.mu.Unlock()
	b.wantMessage(conv, m.Seq+1)
	at.open()
	wait()
}

// TestHeadIsReadAfterRegistering.
func TestHeadIsReadAfterRegistering(t *testing.T) {
	t.Parallel()
	w, g, _ := gated(t)
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	m := w.post(ann, conv, "before")
	at := g.stopAt("hello")
	b := w.dial(bob)
	b.write(w.hello(points{conv: {m.Seq, m.At}}))
	at.wait(t)
	w.post(ann, conv, "just before registering")
	at.open()
	b.wantMessage(conv, m.Seq+1)
}

// TestLeftOutTakesWhatComesAfterRegistering, also what came before ready.
func TestLeftOutTakesWhatComesAfterRegistering(t *testing.T) {
	t.Parallel()
	w, g, _ := gated(t)
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	m := w.post(ann, conv, "before")
	at := g.stopAt("registered")
	b := w.dial(bob)
	b.write(w.hello(nil))
	at.wait(t)
	w.post(ann, conv, "after registering")
	name := "Ann"
	w.do(&store.ChangeUser{By: ann, User: ann, DisplayName: &name})
	at.open()
	b.wantMessage(conv, m.Seq+1)
	types := b.types()
	if types[0] != "ready" {
		t.Errorf("the first frame is %s", types[0])
	}
	if !strings.Contains(strings.Join(types, " "), "user") {
		b.want("user")
	}
}

// TestMembershipsComeFromTheHub: what is joined or left between the arrival of
// the hello and its registration counts.
func TestMembershipsComeFromTheHub(t *testing.T) {
	t.Parallel()
	w, g, _ := gated(t)
	ann, bob := w.user("ann"), w.user("bob")
	left, joined := w.group(ann, bob), w.group(ann)
	at := g.stopAt("hello")
	b := w.dial(bob)
	b.write(w.hello(points{left: {}}))
	at.wait(t)
	w.do(&store.RemoveMember{By: ann, User: bob, Conv: left})
	w.do(&store.JoinGroup{By: bob, ClientID: newClientID(), Conv: joined})
	at.open()
	b.want("live")
	w.post(ann, left, "not for bob")
	m := w.post(ann, joined, "for bob")
	b.wantMessage(joined, m.Seq)
	if got := b.sequence(left); got != "gone" {
		t.Errorf("of the group left heard %q", got)
	}
}

// TestMessageDuringThePage: whether a subscription may turn live is decided on
// the head at that moment, not on the one the page was read with.
func TestMessageDuringThePage(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"page due", "page read"} {
		w, g, _ := gated(t)
		ann, bob := w.user("ann"), w.user("bob")
		conv := w.pair(ann, bob)
		m := w.post(ann, conv, "before")
		w.post(ann, conv, "waiting")
		at := g.stopAt(point)
		b := w.dial(bob)
		b.write(w.hello(points{conv: {m.Seq, m.At}}))
		at.wait(t)
		w.post(ann, conv, "during the page")
		at.open()
		b.wantMessage(conv, m.Seq+2) // though nothing comes after it
		if got := fmt.Sprint(b.messages(conv)); got != "[2 3]" {
			t.Errorf("at %q: messages %s", point, got)
		}
	}
}

// batch commits ops as one batch that stands before its release; finish lets it
// go.
func (w *world) batch(t *testing.T, g *gate, hook *commitHook, ops ...store.Op) (finish func()) {
	t.Helper()
	// A first commit holds the line until all ops are in it.
	arrived, opened := hook.stop()
	var wg sync.WaitGroup
	wg.Go(func() { w.do(&store.MoveCursors{}) })
	<-arrived
	for i, op := range ops {
		wg.Go(func() { w.do(op) })
		w.eventually("the op is in the line", func() bool { return len(w.hub.seq.slots) == i+1 })
	}
	first, second := g.stopAt("committed"), g.stopAt("committed")
	close(opened)
	first.wait(t)
	first.open()
	second.wait(t)
	return func() {
		second.open()
		wg.Wait()
	}
}

// TestCommittedRemovalIsNotServed: between the commit of a removal, what follows
// it, and a rejoin, and their release, a catch-up reads the store and finds
// another membership. It must not serve it: those messages are not for bob.
func TestCommittedRemovalIsNotServed(t *testing.T) {
	t.Parallel()
	for _, rejoin := range []bool{false, true} {
		w, g, hook := gated(t)
		ann, bob, cat := w.user("ann"), w.user("bob"), w.user("cat")
		op := &store.CreateGroup{By: ann, ClientID: newClientID(), Name: "closed", Join: store.JoinMembers, Members: []store.UserID{bob, cat}}
		w.do(op)
		conv := op.Conv
		w.hub.hot.(ristrettoCache).c.Wait() // the tail is there, to be misread
		w.post(ann, conv, "four")
		w.post(ann, conv, "five")
		at := g.stopAt("page due")
		b := w.dial(bob)
		b.write(w.hello(points{conv: {4, 0}}))
		at.wait(t)
		ops := []store.Op{
			&store.RemoveMember{By: ann, User: bob, Conv: conv},
			&store.SendMessage{From: ann, ClientID: newClientID(), Conv: conv, Body: "not for bob"},
		}
		if rejoin {
			ops = append(ops,
				&store.AddMembers{By: ann, ClientID: newClientID(), Conv: conv, Users: []store.UserID{bob}},
				&store.SendMessage{From: ann, ClientID: newClientID(), Conv: conv, Body: "for bob"},
			)
		}
		finish := w.batch(t, g, hook, ops...)
		// A cursor that the tail cannot confirm makes another reader ask the store,
		// which raises the head beyond what was released.
		c := w.dial(cat)
		c.write(w.hello(points{conv: {5, 1}}))
		if f := c.want("reset"); f.Head.Seq < 7 {
			t.Errorf("reset = %s", f.Raw)
		}
		at.open()
		w.eventually("the page is judged", func() bool {
			w.hub.mu.Lock()
			defer w.hub.mu.Unlock()
			sub := w.hub.people[bob].sessions[0].sub(conv)
			sub.s.mu.Lock()
			defer sub.s.mu.Unlock()
			return sub.state == parked || sub.state == live
		})
		finish()
		want := "gone"
		if rejoin {
			want = "gone conversation 8 9"
			b.wantMessage(conv, 9)
		} else {
			b.want("gone")
		}
		if got := b.sequence(conv); got != want {
			t.Errorf("rejoin %v: heard %q, want %q", rejoin, got, want)
		}
		if strings.Contains(b.transcript(), "not for bob") {
			t.Errorf("rejoin %v: bob read what was not for him", rejoin)
		}
	}
}

// TestTailUnderPushes: whether a tail covers and the copy out of it are one
// thing, while messages push old frames out of it.
func TestTailUnderPushes(t *testing.T) {
	t.Parallel()
	ta := &tail{}
	const n = 20_000
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		defer close(done)
		for seq := uint64(1); seq <= n; seq++ {
			ta.push(tailFrame{seq: seq, frame: []byte("x")}, 4, 1000)
			if seq%100 == 0 {
				runtime.Gosched()
			}
		}
	})
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				ta.mu.Lock()
				last := uint64(0)
				if len(ta.frames) > 0 {
					last = ta.frames[len(ta.frames)-1].seq
				}
				ta.mu.Unlock()
				if last < 4 {
					continue
				}
				frames, ok := ta.after(last-3, 0, last, 1000)
				if !ok {
					continue
				}
				for i, f := range frames {
					if f.seq != last-2+uint64(i) || f.frame == nil {
						t.Errorf("after %d: %d at place %d", last-3, f.seq, i)
						return
					}
				}
				if len(frames) != 3 {
					t.Errorf("after %d: %d frames", last-3, len(frames))
					return
				}
			}
		})
	}
	wg.Wait()
}
