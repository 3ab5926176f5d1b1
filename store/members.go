package store

import "errors"

// Membership is one user's being in one conversation. It is named by the seq of
// its join message (1 for a direct conversation, which has none): joining again
// is a new membership. FromSeq is the first seq it may read.
type Membership struct {
	User            UserID
	Conv            ConvID
	Joined, FromSeq uint64
	Role            string // "" in a direct conversation
}

// memberRecord is a membership as it is stored, at conv‖user in members, with a
// mark at user‖conv in memberships. Roles are not in it: the group names its
// owner.
type memberRecord struct {
	joined, from uint64
	at           int64
}

func (m *memberRecord) encode(e *encoder) {
	e.uint(m.joined)
	e.uint(m.from)
	e.int(m.at)
}

func (m *memberRecord) decode(d *decoder) {
	m.joined, m.from = d.uint(), d.uint()
	m.at = d.int()
}

// isMember reports whether user is in conv.
func (tx *txn) isMember(conv ConvID, user UserID) bool {
	return tx.has(bucketMembers, memberKey(conv, user))
}

// membership reads a membership without its role; ok is false if there is none.
func (tx *txn) membership(conv ConvID, user UserID) (m Membership, ok bool, err error) {
	var r memberRecord
	ok, err = tx.get(bucketMembers, memberKey(conv, user), &r)
	if err != nil || !ok {
		return Membership{}, false, err
	}
	return Membership{User: user, Conv: conv, Joined: r.joined, FromSeq: r.from}, true, nil
}

// requireMember is membership with ErrNoSuchConversation if there is none.
func (tx *txn) requireMember(conv ConvID, user UserID) (Membership, error) {
	m, ok, err := tx.membership(conv, user)
	if err == nil && !ok {
		err = ErrNoSuchConversation
	}
	return m, err
}

// members reads the memberships of a conversation in the order of user numbers,
// with their roles.
func (tx *txn) members(conv ConvID) (members []Membership, err error) {
	var g *groupRecord
	if conv.IsGroup() {
		if g, err = tx.group(conv); err != nil {
			return nil, err
		}
	}
	err = tx.scan(bucketMembers, convKey(conv), func(k, v []byte) error {
		m, err := tx.decodeMember(conv, g, k, v)
		members = append(members, m)
		return err
	})
	return members, err
}

func (tx *txn) decodeMember(conv ConvID, g *groupRecord, k, v []byte) (Membership, error) {
	var r memberRecord
	if err := openRecord(k, v, &r); err != nil {
		tx.noteDamage(bucketMembers, k)
		return Membership{}, err
	}
	m := Membership{User: parseUser(k[convKeyLen:]), Conv: conv, Joined: r.joined, FromSeq: r.from}
	if g != nil {
		m.Role = g.role(m.User)
	}
	return m, nil
}

// Memberships calls fn for every membership there is, groups and direct
// conversations, in one read transaction; the hub loads its map with it.
func (s *Store) Memberships(fn func(Membership)) error {
	return s.view(func(tx *txn) error {
		var g *groupRecord
		var conv ConvID
		return tx.scan(bucketMembers, nil, func(k, v []byte) error {
			c, err := parseConv(k[:min(convKeyLen, len(k))])
			if err != nil {
				return err
			}
			if c != conv {
				conv, g = c, nil
				if c.IsGroup() {
					if g, err = tx.group(c); err != nil {
						return err
					}
				}
			}
			m, err := tx.decodeMember(c, g, k, v)
			if err == nil {
				fn(m)
			}
			return err
		})
	})
}

// putMember stores both directions of a membership.
func (tx *txn) putMember(m Membership) error {
	r := memberRecord{m.Joined, m.FromSeq, tx.now}
	if err := tx.put(bucketMembers, memberKey(m.Conv, m.User), &r); err != nil {
		return err
	}
	return tx.put(bucketMemberships, userConvKey(m.User, m.Conv), mark{})
}

// addMember begins a membership of g with its join message; by added them, or
// is 0. The caller has checked that user is not in it.
func (tx *txn) addMember(g *groupRecord, user, by UserID) error {
	return tx.join(g, user, Event{Type: EventJoined, User: user, By: by})
}

// join begins a membership whose first message is e.
func (tx *txn) join(g *groupRecord, user UserID, e Event) error {
	h, err := tx.head(g.ID)
	if err != nil {
		return err
	}
	rev, err := tx.raiseRev(user)
	if err != nil {
		return err
	}
	m := Membership{User: user, Conv: g.ID, Joined: h.seq + 1, FromSeq: 1, Role: g.role(user)}
	if g.History == HistoryJoined {
		m.FromSeq = m.Joined
	}
	if err := tx.putMember(m); err != nil {
		return err
	}
	if err := tx.putCursor(g.ID, Cursor{user, m.Joined, m.Joined}); err != nil {
		return err
	}
	if err := tx.delete(bucketRemoved, memberKey(g.ID, user)); err != nil {
		return err
	}
	g.MemberCount++
	if err := tx.putGroup(g); err != nil {
		return err
	}
	tx.emit(MemberJoined{m, rev})
	return tx.appendEvent(g.ID, e)
}

// endMember ends a membership; the message that says so stands before it. What
// was the member's own goes with it.
func (tx *txn) endMember(g *groupRecord, user UserID) error {
	rev, err := tx.raiseRev(user)
	if err != nil {
		return err
	}
	own := userConvKey(user, g.ID)
	if err := errors.Join(
		tx.delete(bucketMembers, memberKey(g.ID, user)),
		tx.delete(bucketMemberships, own),
		tx.delete(bucketCursors, own),
		tx.delete(bucketHidden, own),
	); err != nil {
		return err
	}
	g.MemberCount--
	tx.emit(MemberLeft{user, g.ID, rev})
	return nil
}
