package httpapi

import (
	"os"
	"regexp"
	"testing"
)

// TestRoutesAreDocumented keeps the table of docs/protocol.md and the table of
// routes the same.
func TestRoutesAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, found := range regexp.MustCompile("`((?:GET|POST|PUT|PATCH|DELETE) /[^`?]*)[`?]").FindAllSubmatch(page, -1) {
		documented[string(found[1])] = true
	}
	s := newServer(t)
	for _, rt := range s.api.routes() {
		if !documented[rt.pattern] {
			t.Errorf("docs/protocol.md does not have %s", rt.pattern)
		}
		delete(documented, rt.pattern)
	}
	for pattern := range documented {
		t.Errorf("docs/protocol.md has %s, which is no route", pattern)
	}
}
