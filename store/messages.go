package store

import "fmt"

// Kinds of message.
const (
	KindText   = "text"
	KindSystem = "system"
)

// Types of event.
const (
	EventCreated   = "created"
	EventJoined    = "joined"
	EventLeft      = "left"
	EventRemoved   = "removed"
	EventRenamed   = "renamed"
	EventNoticed   = "noticed"
	EventOwner     = "owner"
	EventRules     = "rules"
	EventDissolved = "dissolved"
)

// Message is immutable once stored. A text message has From, ClientID and Body;
// a system message has Event.
type Message struct {
	Conv     ConvID
	Seq      uint64 // 1, 2, 3… in its conversation, without a gap
	At       int64  // the server's time, Unix milliseconds; for display, never for order
	Kind     string
	From     UserID
	ClientID string
	Body     string
	Event    *Event
	N        uint64 // how many text messages of the conversation are at or before this one
	Damaged  bool   // the record failed its CRC: only Conv and Seq are to be trusted
}

// Event is what a system message says, as data. Type is created, joined, left,
// removed, renamed, noticed, owner, rules or dissolved; By acted, User is who it
// happened to.
type Event struct {
	Type    string
	By      UserID
	User    UserID
	Name    string
	Join    string
	History string
}

// messageRecord is a message as it is stored; its key is conv‖seq. N comes
// first: counting needs nothing else.
type messageRecord struct{ Message }

func (m *messageRecord) encode(e *encoder) {
	e.uint(m.N)
	e.int(m.At)
	e.bool(m.Event != nil)
	if m.Event != nil {
		m.Event.encode(e)
		return
	}
	e.user(m.From)
	e.string(m.ClientID)
	e.string(m.Body)
}

func (m *messageRecord) decode(d *decoder) {
	m.N, m.At = d.uint(), d.int()
	if d.bool() {
		m.Kind, m.Event = KindSystem, &Event{}
		m.Event.decode(d)
		return
	}
	m.Kind, m.From = KindText, d.user()
	m.ClientID, m.Body = d.string(), d.string()
}

func (ev *Event) encode(e *encoder) {
	e.string(ev.Type)
	e.user(ev.By)
	e.user(ev.User)
	e.string(ev.Name)
	e.string(ev.Join)
	e.string(ev.History)
}

func (ev *Event) decode(d *decoder) {
	ev.Type = d.string()
	ev.By, ev.User = d.user(), d.user()
	ev.Name, ev.Join, ev.History = d.string(), d.string(), d.string()
}

// headRecord is the end of a conversation: the last seq, its time, and how many
// text messages there are.
type headRecord struct {
	seq uint64
	at  int64
	n   uint64
}

func (h *headRecord) encode(e *encoder) {
	e.uint(h.seq)
	e.int(h.at)
	e.uint(h.n)
}

func (h *headRecord) decode(d *decoder) { h.seq, h.at, h.n = d.uint(), d.int(), d.uint() }

// head reads the end of a conversation, zero for an empty one.
func (tx *txn) head(conv ConvID) (h headRecord, err error) {
	_, err = tx.get(bucketHeads, convKey(conv), &h)
	return h, err
}

// appendMessage gives m the next seq, stores it and emits it.
func (tx *txn) appendMessage(m Message) (Message, error) {
	h, err := tx.head(m.Conv)
	if err != nil {
		return m, err
	}
	h.seq, h.at = h.seq+1, tx.now
	if m.Kind == KindText {
		h.n++
	}
	m.Seq, m.At, m.N = h.seq, h.at, h.n
	key := messageKey(m.Conv, m.Seq)
	if tx.has(bucketMessages, key) { // a lost head must not cost a message
		return m, fmt.Errorf("message %d of %s is there already: %w", m.Seq, m.Conv, ErrDamaged)
	}
	if err := tx.put(bucketMessages, key, &messageRecord{m}); err != nil {
		return m, err
	}
	if err := tx.put(bucketHeads, convKey(m.Conv), &h); err != nil {
		return m, err
	}
	tx.emit(MessageAppended{m})
	return m, nil
}

// appendEvent appends a system message.
func (tx *txn) appendEvent(conv ConvID, e Event) error {
	_, err := tx.appendMessage(Message{Conv: conv, Kind: KindSystem, Event: &e})
	return err
}

// decodeMessage returns the message of a stored value, or one that says it is
// damaged.
func (tx *txn) decodeMessage(conv ConvID, seq uint64, k, v []byte) Message {
	var m messageRecord
	if err := openRecord(k, v, &m); err != nil {
		tx.noteDamage(bucketMessages, k)
		return Message{Conv: conv, Seq: seq, Damaged: true}
	}
	m.Conv, m.Seq = conv, seq
	return m.Message
}

// message reads one message that is there if the database is sound.
func (tx *txn) message(conv ConvID, seq uint64) (Message, error) {
	k := messageKey(conv, seq)
	v := tx.tx.Bucket(bucketMessages).Get(k)
	if v == nil {
		return Message{}, fmt.Errorf("message %d of %s is missing: %w", seq, conv, ErrDamaged)
	}
	return tx.decodeMessage(conv, seq, k, v), nil
}

// countAt returns how many text messages are at or before seq. A damaged record
// does not know; the newest sound one before it is taken.
func (tx *txn) countAt(conv ConvID, seq uint64) (uint64, error) {
	for ; seq > 0; seq-- {
		k := messageKey(conv, seq)
		v := tx.tx.Bucket(bucketMessages).Get(k)
		if v == nil {
			return 0, fmt.Errorf("message %d of %s is missing: %w", seq, conv, ErrDamaged)
		}
		if payload, err := verifyRecord(k, v); err == nil {
			d := decoder{b: payload}
			return d.uint(), nil
		}
		tx.noteDamage(bucketMessages, k)
	}
	return 0, nil
}
