package hub

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/coder/websocket"

	"teahouse/store"
)

// Config is what a hub is made of.
type Config struct {
	Store   *store.Store
	Log     *slog.Logger
	Limits  Limits
	Version string           // shown in ready
	Now     func() time.Time // nil means time.Now
	// Fatal is called once when a commit failed for any other reason than full
	// storage: its outcome is unknown and the process must end (exit code 70).
	Fatal func(error)
}

// Identity says whose session it is. The login is read again after the session
// is registered (a logout may have raced the upgrade).
type Identity struct {
	User       store.UserID
	Login      store.LoginID
	RemoteAddr string
	// Pings is the budget whose OnPingReceived the connection was accepted with,
	// or nil.
	Pings *PingBudget
}

// Hub moves committed messages to sessions.
type Hub struct {
	// Static after construction.
	store   *store.Store
	commit  func([]store.Op) ([]store.Outcome, error)
	log     *slog.Logger
	limits  Limits
	version string
	now     func() time.Time // wall clock, for what people see
	fatal   func(error)
	hot     hotCache
	seq     *sequencer
	pages   chan struct{} // one token for each page that catch-ups may hold
	barrier func(point string, conv store.ConvID)

	counters counters
	wg       sync.WaitGroup // every goroutine of every session
	buffers  sync.Pool      // of *bytes.Buffer, for a message on its way in or out

	mu sync.Mutex

	// Guarded by mu.
	stopping  bool
	members   map[store.UserID]map[store.ConvID]membership
	groups    map[store.ConvID]map[store.UserID]struct{} // members of each group
	convs     map[store.ConvID]*conv                     // those with sessions or traffic since the start
	people    map[store.UserID]*person
	logins    map[store.LoginID]map[*session]struct{}
	addresses map[string]int
	watchers  map[store.ConvID]map[*session]struct{}
	presence  presenceBatch
	receipts  receiptBatch
	typing    typingBatch
}

// membership is one user's being in one conversation, named by the seq of its
// join: joining again is another one.
type membership struct{ joined, from uint64 }

// New loads the membership map from the store and starts the sequencer.
func New(cfg Config) (*Hub, error) {
	h := &Hub{
		store: cfg.Store, commit: cfg.Store.Commit, log: cfg.Log, limits: cfg.Limits,
		version: cfg.Version, now: cfg.Now, fatal: cfg.Fatal,
		members:   map[store.UserID]map[store.ConvID]membership{},
		groups:    map[store.ConvID]map[store.UserID]struct{}{},
		convs:     map[store.ConvID]*conv{},
		people:    map[store.UserID]*person{},
		logins:    map[store.LoginID]map[*session]struct{}{},
		addresses: map[string]int{},
		watchers:  map[store.ConvID]map[*session]struct{}{},
	}
	if h.now == nil {
		h.now = time.Now
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	h.buffers.New = func() any { return new(bytes.Buffer) }
	h.pages = make(chan struct{}, max(1, h.limits.CatchUpTotalBytes/h.limits.CatchUpBytes))
	h.presence.init()
	h.receipts.init()
	h.typing.init()
	if err := cfg.Store.Memberships(h.joinLocked); err != nil {
		return nil, fmt.Errorf("load memberships: %w", err)
	}
	hot, err := newRistretto(h.limits.CacheBytes)
	if err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	h.hot = hot
	h.seq = newSequencer(h)
	go h.seq.run()
	return h, nil
}

// Do hands op to the sequencer and returns after its commit and release: nil, a
// *store.Refusal, or an error that means unknown. ctx ends the waiting, never the
// commit.
func (h *Hub) Do(ctx context.Context, op store.Op) error {
	e := &entry{op: op, done: make(chan error, 1)}
	if err := h.seq.submit(ctx.Done(), e); err != nil {
		if errors.Is(err, errGaveUp) {
			err = ctx.Err()
		}
		return err
	}
	select {
	case err := <-e.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Serve takes over conn, starts its read loop and returns at once. Anything
// refused (too many sessions, stopping) closes conn with the code that says so.
func (h *Hub) Serve(conn *websocket.Conn, id Identity) {
	conn.SetReadLimit(int64(h.limits.SocketBytes))
	s := newSession(h, conn, id)
	if code, reason := h.admit(s); code != 0 {
		s.cancel()
		h.log.Warn("session refused", "user", id.User.String(), "remote", id.RemoteAddr, "code", int(code))
		go conn.Close(code, reason) // waits for the other side, 10 s at most
		return
	}
	s.startHelloTimer()
	go s.readLoop()
}

// admit registers the session under its login and counts it, or says why not.
func (h *Hub) admit(s *session) (websocket.StatusCode, string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopping {
		return closeGoingAway, "the server is stopping"
	}
	p := h.personLocked(s.user)
	switch {
	case p.sockets >= h.limits.UserSessions:
		h.counters.tooMany.Add(1)
		return closeTooMany, "too many windows are open"
	case h.addresses[s.addr] >= h.limits.AddressSocks:
		h.counters.tooMany.Add(1)
		h.dropPersonLocked(s.user, p)
		return closeTooMany, "too many windows are open on this address"
	}
	p.sockets++
	h.addresses[s.addr]++
	if h.logins[s.login] == nil {
		h.logins[s.login] = map[*session]struct{}{}
	}
	h.logins[s.login][s] = struct{}{}
	h.counters.sessions.Add(1)
	h.wg.Add(1)
	return 0, ""
}

// unregister undoes admit and register.
func (h *Hub) unregister(s *session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.logins[s.login], s)
	if len(h.logins[s.login]) == 0 {
		delete(h.logins, s.login)
	}
	if h.addresses[s.addr]--; h.addresses[s.addr] == 0 {
		delete(h.addresses, s.addr)
	}
	for _, sub := range s.subs {
		sub.c.remove(sub)
	}
	s.subs = nil
	h.unwatchLocked(s)
	p := h.people[s.user]
	p.sockets--
	if s.present {
		s.present = false
		h.leftLocked(s.user, p, s)
	}
	h.dropPersonLocked(s.user, p)
	h.counters.sessions.Add(-1)
}

// CloseLogins ends the sessions of these logins with close code 4502, within 1 s.
func (h *Hub) CloseLogins(ids []store.LoginID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range ids {
		for s := range h.logins[id] {
			s.close(closeRevoked, "the login ended", false)
		}
	}
}

// RenewLogin moves the sessions of a login to the one that replaced it, after a
// change of password: they go on, and end with the new one.
func (h *Hub) RenewLogin(old, renewed store.LoginID) {
	for _, s := range h.moveLogin(old, renewed) {
		s.checkLogin() // it has its own end
	}
}

// moveLogin registers the sessions of a login under another and returns them.
func (h *Hub) moveLogin(old, renewed store.LoginID) []*session {
	h.mu.Lock()
	defer h.mu.Unlock()
	var moved []*session
	for s := range h.logins[old] {
		moved = append(moved, s)
		s.login = renewed
		if h.logins[renewed] == nil {
			h.logins[renewed] = map[*session]struct{}{}
		}
		h.logins[renewed][s] = struct{}{}
	}
	delete(h.logins, old)
	return moved
}

// Online reports whether a user counts as online.
func (h *Hub) Online(user store.UserID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.onlineLocked(user)
}

// Close says bye to all sessions (4000, with a spread retry hint), commits what
// is queued, releases it, and frees everything. It does not close the store. A
// second call does nothing.
func (h *Hub) Close(ctx context.Context) error {
	h.mu.Lock()
	if h.stopping {
		h.mu.Unlock()
		return nil
	}
	h.stopping = true
	h.seenNowLocked()
	h.mu.Unlock()
	err := h.seq.stop(ctx)
	h.mu.Lock()
	for _, sessions := range h.logins {
		for s := range sessions {
			s.sayBye("stopping", spreadRetry())
		}
	}
	h.presence.stop()
	h.receipts.stop()
	h.typing.stop()
	h.mu.Unlock()
	err = errors.Join(err, h.waitSessions(ctx))
	h.hot.Close()
	return err
}

// retrySpread is over how long the pages of a stopping server come back, so that
// they do not all come at once.
const retrySpread = 3 * time.Second

func spreadRetry() time.Duration {
	return 500*time.Millisecond + mathrand.N(retrySpread)
}

// waitSessions waits until every goroutine of the sessions has ended; when ctx
// ends first it cuts their sockets.
func (h *Hub) waitSessions(ctx context.Context) error {
	finished := make(chan struct{})
	go func() {
		h.wg.Wait()
		close(finished)
	}()
	select {
	case <-finished:
		return nil
	case <-ctx.Done():
	}
	h.mu.Lock()
	for _, sessions := range h.logins {
		for s := range sessions {
			go s.cut()
		}
	}
	h.mu.Unlock()
	return fmt.Errorf("wait for sessions: %w", ctx.Err())
}

// recoverPanic, deferred, keeps a panic in one session from ending the others.
func (h *Hub) recoverPanic(where string, s *session) {
	r := recover()
	if r == nil {
		return
	}
	h.counters.panics.Add(1)
	s.log.Error("panic", "in", where, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
	s.close(websocket.StatusInternalError, "internal error", false)
}

// reached tells a test that a race of interest has come to a point. It is never
// called with a lock held and does nothing outside tests.
func (h *Hub) reached(point string, conv store.ConvID) {
	if h.barrier != nil {
		h.barrier(point, conv)
	}
}

// keepBytes is the largest buffer that is kept for another message.
const keepBytes = 128 << 10

func (h *Hub) borrowBuffer() *bytes.Buffer { return h.buffers.Get().(*bytes.Buffer) }

func (h *Hub) returnBuffer(buf *bytes.Buffer) {
	if buf.Cap() <= keepBytes {
		buf.Reset()
		h.buffers.Put(buf)
	}
}

func newSessionID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// hostOf cuts the port off a remote address.
func hostOf(addr string) string {
	if host, _, err := net.SplitHostPort(addr); err == nil {
		return host
	}
	return addr
}
