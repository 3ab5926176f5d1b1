package store

import "go.etcd.io/bbolt"

// What the tests of the package see of its inside.

// Keys and records, for planting damage.
var (
	MessageKey      = messageKey
	ParseMessageKey = parseMessageKey
	FoldName        = foldName
	CheckName       = checkName
	CheckTitle      = checkTitle
)

// SchemaNumber is the newest schema this program knows.
func SchemaNumber() int { return len(migrations) }

// BucketNames lists the buckets.
func BucketNames() (names []string) {
	for _, b := range buckets {
		names = append(names, string(b))
	}
	return names
}

// OpenMessage decodes a stored message.
func OpenMessage(key, value []byte) (Message, error) {
	var m messageRecord
	err := openRecord(key, value, &m)
	return m.Message, err
}

// SealMessage makes the stored form of a message.
func SealMessage(key []byte, m Message) []byte { return sealRecord(key, &messageRecord{m}) }

// OpenAny decodes value as each kind of record there is and returns how many
// accept it.
func OpenAny(key, value []byte) (accepted int) {
	for _, s := range shapes {
		if openRecord(key, value, s.make()) == nil {
			accepted++
		}
	}
	return accepted
}

// Raw runs fn on the buckets themselves in a write transaction.
func (s *Store) Raw(fn func(tx *bbolt.Tx) error) error { return s.db.Update(fn) }

// Txn is what a planted op writes with.
type Txn struct{ tx *txn }

// Write stores a record of no meaning under a user number.
func (t Txn) Write(user UserID) error {
	n := number(7)
	return t.tx.put(bucketRevs, userKey(user), &n)
}

// FuncOp is an op whose apply is a function.
type FuncOp func(Txn) error

func (op FuncOp) apply(tx *txn) error { return op(Txn{tx}) }

// SealNumber makes the stored form of a number.
func SealNumber(key []byte, v uint64) []byte {
	n := number(v)
	return sealRecord(key, &n)
}

// SealMark makes the stored form of a record without fields.
func SealMark(key []byte) []byte { return sealRecord(key, mark{}) }

// SealCursor makes the stored form of a cursor.
func SealCursor(key []byte, c Cursor) []byte { return sealRecord(key, &c) }

// SealHead makes the stored form of a head.
func SealHead(key []byte, seq uint64, at int64, n uint64) []byte {
	return sealRecord(key, &headRecord{seq, at, n})
}

// Keys by bucket.
var (
	ConvKey      = convKey
	UserKey      = userKey
	PairKey      = pairKey
	MemberKey    = memberKey
	UserConvKey  = userConvKey
	ClientIDKey  = clientIDKey
	UserLoginKey = userLoginKey
)

// ReplaceGroup changes the stored record of a group.
func (s *Store) ReplaceGroup(id ConvID, change func(g *Group)) error {
	return s.update(func(tx *txn) error {
		g, err := tx.group(id)
		if err != nil {
			return err
		}
		change(&g.Group)
		return tx.putGroup(g)
	})
}

// MigrateWith runs one more migration than there are.
func (s *Store) MigrateWith(path string, step func() error) error {
	return s.migrate(path, append(migrations[:len(migrations):len(migrations)], func(*txn) error { return step() }))
}

// raw is a record whose payload is given.
type raw []byte

func (r raw) encode(e *encoder) { e.bytes(r) }
func (r raw) decode(*decoder)   {}

// SealPayload gives any payload the frame of a record.
func SealPayload(key, payload []byte) []byte { return sealRecord(key, raw(payload)) }

// SealClientID makes the stored form of a client_id.
func SealClientID(key []byte, seq uint64) []byte {
	return sealRecord(key, &clientIDRecord{seq: seq})
}

// SealMember makes the stored form of a membership.
func SealMember(key []byte, joined, from uint64) []byte {
	return sealRecord(key, &memberRecord{joined: joined, from: from})
}
