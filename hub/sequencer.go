package hub

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"teahouse/store"
)

var (
	errGaveUp = errors.New("gave up waiting for the sequencer")
	// errUnknown answers ops whose commit failed, or that came after one did.
	errUnknown = errors.New("a commit failed; whether this was stored is unknown")
)

// entry is one op in the sequencer's line. A send belongs to a session, which
// gets its ack; any other op has somebody waiting at done.
type entry struct {
	op   store.Op
	from *session   // whose send it is, or nil
	done chan error // with room for one, or nil
}

// moveKey names a cursor.
type moveKey struct {
	user store.UserID
	conv store.ConvID
}

// keptRetry is how long cursors that met a full disk wait for an op to ride with;
// then they are tried alone. A full disk is asked no more often than this.
const keptRetry = 5 * time.Second

// sequencer is the one goroutine that commits and releases. What arrives during
// a commit is the next batch: group commit without a timer. Cursors and
// last_seen are coalesced and ride in front of a batch, so that a send in it sees
// what its sender had read before.
type sequencer struct {
	// Static after construction.
	h        *Hub
	slots    chan struct{} // one token for each op that waits
	wake     chan struct{} // with room for one
	stopped  chan struct{} // closed when nothing more is taken
	finished chan struct{} // closed when run has returned
	again    time.Duration // keptRetry

	mu sync.Mutex

	// Guarded by mu.
	pending  []*entry
	moves    map[moveKey]store.CursorMove
	seen     map[store.UserID]int64
	retry    *time.Timer // pokes while something is kept
	stopping bool

	// Owned by run.
	failed bool
}

func newSequencer(h *Hub) *sequencer {
	return &sequencer{
		h:     h,
		slots: make(chan struct{}, h.limits.PendingOps), wake: make(chan struct{}, 1),
		stopped: make(chan struct{}), finished: make(chan struct{}), again: keptRetry,
		moves: map[moveKey]store.CursorMove{}, seen: map[store.UserID]int64{},
	}
}

// submit puts an op at the end of the line. It waits while PendingOps are in it,
// which is how a full disk queue slows its senders down; errGaveUp if quit closes
// first, store.ErrStopping once nothing is taken any more.
func (q *sequencer) submit(quit <-chan struct{}, e *entry) error {
	select {
	case q.slots <- struct{}{}:
	default:
		select {
		case q.slots <- struct{}{}:
		case <-q.stopped:
			return store.ErrStopping
		case <-quit:
			return errGaveUp
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stopping {
		<-q.slots
		return store.ErrStopping
	}
	q.pending = append(q.pending, e)
	q.poke()
	return nil
}

// move asks to raise a cursor with the next batch. Once nothing is taken it is let
// go: sessions that go on reading must not hold up the stop.
func (q *sequencer) move(m store.CursorMove) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stopping {
		return
	}
	q.mergeMoveLocked(m)
	q.poke()
}

// lastSeen keeps when a user was last online, with the next batch.
func (q *sequencer) lastSeen(user store.UserID, at int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.seen[user] = max(q.seen[user], at)
	q.poke()
}

func (q *sequencer) mergeMoveLocked(m store.CursorMove) {
	key := moveKey{m.User, m.Conv}
	old := q.moves[key]
	m.Delivered, m.Read = max(m.Delivered, old.Delivered), max(m.Read, old.Read)
	q.moves[key] = m
}

func (q *sequencer) poke() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// stop takes nothing more and returns when all that was taken is committed and
// released, or ctx ends.
func (q *sequencer) stop(ctx context.Context) error {
	q.mu.Lock()
	q.stopping = true
	close(q.stopped)
	if q.retry != nil {
		q.retry.Stop()
	}
	q.poke()
	q.mu.Unlock()
	select {
	case <-q.finished:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("commit what is queued: %w", ctx.Err())
	}
}

// run is the sequencer's goroutine.
func (q *sequencer) run() {
	defer close(q.finished)
	for {
		<-q.wake
		for batch, stopping := q.take(); ; batch, stopping = q.take() {
			if len(batch) == 0 {
				if stopping {
					return
				}
				break
			}
			if !q.commit(batch) && !stopping {
				break // full storage: wait for the next op, not in a circle
			}
		}
	}
}

// take takes all that waits as one batch: cursors first, then the ops as they
// came.
func (q *sequencer) take() (batch []*entry, stopping bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.moves) > 0 {
		op := &store.MoveCursors{Moves: make([]store.CursorMove, 0, len(q.moves))}
		for _, m := range q.moves {
			op.Moves = append(op.Moves, m)
		}
		clear(q.moves)
		batch = append(batch, &entry{op: op})
	}
	if len(q.seen) > 0 {
		batch = append(batch, &entry{op: &store.LastSeen{At: q.seen}})
		q.seen = map[store.UserID]int64{}
	}
	batch = append(batch, q.pending...)
	for range q.pending {
		<-q.slots
	}
	q.pending = nil
	return batch, q.stopping
}

// commit stores a batch and releases it in order. It returns false if storage is
// full: then nothing was stored, every op is refused, and later batches try
// again. Any other error leaves the outcome unknown: Fatal is told once and
// nothing is acked any more.
func (q *sequencer) commit(batch []*entry) (more bool) {
	batch = answerOvertaking(batch, time.Now())
	if q.failed {
		for _, e := range batch {
			e.fail(errUnknown)
		}
		return true
	}
	if len(batch) == 0 {
		return true
	}
	ops := make([]store.Op, len(batch))
	for i, e := range batch {
		ops[i] = e.op
	}
	outcomes, err := q.h.commit(ops)
	switch {
	case err == nil:
	case store.IsStorageFull(err):
		q.h.counters.commitsFailed.Add(1)
		q.h.log.Error("storage is full", "err", err, "ops", len(ops))
		q.keepCursors(ops)
		for _, e := range batch {
			e.answer(store.ErrStorageFull)
		}
		return q.waiting()
	default:
		q.h.counters.commitsFailed.Add(1)
		q.h.log.Error("commit failed", "err", err, "ops", len(ops))
		q.failed = true
		for _, e := range batch {
			e.fail(fmt.Errorf("%w: %w", errUnknown, err))
		}
		if q.h.fatal != nil {
			q.h.fatal(err)
		}
		return true
	}
	q.h.reached("committed", "")
	q.h.counters.commits.Add(1)
	q.h.counters.ops.Add(int64(len(ops)))
	for i, e := range batch {
		q.h.release(e, outcomes[i])
	}
	return true
}

// waiting reports whether ops came meanwhile.
func (q *sequencer) waiting() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.pending) > 0
}

// keepCursors puts the coalesced part of a batch that was not stored back, to
// ride with a later one. At the end of the process they are let go: a cursor is
// said again by the next session.
func (q *sequencer) keepCursors(ops []store.Op) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stopping {
		return
	}
	for _, op := range ops {
		switch op := op.(type) {
		case *store.MoveCursors:
			for _, m := range op.Moves {
				q.mergeMoveLocked(m)
			}
		case *store.LastSeen:
			for user, at := range op.At {
				q.seen[user] = max(q.seen[user], at)
			}
		}
	}
	if len(q.moves) == 0 && len(q.seen) == 0 {
		return
	}
	if q.retry == nil {
		q.retry = time.AfterFunc(q.again, q.poke)
	} else {
		q.retry.Reset(q.again)
	}
}

// answer gives the outcome of an op to whoever waits for it: err is nil or a
// *store.Refusal.
func (e *entry) answer(err error) {
	if e.done != nil {
		e.done <- err
	}
	if e.from == nil {
		return
	}
	send := e.op.(*store.SendMessage)
	if err != nil {
		e.from.refused.note(send.ClientID, err, time.Now())
		e.from.answered(encodeError(err, send.ClientID))
	} else if send.Duplicate {
		m := send.Message
		m.ClientID = send.ClientID // a damaged record has none
		e.from.answered(encodeAck(m, true))
	}
}

// fail says that the outcome is unknown. A send gets no answer at all: its page
// asks again after the restart.
func (e *entry) fail(err error) {
	if e.done != nil {
		e.done <- err
	}
}
