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
	p := h.people[s.user]
	if p == nil { // ended meanwhile, and the user counts as offline
		h.mu.Unlock()
		return
	}
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
	present := s.present
	if present && p.grace != nil {
		p.grace.Stop()
		p.grace = nil
	}
	// Also of a session that has ended meanwhile: somebody may have been told of it.
	h.presence.touchLocked(h, s.user)
	h.mu.Unlock()
	if present {
		s.sendPresence(users)
	}
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
	h.presence.touchLocked(h, user)
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
// The frames are offered under Hub.mu: what is said of a user comes in the order
// in which it was true.
func (h *Hub) tellPresence(users []store.UserID) {
	byConv := map[store.ConvID][]PresenceTuple{}
	bySession := map[*session][]PresenceTuple{}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, user := range users {
		p := h.people[user]
		online := h.onlineLocked(user)
		// Without contacts there is nobody to tell; arrived has them, and asks again.
		if p == nil || !p.loaded || p.told == online || h.presence.ended {
			continue
		}
		p.told = online
		t := h.presenceLocked(user, nil)
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
	for s, tuples := range bySession {
		s.offerPresence(encode(presenceFrame{"presence", tuples}))
	}
	for conv, tuples := range byConv {
		frame := encode(presenceFrame{"presence", tuples})
		for s := range h.watchers[conv] {
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
		stored, err := s.h.storedLastSeen(chunk)
		if err != nil {
			s.log.Error("read presence", "err", err)
			return
		}
		s.offerPresenceOf(chunk, stored)
	}
}

// offerPresenceOf says how users are at this moment. It is said under Hub.mu, or
// it could follow something newer.
func (s *session) offerPresenceOf(users []store.UserID, stored map[store.UserID]int64) {
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	tuples := make([]PresenceTuple, len(users))
	for i, user := range users {
		tuples[i] = s.h.presenceLocked(user, stored)
	}
	s.offerPresence(encode(presenceFrame{"presence", tuples}))
}

// presenceLocked is how a user is now; who left since the start is known here, of
// anybody else stored says when that was. Hub.mu must be held.
func (h *Hub) presenceLocked(user store.UserID, stored map[store.UserID]int64) PresenceTuple {
	t := PresenceTuple{User: user, Online: h.onlineLocked(user)}
	if t.Online {
		return t
	}
	at, here := h.presence.seen[user]
	if !here {
		at = stored[user]
	}
	t.LastSeen = at
	return t
}

// storedLastSeen looks up when those of the users were last online of whom the
// hub itself does not know: in the cache, then in the store.
func (h *Hub) storedLastSeen(users []store.UserID) (map[store.UserID]int64, error) {
	var away, ask []store.UserID
	h.mu.Lock()
	for _, user := range users {
		if _, here := h.presence.seen[user]; !here && !h.onlineLocked(user) {
			away = append(away, user)
		}
	}
	h.mu.Unlock()
	seen := make(map[store.UserID]int64, len(away))
	for _, user := range away {
		if at, ok := h.hot.Get("presence:" + user.String()); ok {
			seen[user] = at.(int64)
		} else {
			ask = append(ask, user)
		}
	}
	if len(ask) == 0 {
		return seen, nil
	}
	stored, err := h.store.LastSeenOf(ask)
	if err != nil {
		return nil, err
	}
	for _, user := range ask {
		seen[user] = stored[user]
		// Does not change while the user is away: who leaves is in presence.seen.
		h.hot.Set("presence:"+user.String(), stored[user], itemBytes, presenceFor)
	}
	return seen, nil
}
