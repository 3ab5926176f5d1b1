package hub

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"

	"teahouse/store"
)

// BenchmarkPath is the whole way: frame in, commit, fan-out, ack, with senders
// who each wait for their ack before the next message, in pairs.
func BenchmarkPath(b *testing.B) {
	for _, senders := range []int{1, 64} {
		b.Run(fmt.Sprint(senders), func(b *testing.B) {
			w := newWorld(b)
			var pages []*path
			for i := range senders {
				ann, bob := w.user(fmt.Sprint("ann", i)), w.user(fmt.Sprint("bob", i))
				p := &path{send: sendFrame{"send", "", w.pair(ann, bob), "A message as long as people write them to each other all day, or so."}}
				p.conn = w.connectRaw(ann)
				w.connect(bob, nil)
				pages = append(pages, p)
			}
			var taken atomic.Int64
			var wg sync.WaitGroup
			b.ResetTimer()
			for _, p := range pages {
				wg.Go(func() {
					for taken.Add(1) <= int64(b.N) {
						if err := p.once(); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
			b.StopTimer()
			for _, p := range pages {
				_ = p.conn.CloseNow()
			}
		})
	}
}

// path is one sender of the benchmark.
type path struct {
	conn *websocket.Conn
	send sendFrame
}

func (p *path) once() error {
	p.send.ClientID = newClientID()
	if err := p.conn.Write(context.Background(), websocket.MessageText, encode(p.send)); err != nil {
		return err
	}
	for {
		_, msg, err := p.conn.Read(context.Background())
		if err != nil {
			return err
		}
		for line := range lines2(msg) {
			if f, _ := parseFrame(line); f.Type == "ack" {
				return nil
			}
		}
	}
}

// connectRaw connects and says hello; the caller reads.
func (w *world) connectRaw(user store.UserID) *websocket.Conn {
	w.t.Helper()
	c := w.newClient(user, w.login(user))
	close(c.ended)
	c.write(w.hello(nil))
	return c.conn
}
