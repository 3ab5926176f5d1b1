package hub

import (
	"time"

	"github.com/coder/websocket"
)

// Close codes. A page reconnects after 4000 to 4499 and after anything it does
// not know; of 4500 to 4999 only 4500 and 4502 lead to the login page.
const (
	closeGoingAway   websocket.StatusCode = 4000 // the server is stopping, or the page is too old
	closeStalled     websocket.StatusCode = 4001 // the reader took nothing for too long, or its queue is full
	closeNoHeartbeat websocket.StatusCode = 4002 // silence, or no hello
	closeResync      websocket.StatusCode = 4003 // another database: fetch bootstrap, come again
	closeBadFrame    websocket.StatusCode = 4501 // unreadable bytes
	closeRevoked     websocket.StatusCode = 4502 // the login ended
	closeTooMany     websocket.StatusCode = 4503 // too many windows; no retry

	// closeLost is not on the wire: the connection is gone already.
	closeLost websocket.StatusCode = 0
)

// closeWithin is how long a session may take to write what is queued, send its
// close frame and hear the other side's; then the socket is cut. C14 wants a
// revoked login off within 1 s.
const closeWithin = 900 * time.Millisecond

// close ends the session; only the first call counts. With drain set, what is
// queued is written first.
func (s *session) close(code websocket.StatusCode, reason string, drain bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closeLocked(code, reason, drain)
}

// closeLocked is close for those who hold s.mu, also under the locks of the hub
// and of a conversation: all the rest happens in a goroutine of its own.
func (s *session) closeLocked(code websocket.StatusCode, reason string, drain bool) {
	if s.closed {
		return
	}
	s.closed = true
	s.countEnd(code)
	close(s.done)
	s.hold, s.drain = false, drain
	if !drain {
		s.dropQueueLocked()
	}
	s.startWriterLocked()
	s.room.Broadcast()
	s.h.wg.Add(1)
	go s.end(code, reason)
}

// end frees all the session held and closes the connection. It runs once.
func (s *session) end(code websocket.StatusCode, reason string) {
	defer s.h.wg.Done()
	defer s.h.recoverPanic("end", s)
	defer s.cancel()
	cut := time.AfterFunc(closeWithin, s.cut)
	defer cut.Stop()
	s.h.unregister(s)
	s.mu.Lock()
	s.timer.Stop()
	for s.drain && (len(s.queue) > 0 || s.writing) && !s.cutOff {
		s.room.Wait()
	}
	s.mu.Unlock()
	s.log.Debug("session ended", "code", int(code), "reason", reason)
	if code == closeLost {
		_ = s.conn.CloseNow()
		return
	}
	if err := s.conn.Close(code, reason); err != nil {
		s.log.Debug("close handshake", "err", err)
	}
}

// cut closes the socket under whoever reads or waits: cancelling the context of
// the read loop's Read is what makes the library do so at once.
func (s *session) cut() {
	s.cancel()
	s.mu.Lock()
	s.cutOff = true
	s.room.Broadcast()
	s.mu.Unlock()
}

func (s *session) countEnd(code websocket.StatusCode) {
	c := &s.h.counters
	switch code {
	case closeStalled:
		c.stalled.Add(1)
	case closeNoHeartbeat:
		c.silent.Add(1)
	case closeBadFrame:
		c.unreadable.Add(1)
	case closeRevoked:
		c.revoked.Add(1)
	}
}
