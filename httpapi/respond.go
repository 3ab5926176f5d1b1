package httpapi

import (
	"bytes"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"teahouse/hub"
	"teahouse/store"
)

// answerWithin is how long a client may take to read an answer before its
// connection is closed: a bootstrap of a megabyte at 32 KiB/s.
const answerWithin = 30 * time.Second

// respond sends v as JSON; empty lists are [].
func (a *api) respond(w http.ResponseWriter, r *http.Request, status int, v any) {
	var buf bytes.Buffer
	if err := json.MarshalWrite(&buf, v); err != nil {
		a.log.Error("encode answer", "route", r.Pattern, "err", err)
		status = http.StatusInternalServerError
		buf.Reset()
		// A struct of three constant strings always encodes.
		_ = json.MarshalWrite(&buf, hub.ToError(store.ErrInternal))
	}
	header := w.Header()
	header.Set("Content-Type", "application/json; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(buf.Len()))
	// Not every writer has deadlines; those of the server do.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerWithin))
	w.WriteHeader(status)
	if _, err := w.Write(buf.Bytes()); err != nil {
		a.log.Debug("send answer", "route", r.Pattern, "err", err)
	}
}

// respondError sends err as {code, reason, message}. Of anything but a refusal
// the client learns only that it happened; the log gets the rest.
func (a *api) respondError(w http.ResponseWriter, r *http.Request, err error) {
	err = classify(err)
	status := statusOf(err)
	if wait := retryAfter(err); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	}
	if status == http.StatusInternalServerError {
		a.log.Error("request failed", "method", r.Method, "route", r.Pattern, "err", err)
	}
	a.respond(w, r, status, hub.ToError(err))
}

// recorder notes what became of an answer, for the log and the recover.
type recorder struct {
	http.ResponseWriter
	status int // 0 until the header is written
	bytes  int
}

// Unwrap lets http.ResponseController and the upgrade reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader notes the status.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += n
	return n, err
}

// level is at which a finished request is logged: what somebody did wrong or
// too often is a warning, the rest is of interest only to who looks for it.
func (w *recorder) level() slog.Level {
	switch w.status {
	case http.StatusTooManyRequests, http.StatusMisdirectedRequest, http.StatusUnsupportedMediaType:
		return slog.LevelWarn
	}
	return slog.LevelDebug
}

// rateLimited is ErrRateLimited with the time until another try may pass.
type rateLimited struct{ wait time.Duration }

func (e rateLimited) Error() string { return store.ErrRateLimited.Error() }
func (e rateLimited) Unwrap() error { return store.ErrRateLimited }

// retryAfter says when to try again, or 0.
func retryAfter(err error) time.Duration {
	var limited rateLimited
	switch {
	case errors.As(err, &limited):
		return limited.wait
	case errors.Is(err, store.ErrBusy):
		return time.Second
	}
	return 0
}
