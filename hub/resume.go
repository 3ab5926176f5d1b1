package hub

import (
	"time"

	"teahouse/store"
)

// handleHello makes the session one that hears: it registers first and reads
// afterwards, so that nothing falls between.
func (s *session) handleHello(f *helloFrame) {
	switch {
	case s.greeted:
		s.refuse(store.ErrInvalid, "")
		return
	case f.Proto != proto:
		s.sayBye("upgrade", 0)
		return
	case f.Epoch != s.h.store.Epoch():
		s.enqueue(encode(resetFrame{Type: "reset", Reason: "epoch"}))
		s.close(closeResync, "another database", true)
		return
	}
	s.maxBehind.Store(f.MaxBehind)
	s.h.reached("hello", "")
	if !s.h.register(s, f.Cursors) {
		return
	}
	s.greeted = true
	s.h.reached("registered", "")
	rev, people, err := s.h.store.Revs(s.user)
	if err != nil {
		s.log.Error("read revs", "err", err)
		s.close(closeGoingAway, "try again", false)
		return
	}
	s.ready(readyFrame{
		Type: "ready", Session: s.id, Version: s.h.version, Rev: rev, People: people,
		Now: s.h.now().UnixMilli(), PingEvery: milliseconds(s.h.limits.PingEvery),
		Stale: f.Rev != rev || f.People != people,
	})
	s.h.arrived(s)
}

// register puts the session where every delivery finds it, with one subscription
// for each conversation of its user, from the hub's own map. From then until
// ready its queue is held. It returns false if the session has ended.
func (h *Hub) register(s *session, cursors map[store.ConvID]ResumePoint) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !s.holdQueue() {
		return false
	}
	p := h.personLocked(s.user)
	p.sessions = append(p.sessions, s)
	s.present = true
	var waited map[store.ConvID]struct{}
	if len(p.sessions) == 1 {
		waited = h.returnedLocked(s.user)
	}
	mine := h.members[s.user]
	block := make([]subscription, len(mine)) // one allocation for all of them
	s.subs = make([]*subscription, 0, len(mine))
	for id, m := range mine {
		sub := &block[len(s.subs)]
		sub.s, sub.c, sub.joined, sub.from = s, h.convLocked(id), m.joined, m.from
		s.subs = append(s.subs, sub)
		point, named := cursors[id]
		_, first := waited[id]
		sub.resume(named, point, first)
	}
	for id := range cursors {
		if _, member := mine[id]; !member {
			h.counters.gone.Add(1)
			s.strange(&subscription{s: s, c: &conv{id: id}, state: ended, index: -1, gone: true, named: true})
		}
	}
	return true
}

// resume enters a subscription on its conversation's list and decides, on the
// head read under the same lock, how it begins: left out of the cursors it takes
// whatever is released from now on; at the head it is live; else it is behind,
// and its cursor is for the catch-up to check. first puts it first in line.
func (sub *subscription) resume(named bool, at ResumePoint, first bool) {
	s, c := sub.s, sub.c
	c.mu.Lock()
	defer c.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if named {
		s.resuming++
		sub.named, sub.receipt, sub.next = true, true, at.Seq+1
		head := c.head.Load()
		if head > 0 && at.Seq == head && (at.At == c.headAt || at.At == 0) {
			s.h.counters.current.Add(1)
			sub.target = head
		} else {
			sub.state, sub.verify, sub.point = behind, true, at
		}
		s.needLocked(sub)
		if first {
			last := len(s.pending) - 1
			s.pending[0], s.pending[last] = s.pending[last], s.pending[0]
		}
	}
	c.addLocked(sub)
}

// strange takes a conversation that hello named and its user is not in: `gone`
// is all that will be said of it.
func (s *session) strange(sub *subscription) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resuming++
	s.needLocked(sub)
}

// holdQueue keeps everything in the queue until ready; false if the session has
// ended.
func (s *session) holdQueue() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.hold = true
	return true
}

// ready puts the ready frame in front of what came since the registration and
// lets the queue go.
func (s *session) ready(f readyFrame) {
	frame := encode(f)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.hold = false
	s.greetedAt(time.Now())
	s.bytes += len(frame)
	s.h.counters.queueBytes.Add(int64(len(frame)))
	s.queue = append([][]byte{frame}, s.queue...)
	for _, sub := range s.pending {
		if sub.gone && sub.goneRev == 0 {
			sub.goneRev = f.Rev
		}
	}
	s.startWriterLocked()
	s.sayLiveLocked()
	s.startCatchUpLocked()
}

// sayBye tells the page why the server ends the session, and ends it.
func (s *session) sayBye(why string, retryAfter time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enqueueLocked(encode(byeFrame{"bye", why, milliseconds(retryAfter)}))
	s.closeLocked(closeGoingAway, why, true)
}
