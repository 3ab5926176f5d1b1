package httpapi

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed" // common_passwords.txt
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"teahouse/store"
)

// Lengths of a password. 128 characters are 512 bytes at most, which bounds what
// a hash is made of.
const (
	minPasswordChars = 8
	maxPasswordChars = 128
	maxPasswordBytes = 512
)

const (
	saltBytes = 16
	hashBytes = 32
)

// HashCost is the cost of one argon2id hash.
type HashCost struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

// DefaultHashCost is the least that OWASP advises: about 40 ms and 19 MiB.
func DefaultHashCost() HashCost { return HashCost{MemoryKiB: 19456, Passes: 2, Threads: 1} }

// The most a stored hash may ask for: a damaged or foreign record must not take
// the machine's memory.
const (
	maxStoredMemoryKiB = 128 << 10
	maxStoredPasses    = 16
	maxStoredThreads   = 16
	maxStoredBytes     = 64 // of salt and of hash
)

// One a line, lower case, eight characters or more.
//
//go:embed common_passwords.txt
var commonPasswords string

// hasher makes and checks password hashes, at most one per processor at a time:
// many logins at once would otherwise need many times 19 MiB.
type hasher struct {
	// Static after construction.
	cost   HashCost
	common map[string]bool
	dummy  phc // checked for unknown names, so that they take as long

	// Safe for concurrent use.
	running chan struct{} // one value per running hash
	waiting chan struct{} // one value per running or waiting hash
	begun   atomic.Int64  // hashes since the start
}

func newHasher(cost HashCost, queue int) *hasher {
	if cost == (HashCost{}) {
		cost = DefaultHashCost()
	}
	h := &hasher{
		cost: cost, common: map[string]bool{},
		dummy:   phc{cost: cost, salt: randomBytes(saltBytes), sum: randomBytes(hashBytes)},
		running: make(chan struct{}, runtime.GOMAXPROCS(0)),
		waiting: make(chan struct{}, runtime.GOMAXPROCS(0)+queue),
	}
	for line := range strings.Lines(commonPasswords) {
		h.common[strings.TrimSpace(line)] = true
	}
	return h
}

// acceptable says whether a new password may be used. ErrBadPassword,
// ErrCommonPassword, which the account's own name is as well.
func (h *hasher) acceptable(password, name string) error {
	chars := utf8.RuneCountInString(password)
	if chars < minPasswordChars || chars > maxPasswordChars {
		return store.ErrBadPassword
	}
	lower := strings.ToLower(password)
	if h.common[lower] || lower == strings.ToLower(name) || isRun(lower) {
		return store.ErrCommonPassword
	}
	return nil
}

// isRun reports whether every character stands at the same distance, -1, 0 or 1,
// from the one before: aaaaaaaa, 12345678, hgfedcba.
func isRun(s string) bool {
	chars := []rune(s)
	step := chars[1] - chars[0]
	if step < -1 || step > 1 {
		return false
	}
	for i := 2; i < len(chars); i++ {
		if chars[i]-chars[i-1] != step {
			return false
		}
	}
	return true
}

// hash returns the PHC string of a password. ErrBusy if too many wait already;
// the error of ctx if it ends before.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	made := phc{cost: h.cost, salt: randomBytes(saltBytes)}
	sum, err := h.run(ctx, password, made)
	made.sum = sum
	return made.String(), err
}

// verify reports whether password is that of the stored hash; "" is the hash of
// nobody, which takes as long. Errors are those of hash, or say that the stored
// string is not one of ours.
func (h *hasher) verify(ctx context.Context, password, stored string) (bool, error) {
	if len(password) > maxPasswordBytes {
		return false, nil
	}
	want := h.dummy
	if stored != "" {
		var err error
		if want, err = parsePHC(stored); err != nil {
			return false, err
		}
	}
	sum, err := h.run(ctx, password, want)
	return err == nil && stored != "" && subtle.ConstantTimeCompare(sum, want.sum) == 1, err
}

// run hashes in a goroutine of its own, which holds the permit until it is done:
// a caller that goes away must not make room for one more.
func (h *hasher) run(ctx context.Context, password string, p phc) ([]byte, error) {
	select {
	case h.waiting <- struct{}{}:
	default:
		return nil, store.ErrBusy
	}
	select {
	case h.running <- struct{}{}:
	case <-ctx.Done():
		<-h.waiting
		return nil, ctx.Err()
	}
	h.begun.Add(1)
	result := make(chan []byte, 1)
	go func() {
		defer func() { <-h.running; <-h.waiting }()
		size := uint32(hashBytes)
		if len(p.sum) > 0 {
			size = uint32(len(p.sum)) // at most maxStoredBytes
		}
		result <- argon2.IDKey([]byte(password), p.salt, p.cost.Passes, p.cost.MemoryKiB, p.cost.Threads, size)
	}()
	select {
	case sum := <-result:
		return sum, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// phc is a stored hash: $argon2id$v=19$m=19456,t=2,p=1$salt$hash.
type phc struct {
	cost      HashCost
	salt, sum []byte
}

// String returns the stored form.
func (p phc) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		p.cost.MemoryKiB, p.cost.Passes, p.cost.Threads,
		base64.RawStdEncoding.EncodeToString(p.salt), base64.RawStdEncoding.EncodeToString(p.sum))
}

var errBadPHC = errors.New("a stored password hash is not readable")

// parsePHC reads the stored form. Whatever asks for more than this server would
// ever have stored is refused.
func parsePHC(s string) (phc, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return phc{}, errBadPHC
	}
	var p phc
	c := &p.cost
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.MemoryKiB, &c.Passes, &c.Threads); err != nil || n != 3 {
		return phc{}, errBadPHC
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	sum, sumErr := base64.RawStdEncoding.DecodeString(parts[5])
	p.salt, p.sum = salt, sum
	if saltErr != nil || sumErr != nil || p.String() != s || !p.isBounded() {
		return phc{}, errBadPHC
	}
	return p, nil
}

func (p phc) isBounded() bool {
	c := p.cost
	return c.MemoryKiB >= 8 && c.MemoryKiB <= maxStoredMemoryKiB &&
		c.Passes >= 1 && c.Passes <= maxStoredPasses &&
		c.Threads >= 1 && c.Threads <= maxStoredThreads &&
		len(p.salt) >= 8 && len(p.salt) <= maxStoredBytes &&
		len(p.sum) >= 16 && len(p.sum) <= maxStoredBytes
}

// randomBytes returns n bytes nobody can guess; crypto/rand never fails.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}
