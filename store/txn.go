package store

import (
	"bytes"
	"errors"
	"fmt"
	"runtime/debug"

	"go.etcd.io/bbolt"
)

// txn is one bbolt transaction with what the ops of a batch share. All access to
// buckets goes through it, so that every value is sealed and checked.
type txn struct {
	tx    *bbolt.Tx
	store *Store
	now   int64 // Unix milliseconds, one value for the whole transaction

	// Of the op being applied.
	wrote   bool
	effects []Effect
}

// view runs fn in a read transaction. fn copies out what it needs; it never
// waits for anything.
func (s *Store) view(fn func(*txn) error) error {
	return guard(func() error {
		return s.db.View(func(tx *bbolt.Tx) error { return fn(s.txn(tx)) })
	})
}

// update runs fn in a write transaction of its own and returns after its fsync.
// An error of fn, a refusal too, rolls back.
func (s *Store) update(fn func(*txn) error) error {
	if failed := s.failed.Load(); failed != nil {
		return *failed
	}
	applied := false
	err := guard(func() error {
		return s.db.Update(func(tx *bbolt.Tx) error {
			err := fn(s.txn(tx))
			applied = err == nil
			return err
		})
	})
	if err != nil && applied && !IsStorageFull(err) {
		s.fail(err)
	}
	return err
}

// fail ends all writing after a commit whose outcome is unknown.
func (s *Store) fail(err error) {
	err = fmt.Errorf("writing has ended: %w", err)
	if s.failed.CompareAndSwap(nil, &err) && s.opts.Fatal != nil {
		s.opts.Fatal(err)
	}
}

func (s *Store) txn(tx *bbolt.Tx) *txn {
	return &txn{tx: tx, store: s, now: s.opts.Now().UnixMilli()}
}

// guard turns a panic of fn into an error. A damaged page makes bbolt follow a
// wrong page number, which is a panic or, outside of the mapped file, a fault;
// bbolt has rolled back by then.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s: %w", p, debug.Stack(), ErrDamaged)
		}
	}()
	return fn()
}

// get decodes the record at key into r and reports whether there is one.
func (tx *txn) get(bucket, key []byte, r record) (bool, error) {
	value := tx.tx.Bucket(bucket).Get(key)
	if value == nil {
		return false, nil
	}
	if err := openRecord(key, value, r); err != nil {
		tx.noteDamage(bucket, key)
		return false, fmt.Errorf("%s: %w", bucket, err)
	}
	return true, nil
}

// has reports whether there is a record at key.
func (tx *txn) has(bucket, key []byte) bool { return tx.tx.Bucket(bucket).Get(key) != nil }

func (tx *txn) put(bucket, key []byte, r record) error {
	tx.wrote = true
	return tx.tx.Bucket(bucket).Put(key, sealRecord(key, r))
}

func (tx *txn) delete(bucket, key []byte) error {
	tx.wrote = true
	return tx.tx.Bucket(bucket).Delete(key)
}

// scan calls fn for each key with prefix, in order, until it returns an error.
// key and value are valid only during the call, and fn does not write.
func (tx *txn) scan(bucket, prefix []byte, fn func(key, value []byte) error) error {
	c := tx.tx.Bucket(bucket).Cursor()
	for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		if err := fn(k, v); err != nil {
			return err
		}
	}
	return nil
}

// errStop ends a scan early, or a transaction without a commit.
var errStop = errors.New("stop")

func (tx *txn) noteDamage(bucket, key []byte) {
	tx.store.damaged.Add(1)
	tx.store.opts.Log.Error("damaged record", "bucket", string(bucket), "key", fmt.Sprintf("%x", key))
}

// emit notes a consequence of the op being applied.
func (tx *txn) emit(e Effect) { tx.effects = append(tx.effects, e) }

// raiseRev raises the rev of user and returns it. An op does so once for each
// user it concerns.
func (tx *txn) raiseRev(user UserID) (uint64, error) { return tx.raise(bucketRevs, userKey(user)) }

// raisePeople raises the server-wide people number.
func (tx *txn) raisePeople() (uint64, error) { return tx.raise(bucketMeta, keyPeople) }

func (tx *txn) raise(bucket, key []byte) (uint64, error) {
	var n number
	if _, err := tx.get(bucket, key, &n); err != nil {
		return 0, err
	}
	n++
	return uint64(n), tx.put(bucket, key, &n)
}
