package httpapi

import (
	"errors"

	"teahouse/hub"
	"teahouse/store"
)

// foundGroup is a group as anybody who may find it sees it.
type foundGroup struct {
	Conv        store.ConvID `json:"conv"`
	Name        string       `json:"name"`
	Everyone    bool         `json:"everyone"`
	Join        string       `json:"join"`
	MemberCount int          `json:"member_count"`
	Member      bool         `json:"member"`
}

// wholeGroup is a group as its members see it; others get only the foundGroup.
type wholeGroup struct {
	foundGroup
	Owner   store.UserID `json:"owner,omitzero"`
	History string       `json:"history,omitempty"`
	Notice  string       `json:"notice,omitempty"`
	Role    string       `json:"role,omitempty"`
}

type groupMember struct {
	User   store.UserID `json:"user"`
	Role   string       `json:"role"`
	Online bool         `json:"online"`
}

func toFoundGroup(g store.Group, isMember bool) foundGroup {
	return foundGroup{g.ID, g.Name, g.Everyone, g.Join, g.MemberCount, isMember}
}

// pathGroup reads the group a route names. What has not the form of a group's
// number is no group.
func (c *call) pathGroup() (store.ConvID, error) {
	id, err := store.ParseConvID(c.r.PathValue("id"))
	if err != nil || !id.IsGroup() {
		return "", store.ErrNoSuchGroup
	}
	return id, nil
}

func (a *api) handleFindGroups(c *call) (any, error) {
	groups, err := a.store.FindGroups(c.user.ID, c.r.URL.Query().Get("query"), maxListed)
	if err != nil {
		return nil, err
	}
	list := make([]foundGroup, 0, len(groups))
	for _, g := range groups {
		isMember, err := a.isMember(c.user.ID, g.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, toFoundGroup(g, isMember))
	}
	return struct {
		Groups []foundGroup `json:"groups"`
	}{list}, nil
}

// isMember reports whether a conversation has a cursor of user, as it has of all
// its members.
func (a *api) isMember(user store.UserID, conv store.ConvID) (bool, error) {
	_, _, err := a.store.CursorOf(user, conv)
	if errors.Is(err, store.ErrNoSuchConversation) {
		return false, nil
	}
	return err == nil, err
}

func (a *api) handleCreateGroup(c *call) (any, error) {
	var body struct {
		ClientID string         `json:"client_id"`
		Name     string         `json:"name"`
		Members  []store.UserID `json:"members"`
		Join     string         `json:"join"`
		History  string         `json:"history"`
	}
	if err := c.decode(&body); err != nil {
		return nil, err
	}
	op := &store.CreateGroup{
		By: c.user.ID, ClientID: body.ClientID, Name: body.Name,
		Members: body.Members, Join: body.Join, History: body.History,
	}
	if err := a.do(c, op); err != nil {
		return nil, err
	}
	return a.conversation(c, op.Conv)
}

// conversation answers with one conversation as the caller sees it.
func (a *api) conversation(c *call, conv store.ConvID) (any, error) {
	conversation, _, err := a.store.Conversation(c.user.ID, conv)
	if err != nil {
		return nil, err
	}
	return struct {
		Conversation hub.Conversation `json:"conversation"`
	}{hub.ToConversation(conversation)}, nil
}

// handleGroup shows a group: whole to its members, name and size to others who
// may find it.
func (a *api) handleGroup(c *call) (any, error) {
	id, err := c.pathGroup()
	if err != nil {
		return nil, err
	}
	g, members, err := a.store.GroupFor(c.user.ID, id)
	if err != nil {
		return nil, err
	}
	answer := struct {
		Group   wholeGroup    `json:"group"`
		Members []groupMember `json:"members"`
		Users   []hub.User    `json:"users"`
	}{Group: wholeGroup{foundGroup: toFoundGroup(g, len(members) > 0)}}
	if len(members) == 0 {
		return answer, nil
	}
	answer.Group.Owner, answer.Group.History, answer.Group.Notice = g.Owner, g.History, g.Notice
	ids := make([]store.UserID, 0, len(members))
	for _, m := range members {
		if m.User == c.user.ID {
			answer.Group.Role = m.Role
		}
		ids = append(ids, m.User)
		answer.Members = append(answer.Members, groupMember{m.User, m.Role, a.hub.Online(m.User)})
	}
	answer.Users, err = a.profiles(ids)
	return answer, err
}

func (a *api) handleChangeGroup(c *call) (any, error) {
	id, err := c.pathGroup()
	if err != nil {
		return nil, err
	}
	var body struct {
		Name    *string `json:"name"`
		Notice  *string `json:"notice"`
		Join    *string `json:"join"`
		History *string `json:"history"`
	}
	if err := c.decode(&body); err != nil {
		return nil, err
	}
	return empty{}, a.do(c, &store.ChangeGroup{
		By: c.user.ID, Conv: id,
		Name: body.Name, Notice: body.Notice, Join: body.Join, History: body.History,
	})
}

func (a *api) handleDissolveGroup(c *call) (any, error) {
	id, err := c.pathGroup()
	if err != nil {
		return nil, err
	}
	return empty{}, a.do(c, &store.DissolveGroup{By: c.user.ID, Conv: id})
}

func (a *api) handleJoinGroup(c *call) (any, error) {
	id, err := c.pathGroup()
	if err != nil {
		return nil, err
	}
	var body struct {
		ClientID string `json:"client_id"`
	}
	if err := c.decode(&body); err != nil {
		return nil, err
	}
	if err := a.do(c, &store.JoinGroup{By: c.user.ID, ClientID: body.ClientID, Conv: id}); err != nil {
		return nil, err
	}
	return a.conversation(c, id)
}

func (a *api) handleAddMembers(c *call) (any, error) {
	id, err := c.pathGroup()
	if err != nil {
		return nil, err
	}
	var body struct {
		ClientID string         `json:"client_id"`
		Users    []store.UserID `json:"users"`
	}
	if err := c.decode(&body); err != nil {
		return nil, err
	}
	return empty{}, a.do(c, &store.AddMembers{
		By: c.user.ID, ClientID: body.ClientID, Conv: id, Users: body.Users,
	})
}

// handleRemoveMember removes a member, or lets the caller leave ("me").
func (a *api) handleRemoveMember(c *call) (any, error) {
	id, err := c.pathGroup()
	if err != nil {
		return nil, err
	}
	member := c.user.ID
	if name := c.r.PathValue("user"); name != "me" {
		if member, err = store.ParseUserID(name); err != nil {
			return nil, store.ErrNotFound
		}
	}
	return empty{}, a.do(c, &store.RemoveMember{By: c.user.ID, User: member, Conv: id})
}

func (a *api) handleChangeOwner(c *call) (any, error) {
	id, err := c.pathGroup()
	if err != nil {
		return nil, err
	}
	var body struct {
		User store.UserID `json:"user"`
	}
	if err := c.decode(&body); err != nil {
		return nil, err
	}
	return empty{}, a.do(c, &store.ChangeOwner{By: c.user.ID, User: body.User, Conv: id})
}
