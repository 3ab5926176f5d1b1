package hub

import (
	"slices"

	"teahouse/store"
)

const (
	// watchesPerSecond is how many conversations a session may put on its screen,
	// sustained: each is answered with the presence of its members. Over it the
	// server reads the session more slowly, as it does with sends.
	watchesPerSecond = 1
	// watchBurst lets somebody look through the list without waiting.
	watchBurst = 5
	// watchMembers is the largest group of which a watch is answered with all
	// members: at 40 bytes each that is 20 KB. Of a larger one it is answered with
	// those who are online, the others are absent by not being named.
	watchMembers = 500
)

// watch makes conv the conversation on a session's screen, "" none, and returns
// the members to tell it of, in order.
func (h *Hub) watch(s *session, conv store.ConvID) ([]store.UserID, bool) {
	if !h.setWatched(s, conv) {
		return nil, false
	}
	users := h.watchedMembers(conv)
	slices.Sort(users) // not under Hub.mu: in the group Everyone it takes long
	return users, true
}

// setWatched returns false if the session's user is not in conv.
func (h *Hub) setWatched(s *session, conv store.ConvID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if conv != "" {
		if _, member := h.members[s.user][conv]; !member {
			return false
		}
	}
	h.unwatchLocked(s)
	if conv == "" || !s.present {
		return true
	}
	if h.watchers[conv] == nil {
		h.watchers[conv] = map[*session]struct{}{}
	}
	h.watchers[conv][s] = struct{}{}
	s.watching = conv
	return true
}

func (h *Hub) watchedMembers(conv store.ConvID) []store.UserID {
	if a, b, ok := conv.Pair(); ok {
		return []store.UserID{a, b}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	group := h.groups[conv]
	users := make([]store.UserID, 0, min(len(group), watchMembers))
	for user := range group {
		if len(group) <= watchMembers || h.onlineLocked(user) {
			users = append(users, user)
		}
	}
	return users
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
