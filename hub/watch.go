package hub

import (
	"slices"

	"teahouse/store"
)

// watch makes conv the conversation on a session's screen, "" none, and returns
// its members.
func (h *Hub) watch(s *session, conv store.ConvID) ([]store.UserID, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if conv != "" {
		if _, member := h.members[s.user][conv]; !member {
			return nil, false
		}
	}
	h.unwatchLocked(s)
	if conv == "" || !s.present {
		return nil, true
	}
	if h.watchers[conv] == nil {
		h.watchers[conv] = map[*session]struct{}{}
	}
	h.watchers[conv][s] = struct{}{}
	s.watching = conv
	if a, b, ok := conv.Pair(); ok {
		return []store.UserID{a, b}, true
	}
	users := make([]store.UserID, 0, len(h.groups[conv]))
	for user := range h.groups[conv] {
		users = append(users, user)
	}
	slices.Sort(users)
	return users, true
}

func (h *Hub) unwatchLocked(s *session) {
	if s.watching == "" {
		return
	}
	delete(h.watchers[s.watching], s)
	if len(h.watchers[s.watching]) == 0 {
		delete(h.watchers, s.watching)
	}
	s.watching = ""
}

// passTyping tells the peer of a direct conversation, or those who watch a group,
// that user types there.
func (h *Hub) passTyping(user store.UserID, conv store.ConvID) {
	frame := encode(typingFrame{"typing", conv, []store.UserID{user}})
	h.mu.Lock()
	defer h.mu.Unlock()
	if peer, ok := conv.Peer(user); ok {
		if p := h.people[user]; p == nil || !p.contacts[peer] {
			return // no longer contacts
		}
		for _, s := range h.sessionsLocked(peer) {
			s.offerTyping(frame)
		}
		return
	}
	for s := range h.watchers[conv] {
		if s.user != user {
			s.offerTyping(frame)
		}
	}
}

func (s *session) offerTyping(frame []byte) {
	if !s.offer(frame) {
		s.h.counters.dropTyping.Add(1)
	}
}
