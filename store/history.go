package store

import (
	"bytes"
	"slices"

	"go.etcd.io/bbolt"
)

// Bounds of one page of history.
const (
	defaultPageMessages = 50
	maxPageMessages     = 200
	maxPageBytes        = 1 << 20 // of bodies
)

// pageBounds limits a page in number and in bytes; the first message always fits.
type pageBounds struct{ messages, bytes int }

func boundsOf(limit int) pageBounds {
	if limit <= 0 {
		limit = defaultPageMessages
	}
	return pageBounds{min(limit, maxPageMessages), maxPageBytes}
}

// take reports whether m still fits after have messages, and counts it.
func (b *pageBounds) take(m Message, have int) bool {
	b.messages--
	b.bytes -= len(m.Body)
	return have == 0 || b.messages >= 0 && b.bytes >= 0
}

// MessagesBefore returns the newest messages with seq < before (0 means from
// the head) that user may read, ascending; limit is in messages, at most 200 (0
// means 50), and a page is at most 1 MiB of bodies but always at least one
// message. ErrNoSuchConversation if user is not in it.
func (s *Store) MessagesBefore(user UserID, conv ConvID, before uint64, limit int) (messages []Message, err error) {
	err = s.view(func(tx *txn) error {
		m, err := tx.requireMember(conv, user)
		if err != nil {
			return err
		}
		head, err := tx.head(conv)
		if err != nil {
			return err
		}
		if before == 0 || before > head.seq {
			before = head.seq + 1
		}
		messages = tx.pageBefore(conv, m.FromSeq, before, boundsOf(limit))
		return nil
	})
	return messages, err
}

// pageBefore reads downwards from before to from and returns the page ascending.
func (tx *txn) pageBefore(conv ConvID, from, before uint64, bounds pageBounds) []Message {
	c := tx.tx.Bucket(bucketMessages).Cursor()
	prefix := convKey(conv)
	var page []Message
	for k, v := lastBefore(c, messageKey(conv, before)); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Prev() {
		_, seq, err := parseMessageKey(k)
		if err != nil || seq < from {
			break
		}
		m := tx.decodeMessage(conv, seq, k, v)
		if !bounds.take(m, len(page)) {
			break
		}
		page = append(page, m)
	}
	slices.Reverse(page)
	return page
}

// lastBefore moves c to the last key below key.
func lastBefore(c *bbolt.Cursor, key []byte) (k, v []byte) {
	if found, _ := c.Seek(key); found == nil {
		return c.Last()
	}
	return c.Prev()
}

// MessagesAfter returns the oldest messages with seq > after that user may read,
// ascending, limited like MessagesBefore.
func (s *Store) MessagesAfter(user UserID, conv ConvID, after uint64, limit int) (messages []Message, err error) {
	err = s.view(func(tx *txn) error {
		m, err := tx.requireMember(conv, user)
		if err != nil {
			return err
		}
		messages = tx.pageAfter(conv, m.FromSeq, after, boundsOf(limit))
		return nil
	})
	return messages, err
}

// pageAfter reads upwards what is after after and not before from.
func (tx *txn) pageAfter(conv ConvID, from, after uint64, bounds pageBounds) []Message {
	if after == 1<<64-1 {
		return nil
	}
	c := tx.tx.Bucket(bucketMessages).Cursor()
	prefix := convKey(conv)
	var page []Message
	for k, v := c.Seek(messageKey(conv, max(after+1, from))); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		_, seq, err := parseMessageKey(k)
		if err != nil {
			break
		}
		m := tx.decodeMessage(conv, seq, k, v)
		if !bounds.take(m, len(page)) {
			break
		}
		page = append(page, m)
	}
	return page
}

// Page is what a catch-up reads in one transaction.
type Page struct {
	Membership Membership // as it is in this transaction; zero if there is none
	Head       uint64
	HeadAt     int64
	AtAfter    int64 // At of the message at seq After, 0 if there is none
	Messages   []Message
}

// ReadPage reads the messages with seq > after for a catch-up: at most limit
// messages and about maxBytes of bodies, but at least one if there is one. A user
// who is not in the conversation gets a zero Membership and no messages.
func (s *Store) ReadPage(user UserID, conv ConvID, after uint64, limit, maxBytes int) (p Page, err error) {
	bounds := boundsOf(limit)
	if maxBytes > 0 {
		bounds.bytes = min(bounds.bytes, maxBytes)
	}
	err = s.view(func(tx *txn) error {
		m, ok, err := tx.membership(conv, user)
		if err != nil || !ok {
			return err
		}
		head, err := tx.head(conv)
		if err != nil {
			return err
		}
		p = Page{Membership: m, Head: head.seq, HeadAt: head.at}
		if after > 0 && after <= head.seq {
			at, err := tx.message(conv, after)
			if err != nil {
				return err
			}
			p.AtAfter = at.At
		}
		p.Messages = tx.pageAfter(conv, m.FromSeq, after, bounds)
		return nil
	})
	return p, err
}

// Head returns the last seq of a conversation and the time of that message; 0
// and 0 for an empty one.
func (s *Store) Head(conv ConvID) (seq uint64, at int64, err error) {
	err = s.view(func(tx *txn) error {
		h, err := tx.head(conv)
		seq, at = h.seq, h.at
		return err
	})
	return seq, at, err
}
