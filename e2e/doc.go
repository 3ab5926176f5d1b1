// Package e2e tests the whole program: the real binary as a process of its own,
// real sockets, a real browser.
//
//	server.go   the program: build, start, kill, restart
//	client/     the protocol, as the page speaks it
//	corpus.go   the conversations that are replayed
//	browser.go  Chromium, one browser context a person
//	window.go   a tab: what it shows and what goes wrong in it
//	hands.go    mouse, finger and keyboard
//	visit.go    the ways through the page
//
// TEAHOUSE_REPLAY=full replays all conversations (make replay). A browser test
// skips where there is no Chromium, unless TEAHOUSE_NEED_BROWSER=1.
// TEAHOUSE_SHOTS names a folder for screenshots, TEAHOUSE_BINARY a program to test
// instead of the one built here.
package e2e
