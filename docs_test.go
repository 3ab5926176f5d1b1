package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestProtocolExamplesAreFixtures keeps docs/protocol.md true: its examples are
// the frames that the hub's tests decode and encode, each of them and no other.
func TestProtocolExamplesAreFixtures(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := map[string]bool{}
	for _, block := range regexp.MustCompile("(?s)```json\n(.*?)\n```").FindAllSubmatch(page, -1) {
		for line := range strings.Lines(string(block[1]) + "\n") {
			examples[strings.TrimSpace(line)] = false
		}
	}
	files, err := filepath.Glob("hub/testdata/frames/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		frame, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		example := strings.TrimSpace(string(frame))
		if _, shown := examples[example]; !shown {
			t.Errorf("docs/protocol.md does not show %s:\n%s", file, example)
		}
		examples[example] = true
	}
	for example, fixture := range examples {
		if !fixture {
			t.Errorf("docs/protocol.md shows what no fixture is:\n%s", example)
		}
	}
}
