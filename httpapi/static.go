package httpapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
)

// LiveFS marks a page that may change while it is served: it is read again at
// each request of index.html. It is for working on the page.
type LiveFS struct{ fs.FS }

// staticFiles serves the page: index.html, never cached without asking, and all
// it needs under /s/<hash of the tree>/, cached for ever.
type staticFiles struct {
	// Static after construction.
	source fs.FS
	live   bool
	log    *slog.Logger

	mu   sync.Mutex
	tree *staticTree // guarded by mu; replaced whole, only if live
}

// newStatic reads the whole page into memory and compresses it. It fails if a
// file cannot be read or index.html is not there; a module that imports what is
// not there is logged.
func newStatic(source fs.FS, log *slog.Logger) (*staticFiles, error) {
	_, live := source.(LiveFS)
	files := &staticFiles{source: source, live: live, log: log}
	tree, err := readTree(source, log)
	if err != nil {
		return nil, fmt.Errorf("read the page: %w", err)
	}
	files.tree = tree
	return files, nil
}

// current returns the tree to serve from; fresh asks a live one to be read anew.
func (s *staticFiles) current(fresh bool) *staticTree {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live && fresh {
		tree, err := readTree(s.source, s.log)
		if err != nil {
			s.log.Error("read the page", "err", err)
			return s.tree
		}
		s.tree = tree
	}
	return s.tree
}

// ServeHTTP answers everything that is not the API.
func (s *staticFiles) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	case strings.HasPrefix(r.URL.Path, assetPrefix):
		s.serveAsset(w, r)
	case slices.Contains(pageAddresses, r.URL.Path):
		s.serveIndex(w, r)
	case r.URL.Path == "/favicon.ico":
		s.serveFavicon(w, r)
	default:
		serveNotFound(w, r)
	}
}

// notFoundPage is for a person who mistyped an address. It is the server's own
// word, before any script knows a language.
const notFoundPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Not found · 找不到页面</title>
<h1>There is no such page</h1>
<p><a href="/">To the chat</a></p>
<h1 lang="zh-CN">没有这个页面</h1>
<p lang="zh-CN"><a href="/">返回聊天</a></p>
</html>
`

// serveNotFound answers an address that is none, to browsers with a page.
func serveNotFound(w http.ResponseWriter, r *http.Request) {
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		http.NotFound(w, r)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("Vary", "Accept")
	w.WriteHeader(http.StatusNotFound)
	if r.Method != http.MethodHead {
		_, _ = io.WriteString(w, notFoundPage) // an error means that the browser went away
	}
}

// pageAddresses all answer index.html; where in the page a person is stands in
// the fragment, which no server sees.
var pageAddresses = []string{"/", "/setup", "/invite", "/reset"}

// serveIndex answers every address that a person may type or follow: the page
// itself finds out what to show.
func (s *staticFiles) serveIndex(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-cache")
	s.current(true).index.serve(w, r)
}

// serveAsset answers /s/<hash>/<path>. Another hash than the current one is
// another version of the page, which is not here.
func (s *staticFiles) serveAsset(w http.ResponseWriter, r *http.Request) {
	tree := s.current(false)
	hash, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, assetPrefix), "/")
	file := tree.files[name]
	if file == nil || hash != tree.hash {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	file.serve(w, r)
}

// serveFavicon answers the address that browsers ask for unasked.
func (s *staticFiles) serveFavicon(w http.ResponseWriter, r *http.Request) {
	file := s.current(false).files["favicon.svg"]
	if file == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=86400")
	file.serve(w, r)
}

// staticFile is one file of the page, ready to be sent.
type staticFile struct {
	contentType string
	etag        string // quoted; of the plain bytes
	plain       []byte
	gzipped     []byte // nil where it would not be smaller
}

// serve answers GET and HEAD; the caller has set Cache-Control.
func (f *staticFile) serve(w http.ResponseWriter, r *http.Request) {
	body, etag := f.plain, f.etag
	header := w.Header()
	if f.gzipped != nil {
		header.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r) {
			body, etag = f.gzipped, strings.TrimSuffix(f.etag, `"`)+`-gz"`
		}
	}
	header.Set("ETag", etag)
	if matches(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if &body[0] != &f.plain[0] {
		header.Set("Content-Encoding", "gzip")
	}
	header.Set("Content-Type", f.contentType)
	header.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method != http.MethodHead {
		_, _ = bytes.NewReader(body).WriteTo(w) // an error means that the browser went away
	}
}

// acceptsGzip reads Accept-Encoding as far as browsers use it.
func acceptsGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if name == "gzip" {
			return strings.ReplaceAll(quality, " ", "") != "q=0"
		}
	}
	return false
}

// matches reports whether an If-None-Match header names etag.
func matches(header, etag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
		if candidate == etag || candidate == "*" {
			return true
		}
	}
	return false
}

// contentTypes lists what the page may consist of, by extension: the tables of
// the operating system (the registry of Windows, say) have no word in it.
var contentTypes = map[string]string{
	".css":         "text/css; charset=utf-8",
	".html":        "text/html; charset=utf-8",
	".ico":         "image/x-icon",
	".jpg":         "image/jpeg",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".png":         "image/png",
	".svg":         "image/svg+xml",
	".txt":         "text/plain; charset=utf-8",
	".webmanifest": "application/manifest+json",
	".webp":        "image/webp",
	".woff2":       "font/woff2",
}

var errUnknownExtension = errors.New("no content type for this extension")

func contentType(name string) (string, error) {
	if known, ok := contentTypes[path.Ext(name)]; ok {
		return known, nil
	}
	return "", fmt.Errorf("%s: %w", name, errUnknownExtension)
}
