package store

import (
	"crypto/sha256"
	"encoding/binary"
	"unicode/utf8"
)

// SendMessage is the op of a send. The client_id is looked up before rights and
// limits: known with the same hash it is a duplicate and gives the stored
// message, with another hash ErrClientIDReused. Then ErrBadClientID, ErrBadBody,
// ErrMessageTooLong, then ErrNoSuchConversation, ErrNotContact. The sender's read
// and delivered cursors move to the new seq if all before it was read.
type SendMessage struct {
	From     UserID
	ClientID string
	Conv     ConvID
	Body     string

	Message   Message // result
	Duplicate bool    // result
}

// clientIDRecord is what a client_id stands for.
type clientIDRecord struct {
	seq  uint64
	hash [sha256.Size]byte
}

func (c *clientIDRecord) encode(e *encoder) {
	e.uint(c.seq)
	e.bytes(c.hash[:])
}

func (c *clientIDRecord) decode(d *decoder) {
	c.seq = d.uint()
	d.bytes(c.hash[:])
}

// draftVersion is the first of what is hashed, so that later fields of a draft
// cannot be mistaken for an older one.
const draftVersion = 1

// hash returns what makes two drafts the same: version and body as received.
func (op *SendMessage) hash() [sha256.Size]byte {
	b := make([]byte, 0, 1+8+len(op.Body))
	b = binary.BigEndian.AppendUint64(append(b, draftVersion), uint64(len(op.Body)))
	return sha256.Sum256(append(b, op.Body...))
}

func (op *SendMessage) apply(tx *txn) error {
	op.Message, op.Duplicate = Message{}, false
	key := clientIDKey(op.Conv, op.From, op.ClientID)
	var known clientIDRecord
	ok, err := tx.get(bucketClientIDs, key, &known)
	if err != nil {
		return err
	}
	if ok {
		return op.repeat(tx, known)
	}
	if err := op.check(tx); err != nil {
		return err
	}
	if op.Message, err = tx.appendMessage(Message{
		Conv: op.Conv, Kind: KindText, From: op.From, ClientID: op.ClientID, Body: op.Body,
	}); err != nil {
		return err
	}
	if err := tx.put(bucketClientIDs, key, &clientIDRecord{op.Message.Seq, op.hash()}); err != nil {
		return err
	}
	if op.Message.Seq == 1 {
		if err := tx.unhideEmpty(op.Conv); err != nil {
			return err
		}
	}
	return tx.readOwn(op.Message)
}

// repeat answers a client_id that is known.
func (op *SendMessage) repeat(tx *txn, known clientIDRecord) (err error) {
	if known.hash != op.hash() {
		return ErrClientIDReused
	}
	op.Message, err = tx.message(op.Conv, known.seq)
	op.Message.ClientID = op.ClientID // a damaged record does not know it
	op.Duplicate = err == nil
	return err
}

func (op *SendMessage) check(tx *txn) error {
	switch {
	case !isClientID(op.ClientID):
		return ErrBadClientID
	case op.Body == "" || !utf8.ValidString(op.Body):
		return ErrBadBody
	case len(op.Body) > tx.store.opts.MaxBodyBytes:
		return ErrMessageTooLong
	case !tx.isMember(op.Conv, op.From):
		return ErrNoSuchConversation
	case !tx.isWritable(op.Conv):
		return ErrNotContact
	}
	return nil
}

// isWritable reports whether members may send: in a direct conversation only
// while the two are contacts.
func (tx *txn) isWritable(conv ConvID) bool {
	lower, higher, direct := conv.Pair()
	return !direct || tx.has(bucketContacts, pairKey(lower, higher))
}
