package httpapi

import (
	"errors"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"teahouse/hub"
	"teahouse/store"
)

// contentPolicy lets the page load its own files and talk to its own server,
// and nothing else; text cannot become markup or script.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; " +
	"img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; " +
	"manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; " +
	"frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// setSecurityHeaders sets what every answer carries. COOP only over TLS: on
// plain http browsers ignore it with an error in the console.
func setSecurityHeaders(header http.Header, tls bool) {
	header.Set("Content-Security-Policy", contentPolicy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Permissions-Policy", "microphone=(self), camera=(self), geolocation=()")
	header.Set("X-Frame-Options", "DENY")
	if tls {
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
	}
}

// bodyWithin is how long a request body may take to arrive: 64 KiB in 10 s is a
// phone at the edge of the Wi-Fi; slower is somebody holding a connection.
const bodyWithin = 10 * time.Second

// limitBody bounds the body of every request in size and in time, also of those
// that are refused before anybody reads it: the server reads what is left itself
// before it answers.
func (a *api) limitBody(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, int64(a.limits.RequestBytes))
	if r.ContentLength != 0 {
		// Not every writer has deadlines; those of the server do.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(a.bodyWithin))
	}
}

// endBodyDeadline is for a body that was read to its end: handlers may take
// longer than it did.
func endBodyDeadline(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
}

// logged is the outermost layer: it limits the body, sets the headers, and
// writes one line per request. The line names the route's pattern, never the
// path: a path may hold an invite's code.
func (a *api) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := a.now()
		a.limitBody(w, r)
		rec := &recorder{ResponseWriter: w}
		setSecurityHeaders(rec.Header(), r.TLS != nil)
		next.ServeHTTP(rec, r)
		a.log.Log(r.Context(), rec.level(), "request",
			"method", r.Method, "route", r.Pattern, "code", rec.status, "bytes", rec.bytes,
			"dur_ms", a.now().Sub(start).Milliseconds(), "remote", remoteHost(r))
	})
}

// recovered keeps a panic from ending anything but its request.
func (a *api) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(cause) // the server's own way to drop a connection
			}
			a.panics.Add(1)
			a.log.Error("panic in a request", "route", r.Pattern, "err", cause, "stack", string(debug.Stack()))
			if rec, ok := w.(*recorder); ok && rec.status == 0 {
				a.respond(w, r, http.StatusInternalServerError, hub.ToError(store.ErrInternal))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// walled refuses what a foreign web site could make a browser send: a request
// under a name this server does not have (a rebound name), anything but a GET
// from another origin, and a body of a type that forms can send.
func (a *api) walled(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !a.isOwnHost(r.Host):
			a.respondError(w, r, store.ErrBadHost)
		case a.origins.Check(r) != nil:
			a.respondError(w, r, store.ErrCrossOrigin)
		case !isJSON(r):
			a.respondError(w, r, store.ErrBadMediaType)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// hostSet holds names as isOwnHost compares them.
func hostSet(names []string) map[string]bool {
	set := map[string]bool{"localhost": true}
	for _, name := range names {
		set[strings.ToLower(name)] = true
	}
	return set
}

// isOwnHost reports whether a Host header names this server. Any IP literal
// does: an attacker who makes a name point here cannot make it an address.
func (a *api) isOwnHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	} else {
		host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return a.hosts[strings.ToLower(strings.TrimSuffix(host, "."))]
}

// isJSON reports whether the body, if there is one, is declared as JSON.
func isJSON(r *http.Request) bool {
	declared := r.Header.Values("Content-Type")
	if len(declared) == 0 {
		return r.ContentLength == 0
	}
	kind, params, err := mime.ParseMediaType(declared[0])
	charset := params["charset"]
	return err == nil && len(declared) == 1 && kind == "application/json" &&
		(charset == "" || strings.EqualFold(charset, "utf-8"))
}

// remoteHost is the address of the peer without its port. Forwarding headers are
// not read: anybody can write them.
func remoteHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
