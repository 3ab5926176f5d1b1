package store

import "errors"

// Cursor is up to where a user has received and read a conversation:
// Read ≤ Delivered ≤ head, and both only rise.
type Cursor struct {
	User            UserID
	Delivered, Read uint64
}

// CursorMove asks to raise a cursor; a value of 0 leaves it. Values past the
// head are clamped to it, read raises delivered with it.
type CursorMove struct {
	User            UserID
	Conv            ConvID
	Delivered, Read uint64
}

// MoveCursors is the op that raises cursors, many at once. Moves of a user who is
// not in the conversation, and those that meet a damaged record, are passed over.
type MoveCursors struct{ Moves []CursorMove }

func (c *Cursor) encode(e *encoder) {
	e.uint(c.Delivered)
	e.uint(c.Read)
}

func (c *Cursor) decode(d *decoder) { c.Delivered, c.Read = d.uint(), d.uint() }

// cursor reads a member's cursor. A damaged one is taken for 0: it costs no more
// than messages shown as unread, and the next move writes it anew.
func (tx *txn) cursor(user UserID, conv ConvID) (Cursor, error) {
	c := Cursor{User: user}
	_, err := tx.get(bucketCursors, userConvKey(user, conv), &c)
	if errors.Is(err, ErrDamaged) {
		return Cursor{User: user}, nil
	}
	return c, err
}

func (tx *txn) putCursor(conv ConvID, c Cursor) error {
	return tx.put(bucketCursors, userConvKey(c.User, conv), &c)
}

// unread counts the text messages after read that a membership beginning at from
// may read.
func (tx *txn) unread(conv ConvID, h headRecord, read, from uint64) (uint64, error) {
	if from > 0 {
		read = max(read, from-1)
	}
	if read >= h.seq {
		return 0, nil
	}
	n, err := tx.countAt(conv, read)
	return h.n - min(n, h.n), err
}

func (op *MoveCursors) apply(tx *txn) error {
	for _, move := range op.Moves {
		if err := move.apply(tx); err != nil && !errors.Is(err, ErrDamaged) {
			return err
		}
	}
	return nil
}

func (move CursorMove) apply(tx *txn) error {
	m, ok, err := tx.membership(move.Conv, move.User)
	if err != nil || !ok {
		return err
	}
	h, err := tx.head(move.Conv)
	if err != nil {
		return err
	}
	c, err := tx.cursor(move.User, move.Conv)
	if err != nil {
		return err
	}
	moved := c
	moved.Read = max(c.Read, min(move.Read, h.seq))
	moved.Delivered = max(c.Delivered, min(move.Delivered, h.seq), moved.Read)
	if moved == c {
		return nil
	}
	return tx.moveCursor(m, h, moved)
}

// moveCursor stores a cursor that rose and announces it.
func (tx *txn) moveCursor(m Membership, h headRecord, c Cursor) error {
	unread, err := tx.unread(m.Conv, h, c.Read, m.FromSeq)
	if err != nil {
		return err
	}
	if err := tx.putCursor(m.Conv, c); err != nil {
		return err
	}
	tx.emit(CursorMoved{c, m.Conv, unread})
	return nil
}

// readOwn moves the sender's cursor past their own message if nothing before it
// was unread.
func (tx *txn) readOwn(sent Message) error {
	m, err := tx.requireMember(sent.Conv, sent.From)
	if err != nil {
		return err
	}
	c, err := tx.cursor(sent.From, sent.Conv)
	if err != nil {
		return err
	}
	before := headRecord{seq: sent.Seq - 1, n: sent.N - 1}
	unread, err := tx.unread(sent.Conv, before, c.Read, m.FromSeq)
	if err != nil || unread > 0 {
		return err
	}
	c.Read, c.Delivered = sent.Seq, sent.Seq
	return tx.moveCursor(m, headRecord{seq: sent.Seq, n: sent.N}, c)
}

// Cursors returns the cursors of all members of a conversation that user is in,
// for "read by". ErrNoSuchConversation.
func (s *Store) Cursors(user UserID, conv ConvID) (cursors []Cursor, err error) {
	err = s.view(func(tx *txn) error {
		if _, err := tx.requireMember(conv, user); err != nil {
			return err
		}
		members, err := tx.members(conv)
		if err != nil {
			return err
		}
		for _, m := range members {
			c, err := tx.cursor(m.User, conv)
			if err != nil {
				return err
			}
			cursors = append(cursors, c)
		}
		return nil
	})
	return cursors, err
}

// CursorOf returns one cursor and the unread count it gives.
// ErrNoSuchConversation if user is not in it.
func (s *Store) CursorOf(user UserID, conv ConvID) (c Cursor, unread uint64, err error) {
	err = s.view(func(tx *txn) error {
		m, err := tx.requireMember(conv, user)
		if err != nil {
			return err
		}
		h, err := tx.head(conv)
		if err != nil {
			return err
		}
		if c, err = tx.cursor(user, conv); err != nil {
			return err
		}
		unread, err = tx.unread(conv, h, c.Read, m.FromSeq)
		return err
	})
	return c, unread, err
}
