package hub

import (
	"slices"
	"time"

	"teahouse/store"
)

// typingNames is how many users one frame of a group names. A page words two of
// them and counts the rest, and in the group Everyone thousands may type.
const typingNames = 20

// typingBatch gathers who types in groups that somebody watches, until it goes
// out as one shared frame a conversation: a frame for each who types would be as
// many as there are members, to as many.
type typingBatch struct {
	// Guarded by Hub.mu.
	convs map[store.ConvID][]store.UserID
	timer *time.Timer // nil while nothing is gathered
	ended bool
}

func (b *typingBatch) init() { b.convs = map[store.ConvID][]store.UserID{} }

func (b *typingBatch) stop() {
	b.ended = true
	if b.timer != nil {
		b.timer.Stop()
	}
}

// passTyping tells the peer of a direct conversation at once, and those who watch
// a group once a while, that user types there.
func (h *Hub) passTyping(user store.UserID, conv store.ConvID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	peer, direct := conv.Peer(user)
	if !direct {
		h.gatherTypingLocked(conv, user)
		return
	}
	if p := h.people[user]; p == nil || !p.contacts[peer] {
		return // no longer contacts
	}
	frame := encode(typingFrame{"typing", conv, []store.UserID{user}})
	for _, s := range h.sessionsLocked(peer) {
		s.offerTyping(frame)
	}
}

func (h *Hub) gatherTypingLocked(conv store.ConvID, user store.UserID) {
	b := &h.typing
	users := b.convs[conv]
	switch {
	case len(h.watchers[conv]) == 0 || slices.Contains(users, user):
		return
	case len(users) == typingNames:
		h.counters.dropTyping.Add(1)
		return
	}
	b.convs[conv] = append(users, user)
	if b.timer == nil && !b.ended {
		b.timer = time.AfterFunc(h.limits.ReceiptEvery, h.flushTyping)
	}
}

// doneLocked takes a user off the list whose message is about to come: behind it
// one would seem to write another.
func (b *typingBatch) doneLocked(conv store.ConvID, user store.UserID) {
	if users := b.convs[conv]; len(users) > 0 {
		b.convs[conv] = slices.DeleteFunc(users, func(u store.UserID) bool { return u == user })
	}
}

// flushTyping sends what was gathered. All share one frame but those who are
// named in it: of oneself one is not told.
func (h *Hub) flushTyping() {
	h.mu.Lock()
	defer h.mu.Unlock()
	b := &h.typing
	b.timer = nil
	for conv, users := range b.convs {
		delete(b.convs, conv)
		users = slices.DeleteFunc(users, func(user store.UserID) bool {
			_, member := h.members[user][conv]
			return !member
		})
		if len(users) == 0 || b.ended {
			continue
		}
		frame := encode(typingFrame{"typing", conv, users})
		for s := range h.watchers[conv] {
			if !slices.Contains(users, s.user) {
				s.offerTyping(frame)
			} else if len(users) > 1 {
				others := slices.DeleteFunc(slices.Clone(users), func(user store.UserID) bool { return user == s.user })
				s.offerTyping(encode(typingFrame{"typing", conv, others}))
			}
		}
	}
}

func (s *session) offerTyping(frame []byte) {
	if !s.offer(frame) {
		s.h.counters.dropTyping.Add(1)
	}
}
