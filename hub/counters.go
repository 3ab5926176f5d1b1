package hub

import "sync/atomic"

// Stats are the hub's counters since it was made, for /metrics and for tests.
// Sessions and QueueBytes are what is there now; everything else only rises.
type Stats struct {
	Sessions   int64
	QueueBytes int64 // queued for all sessions, counted until written

	Commits, Ops, CommitsFailed int64
	Delivered                   int64 // messages enqueued for live sessions

	// How the conversations named by cursors were resumed.
	ResumeCurrent, ResumeCached, ResumeStored, ResumeReset, ResumeGone int64

	// Why subscriptions went behind.
	BehindRoom, BehindGap int64
	// What was dropped, by reason.
	DropTyping, DropPresence, DropReceipt, DropPage int64

	// Why sessions ended on the server's side.
	EndedStalled, EndedSilent, EndedUnreadable, EndedRevoked, EndedTooMany int64

	FramesRefused int64 // readable, but answered with an error
	Panics        int64
}

// counters hold Stats while they move.
type counters struct {
	sessions, queueBytes                          atomic.Int64
	commits, ops, commitsFailed, delivered        atomic.Int64
	current, cached, stored, reset, gone          atomic.Int64
	behindRoom, behindGap                         atomic.Int64
	dropTyping, dropPresence, dropReceipt         atomic.Int64
	dropPage                                      atomic.Int64
	stalled, silent, unreadable, revoked, tooMany atomic.Int64
	framesRefused, panics                         atomic.Int64
}

// Stats returns the counters as they are now.
func (h *Hub) Stats() Stats {
	c := &h.counters
	return Stats{
		Sessions: c.sessions.Load(), QueueBytes: c.queueBytes.Load(),
		Commits: c.commits.Load(), Ops: c.ops.Load(), CommitsFailed: c.commitsFailed.Load(),
		Delivered:     c.delivered.Load(),
		ResumeCurrent: c.current.Load(), ResumeCached: c.cached.Load(), ResumeStored: c.stored.Load(),
		ResumeReset: c.reset.Load(), ResumeGone: c.gone.Load(),
		BehindRoom: c.behindRoom.Load(), BehindGap: c.behindGap.Load(),
		DropTyping: c.dropTyping.Load(), DropPresence: c.dropPresence.Load(),
		DropReceipt: c.dropReceipt.Load(), DropPage: c.dropPage.Load(),
		EndedStalled: c.stalled.Load(), EndedSilent: c.silent.Load(), EndedUnreadable: c.unreadable.Load(),
		EndedRevoked: c.revoked.Load(), EndedTooMany: c.tooMany.Load(),
		FramesRefused: c.framesRefused.Load(), Panics: c.panics.Load(),
	}
}
