package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"teahouse/store"
)

func TestOpenKeepsEpochAndData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	epoch := w.Epoch()
	if len(epoch) != 32 || strings.Trim(epoch, "0123456789abcdef") != "" {
		t.Errorf("epoch %q is not 32 hexadecimal digits", epoch)
	}
	w.reopen()
	if w.Epoch() != epoch {
		t.Errorf("epoch changed from %s to %s", epoch, w.Epoch())
	}
	u, err := w.UserByName("ANN")
	w.ok(err)
	if u.ID != w.admin {
		t.Errorf("the admin is %s after reopening, was %s", u.ID, w.admin)
	}
	other := openTemp(t, store.Options{})
	if other.Epoch() == epoch {
		t.Error("two databases share an epoch")
	}
}

func TestOpenMode(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	w := openTemp(t, store.Options{})
	info, err := os.Stat(w.path)
	w.ok(err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %o", info.Mode().Perm())
	}
	files, err := os.ReadDir(filepath.Dir(w.path))
	w.ok(err)
	if len(files) != 1 {
		t.Errorf("opening left %v", files)
	}
}

func TestOpenTwice(t *testing.T) {
	t.Parallel()
	w := openTemp(t, store.Options{})
	_, err := store.Open(w.path, store.Options{LockTimeout: 20 * time.Millisecond})
	w.fails(store.ErrLocked, err)
}

// Many processes may start at once on an empty folder: one makes the database,
// and no other ever replaces it.
func TestOpenRace(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "race.db")
	epochs := make(chan string, 16)
	var wg sync.WaitGroup
	for range cap(epochs) {
		wg.Go(func() {
			s, err := store.Open(path, store.Options{LockTimeout: 5 * time.Second})
			if errors.Is(err, store.ErrLocked) {
				return
			}
			if err != nil {
				t.Error(err)
				return
			}
			epochs <- s.Epoch()
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	close(epochs)
	first := <-epochs
	if first == "" {
		t.Fatal("nobody opened it")
	}
	for epoch := range epochs {
		if epoch != first {
			t.Fatalf("two databases were made: %s and %s", first, epoch)
		}
	}
}

// A file that is there is never taken for a new database, or the server would be
// handed to the first visitor.
func TestOpenRefusesDamagedFiles(t *testing.T) {
	t.Parallel()
	sample := openUnchecked(t, store.Options{})
	sample.claim(true)
	for i := range 200 {
		sample.user("user" + string(rune('一'+i)))
	}
	sample.ok(sample.Close())
	sound, err := os.ReadFile(sample.path)
	sample.ok(err)
	page := os.Getpagesize()

	cases := map[string][]byte{
		"empty":            {},
		"one byte":         {0},
		"foreign":          []byte(strings.Repeat("SQLite format 3\x00", 4096)),
		"zeros":            make([]byte, len(sound)),
		"two pages":        sound[:2*page],
		"both metas wiped": append(make([]byte, 2*page), sound[2*page:]...),
	}
	used := highWater(t, sample.path) // the file may be longer
	cases["half"] = sound[:used/2]
	cases["one page less"] = sound[:used-int64(page)]
	for name, data := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "bad.db")
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := store.Open(path, store.Options{LockTimeout: 50 * time.Millisecond})
			if err == nil {
				s.Close()
			}
			if !errors.Is(err, store.ErrDamaged) {
				t.Fatalf("got %v, want ErrDamaged", err)
			}
			after, err := os.ReadFile(path)
			if err != nil || string(after) != string(data) {
				t.Errorf("the damaged file was changed (%v)", err)
			}
		})
	}
}

// One wiped meta page is what a torn write leaves: bbolt goes back to the other.
func TestOpenSurvivesOneTornMeta(t *testing.T) {
	t.Parallel()
	w := openUnchecked(t, store.Options{})
	w.claim(false)
	w.ok(w.Close())
	data, err := os.ReadFile(w.path)
	w.ok(err)
	for i := range 2 {
		torn := append([]byte(nil), data...)
		clear(torn[i*os.Getpagesize() : (i+1)*os.Getpagesize()])
		path := filepath.Join(t.TempDir(), "torn.db")
		w.ok(os.WriteFile(path, torn, 0o600))
		s, err := store.Open(path, store.Options{})
		w.ok(err)
		w.ok(s.Close())
	}
}

func highWater(t *testing.T, path string) (size int64) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.View(func(tx *bbolt.Tx) error { size = tx.Size(); return nil }); err != nil {
		t.Fatal(err)
	}
	return size
}

func TestOpenRefusesNewerSchema(t *testing.T) {
	t.Parallel()
	w := openUnchecked(t, store.Options{})
	w.plant("meta", []byte("schema"), store.SealNumber([]byte("schema"), uint64(store.SchemaNumber()+1)))
	w.ok(w.Close())
	_, err := store.Open(w.path, store.Options{})
	w.fails(store.ErrSchemaTooNew, err)
	_, err = store.Open(w.path, store.Options{LockTimeout: 50 * time.Millisecond})
	w.fails(store.ErrSchemaTooNew, err) // and the refusal gave the lock back
}

// A migration that fails changes nothing; one that succeeds leaves a copy of what
// was before.
func TestMigrate(t *testing.T) {
	t.Parallel()
	w := openUnchecked(t, store.Options{})
	w.claim(false)
	epoch := w.Epoch()
	planted := errors.New("planted")
	w.fails(planted, w.MigrateWith(w.path, func() error { return planted }))
	w.reopen() // still of the schema this program knows
	w.clock.advance(time.Second)
	w.ok(w.MigrateWith(w.path, func() error { return nil }))
	w.ok(w.Close())
	_, err := store.Open(w.path, store.Options{})
	w.fails(store.ErrSchemaTooNew, err)
	copies, err := filepath.Glob(w.path + ".v1.*.bak")
	w.ok(err)
	if len(copies) != 2 {
		t.Fatalf("copies: %v", copies)
	}
	before, err := store.Open(copies[1], store.Options{})
	w.ok(err)
	defer before.Close()
	if u, err := before.UserByName("ann"); err != nil || u.ID != w.admin || before.Epoch() != epoch {
		t.Errorf("the copy has %+v, %v, epoch %s", u, err, before.Epoch())
	}
}

func TestOpenRefusesForeignBbolt(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "foreign.db")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("other")); return err })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(path, store.Options{}); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
}

// What an interrupted first start left does not stand in the way of the next.
func TestOpenAfterInterruptedCreation(t *testing.T) {
	t.Parallel()
	for name, left := range map[string]string{"empty": "", "half": strings.Repeat("x", 5000)} {
		path := filepath.Join(t.TempDir(), name+".db")
		if err := os.WriteFile(path+".new", []byte(left), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := store.Open(path, store.Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// plant writes raw bytes below the store.
func (w *world) plant(bucket string, key, value []byte) {
	w.t.Helper()
	w.ok(w.Raw(func(tx *bbolt.Tx) error { return tx.Bucket([]byte(bucket)).Put(key, value) }))
}

// uproot deletes a record below the store.
func (w *world) uproot(bucket string, key []byte) {
	w.t.Helper()
	w.ok(w.Raw(func(tx *bbolt.Tx) error { return tx.Bucket([]byte(bucket)).Delete(key) }))
}

// flip changes one bit in the middle of a stored value.
func (w *world) flip(bucket string, key []byte) {
	w.t.Helper()
	w.ok(w.Raw(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(bucket))
		value := append([]byte(nil), b.Get(key)...)
		if len(value) == 0 {
			return errors.New("nothing to damage in " + bucket)
		}
		value[len(value)/2] ^= 4
		return b.Put(key, value)
	}))
}
