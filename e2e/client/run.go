package client

// Shown is one message as it was displayed.
type Shown struct {
	Seq     uint64
	Sum     uint64   // Message.Sum
	Message *Message // only with Options.Keep
}

// run is what a device holds of one conversation: one gapless run that ends at
// next-1, and what lies above a hole. All of it is guarded by Device.mu.
type run struct {
	conv string
	// anchored is false for a conversation of which nothing was asked for yet: its
	// run begins with the newest page. Such a run has no cursor.
	anchored bool
	next     uint64 // the first seq that is not displayed
	at       int64  // time of the message at next-1, 0 if none is held
	want     uint64 // a seq that is known to exist; more than next-1 is a hole
	above    map[uint64]Message
	fetching bool
	shown    []Shown

	// lastFrame is the seq of the last message frame of this socket.
	lastFrame uint64
}

func newRun(conv string) *run { return &run{conv: conv, above: map[uint64]Message{}} }

// anchorAt starts an empty run that holds nothing up to seq.
func (r *run) anchorAt(seq uint64) {
	r.anchored, r.next, r.at, r.shown = true, seq+1, 0, nil
	r.drop()
}

// drop forgets what lies above and is below next.
func (r *run) drop() {
	for seq := range r.above {
		if seq < r.next {
			delete(r.above, seq)
		}
	}
}

// insert takes a message from anywhere. It displays what now follows the run and
// keeps the rest above the hole. It reports whether the run grew, and whether the
// message contradicts the one displayed at that seq.
func (r *run) insert(m Message, keep bool) (grew, contradicts bool) {
	if !r.anchored || m.Seq > r.next {
		r.above[m.Seq] = m
		r.want = max(r.want, m.Seq)
		return false, false
	}
	if m.Seq < r.next {
		old, ok := r.at_(m.Seq)
		return false, ok && old.Sum != m.Sum()
	}
	for ok := true; ok; m, ok = r.above[r.next] {
		delete(r.above, m.Seq)
		s := Shown{Seq: m.Seq, Sum: m.Sum()}
		if keep {
			copied := m
			s.Message = &copied
		}
		r.shown = append(r.shown, s)
		r.next, r.at = m.Seq+1, m.At
	}
	return true, false
}

// at_ returns what was displayed at seq.
func (r *run) at_(seq uint64) (Shown, bool) {
	if len(r.shown) == 0 || seq < r.shown[0].Seq || seq >= r.next {
		return Shown{}, false
	}
	return r.shown[seq-r.shown[0].Seq], true
}

// hole reports whether something is known to be missing behind the run.
func (r *run) hole() bool { return !r.anchored || r.want >= r.next }
