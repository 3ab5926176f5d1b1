package httpapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"teahouse/store"
)

const (
	tokenBytes = 32 // of a login
	nonceBytes = 16 // of a device
	touchAfter = time.Hour
	// maxCookiesTried bounds the logins one request may name: another service on
	// this host can add cookies of the same name.
	maxCookiesTried = 4
)

// cookieName is a cookie's name with the port the request came in on: browsers
// do not keep the cookies of two ports of one host apart.
func cookieName(kind string, r *http.Request) string {
	addr, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return kind
	}
	_, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return kind
	}
	return kind + "_" + port
}

func loginCookie(r *http.Request) string  { return cookieName("sid", r) }
func deviceCookie(r *http.Request) string { return cookieName("dev", r) }

// requireLogin finds the login whose cookie the request carries and puts it into
// c. ErrLoginRequired.
func (a *api) requireLogin(c *call) error {
	cookies := c.r.CookiesNamed(loginCookie(c.r))
	for _, cookie := range cookies[:min(len(cookies), maxCookiesTried)] {
		login, user, err := a.store.Login(loginID(cookie.Value))
		if errors.Is(err, store.ErrLoginRequired) {
			continue
		}
		if err != nil {
			return err
		}
		c.login, c.user = login, user
		return a.touch(login)
	}
	return store.ErrLoginRequired
}

// touch notes the use of a login, at most once an hour or twice in the time it
// may be idle. A full disk is no reason to keep anybody from reading.
func (a *api) touch(login store.Login) error {
	if a.now().Sub(time.UnixMilli(login.SeenAt)) < min(touchAfter, a.limits.LoginIdle/2) {
		return nil
	}
	err := a.store.TouchLogin(login.ID)
	if err != nil && store.IsStorageFull(err) {
		return nil
	}
	return err
}

// loginID is under which a login is stored: the token itself never is.
func loginID(token string) store.LoginID { return sha256.Sum256([]byte(token)) }

// newLogin makes a login of user for the device that asks, and its token.
func (a *api) newLogin(c *call, user store.UserID) (login store.Login, token string) {
	token = base64.RawURLEncoding.EncodeToString(randomBytes(tokenBytes))
	now := a.now()
	return store.Login{
		ID: loginID(token), User: user,
		CreatedAt: now.UnixMilli(), SeenAt: now.UnixMilli(),
		ExpiresAt: now.Add(a.limits.LoginAbsolute).UnixMilli(),
		Device:    deviceName(c.r.UserAgent()), RemoteAddr: remoteHost(c.r),
	}, token
}

// startLogin logs user in on this device: a new login, whatever login the device
// had before ended, both cookies. hash is the stored password hash that let them
// in. ErrWrongPassword if it is no longer theirs.
func (a *api) startLogin(c *call, user store.UserID, hash string) (any, error) {
	login, token := a.newLogin(c, user)
	if err := a.store.CreateLogin(login, hash); err != nil {
		return nil, err
	}
	if a.requireLogin(c) == nil {
		if err := a.endLogin(c.user.ID, c.login.ID); err != nil {
			return nil, err
		}
	}
	profile, err := a.store.User(user)
	if err != nil {
		return nil, err
	}
	a.setCookies(c, user, token, hash)
	return loggedIn{toMe(profile)}, nil
}

// endLogin ends one login and its sockets.
func (a *api) endLogin(user store.UserID, id store.LoginID) error {
	if err := a.store.EndLogin(user, id); err != nil {
		return err
	}
	a.hub.CloseLogins([]store.LoginID{id})
	return nil
}

func (a *api) setCookies(c *call, user store.UserID, token, hash string) {
	a.setCookie(c, loginCookie(c.r), token, "/")
	// Only the login route ever reads the device's cookie.
	a.setCookie(c, deviceCookie(c.r), deviceProof(randomBytes(nonceBytes), user, hash), "/api/logins")
}

// setCookie sets a cookie that scripts cannot read and other sites do not send.
// It has no Secure flag while plain http is served, so that the step from http
// to https keeps the login.
func (a *api) setCookie(c *call, name, value, path string) {
	http.SetCookie(c.w, &http.Cookie{
		Name: name, Value: value, Path: path, MaxAge: int(a.limits.LoginAbsolute.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func clearLoginCookie(c *call) {
	http.SetCookie(c.w, &http.Cookie{
		Name: loginCookie(c.r), Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// deviceProof is a device's cookie: a nonce, and its seal under the user's
// stored password hash, which nobody outside the database knows. It proves that
// this device logged in with the current password, and needs no record.
func deviceProof(nonce []byte, user store.UserID, hash string) string {
	seal := hmac.New(sha256.New, []byte(hash))
	seal.Write([]byte("device\x00" + user.String() + "\x00"))
	seal.Write(nonce)
	return base64.RawURLEncoding.EncodeToString(nonce) + "." +
		base64.RawURLEncoding.EncodeToString(seal.Sum(nil))
}

// loginBucket is where tries to log in as cred's user are counted. A device that
// logged in before has its own, so that an attacker cannot lock the owner out.
func loginBucket(c *call, cred store.Credential, name string) bucket {
	if cred.User == 0 {
		return bucketOf("name", []byte(store.NameKey(name)))
	}
	user := []byte(cred.User.String())
	if cookie, err := c.r.Cookie(deviceCookie(c.r)); err == nil && cred.PHC != "" {
		encoded, _, _ := strings.Cut(cookie.Value, ".")
		nonce, err := base64.RawURLEncoding.DecodeString(encoded)
		proof := deviceProof(nonce, cred.User, cred.PHC)
		if err == nil && len(nonce) == nonceBytes && hmac.Equal([]byte(proof), []byte(cookie.Value)) {
			return bucketOf("device", user, nonce)
		}
	}
	return bucketOf("user", user)
}

// requireAllowance counts a try from the caller's address; it stands before
// everything that hashes a password.
func (a *api) requireAllowance(c *call) error {
	if wait := a.throttle.visit(remoteHost(c.r)); wait > 0 {
		return rateLimited{wait}
	}
	return nil
}

// check verifies a password under the throttle of a bucket. ErrWrongPassword,
// ErrRateLimited, ErrBusy.
func (a *api) check(c *call, b bucket, password, hash string) error {
	if wait := a.throttle.begin(b); wait > 0 {
		return rateLimited{wait}
	}
	ok, err := a.passwords.verify(c.r.Context(), password, hash)
	switch {
	case errors.Is(err, store.ErrBusy):
		a.throttle.forgive(b)
		return err
	case err != nil:
		return err
	case !ok:
		return store.ErrWrongPassword
	}
	a.throttle.succeed(b)
	return nil
}

// newPassword checks a new password and returns its hash.
func (a *api) newPassword(c *call, password, name string) (string, error) {
	if err := a.passwords.acceptable(password, name); err != nil {
		return "", err
	}
	return a.passwords.hash(c.r.Context(), password)
}
