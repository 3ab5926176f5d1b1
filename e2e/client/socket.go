package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// socket is one connection of a device. All fields but conn, ctx and wake are
// guarded by Device.mu.
type socket struct {
	d    *Device
	conn *websocket.Conn
	ctx  context.Context // ends with the socket
	wake chan struct{}   // capacity 1: something is to be written

	queue       [][]byte // frames to write
	ready, live bool
	asking      bool            // a bootstrap is on its way
	since       []*frame        // frames about the state that came meanwhile
	flying      int             // drafts written here and not answered
	gone        map[string]bool // conversations that ended on this socket
	received    map[string]uint64
	receiving   bool // a timer for received frames runs
}

// runSocket dials, says hello and reads until the socket closes. The outbox may
// go out from ready on; holes are fetched from live on.
func (d *Device) runSocket(ctx context.Context) (ready bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	conn, resp, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(d.API.Base, "http")+"/ws", &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: transport, Jar: d.API.HTTP.Jar},
		HTTPHeader: http.Header{"Origin": {d.API.Base}},
	})
	if err != nil {
		if resp != nil {
			return false, d.whyRefused(ctx, err)
		}
		return false, err
	}
	conn.SetReadLimit(1 << 20)
	s := &socket{d: d, conn: conn, ctx: ctx, wake: make(chan struct{}, 1), received: map[string]uint64{}, gone: map[string]bool{}}
	d.mu.Lock()
	d.socket = s
	for _, draft := range d.outbox {
		draft.flying = false
	}
	for _, r := range d.runs {
		r.lastFrame = 0
	}
	s.writeLocked(d.helloLocked())
	d.mu.Unlock()
	written := make(chan struct{})
	go func() { defer close(written); s.writeLoop() }()
	err = s.readLoop()
	cancel()
	conn.CloseNow()
	<-written
	d.mu.Lock()
	defer d.mu.Unlock()
	d.socket = nil
	d.changedLocked()
	return s.ready, d.afterClose(err)
}

// whyRefused asks the question a page has to ask: a browser sees only 1006.
func (d *Device) whyRefused(ctx context.Context, err error) error {
	var e *Error
	if errors.As(d.API.Do(ctx, "GET", "/api/logins", nil, nil), &e) && e.Status == 401 {
		return errLoggedOut
	}
	return err
}

// afterClose acts on the close code.
func (d *Device) afterClose(err error) error {
	switch websocket.CloseStatus(err) {
	case 4500, 4502:
		return errLoggedOut
	case 4503:
		return errTooManyWindows
	case 4501, websocket.StatusMessageTooBig:
		d.violationLocked("bad_frame: %v", err)
	}
	return err
}

// helloLocked is the frame that says what this device holds.
func (d *Device) helloLocked() fields {
	cursors := map[string][2]int64{}
	for conv, r := range d.runs {
		if r.anchored {
			cursors[conv] = [2]int64{int64(r.next - 1), r.at}
		}
	}
	return fields{
		"type": "hello", "proto": 1, "epoch": d.epoch, "rev": d.rev, "people": d.people,
		"cursors": cursors, "max_behind": d.opt.MaxBehind,
	}
}

// writeLocked queues a frame.
func (s *socket) writeLocked(f fields) {
	b, err := json.Marshal(f)
	if err != nil {
		panic(err)
	}
	s.queue = append(s.queue, b)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// maxWrite is how much goes into one WebSocket message; the server takes 256 KiB.
const maxWrite = 64 << 10

func (s *socket) writeLoop() {
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.wake:
		}
		for batch := s.takeBatch(); len(batch) > 0; batch = s.takeBatch() {
			if s.conn.Write(s.ctx, websocket.MessageText, batch) != nil {
				return
			}
		}
	}
}

func (s *socket) takeBatch() []byte {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	var batch []byte
	n := 0
	for ; n < len(s.queue) && (n == 0 || len(batch)+len(s.queue[n]) < maxWrite); n++ {
		batch = append(append(batch, s.queue[n]...), '\n')
	}
	s.queue = s.queue[n:]
	return batch
}

func (s *socket) readLoop() error {
	for {
		_, b, err := s.conn.Read(s.ctx)
		if err != nil {
			return err
		}
		if err := s.handle(b); err != nil {
			return err
		}
	}
}

func (s *socket) handle(b []byte) error {
	for line := range bytes.Lines(b) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var f frame
		if err := json.Unmarshal(line, &f); err != nil {
			return err
		}
		s.d.mu.Lock()
		s.dispatch(&f)
		s.d.changedLocked()
		s.d.mu.Unlock()
	}
	return nil
}

// dispatch takes one frame; Device.mu is held. Unknown types are ignored.
func (s *socket) dispatch(f *frame) {
	d := s.d
	switch f.Type {
	case "ready":
		s.ready = true
		d.stats.Sockets++
		d.flushLocked()
		if f.Stale {
			s.asking = true
			go func() { _ = d.bootstrap(s.ctx, s) }() // a failure keeps what was known; the next socket asks again
		}
	case "live":
		s.live = true
		for _, r := range d.runs {
			d.lookForHoleLocked(r)
		}
	case "message":
		d.onMessage(f)
	case "ack":
		d.onAck(f)
	case "error":
		d.onError(f)
	case "receipt":
		d.onReceipt(f)
	case "typing":
		d.typing[f.Conv]++
	case "presence":
		d.onPresence(f)
	case "conversation", "contact", "user", "gone":
		if s.asking {
			s.since = append(s.since, f)
		}
		d.onState(f)
	case "reset":
		d.onReset(f)
	case "ping":
		s.writeLocked(fields{"type": "pong"})
	}
}

// retryLocked sends a draft again on this socket after a second.
func (s *socket) retryLocked(clientID string) {
	time.AfterFunc(time.Second, func() {
		s.d.mu.Lock()
		defer s.d.mu.Unlock()
		if s.d.socket != s {
			return
		}
		for _, draft := range s.d.outbox {
			if draft.ClientID == clientID && draft.flying {
				draft.flying = false
				s.flying--
			}
		}
		s.d.flushLocked()
	})
}
