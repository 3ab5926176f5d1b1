package httpapi

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const testIndex = `<!doctype html><html><head><title>x</title>
<link rel="stylesheet" href="css/base.css"><link rel="icon" href="favicon.svg">
<a href="#/c">a</a><a href="nowhere.css">b</a><a href="https://example.com/app.js">c</a>
<script type="module" src="app.js"></script></head><body></body></html>`

func testTree() fstest.MapFS {
	tree := fstest.MapFS{}
	for name, content := range map[string]string{
		"index.html":      testIndex,
		"css/base.css":    strings.Repeat("body { margin: 0 }\n", 20),
		"favicon.svg":     `<svg xmlns="http://www.w3.org/2000/svg"/>`,
		"app.js":          "import { a } from \"./lib/a.js\";\nimport {\n  b,\n  c,\n} from './views/b.js';\nimport \"./side.js\";\nimport(\"./later.js\");\nconst text = \"from './text.js'\";\n",
		"lib/a.js":        "export const a = 1;\n",
		"views/b.js":      "export { a } from \"../lib/a.js\";\nexport * from \"./c.js\";\n",
		"views/c.js":      "import * as gone from \"./gone.js\";\n",
		"side.js":         "globalThis.side = 1;\n",
		"later.js":        "\n",
		"_test/a.test.js": "import \"../app.js\";\n",
		".hidden.js":      "x\n",
	} {
		tree[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return tree
}

func mustStatic(t *testing.T, source fs.FS) *staticFiles {
	t.Helper()
	files, err := newStatic(source, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func ask(handler http.HandlerFunc, target string, header ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	recorder := httptest.NewRecorder()
	handler(recorder, request)
	return recorder
}

func TestIndexLinksHashedAssets(t *testing.T) {
	t.Parallel()
	files := mustStatic(t, testTree())
	page := ask(files.serveIndex, "/").Body.String()
	prefix := "/s/" + files.tree.hash + "/"
	for _, want := range []string{
		`href="` + prefix + `css/base.css"`, `href="` + prefix + `favicon.svg"`, `src="` + prefix + `app.js"`,
		`href="#/c"`, `href="nowhere.css"`, `href="https://example.com/app.js"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s:\n%s", want, page)
		}
	}
	var preloaded []string
	for _, match := range regexp.MustCompile(`modulepreload" href="`+prefix+`([^"]+)"`).FindAllStringSubmatch(page, -1) {
		preloaded = append(preloaded, match[1])
	}
	want := []string{"app.js", "lib/a.js", "views/b.js", "side.js", "views/c.js"}
	if !slices.Equal(preloaded, want) {
		t.Errorf("preloaded %v, want %v", preloaded, want)
	}
}

func TestAssets(t *testing.T) {
	t.Parallel()
	source := testTree()
	files := mustStatic(t, source)
	prefix := "/s/" + files.tree.hash + "/"

	plain := ask(files.serveAsset, prefix+"css/base.css")
	if plain.Code != 200 || plain.Body.String() != string(source["css/base.css"].Data) {
		t.Errorf("plain: %d %q", plain.Code, plain.Body)
	}
	for header, want := range map[string]string{
		"Content-Type": "text/css; charset=utf-8", "Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding",
	} {
		if got := plain.Header().Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}

	small := ask(files.serveAsset, prefix+"css/base.css", "Accept-Encoding", "br, gzip;q=0.5")
	reader, err := gzip.NewReader(small.Body)
	if err != nil {
		t.Fatal(err)
	}
	if unpacked, err := io.ReadAll(reader); err != nil || !bytes.Equal(unpacked, source["css/base.css"].Data) {
		t.Errorf("gzip: %q, %v", unpacked, err)
	}
	if small.Header().Get("ETag") == plain.Header().Get("ETag") {
		t.Error("the two forms share an ETag")
	}
	if refused := ask(files.serveAsset, prefix+"css/base.css", "Accept-Encoding", "gzip; q=0"); refused.Header().Get("Content-Encoding") != "" {
		t.Error("gzip was sent to a client that refuses it")
	}

	for _, gone := range []string{
		prefix, prefix + "nothing.js", prefix + "css", prefix + "_test/a.test.js", prefix + ".hidden.js",
		prefix + "../index.html", "/s/0123456789abcdef/app.js", "/s/", "/s/app.js",
	} {
		if got := ask(files.serveAsset, gone); got.Code != 404 || got.Header().Get("Cache-Control") != "" {
			t.Errorf("%s: %d, cached %q", gone, got.Code, got.Header().Get("Cache-Control"))
		}
	}
}

func TestIndexIsAskedForEachTime(t *testing.T) {
	t.Parallel()
	files := mustStatic(t, testTree())
	first := ask(files.serveIndex, "/")
	if got := first.Header().Get("Cache-Control"); got != "no-cache" {
		t.Errorf("Cache-Control %q", got)
	}
	again := ask(files.serveIndex, "/", "If-None-Match", `W/"x", `+first.Header().Get("ETag"))
	if again.Code != 304 || again.Body.Len() > 0 {
		t.Errorf("with its ETag: %d, %d bytes", again.Code, again.Body.Len())
	}
}

func TestTreeChangesItsHash(t *testing.T) {
	t.Parallel()
	source := testTree()
	before := mustStatic(t, source).tree.hash
	source["lib/a.js"] = &fstest.MapFile{Data: []byte("export const a = 2;\n")}
	if mustStatic(t, source).tree.hash == before {
		t.Error("another content has the same hash")
	}
}

func TestLiveTreeIsReadAgain(t *testing.T) {
	t.Parallel()
	source := testTree()
	files := mustStatic(t, LiveFS{source})
	before := ask(files.serveIndex, "/").Body.String()
	source["lib/a.js"] = &fstest.MapFile{Data: []byte("export const a = 2;\n")}
	if after := ask(files.serveIndex, "/").Body.String(); after == before {
		t.Error("the change is not seen")
	}
	delete(source, "index.html")
	if got := ask(files.serveIndex, "/"); got.Code != 200 {
		t.Errorf("while index.html is away: %d", got.Code)
	}
}

func TestPageAddresses(t *testing.T) {
	t.Parallel()
	files := mustStatic(t, testTree())
	asset := "/s/" + files.tree.hash + "/app.js"
	for _, test := range []struct {
		method, target string
		want           int
	}{
		{"GET", "/", 200},
		{"GET", "/setup", 200},
		{"GET", "/invite", 200},
		{"GET", "/reset", 200},
		{"HEAD", "/", 200},
		{"GET", asset, 200},
		{"GET", "/favicon.ico", 200},
		{"GET", "/index.html", 404},
		{"GET", "/setup/", 404},
		{"GET", "/app.js", 404},
		{"GET", "/.git/config", 404},
		{"POST", "/", 405},
		{"DELETE", asset, 405},
	} {
		recorder := httptest.NewRecorder()
		files.ServeHTTP(recorder, httptest.NewRequest(test.method, test.target, nil))
		if recorder.Code != test.want {
			t.Errorf("%s %s: %d, want %d", test.method, test.target, recorder.Code, test.want)
		}
		if test.method == "HEAD" && recorder.Body.Len() > 0 {
			t.Errorf("HEAD %s has a body", test.target)
		}
	}
}

// A mistyped address tells a browser in both languages, and others in a line.
func TestNotFoundPage(t *testing.T) {
	t.Parallel()
	files := mustStatic(t, testTree())
	for accept, isPage := range map[string]bool{"text/html,application/xhtml+xml,*/*;q=0.8": true, "*/*": false, "": false} {
		recorder := httptest.NewRecorder()
		request := httptest.NewRequest("GET", "/chat/<b>", nil)
		request.Header.Set("Accept", accept)
		files.ServeHTTP(recorder, request)
		body := recorder.Body.String()
		if recorder.Code != 404 || strings.Contains(body, "<b>") {
			t.Errorf("accept %q: %d %s", accept, recorder.Code, body)
		}
		inBoth := strings.Contains(body, "no such page") && strings.Contains(body, "没有") && strings.Contains(body, `href="/"`)
		if inBoth != isPage || strings.HasPrefix(recorder.Header().Get("Content-Type"), "text/html") != isPage {
			t.Errorf("accept %q: %v %s", accept, recorder.Header(), body)
		}
	}
}

func TestFavicon(t *testing.T) {
	t.Parallel()
	source := testTree()
	if got := ask(mustStatic(t, source).serveFavicon, "/favicon.ico"); got.Header().Get("Content-Type") != "image/svg+xml" {
		t.Errorf("favicon: %d %v", got.Code, got.Header())
	}
	delete(source, "favicon.svg")
	if got := ask(mustStatic(t, source).serveFavicon, "/favicon.ico"); got.Code != 204 {
		t.Errorf("without a favicon: %d", got.Code)
	}
}

func TestStaticRefusesWhatItCannotServe(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	source := testTree()
	source["notes.docx"] = &fstest.MapFile{Data: []byte("x")}
	if _, err := newStatic(source, log); err == nil {
		t.Error("a file of unknown type was taken")
	}
	if _, err := newStatic(fstest.MapFS{}, log); err == nil {
		t.Error("a page without index.html was taken")
	}
}

// TestRealPage checks the page of this program: nothing is missing, nothing is
// left over, and it stays within its budgets.
func TestRealPage(t *testing.T) {
	t.Parallel()
	files := mustStatic(t, os.DirFS("../static"))
	modules, missing := files.tree.imports(entryModule)
	if len(missing) > 0 {
		t.Errorf("imported, but not there: %v", missing)
	}
	page := string(files.tree.index.plain)
	used := named(files.tree)
	total := size(files.tree.index)
	styles, requests := 0, 1
	for name, file := range files.tree.files {
		linked := strings.Contains(page, `"`+files.tree.address(name)+`"`)
		if slices.Contains(modules, name) || linked {
			total += size(file)
			requests++
		}
		if served := name == "index.html" || name == "favicon.svg"; !served && !linked && !used[path.Base(name)] {
			t.Errorf("nothing uses %s", name)
		}
		switch {
		case strings.HasSuffix(name, ".css") && linked:
			styles += size(file)
		case strings.HasSuffix(name, ".js"):
			if size(file) > 15<<10 {
				t.Errorf("%s has %d bytes compressed, want 15 KiB at most", name, size(file))
			}
			if strings.HasPrefix(name, "i18n/") && size(file) > 8<<10 {
				t.Errorf("%s has %d bytes compressed, want 8 KiB at most", name, size(file))
			}
		}
	}
	if total > 90<<10 || styles > 12<<10 {
		t.Errorf("first load %d bytes (want 90 KiB at most), styles %d (want 12 KiB at most)", total, styles)
	}
	t.Logf("first load: %d bytes compressed, %d of them styles, in %d requests; %d modules", total, styles, requests, len(modules))
}

// named returns the names of files that the modules of the page speak of in
// quotes, imports of all kinds among them.
func named(tree *staticTree) map[string]bool {
	quoted := regexp.MustCompile(`["'](?:[^"'\n]*/)?([\w.-]+\.\w+)["']`)
	names := map[string]bool{}
	for name, file := range tree.files {
		if !strings.HasSuffix(name, ".js") {
			continue
		}
		for _, match := range quoted.FindAllSubmatch(file.plain, -1) {
			names[string(match[1])] = true
		}
	}
	return names
}

// size is what a browser receives.
func size(f *staticFile) int {
	if f.gzipped != nil {
		return len(f.gzipped)
	}
	return len(f.plain)
}
