package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// ErrDamaged means that stored bytes are not what was written: a failed CRC, an
// unreadable page, a file shorter than it was.
var ErrDamaged = errors.New("the database is damaged")

// recordVersion is the first byte of every value.
const recordVersion = 1

// crcLen is the length of the CRC-32C at the end of every value.
const crcLen = 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// record is what a bucket holds: fields in a fixed order, integers as varints,
// strings with their length before them.
type record interface {
	encode(e *encoder)
	decode(d *decoder)
}

// sealRecord returns the stored form: version, payload, CRC-32C over key,
// version and payload. The key is under the CRC so that a value that ended up at
// another key is noticed.
func sealRecord(key []byte, r record) []byte {
	e := encoder{b: make([]byte, 1, 64)}
	e.b[0] = recordVersion
	r.encode(&e)
	return binary.BigEndian.AppendUint32(e.b, recordCRC(key, e.b))
}

// openRecord checks value and decodes it into r, which shares no memory with
// value afterwards. ErrDamaged if any bit is wrong.
func openRecord(key, value []byte, r record) error {
	body, err := verifyRecord(key, value)
	if err != nil {
		return err
	}
	d := decoder{b: body}
	r.decode(&d)
	if d.failed || len(d.b) > 0 {
		return fmt.Errorf("record %x has another shape: %w", key, ErrDamaged)
	}
	return nil
}

// verifyRecord returns the payload of a value whose CRC is right.
func verifyRecord(key, value []byte) ([]byte, error) {
	if len(value) < 1+crcLen {
		return nil, fmt.Errorf("record %x of %d bytes: %w", key, len(value), ErrDamaged)
	}
	sealed, sum := value[:len(value)-crcLen], value[len(value)-crcLen:]
	if recordCRC(key, sealed) != binary.BigEndian.Uint32(sum) {
		return nil, fmt.Errorf("record %x fails its CRC: %w", key, ErrDamaged)
	}
	if sealed[0] != recordVersion {
		return nil, fmt.Errorf("record %x has version %d: %w", key, sealed[0], ErrDamaged)
	}
	return sealed[1:], nil
}

func recordCRC(key, sealed []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, sealed)
}

// encoder appends fields to b.
type encoder struct{ b []byte }

func (e *encoder) uint(v uint64)   { e.b = binary.AppendUvarint(e.b, v) }
func (e *encoder) int(v int64)     { e.b = binary.AppendVarint(e.b, v) }
func (e *encoder) user(u UserID)   { e.uint(uint64(u)) }
func (e *encoder) bytes(p []byte)  { e.b = append(e.b, p...) }
func (e *encoder) string(s string) { e.uint(uint64(len(s))); e.b = append(e.b, s...) }

func (e *encoder) bool(v bool) {
	if v {
		e.uint(1)
	} else {
		e.uint(0)
	}
}

// decoder takes fields off the front of b; after the first field that does not
// fit, failed is set and every further field is zero.
type decoder struct {
	b      []byte
	failed bool
}

func (d *decoder) fail() {
	d.failed, d.b = true, nil
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) int() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) user() UserID {
	v := d.uint()
	if v > 1<<32-1 {
		d.fail()
		return 0
	}
	return UserID(v)
}

func (d *decoder) bool() bool {
	v := d.uint()
	if v > 1 {
		d.fail()
	}
	return v == 1
}

// bytes fills p.
func (d *decoder) bytes(p []byte) {
	if len(d.b) < len(p) {
		d.fail()
		return
	}
	d.b = d.b[copy(p, d.b):]
}

func (d *decoder) string() string {
	n := d.uint()
	if n > uint64(len(d.b)) {
		d.fail()
		return ""
	}
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}

// number is a record of one unsigned integer: revs, people, schema, user_names,
// hidden, last_seen.
type number uint64

func (n *number) encode(e *encoder) { e.uint(uint64(*n)) }
func (n *number) decode(d *decoder) { *n = number(d.uint()) }

// mark is a record without fields: its key says all.
type mark struct{}

func (mark) encode(*encoder) {}
func (mark) decode(*decoder) {}
