package hub

import (
	"sync"
	"sync/atomic"

	"teahouse/store"
)

// conv is what the hub knows of one conversation. Lock order: Hub.mu, conv.mu,
// session.mu; nothing is read, written or waited for under any of them.
type conv struct {
	id store.ConvID
	// head is the highest seq known here, 0 for unknown. Written under mu, read
	// anywhere.
	head atomic.Uint64

	mu sync.Mutex

	// Guarded by mu.
	headAt int64
	subs   []*subscription
	absent map[store.UserID]*waiting // whose list the next message goes on
}

// convLocked returns the conversation, making it if it is new here. Hub.mu must
// be held.
func (h *Hub) convLocked(id store.ConvID) *conv {
	c := h.convs[id]
	if c == nil {
		c = &conv{id: id}
		h.convs[id] = c
	}
	return c
}

// raise tells the conversation of a head that a read has found.
func (c *conv) raise(seq uint64, at int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raiseLocked(seq, at)
}

func (c *conv) raiseLocked(seq uint64, at int64) {
	if seq > c.head.Load() {
		c.headAt = at
		c.head.Store(seq)
	}
}

// add puts a subscription on the list.
func (c *conv) addLocked(sub *subscription) {
	sub.index = len(c.subs)
	c.subs = append(c.subs, sub)
}

// remove takes a subscription off the list by moving the last one into its place.
func (c *conv) remove(sub *subscription) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := len(c.subs) - 1
	if sub.index < 0 || sub.index > last || c.subs[sub.index] != sub {
		return
	}
	c.subs[sub.index] = c.subs[last]
	c.subs[sub.index].index = sub.index
	c.subs[last] = nil
	c.subs = c.subs[:last]
	sub.index = -1
}

// awaitedBy asks for the next message to be noted in w; nil takes it back.
func (c *conv) awaitedBy(user store.UserID, w *waiting) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if w == nil {
		delete(c.absent, user)
		return
	}
	if c.absent == nil {
		c.absent = map[store.UserID]*waiting{}
	}
	c.absent[user] = w
}

// visit raises the head to a message and offers it to every subscription there
// is at that moment, as one critical section: whoever registers later reads a
// head that counts it, whoever registered earlier is on the list. The session
// from, if any, gets ack in place of frame; it returns whether it did.
func (c *conv) visit(m store.Message, frame []byte, from *session, ack []byte) (acked bool, reached int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raiseLocked(m.Seq, m.At)
	for _, sub := range c.subs {
		if sub.s == from {
			sub.ack(m.Seq, ack)
			acked = true
		} else if sub.deliver(m.Seq, frame) {
			reached++
		}
	}
	for user, w := range c.absent {
		w.note(c.id)
		delete(c.absent, user)
	}
	return acked, reached
}

// release makes the effects of a committed op seen, in order, and then answers
// whoever waits for it. Only the sequencer calls it.
func (h *Hub) release(e *entry, out store.Outcome) {
	if out.Err != nil {
		e.answer(out.Err)
		return
	}
	for _, effect := range out.Effects {
		switch effect := effect.(type) {
		case store.MessageAppended:
			h.deliver(effect.Message, e.from)
		case store.MemberJoined:
			h.memberJoined(effect.Membership)
		case store.MemberLeft:
			h.memberLeft(effect)
		case store.ConversationChanged:
			h.conversationChanged(effect)
		case store.ContactChanged:
			h.contactChanged(effect)
		case store.UserChanged:
			h.userChanged(effect)
		case store.CursorMoved:
			h.cursorMoved(effect, e.from)
		}
	}
	e.answer(nil)
}

// deliver fans one message out: its tail first, then everybody who is there. The
// frame is encoded once and shared.
func (h *Hub) deliver(m store.Message, from *session) {
	frame := encodeMessage(m)
	var ack []byte
	if from != nil {
		ack = encodeAck(m, false)
	}
	h.mu.Lock()
	c := h.convLocked(m.Conv)
	h.typing.doneLocked(m.Conv, m.From)
	h.mu.Unlock()
	h.pushTail(m, frame)
	h.reached("pushed", m.Conv)
	acked, reached := c.visit(m, frame, from, ack)
	h.counters.delivered.Add(int64(reached))
	if from != nil && !acked { // the sender is no member any more, or has no subscription yet
		from.answered(ack)
	}
	h.reached("delivered", m.Conv)
}

// joinLocked enters a membership into the hub's own map, from which alone it
// knows who is where. Hub.mu must be held, except in New.
func (h *Hub) joinLocked(m store.Membership) {
	if h.members[m.User] == nil {
		h.members[m.User] = map[store.ConvID]membership{}
	}
	h.members[m.User][m.Conv] = membership{m.Joined, m.FromSeq}
	if m.Conv.IsGroup() {
		if h.groups[m.Conv] == nil {
			h.groups[m.Conv] = map[store.UserID]struct{}{}
		}
		h.groups[m.Conv][m.User] = struct{}{}
	}
}

// memberJoined begins a membership: each session of the user gets a new
// subscription that says `conversation` first and then reads from the join on.
func (h *Hub) memberJoined(m store.Membership) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.joinLocked(m)
	c := h.convLocked(m.Conv)
	for _, s := range h.sessionsLocked(m.User) {
		sub := &subscription{s: s, c: c, joined: m.Joined, from: m.FromSeq, next: m.Joined, state: behind, tell: true, untold: true}
		s.dropSub(m.Conv)
		s.subs = append(s.subs, sub)
		c.mu.Lock()
		sub.begin()
		c.addLocked(sub)
		c.mu.Unlock()
	}
}

// memberLeft ends a membership. What was enqueued before stays, what waits in
// the log is not sent any more, and `gone` always comes.
func (h *Hub) memberLeft(e store.MemberLeft) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.members[e.User], e.Conv)
	if len(h.members[e.User]) == 0 {
		delete(h.members, e.User)
	}
	if delete(h.groups[e.Conv], e.User); len(h.groups[e.Conv]) == 0 {
		delete(h.groups, e.Conv)
	}
	for _, s := range h.sessionsLocked(e.User) {
		if s.watching == e.Conv {
			h.unwatchLocked(s)
		}
		if sub := s.dropSub(e.Conv); sub != nil {
			sub.c.remove(sub)
			sub.end(e.Rev)
		}
	}
}

// conversationChanged makes the sessions of one member say so, when there is
// room.
func (h *Hub) conversationChanged(e store.ConversationChanged) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.sessionsLocked(e.User) {
		if sub := s.sub(e.Conv); sub != nil {
			sub.retell()
		}
	}
}

// contactChanged tells the user's sessions, and lets presence flow or stop.
func (h *Hub) contactChanged(e store.ContactChanged) {
	contact := Contact{User: e.Contact.User, At: e.Contact.At}
	if e.Removed {
		contact = Contact{User: e.Contact.User, Removed: true}
	}
	frame := encode(contactFrame{"contact", e.Rev, contact})
	h.mu.Lock()
	defer h.mu.Unlock()
	h.presence.contactLocked(h, e.User, e.Contact.User, !e.Removed)
	for _, s := range h.sessionsLocked(e.User) {
		s.enqueue(frame)
	}
}

// userChanged tells everybody of a profile: all who are signed in may see it.
func (h *Hub) userChanged(e store.UserChanged) {
	frame := encode(userFrame{"user", e.People, ToUser(e.User)})
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.people {
		for _, s := range p.sessions {
			s.enqueue(frame)
		}
	}
}

// sessionsLocked returns the sessions of a user that are registered for
// delivery. Hub.mu must be held.
func (h *Hub) sessionsLocked(user store.UserID) []*session {
	if p := h.people[user]; p != nil {
		return p.sessions
	}
	return nil
}
