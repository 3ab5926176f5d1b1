package hub

import (
	"time"

	"teahouse/store"
)

// receiptMembers is the largest group whose cursors are told as they move. Each
// message moves every member's cursor and each move goes to all who watch, so the
// cost rises with the square of the group; in a larger one a page asks for the
// readers of a message when somebody wants to see them.
const receiptMembers = 100

// receiptBatch gathers the cursors of groups that somebody watches until they go
// out as one shared frame a conversation.
type receiptBatch struct {
	// Guarded by Hub.mu.
	convs map[store.ConvID]map[store.UserID]store.Cursor
	timer *time.Timer // nil while nothing is gathered
	ended bool
}

func (b *receiptBatch) init() { b.convs = map[store.ConvID]map[store.UserID]store.Cursor{} }

func (b *receiptBatch) stop() {
	b.ended = true
	if b.timer != nil {
		b.timer.Stop()
	}
}

// cursorMoved announces a cursor that rose: to its user's own sessions with the
// unread count, to the peer of a direct conversation, and in a group that is not
// large once a while to those who watch. The session whose send moved it knows by its ack.
func (h *Hub) cursorMoved(e store.CursorMoved, from *session) {
	cursors := []CursorTuple{{e.Cursor.User, e.Cursor.Delivered, e.Cursor.Read}}
	h.mu.Lock()
	defer h.mu.Unlock()
	if own := h.sessionsLocked(e.Cursor.User); len(own) > 0 {
		frame := encode(receiptFrame{"receipt", e.Conv, cursors, &e.Unread})
		for _, s := range own {
			if s != from {
				s.enqueue(frame)
			}
		}
	}
	if peer, ok := e.Conv.Peer(e.Cursor.User); ok {
		if theirs := h.sessionsLocked(peer); len(theirs) > 0 {
			frame := encode(receiptFrame{Type: "receipt", Conv: e.Conv, Cursors: cursors})
			for _, s := range theirs {
				s.enqueue(frame)
			}
		}
		return
	}
	if len(h.watchers[e.Conv]) > 0 && len(h.groups[e.Conv]) <= receiptMembers {
		h.gatherLocked(e.Conv, e.Cursor)
	}
}

func (h *Hub) gatherLocked(conv store.ConvID, c store.Cursor) {
	b := &h.receipts
	if b.convs[conv] == nil {
		b.convs[conv] = map[store.UserID]store.Cursor{}
	}
	b.convs[conv][c.User] = c
	if b.timer == nil && !b.ended {
		b.timer = time.AfterFunc(h.limits.ReceiptEvery, h.flushReceipts)
	}
}

// flushReceipts sends what was gathered. The frames are made under Hub.mu, which
// is short: a cursor for each member who read within a second.
func (h *Hub) flushReceipts() {
	h.mu.Lock()
	defer h.mu.Unlock()
	b := &h.receipts
	b.timer = nil
	for conv, cursors := range b.convs {
		delete(b.convs, conv)
		if len(h.watchers[conv]) == 0 || b.ended {
			continue
		}
		f := receiptFrame{Type: "receipt", Conv: conv}
		for _, c := range cursors {
			f.Cursors = append(f.Cursors, CursorTuple{c.User, c.Delivered, c.Read})
		}
		frame := encode(f)
		for s := range h.watchers[conv] {
			if !s.offer(frame) { // the next one of a cursor says all that this one did
				h.counters.dropReceipt.Add(1)
			}
		}
	}
}
