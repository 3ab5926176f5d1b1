package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"teahouse/e2e/client"
)

// TestReplay sends real conversations through the real program, with half of the
// members away at any time and the server killed on the way, and asks at the end
// whether anything is lost, doubled or out of order. Without TEAHOUSE_REPLAY=full
// it is a slice of some hundreds of messages.
func TestReplay(t *testing.T) {
	chats := loadCorpus(t)
	kills, patience := 5, 50*time.Minute
	if os.Getenv("TEAHOUSE_REPLAY") != "full" {
		kills, patience = 1, 3*time.Minute
		groups, pairs := chats[:3], chats[len(chats)-12:]
		chats = nil
		for _, c := range groups {
			chats = append(chats, c.head(120))
		}
		for _, c := range pairs {
			chats = append(chats, c.head(1<<30))
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r := newReplay(ctx, t, chats, kills)
	defer r.close()
	r.stage("registered", r.register)
	r.stage("sent and caught up", r.send)
	r.stage("compared", r.compare)
	r.print()
}

// replay is one run. Fields are set before its goroutines start, but for those
// that say otherwise.
type replay struct {
	ctx     context.Context
	t       *testing.T
	server  *Server
	chats   []*chat
	people  map[string]*person
	sockets *budget
	started time.Time

	kills   []int64       // acked counts at which the server is killed
	killing chan struct{} // one token a kill
	mu      sync.Mutex
	up      chan struct{} // guarded by mu; closed while the server is up

	acked, switches           atomic.Int64
	read, doubled, misordered atomic.Int64 // found in the log by compare
	displayed                 atomic.Int64 // by members, over all devices
}

// liveSockets is how many sockets are open at once.
const liveSockets = 600

func newReplay(ctx context.Context, t *testing.T, chats []*chat, kills int) *replay {
	r := &replay{
		ctx: ctx, t: t, chats: chats, people: map[string]*person{}, sockets: newBudget(liveSockets),
		killing: make(chan struct{}, kills), up: make(chan struct{}), started: time.Now(),
	}
	close(r.up)
	r.server = StartServer(t, "-limit", "logins-per-minute=1000000", "-limit", "sends-per-second=100000",
		"-limit", "send-burst=100000", "-limit", "frames-per-second=1000000", "-limit", "address-sockets=4096",
		"-limit", "hash-queue=64")
	r.server.SetUp(ctx, false) // no group Everyone: each would read of all others
	total := int64(0)
	for _, c := range chats {
		total += int64(len(c.lines))
	}
	for k := range int64(kills) {
		r.kills = append(r.kills, total*(k+1)/int64(kills+1))
	}
	return r
}

func (r *replay) close() {
	for _, p := range r.people {
		p.device.GoOffline()
	}
	client.CloseIdle()
}

// stage runs one part and says how long it took.
func (r *replay) stage(done string, part func()) {
	start := time.Now()
	part()
	if r.t.Failed() {
		r.t.FailNow()
	}
	r.t.Logf("%-20s %6.1f s", done, time.Since(start).Seconds())
}

// each runs do for every item, width at a time. The first error ends the test.
func each[T any](r *replay, width int, items []T, do func(T) error) {
	work := make(chan T)
	var wg sync.WaitGroup
	for range width {
		wg.Go(func() {
			for item := range work {
				if r.t.Failed() {
					continue
				}
				if err := do(item); err != nil {
					r.t.Error(err)
				}
			}
		})
	}
	for _, item := range items {
		work <- item
	}
	close(work)
	wg.Wait()
}

// person is a speaker with an account and a device.
type person struct {
	name, display string
	api           *client.API
	device        *client.Device
	id            string

	mu     sync.Mutex
	claims int // chats that want the device online
}

// claim brings the device online for a chat, or keeps it there.
func (p *person) claim() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.claims++; p.claims == 1 {
		p.device.GoOnline()
	}
}

// release lets the device go offline once no chat wants it.
func (p *person) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.claims--; p.claims == 0 {
		p.device.GoOffline()
	}
}

// flicker loses the network for a moment.
func (p *person) flicker() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.device.GoOffline()
	p.device.GoOnline()
}

// register makes an account for every speaker.
func (r *replay) register() {
	var all []*person
	replaced := 0
	for _, c := range r.chats {
		for _, speaker := range c.speakers {
			if r.people[speaker] != nil {
				continue
			}
			display, changed := displayNameOf(speaker)
			if changed {
				replaced++
				r.t.Logf("the display name %q is taken as %q", speaker, display)
			}
			p := &person{name: fmt.Sprintf("speaker~%d", len(all)+1), display: display, api: client.NewAPI(r.server.URL)}
			opt := client.Options{
				FromStart: true, MaxBehind: 100_000, HoleAfter: 300 * time.Millisecond,
				RetryMin: 20 * time.Millisecond, RetryMax: 500 * time.Millisecond, Receipts: true,
			}
			if len(all)%5 == 0 {
				opt.MaxBehind = 100 // sees resets
			}
			p.device = client.NewDevice(p.api, opt)
			r.people[speaker] = p
			all = append(all, p)
		}
	}
	each(r, 8, all, func(p *person) error {
		if err := p.api.Register(r.ctx, p.name, password, p.display, ""); err != nil {
			return fmt.Errorf("register %s: %w", p.name, err)
		}
		b, err := p.api.Bootstrap(r.ctx)
		p.id = b.Me.User
		return err
	})
	r.t.Logf("%d people, %d display names replaced", len(all), replaced)
}

// send plays all chats, as many at a time as their members' sockets allow, while
// the server is killed and restarted.
func (r *replay) send() {
	stopped := make(chan struct{})
	var killer sync.WaitGroup
	killer.Go(func() { r.killOnTheWay(stopped) })
	var wg sync.WaitGroup
	for _, c := range r.chats {
		weight := max(2, len(c.speakers)/2+1)
		r.sockets.take(weight)
		if r.t.Failed() {
			break
		}
		wg.Go(func() {
			defer r.sockets.give(weight)
			play := &playing{replay: r, chat: c, capacity: weight, random: rand.New(rand.NewPCG(1, uint64(len(c.lines))))}
			if err := play.run(); err != nil {
				r.t.Errorf("%s: %v", c.name, err)
			}
		})
	}
	wg.Wait()
	close(stopped)
	killer.Wait()
}

// killOnTheWay kills the server each time a token comes.
func (r *replay) killOnTheWay(stopped chan struct{}) {
	for {
		select {
		case <-stopped:
			return
		case <-r.killing:
		}
		r.mu.Lock()
		r.up = make(chan struct{})
		r.mu.Unlock()
		at := r.acked.Load()
		start := time.Now()
		r.server.Restart()
		r.t.Logf("killed at %d acked, serving again after %d ms", at, time.Since(start).Milliseconds())
		r.mu.Lock()
		close(r.up)
		r.mu.Unlock()
	}
}

// countAck counts an acked message and asks for a kill at the chosen counts.
func (r *replay) countAck() {
	n := r.acked.Add(1)
	for _, at := range r.kills {
		if n == at {
			r.killing <- struct{}{}
		}
	}
	if n%5000 == 0 {
		r.t.Logf("%6d acked after %.0f s", n, time.Since(r.started).Seconds())
	}
}

// insist repeats a request until the server answers it: what is asked is safe to
// repeat.
func (r *replay) insist(request func() error) error {
	var err error
	for range 50 {
		r.mu.Lock()
		up := r.up
		r.mu.Unlock()
		select {
		case <-up:
		case <-r.ctx.Done():
			return r.ctx.Err()
		}
		if err = request(); err == nil || client.Reason(err) != "" {
			return err
		}
	}
	return err
}

// budget is a number of things that may be in use at once.
type budget struct {
	mu   sync.Mutex
	cond *sync.Cond
	left int
}

func newBudget(n int) *budget {
	b := &budget{left: n}
	b.cond = sync.NewCond(&b.mu)
	return b
}

func (b *budget) take(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.left < n {
		b.cond.Wait()
	}
	b.left -= n
}

func (b *budget) give(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left += n
	b.cond.Broadcast()
}
