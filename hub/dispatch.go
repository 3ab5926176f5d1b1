package hub

import (
	"errors"
	"fmt"
	"time"

	"teahouse/store"
)

// typingEvery is how often one session may say that its user types in one
// conversation; more is dropped.
const typingEvery = time.Second

// maxTyped bounds the conversations for which that is remembered.
const maxTyped = 64

// dispatch does what one decoded frame asks. Before hello nothing but hello is
// taken.
func (s *session) dispatch(frame any) {
	if _, ok := frame.(*helloFrame); !ok && !s.greeted {
		clientID := ""
		if send, ok := frame.(*sendFrame); ok {
			clientID = send.ClientID
		}
		s.refuse(store.ErrBusy, clientID) // unavailable: a draft stays in its outbox
		return
	}
	switch f := frame.(type) {
	case *helloFrame:
		s.handleHello(f)
	case *sendFrame:
		s.handleSend(f)
	case *cursorFrame:
		s.handleCursor(f)
	case *convFrame:
		if f.Type == "watch" {
			s.handleWatch(f.Conv)
		} else {
			s.handleTyping(f.Conv)
		}
	case *pongFrame: // having been heard is all it is for
	default:
		panic(fmt.Sprintf("no handler for %T", frame))
	}
}

// handleSend puts a send into the sequencer's line. Over the rate, or when the
// line is full, it waits, and with it this session's reading.
func (s *session) handleSend(f *sendFrame) {
	s.pause(s.sends.take(time.Now(), s.h.limits.SendsPerSecond, float64(s.h.limits.SendBurst)))
	if !s.countSend() {
		return
	}
	e := &entry{from: s, op: &store.SendMessage{
		From: s.user, ClientID: f.ClientID, Conv: f.Conv, Body: f.Body,
	}}
	s.setWaiting(true)
	err := s.h.seq.submit(s.done, e)
	s.setWaiting(false)
	switch {
	case errors.Is(err, errGaveUp):
	case err != nil:
		s.answered(encodeError(err, f.ClientID))
	}
}

// countSend counts a send as waiting for its ack; one too many ends the session.
func (s *session) countSend() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if s.unacked >= s.h.limits.UnackedSends {
		s.closeLocked(closeBadFrame, "too many unacked sends", true)
		return false
	}
	s.unacked++
	return true
}

// handleCursor takes read and received: the cursor rides in the next batch.
func (s *session) handleCursor(f *cursorFrame) {
	if !s.h.isMember(s.user, f.Conv) {
		s.refuse(store.ErrNoSuchConversation, "")
		return
	}
	m := store.CursorMove{User: s.user, Conv: f.Conv, Delivered: f.Seq}
	if f.Type == "read" {
		m.Read = f.Seq
	}
	if f.Seq > 0 {
		s.h.seq.move(m)
	}
}

// handleTyping passes on that the user types, to the direct peer or to those who
// watch the group; without room it is dropped.
func (s *session) handleTyping(conv store.ConvID) {
	if !s.h.isMember(s.user, conv) {
		s.refuse(store.ErrNoSuchConversation, "")
		return
	}
	now := time.Now()
	if now.Sub(s.typed[conv]) < typingEvery {
		s.h.counters.dropTyping.Add(1)
		return
	}
	if len(s.typed) >= maxTyped {
		clear(s.typed)
	}
	s.typed[conv] = now
	s.h.passTyping(s.user, conv)
}

// handleWatch makes conv the conversation on this session's screen and answers
// with the presence of its members. Over the rate it waits.
func (s *session) handleWatch(conv store.ConvID) {
	if conv != "" {
		s.pause(s.watches.take(time.Now(), watchesPerSecond, watchBurst))
	}
	users, ok := s.h.watch(s, conv)
	if !ok {
		s.refuse(store.ErrNoSuchConversation, "")
		return
	}
	s.sendPresence(users)
}

// isMember asks the hub's own map.
func (h *Hub) isMember(user store.UserID, conv store.ConvID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, ok := h.members[user][conv]
	return ok
}
