package hub

import (
	"slices"
	"time"

	"teahouse/store"
)

const (
	// presenceChunk is how many users one presence frame names, and how many
	// changes are looked at in one hold of Hub.mu.
	presenceChunk = 200
	// presenceFor is how long a stored last_seen stays in the cache.
	presenceFor = time.Hour
)

// person is a user with sockets here, or who still counts as online.
type person struct {
	// Guarded by Hub.mu.
	sockets  int                   // connections, also those that have not said hello
	sessions []*session            // those registered for delivery
	contacts map[store.UserID]bool // false: removed since they were loaded
	loaded   bool                  // contacts are complete
	told     bool                  // what the others were last told: online
	grace    *time.Timer           // runs after the last session ended
}

// presenceBatch gathers changes until they are told, once a while.
type presenceBatch struct {
	// Guarded by Hub.mu.
	dirty map[store.UserID]struct{}                  // may be online or offline now
	asked map[store.UserID]map[store.UserID]struct{} // new contacts to be told of
	seen  map[store.UserID]int64                     // last_seen of those who left since the start
	timer *time.Timer                                // nil while nothing is gathered
	ended bool
}

func (b *presenceBatch) init() {
	b.dirty = map[store.UserID]struct{}{}
	b.asked = map[store.UserID]map[store.UserID]struct{}{}
	b.seen = map[store.UserID]int64{}
}

func (b *presenceBatch) stop() {
	b.ended = true
	if b.timer != nil {
		b.timer.Stop()
	}
}

func (h *Hub) personLocked(user store.UserID) *person {
	p := h.people[user]
	if p == nil {
		p = &person{contacts: map[store.UserID]bool{}}
		h.people[user] = p
	}
	return p
}

// dropPersonLocked forgets a user of whom nothing is here and nothing is to be
// told any more.
func (h *Hub) dropPersonLocked(user store.UserID, p *person) {
	if p.sockets == 0 && p.grace == nil && (!p.told || h.presence.ended) {
		delete(h.people, user)
	}
}

func (h *Hub) onlineLocked(user store.UserID) bool {
	p := h.people[user]
	return p != nil && (len(p.sessions) > 0 || p.grace != nil)
}

// arrived makes a session's user online and tells the session who of its
// contacts is. It comes after ready.
func (h *Hub) arrived(s *session) {
	contacts, err := h.store.Contacts(s.user)
	if err != nil {
		s.log.Error("read contacts", "err", err)
		s.close(closeGoingAway, "try again", false)
		return
	}
	h.mu.Lock()
	if !s.present { // ended meanwhile
		h.mu.Unlock()
		return
	}
	p := h.people[s.user]
	users := make([]store.UserID, 0, len(contacts))
	for _, c := range contacts {
		// What was released since the registration is newer than the read, or the
		// release of what the read saw is still to come.
		if _, known := p.contacts[c.User]; !known {
			p.contacts[c.User] = true
		}
		users = append(users, c.User)
	}
	p.loaded = true
	if p.grace != nil {
		p.grace.Stop()
		p.grace = nil
	}
	h.presence.touchLocked(h, s.user)
	h.mu.Unlock()
	s.sendPresence(users)
}

// leftLocked takes a session out of its user's; after the last one the user stays
// online for the grace. Hub.mu must be held.
func (h *Hub) leftLocked(user store.UserID, p *person, s *session) {
	if i := slices.Index(p.sessions, s); i >= 0 {
		p.sessions = slices.Delete(p.sessions, i, i+1)
	}
	if len(p.sessions) > 0 || h.stopping {
		return
	}
	h.seenLocked(user)
	h.absentLocked(user)
	if p.grace != nil {
		p.grace.Stop()
	}
	p.grace = time.AfterFunc(h.limits.OfflineGrace, func() { h.graceOver(user, p) })
}

// seenLocked keeps now as the time a user was last online.
func (h *Hub) seenLocked(user store.UserID) {
	at := h.now().UnixMilli()
	h.presence.seen[user] = at
	h.seq.lastSeen(user, at)
}

// seenNowLocked does that for everybody, when the server stops, and stops all
// graces.
func (h *Hub) seenNowLocked() {
	for user, p := range h.people {
		if len(p.sessions) > 0 {
			h.seenLocked(user)
		}
		if p.grace != nil {
			p.grace.Stop()
			p.grace = nil
		}
	}
}

func (h *Hub) graceOver(user store.UserID, p *person) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p.grace == nil || len(p.sessions) > 0 || h.stopping {
		return
	}
	p.grace = nil
	h.presence.touchLocked(h, user)
	h.dropPersonLocked(user, p)
}

// touchLocked has the others told if the user's presence is not what they know.
func (b *presenceBatch) touchLocked(h *Hub, user store.UserID) {
	b.dirty[user] = struct{}{}
	b.scheduleLocked(h)
}

// contactLocked takes note that user gained or lost a contact.
func (b *presenceBatch) contactLocked(h *Hub, user, contact store.UserID, added bool) {
	p := h.people[user]
	if p == nil {
		return
	}
	p.contacts[contact] = added
	if added && len(p.sessions) > 0 {
		if b.asked[user] == nil {
			b.asked[user] = map[store.UserID]struct{}{}
		}
		b.asked[user][contact] = struct{}{}
		b.scheduleLocked(h)
	}
}

func (b *presenceBatch) scheduleLocked(h *Hub) {
	if b.timer == nil && !b.ended {
		b.timer = time.AfterFunc(h.limits.ReceiptEvery, h.flushPresence)
	}
}

// flushPresence tells the changes that were gathered: to contacts, and to those
// who watch a conversation the user is in.
func (h *Hub) flushPresence() {
	h.mu.Lock()
	b := &h.presence
	dirty, asked := b.dirty, b.asked
	b.dirty = map[store.UserID]struct{}{}
	b.asked = map[store.UserID]map[store.UserID]struct{}{}
	b.timer = nil
	h.mu.Unlock()
	users := make([]store.UserID, 0, len(dirty))
	for user := range dirty {
		users = append(users, user)
	}
	for chunk := range slices.Chunk(users, presenceChunk) {
		h.tellPresence(chunk)
	}
	for user, contacts := range asked {
		list := make([]store.UserID, 0, len(contacts))
		for c := range contacts {
			list = append(list, c)
		}
		h.mu.Lock()
		sessions := slices.Clone(h.sessionsLocked(user))
		h.mu.Unlock()
		for _, s := range sessions {
			s.sendPresence(list)
		}
	}
}

// tellPresence tells of the users whose presence differs from what was last told.
func (h *Hub) tellPresence(users []store.UserID) {
	byConv := map[store.ConvID][]PresenceTuple{}
	bySession := map[*session][]PresenceTuple{}
	watchers := map[store.ConvID][]*session{}
	h.mu.Lock()
	for _, user := range users {
		p := h.people[user]
		online := h.onlineLocked(user)
		if p == nil || p.told == online || h.presence.ended {
			continue
		}
		p.told = online
		t := PresenceTuple{User: user, Online: online}
		if !online {
			t.LastSeen = h.presence.seen[user]
		}
		for contact, is := range p.contacts {
			if is {
				for _, s := range h.sessionsLocked(contact) {
					bySession[s] = append(bySession[s], t)
				}
			}
		}
		for conv := range h.members[user] {
			if len(h.watchers[conv]) > 0 {
				byConv[conv] = append(byConv[conv], t)
			}
		}
		h.dropPersonLocked(user, p)
	}
	for conv := range byConv {
		for s := range h.watchers[conv] {
			watchers[conv] = append(watchers[conv], s)
		}
	}
	h.mu.Unlock()
	for s, tuples := range bySession {
		s.offerPresence(encode(presenceFrame{"presence", tuples}))
	}
	for conv, tuples := range byConv {
		frame := encode(presenceFrame{"presence", tuples})
		for _, s := range watchers[conv] {
			s.offerPresence(frame)
		}
	}
}

func (s *session) offerPresence(frame []byte) {
	if !s.offer(frame) {
		s.h.counters.dropPresence.Add(1)
	}
}

// sendPresence tells the session how these users are now. It reads the store,
// so no lock may be held.
func (s *session) sendPresence(users []store.UserID) {
	for chunk := range slices.Chunk(users, presenceChunk) {
		tuples, err := s.h.presenceOf(chunk)
		if err != nil {
			s.log.Error("read presence", "err", err)
			return
		}
		s.offerPresence(encode(presenceFrame{"presence", tuples}))
	}
}

// presenceOf looks users up: in the hub first, then in the cache, then in the
// store.
func (h *Hub) presenceOf(users []store.UserID) ([]PresenceTuple, error) {
	tuples := make([]PresenceTuple, len(users))
	var ask []store.UserID
	index := map[store.UserID]int{}
	h.mu.Lock()
	for i, user := range users {
		tuples[i] = PresenceTuple{User: user, Online: h.onlineLocked(user)}
		at, here := h.presence.seen[user]
		switch {
		case tuples[i].Online:
		case here:
			tuples[i].LastSeen = at
		default:
			index[user] = i
		}
	}
	h.mu.Unlock()
	for user, i := range index {
		if at, ok := h.hot.Get("presence:" + user.String()); ok {
			tuples[i].LastSeen = at.(int64)
		} else {
			ask = append(ask, user)
		}
	}
	if len(ask) == 0 {
		return tuples, nil
	}
	stored, err := h.store.LastSeenOf(ask)
	if err != nil {
		return nil, err
	}
	for _, user := range ask {
		tuples[index[user]].LastSeen = stored[user]
		// Does not change while the user is away: who leaves is in presence.seen.
		h.hot.Set("presence:"+user.String(), stored[user], itemBytes, presenceFor)
	}
	return tuples, nil
}
