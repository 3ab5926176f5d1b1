package store

import (
	"crypto/sha256"
	"encoding/binary"
)

// isClientID reports whether s has the form of a client_id: 16 to 64 letters,
// digits, - or _.
func isClientID(s string) bool {
	if len(s) < 16 || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// requestRecord is what a creating request gave, kept so that repeating it gives
// the same.
type requestRecord struct {
	hash [sha256.Size]byte
	conv ConvID
	at   int64
}

func (r *requestRecord) encode(e *encoder) {
	e.bytes(r.hash[:])
	e.string(string(r.conv))
	e.int(r.at)
}

func (r *requestRecord) decode(d *decoder) {
	d.bytes(r.hash[:])
	r.conv, r.at = ConvID(d.string()), d.int()
}

// request is one creating request inside its transaction.
type request struct {
	requestRecord
	key []byte
}

// beginRequest looks the client_id up before anything else is checked. done
// means that the same request was answered before: r holds its result.
// ErrClientIDReused if it was another one, ErrBadClientID.
func (tx *txn) beginRequest(user UserID, clientID string, parts ...string) (r *request, done bool, err error) {
	r = &request{key: requestKey(user, clientID)}
	hash := hashParts(parts)
	done, err = tx.get(bucketRequests, r.key, &r.requestRecord)
	switch {
	case err != nil:
		return r, false, err
	case done && r.hash != hash:
		return r, false, ErrClientIDReused
	case !done && !isClientID(clientID):
		return r, false, ErrBadClientID
	}
	r.hash = hash
	return r, done, nil
}

// endRequest keeps the result.
func (tx *txn) endRequest(r *request, conv ConvID) error {
	r.conv, r.at = conv, tx.now
	return tx.put(bucketRequests, r.key, &r.requestRecord)
}

// hashParts is the SHA-256 of the parts, each with its length before it.
func hashParts(parts []string) [sha256.Size]byte {
	var b []byte
	for _, p := range parts {
		b = append(binary.BigEndian.AppendUint64(b, uint64(len(p))), p...)
	}
	return sha256.Sum256(b)
}
