package e2e

import (
	"fmt"
	"slices"
	"testing"

	"teahouse/e2e/client"
)

// The comparison is itself tested: each fault of a delivery is seen.
func TestCompareSeesFaults(t *testing.T) {
	t.Parallel()
	c := &chat{name: "planted"}
	r := &replay{t: t, people: map[string]*person{"a": {id: "u_1"}, "b": {id: "u_2"}}}
	var log []client.Message
	for i := range 20 {
		from := []string{"a", "b"}[i%2]
		c.lines = append(c.lines, line{From: from, Body: fmt.Sprint("line ", i)})
		log = append(log, client.Message{
			Seq: uint64(i + 1), N: uint64(i + 1), Kind: "text", From: r.people[from].id,
			ClientID: fmt.Sprint("id", i), Body: fmt.Sprint("line ", i),
		})
	}
	renumber := func(log []client.Message) []client.Message {
		for i := range log {
			log[i].Seq, log[i].N = uint64(i+1), uint64(i+1)
		}
		return log
	}
	faults := map[string]func([]client.Message) []client.Message{
		"lost":            func(l []client.Message) []client.Message { return renumber(slices.Delete(l, 7, 8)) },
		"lost at the end": func(l []client.Message) []client.Message { return l[:19] },
		"gap in seq":      func(l []client.Message) []client.Message { return slices.Delete(l, 7, 8) },
		"doubled":         func(l []client.Message) []client.Message { return renumber(slices.Insert(l, 7, l[7])) },
		"swapped":         func(l []client.Message) []client.Message { l[7], l[8] = l[8], l[7]; return renumber(l) },
		"another byte":    func(l []client.Message) []client.Message { l[7].Body += " "; return l },
		"another sender":  func(l []client.Message) []client.Message { l[7].From = "u_9"; return l },
		"wrong n":         func(l []client.Message) []client.Message { l[7].N++; return l },
		"nothing":         func([]client.Message) []client.Message { return nil },
	}
	if err := r.compareLog(c, slices.Clone(log)); err != nil {
		t.Fatalf("no fault: %v", err)
	}
	for name, plant := range faults {
		if r.compareLog(c, plant(slices.Clone(log))) == nil {
			t.Errorf("%s: not seen", name)
		}
	}
	var shown []client.Shown
	for i := range log {
		shown = append(shown, client.Shown{Seq: log[i].Seq, Sum: log[i].Sum()})
	}
	if err := sameShown(shown, log); err != nil {
		t.Fatalf("no fault: %v", err)
	}
	for name, faulty := range map[string][]client.Shown{
		"missing": slices.Delete(slices.Clone(shown), 3, 4), "the last missing": shown[:19],
		"double": slices.Insert(slices.Clone(shown), 3, shown[3]), "none": nil,
	} {
		if sameShown(faulty, log) == nil {
			t.Errorf("displayed with %s: not seen", name)
		}
	}
	if shown[4].Sum++; sameShown(shown, log) == nil {
		t.Error("displayed another message: not seen")
	}
}
