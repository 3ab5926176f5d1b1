package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"syscall"
	"testing"

	"teahouse/store"
)

func TestEveryRefusalHasItsStatus(t *testing.T) {
	t.Parallel()
	statuses := map[string]int{
		"invalid": 400, "unauthorized": 401, "forbidden": 403, "not_found": 404, "conflict": 409,
		"too_large": 413, "rate_limited": 429, "unavailable": 503, "internal": 500,
	}
	for _, r := range store.Refusals {
		want, known := statuses[r.Code]
		switch r.Reason {
		case "bad_host":
			want = 421
		case "bad_media_type":
			want = 415
		}
		if got := statusOf(fmt.Errorf("wrapped: %w", r)); !known || got != want {
			t.Errorf("%s/%s: %d, want %d", r.Code, r.Reason, got, want)
		}
	}
}

func TestOtherErrorsAreClassified(t *testing.T) {
	t.Parallel()
	full := &fs.PathError{Op: "write", Path: "teahouse.db", Err: syscall.ENOSPC}
	for _, c := range []struct {
		err    error
		want   error
		status int
	}{
		{full, store.ErrStorageFull, 503},
		{fmt.Errorf("commit: %w", full), store.ErrStorageFull, 503},
		{context.Canceled, store.ErrBusy, 503},
		{rateLimited{1}, store.ErrRateLimited, 429},
		{syscall.EIO, syscall.EIO, 500},
		{errors.New("anything"), nil, 500},
	} {
		got := classify(c.err)
		if c.want != nil && !errors.Is(got, c.want) || statusOf(got) != c.status {
			t.Errorf("%v: %v, status %d", c.err, got, statusOf(got))
		}
	}
}

// What went wrong inside is the log's; the client learns that it did.
func TestInternalErrorsSayNothing(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	fail := route{who: public, handle: func(*call) (any, error) { return nil, errors.New("open /secret/path: no") }}
	mux := http.NewServeMux()
	mux.Handle("GET /fail", s.api.serve(fail))
	a := serveOnce(s.api.logged(mux), "GET", "/fail")
	if a.Code != 500 || a.Body.String() != `{"code":"internal","reason":"internal","message":"internal error"}` {
		t.Errorf("status %d: %s", a.Code, a.Body)
	}
	boss.get("/api/bootstrap").is(200)
}

// A server whose database is gone is alive and not ready.
func TestNotReady(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	other, err := store.Open(t.TempDir()+"/other.db", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	s.api.store = other
	h := s.api.handler()
	if a := serveOnce(h, "GET", "/healthz"); a.Code != 200 {
		t.Errorf("/healthz: %d", a.Code)
	}
	if a := serveOnce(h, "GET", "/readyz"); a.Code != 503 {
		t.Errorf("/readyz: %d", a.Code)
	}
}
