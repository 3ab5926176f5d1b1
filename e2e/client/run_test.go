package client

import (
	"testing"
)

func message(seq uint64) Message {
	return Message{Conv: "g_10000000", Seq: seq, At: int64(seq), Kind: "text", Body: "body"}
}

// The end of a run is never a maximum: what lies above a hole waits there.
func TestRunKeepsAHole(t *testing.T) {
	r := newRun("g_10000000")
	r.anchorAt(0)
	for _, step := range []struct {
		seq, next uint64
		grew      bool
		hole      bool
	}{
		{1, 2, true, false},
		{4, 2, false, true}, // an ack above a hole, say
		{3, 2, false, true},
		{1, 2, false, true}, // a double
		{2, 5, true, false}, // closes it
		{5, 6, true, false},
	} {
		grew, contradicts := r.insert(message(step.seq), false)
		if grew != step.grew || contradicts || r.next != step.next || r.hole() != step.hole {
			t.Errorf("after %d: grew %v, contradicts %v, next %d, hole %v; want %+v", step.seq, grew, contradicts, r.next, r.hole(), step)
		}
	}
	if len(r.shown) != 5 || r.at != 5 || len(r.above) != 0 {
		t.Errorf("shows %d, ends at time %d, %d above", len(r.shown), r.at, len(r.above))
	}
	changed := message(3)
	changed.Body = "another"
	if _, contradicts := r.insert(changed, false); !contradicts {
		t.Error("another message at a seq that is displayed goes unnoticed")
	}
}

// Until it is anchored a run displays nothing and is a hole as a whole.
func TestRunWithoutAnAnchor(t *testing.T) {
	r := newRun("g_10000000")
	if grew, _ := r.insert(message(7), false); grew || !r.hole() || len(r.shown) != 0 {
		t.Error("a run without an anchor displays something")
	}
	r.anchorAt(5)
	r.insert(message(6), false)
	if r.next != 8 || r.shown[0].Seq != 6 {
		t.Errorf("next is %d, the first shown %+v", r.next, r.shown)
	}
}
