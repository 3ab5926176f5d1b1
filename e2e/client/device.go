package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Options say how a device behaves.
type Options struct {
	// FromStart makes the device ask for every conversation from the first message
	// it may read; without it, it shows the newest page and what comes.
	FromStart bool
	MaxBehind int           // sent in hello; 0 means 1000, as the page does
	Keep      bool          // keep whole messages in Shown
	HoleAfter time.Duration // a hole that stays this long is fetched; 0 means 2 s
	RetryMin  time.Duration // first wait before a new socket; 0 means 500 ms
	RetryMax  time.Duration // 0 means 30 s
	Receipts  bool          // say what was received, once a second
}

// Stats count what a device did and saw.
type Stats struct {
	Sent, Acked, Deferred  int // send frames, drafts acked, answers "try again"
	Delivered, WireDoubles int // message frames; those whose seq was displayed already
	Strays                 int // message frames of a conversation that is not in the list
	Sockets, Resets, Pages int // sockets that got ready, resets, history pages fetched
}

// Device is one window of a person. Its methods may be called from any goroutine.
type Device struct {
	API *API
	opt Options

	mu      sync.Mutex
	waiters []*waiter
	cancel  context.CancelFunc // ends the loop; nil while offline
	ended   chan struct{}      // closed when the loop ended
	lastErr error              // why the loop ended or the last socket closed
	socket  *socket            // nil while there is none

	epoch         string
	rev, people   uint64
	me            User
	conversations map[string]*Conversation
	contacts      map[string]Contact
	users         map[string]User
	runs          map[string]*run
	gone          map[string]uint64 // rev of the gone
	receipts      map[string]map[string]receipt
	unread        map[string]uint64
	online        map[string]bool
	typing        map[string]int // typing frames seen per conversation
	outbox        []*Draft
	errors        []*Error
	violations    []string
	stats         Stats
}

// NewDevice returns a device that is offline.
func NewDevice(api *API, opt Options) *Device {
	if opt.MaxBehind == 0 {
		opt.MaxBehind = 1000
	}
	if opt.HoleAfter == 0 {
		opt.HoleAfter = 2 * time.Second
	}
	if opt.RetryMin == 0 {
		opt.RetryMin = 500 * time.Millisecond
	}
	if opt.RetryMax == 0 {
		opt.RetryMax = 30 * time.Second
	}
	return &Device{
		API: api, opt: opt,
		conversations: map[string]*Conversation{}, contacts: map[string]Contact{}, users: map[string]User{},
		runs: map[string]*run{}, gone: map[string]uint64{}, receipts: map[string]map[string]receipt{},
		unread: map[string]uint64{}, online: map[string]bool{}, typing: map[string]int{},
	}
}

// errLoggedOut ends the loop: the login page is next.
var errLoggedOut = errors.New("logged out")

// errTooManyWindows ends the loop: there is no retry.
var errTooManyWindows = errors.New("too many windows")

// GoOnline starts keeping a socket open. It returns at once.
func (d *Device) GoOnline() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cancel != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	d.cancel, d.ended, d.lastErr = cancel, make(chan struct{}), nil
	go d.loop(ctx, d.ended)
}

// GoOffline drops the socket as a lost network does and waits until it is gone.
// What the device holds stays.
func (d *Device) GoOffline() {
	d.mu.Lock()
	cancel, ended := d.cancel, d.ended
	d.cancel = nil
	d.mu.Unlock()
	if cancel == nil {
		return
	}
	cancel()
	<-ended
}

// loop keeps a socket open until ctx ends or the login does.
func (d *Device) loop(ctx context.Context, ended chan struct{}) {
	defer close(ended)
	wait := d.opt.RetryMin
	for ctx.Err() == nil {
		ready, err := d.connect(ctx)
		d.mu.Lock()
		d.lastErr = err
		d.changedLocked()
		d.mu.Unlock()
		if errors.Is(err, errLoggedOut) || errors.Is(err, errTooManyWindows) {
			return
		}
		if ready {
			wait = d.opt.RetryMin
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(rand.Int64N(int64(wait)))):
		}
		wait = min(2*wait, d.opt.RetryMax)
	}
}

// connect opens one socket and lives with it until it closes.
func (d *Device) connect(ctx context.Context) (ready bool, err error) {
	d.mu.Lock()
	first := d.epoch == ""
	d.mu.Unlock()
	if first {
		if err := d.bootstrap(ctx, nil); err != nil {
			return false, err
		}
	}
	return d.runSocket(ctx)
}

// bootstrap fetches a bootstrap and applies it first, then every frame about the
// state that came on s since it was asked for. s is nil while there is no socket; a
// socket that has ended takes what it asked for with it.
func (d *Device) bootstrap(ctx context.Context, s *socket) error {
	b, err := d.API.Bootstrap(ctx)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.socket != s {
		return nil
	}
	var since []*frame
	if s != nil {
		since, s.asking, s.since = s.since, false, nil
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Status == 401 {
		return errLoggedOut
	}
	if err != nil {
		return err
	}
	d.applyBootstrapLocked(&b)
	for _, f := range since {
		d.onState(f)
	}
	d.changedLocked()
	return nil
}

// applyBootstrapLocked takes a bootstrap's state; an old epoch's is dropped.
func (d *Device) applyBootstrapLocked(b *Bootstrap) {
	if d.epoch != b.Epoch {
		d.forgetLocked(b.Epoch)
	}
	d.me, d.rev, d.people = b.Me, b.Rev, b.People
	clear(d.contacts)
	for _, u := range b.Users {
		d.users[u.User] = u
	}
	for _, c := range b.Contacts {
		d.contacts[c.User] = c
	}
	clear(d.conversations)
	for i := range b.Conversations {
		if c := &b.Conversations[i]; d.gone[c.Conv] <= b.Rev {
			d.applyConversationLocked(c)
		}
	}
	for conv := range d.runs {
		if d.conversations[conv] == nil {
			delete(d.runs, conv)
		}
	}
}

// forgetLocked starts over in another epoch: what is unacked has an unknown
// outcome there and is set aside.
func (d *Device) forgetLocked(epoch string) {
	kept := d.outbox[:0]
	for _, draft := range d.outbox {
		if draft.epoch == "" {
			draft.epoch = epoch
		}
		if draft.epoch == epoch {
			kept = append(kept, draft)
			continue
		}
		draft.Err = errors.New("check before sending: another epoch")
		close(draft.done)
	}
	d.outbox = kept
	d.epoch, d.rev, d.people = epoch, 0, 0
	clear(d.runs)
	clear(d.conversations)
	clear(d.gone)
	clear(d.receipts)
}

// applyConversationLocked takes a conversation's state; a new one gets its run.
func (d *Device) applyConversationLocked(c *Conversation) {
	d.conversations[c.Conv] = c
	delete(d.gone, c.Conv)
	r := d.runs[c.Conv]
	if r == nil {
		r = newRun(c.Conv)
		d.runs[c.Conv] = r
	}
	if !r.anchored && d.opt.FromStart {
		r.anchorAt(c.FromSeq - 1)
	}
	if r.anchored && c.FromSeq > r.next {
		r.anchorAt(c.FromSeq - 1) // joined again, with less to read
	}
	r.want = max(r.want, uint64(c.Head[0]))
	d.lookForHoleLocked(r)
}

// violation writes down a promise that was broken.
func (d *Device) violationLocked(format string, args ...any) {
	if len(d.violations) < 20 {
		d.violations = append(d.violations, d.me.Name+": "+fmt.Sprintf(format, args...))
	}
}

// Violations returns the broken promises this device saw.
func (d *Device) Violations() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.violations)
}

// Stats returns the counters.
func (d *Device) Stats() Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.stats
}

// Shown returns what the device displays of a conversation, in order.
func (d *Device) Shown(conv string) []Shown {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.runs[conv]; r != nil {
		return slices.Clone(r.shown)
	}
	return nil
}

// Me returns the device's user, known after the first bootstrap.
func (d *Device) Me() User {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.me
}

// Conversation returns the state of a conversation; ok is false if it is not, or
// no longer, in the list.
func (d *Device) Conversation(conv string) (c Conversation, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p := d.conversations[conv]; p != nil {
		return *p, true
	}
	return c, false
}
