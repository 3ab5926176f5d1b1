package store

// Contact is a person another one has added; it is mutual at once.
type Contact struct {
	User UserID
	At   int64 // when added, Unix milliseconds
}

func (c *Contact) encode(e *encoder) { e.int(c.At) }
func (c *Contact) decode(d *decoder) { c.At = d.int() }

// Contacts lists the contacts of a user in the order of their numbers.
func (s *Store) Contacts(user UserID) (contacts []Contact, err error) {
	err = s.view(func(tx *txn) error {
		contacts, err = tx.contacts(user)
		return err
	})
	return contacts, err
}

func (tx *txn) contacts(user UserID) (contacts []Contact, err error) {
	err = tx.scan(bucketContacts, userKey(user), func(k, v []byte) error {
		c := Contact{User: parseUser(k[userKeyLen:])}
		if err := openRecord(k, v, &c); err != nil {
			tx.noteDamage(bucketContacts, k)
			return err
		}
		contacts = append(contacts, c)
		return nil
	})
	return contacts, err
}

// AddContact is the op that makes two people contacts: both records and the
// direct conversation in one transaction. Repeating it with the same ClientID
// gives the first result. ErrSelf, ErrNoSuchUser, ErrAlreadyContact,
// ErrDisabled (the other account). Of two people adding each other at once the
// second gets ErrAlreadyContact; there is one conversation.
type AddContact struct {
	By       UserID
	ClientID string
	User     UserID

	Contact Contact // result
	Conv    ConvID  // result
}

func (op *AddContact) apply(tx *txn) error {
	r, done, err := tx.beginRequest(op.By, op.ClientID, "contact", op.User.String())
	if err != nil {
		return err
	}
	if done {
		op.Contact, op.Conv = Contact{op.User, r.at}, r.conv
		return nil
	}
	conv := DirectConv(op.By, op.User)
	if err := op.check(tx); err != nil {
		return err
	}
	op.Contact, op.Conv = Contact{op.User, tx.now}, conv
	isNew := !tx.isMember(conv, op.By)
	for _, pair := range [2][2]UserID{{op.By, op.User}, {op.User, op.By}} {
		if err := tx.addContact(pair[0], pair[1], isNew); err != nil {
			return err
		}
	}
	return tx.endRequest(r, conv)
}

func (op *AddContact) check(tx *txn) error {
	if op.By == op.User {
		return ErrSelf
	}
	if _, err := tx.activeUser(op.By); err != nil {
		return err
	}
	if _, err := tx.activeUser(op.User); err != nil {
		return err
	}
	if tx.has(bucketContacts, pairKey(op.By, op.User)) {
		return ErrAlreadyContact
	}
	return nil
}

// addContact writes one direction and, for a pair that never met, that side's
// membership of their conversation.
func (tx *txn) addContact(owner, other UserID, isNew bool) error {
	rev, err := tx.raiseRev(owner)
	if err != nil {
		return err
	}
	c := Contact{other, tx.now}
	if err := tx.put(bucketContacts, pairKey(owner, other), &c); err != nil {
		return err
	}
	conv := DirectConv(owner, other)
	if isNew {
		m := Membership{User: owner, Conv: conv, Joined: 1, FromSeq: 1}
		if err := tx.putMember(m); err != nil {
			return err
		}
		tx.emit(MemberJoined{m, rev})
	} else {
		tx.emit(ConversationChanged{owner, conv, rev})
	}
	tx.emit(ContactChanged{User: owner, Contact: c, Rev: rev})
	return nil
}

// RemoveContact is the op that ends it for both. The conversation stays readable
// and takes no message. ErrNotFound if they are no contacts.
type RemoveContact struct{ By, User UserID }

func (op *RemoveContact) apply(tx *txn) error {
	if !tx.has(bucketContacts, pairKey(op.By, op.User)) {
		return ErrNotFound
	}
	conv := DirectConv(op.By, op.User)
	for _, pair := range [2][2]UserID{{op.By, op.User}, {op.User, op.By}} {
		rev, err := tx.raiseRev(pair[0])
		if err != nil {
			return err
		}
		if err := tx.delete(bucketContacts, pairKey(pair[0], pair[1])); err != nil {
			return err
		}
		tx.emit(ContactChanged{User: pair[0], Contact: Contact{User: pair[1]}, Removed: true, Rev: rev})
		tx.emit(ConversationChanged{pair[0], conv, rev})
	}
	return nil
}
