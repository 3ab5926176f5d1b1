package hub

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Limits holds every number an operator may set, with `-limit name=value` for
// each field's name in limitTable. Sizes are in bytes, times are durations.
type Limits struct {
	BodyBytes    int // text of one message, UTF-8
	FrameBytes   int // one frame: 16 KiB of text may grow sixfold when escaped
	SocketBytes  int // one WebSocket message, which may carry several frames
	GroupMembers int // members of a group; the group Everyone has no limit

	QueueBytes        int           // queued for one session, counted until written
	QueueMessageBytes int           // the part of it that messages may use; acks, errors and receipts use all
	CatchUpBytes      int           // what the catch-up fills of one queue at a time
	CatchUpTotalBytes int           // what the catch-ups of all sessions hold together
	WriteStall        time.Duration // a write without progress for this long ends the session
	UnackedSends      int           // sends of one session that may wait for their ack
	SendsPerSecond    float64       // of one session, sustained; above it the server reads more slowly
	SendBurst         int
	FramesPerSecond   float64
	PendingOps        int // ops waiting for the sequencer

	HelloWithin   time.Duration // the first frame must come within this
	MessageWithin time.Duration // a WebSocket message must be complete this long after its first byte
	PingEvery     time.Duration // quiet in either direction for this long sends a ping
	SilentFor     time.Duration // silence that ends a session
	OfflineGrace  time.Duration // how long a user stays online after the last session
	ReceiptEvery  time.Duration // receipts and typing of groups, and presence, are batched to this
	UserSessions  int           // sockets of one user
	AddressSocks  int           // sockets of one remote address
	CacheBytes    int64         // budget of the ristretto cache
	TailMessages  int           // frames kept in a conversation's tail
	TailBytes     int
	LoginsPerMin  int // login attempts of one remote address
	HashQueue     int // password hashes that may wait; more get "busy"
	RequestBytes  int // one JSON request
	LoginIdle     time.Duration
	LoginAbsolute time.Duration
}

// DefaultLimits returns the limits of C19 of the guarantees.
func DefaultLimits() Limits {
	return Limits{
		BodyBytes:    16 << 10,
		FrameBytes:   128 << 10,
		SocketBytes:  256 << 10,
		GroupMembers: 1000,

		QueueBytes:        1 << 20,
		QueueMessageBytes: 768 << 10,
		CatchUpBytes:      64 << 10,
		CatchUpTotalBytes: 16 << 20,
		WriteStall:        10 * time.Second,
		UnackedSends:      256,
		SendsPerSecond:    20,
		SendBurst:         40,
		FramesPerSecond:   100,
		PendingOps:        4096,

		HelloWithin:   10 * time.Second,
		MessageWithin: 10 * time.Second,
		PingEvery:     25 * time.Second,
		SilentFor:     60 * time.Second,
		OfflineGrace:  10 * time.Second,
		ReceiptEvery:  time.Second,
		UserSessions:  30,
		AddressSocks:  1024,
		CacheBytes:    64 << 20,
		TailMessages:  256,
		TailBytes:     256 << 10,
		LoginsPerMin:  60,
		HashQueue:     32,
		RequestBytes:  64 << 10,
		LoginIdle:     30 * 24 * time.Hour,
		LoginAbsolute: 90 * 24 * time.Hour,
	}
}

// table gives each limit the name an operator uses and a pointer to set it by.
func (l *Limits) table() map[string]any {
	return map[string]any{
		"body-bytes":           &l.BodyBytes,
		"frame-bytes":          &l.FrameBytes,
		"socket-bytes":         &l.SocketBytes,
		"group-members":        &l.GroupMembers,
		"queue-bytes":          &l.QueueBytes,
		"queue-message-bytes":  &l.QueueMessageBytes,
		"catch-up-bytes":       &l.CatchUpBytes,
		"catch-up-total-bytes": &l.CatchUpTotalBytes,
		"write-stall":          &l.WriteStall,
		"unacked-sends":        &l.UnackedSends,
		"sends-per-second":     &l.SendsPerSecond,
		"send-burst":           &l.SendBurst,
		"frames-per-second":    &l.FramesPerSecond,
		"pending-ops":          &l.PendingOps,
		"hello-within":         &l.HelloWithin,
		"message-within":       &l.MessageWithin,
		"ping-every":           &l.PingEvery,
		"silent-for":           &l.SilentFor,
		"offline-grace":        &l.OfflineGrace,
		"receipt-every":        &l.ReceiptEvery,
		"user-sessions":        &l.UserSessions,
		"address-sockets":      &l.AddressSocks,
		"cache-bytes":          &l.CacheBytes,
		"tail-messages":        &l.TailMessages,
		"tail-bytes":           &l.TailBytes,
		"logins-per-minute":    &l.LoginsPerMin,
		"hash-queue":           &l.HashQueue,
		"request-bytes":        &l.RequestBytes,
		"login-idle":           &l.LoginIdle,
		"login-absolute":       &l.LoginAbsolute,
	}
}

// Set changes one limit from "name=value"; values are whole numbers, decimals or
// durations ("10s") as the limit is. Every value must be above 0.
func (l *Limits) Set(assignment string) error {
	name, value, ok := strings.Cut(assignment, "=")
	field, known := l.table()[name]
	if !ok || !known {
		return fmt.Errorf("limit %q: want name=value with one of %s", assignment, strings.Join(l.Names(), " "))
	}
	n, err := 0.0, error(nil)
	switch p := field.(type) {
	case *int:
		*p, err = strconv.Atoi(value)
		n = float64(*p)
	case *int64:
		*p, err = strconv.ParseInt(value, 10, 64)
		n = float64(*p)
	case *float64:
		*p, err = strconv.ParseFloat(value, 64)
		n = *p
	case *time.Duration:
		*p, err = time.ParseDuration(value)
		n = float64(*p)
	}
	if err == nil && !(n > 0) {
		err = fmt.Errorf("must be above 0")
	}
	if err != nil {
		return fmt.Errorf("limit %s: %w", name, err)
	}
	return nil
}

// Names lists the limits in the order of the alphabet.
func (l *Limits) Names() []string {
	names := []string{}
	for name := range l.table() {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
