package hub

import (
	"bytes"
	"context"
	"time"

	"github.com/coder/websocket"
)

// writeBytes is how much of a queue goes into one WebSocket message; a longer
// frame goes alone. writeStep is the part of it whose writing counts as progress.
const (
	writeBytes = 64 << 10
	writeStep  = 16 << 10
)

// enqueue hands a frame that must arrive to the writer. It never blocks; without
// room in the whole queue the session ends.
func (s *session) enqueue(frame []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enqueueLocked(frame)
}

func (s *session) enqueueLocked(frame []byte) {
	if s.closed {
		return
	}
	if !s.fitsLocked(len(frame), s.h.limits.QueueBytes) {
		s.closeLocked(closeStalled, "queue full", false)
		return
	}
	s.appendLocked(frame)
}

// offer hands over a frame that may be lost, and reports whether there was room
// in the part of the queue that messages may use.
func (s *session) offer(frame []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || !s.fitsLocked(len(frame), s.h.limits.QueueMessageBytes) {
		return false
	}
	s.appendLocked(frame)
	return true
}

// fitsLocked: the queue is empty, or the frame fits. Without the first half a
// frame larger than the queue would wait for ever.
func (s *session) fitsLocked(n, limit int) bool {
	return s.bytes == 0 || s.bytes+n <= limit
}

func (s *session) appendLocked(frame []byte) {
	s.queue = append(s.queue, frame)
	s.bytes += len(frame)
	s.h.counters.queueBytes.Add(int64(len(frame)))
	s.startWriterLocked()
}

func (s *session) startWriterLocked() {
	if s.writing || s.hold || len(s.queue) == 0 {
		return
	}
	s.writing = true
	s.h.wg.Add(1)
	go s.writeLoop()
}

func (s *session) dropQueueLocked() {
	dropped := 0
	for _, frame := range s.queue {
		dropped += len(frame)
	}
	s.queue = nil
	s.bytes -= dropped
	s.h.counters.queueBytes.Add(-int64(dropped))
}

// writeLoop writes what is queued, as much as possible in one WebSocket message,
// and ends when nothing is. "Nothing queued" and writing = false are one critical
// section, so that no frame is left without a writer.
func (s *session) writeLoop() {
	defer s.h.wg.Done()
	defer s.h.recoverPanic("write", s)
	buf := s.h.borrowBuffer()
	defer s.h.returnBuffer(buf)
	for {
		frames, n := s.takeQueue()
		if n == 0 {
			return
		}
		message := frames[0]
		if len(frames) > 1 {
			message = joinFrames(buf, frames)
		}
		err := s.write(message)
		s.written(n)
		if err != nil {
			s.close(closeLost, "write failed", false)
		}
	}
}

// takeQueue takes frames for one write, or ends the writer if there are none; n
// is their size.
func (s *session) takeQueue() (frames [][]byte, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hold || len(s.queue) == 0 || s.cutOff {
		s.dropIfCutLocked()
		s.writing = false
		s.room.Broadcast()
		return nil, 0
	}
	i := 0
	for i < len(s.queue) && (i == 0 || n+len(s.queue[i]) <= writeBytes) {
		n += len(s.queue[i])
		i++
	}
	frames = s.queue[:i:i]
	s.queue = s.queue[i:]
	if len(s.queue) == 0 {
		s.queue = nil
	}
	return frames, n
}

func (s *session) dropIfCutLocked() {
	if s.cutOff {
		s.dropQueueLocked()
	}
}

func (s *session) written(n int) {
	s.mu.Lock()
	s.bytes -= n
	s.sentAt = time.Now()
	s.room.Broadcast()
	s.mu.Unlock()
	s.h.counters.queueBytes.Add(-int64(n))
}

// joinFrames puts the frames of one WebSocket message on a line each.
func joinFrames(buf *bytes.Buffer, frames [][]byte) []byte {
	buf.Reset()
	for i, frame := range frames {
		if i > 0 {
			buf.WriteByte('\n')
		}
		buf.Write(frame)
	}
	return buf.Bytes()
}

// write writes one WebSocket message. Each step of it must end within WriteStall;
// a context with a timeout for each write would cost more than the write.
func (s *session) write(message []byte) error {
	if s.stall == nil {
		s.stall = time.AfterFunc(s.h.limits.WriteStall, func() {
			s.close(closeStalled, "nothing read in time", false)
		})
	}
	defer s.stall.Stop()
	if len(message) <= writeStep {
		s.stall.Reset(s.h.limits.WriteStall)
		return s.conn.Write(context.Background(), websocket.MessageText, message)
	}
	w, err := s.conn.Writer(context.Background(), websocket.MessageText)
	for err == nil && len(message) > 0 {
		step := message[:min(writeStep, len(message))]
		message = message[len(step):]
		s.stall.Reset(s.h.limits.WriteStall)
		_, err = w.Write(step)
	}
	if err != nil {
		return err
	}
	return w.Close()
}
