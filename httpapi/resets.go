package httpapi

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"teahouse/store"
)

const (
	resetCodeBytes = 16 // 128 bits, in 22 characters of base64url

	// ResetValid is how long a one-time code may be used.
	ResetValid = 30 * time.Minute
	// FirstCodeValid is how long the code of an account without a password may be:
	// its owner may be away for the weekend.
	FirstCodeValid = 7 * 24 * time.Hour
)

// NewResetCode makes a one-time code with which somebody sets a password, and
// the hash it is stored under.
func NewResetCode() (code string, hash [32]byte) {
	code = base64.RawURLEncoding.EncodeToString(randomBytes(resetCodeBytes))
	return code, hashResetCode(code)
}

// hashResetCode forgives what copying adds.
func hashResetCode(code string) [32]byte { return sha256.Sum256([]byte(strings.TrimSpace(code))) }

// handleReset sets a password with a one-time code, ends all logins of the
// account and logs in. An unknown name and a wrong code get the same answer
// after the same time.
func (a *api) handleReset(c *call) (any, error) {
	var body struct {
		Name     string `json:"name"`
		Code     string `json:"code"`
		Password string `json:"password"`
	}
	if err := c.decode(&body); err != nil {
		return nil, err
	}
	if err := a.requireAllowance(c); err != nil {
		return nil, err
	}
	hash, err := a.newPassword(c, body.Password, body.Name)
	if err != nil {
		return nil, err
	}
	user, ended, err := a.store.UseReset(body.Name, hashResetCode(body.Code), hash)
	if err != nil {
		return nil, err
	}
	a.hub.CloseLogins(ended)
	a.throttle.succeed(bucketOf("user", []byte(user.String())))
	a.log.Info("password reset", "user", user, "remote", remoteHost(c.r))
	return a.startLogin(c, user, hash)
}

// resetCode is a code on its way to the one who will use it.
type resetCode struct {
	Code      string `json:"code"`
	ExpiresAt int64  `json:"expires_at"`
}

// makeResetCode stores a new code for user; earlier ones end.
func (a *api) makeResetCode(user store.UserID, valid time.Duration) (resetCode, error) {
	code, hash := NewResetCode()
	expires := a.now().Add(valid).UnixMilli()
	return resetCode{code, expires}, a.store.CreateReset(user, hash, expires)
}
