package store

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// ErrLocked means that another process has the database open.
var ErrLocked = errors.New("the database is in use by another process")

// ErrSchemaTooNew means that a newer program wrote the database.
var ErrSchemaTooNew = errors.New("the database was written by a newer version")

// Options of Open; zero values are replaced by the defaults of hub.DefaultLimits.
type Options struct {
	Log             *slog.Logger     // never nil in the program; nil discards
	Now             func() time.Time // nil means time.Now
	LockTimeout     time.Duration    // 0 means 1 s
	MaxBodyBytes    int              // bytes of text in a message; 0 means 16 KiB
	MaxGroupMembers int              // members of a group, Everyone excepted; 0 means 1,000
	LoginIdle       time.Duration    // ends a login that was not used for so long; 0 means 30 days
	LoginAbsolute   time.Duration    // ends a login whose maker named no end; 0 means 90 days

	// Fatal is called once, when a commit of any method failed for another reason
	// than full storage: what is on disk is unknown, fsync must not be tried again
	// in this process, and every later write is refused. It may be nil.
	Fatal func(error)
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.LockTimeout <= 0 {
		o.LockTimeout = time.Second
	}
	if o.MaxBodyBytes <= 0 {
		o.MaxBodyBytes = 16 << 10
	}
	if o.MaxGroupMembers <= 0 {
		o.MaxGroupMembers = 1000
	}
	if o.LoginIdle <= 0 {
		o.LoginIdle = 30 * 24 * time.Hour
	}
	if o.LoginAbsolute <= 0 {
		o.LoginAbsolute = 90 * 24 * time.Hour
	}
	return o
}

// Store keeps everything that must be true after a crash in one bbolt file. All
// methods may be called from any goroutine; writes queue behind one another.
type Store struct {
	// Static after construction.
	db    *bbolt.DB
	opts  Options
	epoch string

	damaged atomic.Uint64
	failed  atomic.Pointer[error] // why writing has ended
}

// Open opens or creates the database at path (mode 0600) and brings it to the
// current schema. ErrLocked if another process has it, ErrSchemaTooNew, or
// ErrDamaged: an empty file, a foreign one, one shorter than it was. A file that
// is there is never taken for a new database.
func Open(path string, opts Options) (*Store, error) {
	opts = opts.withDefaults()
	isNew, err := inspectFile(path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if isNew {
		if err := createFile(path, opts); err != nil {
			return nil, fmt.Errorf("create %s: %w", path, err)
		}
	}
	s, err := openFile(path, opts)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	os.Remove(path + freshSuffix) // what a crash while creating may have left
	if err := s.migrate(path, migrations); err != nil {
		s.db.Close()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return s, nil
}

// openFile opens the bbolt file. Its fsync is never turned off.
func openFile(path string, opts Options) (*Store, error) {
	s := &Store{opts: opts}
	err := guard(func() (err error) {
		s.db, err = bbolt.Open(path, 0o600, &bbolt.Options{
			Timeout:      opts.LockTimeout,
			FreelistType: bbolt.FreelistMapType,
		})
		return err
	})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, ErrLocked
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	case err != nil:
		return nil, err
	}
	return s, nil
}

// Close closes the database; reads and commits in flight finish first.
func (s *Store) Close() error { return s.db.Close() }

// Epoch returns the random id of the database, 32 hexadecimal digits. It is made
// with the database; restore and repair change it, which invalidates cursors.
func (s *Store) Epoch() string { return s.epoch }

// DamagedRecords returns how many reads met a damaged record since Open.
func (s *Store) DamagedRecords() uint64 { return s.damaged.Load() }
