package hub

import (
	"time"

	"teahouse/store"
)

// refusedFor is how long a refused send holds back the later ones of its session
// after the last of them. It covers what the page had written before it heard of
// the refusal, and lets a page go on that has given the refused one up.
const refusedFor = time.Second

// refusedSend is the first send of a session that was refused for now. Its page
// keeps it and sends it again; what the page had sent after it must not be stored
// before it.
type refusedSend struct {
	clientID string    // "" for none
	err      error     // what the later ones are answered
	at       time.Time // of the refusal, or of the last send held back
}

// note takes note of a refusal after which the page sends again.
func (r *refusedSend) note(clientID string, err error, now time.Time) {
	if r.clientID != "" {
		return
	}
	switch ToError(err).Code {
	case store.ErrStorageFull.Code:
		*r = refusedSend{clientID, err, now}
	case store.ErrInternal.Code:
		// A page gives up what the server fails at again and again; that is not
		// to be said of the sends after it.
		*r = refusedSend{clientID, store.ErrBusy, now}
	}
}

// holds reports whether a send must wait for the refused one, which itself ends
// that when it comes again.
func (r *refusedSend) holds(clientID string, now time.Time) bool {
	if r.clientID == "" {
		return false
	}
	if clientID == r.clientID || now.Sub(r.at) >= refusedFor {
		*r = refusedSend{}
		return false
	}
	r.at = now
	return true
}

// answerOvertaking answers the sends of a batch that would overtake a refused one
// for now, and returns the rest.
func answerOvertaking(batch []*entry, now time.Time) []*entry {
	rest := batch[:0]
	for _, e := range batch {
		if e.from != nil {
			send := e.op.(*store.SendMessage)
			if r := &e.from.refused; r.holds(send.ClientID, now) {
				e.from.answered(encodeError(r.err, send.ClientID))
				continue
			}
		}
		rest = append(rest, e)
	}
	return rest
}
