package httpapi

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// handClock is a clock that a test moves.
type handClock struct{ t time.Time }

func (c *handClock) now() time.Time { return c.t }

func newHandThrottle(perMinute int) (*throttle, *handClock) {
	clock := &handClock{time.Unix(1_800_000_000, 0)}
	return newThrottle(clock.now, perMinute), clock
}

func TestFailuresDelay(t *testing.T) {
	t.Parallel()
	th, clock := newHandThrottle(60)
	b := bucketOf("user", []byte("u_482139770"))
	for i := range freeFailures {
		if wait := th.begin(b); wait != 0 {
			t.Fatalf("try %d waits %v", i+1, wait)
		}
	}
	for _, seconds := range []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900} {
		want := time.Duration(seconds) * time.Second
		if wait := th.begin(b); wait != want {
			t.Fatalf("waits %v, want %v", wait, want)
		}
		clock.t = clock.t.Add(want - time.Millisecond)
		if wait := th.begin(b); wait != time.Millisecond {
			t.Fatalf("just before the end of %v: waits %v", want, wait)
		}
		clock.t = clock.t.Add(time.Millisecond)
		if wait := th.begin(b); wait != 0 {
			t.Fatalf("after %v: still waits %v", want, wait)
		}
	}
	if wait := th.begin(bucketOf("user", []byte("u_111111111"))); wait != 0 {
		t.Errorf("somebody else waits %v", wait)
	}
	th.succeed(b)
	if wait := th.begin(b); wait != 0 {
		t.Errorf("after the right password: waits %v", wait)
	}
}

// Many tries at the same moment count one by one.
func TestParallelTriesAreCounted(t *testing.T) {
	t.Parallel()
	th, _ := newHandThrottle(60)
	var wg sync.WaitGroup
	var mu sync.Mutex
	passed := 0
	for range 100 {
		wg.Go(func() {
			if th.begin(bucketOf("user")) == 0 {
				mu.Lock()
				passed++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if passed != freeFailures {
		t.Errorf("%d of 100 tries passed, want %d", passed, freeFailures)
	}
}

func TestForgiveTakesATryBack(t *testing.T) {
	t.Parallel()
	th, _ := newHandThrottle(60)
	b := bucketOf("user")
	for range 50 {
		if wait := th.begin(b); wait != 0 {
			t.Fatalf("waits %v", wait)
		}
		th.forgive(b)
	}
	th.forgive(b) // of what is not there
	if len(th.failures) != 0 {
		t.Errorf("%d buckets are left", len(th.failures))
	}
}

func TestAddressAllowance(t *testing.T) {
	t.Parallel()
	th, clock := newHandThrottle(60)
	for i := range 60 {
		if wait := th.visit("192.168.1.7"); wait != 0 {
			t.Fatalf("try %d waits %v", i+1, wait)
		}
	}
	if wait := th.visit("192.168.1.7"); wait <= 0 || wait > time.Second {
		t.Errorf("try 61 waits %v, want up to 1 s", wait)
	}
	if wait := th.visit("::ffff:192.168.1.7"); wait == 0 {
		t.Error("the same address in its IPv6 form has an allowance of its own")
	}
	if wait := th.visit("192.168.1.8"); wait != 0 {
		t.Errorf("another address waits %v", wait)
	}
	clock.t = clock.t.Add(time.Second)
	if wait := th.visit("192.168.1.7"); wait != 0 {
		t.Errorf("a second later: waits %v", wait)
	}
	if wait := th.visit("192.168.1.7"); wait == 0 {
		t.Error("a second later: two tries pass")
	}
}

func TestIPv6AddressesShareTheirNetwork(t *testing.T) {
	t.Parallel()
	th, _ := newHandThrottle(10)
	for i := range 10 {
		if wait := th.visit(fmt.Sprintf("2001:db8:1:2::%x", i+1)); wait != 0 {
			t.Fatalf("try %d waits %v", i+1, wait)
		}
	}
	if wait := th.visit("2001:db8:1:2:ffff::1"); wait == 0 {
		t.Error("an eleventh address of the same /64 passes")
	}
	if wait := th.visit("2001:db8:1:3::1"); wait != 0 {
		t.Errorf("the next /64 waits %v", wait)
	}
	if addressKey("fe80::1%eth0") != addressKey("fe80::2%eth1") {
		t.Error("zones make networks of their own")
	}
}

func TestThrottleFreesItself(t *testing.T) {
	t.Parallel()
	th, clock := newHandThrottle(60)
	for i := range 1000 {
		th.begin(bucketOf("name", fmt.Append(nil, i)))
		th.visit(fmt.Sprintf("10.0.%d.%d", i/250, i%250))
	}
	clock.t = clock.t.Add(forgetFailures + time.Minute)
	th.visit("10.9.9.9")
	if len(th.failures) != 0 || len(th.addresses) != 1 {
		t.Errorf("%d buckets and %d addresses are left", len(th.failures), len(th.addresses))
	}
}

func TestThrottleIsBounded(t *testing.T) {
	t.Parallel()
	th, _ := newHandThrottle(60)
	for i := range maxThrottled + 1000 {
		th.begin(bucketOf("name", fmt.Append(nil, i)))
	}
	if n := len(th.failures); n > maxThrottled {
		t.Errorf("%d buckets", n)
	}
}
