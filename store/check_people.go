package store

// The part of CheckConsistency about users, contacts, groups and cursors.

// members checks that members and memberships mirror each other and that a
// membership begins inside its conversation.
func (c *checker) members() error {
	err := c.each(bucketMembers, func() record { return new(memberRecord) }, func(k []byte, r record) {
		conv, err := parseConv(k[:min(convKeyLen, len(k))])
		if err != nil || len(k) != convKeyLen+userKeyLen {
			return
		}
		user, m := parseUser(k[convKeyLen:]), r.(*memberRecord)
		if !c.tx.has(bucketMemberships, userConvKey(user, conv)) {
			c.report("%s: member %s has no membership", conv, user)
		}
		if !c.tx.has(bucketUsers, userKey(user)) {
			c.report("%s: member %s is no user", conv, user)
		}
		if h, err := c.tx.head(conv); err == nil && conv.IsGroup() && (m.joined == 0 || m.joined > h.seq || m.from > m.joined) {
			c.report("%s: member %s joined at %d and reads from %d, head %d", conv, user, m.joined, m.from, h.seq)
		}
		if _, direct := conv.Peer(user); !direct && !conv.IsGroup() {
			c.report("%s: %s is neither of the two", conv, user)
		}
	})
	if err != nil {
		return err
	}
	return c.each(bucketMemberships, func() record { return mark{} }, func(k []byte, _ record) {
		if len(k) != userKeyLen+convKeyLen {
			return
		}
		conv, err := parseConv(k[userKeyLen:])
		if err != nil || !c.tx.isMember(conv, parseUser(k)) {
			c.report("membership of %s in %s is not among the members", parseUser(k), conv)
		}
	})
}

// groups checks counts and owners, and that each group member list belongs to a
// group.
func (c *checker) groups() error {
	counts := map[ConvID]int{}
	err := c.each(bucketMembers, func() record { return new(memberRecord) }, func(k []byte, _ record) {
		if conv, err := parseConv(k[:min(convKeyLen, len(k))]); err == nil && conv.IsGroup() {
			counts[conv]++
		}
	})
	if err != nil {
		return err
	}
	err = c.each(bucketGroups, func() record { return new(groupRecord) }, func(k []byte, r record) {
		conv, err := parseConv(k)
		if err != nil {
			return
		}
		g := r.(*groupRecord)
		if g.MemberCount != counts[conv] {
			c.report("%s: counts %d members, there are %d", conv, g.MemberCount, counts[conv])
		}
		if g.dissolved != (counts[conv] == 0) {
			c.report("%s: dissolved is %t with %d members", conv, g.dissolved, counts[conv])
		}
		if !g.dissolved && !c.tx.isMember(conv, g.Owner) {
			c.report("%s: the owner %s is no member", conv, g.Owner)
		}
		delete(counts, conv)
	})
	for conv := range counts {
		if !c.tx.has(bucketGroups, convKey(conv)) {
			c.report("%s: members without a group", conv)
		}
	}
	return err
}

func (c *checker) contacts() error {
	return c.each(bucketContacts, func() record { return new(Contact) }, func(k []byte, _ record) {
		if len(k) != 2*userKeyLen {
			return
		}
		owner, other := parseUser(k), parseUser(k[userKeyLen:])
		if !c.tx.has(bucketContacts, pairKey(other, owner)) {
			c.report("contact of %s and %s is not mutual", owner, other)
		}
		if !c.tx.isMember(DirectConv(owner, other), owner) {
			c.report("contact of %s and %s has no conversation", owner, other)
		}
	})
}

func (c *checker) cursors() error {
	return c.each(bucketCursors, func() record { return new(Cursor) }, func(k []byte, r record) {
		if len(k) != userKeyLen+convKeyLen {
			return
		}
		conv, err := parseConv(k[userKeyLen:])
		if err != nil {
			return
		}
		user, cursor := parseUser(k), r.(*Cursor)
		h, err := c.tx.head(conv)
		if err == nil && (cursor.Read > cursor.Delivered || cursor.Delivered > h.seq) {
			c.report("%s: cursor of %s is read %d, delivered %d, head %d", conv, user, cursor.Read, cursor.Delivered, h.seq)
		}
		if !c.tx.isMember(conv, user) {
			c.report("%s: cursor of %s, who is no member", conv, user)
		}
	})
}

// names checks that user_names and users mirror each other.
func (c *checker) names() error {
	err := c.each(bucketUsers, func() record { return new(userRecord) }, func(k []byte, r record) {
		u := r.(*userRecord)
		var id number
		ok, err := c.tx.get(bucketUserNames, []byte(u.folded), &id)
		if err == nil && (!ok || UserID(id) != u.ID) || u.ID != parseUser(k) {
			c.report("user %s is not found by name", u.ID)
		}
	})
	if err != nil {
		return err
	}
	return c.each(bucketUserNames, func() record { return new(number) }, func(k []byte, r record) {
		id := UserID(*r.(*number))
		var u userRecord
		ok, err := c.tx.get(bucketUsers, userKey(id), &u)
		if err == nil && (!ok || u.folded != string(k)) {
			c.report("name %q belongs to %s, who has another", k, id)
		}
	})
}

// logins checks that logins and user_logins mirror each other.
func (c *checker) logins() error {
	err := c.each(bucketLogins, func() record { return new(Login) }, func(k []byte, r record) {
		if user := r.(*Login).User; !c.tx.has(bucketUserLogins, userLoginKey(user, LoginID(k))) {
			c.report("a login of %s is not listed", user)
		}
	})
	if err != nil {
		return err
	}
	return c.each(bucketUserLogins, func() record { return mark{} }, func(k []byte, _ record) {
		if len(k) != userKeyLen+len(LoginID{}) || !c.tx.has(bucketLogins, k[userKeyLen:]) {
			c.report("a listed login of %s is missing", parseUser(k))
		}
	})
}
