package store_test

import (
	"fmt"
	"testing"

	"teahouse/store"
)

// BenchmarkCommit sends 200-byte messages into 1,000 groups; an op is one
// message, whatever the size of its batch.
func BenchmarkCommit(b *testing.B) {
	for _, size := range []int{1, 16, 64, 256, 1024} {
		b.Run(fmt.Sprintf("batch=%d", size), func(b *testing.B) {
			w := openTemp(b, store.Options{})
			w.claim(false)
			groups := w.manyGroups(1000)
			body := fmt.Sprintf("%200d", 0)
			b.ResetTimer()
			for sent := 0; sent < b.N; {
				var ops []store.Op
				for ; len(ops) < size && sent < b.N; sent++ {
					conv := groups[(sent*7919)%len(groups)]
					ops = append(ops, &store.SendMessage{From: w.admin, Conv: conv, ClientID: w.id(), Body: body})
				}
				if _, err := w.Commit(ops); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

func (w *world) manyGroups(n int) (groups []store.ConvID) {
	w.t.Helper()
	var ops []store.Op
	for range n {
		ops = append(ops, &store.CreateGroup{By: w.admin, ClientID: w.id(), Name: "bench"})
	}
	outcomes, err := w.Commit(ops)
	w.ok(err)
	for i, out := range outcomes {
		w.ok(out.Err)
		groups = append(groups, ops[i].(*store.CreateGroup).Conv)
	}
	return groups
}

// BenchmarkFindUsers looks for one of 5,000 people.
func BenchmarkFindUsers(b *testing.B) {
	w := openTemp(b, store.Options{})
	w.claim(false)
	var ops []store.Op
	for i := range 5000 {
		ops = append(ops, &store.Register{Name: fmt.Sprintf("speaker~%d", i), DisplayName: fmt.Sprintf("Speaker %d", i)})
	}
	_, err := w.Commit(ops)
	w.ok(err)
	for b.Loop() {
		if users, _, err := w.FindUsers("er 4", 0, 50, false); err != nil || len(users) != 50 {
			b.Fatal(len(users), err)
		}
	}
}

// BenchmarkBootstrap reads what a page of somebody in 50 groups begins with.
func BenchmarkBootstrap(b *testing.B) {
	w := openTemp(b, store.Options{})
	w.claim(false)
	for _, conv := range w.manyGroups(50) {
		w.send(w.admin, conv, "hello")
	}
	for b.Loop() {
		if boot, err := w.Bootstrap(w.admin); err != nil || len(boot.Conversations) != 50 {
			b.Fatal(err)
		}
	}
}
