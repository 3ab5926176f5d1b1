package main

import (
	"embed"
	"io/fs"
)

// The tests of the page lie in static/_test, which go:embed leaves out.
//
//go:embed static
var embedded embed.FS

// staticFS returns the page with index.html at its root.
func staticFS() fs.FS {
	tree, err := fs.Sub(embedded, "static")
	if err != nil {
		panic(err) // the folder is part of this program
	}
	return tree
}
