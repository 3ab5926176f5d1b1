package httpapi

import (
	"crypto/subtle"
	"errors"

	"teahouse/store"
)

// serverInfo is what anybody may know of this server.
type serverInfo struct {
	Name          string `json:"name"`
	Version       string `json:"version"`
	SetupRequired bool   `json:"setup_required"`
	Registration  string `json:"registration"`
	Host          string `json:"host"`
}

func (a *api) handleServer(*call) (any, error) {
	settings, err := a.store.Settings()
	if err != nil {
		return nil, err
	}
	return serverInfo{
		settings.ServerName, a.version, !settings.Claimed, settings.Registration, a.host,
	}, nil
}

// requireClaimed refuses while there is no admin. Once claimed is for ever.
func (a *api) requireClaimed() error {
	if a.claimed.Load() {
		return nil
	}
	settings, err := a.store.Settings()
	if err != nil {
		return err
	}
	if !settings.Claimed {
		return store.ErrSetupRequired
	}
	a.claimed.Store(true)
	return nil
}

// requireUnclaimed answers 404 once there is an admin.
func (a *api) requireUnclaimed() error {
	err := a.requireClaimed()
	switch {
	case err == nil:
		return store.ErrNotFound
	case errors.Is(err, store.ErrSetupRequired):
		return nil
	}
	return err
}

// handleSetup makes the first admin for who holds the token of the set-up link.
// Claims stand in line before the hashing, so that of many at once one hashes
// and the others find the server claimed.
func (a *api) handleSetup(c *call) (any, error) {
	if err := a.requireUnclaimed(); err != nil {
		return nil, err
	}
	var body struct {
		Token        string `json:"token"`
		ServerName   string `json:"server_name"`
		Name         string `json:"name"`
		Password     string `json:"password"`
		Registration string `json:"registration"`
		Everyone     bool   `json:"everyone"`
		Language     string `json:"language"`
	}
	if err := c.decode(&body); err != nil {
		return nil, err
	}
	if !a.isSetupToken(body.Token) {
		// Right tokens are not counted: they end the claiming by themselves.
		if err := a.requireAllowance(c); err != nil {
			return nil, err
		}
		return nil, store.ErrBadCode
	}
	claim := &store.Claim{
		ServerName: body.ServerName, Name: body.Name, Registration: body.Registration,
		Everyone: body.Everyone, Language: body.Language,
	}
	if err := a.claim(c, claim, body.Password); err != nil {
		return nil, err
	}
	return a.startLogin(c, claim.User.ID, claim.PHC)
}

// claim runs one claim at a time.
func (a *api) claim(c *call, op *store.Claim, password string) (err error) {
	select {
	case a.claiming <- struct{}{}:
		defer func() { <-a.claiming }()
	case <-c.r.Context().Done():
		return c.r.Context().Err()
	}
	if err := a.requireUnclaimed(); err != nil {
		return err
	}
	if op.PHC, err = a.newPassword(c, password, op.Name); err != nil {
		return err
	}
	if err := a.do(c, op); err != nil {
		return err
	}
	if a.onClaimed != nil {
		a.onClaimed()
	}
	a.log.Info("the server is claimed", "user", op.User.ID, "remote", remoteHost(c.r))
	return nil
}

func (a *api) isSetupToken(token string) bool {
	return a.setupToken != "" && subtle.ConstantTimeCompare([]byte(token), []byte(a.setupToken)) == 1
}
