package client

import (
	"context"
	"errors"
	"fmt"
)

// waiter is somebody who waits for the device's state to become something.
type waiter struct {
	is func() bool // called with Device.mu held
	ch chan struct{}
}

// changedLocked wakes those whose condition holds now.
func (d *Device) changedLocked() {
	if len(d.waiters) == 0 {
		return
	}
	kept := d.waiters[:0]
	for _, w := range d.waiters {
		if w.is() {
			close(w.ch)
		} else {
			kept = append(kept, w)
		}
	}
	clear(d.waiters[len(kept):])
	d.waiters = kept
}

// waitFor waits until is, called with mu held, holds.
func (d *Device) waitFor(ctx context.Context, what string, is func() bool) error {
	d.mu.Lock()
	if is() {
		d.mu.Unlock()
		return nil
	}
	w := &waiter{is: is, ch: make(chan struct{})}
	d.waiters = append(d.waiters, w)
	d.mu.Unlock()
	select {
	case <-w.ch:
		return nil
	case <-ctx.Done():
		d.mu.Lock()
		defer d.mu.Unlock()
		return errors.Join(fmt.Errorf("%s waits for %s: %w", d.me.Name, what, ctx.Err()), d.lastErr)
	}
}

// WaitLive waits until the socket got all its cursors asked for.
func (d *Device) WaitLive(ctx context.Context) error {
	return d.waitFor(ctx, "live", func() bool { return d.socket != nil && d.socket.live })
}

// WaitShown waits until a conversation is displayed up to seq.
func (d *Device) WaitShown(ctx context.Context, conv string, seq uint64) error {
	return d.waitFor(ctx, fmt.Sprintf("%s at %d", conv, seq), func() bool {
		r := d.runs[conv]
		return r != nil && r.anchored && r.next > seq
	})
}

// WaitConversation waits until a conversation is in the list.
func (d *Device) WaitConversation(ctx context.Context, conv string) error {
	return d.waitFor(ctx, conv, func() bool { return d.conversations[conv] != nil })
}

// WaitGone waits until a conversation has left the list.
func (d *Device) WaitGone(ctx context.Context, conv string) error {
	return d.waitFor(ctx, conv+" gone", func() bool { return d.conversations[conv] == nil && d.gone[conv] > 0 })
}

// WaitReceipt waits until user's read cursor in conv is at least seq.
func (d *Device) WaitReceipt(ctx context.Context, conv, user string, read uint64) error {
	return d.waitFor(ctx, "receipt", func() bool { return d.receipts[conv][user].read >= read })
}

// WaitTyping waits until somebody typed in conv.
func (d *Device) WaitTyping(ctx context.Context, conv string) error {
	return d.waitFor(ctx, "typing", func() bool { return d.typing[conv] > 0 })
}

// WaitOnline waits until user is seen online, or offline.
func (d *Device) WaitOnline(ctx context.Context, user string, online bool) error {
	return d.waitFor(ctx, "presence", func() bool {
		is, known := d.online[user]
		return known && is == online
	})
}

// WaitEnded waits until the device gave up its login (4500 and 4502), and returns
// why.
func (d *Device) WaitEnded(ctx context.Context) error {
	d.mu.Lock()
	ended := d.ended
	d.mu.Unlock()
	select {
	case <-ended:
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.lastErr
	case <-ctx.Done():
		return ctx.Err()
	}
}
