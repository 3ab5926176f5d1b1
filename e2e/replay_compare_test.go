package e2e

import (
	"fmt"
	"time"

	"teahouse/e2e/client"
)

// compare reads every chat three ways and compares each with the file: a fresh
// login by pages, a fresh session by resume from nothing, and what each member
// displayed on the way.
func (r *replay) compare() {
	each(r, 4, r.chats, func(c *chat) error {
		if err := r.compareChat(c); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		return nil
	})
	for _, p := range r.people {
		for _, v := range p.device.Violations() {
			r.t.Error(v)
		}
	}
}

func (r *replay) compareChat(c *chat) error {
	reader := r.people[c.speakers[len(c.speakers)/2]]
	conv, err := r.convOf(c, reader)
	if err != nil {
		return err
	}
	fresh := client.NewAPI(r.server.URL)
	if err := fresh.LogIn(r.ctx, reader.name, password); err != nil {
		return err
	}
	log, err := fresh.History(r.ctx, conv)
	if err != nil {
		return err
	}
	if err := r.compareLog(c, log); err != nil {
		return fmt.Errorf("read by pages: %w", err)
	}
	if err := r.compareResume(fresh, conv, log); err != nil {
		return fmt.Errorf("read by resume: %w", err)
	}
	for _, speaker := range c.speakers {
		shown := r.people[speaker].device.Shown(conv)
		if err := sameShown(shown, log); err != nil {
			return fmt.Errorf("displayed by %s: %w", r.people[speaker].name, err)
		}
		r.displayed.Add(int64(len(shown)))
	}
	return nil
}

// convOf finds the conversation of a chat in its reader's list.
func (r *replay) convOf(c *chat, reader *person) (string, error) {
	b, err := reader.api.Bootstrap(r.ctx)
	if err != nil {
		return "", err
	}
	for _, conv := range b.Conversations {
		if c.pair && conv.Kind == "direct" || conv.Name == c.name {
			return conv.Conv, nil
		}
	}
	return "", fmt.Errorf("%s does not have it among %d conversations", reader.name, len(b.Conversations))
}

// compareLog compares the text messages of a conversation with the file: count,
// order, bytes; and the seqs of all kinds with 1..n.
func (r *replay) compareLog(c *chat, log []client.Message) error {
	var texts []client.Message
	ids := map[string]bool{}
	for i, m := range log {
		if m.Seq != uint64(i+1) {
			return fmt.Errorf("seq %d at place %d", m.Seq, i+1)
		}
		if m.Kind != "text" {
			continue
		}
		texts = append(texts, m)
		if ids[m.From+m.ClientID] {
			r.doubled.Add(1)
		}
		ids[m.From+m.ClientID] = true
		if m.N != uint64(len(texts)) {
			return fmt.Errorf("n is %d at seq %d, want %d", m.N, m.Seq, len(texts))
		}
	}
	r.read.Add(int64(len(texts)))
	var first error
	for i := range min(len(texts), len(c.lines)) {
		want := c.lines[i]
		if texts[i].Body != want.Body || texts[i].From != r.people[want.From].id {
			r.misordered.Add(1)
			if first == nil {
				first = fmt.Errorf("message %d is %q of %s, want %q of %s", i+1, texts[i].Body, texts[i].From,
					want.Body, r.people[want.From].id)
			}
		}
	}
	if first == nil && len(texts) != len(c.lines) {
		first = fmt.Errorf("%d messages, want %d", len(texts), len(c.lines))
	}
	return first
}

// compareResume reads the conversation over a new socket whose cursors say that it
// holds nothing.
func (r *replay) compareResume(api *client.API, conv string, log []client.Message) error {
	d := client.NewDevice(api, client.Options{FromStart: true, MaxBehind: 1 << 30, Keep: true, HoleAfter: time.Minute})
	d.GoOnline()
	defer d.GoOffline()
	if err := d.WaitShown(r.ctx, conv, uint64(len(log))); err != nil {
		return err
	}
	if s := d.Stats(); s.Pages > 0 || s.Resets > 0 {
		return fmt.Errorf("needed %d pages and %d resets", s.Pages, s.Resets)
	}
	return sameShown(d.Shown(conv), log)
}

// sameShown reports how a device's display differs from the log.
func sameShown(shown []client.Shown, log []client.Message) error {
	for i := range min(len(shown), len(log)) {
		if shown[i].Seq != log[i].Seq || shown[i].Sum != log[i].Sum() {
			return fmt.Errorf("place %d shows seq %d, want the message of seq %d", i+1, shown[i].Seq, log[i].Seq)
		}
	}
	if len(shown) != len(log) {
		return fmt.Errorf("%d messages, want %d", len(shown), len(log))
	}
	return nil
}

// print says what went through.
func (r *replay) print() {
	var sum client.Stats
	for _, p := range r.people {
		s := p.device.Stats()
		sum.Sent += s.Sent
		sum.Acked += s.Acked
		sum.Delivered += s.Delivered
		sum.WireDoubles += s.WireDoubles
		sum.Sockets += s.Sockets
		sum.Resets += s.Resets
		sum.Pages += s.Pages
	}
	r.t.Logf("people %d, chats %d, sockets %d, resets %d, pages %d", len(r.people), len(r.chats), sum.Sockets, sum.Resets, sum.Pages)
	r.t.Logf("sent %d (of them again %d), acked %d, delivered %d, displayed %d, in the log %d",
		r.acked.Load(), int64(sum.Sent)-r.acked.Load(), sum.Acked, sum.Delivered, r.displayed.Load(), r.read.Load())
	r.t.Logf("lost %d, doubled %d, out of order %d, doubled on the wire only %d; %.0f s in all",
		r.acked.Load()-r.read.Load(), r.doubled.Load(), r.misordered.Load(), sum.WireDoubles, time.Since(r.started).Seconds())
}
