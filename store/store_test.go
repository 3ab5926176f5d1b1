package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"teahouse/store"
)

// clock is a time that only tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.UnixMilli(1_800_000_000_000)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *clock) ms() int64 { return c.Now().UnixMilli() }

// world is a real store with the shorthand the tests speak in.
type world struct {
	*store.Store
	t     testing.TB
	path  string
	opts  store.Options
	clock *clock
	ids   int

	admin store.UserID
}

// openTemp opens a fresh store; its end proves it consistent.
func openTemp(t testing.TB, opts store.Options) *world {
	t.Helper()
	w := openUnchecked(t, opts)
	t.Cleanup(func() {
		if err := w.CheckConsistency(context.Background()); err != nil {
			t.Errorf("consistency at the end: %v", err)
		}
		if err := w.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return w
}

// openUnchecked is for stores that a test damages; the test closes it.
func openUnchecked(t testing.TB, opts store.Options) *world {
	t.Helper()
	w := &world{t: t, path: filepath.Join(t.TempDir(), "teahouse.db"), clock: newClock()}
	opts.Now = w.clock.Now
	w.opts = opts
	w.reopen()
	return w
}

// newWorld opens a store that an admin named ann has claimed, open to all and
// without the group Everyone.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := openTemp(t, store.Options{})
	w.claim(false)
	return w
}

func (w *world) claim(everyone bool) store.Settings {
	w.t.Helper()
	op := &store.Claim{ServerName: "Tea", Name: "ann", PHC: "phc-ann", Everyone: everyone}
	w.must(op)
	w.admin = op.User.ID
	settings, err := w.Settings()
	w.ok(err)
	return settings
}

// CreateLogin stores a login of somebody who knows the current password.
func (w *world) CreateLogin(l store.Login) error {
	w.t.Helper()
	c, err := w.CredentialOf(l.User)
	if err != nil {
		return err
	}
	return w.Store.CreateLogin(l, c.PHC)
}

// reopen closes the store, if it is open, and opens it again.
func (w *world) reopen() {
	w.t.Helper()
	if w.Store != nil {
		w.ok(w.Close())
	}
	s, err := store.Open(w.path, w.opts)
	w.ok(err)
	w.Store = s
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// do commits one op and returns what became of it.
func (w *world) do(op store.Op) store.Outcome {
	w.t.Helper()
	outcomes, err := w.Commit([]store.Op{op})
	w.ok(err)
	return outcomes[0]
}

// must is do for an op that is not refused.
func (w *world) must(op store.Op) []store.Effect {
	w.t.Helper()
	out := w.do(op)
	if out.Err != nil {
		w.t.Fatalf("%T refused: %v", op, out.Err)
	}
	return out.Effects
}

// refused is do for an op that must be refused with want and leave no effects.
func (w *world) refused(want error, op store.Op) {
	w.t.Helper()
	out := w.do(op)
	if !errors.Is(out.Err, want) {
		w.t.Errorf("%T: got %v, want %v", op, out.Err, want)
	}
	if out.Err != nil && out.Effects != nil {
		w.t.Errorf("%T was refused with effects %v", op, out.Effects)
	}
}

// fails checks the error of a call.
func (w *world) fails(want, got error) {
	w.t.Helper()
	if !errors.Is(got, want) {
		w.t.Errorf("got error %v, want %v", got, want)
	}
}

// id returns a fresh client_id.
func (w *world) id() string {
	w.ids++
	return fmt.Sprintf("client-id-%010d", w.ids)
}

func (w *world) user(name string) store.UserID {
	w.t.Helper()
	op := &store.Register{Name: name, PHC: "phc-" + name}
	w.must(op)
	return op.User.ID
}

// friends registers two users who are contacts.
func (w *world) friends(a, b string) (store.UserID, store.UserID, store.ConvID) {
	w.t.Helper()
	x, y := w.user(a), w.user(b)
	op := &store.AddContact{By: x, User: y, ClientID: w.id()}
	w.must(op)
	return x, y, op.Conv
}

func (w *world) group(owner store.UserID, join, history string, members ...store.UserID) store.ConvID {
	w.t.Helper()
	op := &store.CreateGroup{By: owner, ClientID: w.id(), Name: "Tea room", Join: join, History: history, Members: members}
	w.must(op)
	return op.Conv
}

func (w *world) send(from store.UserID, conv store.ConvID, body string) store.Message {
	w.t.Helper()
	op := &store.SendMessage{From: from, ClientID: w.id(), Conv: conv, Body: body}
	w.must(op)
	return op.Message
}

func (w *world) read(user store.UserID, conv store.ConvID, seq uint64) []store.Effect {
	w.t.Helper()
	return w.must(&store.MoveCursors{Moves: []store.CursorMove{{User: user, Conv: conv, Read: seq}}})
}

func (w *world) unread(user store.UserID, conv store.ConvID) uint64 {
	w.t.Helper()
	_, n, err := w.CursorOf(user, conv)
	w.ok(err)
	return n
}

func (w *world) conversation(user store.UserID, conv store.ConvID) store.Conversation {
	w.t.Helper()
	c, _, err := w.Conversation(user, conv)
	w.ok(err)
	return c
}

func (w *world) rev(user store.UserID) uint64 {
	w.t.Helper()
	rev, _, err := w.Revs(user)
	w.ok(err)
	return rev
}

func (w *world) people() uint64 {
	w.t.Helper()
	_, people, err := w.Revs(w.admin)
	w.ok(err)
	return people
}

// pick returns the effects of one kind.
func pick[E store.Effect](effects []store.Effect) (found []E) {
	for _, e := range effects {
		if e, ok := e.(E); ok {
			found = append(found, e)
		}
	}
	return found
}

// kinds names the effects in their order.
func kinds(effects []store.Effect) (names []string) {
	for _, e := range effects {
		names = append(names, fmt.Sprintf("%T", e)[len("store."):])
	}
	return names
}

// story words the system messages and bodies of a conversation in order.
func (w *world) story(user store.UserID, conv store.ConvID) (lines []string) {
	w.t.Helper()
	messages, err := w.MessagesAfter(user, conv, 0, 200)
	w.ok(err)
	for _, m := range messages {
		if m.Event != nil {
			lines = append(lines, m.Event.Type)
		} else {
			lines = append(lines, m.Body)
		}
	}
	return lines
}

func seqs(messages []store.Message) (list []uint64) {
	for _, m := range messages {
		list = append(list, m.Seq)
	}
	return list
}

func ptr[T any](v T) *T { return &v }
