package store

import (
	"crypto/subtle"
	"errors"
)

// Credential is what a login check needs. PHC is an argon2id string, or "" for
// an account that has no password yet.
type Credential struct {
	User     UserID
	PHC      string
	Disabled bool
}

// passwordRecord is the hash of a user's password.
type passwordRecord struct{ phc string }

func (p *passwordRecord) encode(e *encoder) { e.string(p.phc) }
func (p *passwordRecord) decode(d *decoder) { p.phc = d.string() }

// resetRecord is the hash of a one-time code.
type resetRecord struct {
	hash      [32]byte
	expiresAt int64
}

func (r *resetRecord) encode(e *encoder) {
	e.bytes(r.hash[:])
	e.int(r.expiresAt)
}

func (r *resetRecord) decode(d *decoder) {
	d.bytes(r.hash[:])
	r.expiresAt = d.int()
}

func (tx *txn) putPassword(user UserID, phc string) error {
	return tx.put(bucketCredentials, userKey(user), &passwordRecord{phc})
}

func (tx *txn) credential(u User) (Credential, error) {
	var p passwordRecord
	_, err := tx.get(bucketCredentials, userKey(u.ID), &p)
	return Credential{u.ID, p.phc, u.Disabled}, err
}

// Credential returns what is needed to check a password. ErrNoSuchUser if no
// account has that name.
func (s *Store) Credential(name string) (c Credential, err error) {
	err = s.view(func(tx *txn) error {
		u, err := tx.userNamed(name)
		if err != nil {
			return err
		}
		c, err = tx.credential(u)
		return err
	})
	return c, err
}

// CredentialOf is Credential by number.
func (s *Store) CredentialOf(user UserID) (c Credential, err error) {
	err = s.view(func(tx *txn) error {
		u, err := tx.user(user)
		if err != nil {
			return err
		}
		c, err = tx.credential(u)
		return err
	})
	return c, err
}

// SetPassword stores a new password hash, ends the reset codes of user and every
// login but keep (the zero LoginID ends all), in one transaction. It returns the
// logins it ended.
func (s *Store) SetPassword(user UserID, phc string, keep LoginID) (ended []LoginID, err error) {
	err = s.update(func(tx *txn) error {
		if _, err := tx.user(user); err != nil {
			return err
		}
		ended, err = tx.setPassword(user, phc, keep)
		return err
	})
	return ended, err
}

func (tx *txn) setPassword(user UserID, phc string, keep LoginID) ([]LoginID, error) {
	if err := tx.putPassword(user, phc); err != nil {
		return nil, err
	}
	if err := tx.delete(bucketResets, userKey(user)); err != nil {
		return nil, err
	}
	return tx.endLogins(user, func(l Login) bool { return l.ID != keep })
}

// CreateReset stores the hash (SHA-256) of a one-time code with which user may
// set a password until expiresAt (Unix milliseconds); earlier codes of that user
// end. ErrNoSuchUser if there is none.
func (s *Store) CreateReset(user UserID, codeHash [32]byte, expiresAt int64) error {
	return s.update(func(tx *txn) error {
		if _, err := tx.user(user); err != nil {
			return err
		}
		return tx.put(bucketResets, userKey(user), &resetRecord{codeHash, expiresAt})
	})
}

// UseReset sets the password of the account called name if codeHash is its
// unexpired code, uses the code up and ends all logins. ErrBadCode for an unknown
// name, a wrong, used or expired code; ErrDisabled for a disabled account.
func (s *Store) UseReset(name string, codeHash [32]byte, phc string) (user UserID, ended []LoginID, err error) {
	err = s.update(func(tx *txn) error {
		u, err := tx.userNamed(name)
		if errors.Is(err, ErrNoSuchUser) {
			return ErrBadCode
		}
		if err != nil {
			return err
		}
		var r resetRecord
		ok, err := tx.get(bucketResets, userKey(u.ID), &r)
		switch {
		case err != nil:
			return err
		case !ok, r.expiresAt <= tx.now, subtle.ConstantTimeCompare(r.hash[:], codeHash[:]) == 0:
			return ErrBadCode
		case u.Disabled:
			return ErrDisabled
		}
		user = u.ID
		ended, err = tx.setPassword(u.ID, phc, LoginID{})
		return err
	})
	return user, ended, err
}
