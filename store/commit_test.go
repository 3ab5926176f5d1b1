package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"syscall"
	"testing"

	berrors "go.etcd.io/bbolt/errors"

	"teahouse/store"
)

// Whatever one op does wrong, the others of its batch are stored and the store
// goes on.
func TestOneOpDoesNotHurtItsBatch(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]store.FuncOp{
		"panics":               func(store.Txn) error { panic("planted") },
		"panics after a write": func(tx store.Txn) error { _ = tx.Write(1); panic("planted") },
		"nil pointer":          func(tx store.Txn) error { var m *store.Message; m.Seq++; return nil },
		"refuses after a write": func(tx store.Txn) error {
			_ = tx.Write(1)
			return store.ErrForbidden
		},
		"damaged record": func(store.Txn) error { return fmt.Errorf("planted: %w", store.ErrDamaged) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			g := w.group(w.admin, "", "")
			first := &store.SendMessage{From: w.admin, Conv: g, ClientID: w.id(), Body: "first"}
			second := &store.SendMessage{From: w.admin, Conv: g, ClientID: w.id(), Body: "second"}
			outcomes, err := w.Commit([]store.Op{first, bad, &store.SendMessage{}, second, bad})
			w.ok(err)
			for i, want := range []error{nil, store.ErrInternal, store.ErrBadClientID, nil, store.ErrInternal} {
				if !errors.Is(outcomes[i].Err, want) {
					t.Errorf("op %d: %v, want %v", i, outcomes[i].Err, want)
				}
			}
			if first.Message.Seq != 2 || second.Message.Seq != 3 {
				t.Errorf("seqs %d and %d", first.Message.Seq, second.Message.Seq)
			}
			if got := len(outcomes[3].Effects); got != 2 {
				t.Errorf("%d effects", got)
			}
			if rev := w.rev(1); rev != 0 {
				t.Errorf("a write of the bad op stayed: %d", rev)
			}
			w.send(w.admin, g, "third")
		})
	}
}

// An error that is neither a refusal nor damage takes the batch with it.
func TestErrorAbortsTheBatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.group(w.admin, "", "")
	planted := errors.New("planted")
	_, err := w.Commit([]store.Op{
		&store.SendMessage{From: w.admin, Conv: g, ClientID: w.id(), Body: "lost"},
		store.FuncOp(func(store.Txn) error { return planted }),
	})
	w.fails(planted, err)
	if m := w.send(w.admin, g, "kept"); m.Seq != 2 {
		t.Errorf("seq %d", m.Seq)
	}
}

func TestEmptyBatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	outcomes, err := w.Commit(nil)
	if err != nil || len(outcomes) != 0 {
		t.Errorf("%v, %v", outcomes, err)
	}
}

// A refusal leaves no trace of what the op before it did in the same batch, and
// of its own nothing at all.
func TestRefusalLeavesNoTrace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob := w.user("bob")
	g := w.group(w.admin, store.JoinMembers, "")
	before, err := w.Bootstrap(bob)
	w.ok(err)
	for _, op := range []store.Op{
		&store.SendMessage{From: bob, Conv: g, ClientID: w.id(), Body: "x"},
		&store.JoinGroup{By: bob, Conv: g, ClientID: w.id()},
		&store.AddContact{By: bob, User: bob, ClientID: w.id()},
		&store.CreateGroup{By: bob, Name: "g", Members: []store.UserID{w.admin, 5}, ClientID: w.id()},
		&store.RemoveMember{By: bob, User: w.admin, Conv: g},
		&store.ChangeGroup{By: bob, Conv: g, Name: ptr("x")},
		&store.DissolveGroup{By: bob, Conv: g},
		&store.Register{Name: "BOB"},
		&store.ChangeUser{By: bob, User: bob, DisplayName: ptr("")},
	} {
		if out := w.do(op); out.Err == nil {
			t.Errorf("%T was not refused", op)
		}
	}
	after, err := w.Bootstrap(bob)
	w.ok(err)
	if fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("before %+v\nafter %+v", before, after)
	}
}

// Senders racing through Commit get 1..n; a client_id raced gives one message.
func TestRacingAppends(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.group(w.admin, "", "")
	const senders, each = 8, 20
	var mu sync.Mutex
	got := map[uint64]bool{}
	var wg sync.WaitGroup
	for s := range senders {
		wg.Go(func() {
			for i := range each {
				own := &store.SendMessage{From: w.admin, Conv: g, ClientID: fmt.Sprintf("own-%02d-%012d", s, i), Body: "own"}
				shared := &store.SendMessage{From: w.admin, Conv: g, ClientID: fmt.Sprintf("shared-%012d", i), Body: "shared"}
				if _, err := w.Commit([]store.Op{own, shared}); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				got[own.Message.Seq], got[shared.Message.Seq] = true, true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	head, _, err := w.Head(g)
	w.ok(err)
	if want := uint64(1 + senders*each + each); head != want || len(got) != int(want)-1 {
		t.Errorf("head %d, %d seqs given; want %d", head, len(got), want)
	}
}

func TestIsStorageFull(t *testing.T) {
	t.Parallel()
	path := func(op string, err error) error { return &fs.PathError{Op: op, Path: "/data/teahouse.db", Err: err} }
	for _, c := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{errors.New("no space left on device"), false},
		{path("write", syscall.ENOSPC), true},
		{fmt.Errorf("commit: %w", path("write", syscall.EDQUOT)), true},
		{path("write", syscall.EFBIG), true},
		{path("write", syscall.EIO), false},
		{path("sync", syscall.ENOSPC), false}, // what was written before may be lost
		{syscall.ENOSPC, false},               // fdatasync
		{fmt.Errorf("file resize error: %s", path("truncate", syscall.ENOSPC)), true},
		{fmt.Errorf("mmap allocate error: truncate: %s", syscall.ENOSPC), true},
		{fmt.Errorf("file resize error: %s", path("truncate", syscall.EIO)), false},
		{fmt.Errorf("file sync error: %s", path("sync", syscall.ENOSPC)), false},
		{berrors.ErrMaxSizeReached, true},
		{store.ErrNotFound, false},
	} {
		if got := store.IsStorageFull(c.err); got != c.want {
			t.Errorf("%v: %t", c.err, got)
		}
	}
}

func TestRefusalTable(t *testing.T) {
	t.Parallel()
	codes := map[string]bool{
		"invalid": true, "unauthorized": true, "forbidden": true, "not_found": true, "conflict": true,
		"too_large": true, "rate_limited": true, "unavailable": true, "internal": true,
	}
	seen := map[string]bool{}
	for _, r := range store.Refusals {
		if !codes[r.Code] || r.Reason == "" || r.Message == "" || seen[r.Reason] {
			t.Errorf("refusal %+v", r)
		}
		seen[r.Reason] = true
	}
}
