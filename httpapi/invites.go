package httpapi

import (
	"time"

	"teahouse/store"
)

const (
	inviteValid    = 7 * 24 * time.Hour // unless its maker says otherwise
	maxInviteValid = 366 * 24 * time.Hour
	maxInviteUses  = 100_000
)

type wireInvite struct {
	Code      string       `json:"code"`
	By        store.UserID `json:"by"`
	CreatedAt int64        `json:"created_at"`
	ExpiresAt int64        `json:"expires_at"`
	MaxUses   int          `json:"max_uses"` // 0 is no limit
	Uses      int          `json:"uses"`
}

func toInvite(i store.Invite) wireInvite {
	return wireInvite{i.Code, i.By, i.CreatedAt, i.ExpiresAt, i.MaxUses, i.Uses}
}

// handleCheckInvite says whether a link would let somebody register now, so that
// the page can say at once that it is dead.
func (a *api) handleCheckInvite(c *call) (any, error) {
	var body struct {
		Code string `json:"code"`
	}
	if err := c.decode(&body); err != nil {
		return nil, err
	}
	if err := a.store.InviteValid(body.Code); err != nil {
		return nil, err
	}
	return struct {
		Valid bool `json:"valid"`
	}{true}, nil
}

func (a *api) handleInvites(*call) (any, error) {
	invites, err := a.store.Invites()
	if err != nil {
		return nil, err
	}
	list := make([]wireInvite, 0, len(invites))
	for _, i := range invites {
		list = append(list, toInvite(i))
	}
	return struct {
		Invites []wireInvite `json:"invites"`
	}{list}, nil
}

// handleCreateInvite makes a link; for one person and a week unless told.
func (a *api) handleCreateInvite(c *call) (any, error) {
	var body struct {
		MaxUses   *int   `json:"max_uses"`
		ExpiresAt *int64 `json:"expires_at"`
	}
	if err := c.decode(&body); err != nil {
		return nil, err
	}
	now := a.now()
	uses, expires := 1, now.Add(inviteValid).UnixMilli()
	if body.MaxUses != nil {
		uses = *body.MaxUses
	}
	if body.ExpiresAt != nil {
		expires = *body.ExpiresAt
	}
	if uses < 0 || uses > maxInviteUses || expires <= now.UnixMilli() || expires > now.Add(maxInviteValid).UnixMilli() {
		return nil, store.ErrInvalid
	}
	invite, err := a.store.CreateInvite(c.user.ID, uses, expires)
	if err != nil {
		return nil, err
	}
	a.log.Info("invite made", "user", c.user.ID)
	return struct {
		Invite wireInvite `json:"invite"`
	}{toInvite(invite)}, nil
}

func (a *api) handleRevokeInvite(c *call) (any, error) {
	if err := a.store.RevokeInvite(c.r.PathValue("code")); err != nil {
		return nil, err
	}
	a.log.Info("invite revoked", "user", c.user.ID)
	return empty{}, nil
}
