package store

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"slices"
)

// Invite is a link with which people register.
type Invite struct {
	Code      string // 16 characters of base64url, made by the store
	By        UserID
	CreatedAt int64 // Unix milliseconds
	ExpiresAt int64 // Unix milliseconds
	MaxUses   int   // 0 means no limit
	Uses      int
}

// inviteCodeBytes are random bytes; 96 bits that nobody guesses.
const inviteCodeBytes = 12

// inviteRecord is an invite as it is stored; its key is the code.
type inviteRecord struct{ Invite }

func (i *inviteRecord) encode(e *encoder) {
	e.user(i.By)
	e.int(i.CreatedAt)
	e.int(i.ExpiresAt)
	e.int(int64(i.MaxUses))
	e.int(int64(i.Uses))
}

func (i *inviteRecord) decode(d *decoder) {
	i.By = d.user()
	i.CreatedAt, i.ExpiresAt = d.int(), d.int()
	i.MaxUses, i.Uses = int(d.int()), int(d.int())
}

// validInvite reads an invite that would let somebody in now. ErrInviteInvalid.
func (tx *txn) validInvite(code string) (*inviteRecord, error) {
	i := &inviteRecord{Invite{Code: code}}
	ok, err := tx.get(bucketInvites, []byte(code), i)
	if err != nil {
		return nil, err
	}
	if !ok || i.ExpiresAt <= tx.now || i.MaxUses > 0 && i.Uses >= i.MaxUses {
		return nil, ErrInviteInvalid
	}
	return i, nil
}

// CreateInvite makes a link that holds until expiresAt (Unix milliseconds).
// maxUses 0 means no limit. ErrNotAdmin, ErrInvalid.
func (s *Store) CreateInvite(by UserID, maxUses int, expiresAt int64) (Invite, error) {
	if maxUses < 0 {
		return Invite{}, ErrInvalid
	}
	i := inviteRecord{Invite{By: by, MaxUses: maxUses, ExpiresAt: expiresAt}}
	err := s.update(func(tx *txn) error {
		if err := tx.requireAdmin(by); err != nil {
			return err
		}
		random := make([]byte, inviteCodeBytes)
		rand.Read(random)
		i.Code, i.CreatedAt = base64.RawURLEncoding.EncodeToString(random), tx.now
		return tx.put(bucketInvites, []byte(i.Code), &i)
	})
	return i.Invite, err
}

// Invites lists the links that are neither revoked nor expired, newest first.
func (s *Store) Invites() (invites []Invite, err error) {
	err = s.view(func(tx *txn) error {
		return tx.scan(bucketInvites, nil, func(k, v []byte) error {
			i := inviteRecord{Invite{Code: string(k)}}
			if err := openRecord(k, v, &i); err != nil {
				tx.noteDamage(bucketInvites, k)
				return nil
			}
			if i.ExpiresAt > tx.now {
				invites = append(invites, i.Invite)
			}
			return nil
		})
	})
	slices.SortFunc(invites, func(a, b Invite) int {
		return cmp.Or(cmp.Compare(b.CreatedAt, a.CreatedAt), cmp.Compare(a.Code, b.Code))
	})
	return invites, err
}

// InviteValid returns nil if the code would let somebody register now, else
// ErrInviteInvalid. Under the rule `closed` no code does.
func (s *Store) InviteValid(code string) error {
	return s.view(func(tx *txn) error {
		settings, err := tx.settings()
		if err != nil {
			return err
		}
		if !settings.Claimed || settings.Registration == RegistrationClosed {
			return ErrInviteInvalid
		}
		_, err = tx.validInvite(code)
		return err
	})
}

// RevokeInvite ends a link at once. ErrNotFound if there is none.
func (s *Store) RevokeInvite(code string) error {
	err := s.update(func(tx *txn) error {
		if code == "" || !tx.has(bucketInvites, []byte(code)) {
			return ErrNotFound
		}
		return tx.delete(bucketInvites, []byte(code))
	})
	return err
}
