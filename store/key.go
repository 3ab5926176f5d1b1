package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// The buckets; doc.go says what each holds.
var (
	bucketMeta        = []byte("meta")
	bucketSettings    = []byte("settings")
	bucketUsers       = []byte("users")
	bucketUserNames   = []byte("user_names")
	bucketCredentials = []byte("credentials")
	bucketRevs        = []byte("revs")
	bucketLastSeen    = []byte("last_seen")
	bucketResets      = []byte("resets")
	bucketInvites     = []byte("invites")
	bucketLogins      = []byte("logins")
	bucketUserLogins  = []byte("user_logins")
	bucketContacts    = []byte("contacts")
	bucketGroups      = []byte("groups")
	bucketMembers     = []byte("members")
	bucketMemberships = []byte("memberships")
	bucketRemoved     = []byte("removed")
	bucketHeads       = []byte("heads")
	bucketMessages    = []byte("messages")
	bucketClientIDs   = []byte("client_ids")
	bucketRequests    = []byte("requests")
	bucketCursors     = []byte("cursors")
	bucketHidden      = []byte("hidden")
)

// buckets lists every bucket of the current schema.
var buckets = [][]byte{
	bucketMeta, bucketSettings, bucketUsers, bucketUserNames, bucketCredentials, bucketRevs,
	bucketLastSeen, bucketResets, bucketInvites, bucketLogins, bucketUserLogins, bucketContacts,
	bucketGroups, bucketMembers, bucketMemberships, bucketRemoved, bucketHeads, bucketMessages,
	bucketClientIDs, bucketRequests, bucketCursors, bucketHidden,
}

// Keys with one value.
var (
	keySchema = []byte("schema")
	keyEpoch  = []byte("epoch")
	keyPeople = []byte("people")
	keyServer = []byte("server")
)

// Widths of encoded keys. Every part but the last has a fixed width, so that
// byte order is the order of the parts and a prefix names exactly its records.
const (
	userKeyLen = 4
	convKeyLen = 9
	seqKeyLen  = 8
)

func userKey(u UserID) []byte { return appendUser(nil, u) }

func appendUser(b []byte, u UserID) []byte { return binary.BigEndian.AppendUint32(b, uint32(u)) }

func parseUser(b []byte) UserID { return UserID(binary.BigEndian.Uint32(b)) }

func convKey(c ConvID) []byte { return appendConv(nil, c) }

// appendConv writes 'd' with both user numbers, or 'g' with four zero bytes and
// the group number. Anything that is no conversation id becomes nine zero bytes,
// which no record has.
func appendConv(b []byte, c ConvID) []byte {
	if lower, higher, ok := c.Pair(); ok {
		return appendUser(appendUser(append(b, 'd'), lower), higher)
	}
	digits, ok := strings.CutPrefix(string(c), "g_")
	if !ok || !isNumber(digits, 8) {
		return append(b, make([]byte, convKeyLen)...)
	}
	n, _ := strconv.ParseUint(digits, 10, 32)
	return binary.BigEndian.AppendUint64(append(b, 'g'), n)
}

func parseConv(b []byte) (ConvID, error) {
	if len(b) != convKeyLen {
		return "", fmt.Errorf("conversation key of %d bytes: %w", len(b), ErrDamaged)
	}
	var c ConvID
	switch b[0] {
	case 'g':
		c = groupConv(binary.BigEndian.Uint64(b[1:]))
	case 'd':
		c = DirectConv(parseUser(b[1:]), parseUser(b[1+userKeyLen:]))
	}
	if !bytes.Equal(convKey(c), b) || c == "" { // one conversation, one key
		return "", fmt.Errorf("conversation key %x: %w", b, ErrDamaged)
	}
	return c, nil
}

func groupConv(n uint64) ConvID { return ConvID("g_" + strconv.FormatUint(n, 10)) }

// pairKey is owner‖other.
func pairKey(owner, other UserID) []byte { return appendUser(userKey(owner), other) }

// memberKey is conv‖user, the order of members and removed.
func memberKey(c ConvID, u UserID) []byte { return appendUser(convKey(c), u) }

// userConvKey is user‖conv, the order of memberships, cursors and hidden.
func userConvKey(u UserID, c ConvID) []byte { return appendConv(userKey(u), c) }

// messageKey is conv‖seq.
func messageKey(c ConvID, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(convKey(c), seq)
}

// parseMessageKey is the inverse of messageKey.
func parseMessageKey(k []byte) (ConvID, uint64, error) {
	if len(k) != convKeyLen+seqKeyLen {
		return "", 0, fmt.Errorf("message key of %d bytes: %w", len(k), ErrDamaged)
	}
	c, err := parseConv(k[:convKeyLen])
	return c, binary.BigEndian.Uint64(k[convKeyLen:]), err
}

// clientIDKey is conv‖user‖client_id.
func clientIDKey(c ConvID, u UserID, id string) []byte { return append(memberKey(c, u), id...) }

// requestKey is user‖client_id.
func requestKey(u UserID, id string) []byte { return append(userKey(u), id...) }

// userLoginKey is user‖login.
func userLoginKey(u UserID, id LoginID) []byte { return append(userKey(u), id[:]...) }
