package hub

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"teahouse/store"
)

// session is one live WebSocket connection of a user. An idle one costs a single
// goroutine, its read loop; the writer and the catch-up exist only while they
// have something to do.
type session struct {
	// Static after construction.
	h      *Hub
	id     string
	user   store.UserID
	addr   string // remote address without its port
	conn   *websocket.Conn
	pings  *PingBudget
	log    *slog.Logger
	ctx    context.Context // of reads; cancelling it cuts the socket
	cancel context.CancelFunc
	done   chan struct{} // closed when the session is

	maxBehind atomic.Uint64 // of the hello, in messages; 0 for none

	// Owned by readLoop.
	greeted bool // a hello was accepted
	frames  bucket
	sends   bucket
	watches bucket
	typed   map[store.ConvID]time.Time // last typing passed on
	within  *time.Timer                // MessageWithin, while a message is being read

	// Owned by the sequencer.
	refused refusedSend

	// Owned by writeLoop.
	stall *time.Timer

	// Guarded by Hub.mu.
	login    store.LoginID
	subs     []*subscription
	watching store.ConvID
	present  bool // counted among its user's sessions

	mu   sync.Mutex
	room *sync.Cond // room in the queue, or the end of the session

	// Guarded by mu.
	timer     *time.Timer // hello, then heartbeat
	beating   bool        // it is the heartbeat
	closed    bool
	drain     bool // what was queued when it closed is still written
	cutOff    bool // the socket was cut, nothing more can be written
	hold      bool // between registering and ready: nothing is written yet
	writing   bool // a writeLoop runs
	catching  bool // a catchUp runs
	liveSent  bool
	resuming  int // conversations named by cursors that have not passed their head yet
	queue     [][]byte
	bytes     int             // of queue and of the write under way
	pending   []*subscription // those the catch-up must look at, in turn
	mustDrain bool            // nothing of the last page fitted: the next one needs an empty queue
	unacked   int
	waiting   bool // the read loop waits for the server itself: not silence
	heardAt   time.Time
	sentAt    time.Time
	pingedAt  time.Time
	expiresAt int64 // of the login, Unix milliseconds
}

func newSession(h *Hub, conn *websocket.Conn, id Identity) *session {
	s := &session{
		h: h, id: newSessionID(), user: id.User, login: id.Login, addr: hostOf(id.RemoteAddr),
		conn: conn, pings: id.Pings, done: make(chan struct{}), typed: map[store.ConvID]time.Time{},
	}
	s.log = h.log.With("session", s.id, "user", s.user.String(), "remote", id.RemoteAddr)
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.room = sync.NewCond(&s.mu)
	now := time.Now()
	s.heardAt, s.sentAt, s.pingedAt = now, now, now
	return s
}

// readLoop reads until the connection ends, also after the session has been
// closed: somebody must hear the other side's close frame.
func (s *session) readLoop() {
	defer s.h.wg.Done()
	defer s.h.recoverPanic("read", s)
	s.checkLogin()
	for {
		kind, r, err := s.conn.Reader(s.ctx)
		if err != nil {
			s.lost(err)
			return
		}
		buf := s.h.borrowBuffer()
		err = s.readMessage(buf, r)
		if err == nil && s.isOpen() {
			s.handleMessage(kind, buf.Bytes())
		}
		s.h.returnBuffer(buf)
		if err != nil {
			s.lost(err)
			return
		}
	}
}

// readMessage reads a whole WebSocket message, which may take MessageWithin from
// its first byte.
func (s *session) readMessage(buf *bytes.Buffer, r io.Reader) error {
	if s.within == nil {
		s.within = time.AfterFunc(s.h.limits.MessageWithin, func() {
			s.close(closeStalled, "message not complete in time", false)
		})
	} else {
		s.within.Reset(s.h.limits.MessageWithin)
	}
	defer s.within.Stop()
	_, err := buf.ReadFrom(r)
	s.heard()
	return err
}

// lost ends a session whose connection can no longer be read.
func (s *session) lost(err error) {
	if errors.Is(err, websocket.ErrMessageTooBig) { // the library has sent 1009
		s.h.counters.unreadable.Add(1)
	}
	s.log.Debug("connection ended", "err", err)
	s.close(closeLost, "connection lost", false)
}

// checkLogin reads the login again, now that CloseLogins finds this session: a
// logout may have raced the upgrade.
func (s *session) checkLogin() {
	s.h.mu.Lock()
	id := s.login
	s.h.mu.Unlock()
	login, user, err := s.h.store.Login(id)
	switch {
	case errors.Is(err, store.ErrLoginRequired), err == nil && user.ID != s.user:
		s.close(closeRevoked, "the login ended", false)
	case err != nil:
		s.log.Error("read login", "err", err)
		s.close(closeGoingAway, "try again", false)
	default:
		s.mu.Lock()
		s.expiresAt = login.ExpiresAt
		s.mu.Unlock()
	}
}

// handleMessage takes the frames of one WebSocket message in order. A panic in
// it ends this session only.
func (s *session) handleMessage(kind websocket.MessageType, message []byte) {
	defer s.h.recoverPanic("frame", s)
	if kind != websocket.MessageText || !validText(message) {
		s.close(closeBadFrame, "not readable", true)
		return
	}
	splitFrames(message, func(line []byte) bool {
		s.pause(s.frames.take(time.Now(), s.h.limits.FramesPerSecond, s.h.limits.FramesPerSecond))
		if !s.isOpen() {
			return false
		}
		frame, clientID, err := decodeFrame(line, s.h.limits.FrameBytes)
		switch {
		case errors.Is(err, errUnreadable):
			s.log.Warn("unreadable frame", "bytes", len(line))
			s.close(closeBadFrame, "not readable", true)
		case err != nil:
			s.refuse(err, clientID)
		default:
			s.dispatch(frame)
		}
		return s.isOpen()
	})
}

// refuse answers a readable frame that is not done.
func (s *session) refuse(err error, clientID string) {
	s.h.counters.framesRefused.Add(1)
	s.enqueue(encodeError(err, clientID))
}

// pause waits on the server's account: the time is not the page's silence.
func (s *session) pause(d time.Duration) {
	if d <= 0 {
		return
	}
	s.setWaiting(true)
	defer s.setWaiting(false)
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.done:
	}
}

func (s *session) setWaiting(waiting bool) {
	s.mu.Lock()
	s.waiting, s.heardAt = waiting, time.Now()
	s.mu.Unlock()
}

func (s *session) heard() {
	s.mu.Lock()
	s.heardAt = time.Now()
	s.mu.Unlock()
}

func (s *session) isOpen() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.closed
}
