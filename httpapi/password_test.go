package httpapi

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"teahouse/store"
)

var cheap = HashCost{MemoryKiB: 8, Passes: 1, Threads: 1}

func TestHashVerifies(t *testing.T) {
	t.Parallel()
	h := newHasher(cheap, 4)
	hash, err := h.hash(t.Context(), testPassword)
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]bool{
		testPassword: true, testPassword + " ": false, "": false, strings.ToUpper(testPassword): false,
	} {
		if ok, err := h.verify(t.Context(), password, hash); ok != want || err != nil {
			t.Errorf("verify %q: %v, %v", password, ok, err)
		}
	}
	if again, _ := h.hash(t.Context(), testPassword); again == hash {
		t.Error("the same password twice gives the same hash")
	}
	if ok, err := h.verify(t.Context(), testPassword, ""); ok || err != nil {
		t.Errorf("the hash of nobody: %v, %v", ok, err)
	}
}

// The stored form is that of the reference implementation:
// echo -n password | argon2 somesalt -id -t 2 -k 256 -p 1 -e
func TestHashIsTheReferences(t *testing.T) {
	t.Parallel()
	const reference = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	ok, err := newHasher(cheap, 4).verify(t.Context(), "password", reference)
	if !ok || err != nil {
		t.Errorf("got %v, %v", ok, err)
	}
}

func TestDefaultHashCost(t *testing.T) {
	t.Parallel()
	hash, err := newHasher(HashCost{}, 1).hash(t.Context(), testPassword)
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("got %q, %v", hash, err)
	}
}

func TestStoredHashIsBounded(t *testing.T) {
	t.Parallel()
	const salt, sum = "c29tZXNhbHQ", "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	for name, stored := range map[string]string{
		"memory":      "$argon2id$v=19$m=1048576,t=2,p=1$" + salt + "$" + sum,
		"passes":      "$argon2id$v=19$m=256,t=1000000,p=1$" + salt + "$" + sum,
		"threads":     "$argon2id$v=19$m=256,t=2,p=200$" + salt + "$" + sum,
		"no threads":  "$argon2id$v=19$m=256,t=2,p=0$" + salt + "$" + sum,
		"no passes":   "$argon2id$v=19$m=256,t=0,p=1$" + salt + "$" + sum,
		"salt":        "$argon2id$v=19$m=256,t=2,p=1$" + strings.Repeat("A", 400) + "$" + sum,
		"sum":         "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$" + strings.Repeat("A", 400),
		"empty sum":   "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$",
		"other kind":  "$argon2i$v=19$m=256,t=2,p=1$" + salt + "$" + sum,
		"other":       "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
		"trailing":    "$argon2id$v=19$m=256,t=2,p=1x$" + salt + "$" + sum,
		"not base64":  "$argon2id$v=19$m=256,t=2,p=1$!!!!$" + sum,
		"plain text":  "password",
		"wide number": "$argon2id$v=19$m=256,t=2,p=257$" + salt + "$" + sum,
	} {
		if _, err := parsePHC(stored); !errors.Is(err, errBadPHC) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := parsePHC(s); err == nil && (p.String() != s || !p.isBounded()) {
			t.Errorf("%q became %q", s, p)
		}
	})
}

func TestAcceptablePasswords(t *testing.T) {
	t.Parallel()
	h := newHasher(cheap, 4)
	for password, want := range map[string]error{
		"correct horse":            nil,
		"   spaces   ":             nil,
		"四个汉字不够长的密码":               nil,
		strings.Repeat("xy", 64):   nil,
		strings.Repeat("😀x", 64):   nil, // 128 characters, 320 bytes
		"short":                    store.ErrBadPassword,
		"密码密码":                     store.ErrBadPassword,
		"":                         store.ErrBadPassword,
		strings.Repeat("xy", 65):   store.ErrBadPassword,
		strings.Repeat("xy", 9000): store.ErrBadPassword,
		"password":                 store.ErrCommonPassword,
		"PassWord1":                store.ErrCommonPassword,
		"woaini1314":               store.ErrCommonPassword,
		"5201314520":               store.ErrCommonPassword,
		"1qaz2wsx":                 store.ErrCommonPassword,
		"qq123456":                 store.ErrCommonPassword,
		"88888888":                 store.ErrCommonPassword,
		"aaaaaaaaaaaaaaaa":         store.ErrCommonPassword,
		"456789:;":                 store.ErrCommonPassword,
		"zyxwvuts":                 store.ErrCommonPassword,
		"ReallyAlice":              store.ErrCommonPassword, // the name
	} {
		if err := h.acceptable(password, "reallyalice"); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", password, err, want)
		}
	}
}

func TestCommonPasswordsAreUsable(t *testing.T) {
	t.Parallel()
	h := newHasher(cheap, 4)
	if len(h.common) < 500 {
		t.Errorf("only %d common passwords", len(h.common))
	}
	for password := range h.common {
		if err := h.acceptable(password, "x"); !errors.Is(err, store.ErrCommonPassword) {
			t.Errorf("%q in the list is %v", password, err)
		}
	}
}

// More than the queue holds is told so at once; what waits is served; a caller
// who goes away gives its place in the queue back, but not the permit of a hash
// that runs.
func TestHashQueueIsBounded(t *testing.T) {
	t.Parallel()
	const queue = 3
	h := newHasher(cheap, queue)
	for range runtime.GOMAXPROCS(0) { // as if hashes were running
		h.running <- struct{}{}
		h.waiting <- struct{}{}
	}
	gone, cancel := context.WithCancel(t.Context())
	done := make(chan error, queue)
	for range queue {
		go func() {
			_, err := h.hash(gone, testPassword)
			done <- err
		}()
	}
	for len(h.waiting) < cap(h.waiting) {
		runtime.Gosched()
	}
	if _, err := h.hash(t.Context(), testPassword); !errors.Is(err, store.ErrBusy) {
		t.Fatalf("one more than the queue: %v", err)
	}
	cancel()
	for range queue {
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("a caller who went away: %v", err)
		}
	}
	if waiting, running := len(h.waiting), len(h.running); waiting != running {
		t.Errorf("%d places taken, %d hashes running", waiting, running)
	}
	<-h.running
	<-h.waiting
	if _, err := h.hash(t.Context(), testPassword); err != nil {
		t.Errorf("with a free processor: %v", err)
	}
}

// A hash whose caller is gone holds its permit until it is done.
func TestPermitIsTheHashs(t *testing.T) {
	t.Parallel()
	h := newHasher(HashCost{MemoryKiB: 64 << 10, Passes: 1, Threads: 1}, 0)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := h.hash(ctx, testPassword)
		done <- err
	}()
	for len(h.running) == 0 {
		runtime.Gosched()
	}
	cancel()
	if err := <-done; err == nil {
		t.Skip("the hash was faster than the cancel")
	}
	if len(h.running) != 1 {
		t.Error("the permit was given back while the hash was running")
	}
	for len(h.running) != 0 {
		runtime.Gosched()
	}
}
