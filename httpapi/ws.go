package httpapi

import (
	"net/http"
	"strings"

	"github.com/coder/websocket"

	"teahouse/hub"
	"teahouse/store"
)

// handleSocket upgrades the connection and hands it to the hub. The caller has a
// login already: without one there is no upgrade but a 401.
func (a *api) handleSocket(c *call) (any, error) {
	if !isOwnOrigin(c.r) {
		return nil, store.ErrCrossOrigin
	}
	pings := new(hub.PingBudget)
	conn, err := websocket.Accept(c.w, c.r, &websocket.AcceptOptions{
		CompressionMode: websocket.CompressionDisabled,
		OnPingReceived:  pings.OnPingReceived,
	})
	remote := remoteHost(c.r)
	if err != nil {
		// Accept has answered.
		a.log.Debug("refused upgrade", "user", c.user.ID, "remote", remote, "err", err)
		return nil, nil
	}
	a.hub.Serve(conn, hub.Identity{
		User: c.user.ID, Login: c.login.ID, RemoteAddr: remote, Pings: pings,
	})
	return nil, nil
}

// isOwnOrigin reports whether a page of this very server asks: browsers name the
// origin in every upgrade, and let any page ask for one.
func isOwnOrigin(r *http.Request) bool {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	origins := r.Header.Values("Origin")
	return len(origins) == 1 && strings.EqualFold(origins[0], scheme+r.Host)
}
