package httpapi

import (
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"teahouse/hub"
	"teahouse/store"
)

// Deps is what the handlers are made of.
type Deps struct {
	Store      *store.Store
	Hub        *hub.Hub
	Static     fs.FS // the page: index.html at its root
	Log        *slog.Logger
	Limits     hub.Limits
	Version    string
	SetupToken string           // compared in constant time; "" once claimed
	Addresses  func() []string  // URLs of this server for other devices, best first
	HostNames  []string         // names this server answers to besides IP literals and localhost
	Claimed    func()           // called once after the first admin is made (removes the token's file)
	HashCost   HashCost         // zero means DefaultHashCost; tests lower it
	Now        func() time.Time // nil means time.Now
}

// New returns the whole HTTP surface: the API, the socket and the page. It
// panics if Static holds no page, which is a program built wrongly.
func New(d Deps) http.Handler { return newAPI(d).handler() }

// api is the handlers and what they share.
type api struct {
	// Static after construction.
	store      *store.Store
	hub        *hub.Hub
	log        *slog.Logger
	limits     hub.Limits
	version    string
	host       string // this machine's name, shown while it is being set up
	hosts      map[string]bool
	addresses  func() []string
	setupToken string
	onClaimed  func()
	now        func() time.Time
	bodyWithin time.Duration
	page       http.Handler

	// Safe for concurrent use.
	origins   *http.CrossOriginProtection
	passwords *hasher
	throttle  *throttle
	claiming  chan struct{} // holds a value while somebody claims the server
	claimed   atomic.Bool
	panics    atomic.Int64 // requests that ended in a recover
}

func newAPI(d Deps) *api {
	host, err := os.Hostname()
	if err != nil {
		d.Log.Warn("read the name of this machine", "err", err)
	}
	page, err := newStatic(d.Static, d.Log)
	if err != nil {
		panic("httpapi: the page: " + err.Error())
	}
	a := &api{
		store: d.Store, hub: d.Hub, log: d.Log, limits: d.Limits, version: d.Version,
		host: host, hosts: hostSet(d.HostNames), addresses: d.Addresses,
		setupToken: d.SetupToken, onClaimed: d.Claimed, now: d.Now, bodyWithin: bodyWithin, page: page,
		origins: http.NewCrossOriginProtection(), claiming: make(chan struct{}, 1),
	}
	if a.now == nil {
		a.now = time.Now
	}
	if a.addresses == nil {
		a.addresses = func() []string { return nil }
	}
	a.passwords = newHasher(d.HashCost, d.Limits.HashQueue)
	a.throttle = newThrottle(a.now, d.Limits.LoginsPerMin)
	return a
}

// audience says who may call a route.
type audience string

const (
	public audience = "public"
	user   audience = "user"
	admin  audience = "admin"
)

// A route is one row of the table. A handler gets the caller its audience asks
// for; its result becomes the JSON answer.
type route struct {
	pattern     string
	who         audience
	handle      handler
	beforeClaim bool // answers also before there is an admin
}

// routes is the table of the API. The test of rights has a row for each.
func (a *api) routes() []route {
	return []route{
		{"GET /healthz", public, a.handleHealth, true},
		{"GET /readyz", public, a.handleReady, true},
		{"GET /api/server", public, a.handleServer, true},
		{"POST /api/setup", public, a.handleSetup, true},

		{"POST /api/users", public, a.handleRegister, false},
		{"POST /api/logins", public, a.handleLogin, false},
		{"POST /api/resets", public, a.handleReset, false},
		{"POST /api/invites", public, a.handleCheckInvite, false},

		{"GET /api/logins", user, a.handleListLogins, false},
		{"DELETE /api/logins/{id}", user, a.handleEndLogin, false},
		{"GET /api/bootstrap", user, a.handleBootstrap, false},
		{"GET /api/users", user, a.handleFindUsers, false},
		{"PATCH /api/users/me", user, a.handleChangeMe, false},
		{"PUT /api/users/me/password", user, a.handleChangePassword, false},

		{"POST /api/contacts", user, a.handleAddContact, false},
		{"DELETE /api/contacts/{user}", user, a.handleRemoveContact, false},

		{"GET /api/groups", user, a.handleFindGroups, false},
		{"POST /api/groups", user, a.handleCreateGroup, false},
		{"GET /api/groups/{id}", user, a.handleGroup, false},
		{"PATCH /api/groups/{id}", user, a.handleChangeGroup, false},
		{"DELETE /api/groups/{id}", user, a.handleDissolveGroup, false},
		{"POST /api/groups/{id}/join", user, a.handleJoinGroup, false},
		{"POST /api/groups/{id}/members", user, a.handleAddMembers, false},
		{"DELETE /api/groups/{id}/members/{user}", user, a.handleRemoveMember, false},
		{"PUT /api/groups/{id}/owner", user, a.handleChangeOwner, false},

		{"GET /api/conversations/{conv}/messages", user, a.handleMessages, false},
		{"GET /api/conversations/{conv}/readers", user, a.handleReaders, false},
		{"PUT /api/conversations/{conv}/hidden", user, a.handleHide, false},

		{"GET /api/admin/settings", admin, a.handleSettings, false},
		{"PATCH /api/admin/settings", admin, a.handleChangeSettings, false},
		{"GET /api/admin/invites", admin, a.handleInvites, false},
		{"POST /api/admin/invites", admin, a.handleCreateInvite, false},
		{"DELETE /api/admin/invites/{code}", admin, a.handleRevokeInvite, false},
		{"GET /api/admin/users", admin, a.handleAdminUsers, false},
		{"POST /api/admin/users", admin, a.handleMakeUser, false},
		{"PATCH /api/admin/users/{id}", admin, a.handleDisableUser, false},
		{"POST /api/admin/users/{id}/reset-code", admin, a.handleResetCode, false},

		{"GET /ws", user, a.handleSocket, false},
	}
}

// handler returns the routes and the page behind the checks every request
// passes.
func (a *api) handler() http.Handler {
	mux := http.NewServeMux()
	for _, rt := range a.routes() {
		mux.Handle(rt.pattern, a.serve(rt))
	}
	mux.Handle("/api/", a.serve(route{who: public, handle: handleUnknown}))
	for _, pattern := range []string{"GET /setup", "GET /invite", "GET /reset", "GET /s/", "/"} {
		mux.Handle(pattern, a.page)
	}
	return a.logged(a.recovered(a.walled(mux)))
}

// handleUnknown answers whatever is under /api/ and no route, wrong methods
// included.
func handleUnknown(*call) (any, error) { return nil, store.ErrNotFound }
