package httpapi

import (
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"
)

// How guessing is slowed down. There is no hard lock: it would let anybody lock
// out anybody.
const (
	freeFailures    = 5                // wrong passwords before the first delay
	maxFailureDelay = 15 * time.Minute // 1 s, 2 s, 4 s… end here
	forgetFailures  = 24 * time.Hour   // without another failure
	sweepEvery      = time.Minute      // how often what is over is freed
	maxThrottled    = 1 << 16          // entries of a map; about 6 MiB
)

// bucket names what is counted together: an account, an account as tried from a
// device that logged in before, or an unknown name.
type bucket [sha256.Size]byte

// bucketOf hashes the parts of a bucket's name, so that names of any length cost
// the same.
func bucketOf(kind string, parts ...[]byte) bucket {
	h := sha256.New()
	h.Write([]byte(kind))
	for _, part := range parts {
		h.Write([]byte{0})
		h.Write(part)
	}
	return bucket(h.Sum(nil))
}

// throttle slows down guesses, per bucket and per remote address. It forgets all
// at a restart, which costs an attacker more than it gives.
type throttle struct {
	// Static after construction.
	now       func() time.Time
	perMinute float64 // tries of one address

	mu sync.Mutex
	// Guarded by mu.
	failures  map[bucket]failures
	addresses map[netip.Prefix]allowance
	swept     time.Time
}

// failures are the wrong tries of a bucket since the last right one.
type failures struct {
	n    int
	last time.Time
	wait time.Duration // after last, before the next try
}

// allowance is how many tries an address had left at a moment; it grows back to
// a minute's worth in a minute.
type allowance struct {
	left float64
	at   time.Time
}

func newThrottle(now func() time.Time, perMinute int) *throttle {
	return &throttle{
		now: now, perMinute: float64(perMinute), swept: now(),
		failures: map[bucket]failures{}, addresses: map[netip.Prefix]allowance{},
	}
}

// visit counts a try from an address. Above 0 it is refused and the time until
// the next may pass.
func (t *throttle) visit(remote string) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	t.sweepLocked(now)
	key := addressKey(remote)
	a, known := t.addresses[key]
	if !known {
		a.left = t.perMinute
	}
	a.left = min(t.perMinute, a.left+now.Sub(a.at).Minutes()*t.perMinute)
	a.at = now
	if a.left < 1 {
		return time.Duration((1 - a.left) / t.perMinute * float64(time.Minute))
	}
	a.left--
	t.addresses[key] = a
	return 0
}

// begin counts a try as a failure before it is known to be one, so that many at
// once do not all pass; succeed or forgive takes that back. Above 0 it is
// refused and the time until the next may pass.
func (t *throttle) begin(b bucket) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	t.sweepLocked(now)
	f := t.failures[b]
	if wait := f.last.Add(f.wait).Sub(now); f.wait > 0 && wait > 0 {
		return wait
	}
	f.n, f.last, f.wait = f.n+1, now, delayAfter(f.n+1)
	t.failures[b] = f
	return 0
}

// delayAfter is 0 for the first freeFailures-1 failures, then 1 s, 2 s, 4 s….
func delayAfter(n int) time.Duration {
	over := n - freeFailures
	switch {
	case over < 0:
		return 0
	case over >= 10: // 2^10 s is more than the most
		return maxFailureDelay
	}
	return min(time.Second<<over, maxFailureDelay)
}

// succeed forgets the failures of a bucket.
func (t *throttle) succeed(b bucket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.failures, b)
}

// forgive takes back a try that was never answered, because the server was busy.
func (t *throttle) forgive(b bucket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f, ok := t.failures[b]
	if !ok {
		return
	}
	if f.n--; f.n <= 0 {
		delete(t.failures, b)
		return
	}
	f.wait = delayAfter(f.n)
	t.failures[b] = f
}

// sweepLocked frees what no longer slows anybody down. t.mu must be held. Maps
// that are full in spite of it (one attacker with many addresses or many
// invented names) lose entries at random.
func (t *throttle) sweepLocked(now time.Time) {
	full := len(t.failures) >= maxThrottled || len(t.addresses) >= maxThrottled
	if now.Sub(t.swept) < sweepEvery && !full {
		return
	}
	t.swept = now
	for b, f := range t.failures {
		if now.Sub(f.last) > forgetFailures || len(t.failures) >= maxThrottled {
			delete(t.failures, b)
		}
	}
	for key, a := range t.addresses {
		if now.Sub(a.at) > time.Minute || len(t.addresses) >= maxThrottled {
			delete(t.addresses, key)
		}
	}
}

// addressKey is what counts as one address: all of IPv4, but the /64 of IPv6,
// in which a single host picks addresses as it likes.
func addressKey(remote string) netip.Prefix {
	addr, err := netip.ParseAddr(remote)
	if err != nil {
		return netip.Prefix{} // what has no address shares one bucket
	}
	addr = addr.Unmap().WithZone("")
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}
