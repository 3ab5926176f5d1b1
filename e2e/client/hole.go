package client

import (
	"time"
)

// pageSize is how many messages a page of history asks for.
const pageSize = 200

// lookForHoleLocked fetches what is missing behind a run, if it is still missing
// after a while: the catch-up of a conversation that is behind closes most holes
// by itself. Nothing is fetched before live.
func (d *Device) lookForHoleLocked(r *run) {
	s := d.socket
	if s == nil || !s.live || r.fetching || !r.hole() || d.conversations[r.conv] == nil {
		return // the last: what to ask for is not known before its conversation is
	}
	if !r.anchored {
		r.fetching = true
		go d.fetch(s, r, false)
		return
	}
	r.fetching = true
	next := r.next
	time.AfterFunc(d.opt.HoleAfter, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		r.fetching = false
		if d.socket != s || d.runs[r.conv] != r {
			return
		}
		if r.next != next {
			d.lookForHoleLocked(r) // it moves: wait again
			return
		}
		if r.hole() {
			r.fetching = true
			go d.fetch(s, r, false)
		}
	})
}

// fetch reads pages until the run has no hole. With compare the page begins with
// the last message the device holds: if the server has another one there, all the
// device holds of the conversation is dropped and read anew.
func (d *Device) fetch(s *socket, r *run, compare bool) {
	defer func() {
		d.mu.Lock()
		r.fetching = false
		if d.socket != s && d.socket != nil {
			d.lookForHoleLocked(r)
		}
		d.changedLocked()
		d.mu.Unlock()
	}()
	for {
		d.mu.Lock()
		anchored, after := r.anchored, r.next-1
		if compare {
			after--
		}
		d.stats.Pages++
		d.mu.Unlock()
		var page []Message
		var err error
		if anchored {
			page, err = d.API.MessagesAfter(s.ctx, r.conv, after, pageSize)
		} else {
			page, err = d.API.MessagesBefore(s.ctx, r.conv, 0, pageSize/4)
		}
		if err != nil {
			return
		}
		if d.takePage(r, page, compare) {
			return
		}
		compare = false
	}
}

// takePage displays a page and reports whether the hole is closed.
func (d *Device) takePage(r *run, page []Message, compare bool) (closed bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.changedLocked()
	if !r.anchored {
		first := uint64(1)
		if len(page) > 0 {
			first = page[0].Seq
		} else if c := d.conversations[r.conv]; c != nil {
			first = c.FromSeq
		}
		above := r.above
		r.above = map[uint64]Message{}
		r.anchorAt(first - 1)
		for _, m := range above {
			d.insertLocked(m)
		}
	}
	if compare {
		old, ok := r.at_(r.next - 1)
		if len(page) == 0 || !ok || page[0].Seq != r.next-1 || page[0].Sum() != old.Sum {
			first := uint64(1)
			if c := d.conversations[r.conv]; c != nil {
				first = c.FromSeq
			}
			r.anchorAt(first - 1)
			return false
		}
	}
	for _, m := range page {
		d.insertLocked(m)
	}
	return !r.hole() || len(page) == 0
}
