package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"

	"teahouse/store"
)

// call is one request to a route, with its caller.
type call struct {
	w     http.ResponseWriter
	r     *http.Request
	user  store.User  // zero on public routes
	login store.Login // zero on public routes
}

// handler answers a call. The result is sent as JSON with status 200; a nil
// result without an error means that the handler took the connection over.
type handler func(c *call) (any, error)

// serve makes a route an http.Handler: claimed, rights, handler, answer.
func (a *api) serve(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		c := &call{w: w, r: r}
		result, err := a.answer(rt, c)
		switch {
		case err != nil:
			a.respondError(w, r, err)
		case result != nil:
			a.respond(w, r, http.StatusOK, result)
		}
	})
}

func (a *api) answer(rt route, c *call) (any, error) {
	if !rt.beforeClaim {
		if err := a.requireClaimed(); err != nil {
			return nil, err
		}
	}
	if rt.who != public {
		if err := a.requireLogin(c); err != nil {
			return nil, err
		}
	}
	if rt.who == admin && !c.user.Admin {
		return nil, store.ErrNotAdmin
	}
	return rt.handle(c)
}

// do hands op to the sequencer. A browser that goes away does not end the
// waiting: what follows a commit, such as closing sockets, must still happen.
func (a *api) do(c *call, op store.Op) error {
	return a.hub.Do(context.WithoutCancel(c.r.Context()), op)
}

// decode reads the body into v: one JSON object without unknown or double
// fields. ErrBadJSON, ErrInvalid for a malformed id, ErrTooLarge.
func (c *call) decode(v any) error {
	err := json.UnmarshalRead(c.r.Body, v, json.RejectUnknownMembers(true))
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil:
		endBodyDeadline(c.w)
		return nil
	case errors.As(err, &tooLarge):
		return store.ErrTooLarge
	case errors.Is(err, store.ErrInvalid):
		return store.ErrInvalid
	}
	return store.ErrBadJSON
}

// number reads a query parameter that is a whole number; present is false if it
// is left out or empty. ErrInvalid.
func (c *call) number(name string) (n uint64, present bool, err error) {
	s := c.r.URL.Query().Get(name)
	if s == "" {
		return 0, false, nil
	}
	if n, err = strconv.ParseUint(s, 10, 64); err != nil {
		return 0, false, store.ErrInvalid
	}
	return n, true, nil
}

// empty is the answer of a call that has nothing to say.
type empty struct{}
