package store

import (
	"cmp"
	"slices"
)

// Conversation is a conversation as one of its members sees it.
type Conversation struct {
	Conv            ConvID
	Group           *Group  // nil for a direct conversation
	Peer            *Cursor // the other user of a direct conversation, nil for a group
	Head            uint64
	HeadAt          int64
	Joined, FromSeq uint64
	Read, Delivered uint64
	Unread          uint64
	Last            *Message // the newest message this member may read, or nil
	At              int64    // when it last moved: Last.At, else when it began
	Role            string
	Writable        bool   // false once the two are no longer contacts
	HiddenAt        uint64 // hidden while Head <= HiddenAt and HiddenAt > 0
}

// Bootstrap is all a page needs to begin, read in one transaction.
type Bootstrap struct {
	Rev, People   uint64
	Me            User
	Contacts      []Contact
	Conversations []Conversation // newest At first
	Users         []User         // the profiles the above name
}

// Bootstrap reads it for one user. ErrNoSuchUser.
func (s *Store) Bootstrap(user UserID) (b Bootstrap, err error) {
	err = s.view(func(tx *txn) error {
		b, err = tx.bootstrap(user)
		return err
	})
	return b, err
}

func (tx *txn) bootstrap(user UserID) (b Bootstrap, err error) {
	if b.Me, err = tx.user(user); err != nil {
		return b, err
	}
	if b.Rev, b.People, err = tx.revNumbers(user); err != nil {
		return b, err
	}
	if b.Contacts, err = tx.contacts(user); err != nil {
		return b, err
	}
	err = tx.scan(bucketMemberships, userKey(user), func(k, _ []byte) error {
		conv, err := parseConv(k[userKeyLen:])
		if err != nil {
			return err
		}
		c, err := tx.conversation(user, conv)
		b.Conversations = append(b.Conversations, c)
		return err
	})
	if err != nil {
		return b, err
	}
	slices.SortStableFunc(b.Conversations, func(x, y Conversation) int { return cmp.Compare(y.At, x.At) })
	b.Users, err = tx.users(b.named())
	return b, err
}

// named lists the users the page needs profiles of, each once.
func (b *Bootstrap) named() []UserID {
	ids := []UserID{b.Me.ID}
	for _, c := range b.Contacts {
		ids = append(ids, c.User)
	}
	for _, c := range b.Conversations {
		if c.Peer != nil {
			ids = append(ids, c.Peer.User)
		}
		if c.Group != nil {
			ids = append(ids, c.Group.Owner)
		}
		if c.Last == nil {
			continue
		}
		ids = append(ids, c.Last.From)
		if e := c.Last.Event; e != nil {
			ids = append(ids, e.By, e.User)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	return slices.DeleteFunc(ids, func(id UserID) bool { return id == 0 })
}

// Conversation returns one conversation as user sees it, and the rev of that
// user in the same transaction. ErrNoSuchConversation.
func (s *Store) Conversation(user UserID, conv ConvID) (c Conversation, rev uint64, err error) {
	err = s.view(func(tx *txn) error {
		if c, err = tx.conversation(user, conv); err != nil {
			return err
		}
		rev, _, err = tx.revNumbers(user)
		return err
	})
	return c, rev, err
}

// conversation reads a conversation as user sees it. ErrNoSuchConversation.
func (tx *txn) conversation(user UserID, conv ConvID) (c Conversation, err error) {
	var r memberRecord
	ok, err := tx.get(bucketMembers, memberKey(conv, user), &r)
	if err != nil || !ok {
		return c, cmp.Or(err, error(ErrNoSuchConversation))
	}
	h, err := tx.head(conv)
	if err != nil {
		return c, err
	}
	c = Conversation{
		Conv: conv, Head: h.seq, HeadAt: h.at, Joined: r.joined, FromSeq: r.from, At: r.at,
		Writable: tx.isWritable(conv),
	}
	cursor, err := tx.cursor(user, conv)
	if err != nil {
		return c, err
	}
	c.Read, c.Delivered = cursor.Read, cursor.Delivered
	if c.Unread, err = tx.unread(conv, h, c.Read, c.FromSeq); err != nil {
		return c, err
	}
	if err := tx.addLast(&c); err != nil {
		return c, err
	}
	var hidden number
	if _, err := tx.get(bucketHidden, userConvKey(user, conv), &hidden); err != nil {
		return c, err
	}
	c.HiddenAt = uint64(hidden)
	return c, tx.addKind(&c, user)
}

// addLast adds the newest message.
func (tx *txn) addLast(c *Conversation) error {
	if c.Head == 0 || c.Head < c.FromSeq {
		return nil
	}
	m, err := tx.message(c.Conv, c.Head)
	if err != nil {
		return err
	}
	c.Last, c.At = &m, c.HeadAt
	return nil
}

// addKind adds what only a group or only a direct conversation has.
func (tx *txn) addKind(c *Conversation, user UserID) error {
	if peer, direct := c.Conv.Peer(user); direct {
		cursor, err := tx.cursor(peer, c.Conv)
		c.Peer = &cursor
		return err
	}
	g, err := tx.group(c.Conv)
	if err != nil {
		return err
	}
	c.Group, c.Role = &g.Group, g.role(user)
	return nil
}

// Revs returns a user's rev and the server-wide people number. rev rises in each
// transaction that changes that user's contacts, conversations, memberships or
// settings (not cursors); people rises with any profile.
func (s *Store) Revs(user UserID) (rev, people uint64, err error) {
	err = s.view(func(tx *txn) error {
		rev, people, err = tx.revNumbers(user)
		return err
	})
	return rev, people, err
}

func (tx *txn) revNumbers(user UserID) (rev, people uint64, err error) {
	var r, p number
	if _, err := tx.get(bucketRevs, userKey(user), &r); err != nil {
		return 0, 0, err
	}
	_, err = tx.get(bucketMeta, keyPeople, &p)
	return uint64(r), uint64(p), err
}

// IsMember reports whether user is in conv.
func (s *Store) IsMember(user UserID, conv ConvID) (is bool, err error) {
	err = s.view(func(tx *txn) error {
		is = tx.isMember(conv, user)
		return nil
	})
	return is, err
}
