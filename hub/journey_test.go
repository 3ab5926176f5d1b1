package hub

import (
	"testing"
)

func TestTwoPeopleTalk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.pair(ann, bob)
	a, b := w.connect(ann, nil), w.connect(bob, nil)

	ack := a.send(conv, "hi")
	if ack.Seq != 1 || ack.N != 1 || ack.Conv != conv || ack.Dup {
		t.Fatalf("ack = %s", ack.Raw)
	}
	m := b.wantMessage(conv, 1)
	if *m.Body != "hi" || *m.From != ann || m.At != ack.At || m.N != 1 {
		t.Fatalf("message = %s", m.Raw)
	}
	b.write(cursorFrame{"read", conv, 1})
	own := b.want("receipt")
	for own.Unread == nil || *own.Unread != 0 { // the sender's cursor comes first
		own = b.want("receipt")
	}
	r := a.want("receipt")
	if len(r.Cursors) != 1 || r.Cursors[0] != (CursorTuple{bob, 1, 1}) || r.Unread != nil {
		t.Fatalf("receipt = %s", r.Raw)
	}

	b.close()
	for _, body := range []string{"one", "two", "three"} {
		a.send(conv, body)
	}
	b = w.dial(bob)
	b.write(w.hello(points{conv: {1, ack.At}}))
	b.want("ready")
	for seq := uint64(2); seq <= 4; seq++ {
		if f := b.want("message", "live"); f.Type != "message" || f.Seq != seq {
			t.Fatalf("want message %d, got %s", seq, f.Raw)
		}
	}
	b.want("live")
	if got := a.messages(conv); len(got) != 0 {
		t.Fatalf("the sender got its own messages %v besides their acks", got)
	}
}
