package store

import (
	"fmt"
	"strconv"
	"strings"
)

// UserID is the number of a user: random, 9 digits, the first not 0, never
// reused. On the wire and in text it is "u_482139770".
type UserID uint32

// String returns the wire form, "u_" and nine digits.
func (u UserID) String() string { return "u_" + strconv.FormatUint(uint64(u), 10) }

// MarshalText makes a UserID a JSON string and a JSON object key.
func (u UserID) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText accepts exactly the form String gives.
func (u *UserID) UnmarshalText(b []byte) error {
	id, err := ParseUserID(string(b))
	if err == nil {
		*u = id
	}
	return err
}

// ParseUserID reads the wire form of a user number.
func ParseUserID(s string) (UserID, error) {
	digits, ok := strings.CutPrefix(s, "u_")
	if !ok || !isNumber(digits, 9) {
		return 0, fmt.Errorf("user id %q: %w", clip(s), ErrInvalid)
	}
	n, _ := strconv.ParseUint(digits, 10, 32)
	return UserID(n), nil
}

// ConvID names a conversation: "g_48213977" for a group (random, 8 digits) or
// "d_<lower>_<higher>" for the direct conversation of two user numbers, so that
// both directions of a pair share one key.
type ConvID string

// DirectConv returns the conversation of a pair of users, in either order.
func DirectConv(a, b UserID) ConvID {
	if a > b {
		a, b = b, a
	}
	return ConvID(fmt.Sprintf("d_%d_%d", a, b))
}

// IsGroup reports whether the conversation is a group.
func (c ConvID) IsGroup() bool { return strings.HasPrefix(string(c), "g_") }

// Pair returns the two users of a direct conversation, lower first; ok is false
// for a group.
func (c ConvID) Pair() (lower, higher UserID, ok bool) {
	parts := strings.Split(string(c), "_")
	if len(parts) != 3 || parts[0] != "d" || !isNumber(parts[1], 9) || !isNumber(parts[2], 9) {
		return 0, 0, false
	}
	a, _ := strconv.ParseUint(parts[1], 10, 32)
	b, _ := strconv.ParseUint(parts[2], 10, 32)
	return UserID(a), UserID(b), a < b
}

// Peer returns the other user of a direct conversation; ok is false for a group
// and for a conversation that user is not in.
func (c ConvID) Peer(user UserID) (peer UserID, ok bool) {
	a, b, ok := c.Pair()
	switch {
	case !ok:
		return 0, false
	case a == user:
		return b, true
	case b == user:
		return a, true
	}
	return 0, false
}

// ParseConvID checks the form of a conversation id; it says nothing about
// whether the conversation exists.
func ParseConvID(s string) (ConvID, error) {
	c := ConvID(s)
	if digits, ok := strings.CutPrefix(s, "g_"); ok && isNumber(digits, 8) {
		return c, nil
	}
	if _, _, ok := c.Pair(); ok {
		return c, nil
	}
	return "", fmt.Errorf("conversation id %q: %w", clip(s), ErrInvalid)
}

// isNumber reports whether s is n ASCII digits with the first not 0.
func isNumber(s string, n int) bool {
	if len(s) != n || s[0] == '0' {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// clip keeps untrusted text short enough for an error message.
func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
