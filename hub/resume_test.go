package hub

import (
	"fmt"
	"strings"
	"testing"

	"teahouse/store"
)

func TestResumeOutcomes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.group(ann, bob)
	var log []store.Message
	for i := range 20 {
		log = append(log, w.post(ann, conv, fmt.Sprint("message ", i)))
	}
	head := log[19]
	at := func(seq uint64) int64 { return w.log(ann, conv)[seq-1].At }
	for _, c := range []struct {
		name  string
		point ResumePoint
		max   uint64
		reset string
		first uint64 // the first message that comes, 0 for none
	}{
		{name: "from nothing", point: ResumePoint{0, 0}, first: 1},
		{name: "in the middle", point: ResumePoint{5, at(5)}, first: 6},
		{name: "in the middle, holding nothing", point: ResumePoint{5, 0}, first: 6},
		{name: "at the head", point: ResumePoint{head.Seq, head.At}},
		{name: "at the head, holding nothing", point: ResumePoint{head.Seq, 0}},
		{name: "as far as the page wants", point: ResumePoint{5, at(5)}, max: head.Seq - 5, first: 6},
		{name: "past the head", point: ResumePoint{head.Seq + 1, 0}, reset: "ahead"},
		{name: "another message there", point: ResumePoint{5, at(5) + 1}, reset: "other"},
		{name: "another message at the head", point: ResumePoint{head.Seq, head.At + 1}, reset: "other"},
		{name: "a time where nothing is", point: ResumePoint{0, 1}, reset: "other"},
		{name: "too far behind", point: ResumePoint{5, at(5)}, max: head.Seq - 6, reset: "behind"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := w.dial(bob)
			hello := w.hello(points{conv: c.point})
			hello.MaxBehind = c.max
			b.write(hello)
			if f := b.want("ready"); f.Rev == 0 || !f.Stale {
				t.Errorf("ready = %s", f.Raw)
			}
			b.want("live")
			if len(b.types()) > 0 && b.types()[0] != "ready" {
				t.Errorf("first frame is %s", b.types()[0])
			}
			var reset frame
			receipts := 0
			for _, f := range b.frames {
				if f.Type == "reset" {
					reset = f
				}
				if f.Type == "receipt" {
					receipts++
				}
			}
			if receipts != 1 {
				t.Errorf("%d receipts between ready and live, want 1", receipts)
			}
			if reset.Reason != c.reset {
				t.Errorf("reset %q, want %q", reset.Reason, c.reset)
			}
			if c.reset != "" && (reset.Head == nil || *reset.Head != ResumePoint{head.Seq, head.At} || reset.Conv != conv) {
				t.Errorf("reset = %s", reset.Raw)
			}
			got := b.messages(conv)
			want := []uint64{}
			for seq := c.first; seq > 0 && seq <= head.Seq; seq++ {
				want = append(want, seq)
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("messages %v, want %v", got, want)
			}
			b.close()
		})
	}
	// Whatever the outcome, what comes later comes.
	b := w.connect(bob, points{conv: {head.Seq + 5, 0}})
	next := w.post(ann, conv, "later")
	b.wantMessage(conv, next.Seq)
}

func TestResumeSources(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withLimits(func(l *Limits) { l.TailMessages = 8 }))
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	first := w.post(ann, conv, "first")
	w.hub.hot.(ristrettoCache).c.Wait()
	for i := range 20 {
		w.post(ann, conv, fmt.Sprint(i))
	}
	w.hub.hot.(ristrettoCache).c.Wait()
	log := w.log(ann, conv)
	b := w.connect(bob, points{conv: {18, log[17].At}})
	if st := w.hub.Stats(); st.ResumeCached != 1 || st.ResumeStored != 0 {
		t.Errorf("near the head: %+v", st)
	}
	b.close()
	b = w.connect(bob, points{conv: {first.Seq, first.At}})
	if st := w.hub.Stats(); st.ResumeCached != 1 || st.ResumeStored != 1 {
		t.Errorf("far from the head: %+v", st)
	}
	if got := b.messages(conv); len(got) != 20 || got[0] != 2 {
		t.Errorf("messages %v", got)
	}
	b.close()
	w.connect(bob, points{conv: {21, log[20].At}})
	if st := w.hub.Stats(); st.ResumeCurrent != 1 {
		t.Errorf("at the head: %+v", st)
	}
}

func TestLeftOutConversation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	w.post(ann, conv, "before")
	b := w.connect(bob, nil)
	m := w.post(ann, conv, "after")
	b.wantMessage(conv, m.Seq)
	if got := b.messages(conv); len(got) != 1 {
		t.Errorf("messages %v, want only what came after the hello", got)
	}
}

func TestHelloNamesWhatIsNotOnesOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob, eve := w.user("ann"), w.user("bob"), w.user("eve")
	conv := w.pair(ann, bob)
	w.post(ann, conv, "secret")
	e := w.dial(eve)
	e.write(w.hello(points{conv: {}, "g_12345678": {3, 4}}))
	ready := e.want("ready")
	gone := map[store.ConvID]bool{}
	for range 2 {
		f := e.want("gone")
		gone[f.Conv] = true
		if f.Rev != ready.Rev {
			t.Errorf("gone = %s, want rev %d", f.Raw, ready.Rev)
		}
	}
	e.want("live")
	if !gone[conv] || !gone["g_12345678"] {
		t.Errorf("gone: %v", gone)
	}
	if strings.Contains(e.transcript(), "secret") {
		t.Error("a stranger read the message")
	}
}

func TestHiddenHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	op := &store.CreateGroup{By: ann, ClientID: newClientID(), Name: "closed", Join: store.JoinMembers}
	w.do(op)
	w.post(ann, op.Conv, "before bob")
	w.do(&store.AddMembers{By: ann, ClientID: newClientID(), Conv: op.Conv, Users: []store.UserID{bob}})
	view, _, err := w.store.Conversation(bob, op.Conv)
	if err != nil {
		t.Fatal(err)
	}
	if view.FromSeq != 3 {
		t.Fatalf("from_seq = %d", view.FromSeq)
	}
	b := w.dial(bob)
	b.write(w.hello(points{op.Conv: {1, 0}}))
	if f := b.want("reset", "live"); f.Reason != "hidden" {
		t.Errorf("before from_seq: %s", f.Raw)
	}
	b.close()
	b = w.connect(bob, points{op.Conv: {2, 0}})
	if got := b.messages(op.Conv); len(got) != 1 || got[0] != 3 {
		t.Errorf("from the join on: %v", got)
	}
}

func TestWrongEpoch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.dial(w.user("ann"))
	hello := w.hello(nil)
	hello.Epoch = strings.Repeat("0", 32)
	c.write(hello)
	if f := c.want("reset"); f.Conv != "" || f.Reason != "epoch" || f.Head != nil {
		t.Errorf("reset = %s", f.Raw)
	}
	c.wantClose(closeResync)
}

func TestUnknownProto(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann := w.user("ann")
	for _, hello := range []string{`{"type":"hello","proto":2,"shape":"new"}`, `{"type":"hello"}`, `{"type":"hello","proto":"1"}`} {
		c := w.dial(ann)
		c.write(hello)
		if f := c.want("bye"); f.Why != "upgrade" {
			t.Errorf("bye = %s", f.Raw)
		}
		c.wantClose(closeGoingAway)
	}
}

func TestSecondHello(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect(w.user("ann"), nil)
	c.write(w.hello(nil))
	if f := c.want("error", "ready"); f.Reason != "invalid" {
		t.Errorf("second hello: %s", f.Raw)
	}
}

func TestReadyIsNotStaleForThoseWhoKnow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann := w.user("ann")
	rev, people, err := w.store.Revs(ann)
	if err != nil {
		t.Fatal(err)
	}
	c := w.dial(ann)
	hello := w.hello(nil)
	hello.Rev, hello.People = rev, people
	c.write(hello)
	if f := c.want("ready"); f.Stale || f.Rev != rev || f.People != people {
		t.Errorf("ready = %s", f.Raw)
	}
}
