package store

// ChangeGroup is the op that renames, sets the notice, avatar, join and history
// rules; nil stays. ErrNoSuchGroup, ErrNotOwner, ErrBadTitle, ErrBadNotice.
type ChangeGroup struct {
	By                                  UserID
	Conv                                ConvID
	Name, Notice, Avatar, Join, History *string
}

func (op *ChangeGroup) apply(tx *txn) error {
	g, err := tx.ownedGroup(op.By, op.Conv)
	if err != nil {
		return err
	}
	before := g.Group
	if err := op.change(&g.Group); err != nil {
		return err
	}
	if g.Group == before {
		return nil
	}
	if err := tx.putGroup(g); err != nil {
		return err
	}
	for _, e := range op.events(before, g.Group) {
		if err := tx.appendEvent(op.Conv, e); err != nil {
			return err
		}
	}
	return tx.tellMembers(op.Conv)
}

// change applies the fields that are set.
func (op *ChangeGroup) change(g *Group) error {
	if op.Name != nil && *op.Name != g.Name {
		if err := checkTitle(*op.Name); err != nil {
			return err
		}
		g.Name = *op.Name
	}
	if op.Notice != nil {
		if err := checkNotice(*op.Notice); err != nil {
			return err
		}
		g.Notice = *op.Notice
	}
	if op.Avatar != nil {
		if *op.Avatar != "" { // there are no uploads to name
			return ErrInvalid
		}
		g.Avatar = *op.Avatar
	}
	if op.Join != nil {
		g.Join = *op.Join
	}
	if op.History != nil {
		g.History = *op.History
	}
	if g.Join == "" || g.History == "" {
		return ErrInvalid
	}
	return g.completeRules()
}

// events words the change for the history.
func (op *ChangeGroup) events(before, after Group) (events []Event) {
	if after.Name != before.Name {
		events = append(events, Event{Type: EventRenamed, By: op.By, Name: after.Name})
	}
	if after.Notice != before.Notice {
		events = append(events, Event{Type: EventNoticed, By: op.By, Name: after.Notice})
	}
	if after.Join != before.Join || after.History != before.History {
		events = append(events, Event{Type: EventRules, By: op.By, Join: after.Join, History: after.History})
	}
	return events
}

// tellMembers raises the rev of every member and emits what that is about.
func (tx *txn) tellMembers(conv ConvID) error {
	members, err := tx.members(conv)
	if err != nil {
		return err
	}
	for _, m := range members {
		rev, err := tx.raiseRev(m.User)
		if err != nil {
			return err
		}
		tx.emit(ConversationChanged{m.User, conv, rev})
	}
	return nil
}

// ChangeOwner is the op that hands a group over to another member. An admin may
// do it while the owner is disabled.
// ErrNoSuchGroup, ErrNotOwner, ErrSelf, ErrNotFound, ErrDisabled.
type ChangeOwner struct {
	By, User UserID
	Conv     ConvID
}

func (op *ChangeOwner) apply(tx *txn) error {
	g, err := tx.governedGroup(op.By, op.Conv)
	if err != nil {
		return err
	}
	if op.User == op.By && op.By == g.Owner {
		return ErrSelf
	}
	if !tx.isMember(op.Conv, op.User) {
		return ErrNotFound
	}
	if _, err := tx.activeUser(op.User); err != nil {
		return err
	}
	g.Owner = op.User
	if err := tx.putGroup(g); err != nil {
		return err
	}
	if err := tx.appendEvent(op.Conv, Event{Type: EventOwner, User: op.User, By: op.By}); err != nil {
		return err
	}
	return tx.tellMembers(op.Conv)
}
