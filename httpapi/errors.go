package httpapi

import (
	"context"
	"errors"
	"net/http"

	"teahouse/store"
)

// classify makes the errors that are known by other means than a refusal into
// one: a full disk, and a caller that stopped waiting.
func classify(err error) error {
	var refusal *store.Refusal
	switch {
	case errors.As(err, &refusal):
		return err
	case store.IsStorageFull(err):
		return store.ErrStorageFull
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return store.ErrBusy
	}
	return err
}

// statusOf gives the HTTP status of an error: that of its code, with two
// exceptions that HTTP has a status of its own for.
func statusOf(err error) int {
	var refusal *store.Refusal
	if !errors.As(err, &refusal) {
		return http.StatusInternalServerError
	}
	switch refusal {
	case store.ErrBadHost:
		return http.StatusMisdirectedRequest
	case store.ErrBadMediaType:
		return http.StatusUnsupportedMediaType
	}
	switch refusal.Code {
	case "invalid":
		return http.StatusBadRequest
	case "unauthorized":
		return http.StatusUnauthorized
	case "forbidden":
		return http.StatusForbidden
	case "not_found":
		return http.StatusNotFound
	case "conflict":
		return http.StatusConflict
	case "too_large":
		return http.StatusRequestEntityTooLarge
	case "rate_limited":
		return http.StatusTooManyRequests
	case "unavailable":
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
