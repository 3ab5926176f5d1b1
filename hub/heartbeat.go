package hub

import (
	"context"
	"sync"
	"time"
)

// One timer a session: first it waits for hello, then it asks whenever a
// direction may have been quiet for long enough. Nothing sweeps.

func (s *session) startHelloTimer() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer = time.AfterFunc(s.h.limits.HelloWithin, s.tick)
}

// greetedAt turns the hello timer into the heartbeat. s.mu must be held.
func (s *session) greetedAt(now time.Time) {
	s.beating = true
	s.sentAt, s.pingedAt = now, now
	s.timer.Reset(s.h.limits.PingEvery)
}

// tick ends a session that was silent for too long, pings one that was quiet,
// and sets the timer for the next time either may be due.
func (s *session) tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	now := time.Now()
	heard := s.heardAt
	if at := s.pings.heardAt(); at.After(heard) {
		heard = at
	}
	if s.waiting {
		heard = now
	}
	l := &s.h.limits
	switch {
	case !s.beating:
		s.closeLocked(closeNoHeartbeat, "no hello", false)
		return
	case now.Sub(heard) >= l.SilentFor:
		s.closeLocked(closeNoHeartbeat, "silent", false)
		return
	case s.h.now().UnixMilli() >= s.expiresAt:
		s.closeLocked(closeRevoked, "the login expired", false)
		return
	}
	if quietSince(heard, s.sentAt, s.pingedAt).Add(l.PingEvery).Compare(now) <= 0 {
		s.pingedAt = now
		s.enqueueLocked(encode(bareFrame{"ping"}))
	}
	next := quietSince(heard, s.sentAt, s.pingedAt).Add(l.PingEvery)
	if silent := heard.Add(l.SilentFor); silent.Before(next) {
		next = silent
	}
	s.timer.Reset(max(next.Sub(now), time.Millisecond))
}

// quietSince is when the quieter direction was last used, but not before the last
// ping: one ping at a time is enough.
func quietSince(heard, sent, pinged time.Time) time.Time {
	since := heard
	if sent.Before(since) {
		since = sent
	}
	if pinged.After(since) {
		since = pinged
	}
	return since
}

// maxPings is how many WebSocket pings of one connection are answered in a
// minute. Browsers send none; an unlimited peer could make the server write
// without reading anything.
const maxPings = 10

// PingBudget limits the WebSocket pings that one connection answers. Its
// OnPingReceived goes into websocket.AcceptOptions, itself into Identity.
type PingBudget struct {
	mu sync.Mutex

	// Guarded by mu.
	bucket bucket
	heard  time.Time // the last ping, answered or not: any bytes count as life
}

// OnPingReceived reports whether a ping may be answered.
func (b *PingBudget) OnPingReceived(context.Context, []byte) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.heard = time.Now()
	return b.bucket.try(b.heard, maxPings/60.0, maxPings)
}

func (b *PingBudget) heardAt() time.Time {
	if b == nil {
		return time.Time{}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.heard
}

// bucket is a token bucket. The zero value is full.
type bucket struct {
	used float64
	at   time.Time
}

// take takes one token and returns how long to wait until it is there.
func (b *bucket) take(now time.Time, perSecond, burst float64) time.Duration {
	b.refill(now, perSecond)
	b.used++
	if b.used <= burst {
		return 0
	}
	return time.Duration((b.used - burst) / perSecond * float64(time.Second))
}

// try takes one token if it is there.
func (b *bucket) try(now time.Time, perSecond, burst float64) bool {
	b.refill(now, perSecond)
	if b.used+1 > burst {
		return false
	}
	b.used++
	return true
}

func (b *bucket) refill(now time.Time, perSecond float64) {
	if !b.at.IsZero() {
		b.used = max(0, b.used-now.Sub(b.at).Seconds()*perSecond)
	}
	b.at = now
}
