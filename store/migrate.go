package store

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"go.etcd.io/bbolt"
)

// migrations bring a database from schema i to i+1; the list only grows. They
// run in one transaction, all that are pending.
var migrations = []func(*txn) error{createSchema}

// createSchema makes the buckets and the epoch: schema 1.
func createSchema(tx *txn) error {
	for _, name := range buckets {
		if _, err := tx.tx.CreateBucket(name); err != nil {
			return err
		}
	}
	var id epoch
	rand.Read(id[:])
	return tx.put(bucketMeta, keyEpoch, &id)
}

// epoch is the random id of a database.
type epoch [16]byte

func (id *epoch) encode(e *encoder) { e.bytes(id[:]) }
func (id *epoch) decode(d *decoder) { d.bytes(id[:]) }

// migrate takes the steps that the database lacks, after a copy to
// path.v<schema>.<UTC>.bak if there is anything in it.
func (s *Store) migrate(path string, steps []func(*txn) error) error {
	have, err := s.schema()
	if err != nil {
		return err
	}
	if have > len(steps) {
		return fmt.Errorf("schema %d, known are up to %d: %w", have, len(steps), ErrSchemaTooNew)
	}
	if have < len(steps) {
		if have > 0 {
			if err := s.backupBefore(path, have); err != nil {
				return fmt.Errorf("copy before migrating: %w", err)
			}
		}
		if err := s.update(func(tx *txn) error { return tx.migrate(steps, have) }); err != nil {
			return fmt.Errorf("migrate from schema %d: %w", have, err)
		}
		s.opts.Log.Info("database migrated", "from", have, "to", len(steps))
	}
	return s.loadEpoch()
}

func (tx *txn) migrate(steps []func(*txn) error, from int) error {
	for _, step := range steps[from:] {
		if err := step(tx); err != nil {
			return err
		}
	}
	schema := number(len(steps))
	return tx.put(bucketMeta, keySchema, &schema)
}

// schema returns the number of the schema, 0 for a database without buckets.
// ErrDamaged if there are buckets but no number.
func (s *Store) schema() (int, error) {
	var n number
	err := s.view(func(tx *txn) error {
		if tx.tx.Bucket(bucketMeta) == nil {
			return tx.tx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
				return fmt.Errorf("bucket %q without a schema number: %w", name, ErrDamaged)
			})
		}
		ok, err := tx.get(bucketMeta, keySchema, &n)
		if err == nil && (!ok || n == 0) {
			err = fmt.Errorf("no schema number: %w", ErrDamaged)
		}
		return err
	})
	return int(n), err
}

func (s *Store) loadEpoch() error {
	var id epoch
	err := s.view(func(tx *txn) error {
		for _, name := range buckets {
			if tx.tx.Bucket(name) == nil {
				return fmt.Errorf("bucket %q is missing: %w", name, ErrDamaged)
			}
		}
		ok, err := tx.get(bucketMeta, keyEpoch, &id)
		if err == nil && !ok {
			err = fmt.Errorf("no epoch: %w", ErrDamaged)
		}
		return err
	})
	s.epoch = hex.EncodeToString(id[:])
	return err
}

func (s *Store) backupBefore(path string, schema int) error {
	name := fmt.Sprintf("%s.v%d.%s.bak", path, schema, s.opts.Now().UTC().Format("20060102T150405Z"))
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = s.writeTo(f)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// writeTo writes a whole copy of the database as it is now.
func (s *Store) writeTo(w io.Writer) error {
	return s.view(func(tx *txn) error {
		_, err := tx.tx.WriteTo(w)
		return err
	})
}
