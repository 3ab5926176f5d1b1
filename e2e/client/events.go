package client

import (
	"encoding/json"
	"time"
)

// onMessage checks a message frame's place on this socket and displays it.
func (d *Device) onMessage(f *frame) {
	d.stats.Delivered++
	r := d.runs[f.Conv]
	if r == nil && d.socket.asking { // the list that names it is on its way
		r = newRun(f.Conv)
		d.runs[f.Conv] = r
	}
	if r == nil {
		// A list that was read between the commit and the release of a removal is
		// ahead of the socket; but nothing may come after gone.
		if d.socket.gone[f.Conv] {
			d.violationLocked("message %s %d after gone", f.Conv, f.Seq)
		}
		d.stats.Strays++
		return
	}
	if f.Seq <= r.lastFrame {
		d.violationLocked("message %s %d after %d on one socket", f.Conv, f.Seq, r.lastFrame)
	}
	r.lastFrame = f.Seq
	if r.anchored && f.Seq < r.next {
		d.stats.WireDoubles++
	}
	d.insertLocked(f.Message)
}

// insertLocked displays a message or keeps it above the hole.
func (d *Device) insertLocked(m Message) {
	r := d.runs[m.Conv]
	if r == nil {
		return
	}
	grew, contradicts := r.insert(m, d.opt.Keep)
	if contradicts {
		d.violationLocked("%s %d is another message than the one displayed", m.Conv, m.Seq)
	}
	if c := d.conversations[m.Conv]; c != nil && int64(m.Seq) > c.Head[0] {
		c.Head = [2]int64{int64(m.Seq), m.At}
	}
	if grew && d.opt.Receipts && d.socket != nil {
		d.socket.receivedLocked(r)
	}
	d.lookForHoleLocked(r)
}

// receivedLocked says, at most once a second, up to where a conversation came.
func (s *socket) receivedLocked(r *run) {
	s.received[r.conv] = r.next - 1
	if s.receiving {
		return
	}
	s.receiving = true
	time.AfterFunc(time.Second, func() {
		s.d.mu.Lock()
		defer s.d.mu.Unlock()
		s.receiving = false
		if s.ctx.Err() != nil {
			return
		}
		for conv, seq := range s.received {
			s.writeLocked(fields{"type": "received", "conv": conv, "seq": seq})
		}
		clear(s.received)
	})
}

// Read says that everything up to seq was read.
func (d *Device) Read(conv string, seq uint64) {
	d.say(fields{"type": "read", "conv": conv, "seq": seq})
}

// Typing says that the user types in conv.
func (d *Device) Typing(conv string) { d.say(fields{"type": "typing", "conv": conv}) }

// Watch says which conversation is on the screen; "" is none.
func (d *Device) Watch(conv string) {
	f := fields{"type": "watch"}
	if conv != "" {
		f["conv"] = conv
	}
	d.say(f)
}

// say writes a frame if there is a socket; what is lost is lost.
func (d *Device) say(f fields) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.socket != nil {
		d.socket.writeLocked(f)
	}
}

// onReceipt keeps cursors, merged by max (what hello is answered by is read from
// the store and may be ahead of what is being released), and one's own unread.
func (d *Device) onReceipt(f *frame) {
	of := d.receipts[f.Conv]
	if of == nil {
		of = map[string]receipt{}
		d.receipts[f.Conv] = of
	}
	for _, now := range f.Cursors {
		was := of[now.user]
		if now.read > now.delivered {
			d.violationLocked("receipt in %s reads what was not delivered: %v", f.Conv, now)
		}
		of[now.user] = receipt{now.user, max(was.delivered, now.delivered), max(was.read, now.read)}
	}
	if f.Unread != nil {
		d.unread[f.Conv] = *f.Unread
	}
}

func (d *Device) onPresence(f *frame) {
	for _, raw := range f.Users {
		var user string
		var online bool
		var seen int64
		if json.Unmarshal(raw, &[]any{&user, &online, &seen}) == nil {
			d.online[user] = online
		}
	}
}

// onState takes a frame that is about the user's lists and not about messages.
func (d *Device) onState(f *frame) {
	d.rev, d.people = max(d.rev, f.Rev), max(d.people, f.People)
	switch f.Type {
	case "conversation":
		delete(d.socket.gone, f.Conversation.Conv)
		d.applyConversationLocked(f.Conversation)
	case "contact":
		if f.Contact.Removed {
			delete(d.contacts, f.Contact.User)
		} else {
			d.contacts[f.Contact.User] = *f.Contact
		}
	case "user":
		d.users[f.User.User] = *f.User
	case "gone":
		d.onGone(f)
	}
}

// onGone takes the conversation off the list; a bootstrap with a lower rev does
// not bring it back.
func (d *Device) onGone(f *frame) {
	delete(d.conversations, f.Conv)
	delete(d.runs, f.Conv)
	d.gone[f.Conv] = f.Rev
	d.socket.gone[f.Conv] = true
}

// onReset drops trust, never messages: without a conversation the epoch is
// another one; with one, what lies behind the run is read by pages and the run's
// end compared.
func (d *Device) onReset(f *frame) {
	d.stats.Resets++
	if f.Conv == "" {
		d.epoch = ""
		return
	}
	r := d.runs[f.Conv]
	if r == nil {
		return
	}
	r.want, r.fetching = uint64(f.Head[0]), true
	for seq := range r.above {
		r.want = max(r.want, seq)
	}
	go d.fetch(d.socket, r, r.anchored && len(r.shown) > 0)
}
