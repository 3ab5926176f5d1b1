package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// CheckConsistency reads the whole database in one transaction and returns the
// violated invariants joined, or nil: bbolt's own page check; every record
// passes its CRC and has the shape of its bucket; seqs of each conversation
// 1..head without a gap; n counts text messages; every client_id points at its
// message and the reverse; members and memberships mirror each other; member
// counts; contacts are mutual and have their conversation; cursors read ≤
// delivered ≤ head and belong to members; user_names and users mirror each
// other, as logins and user_logins do; one owner per group, who is a member. At
// most maxProblems are listed. An error of ctx ends it early. Writers wait: bbolt
// checks its free pages only while nobody writes.
func (s *Store) CheckConsistency(ctx context.Context) error {
	var problems []error
	err := s.update(func(tx *txn) error {
		c := &checker{tx: tx, ctx: ctx}
		for _, step := range []func() error{
			c.pages, c.records, c.messages, c.clientIDs, c.members, c.groups,
			c.contacts, c.cursors, c.names, c.logins,
		} {
			if err := step(); err != nil {
				return err
			}
		}
		problems = c.problems
		return errStop // nothing was written, so nothing is committed
	})
	if err != nil && !errors.Is(err, errStop) {
		return fmt.Errorf("check: %w", err)
	}
	return errors.Join(problems...)
}

// maxProblems bounds the list; a database with so many is not repaired by hand.
const maxProblems = 100

// checker is one run of CheckConsistency.
type checker struct {
	tx       *txn
	ctx      context.Context
	problems []error
}

func (c *checker) report(format string, args ...any) {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, fmt.Errorf(format+": %w", append(args, ErrDamaged)...))
	}
}

// each calls fn for all records of a bucket that are sound; records reports the
// others.
func (c *checker) each(bucket []byte, r func() record, fn func(key []byte, r record)) error {
	return c.tx.scan(bucket, nil, func(k, v []byte) error {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		got := r()
		if openRecord(k, v, got) == nil {
			fn(k, got)
		}
		return nil
	})
}

func (c *checker) pages() error {
	for err := range c.tx.tx.Check() {
		c.report("pages: %w", err)
	}
	return c.ctx.Err()
}

// shapes says for each bucket how long its keys are (0 for any) and what its
// records are; meta has two kinds.
var shapes = []struct {
	bucket []byte
	keyLen int
	make   func() record
}{
	{bucketSettings, 0, func() record { return new(Settings) }},
	{bucketUsers, userKeyLen, func() record { return new(userRecord) }},
	{bucketUserNames, 0, func() record { return new(number) }},
	{bucketCredentials, userKeyLen, func() record { return new(passwordRecord) }},
	{bucketRevs, userKeyLen, func() record { return new(number) }},
	{bucketLastSeen, userKeyLen, func() record { return new(moment) }},
	{bucketResets, userKeyLen, func() record { return new(resetRecord) }},
	{bucketInvites, 0, func() record { return new(inviteRecord) }},
	{bucketLogins, len(LoginID{}), func() record { return new(Login) }},
	{bucketUserLogins, userKeyLen + len(LoginID{}), func() record { return mark{} }},
	{bucketContacts, 2 * userKeyLen, func() record { return new(Contact) }},
	{bucketGroups, convKeyLen, func() record { return new(groupRecord) }},
	{bucketMembers, convKeyLen + userKeyLen, func() record { return new(memberRecord) }},
	{bucketMemberships, userKeyLen + convKeyLen, func() record { return mark{} }},
	{bucketRemoved, convKeyLen + userKeyLen, func() record { return mark{} }},
	{bucketHeads, convKeyLen, func() record { return new(headRecord) }},
	{bucketMessages, convKeyLen + seqKeyLen, func() record { return new(messageRecord) }},
	{bucketClientIDs, 0, func() record { return new(clientIDRecord) }},
	{bucketRequests, 0, func() record { return new(requestRecord) }},
	{bucketCursors, userKeyLen + convKeyLen, func() record { return new(Cursor) }},
	{bucketHidden, userKeyLen + convKeyLen, func() record { return new(number) }},
}

func (c *checker) records() error {
	for _, s := range shapes {
		err := c.tx.scan(s.bucket, nil, func(k, v []byte) error {
			switch err := openRecord(k, v, s.make()); {
			case err != nil:
				c.report("%s: %w", s.bucket, err)
			case s.keyLen > 0 && len(k) != s.keyLen:
				c.report("%s: key %x has %d bytes", s.bucket, k, len(k))
			}
			return c.ctx.Err()
		})
		if err != nil {
			return err
		}
	}
	for _, key := range [][]byte{keySchema, keyPeople} {
		var n number
		if _, err := c.tx.get(bucketMeta, key, &n); err != nil {
			c.report("%w", err)
		}
	}
	return nil
}

// messages checks seqs, heads and n. A damaged record keeps its place, and what
// its n was is taken from the next.
func (c *checker) messages() error {
	ends := map[ConvID]headRecord{}
	err := c.tx.scan(bucketMessages, nil, func(k, v []byte) error {
		conv, seq, err := parseMessageKey(k)
		if err != nil {
			c.report("messages: %w", err)
			return c.ctx.Err()
		}
		end := ends[conv]
		if seq != end.seq+1 {
			c.report("%s: message %d follows %d", conv, seq, end.seq)
		}
		end.seq = seq
		var m messageRecord
		if openRecord(k, v, &m) == nil {
			c.message(conv, seq, &m, end.n)
			end.n, end.at = m.N, m.At
		}
		ends[conv] = end
		return c.ctx.Err()
	})
	if err != nil {
		return err
	}
	return c.heads(ends)
}

// message checks one record; n is that of the sound record before it.
func (c *checker) message(conv ConvID, seq uint64, m *messageRecord, n uint64) {
	if m.Kind == KindText {
		n++
		var known clientIDRecord
		ok, err := c.tx.get(bucketClientIDs, clientIDKey(conv, m.From, m.ClientID), &known)
		if err == nil && (!ok || known.seq != seq) {
			c.report("%s: message %d has no client_id of its own", conv, seq)
		}
		draft := SendMessage{Body: m.Body}
		if err == nil && ok && known.hash != draft.hash() {
			c.report("%s: the client_id of message %d has another hash", conv, seq)
		}
	}
	if m.N != n && !c.damagedBefore(conv, seq) {
		c.report("%s: message %d counts %d text messages, there are %d", conv, seq, m.N, n)
	}
}

// damagedBefore reports whether the record before seq cannot be read.
func (c *checker) damagedBefore(conv ConvID, seq uint64) bool {
	k := messageKey(conv, seq-1)
	v := c.tx.tx.Bucket(bucketMessages).Get(k)
	return v != nil && openRecord(k, v, new(messageRecord)) != nil
}

func (c *checker) heads(ends map[ConvID]headRecord) error {
	err := c.each(bucketHeads, func() record { return new(headRecord) }, func(k []byte, r record) {
		conv, err := parseConv(k)
		if err != nil {
			c.report("heads: %w", err)
			return
		}
		head, end := *r.(*headRecord), ends[conv]
		delete(ends, conv)
		if head != end && !(head.seq == end.seq && c.damagedBefore(conv, end.seq+1)) {
			c.report("%s: head is %v, the last message %v", conv, head, end)
		}
	})
	for conv := range ends {
		if c.tx.tx.Bucket(bucketHeads).Get(convKey(conv)) == nil {
			c.report("%s: messages without a head", conv)
		}
	}
	return err
}

func (c *checker) clientIDs() error {
	const prefix = convKeyLen + userKeyLen
	return c.each(bucketClientIDs, func() record { return new(clientIDRecord) }, func(k []byte, r record) {
		conv, err := parseConv(k[:min(convKeyLen, len(k))])
		if err != nil || len(k) <= prefix {
			c.report("client_ids: key %x", k)
			return
		}
		seq := r.(*clientIDRecord).seq
		key := messageKey(conv, seq)
		v := c.tx.tx.Bucket(bucketMessages).Get(key)
		if v == nil {
			c.report("%s: a client_id points at message %d, which is missing", conv, seq)
			return
		}
		var m messageRecord
		if openRecord(key, v, &m) != nil {
			return
		}
		if !bytes.Equal(clientIDKey(conv, m.From, m.ClientID), k) {
			c.report("%s: a client_id points at message %d, which has another", conv, seq)
		}
	})
}
