package hub

import (
	"errors"

	"teahouse/store"
)

// pageMessages is how many messages one read of the store may give a catch-up.
const pageMessages = 200

// job is what the catch-up does next for a subscription, with the state it was
// decided on.
type job struct {
	kind   jobKind
	next   uint64
	verify bool
	point  ResumePoint
	bytes  int // room for a page
}

type jobKind uint8

const (
	jobNone jobKind = iota
	jobConversation
	jobReceipt
	jobPage
)

// catchUp brings the subscriptions that are behind up to the head, in turn, as
// the queue drains. It exists only while there is something to do.
func (s *session) catchUp() {
	defer s.h.wg.Done()
	defer s.h.recoverPanic("catch-up", s)
	for {
		sub, j := s.nextJob()
		if sub == nil {
			return
		}
		var err error
		switch j.kind {
		case jobConversation:
			err = s.sendConversation(sub)
		case jobReceipt:
			err = s.sendResumeReceipt(sub)
		case jobPage:
			err = s.sendPage(sub, j)
		}
		if err != nil {
			s.log.Error("catch up", "conv", string(sub.c.id), "err", err)
			s.close(closeGoingAway, "try again", false)
		}
	}
}

// nextJob waits for the queue to fall under its low-water mark, or to be empty if
// nothing of the last page fitted, and picks the next subscription in turn. "Nothing pending" and catching = false are one critical
// section, so that none is left without a catch-up.
func (s *session) nextJob() (*subscription, job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if s.closed || len(s.pending) == 0 {
			s.pending = nil
			s.catching = false
			return nil, job{}
		}
		if s.bytes > s.h.limits.CatchUpBytes/4 || s.mustDrain && s.bytes > 0 {
			s.room.Wait()
			continue
		}
		s.mustDrain = false
		sub := s.pending[0]
		s.pending = append(s.pending[1:], sub)
		if j := s.jobLocked(sub); j.kind != jobNone {
			return sub, j
		}
	}
}

// jobLocked decides what the subscription at the end of the line needs. `gone` is
// enqueued on the spot; a subscription that needs nothing leaves the line.
func (s *session) jobLocked(sub *subscription) job {
	if sub.gone {
		sub.gone = false
		s.enqueueLocked(encode(goneFrame{"gone", sub.c.id, sub.goneRev}))
		s.settleLocked(sub)
	}
	switch {
	case sub.tell && sub.state != parked && sub.state != ended:
		sub.tell = false
		return job{kind: jobConversation}
	case sub.receipt:
		return job{kind: jobReceipt}
	case sub.state == behind:
		return job{
			kind: jobPage, next: sub.next, verify: sub.verify, point: sub.point,
			bytes: s.h.limits.CatchUpBytes - s.bytes,
		}
	}
	s.settleLocked(sub)
	sub.queued = false
	s.pending = s.pending[:len(s.pending)-1]
	return job{}
}

func (s *session) startCatchUpLocked() {
	if s.catching || s.hold || s.closed || len(s.pending) == 0 {
		return
	}
	s.catching = true
	s.h.wg.Add(1)
	go s.catchUp()
}

// sendConversation reads the conversation as it is now and enqueues it, if the
// membership is still the same.
func (s *session) sendConversation(sub *subscription) error {
	view, rev, err := s.h.store.Conversation(s.user, sub.c.id)
	if err != nil && !errors.Is(err, store.ErrNoSuchConversation) {
		return err
	}
	s.h.reached("conversation read", sub.c.id)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed || sub.state == ended:
	case err != nil || view.Joined != sub.joined:
		if sub.untold {
			sub.state = parked
		}
	default:
		sub.untold = false
		s.enqueueLocked(encode(conversationFrame{"conversation", rev, ToConversation(view)}))
	}
	return nil
}

// sendResumeReceipt enqueues the cursors of a conversation that hello named:
// one's own, and the peer's in a direct one.
func (s *session) sendResumeReceipt(sub *subscription) error {
	own, unread, err := s.h.store.CursorOf(s.user, sub.c.id)
	frame := receiptFrame{Type: "receipt", Conv: sub.c.id, Unread: &unread}
	frame.Cursors = append(frame.Cursors, CursorTuple{s.user, own.Delivered, own.Read})
	if peer, ok := sub.c.id.Peer(s.user); ok && err == nil {
		var c store.Cursor
		c, _, err = s.h.store.CursorOf(peer, sub.c.id)
		frame.Cursors = append(frame.Cursors, CursorTuple{peer, c.Delivered, c.Read})
	}
	var refused *store.Refusal
	if err != nil && !errors.As(err, &refused) {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if sub.receipt && err == nil {
		s.enqueueLocked(encode(frame))
	}
	sub.receipt = false
	s.settleLocked(sub)
	return nil
}

// page is what one read found for a subscription.
type page struct {
	frames []tailFrame // the messages from next on, without a gap
	head   ResumePoint
	cached bool
	parked bool   // the store knows another membership
	reset  string // why the cursor cannot be followed, or ""
}

// sendPage reads on from next and enqueues what there is room for.
func (s *session) sendPage(sub *subscription, j job) error {
	select {
	case s.h.pages <- struct{}{}:
	case <-s.done:
		return nil
	}
	defer func() { <-s.h.pages }()
	s.h.reached("page due", sub.c.id)
	p, ok := s.cachedPage(sub, j)
	if !ok {
		var err error
		if p, err = s.storedPage(sub, j); err != nil {
			return err
		}
	}
	s.h.reached("page read", sub.c.id)
	s.applyPage(sub, j, p)
	return nil
}

// cachedPage serves from the conversation's tail, which must cover everything up
// to a head that is known. A cursor it does not confirm is the store's to judge.
func (s *session) cachedPage(sub *subscription, j job) (page, bool) {
	head := sub.c.head.Load()
	t, ok := s.h.tailOf(sub.c.id)
	if !ok || head == 0 || j.next == 0 {
		return page{}, false
	}
	if j.verify && (j.point.Seq+1 < sub.from || j.point.Seq > head || s.tooFar(j.point.Seq, head)) {
		return page{}, false
	}
	at := int64(0)
	if j.verify {
		at = j.point.At
	}
	frames, ok := t.after(j.next-1, at, head, j.bytes)
	return page{frames: frames, head: ResumePoint{Seq: head}, cached: true}, ok
}

// tooFar reports whether head lies further on than the page wants to follow.
func (s *session) tooFar(seq, head uint64) bool {
	limit := s.maxBehind.Load()
	return limit > 0 && head > seq && head-seq > limit
}

// storedPage reads the messages after next - 1, the membership and the head in
// one transaction, and checks a cursor against the same.
func (s *session) storedPage(sub *subscription, j job) (page, error) {
	read, err := s.h.store.ReadPage(s.user, sub.c.id, j.next-1, pageMessages, j.bytes)
	if err != nil && !errors.Is(err, store.ErrNoSuchConversation) {
		return page{}, err
	}
	p := page{head: ResumePoint{read.Head, read.HeadAt}}
	if err != nil || read.Membership.Joined != sub.joined || read.Membership.User != s.user {
		p.parked = true
		return p, nil
	}
	sub.c.raise(read.Head, read.HeadAt)
	if j.verify {
		p.reset = s.judge(sub, j.point, read)
	}
	if p.reset != "" {
		return p, nil
	}
	for i, m := range read.Messages {
		if m.Seq != j.next+uint64(i) {
			p.reset = "hole"
			return p, nil
		}
		p.frames = append(p.frames, tailFrame{m.Seq, m.At, encodeMessage(m)})
	}
	if len(read.Messages) == 0 && j.next <= read.Head {
		p.reset = "hole"
	}
	return p, nil
}

// judge says why a cursor cannot be followed, or "".
func (s *session) judge(sub *subscription, at ResumePoint, read store.Page) string {
	switch {
	case at.Seq > read.Head:
		return "ahead" // an older copy of the database was put back
	case at.Seq+1 < sub.from:
		return "hidden" // before what this membership may read
	case at.At != 0 && at.At != read.AtAfter:
		return "other" // another message is stored there
	case s.tooFar(at.Seq, read.Head):
		return "behind"
	}
	return ""
}

// applyPage enqueues a page, unless the subscription has moved on meanwhile, and
// turns it live if nothing is missing at this moment.
func (s *session) applyPage(sub *subscription, j job, p page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || sub.state != behind || sub.next != j.next {
		s.h.counters.dropPage.Add(1)
		return
	}
	if p.parked {
		sub.state = parked
		return
	}
	if sub.verify || p.reset != "" {
		s.verifiedLocked(sub, p)
	}
	for i, f := range p.frames {
		if !s.fitsLocked(len(f.frame), s.h.limits.CatchUpBytes) {
			s.mustDrain = i == 0
			break
		}
		s.appendLocked(f.frame)
		sub.next++
	}
	if sub.next > sub.c.head.Load() {
		sub.state = live
	}
	s.settleLocked(sub)
}

// verifiedLocked takes note of how the cursor was found, and says `reset` where
// it cannot be followed; the messages from then on come as to anybody.
func (s *session) verifiedLocked(sub *subscription, p page) {
	sub.verify = false
	sub.target = p.head.Seq
	c := &s.h.counters
	switch {
	case p.reset != "":
		c.reset.Add(1)
		sub.next = p.head.Seq + 1
		s.enqueueLocked(encode(resetFrame{"reset", sub.c.id, &p.head, p.reset}))
	case p.cached:
		c.cached.Add(1)
	default:
		c.stored.Add(1)
	}
}
