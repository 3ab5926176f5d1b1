package hub

import "teahouse/store"

// subState is how a subscription is fed.
type subState uint8

const (
	// live: messages are enqueued as they are released.
	live subState = iota
	// behind: the catch-up reads them from the tail or the store.
	behind
	// parked: the store knows a later membership than the hub has released; the
	// release will end this one.
	parked
	// ended: no longer a member; only gone may still be due.
	ended
)

// subscription is one session in one membership of one conversation. Joining
// again makes another one; none is ever used again.
type subscription struct {
	// Static after construction.
	s            *session
	c            *conv
	joined, from uint64

	// Guarded by c.mu.
	index int

	// Guarded by s.mu.
	next   uint64 // the seq it takes next; 0: whatever is released first
	state  subState
	queued bool // in s.pending

	// What the catch-up owes, in this order. gone may be that of the membership
	// before, which must go out first.
	gone    bool
	goneRev uint64
	tell    bool // a conversation frame
	untold  bool // and it is the first of this membership
	receipt bool // the receipt of a conversation that hello named
	verify  bool // next - 1 is a cursor nobody has checked yet
	point   ResumePoint

	named  bool   // `live` waits for it
	target uint64 // the head found when the cursor was checked
}

// deliver offers a released message. It reports whether it was enqueued; if not,
// it is known already or the catch-up will read it.
func (sub *subscription) deliver(seq uint64, frame []byte) bool {
	s := sub.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if sub.state != live || s.closed {
		return false
	}
	if sub.next == 0 {
		sub.next = seq
	}
	switch {
	case seq < sub.next:
		return false
	case seq > sub.next:
		s.h.counters.behindGap.Add(1)
		s.behindLocked(sub)
		return false
	case s.hold || !s.fitsLocked(len(frame), s.h.limits.QueueMessageBytes):
		s.h.counters.behindRoom.Add(1)
		s.behindLocked(sub)
		return false
	}
	s.appendLocked(frame)
	sub.next++
	return true
}

// ack answers the send that became seq. It never waits for the room that messages
// take, and moves next only where the message itself would have been enqueued.
func (sub *subscription) ack(seq uint64, ack []byte) {
	s := sub.s
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answeredLocked(ack)
	if sub.state != live || s.closed {
		return
	}
	if sub.next == 0 {
		sub.next = seq
	}
	switch {
	case seq == sub.next:
		sub.next++
	case seq > sub.next:
		s.h.counters.behindGap.Add(1)
		s.behindLocked(sub)
	}
}

// answered enqueues the answer to a send.
func (s *session) answered(frame []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answeredLocked(frame)
}

func (s *session) answeredLocked(frame []byte) {
	s.unacked--
	s.enqueueLocked(frame)
}

// begin starts a membership that began while the session was connected. If the
// session has not yet said `gone` of the one before, that comes first.
func (sub *subscription) begin() {
	s := sub.s
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, old := range s.pending {
		if old.c.id == sub.c.id && old.state == ended {
			sub.gone = sub.gone || old.gone
			sub.goneRev = max(sub.goneRev, old.goneRev)
			sub.named = sub.named || old.named
			old.gone, old.named = false, false
		}
	}
	s.needLocked(sub)
}

// end ends the membership for this session: whatever was not enqueued yet is
// dropped, except `gone`; one that is still due serves for both.
func (sub *subscription) end(rev uint64) {
	s := sub.s
	s.mu.Lock()
	defer s.mu.Unlock()
	sub.state = ended
	sub.gone, sub.goneRev = true, rev
	sub.tell, sub.receipt, sub.verify = false, false, false
	s.needLocked(sub)
}

// retell makes the catch-up say `conversation` (again).
func (sub *subscription) retell() {
	s := sub.s
	s.mu.Lock()
	defer s.mu.Unlock()
	sub.tell = true
	s.needLocked(sub)
}

// behindLocked turns a subscription over to the catch-up.
func (s *session) behindLocked(sub *subscription) {
	sub.state = behind
	s.needLocked(sub)
}

// needLocked puts a subscription in the catch-up's line and starts the catch-up
// if none runs.
func (s *session) needLocked(sub *subscription) {
	if s.closed {
		return
	}
	if !sub.queued {
		sub.queued = true
		s.pending = append(s.pending, sub)
	}
	s.startCatchUpLocked()
}

// settleLocked counts a conversation that hello named as passed, and says `live`
// after the last of them.
func (s *session) settleLocked(sub *subscription) {
	if !sub.named || sub.verify || sub.receipt || sub.gone {
		return
	}
	if sub.state != ended && (sub.state == parked || sub.next <= sub.target) {
		return
	}
	sub.named = false
	s.resuming--
	s.sayLiveLocked()
}

func (s *session) sayLiveLocked() {
	if s.resuming > 0 || s.liveSent || s.hold || s.closed {
		return
	}
	s.liveSent = true
	s.enqueueLocked(encode(bareFrame{"live"}))
}

// sub returns the subscription of a conversation, or nil. Hub.mu must be held.
func (s *session) sub(conv store.ConvID) *subscription {
	for _, sub := range s.subs {
		if sub.c.id == conv {
			return sub
		}
	}
	return nil
}

// dropSub takes the subscription of a conversation off the session's list and
// returns it, or nil. Hub.mu must be held.
func (s *session) dropSub(conv store.ConvID) *subscription {
	for i, sub := range s.subs {
		if sub.c.id == conv {
			last := len(s.subs) - 1
			s.subs[i] = s.subs[last]
			s.subs[last] = nil
			s.subs = s.subs[:last]
			return sub
		}
	}
	return nil
}
