package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// mayImport says what of this module and of other modules a package may import;
// packages that are not listed (main, the tests in e2e) may import anything.
var mayImport = map[string][]string{
	"store":   {"go.etcd.io/bbolt", "golang.org/x/text"},
	"hub":     {"teahouse/store", "github.com/coder/websocket", "github.com/dgraph-io/ristretto/v2", "github.com/go-json-experiment/json"},
	"httpapi": {"teahouse/store", "teahouse/hub", "github.com/coder/websocket", "github.com/go-json-experiment/json", "golang.org/x/crypto", "golang.org/x/text"},
	"lan":     {},
}

// TestImportsPointOneWay holds main → httpapi → hub → store.
func TestImportsPointOneWay(t *testing.T) {
	t.Parallel()
	for name, file := range parsed(t) {
		allowed, limited := mayImport[path.Dir(name)]
		for _, spec := range file.Imports {
			imported := strings.Trim(spec.Path.Value, `"`)
			first, _, _ := strings.Cut(imported, "/")
			standard := !strings.Contains(first, ".") && first != "teahouse"
			if limited && !standard && !slices.ContainsFunc(allowed, func(a string) bool {
				return imported == a || !strings.HasPrefix(a, "teahouse") && strings.HasPrefix(imported, a+"/")
			}) {
				t.Errorf("%s imports %s", name, imported)
			}
			if imported == "go.etcd.io/bbolt" && path.Dir(name) != "store" {
				t.Errorf("%s imports bbolt; only store keeps", name)
			}
		}
	}
}

// TestConnectionsHaveOneOwner: httpapi accepts a socket and hands it over; only
// the hub reads and writes it. The client of the tests is the other end.
func TestConnectionsHaveOneOwner(t *testing.T) {
	t.Parallel()
	accept := regexp.MustCompile(`\bwebsocket\.(Accept|Dial|NetConn)\b`)
	readWrite := regexp.MustCompile(`\b(ws|conn|socket)\.(Read|Reader|Write|Writer|Ping)\(`)
	for name := range parsed(t) {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		folder := path.Dir(name)
		if accept.Match(source) && folder != "httpapi" && !strings.HasPrefix(folder, "e2e") {
			t.Errorf("%s accepts or dials a socket; only httpapi does", name)
		}
		if folder == "httpapi" && readWrite.Match(source) {
			t.Errorf("%s reads or writes a socket; only hub does", name)
		}
	}
}

// TestExportedNamesAreDocumented asks for a comment on every exported
// declaration, and for a package comment in every package.
func TestExportedNamesAreDocumented(t *testing.T) {
	t.Parallel()
	documented := map[string]bool{}
	for name, file := range parsed(t) {
		documented[path.Dir(name)] = documented[path.Dir(name)] || file.Doc != nil
		for _, decl := range file.Decls {
			for _, undocumented := range undocumented(decl) {
				t.Errorf("%s: %s has no comment", name, undocumented)
			}
		}
	}
	for folder, has := range documented {
		if !has {
			t.Errorf("package %s has no comment", folder)
		}
	}
}

// undocumented lists the exported names of decl that no comment speaks about. A
// comment on a block of constants or variables speaks about all of them.
func undocumented(decl ast.Decl) []string {
	var names []string
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		if decl.Name.IsExported() && decl.Doc == nil && exportedReceiver(decl) {
			names = append(names, decl.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if spec.Name.IsExported() && decl.Doc == nil && spec.Doc == nil {
					names = append(names, spec.Name.Name)
				}
			case *ast.ValueSpec:
				if spec.Names[0].IsExported() && decl.Doc == nil && spec.Doc == nil && spec.Comment == nil {
					names = append(names, spec.Names[0].Name)
				}
			}
		}
	}
	return names
}

// exportedReceiver reports whether decl is a function, or a method of an
// exported type.
func exportedReceiver(decl *ast.FuncDecl) bool {
	if decl.Recv == nil {
		return true
	}
	receiver := decl.Recv.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	name, ok := receiver.(*ast.Ident)
	return ok && name.IsExported()
}

// TestFilesAreNamedAfterTheirConcept refuses the names under which anything
// gathers.
func TestFilesAreNamedAfterTheirConcept(t *testing.T) {
	t.Parallel()
	refused := []string{"util", "utils", "common", "helper", "helpers", "types", "manager", "misc"}
	walk(t, ".", func(name string) {
		stem, _, _ := strings.Cut(path.Base(name), ".")
		if slices.Contains(refused, stem) {
			t.Errorf("%s: name it after what it holds", name)
		}
	})
}

// TestPageHasNothingInline keeps the page within its content policy: what it
// forbids fails in a browser only when somebody comes by.
func TestPageHasNothingInline(t *testing.T) {
	t.Parallel()
	refused := map[string]*regexp.Regexp{
		".html": regexp.MustCompile(`(?i)\son\w+\s*=|\sstyle\s*=|<style|javascript:|<script(?:\s+(?:type="module"|nomodule|defer))*\s*>`),
		".js":   regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function\(|setAttribute\(\s*["'](?:on|style)|\sstyle:\s*["']`),
		".svg":  regexp.MustCompile(`(?i)<script|\son\w+\s*=|<foreignObject`),
	}
	walk(t, "static", func(name string) {
		if strings.Contains(name, "/_") {
			return
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if pattern := refused[path.Ext(name)]; pattern != nil {
			if found := pattern.Find(source); found != nil {
				t.Errorf("%s has %q", name, found)
			}
		}
	})
}

// parsed returns the Go files of this module but its tests, by path.
func parsed(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	walk(t, ".", func(name string) {
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = file
	})
	return files
}

// walk visits the files of this module's source.
func walk(t *testing.T, root string, visit func(name string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "node_modules" || entry.Name() == "data" || entry.Name() == "dist"):
			return fs.SkipDir
		case !entry.IsDir():
			visit(filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
