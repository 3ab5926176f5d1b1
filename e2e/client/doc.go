// Package client is a small, exact client of the protocol: what the page does,
// in Go, for tests.
//
// An API is one person's HTTP side, with its cookie. A Device is one window of
// that person: it keeps a socket open, says hello with the cursors of what it
// holds, displays each conversation as one gapless run, and keeps what it has to
// say in an outbox until the server has acked it. A Device outlives its sockets:
// going offline and online again is what a closed laptop does.
//
// What a device displayed can be asked for afterwards, and it writes down every
// promise of the protocol it saw broken.
package client
