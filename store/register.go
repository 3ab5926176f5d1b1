package store

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
)

// Register is the op that makes an account. Under the rules `invite` and `open`
// an Invite code, if given, must be valid and is used once; under `closed` only
// ByAdmin passes. The newcomer joins the group Everyone, where there is one, in
// the same transaction. Registering raises the server-wide people number.
type Register struct {
	Name, DisplayName, PHC string // DisplayName "" means Name
	Invite                 string
	ByAdmin                UserID // the admin who makes the account by hand, or 0
	Language               string

	User User // result
}

func (op *Register) apply(tx *txn) error {
	settings, err := tx.settings()
	if err != nil {
		return err
	}
	invite, err := op.admit(tx, settings)
	if err != nil {
		return err
	}
	u := User{Name: op.Name, DisplayName: op.DisplayName, Language: op.Language}
	if err := tx.checkNewUser(&u); err != nil {
		return err
	}
	everyone, err := tx.everyone(settings)
	if err != nil {
		return err
	}
	if invite != nil {
		invite.Uses++
		if err := tx.put(bucketInvites, []byte(invite.Code), invite); err != nil {
			return err
		}
	}
	if err := tx.createUser(&u, op.PHC); err != nil {
		return err
	}
	op.User = u
	if everyone == nil {
		return nil
	}
	return tx.addMember(everyone, u.ID, 0)
}

// admit applies the rule of registration; invite is the code to count, or nil.
func (op *Register) admit(tx *txn, settings Settings) (invite *inviteRecord, err error) {
	switch {
	case !settings.Claimed:
		return nil, ErrSetupRequired
	case op.ByAdmin != 0:
		return nil, tx.requireAdmin(op.ByAdmin)
	case settings.Registration == RegistrationClosed:
		return nil, ErrRegistrationClosed
	case op.Invite != "":
		return tx.validInvite(op.Invite)
	case settings.Registration == RegistrationInvite:
		return nil, ErrInviteRequired
	}
	return nil, nil
}

// checkNewUser refuses names that are not allowed or taken and completes u.
func (tx *txn) checkNewUser(u *User) (err error) {
	if u.Name, err = checkName(u.Name); err != nil {
		return err
	}
	if u.DisplayName == "" {
		u.DisplayName = u.Name
	}
	if err := checkTitle(u.DisplayName); err != nil {
		return err
	}
	if !isLanguage(u.Language) {
		return ErrInvalid
	}
	if tx.has(bucketUserNames, []byte(foldName(u.Name))) {
		return ErrNameTaken
	}
	return nil
}

func isLanguage(tag string) bool { return tag == "" || tag == "en" || tag == "zh-CN" }

// createUser stores a checked account under a fresh number and tells everybody.
func (tx *txn) createUser(u *User, phc string) error {
	u.ID, u.CreatedAt = tx.freeUserID(), tx.now
	name := number(u.ID)
	if err := tx.put(bucketUserNames, []byte(foldName(u.Name)), &name); err != nil {
		return err
	}
	if err := tx.putUser(*u); err != nil {
		return err
	}
	if phc != "" {
		if err := tx.putPassword(u.ID, phc); err != nil {
			return err
		}
	}
	return tx.emitUserChanged(*u)
}

func (tx *txn) emitUserChanged(u User) error {
	people, err := tx.raisePeople()
	if err != nil {
		return err
	}
	tx.emit(UserChanged{User: u, People: people})
	return nil
}

// freeUserID draws numbers of 9 digits until one is free. Accounts are never
// deleted, so none is ever used twice.
func (tx *txn) freeUserID() UserID {
	for {
		if id := UserID(100_000_000 + randomBelow(900_000_000)); !tx.has(bucketUsers, userKey(id)) {
			return id
		}
	}
}

// freeGroupID draws numbers of 8 digits; dissolved groups keep theirs.
func (tx *txn) freeGroupID() ConvID {
	for {
		if id := groupConv(10_000_000 + randomBelow(90_000_000)); !tx.has(bucketGroups, convKey(id)) {
			return id
		}
	}
}

// randomBelow returns a uniform random number in [0, n). Values of the last,
// incomplete run of n are drawn again.
func randomBelow(n uint64) uint64 {
	for {
		var b [8]byte
		rand.Read(b[:])
		if v := binary.BigEndian.Uint64(b[:]); v < (1<<64-1)/n*n {
			return v % n
		}
	}
}

// ChangeUser is the op that changes a profile; nil fields stay. Only admins set
// Disabled (By is checked: ErrNotAdmin; ErrLastAdmin when nobody would be left);
// the rest only its owner (ErrForbidden). Disabling ends all logins of the user;
// EndedLogins lists them for the hub.
type ChangeUser struct {
	By, User                      UserID
	DisplayName, Avatar, Language *string
	Disabled                      *bool

	Result      User      // result
	EndedLogins []LoginID // result
}

func (op *ChangeUser) apply(tx *txn) error {
	before, err := tx.user(op.User)
	if err != nil {
		return err
	}
	after, err := op.change(tx, before)
	if err != nil {
		return err
	}
	op.Result, op.EndedLogins = after, nil
	if after == before {
		return nil
	}
	if err := tx.putUser(after); err != nil {
		return err
	}
	if after.Language != before.Language {
		if _, err := tx.raiseRev(op.User); err != nil {
			return err
		}
	}
	if after.Disabled && !before.Disabled {
		if op.EndedLogins, err = tx.setDisabled(op.User); err != nil {
			return err
		}
	}
	before.Language = after.Language // one's own setting, nobody else's business
	if after == before {
		return nil
	}
	return tx.emitUserChanged(after)
}

// change returns the profile as it will be, if By may do that.
func (op *ChangeUser) change(tx *txn, u User) (User, error) {
	if op.Disabled != nil {
		if err := op.checkDisable(tx, u); err != nil {
			return u, err
		}
		u.Disabled = *op.Disabled
	}
	if (op.DisplayName != nil || op.Avatar != nil || op.Language != nil) && op.By != op.User {
		return u, ErrForbidden
	}
	if op.DisplayName != nil {
		if err := checkTitle(*op.DisplayName); err != nil {
			return u, err
		}
		u.DisplayName = *op.DisplayName
	}
	if op.Language != nil {
		if !isLanguage(*op.Language) {
			return u, ErrInvalid
		}
		u.Language = *op.Language
	}
	if op.Avatar != nil {
		if *op.Avatar != "" { // there are no uploads to name
			return u, ErrInvalid
		}
		u.Avatar = *op.Avatar
	}
	return u, nil
}

func (op *ChangeUser) checkDisable(tx *txn, u User) error {
	if err := tx.requireAdmin(op.By); err != nil {
		return err
	}
	if !*op.Disabled || u.Disabled || !u.Admin {
		return nil
	}
	err := tx.scan(bucketUsers, nil, func(k, v []byte) error {
		var other userRecord
		if err := openRecord(k, v, &other); err != nil {
			return err
		}
		if other.Admin && !other.Disabled && other.ID != u.ID {
			return errStop
		}
		return nil
	})
	if errors.Is(err, errStop) {
		return nil
	}
	if err == nil {
		err = ErrLastAdmin
	}
	return err
}

// setDisabled ends what lets a user in.
func (tx *txn) setDisabled(user UserID) ([]LoginID, error) {
	if err := tx.delete(bucketResets, userKey(user)); err != nil {
		return nil, err
	}
	return tx.endLogins(user, func(Login) bool { return true })
}
