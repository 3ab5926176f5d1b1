// Package hub moves committed messages to the sessions that must hear of them:
// who is here, and what do they still need to hear.
//
// # The journey of a message
//
//	session.go      readLoop: a WebSocket message is one or more frames, one a line
//	frame.go        decodeFrame: strict JSON; unreadable ends the session, wrong is refused
//	dispatch.go     handleSend: over the rate it waits; then into the sequencer's line
//	sequencer.go    run: all that came during the last commit is the next batch;
//	                store.Commit returns after fsync: now the messages exist
//	fanout.go       release: effect by effect, op by op, in commit order
//	offline.go      pushTail: the encoded frame, shared by all readers, into the hot tail
//	subscription.go deliver: seq = next, live and room: enqueued; else behind
//	catchup.go      what is behind is read from tail or store as the queue drains
//	queue.go        writeLoop: all that is queued goes out as one WebSocket message
//
// resume.go is how a session begins: it registers first and reads afterwards.
//
// # What it keeps true
//
//	J1 no message or ack frame leaves before the commit of its message returned
//	J2 per session and conversation seq ascends without a gap
//	J3 (conversation, sender, client_id) has one seq and is fanned out once
//	J4 a process lost after the commit and before the ack loses nothing: the page
//	   sends again and gets the old seq
//	J5 a slow or dead session delays nobody
//	J6 forgetting every cache changes latency only
//
// # Goroutines
//
// One sequencer. One read loop a session, which is all an idle session costs. A
// write loop only while something is queued, a catch-up only while something is
// behind, and one goroutine that ends the session. Timers: one a session (hello,
// then heartbeat), one a user in the grace after the last session, one each for
// the batches of presence and of group receipts while there is something in them.
//
// # Locks
//
// Hub.mu, then conv.mu, then session.mu; sequencer.mu and those of the tail and
// of the waiting list are innermost. Nothing is read, written or waited for under
// any of them. Whatever would end a session under a lock only marks it; the
// session's own goroutine does the rest.
package hub
