package httpapi

import (
	"slices"
	"strings"

	"teahouse/hub"
	"teahouse/store"
)

// maxListed is how many people or groups one answer lists at most.
const maxListed = 200

// me is one's own account.
type me struct {
	User        store.UserID `json:"user"`
	Name        string       `json:"name"`
	DisplayName string       `json:"display_name"`
	Avatar      string       `json:"avatar"`
	Language    string       `json:"language"`
	Admin       bool         `json:"admin"`
}

func toMe(u store.User) me {
	return me{u.ID, u.Name, u.DisplayName, u.Avatar, u.Language, u.Admin}
}

// userPage is a list of people.
type userPage struct {
	Users []hub.User `json:"users"`
	More  bool       `json:"more"`
}

func toUsers(users []store.User) []hub.User {
	list := make([]hub.User, 0, len(users))
	for _, u := range users {
		list = append(list, hub.ToUser(u))
	}
	return list
}

// profiles returns the profiles of ids in ascending order; each once, 0 passed
// over.
func (a *api) profiles(ids []store.UserID) ([]hub.User, error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) > 0 && ids[0] == 0 {
		ids = ids[1:]
	}
	users, err := a.store.Users(ids)
	return toUsers(users), err
}

// handleRegister makes an account and logs it in. What the rule of registration
// refuses is refused before anything is hashed.
func (a *api) handleRegister(c *call) (any, error) {
	var body struct {
		Name        string `json:"name"`
		Password    string `json:"password"`
		DisplayName string `json:"display_name"`
		Invite      string `json:"invite"`
		Language    string `json:"language"`
	}
	if err := c.decode(&body); err != nil {
		return nil, err
	}
	if err := a.requireAllowance(c); err != nil {
		return nil, err
	}
	if err := a.requireOpenFor(body.Invite); err != nil {
		return nil, err
	}
	if _, err := a.store.UserByName(body.Name); err == nil {
		return nil, store.ErrNameTaken
	}
	hash, err := a.newPassword(c, body.Password, body.Name)
	if err != nil {
		return nil, err
	}
	op := &store.Register{
		Name: body.Name, DisplayName: body.DisplayName, PHC: hash,
		Invite: body.Invite, Language: body.Language,
	}
	if err := a.do(c, op); err != nil {
		return nil, err
	}
	return a.startLogin(c, op.User.ID, hash)
}

// requireOpenFor says whether somebody with this invite ("" for none) may
// register. The transaction that registers decides again.
func (a *api) requireOpenFor(invite string) error {
	settings, err := a.store.Settings()
	switch {
	case err != nil:
		return err
	case settings.Registration == store.RegistrationClosed:
		return store.ErrRegistrationClosed
	case invite != "":
		return a.store.InviteValid(invite)
	case settings.Registration == store.RegistrationInvite:
		return store.ErrInviteRequired
	}
	return nil
}

// handleFindUsers lists people: by ids, or a page of those who answer a query.
func (a *api) handleFindUsers(c *call) (any, error) {
	query := c.r.URL.Query()
	if query.Has("ids") {
		return a.usersByID(query.Get("ids"))
	}
	after, err := parseAfter(query.Get("after"))
	if err != nil {
		return nil, err
	}
	users, more, err := a.store.FindUsers(query.Get("query"), after, maxListed, false)
	if err != nil {
		return nil, err
	}
	return userPage{toUsers(users), more}, nil
}

func (a *api) usersByID(list string) (any, error) {
	names := strings.Split(list, ",")
	if len(names) > maxListed {
		return nil, store.ErrInvalid
	}
	ids := make([]store.UserID, 0, len(names))
	for _, name := range names {
		id, err := store.ParseUserID(name)
		if err != nil {
			return nil, store.ErrInvalid
		}
		ids = append(ids, id)
	}
	users, err := a.profiles(ids)
	if err != nil {
		return nil, err
	}
	return struct {
		Users []hub.User `json:"users"`
	}{users}, nil
}

// parseAfter reads the end of the page before; "" is the first page.
func parseAfter(s string) (store.UserID, error) {
	if s == "" {
		return 0, nil
	}
	id, err := store.ParseUserID(s)
	if err != nil {
		return 0, store.ErrInvalid
	}
	return id, nil
}

// handleChangeMe changes one's own profile.
func (a *api) handleChangeMe(c *call) (any, error) {
	var body struct {
		DisplayName *string `json:"display_name"`
		Language    *string `json:"language"`
	}
	if err := c.decode(&body); err != nil {
		return nil, err
	}
	op := &store.ChangeUser{
		By: c.user.ID, User: c.user.ID, DisplayName: body.DisplayName, Language: body.Language,
	}
	if err := a.do(c, op); err != nil {
		return nil, err
	}
	return struct {
		Me me `json:"me"`
	}{toMe(op.Result)}, nil
}
