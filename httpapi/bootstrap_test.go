package httpapi

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"teahouse/store"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares a body with testdata/name, its random and running values
// replaced by their kind and the order in which they first appear.
func golden(t *testing.T, name string, body []byte) {
	t.Helper()
	var tree map[string]any
	if err := json.Unmarshal(body, &tree); err != nil {
		t.Fatal(err)
	}
	// These lists are in the order of random numbers or of times that may be equal.
	for _, list := range []string{"users", "conversations", "members"} {
		items, _ := tree[list].([]any)
		slices.SortFunc(items, func(a, b any) int { return strings.Compare(sortKey(a), sortKey(b)) })
	}
	body, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	kinds := map[string]int{}
	number := func(kind string) func([]byte) []byte {
		return func(found []byte) []byte {
			if _, ok := seen[string(found)]; !ok {
				kinds[kind]++
				seen[string(found)] = fmt.Sprintf("%s%d", kind, kinds[kind])
			}
			return []byte(seen[string(found)])
		}
	}
	body = regexp.MustCompile(`d_\d{9}_\d{9}`).ReplaceAllFunc(body, number("DIRECT"))
	body = regexp.MustCompile(`u_\d{9}`).ReplaceAllFunc(body, number("USER"))
	body = regexp.MustCompile(`g_\d{8}`).ReplaceAllFunc(body, number("GROUP"))
	body = regexp.MustCompile(`\b[0-9a-f]{32}\b`).ReplaceAllFunc(body, number("EPOCH"))
	body = regexp.MustCompile(`\b1[0-9]{12}\b`).ReplaceAll(body, []byte("1700000000000"))
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, body, "", "  "); err != nil {
		t.Fatal(err)
	}
	pretty.WriteByte('\n')
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, pretty.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(pretty.Bytes(), want) {
		t.Errorf("%s differs (go test -update rewrites it):\n%s", file, pretty.Bytes())
	}
}

func sortKey(v any) string {
	o, _ := v.(map[string]any)
	return fmt.Sprint(o["kind"], o["name"], o["role"])
}

func TestGoldenBodies(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	ann, bo := s.register("ann"), s.register("bo")
	ann.patch("/api/users/me", object{"display_name": "Ann 安", "language": "zh-CN"}).is(200)
	golden(t, "contact.json", ann.add(object{"user": bo.id()}).is(200).body)
	conv := store.DirectConv(ann.id(), bo.id())
	bo.say(conv, "<b>hello</b> & \u2028 你好")
	g := ann.group("Crew", "open", bo)
	boss.join(g).is(200)
	ann.patch("/api/groups/"+string(g), object{"notice": "be kind", "history": "joined"}).is(200)
	bo.say(g, "first")
	ann.read(g, 3)

	golden(t, "bootstrap.json", ann.get("/api/bootstrap").is(200).body)
	golden(t, "group.json", ann.get("/api/groups/"+string(g)).is(200).body)
	golden(t, "messages.json", ann.get("/api/conversations/"+string(conv)+"/messages").is(200).body)
	golden(t, "server.json", bytes.ReplaceAll(ann.get("/api/server").is(200).body, []byte(s.api.host), []byte("host")))
	golden(t, "error.json", ann.get("/api/none").is(404).body)
}
