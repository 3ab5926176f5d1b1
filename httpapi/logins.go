package httpapi

import (
	"encoding/hex"
	"errors"

	"teahouse/store"
)

// loggedIn answers whatever ends in a new login.
type loggedIn struct {
	User me `json:"user"`
}

// handleLogin logs in. An unknown name, an account without a password and a
// wrong password get the same answer after the same time; whether an account is
// disabled is said only to who knows its password.
func (a *api) handleLogin(c *call) (any, error) {
	var body struct {
		Name     string `json:"name"`
		Password string `json:"password"`
	}
	if err := c.decode(&body); err != nil {
		return nil, err
	}
	if err := a.requireAllowance(c); err != nil {
		return nil, err
	}
	cred, err := a.store.Credential(body.Name)
	var refusal *store.Refusal
	if err != nil && !errors.As(err, &refusal) {
		return nil, err
	}
	if err := a.check(c, loginBucket(c, cred, body.Name), body.Password, cred.PHC); err != nil {
		return nil, err
	}
	return a.startLogin(c, cred.User, cred.PHC)
}

type wireLogin struct {
	ID         string `json:"id"`
	Device     string `json:"device"`
	RemoteAddr string `json:"remote_addr"`
	CreatedAt  int64  `json:"created_at"`
	SeenAt     int64  `json:"seen_at"`
	Current    bool   `json:"current"`
}

// publicID names a login on the wire: 8 of the 32 bytes, enough to tell one's own
// apart and of no use to log in with.
func publicID(id store.LoginID) string { return hex.EncodeToString(id[:8]) }

func (a *api) handleListLogins(c *call) (any, error) {
	logins, err := a.store.Logins(c.user.ID)
	if err != nil {
		return nil, err
	}
	list := make([]wireLogin, 0, len(logins))
	for _, l := range logins {
		list = append(list, wireLogin{
			publicID(l.ID), l.Device, l.RemoteAddr, l.CreatedAt, l.SeenAt, l.ID == c.login.ID,
		})
	}
	return struct {
		Logins []wireLogin `json:"logins"`
	}{list}, nil
}

// handleEndLogin logs out: here ("current"), or one of the caller's other
// devices.
func (a *api) handleEndLogin(c *call) (any, error) {
	id, err := a.namedLogin(c, c.r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if err := a.endLogin(c.user.ID, id); err != nil {
		return nil, err
	}
	if id == c.login.ID {
		clearLoginCookie(c)
	}
	return empty{}, nil
}

func (a *api) namedLogin(c *call, name string) (store.LoginID, error) {
	if name == "current" {
		return c.login.ID, nil
	}
	logins, err := a.store.Logins(c.user.ID)
	if err != nil {
		return store.LoginID{}, err
	}
	for _, l := range logins {
		if publicID(l.ID) == name {
			return l.ID, nil
		}
	}
	return store.LoginID{}, store.ErrNotFound
}

// handleChangePassword sets a new password, ends all other logins and renews
// this one.
func (a *api) handleChangePassword(c *call) (any, error) {
	var body struct {
		OldPassword string `json:"old_password"`
		Password    string `json:"password"`
	}
	if err := c.decode(&body); err != nil {
		return nil, err
	}
	if err := a.requireAllowance(c); err != nil {
		return nil, err
	}
	cred, err := a.store.CredentialOf(c.user.ID)
	if err != nil {
		return nil, err
	}
	b := bucketOf("change", []byte(c.user.ID.String()))
	if err := a.check(c, b, body.OldPassword, cred.PHC); err != nil {
		return nil, err
	}
	hash, err := a.newPassword(c, body.Password, c.user.Name)
	if err != nil {
		return nil, err
	}
	ended, err := a.store.SetPassword(c.user.ID, hash, c.login.ID)
	if err != nil {
		return nil, err
	}
	a.hub.CloseLogins(ended)
	return empty{}, a.renewLogin(c, hash)
}

// renewLogin gives the caller's login a new token.
func (a *api) renewLogin(c *call, hash string) error {
	login, token := a.newLogin(c, c.user.ID)
	login.CreatedAt = c.login.CreatedAt
	if err := a.store.ReplaceLogin(c.login.ID, login); err != nil {
		return err
	}
	a.hub.RenewLogin(c.login.ID, login.ID)
	a.setCookies(c, c.user.ID, token, hash)
	return nil
}
