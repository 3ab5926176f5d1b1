package store

import (
	"slices"
)

// CreateGroup is the op that makes a group with its owner's membership and the
// first members. Join "" means open; History "" means all for open groups,
// joined for the others. Repeating it with the same ClientID gives the first
// result. ErrBadTitle, ErrNoSuchUser, ErrGroupFull.
type CreateGroup struct {
	By            UserID
	ClientID      string
	Name          string
	Members       []UserID
	Join, History string

	Conv ConvID // result
}

func (op *CreateGroup) apply(tx *txn) error {
	parts := []string{"group", op.Name, op.Join, op.History}
	for _, user := range op.Members {
		parts = append(parts, user.String())
	}
	r, done, err := tx.beginRequest(op.By, op.ClientID, parts...)
	if err != nil {
		return err
	}
	if done {
		op.Conv = r.conv
		return nil
	}
	g, members, err := op.check(tx)
	if err != nil {
		return err
	}
	if op.Conv, err = tx.createGroup(g, members); err != nil {
		return err
	}
	return tx.endRequest(r, op.Conv)
}

// check returns the group to make and its first members without the owner.
func (op *CreateGroup) check(tx *txn) (g Group, members []UserID, err error) {
	if err := checkTitle(op.Name); err != nil {
		return g, nil, err
	}
	g = Group{Name: op.Name, Owner: op.By, Join: op.Join, History: op.History}
	if err := g.completeRules(); err != nil {
		return g, nil, err
	}
	if _, err := tx.activeUser(op.By); err != nil {
		return g, nil, err
	}
	for _, user := range op.Members {
		if user == op.By || slices.Contains(members, user) {
			continue
		}
		if _, err := tx.activeUser(user); err != nil {
			return g, nil, err
		}
		if members = append(members, user); len(members) >= tx.store.opts.MaxGroupMembers {
			return g, nil, ErrGroupFull
		}
	}
	return g, members, nil
}

// completeRules fills in the rules left open and refuses unknown ones.
func (g *Group) completeRules() error {
	if g.Join == "" {
		g.Join = JoinOpen
	}
	if g.History == "" {
		g.History = HistoryAll
		if g.Join != JoinOpen {
			g.History = HistoryJoined
		}
	}
	if g.Join != JoinOpen && g.Join != JoinMembers || g.History != HistoryAll && g.History != HistoryJoined {
		return ErrInvalid
	}
	return nil
}

// createGroup makes g with its owner and first members. Seq 1 says who made it
// and is the owner's join; each member's own follows.
func (tx *txn) createGroup(g Group, members []UserID) (ConvID, error) {
	g.ID, g.CreatedAt = tx.freeGroupID(), tx.now
	r := &groupRecord{Group: g}
	if err := tx.join(r, g.Owner, Event{Type: EventCreated, By: g.Owner, Name: g.Name}); err != nil {
		return "", err
	}
	for _, user := range members {
		if err := tx.addMember(r, user, g.Owner); err != nil {
			return "", err
		}
	}
	return g.ID, nil
}

// JoinGroup is the op with which a user joins an open group. Joining what one is
// in succeeds and changes nothing. ErrNoSuchGroup, ErrGroupFull,
// ErrRemovedFromGroup.
type JoinGroup struct {
	By       UserID
	ClientID string
	Conv     ConvID
}

func (op *JoinGroup) apply(tx *txn) error {
	r, done, err := tx.beginRequest(op.By, op.ClientID, "join", string(op.Conv))
	if err != nil || done {
		return err
	}
	if _, err := tx.activeUser(op.By); err != nil {
		return err
	}
	g, err := tx.group(op.Conv)
	if err != nil {
		return err
	}
	if tx.isMember(op.Conv, op.By) {
		return tx.endRequest(r, op.Conv)
	}
	switch {
	case g.Join != JoinOpen:
		return ErrNoSuchGroup
	case tx.wasRemoved(op.Conv, op.By):
		return ErrRemovedFromGroup
	case !tx.hasRoom(g, 1):
		return ErrGroupFull
	}
	if err := tx.addMember(g, op.By, 0); err != nil {
		return err
	}
	return tx.endRequest(r, op.Conv)
}

// wasRemoved reports whether the owner put user out of the group.
func (tx *txn) wasRemoved(conv ConvID, user UserID) bool {
	return tx.has(bucketRemoved, memberKey(conv, user))
}

// hasRoom reports whether n more may join; Everyone has no limit.
func (tx *txn) hasRoom(g *groupRecord, n int) bool {
	return g.Everyone || g.MemberCount+n <= tx.store.opts.MaxGroupMembers
}

// AddMembers is the op with which the owner, or any member of an open group,
// adds people; those already in are passed over. ErrNoSuchGroup, ErrNotOwner,
// ErrNoSuchUser, ErrGroupFull, ErrRemovedFromGroup (By is not the owner).
type AddMembers struct {
	By       UserID
	ClientID string
	Conv     ConvID
	Users    []UserID
}

func (op *AddMembers) apply(tx *txn) error {
	parts := []string{"add", string(op.Conv)}
	for _, user := range op.Users {
		parts = append(parts, user.String())
	}
	r, done, err := tx.beginRequest(op.By, op.ClientID, parts...)
	if err != nil || done {
		return err
	}
	g, users, err := op.check(tx)
	if err != nil {
		return err
	}
	for _, user := range users {
		if err := tx.addMember(g, user, op.By); err != nil {
			return err
		}
	}
	return tx.endRequest(r, op.Conv)
}

// check returns the group and those who are not in it yet.
func (op *AddMembers) check(tx *txn) (g *groupRecord, users []UserID, err error) {
	if g, err = tx.groupOf(op.By, op.Conv); err != nil {
		return nil, nil, err
	}
	isOwner := g.Owner == op.By
	if !isOwner && g.Join != JoinOpen {
		return nil, nil, ErrNotOwner
	}
	for _, user := range op.Users {
		if tx.isMember(op.Conv, user) || slices.Contains(users, user) {
			continue
		}
		if _, err := tx.activeUser(user); err != nil {
			return nil, nil, err
		}
		if !isOwner && tx.wasRemoved(op.Conv, user) {
			return nil, nil, ErrRemovedFromGroup
		}
		if users = append(users, user); !tx.hasRoom(g, len(users)) {
			return nil, nil, ErrGroupFull
		}
	}
	return g, users, nil
}

// RemoveMember is the op with which a member leaves (User == By) or the owner
// removes one. An owner leaves only alone, which dissolves the group:
// ErrOwnerMustHandOver. ErrNoSuchGroup, ErrNotOwner, ErrNotFound.
type RemoveMember struct {
	By, User UserID
	Conv     ConvID
}

func (op *RemoveMember) apply(tx *txn) error {
	g, err := tx.groupOf(op.By, op.Conv)
	if err != nil {
		return err
	}
	if op.User == op.By {
		return op.leave(tx, g)
	}
	if g.Owner != op.By {
		return ErrNotOwner
	}
	if !tx.isMember(op.Conv, op.User) {
		return ErrNotFound
	}
	if err := tx.put(bucketRemoved, memberKey(op.Conv, op.User), mark{}); err != nil {
		return err
	}
	return op.end(tx, g, Event{Type: EventRemoved, User: op.User, By: op.By})
}

func (op *RemoveMember) leave(tx *txn, g *groupRecord) error {
	switch {
	case g.Owner != op.User:
		return op.end(tx, g, Event{Type: EventLeft, User: op.User})
	case g.MemberCount > 1:
		return ErrOwnerMustHandOver
	case g.Everyone:
		return ErrEveryoneCannotBeGone
	}
	return tx.dissolve(g, op.By)
}

func (op *RemoveMember) end(tx *txn, g *groupRecord, e Event) error {
	if err := tx.appendEvent(g.ID, e); err != nil {
		return err
	}
	if err := tx.endMember(g, op.User); err != nil {
		return err
	}
	return tx.putGroup(g)
}

// DissolveGroup is the op that ends all memberships. The last message says so. An
// admin may do it while the owner is disabled. ErrNoSuchGroup, ErrNotOwner,
// ErrEveryoneCannotBeGone for the group Everyone.
type DissolveGroup struct {
	By   UserID
	Conv ConvID
}

func (op *DissolveGroup) apply(tx *txn) error {
	g, err := tx.governedGroup(op.By, op.Conv)
	if err != nil {
		return err
	}
	if g.Everyone {
		return ErrEveryoneCannotBeGone
	}
	return tx.dissolve(g, op.By)
}

func (tx *txn) dissolve(g *groupRecord, by UserID) error {
	members, err := tx.members(g.ID)
	if err != nil {
		return err
	}
	if err := tx.appendEvent(g.ID, Event{Type: EventDissolved, By: by}); err != nil {
		return err
	}
	for _, m := range members {
		if err := tx.endMember(g, m.User); err != nil {
			return err
		}
	}
	g.dissolved = true
	return tx.putGroup(g)
}
