package store

import (
	"errors"
	"fmt"
)

// Op is one change that must be seen in order: whatever gets a seq, changes a
// membership, a rev or a profile. The hub's sequencer is the only caller of
// Commit, so ops are applied first in, first out. Ops are pointers; their result
// fields are set when their Outcome has no error.
type Op interface {
	// apply checks everything before it writes anything, so that a refused op
	// leaves no trace in the batch's transaction.
	apply(tx *txn) error
}

// Outcome is what became of one op. Err is a *Refusal, or nil. Effects are what
// the hub releases, in this order.
type Outcome struct {
	Err     error
	Effects []Effect
}

// Effect is one consequence of a committed op that sessions must hear of.
type Effect interface{ effect() }

type (
	// MessageAppended says that a message got its seq. Text and system alike.
	MessageAppended struct{ Message Message }
	// MemberJoined begins a membership; it stands before its join message.
	MemberJoined struct {
		Membership Membership
		Rev        uint64
	}
	// MemberLeft ends a membership; it stands after the message that says so.
	MemberLeft struct {
		User UserID
		Conv ConvID
		Rev  uint64
	}
	// ConversationChanged says that what user sees of conv changed: name, rules,
	// notice, owner, member count, writable, hidden.
	ConversationChanged struct {
		User UserID
		Conv ConvID
		Rev  uint64
	}
	// ContactChanged says that User gained or lost (Removed) a contact.
	ContactChanged struct {
		User    UserID
		Contact Contact
		Removed bool
		Rev     uint64
	}
	// UserChanged says that a profile is new or changed; everybody may see it.
	UserChanged struct {
		User   User
		People uint64
	}
	// CursorMoved says that a cursor rose. Unread is what it gives its user.
	CursorMoved struct {
		Cursor Cursor
		Conv   ConvID
		Unread uint64
	}
)

func (MessageAppended) effect()     {}
func (MemberJoined) effect()        {}
func (MemberLeft) effect()          {}
func (ConversationChanged) effect() {}
func (ContactChanged) effect()      {}
func (UserChanged) effect()         {}
func (CursorMoved) effect()         {}

// Commit applies ops in order in one transaction and returns after its fsync,
// one Outcome per op. Later ops see what earlier ones wrote. A refusal concerns
// its op alone. So does a panic, a damaged record or a refusal after a write:
// bbolt has no savepoints, so the batch is rolled back and applied again without
// that op, which is answered with ErrInternal. An error means that the outcome of
// the whole batch is unknown or, if IsStorageFull, that nothing was stored.
func (s *Store) Commit(ops []Op) ([]Outcome, error) {
	skip := make([]bool, len(ops))
	for {
		outcomes := make([]Outcome, len(ops))
		culprit := -1
		err := s.update(func(tx *txn) (err error) {
			culprit, err = tx.applyAll(ops, skip, outcomes)
			return err
		})
		switch {
		case err == nil:
			return outcomes, nil
		case culprit < 0:
			return nil, fmt.Errorf("commit of %d ops: %w", len(ops), err)
		}
		s.opts.Log.Error("op left out of its batch", "op", fmt.Sprintf("%T", ops[culprit]), "err", err)
		skip[culprit] = true
	}
}

// applyAll applies the ops that are not skipped and fills outcomes. culprit is
// the op without which the batch is to be applied again, or -1.
func (tx *txn) applyAll(ops []Op, skip []bool, outcomes []Outcome) (culprit int, err error) {
	for i, op := range ops {
		if skip[i] {
			outcomes[i].Err = ErrInternal
			continue
		}
		tx.wrote, tx.effects = false, nil
		err := guard(func() error { return op.apply(tx) })
		var refused *Refusal
		switch {
		case err == nil:
			outcomes[i].Effects = tx.effects
		case errors.As(err, &refused) && !tx.wrote:
			outcomes[i].Err = refused
		case errors.As(err, &refused), errors.Is(err, ErrDamaged):
			return i, err
		default:
			return -1, err
		}
	}
	return -1, nil
}
