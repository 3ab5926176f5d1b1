package httpapi

import (
	"teahouse/hub"
	"teahouse/store"
)

// wireSettings is the server's own settings, for its admins. Addresses are the
// URLs other devices reach it under, best first: links are built from them, not
// from the address the admin's own page came from.
type wireSettings struct {
	ServerName   string       `json:"server_name"`
	Registration string       `json:"registration"`
	Everyone     store.ConvID `json:"everyone"`
	Addresses    []string     `json:"addresses"`
}

func (a *api) toSettings(s store.Settings) wireSettings {
	return wireSettings{s.ServerName, s.Registration, s.Everyone, a.addresses()}
}

func (a *api) handleSettings(*call) (any, error) {
	settings, err := a.store.Settings()
	if err != nil {
		return nil, err
	}
	return a.toSettings(settings), nil
}

func (a *api) handleChangeSettings(c *call) (any, error) {
	var body struct {
		ServerName   *string `json:"server_name"`
		Registration *string `json:"registration"`
	}
	if err := c.decode(&body); err != nil {
		return nil, err
	}
	settings, err := a.store.ChangeSettings(body.ServerName, body.Registration)
	if err != nil {
		return nil, err
	}
	a.log.Info("settings changed", "user", c.user.ID)
	return a.toSettings(settings), nil
}

// adminUser is an account as admins see it.
type adminUser struct {
	User        store.UserID `json:"user"`
	Name        string       `json:"name"`
	DisplayName string       `json:"display_name"`
	Avatar      string       `json:"avatar"`
	Admin       bool         `json:"admin"`
	Disabled    bool         `json:"disabled"`
	CreatedAt   int64        `json:"created_at"`
}

func toAdminUser(u store.User) adminUser {
	return adminUser{u.ID, u.Name, u.DisplayName, u.Avatar, u.Admin, u.Disabled, u.CreatedAt}
}

// pathUser reads the user a route names.
func (c *call) pathUser() (store.UserID, error) {
	id, err := store.ParseUserID(c.r.PathValue("id"))
	if err != nil {
		return 0, store.ErrNoSuchUser
	}
	return id, nil
}

// handleAdminUsers lists accounts, the disabled ones too.
func (a *api) handleAdminUsers(c *call) (any, error) {
	query := c.r.URL.Query()
	after, err := parseAfter(query.Get("after"))
	if err != nil {
		return nil, err
	}
	users, more, err := a.store.FindUsers(query.Get("query"), after, maxListed, true)
	if err != nil {
		return nil, err
	}
	list := make([]adminUser, 0, len(users))
	for _, u := range users {
		list = append(list, toAdminUser(u))
	}
	return struct {
		Users []adminUser `json:"users"`
		More  bool        `json:"more"`
	}{list, more}, nil
}

// handleMakeUser makes an account by hand. It has no password: its owner sets
// one with the code.
func (a *api) handleMakeUser(c *call) (any, error) {
	var body struct {
		Name        string `json:"name"`
		DisplayName string `json:"display_name"`
	}
	if err := c.decode(&body); err != nil {
		return nil, err
	}
	op := &store.Register{Name: body.Name, DisplayName: body.DisplayName, ByAdmin: c.user.ID}
	if err := a.do(c, op); err != nil {
		return nil, err
	}
	code, err := a.makeResetCode(op.User.ID, FirstCodeValid)
	if err != nil {
		return nil, err
	}
	a.log.Info("account made", "user", op.User.ID, "by", c.user.ID)
	return struct {
		User hub.User `json:"user"`
		resetCode
	}{hub.ToUser(op.User), code}, nil
}

// handleDisableUser disables an account or enables it again. Disabling ends its
// logins and their sockets.
func (a *api) handleDisableUser(c *call) (any, error) {
	id, err := c.pathUser()
	if err != nil {
		return nil, err
	}
	var body struct {
		Disabled *bool `json:"disabled"`
	}
	if err := c.decode(&body); err != nil {
		return nil, err
	}
	if body.Disabled == nil {
		return nil, store.ErrInvalid
	}
	op := &store.ChangeUser{By: c.user.ID, User: id, Disabled: body.Disabled}
	if err := a.do(c, op); err != nil {
		return nil, err
	}
	a.hub.CloseLogins(op.EndedLogins)
	a.log.Info("account changed", "user", id, "disabled", *body.Disabled, "by", c.user.ID)
	return struct {
		User adminUser `json:"user"`
	}{toAdminUser(op.Result)}, nil
}

// handleResetCode makes a one-time code with which somebody who forgot their
// password sets a new one. The admin never knows the password.
func (a *api) handleResetCode(c *call) (any, error) {
	id, err := c.pathUser()
	if err != nil {
		return nil, err
	}
	if err := c.decode(&empty{}); err != nil {
		return nil, err
	}
	cred, err := a.store.CredentialOf(id)
	if err != nil {
		return nil, err
	}
	if cred.Disabled {
		return nil, store.ErrDisabled
	}
	valid := ResetValid
	if cred.PHC == "" {
		valid = FirstCodeValid
	}
	code, err := a.makeResetCode(id, valid)
	if err != nil {
		return nil, err
	}
	a.log.Info("reset code made", "user", id, "by", c.user.ID)
	return code, nil
}
