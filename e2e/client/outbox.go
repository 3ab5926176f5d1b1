package client

import (
	"context"
	"fmt"
)

// Draft is a message in the outbox, from the press of the button to the answer.
type Draft struct {
	ClientID, Conv, Body string

	// Set when done is closed.
	Seq       uint64
	At        int64
	N         uint64
	Duplicate bool
	Err       error // a final refusal; nil once acked

	done   chan struct{}
	epoch  string // outcomes of another epoch are unknown
	flying bool   // written on this socket; guarded by Device.mu
}

// Done is closed when the draft was acked or refused for good.
func (d *Draft) Done() <-chan struct{} { return d.done }

// Wait waits for the answer.
func (d *Draft) Wait(ctx context.Context) error {
	select {
	case <-d.done:
		return d.Err
	case <-ctx.Done():
		return fmt.Errorf("no answer to %s in %s: %w", d.ClientID, d.Conv, ctx.Err())
	}
}

// flyingMax keeps below the 256 unacked sends a session may have.
const flyingMax = 200

// Send puts a message into the outbox and, if the device is connected, on its way.
func (d *Device) Send(conv, body string) *Draft { return d.SendAs(NewClientID(), conv, body) }

// SendAs is Send with a client_id of the caller's.
func (d *Device) SendAs(clientID, conv, body string) *Draft {
	draft := &Draft{ClientID: clientID, Conv: conv, Body: body, done: make(chan struct{})}
	d.mu.Lock()
	defer d.mu.Unlock()
	draft.epoch = d.epoch
	d.outbox = append(d.outbox, draft)
	d.flushLocked()
	return draft
}

// flushLocked writes what is in the outbox and not on its way, in order.
func (d *Device) flushLocked() {
	s := d.socket
	if s == nil || !s.ready {
		return
	}
	for _, draft := range d.outbox {
		if draft.flying {
			continue
		}
		if s.flying >= flyingMax {
			return
		}
		draft.flying = true
		s.flying++
		d.stats.Sent++
		s.writeLocked(fields{"type": "send", "client_id": draft.ClientID, "conv": draft.Conv, "body": draft.Body})
	}
}

// takeLocked removes the draft with that client_id from the outbox.
func (d *Device) takeLocked(clientID string) *Draft {
	for i, draft := range d.outbox {
		if draft.ClientID == clientID {
			d.outbox = append(d.outbox[:i], d.outbox[i+1:]...)
			if draft.flying && d.socket != nil {
				d.socket.flying--
			}
			return draft
		}
	}
	return nil
}

// onAck empties the outbox of the draft and displays it if it follows the run; an
// ack above a hole never moves the run.
func (d *Device) onAck(f *frame) {
	draft := d.takeLocked(f.ClientID)
	if draft == nil {
		return // answered before, on an earlier socket
	}
	draft.Seq, draft.At, draft.N, draft.Duplicate = f.Seq, f.At, f.N, f.Duplicate
	d.stats.Acked++
	close(draft.done)
	d.insertLocked(Message{
		Conv: f.Conv, Seq: f.Seq, At: f.At, Kind: "text", From: d.me.User,
		ClientID: f.ClientID, Body: draft.Body, N: f.N,
	})
	d.flushLocked()
}

// onError ends the draft it names, unless the outcome may still change.
func (d *Device) onError(f *frame) {
	e := &Error{Code: f.Code, Reason: f.Reason}
	if f.ClientID == "" {
		d.errors = append(d.errors, e)
		return
	}
	switch f.Code {
	case "unavailable", "internal", "rate_limited":
		d.stats.Deferred++
		d.socket.retryLocked(f.ClientID)
		return
	}
	if draft := d.takeLocked(f.ClientID); draft != nil {
		draft.Err = e
		close(draft.done)
	}
	d.flushLocked()
}
