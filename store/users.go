package store

import (
	"cmp"
	"errors"
	"slices"
	"unicode/utf8"
)

// User is an account and its profile. Password hashes are not part of it: see
// Credential.
type User struct {
	ID          UserID
	Name        string // account name, unique under NFKC and case folding
	DisplayName string
	Avatar      string // an upload id or ""
	Language    string // "en", "zh-CN" or "" (the device decides)
	Admin       bool
	Disabled    bool
	CreatedAt   int64 // Unix milliseconds
}

// userRecord is a user with the folded names that searches compare.
type userRecord struct {
	User
	folded, foldedDisplay string
}

func newUserRecord(u User) userRecord {
	return userRecord{User: u, folded: foldName(u.Name), foldedDisplay: foldName(u.DisplayName)}
}

func (u *userRecord) encode(e *encoder) {
	e.user(u.ID)
	e.string(u.Name)
	e.string(u.DisplayName)
	e.string(u.Avatar)
	e.string(u.Language)
	e.bool(u.Admin)
	e.bool(u.Disabled)
	e.int(u.CreatedAt)
	e.string(u.folded)
	e.string(u.foldedDisplay)
}

func (u *userRecord) decode(d *decoder) {
	u.ID = d.user()
	u.Name, u.DisplayName, u.Avatar, u.Language = d.string(), d.string(), d.string(), d.string()
	u.Admin, u.Disabled = d.bool(), d.bool()
	u.CreatedAt = d.int()
	u.folded, u.foldedDisplay = d.string(), d.string()
}

// user reads an account. ErrNoSuchUser.
func (tx *txn) user(id UserID) (User, error) {
	var u userRecord
	ok, err := tx.get(bucketUsers, userKey(id), &u)
	if err == nil && !ok {
		err = ErrNoSuchUser
	}
	return u.User, err
}

// activeUser reads an account that is not disabled. ErrNoSuchUser, ErrDisabled.
func (tx *txn) activeUser(id UserID) (User, error) {
	u, err := tx.user(id)
	if err == nil && u.Disabled {
		err = ErrDisabled
	}
	return u, err
}

// requireAdmin refuses anyone but an admin. ErrNotAdmin.
func (tx *txn) requireAdmin(id UserID) error {
	u, err := tx.user(id)
	if errors.Is(err, ErrNoSuchUser) || err == nil && (!u.Admin || u.Disabled) {
		return ErrNotAdmin
	}
	return err
}

func (tx *txn) putUser(u User) error {
	r := newUserRecord(u)
	return tx.put(bucketUsers, userKey(u.ID), &r)
}

// userNamed finds an account by name. ErrNoSuchUser.
func (tx *txn) userNamed(name string) (User, error) {
	if len(name) > maxNameBytes || !utf8.ValidString(name) {
		return User{}, ErrNoSuchUser
	}
	var id number
	folded := foldName(name)
	if folded == "" {
		return User{}, ErrNoSuchUser
	}
	ok, err := tx.get(bucketUserNames, []byte(folded), &id)
	if err != nil || !ok {
		return User{}, cmp.Or(err, error(ErrNoSuchUser))
	}
	return tx.user(UserID(id))
}

// User returns one account. ErrNoSuchUser if there is none.
func (s *Store) User(id UserID) (u User, err error) {
	err = s.view(func(tx *txn) error {
		u, err = tx.user(id)
		return err
	})
	return u, err
}

// Users returns the accounts among ids that exist, in the order of ids.
func (s *Store) Users(ids []UserID) (users []User, err error) {
	err = s.view(func(tx *txn) error {
		users, err = tx.users(ids)
		return err
	})
	return users, err
}

func (tx *txn) users(ids []UserID) ([]User, error) {
	users := make([]User, 0, len(ids))
	for _, id := range ids {
		u, err := tx.user(id)
		if errors.Is(err, ErrNoSuchUser) {
			continue
		}
		if err != nil {
			return nil, err
		}
		users = append(users, u)
	}
	return users, nil
}

// UserByName finds an account by its name after NFKC and case folding.
// ErrNoSuchUser if there is none.
func (s *Store) UserByName(name string) (u User, err error) {
	err = s.view(func(tx *txn) error {
		u, err = tx.userNamed(name)
		return err
	})
	return u, err
}

// maxPageUsers bounds a page of people.
const maxPageUsers = 200

// FindUsers lists people by account name, display name or number: exact
// matches first, then prefixes, then names that contain query; within a rank by
// folded display name, then number. An empty query lists everybody. after is the
// last user of the page before (0 for the first page); limit is in users, at
// most 200. Disabled accounts are listed only if disabled is set.
func (s *Store) FindUsers(query string, after UserID, limit int, disabled bool) (users []User, more bool, err error) {
	if limit <= 0 || limit > maxPageUsers {
		limit = maxPageUsers
	}
	if len(query) > maxNameBytes || !utf8.ValidString(query) {
		return nil, false, nil
	}
	folded := foldName(query)
	var found []foundUser
	err = s.view(func(tx *txn) error {
		var start *foundUser
		if after != 0 {
			var u userRecord
			if ok, err := tx.get(bucketUsers, userKey(after), &u); err != nil || !ok {
				return err
			}
			start = &foundUser{u, u.rank(folded)}
		}
		return tx.scan(bucketUsers, nil, func(k, v []byte) error {
			var u userRecord
			if err := openRecord(k, v, &u); err != nil {
				tx.noteDamage(bucketUsers, k)
				return nil
			}
			f := foundUser{u, u.rank(folded)}
			if f.rank < rankNone && (disabled || !u.Disabled) && (start == nil || compareFound(*start, f) < 0) {
				found = append(found, f)
			}
			return nil
		})
	})
	slices.SortFunc(found, compareFound)
	if more = len(found) > limit; more {
		found = found[:limit]
	}
	for _, f := range found {
		users = append(users, f.User)
	}
	return users, more, err
}

type foundUser struct {
	userRecord
	rank int
}

func (u *userRecord) rank(query string) int {
	return min(matchRank(u.folded, query), matchRank(u.foldedDisplay, query), numberRank(u.ID.String(), query))
}

func compareFound(a, b foundUser) int {
	return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.foldedDisplay, b.foldedDisplay), cmp.Compare(a.ID, b.ID))
}
