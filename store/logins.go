package store

import (
	"bytes"
	"cmp"
	"crypto/subtle"
	"errors"
	"slices"
	"time"
)

// LoginID is the SHA-256 of a login token: the token itself is never stored.
type LoginID [32]byte

// Login is a stored credential session, one per device and browser.
type Login struct {
	ID         LoginID
	User       UserID
	CreatedAt  int64  // Unix milliseconds
	SeenAt     int64  // last use, kept to the hour
	ExpiresAt  int64  // absolute end; idle end is SeenAt + Options.LoginIdle
	Device     string // browser and system as words, cleaned
	RemoteAddr string
}

// touchEvery keeps a busy login from writing at each request. A shorter idle end
// needs a shorter one: see touchAfter.
const touchEvery = time.Hour

func (l *Login) encode(e *encoder) {
	e.user(l.User)
	e.int(l.CreatedAt)
	e.int(l.SeenAt)
	e.int(l.ExpiresAt)
	e.string(l.Device)
	e.string(l.RemoteAddr)
}

func (l *Login) decode(d *decoder) {
	l.User = d.user()
	l.CreatedAt, l.SeenAt, l.ExpiresAt = d.int(), d.int(), d.int()
	l.Device, l.RemoteAddr = d.string(), d.string()
}

// isExpired reports whether a login is past its absolute or its idle end.
func (tx *txn) isExpired(l Login) bool {
	return tx.now >= l.ExpiresAt || tx.now-l.SeenAt >= tx.store.opts.LoginIdle.Milliseconds()
}

// login reads a login that is not expired. ErrLoginRequired.
func (tx *txn) login(id LoginID) (Login, error) {
	l := Login{}
	ok, err := tx.get(bucketLogins, id[:], &l)
	l.ID = id
	if err == nil && (!ok || tx.isExpired(l)) {
		err = ErrLoginRequired
	}
	return l, err
}

func (tx *txn) putLogin(l Login) error {
	if err := tx.put(bucketLogins, l.ID[:], &l); err != nil {
		return err
	}
	return tx.put(bucketUserLogins, userLoginKey(l.User, l.ID), mark{})
}

func (tx *txn) deleteLogin(user UserID, id LoginID) error {
	if err := tx.delete(bucketLogins, id[:]); err != nil {
		return err
	}
	return tx.delete(bucketUserLogins, userLoginKey(user, id))
}

// userLogins reads every login of user, expired ones too.
func (tx *txn) userLogins(user UserID) ([]Login, error) {
	var logins []Login
	err := tx.scan(bucketUserLogins, userKey(user), func(k, _ []byte) error {
		l := Login{}
		copy(l.ID[:], k[userKeyLen:])
		if ok, err := tx.get(bucketLogins, l.ID[:], &l); err != nil || !ok {
			return err
		}
		logins = append(logins, l)
		return nil
	})
	return logins, err
}

// endLogins deletes the logins of user that which selects.
func (tx *txn) endLogins(user UserID, which func(Login) bool) ([]LoginID, error) {
	logins, err := tx.userLogins(user)
	if err != nil {
		return nil, err
	}
	var ended []LoginID
	for _, l := range logins {
		if !which(l) {
			continue
		}
		if err := tx.deleteLogin(user, l.ID); err != nil {
			return nil, err
		}
		ended = append(ended, l.ID)
	}
	return ended, nil
}

// createLogin stores l, completes its times and drops the user's expired ones.
func (tx *txn) createLogin(l Login) error {
	if _, err := tx.activeUser(l.User); err != nil {
		return err
	}
	l.CreatedAt = cmp.Or(l.CreatedAt, tx.now)
	l.SeenAt = cmp.Or(l.SeenAt, tx.now)
	l.ExpiresAt = cmp.Or(l.ExpiresAt, tx.now+tx.store.opts.LoginAbsolute.Milliseconds())
	if _, err := tx.endLogins(l.User, tx.isExpired); err != nil {
		return err
	}
	return tx.putLogin(l)
}

// CreateLogin stores a login of somebody whose password was checked against phc;
// times that are 0 are filled in. The transaction decides: ErrNoSuchUser,
// ErrDisabled, and ErrWrongPassword if the password was changed meanwhile, which
// has ended the logins before it.
func (s *Store) CreateLogin(l Login, phc string) error {
	return s.update(func(tx *txn) error {
		u, err := tx.user(l.User)
		if err != nil {
			return err
		}
		current, err := tx.credential(u)
		if err != nil {
			return err
		}
		if subtle.ConstantTimeCompare([]byte(current.PHC), []byte(phc)) == 0 {
			return ErrWrongPassword
		}
		return tx.createLogin(l)
	})
}

// Login returns a login that is neither ended nor expired and its user, who is
// not disabled. ErrLoginRequired otherwise.
func (s *Store) Login(id LoginID) (l Login, u User, err error) {
	err = s.view(func(tx *txn) error {
		if l, err = tx.login(id); err != nil {
			return err
		}
		u, err = tx.activeUser(l.User)
		if errors.Is(err, ErrDisabled) || errors.Is(err, ErrNoSuchUser) {
			err = ErrLoginRequired
		}
		return err
	})
	if err != nil {
		return Login{}, User{}, err
	}
	return l, u, nil
}

// touchAfter is how old SeenAt may be before a use is noted: an hour, less where
// logins end sooner.
func (s *Store) touchAfter() int64 {
	return min(touchEvery, s.opts.LoginIdle/2).Milliseconds()
}

// TouchLogin moves SeenAt to now if an hour has passed (less where logins end
// sooner); otherwise it writes nothing.
func (s *Store) TouchLogin(id LoginID) error {
	due := false
	err := s.view(func(tx *txn) error {
		l, err := tx.login(id)
		due = tx.now-l.SeenAt >= s.touchAfter()
		return err
	})
	if err != nil || !due {
		return err
	}
	return s.update(func(tx *txn) error {
		l, err := tx.login(id)
		if err != nil {
			return err
		}
		l.SeenAt = max(l.SeenAt, tx.now)
		return tx.put(bucketLogins, id[:], &l)
	})
}

// Logins lists the live logins of user, newest use first.
func (s *Store) Logins(user UserID) (logins []Login, err error) {
	err = s.view(func(tx *txn) error {
		logins, err = tx.userLogins(user)
		logins = slices.DeleteFunc(logins, tx.isExpired)
		return err
	})
	slices.SortFunc(logins, func(a, b Login) int {
		return cmp.Or(cmp.Compare(b.SeenAt, a.SeenAt), cmp.Compare(b.CreatedAt, a.CreatedAt), bytes.Compare(a.ID[:], b.ID[:]))
	})
	return logins, err
}

// EndLogin deletes one login of user. ErrNotFound if it is not one of theirs.
func (s *Store) EndLogin(user UserID, id LoginID) error {
	return s.update(func(tx *txn) error {
		if !tx.has(bucketUserLogins, userLoginKey(user, id)) {
			return ErrNotFound
		}
		return tx.deleteLogin(user, id)
	})
}

// ReplaceLogin ends old and stores l in one transaction: the token is new after
// a change of privilege. ErrLoginRequired if old has ended meanwhile.
func (s *Store) ReplaceLogin(old LoginID, l Login) error {
	return s.update(func(tx *txn) error {
		before, err := tx.login(old)
		if err != nil {
			return err
		}
		if before.User != l.User {
			return ErrLoginRequired
		}
		if err := tx.deleteLogin(before.User, old); err != nil {
			return err
		}
		return tx.createLogin(l)
	})
}
