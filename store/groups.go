package store

import (
	"cmp"
	"errors"
	"slices"
	"unicode/utf8"
)

// Who may join, and what a newcomer may read.
const (
	JoinOpen      = "open"
	JoinMembers   = "members"
	HistoryAll    = "all"
	HistoryJoined = "joined"
)

// Roles of a member.
const (
	RoleOwner  = "owner"
	RoleMember = "member"
)

// Group is a conversation with members. Name is "" for the group Everyone until
// it is renamed; the page words it.
type Group struct {
	ID            ConvID
	Name          string
	Owner         UserID
	Join, History string
	Notice        string
	Avatar        string
	Everyone      bool
	CreatedAt     int64
	MemberCount   int
}

// groupRecord is a group as it is stored; its key is the conversation. Dissolved
// groups stay, so that their number is not used again.
type groupRecord struct {
	Group
	folded    string // of the name, for searches
	dissolved bool
}

func (g *groupRecord) encode(e *encoder) {
	e.string(g.Name)
	e.user(g.Owner)
	e.string(g.Join)
	e.string(g.History)
	e.string(g.Notice)
	e.string(g.Avatar)
	e.bool(g.Everyone)
	e.int(g.CreatedAt)
	e.uint(uint64(g.MemberCount))
	e.string(g.folded)
	e.bool(g.dissolved)
}

func (g *groupRecord) decode(d *decoder) {
	g.Name, g.Owner = d.string(), d.user()
	g.Join, g.History, g.Notice, g.Avatar = d.string(), d.string(), d.string(), d.string()
	g.Everyone, g.CreatedAt = d.bool(), d.int()
	g.MemberCount = int(d.uint())
	g.folded, g.dissolved = d.string(), d.bool()
}

// role returns what user is in the group, if they are in it.
func (g *groupRecord) role(user UserID) string {
	if user == g.Owner {
		return RoleOwner
	}
	return RoleMember
}

// group reads a group that is not dissolved. ErrNoSuchGroup.
func (tx *txn) group(id ConvID) (*groupRecord, error) {
	g := &groupRecord{Group: Group{ID: id}}
	ok, err := tx.get(bucketGroups, convKey(id), g)
	if err == nil && (!ok || g.dissolved) {
		err = ErrNoSuchGroup
	}
	return g, err
}

// groupOf reads a group that user is in. ErrNoSuchGroup.
func (tx *txn) groupOf(user UserID, id ConvID) (*groupRecord, error) {
	g, err := tx.group(id)
	if err == nil && !tx.isMember(id, user) {
		err = ErrNoSuchGroup
	}
	return g, err
}

// ownedGroup reads a group that user owns. ErrNoSuchGroup if they are not in it,
// ErrNotOwner if they are.
func (tx *txn) ownedGroup(user UserID, id ConvID) (*groupRecord, error) {
	g, err := tx.groupOf(user, id)
	if err == nil && g.Owner != user {
		err = ErrNotOwner
	}
	return g, err
}

// governedGroup reads a group that user may hand over or dissolve: their own, or
// any while its owner is disabled if they are an admin, who need not be in it.
// ErrNoSuchGroup, ErrNotOwner.
func (tx *txn) governedGroup(user UserID, id ConvID) (*groupRecord, error) {
	g, err := tx.group(id)
	if err != nil {
		return nil, err
	}
	owner, err := tx.user(g.Owner)
	if err != nil {
		return nil, err
	}
	if owner.Disabled {
		switch err := tx.requireAdmin(user); {
		case err == nil:
			return g, nil
		case !errors.Is(err, ErrNotAdmin):
			return nil, err
		}
	}
	return tx.ownedGroup(user, id)
}

func (tx *txn) putGroup(g *groupRecord) error {
	g.folded = foldName(g.Name)
	return tx.put(bucketGroups, convKey(g.ID), g)
}

// everyone returns the group Everyone, or nil where there is none.
func (tx *txn) everyone(s Settings) (*groupRecord, error) {
	if s.Everyone == "" {
		return nil, nil
	}
	return tx.group(s.Everyone)
}

// GroupFor returns a group as user may see it: members see it whole with its
// members (in the order owner first, then by join), anyone else an open group
// without them. ErrNoSuchGroup otherwise.
func (s *Store) GroupFor(user UserID, id ConvID) (g Group, members []Membership, err error) {
	err = s.view(func(tx *txn) error {
		r, err := tx.group(id)
		if err != nil {
			return err
		}
		if !tx.isMember(id, user) {
			if r.Join != JoinOpen {
				return ErrNoSuchGroup
			}
			g = r.Group
			return nil
		}
		g = r.Group
		members, err = tx.members(id)
		return err
	})
	if err != nil {
		return Group{}, nil, err
	}
	slices.SortFunc(members, func(a, b Membership) int { return cmp.Compare(a.place(), b.place()) })
	return g, members, nil
}

// place orders the members of a group: the owner, then the others by join.
func (m Membership) place() uint64 {
	if m.Role == RoleOwner {
		return 0
	}
	return m.Joined
}

// everyoneNames are what people call the group Everyone, folded, beside the name
// it may have been given.
var everyoneNames = []string{"everyone", "大家"}

// FindGroups lists those user is in and the open ones from which the owner has not
// removed them, by number or name (exact, prefix, contains); an empty query lists
// them by name; at most limit (0 means 200). The group Everyone is found as "everyone" and "大家" too.
func (s *Store) FindGroups(user UserID, query string, limit int) (groups []Group, err error) {
	if limit <= 0 || limit > maxPageGroups {
		limit = maxPageGroups
	}
	if len(query) > maxNameBytes || !utf8.ValidString(query) {
		return nil, nil
	}
	folded := foldName(query)
	type found struct {
		groupRecord
		rank int
	}
	var all []found
	err = s.view(func(tx *txn) error {
		return tx.scan(bucketGroups, nil, func(k, v []byte) error {
			id, err := parseConv(k)
			g := groupRecord{Group: Group{ID: id}}
			if err == nil {
				err = openRecord(k, v, &g)
			}
			if err != nil {
				tx.noteDamage(bucketGroups, k)
				return nil
			}
			rank := g.rank(folded)
			mayJoin := g.Join == JoinOpen && !tx.wasRemoved(id, user)
			if rank < rankNone && !g.dissolved && (mayJoin || tx.isMember(id, user)) {
				all = append(all, found{g, rank})
			}
			return nil
		})
	})
	slices.SortFunc(all, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.folded, b.folded), cmp.Compare(a.ID, b.ID))
	})
	for _, g := range all[:min(limit, len(all))] {
		groups = append(groups, g.Group)
	}
	return groups, err
}

// maxPageGroups bounds a list of groups.
const maxPageGroups = 200

func (g *groupRecord) rank(query string) int {
	rank := min(matchRank(g.folded, query), numberRank(string(g.ID), query))
	if g.Everyone {
		for _, name := range everyoneNames {
			rank = min(rank, matchRank(name, query))
		}
	}
	return rank
}
