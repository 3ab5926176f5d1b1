package hub

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"

	"teahouse/store"
)

// device is a page's model of delivery: for each conversation the gapless run it
// holds, and an outbox. It outlives its connections.
type device struct {
	w    *world
	user store.UserID

	runs   points
	held   map[store.ConvID]map[uint64]string // seq → body, as displayed
	acked  map[store.ConvID]map[uint64]bool   // own sends above a hole, or seen by their ack
	outbox []sendFrame
}

func newDevice(w *world, user store.UserID, convs []store.ConvID) *device {
	d := &device{w: w, user: user, runs: points{}, held: map[store.ConvID]map[uint64]string{}, acked: map[store.ConvID]map[uint64]bool{}}
	for _, conv := range convs {
		d.runs[conv] = ResumePoint{}
		d.held[conv] = map[uint64]string{}
		d.acked[conv] = map[uint64]bool{}
	}
	return d
}

// take applies a frame; an error is a broken promise.
func (d *device) take(f frame) error {
	run := d.runs[f.Conv]
	switch f.Type {
	case "message":
		if f.Seq <= run.Seq && d.acked[f.Conv][f.Seq] {
			return nil // one's own, seen again from the catch-up
		}
		if f.Seq != run.Seq+1 {
			return fmt.Errorf("%s in %s: message %d after %d", d.user, f.Conv, f.Seq, run.Seq)
		}
		d.hold(f, *bodyOf(f))
	case "ack":
		i := 0
		for i < len(d.outbox) && d.outbox[i].ClientID != f.ClientID {
			i++
		}
		if i == len(d.outbox) {
			return nil // the answer to one of two equal sends
		}
		body := d.outbox[i].Body
		d.outbox = append(d.outbox[:i:i], d.outbox[i+1:]...)
		if f.Seq == run.Seq+1 && !f.Dup {
			d.hold(f, body)
		}
		d.acked[f.Conv][f.Seq] = true
	case "error", "gone", "reset":
		return fmt.Errorf("%s: unexpected %s", d.user, f.Raw)
	}
	return nil
}

func bodyOf(f frame) *string {
	if f.Body == nil {
		s := "event " + f.Event.Type
		return &s
	}
	return f.Body
}

func (d *device) hold(f frame, body string) {
	d.runs[f.Conv] = ResumePoint{f.Seq, f.At}
	d.held[f.Conv][f.Seq] = body
}

// session connects, sends the outbox, and takes frames until enough says so or
// the connection ends.
func (d *device) session(slow time.Duration, enough func(frames int) bool) error {
	login := d.w.login(d.user)
	c := d.w.newClient(d.user, login)
	defer func() {
		c.conn.CloseNow()
		close(c.ended)
	}()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	lines := []any{d.w.hello(d.runs)}
	for _, s := range d.outbox {
		lines = append(lines, s)
	}
	for _, line := range lines {
		b, _ := json.Marshal(line)
		if err := c.conn.Write(ctx, websocket.MessageText, b); err != nil {
			return nil
		}
	}
	for n := 0; !enough(n); {
		kind, b, err := c.conn.Read(ctx)
		if ctx.Err() != nil {
			return fmt.Errorf("%s: stuck at %v with %d unsent", d.user, d.runs, len(d.outbox))
		}
		if err != nil || kind != websocket.MessageText {
			return nil
		}
		for line := range lines2(b) {
			f, err := parseFrame(line)
			if err != nil {
				return err
			}
			if f.Type == "ping" {
				_ = c.conn.Write(ctx, websocket.MessageText, []byte(`{"type":"pong"}`))
			}
			if err := d.take(f); err != nil {
				return err
			}
			n++
		}
		if slow > 0 && n%7 == 0 {
			t := time.NewTimer(slow)
			<-t.C
		}
	}
	return nil
}

// lines2 yields the frames of a WebSocket message.
func lines2(b []byte) func(func(string) bool) {
	return func(yield func(string) bool) {
		splitFrames(b, func(line []byte) bool { return yield(string(line)) })
	}
}

// storm: users with two devices each write into shared conversations at once,
// with random disconnects; in the end every device shows the log.
func storm(t *testing.T, rounds, perRound int, options ...worldOption) Stats {
	w := newWorld(t, options...)
	var users []store.UserID
	for i := range 5 {
		users = append(users, w.user(fmt.Sprintf("user%d", i)))
	}
	convs := map[store.UserID][]store.ConvID{}
	var all []store.ConvID
	add := func(conv store.ConvID, members ...store.UserID) {
		all = append(all, conv)
		for _, u := range members {
			convs[u] = append(convs[u], conv)
		}
	}
	add(w.group(users[0], users[1:]...), users...)
	add(w.group(users[1], users[0], users[2]), users[0], users[1], users[2])
	add(w.pair(users[0], users[1]), users[0], users[1])
	add(w.pair(users[3], users[4]), users[3], users[4])

	var devices []*device
	var wg sync.WaitGroup
	errs := make(chan error, 100)
	for i, user := range users {
		for k := range 2 {
			d := newDevice(w, user, convs[user])
			devices = append(devices, d)
			wg.Go(func() {
				rnd := rand.New(rand.NewPCG(uint64(i), uint64(k)))
				for r := range rounds {
					for m := range perRound {
						d.outbox = append(d.outbox, sendFrame{
							"send", newClientID(), convs[user][rnd.IntN(len(convs[user]))],
							fmt.Sprintf("%s/%d round %d message %d, 你好 \u0001 \"quoted\"", user, k, r, m),
						})
					}
					stop := 1 + rnd.IntN(4*perRound)
					err := d.session(0, func(n int) bool { return n >= stop })
					if err != nil {
						errs <- err
						return
					}
				}
				// The last session stays until its outbox is empty.
				if err := d.session(0, func(int) bool { return len(d.outbox) == 0 }); err != nil {
					errs <- err
				}
			})
		}
	}
	wg.Wait()
	heads := map[store.ConvID]uint64{}
	logs := map[store.ConvID][]store.Message{}
	for _, conv := range all {
		head, _, err := w.store.Head(conv)
		if err != nil {
			t.Fatal(err)
		}
		heads[conv] = head
	}
	for _, user := range users {
		for _, conv := range convs[user] {
			if logs[conv] == nil {
				logs[conv] = w.log(user, conv)
			}
		}
	}
	for _, d := range devices {
		wg.Go(func() {
			errs <- d.session(0, func(int) bool {
				for conv, run := range d.runs {
					if run.Seq < heads[conv] {
						return false
					}
				}
				return true
			})
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	sent := 0
	for _, conv := range all {
		seen := map[string]int{}
		last := map[string]int{} // by device: what it sent last
		for i, m := range logs[conv] {
			if m.Seq != uint64(i+1) {
				t.Fatalf("%s: seq %d at place %d", conv, m.Seq, i)
			}
			if m.Kind == store.KindText {
				seen[m.Body]++
				sent++
				var name string
				var round, number int
				if _, err := fmt.Sscanf(m.Body, "%s round %d message %d,", &name, &round, &number); err != nil {
					t.Fatalf("%q: %v", m.Body, err)
				}
				if place := round*perRound + number + 1; place <= last[name] {
					t.Errorf("%s: %q after message %d of its sender", conv, m.Body, last[name])
				} else {
					last[name] = place
				}
			}
		}
		for body, n := range seen {
			if n > 1 {
				t.Errorf("%s: %q is there %d times", conv, body, n)
			}
		}
	}
	if want := len(devices) * rounds * perRound; sent != want {
		t.Errorf("%d messages in the log, want %d", sent, want)
	}
	for _, d := range devices {
		for conv := range d.runs {
			for _, m := range logs[conv] {
				got, ok := d.held[conv][m.Seq]
				if want := textOf(m); !ok || got != want {
					t.Fatalf("%s in %s: shows %q at %d, want %q", d.user, conv, got, m.Seq, want)
				}
			}
		}
	}
	return w.hub.Stats()
}

func textOf(m store.Message) string {
	if m.Kind == store.KindSystem {
		return "event " + m.Event.Type
	}
	return m.Body
}

// log reads a whole conversation.
func (w *world) log(user store.UserID, conv store.ConvID) []store.Message {
	w.t.Helper()
	var all []store.Message
	for after := uint64(0); ; {
		page, err := w.store.MessagesAfter(user, conv, after, 200)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
		after = page[len(page)-1].Seq
	}
}

func TestStormOfDisconnects(t *testing.T) {
	t.Parallel()
	storm(t, 6, 12)
}

func TestStormWithTinyQueues(t *testing.T) {
	t.Parallel()
	got := storm(t, 4, 12, withLimits(func(l *Limits) {
		l.QueueMessageBytes, l.CatchUpBytes, l.TailMessages = 1500, 900, 4
		l.CatchUpTotalBytes = 2700
	}))
	if got.BehindRoom == 0 {
		t.Error("nobody ever went behind for want of room")
	}
}

// forgetful is a cache that keeps nothing.
type forgetful struct{}

func (forgetful) Get(string) (any, bool)                { return nil, false }
func (forgetful) Set(string, any, int64, time.Duration) {}
func (forgetful) Close()                                {}

func TestStormWithACacheThatForgetsEverything(t *testing.T) {
	t.Parallel()
	got := storm(t, 4, 12, withHub(func(h *Hub) {
		h.hot.Close()
		h.hot = forgetful{}
	}))
	if got.ResumeCached != 0 || got.ResumeStored == 0 {
		t.Errorf("resumes: %d cached, %d stored", got.ResumeCached, got.ResumeStored)
	}
}

// whimsical is a cache that refuses, forgets, and gives older values back.
type whimsical struct {
	mu  sync.Mutex
	rnd *rand.Rand
	old map[string][]any
}

func (c *whimsical) Get(key string) (any, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	values := c.old[key]
	if len(values) == 0 || c.rnd.IntN(4) == 0 {
		return nil, false
	}
	return values[c.rnd.IntN(len(values))], true
}

func (c *whimsical) Set(key string, value any, _ int64, _ time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rnd.IntN(3) > 0 {
		c.old[key] = append(c.old[key], value)
	}
}

func (c *whimsical) Close() {}

func TestStormWithAWhimsicalCache(t *testing.T) {
	t.Parallel()
	storm(t, 4, 12, withHub(func(h *Hub) {
		h.hot.Close()
		h.hot = &whimsical{rnd: rand.New(rand.NewPCG(1, 2)), old: map[string][]any{}}
	}))
}

// TestLossyBus feeds the fan-out like a bus between machines that drops, doubles
// and reorders what was committed: every session still sees the log.
func TestLossyBus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	conv := w.group(ann, bob)
	var readers []*client
	for range 3 {
		readers = append(readers, w.connect(bob, points{conv: {}}))
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	var held []store.Message // delayed
	for i := range 400 {
		op := &store.SendMessage{From: ann, ClientID: newClientID(), Conv: conv, Body: fmt.Sprint(i)}
		if _, err := w.store.Commit([]store.Op{op}); err != nil {
			t.Fatal(err)
		}
		switch held = append(held, op.Message); rnd.IntN(5) {
		case 0: // dropped
			held = held[:len(held)-1]
		case 1: // doubled
			held = append(held, op.Message)
		case 2: // delayed
			continue
		}
		rnd.Shuffle(len(held), func(i, j int) { held[i], held[j] = held[j], held[i] })
		for _, m := range held {
			w.hub.deliver(m, nil)
		}
		held = nil
	}
	last := w.post(ann, conv, "last") // what is missing shows at the next delivery
	for _, r := range readers {
		r.wantMessage(conv, last.Seq)
		got := r.messages(conv)
		for i, seq := range got {
			if seq != uint64(i+1) {
				t.Fatalf("message %d at place %d", seq, i)
			}
		}
	}
	if st := w.hub.Stats(); st.BehindGap == 0 {
		t.Error("the bus lost nothing")
	}
}
