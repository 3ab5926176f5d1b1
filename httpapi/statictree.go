package httpapi

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"io/fs"
	"log/slog"
	"path"
	"regexp"
	"slices"
	"strings"
)

const (
	assetPrefix = "/s/"
	entryModule = "app.js" // the scan for imports begins here
)

// staticTree is one state of the page. It does not change.
type staticTree struct {
	hash  string // of all names and contents
	index *staticFile
	files map[string]*staticFile // by path within the tree
}

// readTree reads, compresses and links the page. Files and folders whose name
// begins with _ or . are not part of it, as for go:embed.
func readTree(source fs.FS, log *slog.Logger) (*staticTree, error) {
	tree := &staticTree{files: map[string]*staticFile{}}
	sum := sha256.New()
	err := fs.WalkDir(source, ".", func(name string, entry fs.DirEntry, err error) error {
		hidden := strings.HasPrefix(entry.Name(), "_") || strings.HasPrefix(entry.Name(), ".") && name != "."
		switch {
		case err != nil:
			return err
		case hidden && entry.IsDir():
			return fs.SkipDir
		case hidden || entry.IsDir():
			return nil
		}
		content, err := fs.ReadFile(source, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%d %s %d ", len(name), name, len(content))
		sum.Write(content)
		tree.files[name], err = newStaticFile(name, content)
		return err
	})
	if err != nil {
		return nil, err
	}
	tree.hash = hex.EncodeToString(sum.Sum(nil))[:16]
	return tree, tree.linkIndex(log)
}

func newStaticFile(name string, content []byte) (*staticFile, error) {
	kind, err := contentType(name)
	if err != nil {
		return nil, err
	}
	if len(content) == 0 {
		content = []byte("\n") // an empty file is most likely a mistake, but no reason to fail
	}
	digest := sha256.Sum256(content)
	file := &staticFile{contentType: kind, etag: `"` + hex.EncodeToString(digest[:8]) + `"`, plain: content}
	if small := compress(content); len(small) < len(content) {
		file.gzipped = small
	}
	return file, nil
}

func compress(content []byte) []byte {
	var out bytes.Buffer
	writer, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	_, _ = writer.Write(content) // a bytes.Buffer takes everything
	_ = writer.Close()
	return out.Bytes()
}

// linkedFile finds the addresses in index.html: href and src of its own files are
// written there as plain relative paths, so that the page also makes sense to its
// tests and tools.
var linkedFile = regexp.MustCompile(`\b(href|src)="([^"#?:]+)"`)

// linkIndex gives the addresses in index.html the tree's hash, and lists all
// modules that the entry module needs, so that the browser asks for them at once
// instead of level by level.
func (t *staticTree) linkIndex(log *slog.Logger) error {
	source := t.files["index.html"]
	if source == nil {
		return fmt.Errorf("index.html: %w", fs.ErrNotExist)
	}
	linked := linkedFile.ReplaceAllStringFunc(string(source.plain), func(found string) string {
		parts := linkedFile.FindStringSubmatch(found)
		name := path.Clean(strings.TrimPrefix(parts[2], "/"))
		if t.files[name] == nil {
			return found
		}
		return fmt.Sprintf(`%s="%s"`, parts[1], t.address(name))
	})
	modules, missing := t.imports(entryModule)
	for _, name := range missing {
		log.Warn("the page imports a module that is not there", "module", name)
	}
	var preload strings.Builder
	for _, name := range modules {
		fmt.Fprintf(&preload, "<link rel=\"modulepreload\" href=\"%s\">\n", html.EscapeString(t.address(name)))
	}
	var err error
	t.index, err = newStaticFile("index.html", []byte(strings.Replace(linked, "</head>", preload.String()+"</head>", 1)))
	return err
}

func (t *staticTree) address(name string) string { return assetPrefix + t.hash + "/" + name }

// staticImport finds the modules that a module needs before it runs. Calls of
// import() load later and are left out.
var staticImport = regexp.MustCompile(`(?m)^\s*(?:import|export)\s*(?:[^'"();]*?\bfrom\s*)?["'](\.{1,2}/[^'"]+)["']`)

// imports returns the modules that entry needs, each once, nearest first, and
// those it names that are not there.
func (t *staticTree) imports(entry string) (found, missing []string) {
	queue := []string{entry}
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		if slices.Contains(found, name) || slices.Contains(missing, name) {
			continue
		}
		file := t.files[name]
		if file == nil {
			missing = append(missing, name)
			continue
		}
		found = append(found, name)
		for _, match := range staticImport.FindAllSubmatch(file.plain, -1) {
			queue = append(queue, path.Join(path.Dir(name), string(match[1])))
		}
	}
	return found, missing
}
