// Package lan finds the addresses under which other devices of the network
// reach this machine. It sends nothing: it asks the system for its interfaces
// and for the way a packet would take.
package lan
