package hub

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"teahouse/store"
)

// proto is the version of the protocol this server speaks; protoText is how a
// hello must write it.
const (
	proto     = 1
	protoText = "1"
)

// ResumePoint is where a device stands in a conversation, [seq, at] on the wire:
// the end of the gapless run it holds and the time of the message there. At 0
// means that it holds nothing up to Seq.
type ResumePoint struct {
	Seq uint64
	At  int64
}

// CursorTuple is one user's cursors, [user, delivered, read] on the wire.
type CursorTuple struct {
	User            store.UserID
	Delivered, Read uint64
}

// PresenceTuple says whether a user is online, [user, online, last_seen] on the
// wire; LastSeen is in Unix milliseconds, 0 for never or now.
type PresenceTuple struct {
	User     store.UserID
	Online   bool
	LastSeen int64
}

// MarshalJSONTo writes [seq, at].
func (p ResumePoint) MarshalJSONTo(enc *jsontext.Encoder) error {
	return json.MarshalEncode(enc, [2]any{p.Seq, p.At})
}

// UnmarshalJSONFrom reads exactly [seq, at], both whole and not negative.
func (p *ResumePoint) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	return readTuple(dec, &p.Seq, &p.At)
}

// MarshalJSONTo writes [user, delivered, read].
func (t CursorTuple) MarshalJSONTo(enc *jsontext.Encoder) error {
	return json.MarshalEncode(enc, [3]any{t.User, t.Delivered, t.Read})
}

// UnmarshalJSONFrom reads [user, delivered, read].
func (t *CursorTuple) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	return readTuple(dec, &t.User, &t.Delivered, &t.Read)
}

// MarshalJSONTo writes [user, online, last_seen].
func (t PresenceTuple) MarshalJSONTo(enc *jsontext.Encoder) error {
	return json.MarshalEncode(enc, [3]any{t.User, t.Online, t.LastSeen})
}

// UnmarshalJSONFrom reads [user, online, last_seen].
func (t *PresenceTuple) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	return readTuple(dec, &t.User, &t.Online, &t.LastSeen)
}

// readTuple reads an array of exactly the given values.
func readTuple(dec *jsontext.Decoder, into ...any) error {
	if tok, err := dec.ReadToken(); err != nil || tok.Kind() != '[' {
		return errors.Join(err, errors.New("want an array"))
	}
	for _, p := range into {
		if k := dec.PeekKind(); k == 'n' || k == ']' {
			return fmt.Errorf("want an array of %d values", len(into))
		}
		if err := json.UnmarshalDecode(dec, p); err != nil {
			return err
		}
		if at, ok := p.(*int64); ok && *at < 0 {
			return errors.New("want a value of 0 or more")
		}
	}
	if tok, err := dec.ReadToken(); err != nil || tok.Kind() != ']' {
		return errors.Join(err, fmt.Errorf("want an array of %d values", len(into)))
	}
	return nil
}

// The frames the server sends, one type each.
type (
	readyFrame struct {
		Type      string `json:"type"`
		Session   string `json:"session"`
		Version   string `json:"version"`
		Rev       uint64 `json:"rev"`
		People    uint64 `json:"people"`
		Now       int64  `json:"now"`
		PingEvery int64  `json:"ping_every"` // milliseconds
		Stale     bool   `json:"stale"`
	}
	// bareFrame is live and ping.
	bareFrame struct {
		Type string `json:"type"`
	}
	messageFrame struct {
		Type string `json:"type"`
		Message
	}
	ackFrame struct {
		Type      string       `json:"type"`
		ClientID  string       `json:"client_id"`
		Conv      store.ConvID `json:"conv"`
		Seq       uint64       `json:"seq"`
		At        int64        `json:"at"`
		N         uint64       `json:"n"`
		Duplicate bool         `json:"duplicate,omitzero"`
	}
	errorFrame struct {
		Type string `json:"type"`
		Error
		ClientID string `json:"client_id,omitempty"`
	}
	receiptFrame struct {
		Type    string        `json:"type"`
		Conv    store.ConvID  `json:"conv"`
		Cursors []CursorTuple `json:"cursors"`
		Unread  *uint64       `json:"unread,omitzero"` // to the reader's own sessions
	}
	typingFrame struct {
		Type  string         `json:"type"`
		Conv  store.ConvID   `json:"conv"`
		Users []store.UserID `json:"users"`
	}
	presenceFrame struct {
		Type  string          `json:"type"`
		Users []PresenceTuple `json:"users"`
	}
	conversationFrame struct {
		Type         string       `json:"type"`
		Rev          uint64       `json:"rev"`
		Conversation Conversation `json:"conversation"`
	}
	contactFrame struct {
		Type    string  `json:"type"`
		Rev     uint64  `json:"rev"`
		Contact Contact `json:"contact"`
	}
	userFrame struct {
		Type   string `json:"type"`
		People uint64 `json:"people"`
		User   User   `json:"user"`
	}
	goneFrame struct {
		Type string       `json:"type"`
		Conv store.ConvID `json:"conv"`
		Rev  uint64       `json:"rev"`
	}
	resetFrame struct {
		Type   string       `json:"type"`
		Conv   store.ConvID `json:"conv,omitempty"`
		Head   *ResumePoint `json:"head,omitzero"`
		Reason string       `json:"reason"`
	}
	byeFrame struct {
		Type       string `json:"type"`
		Why        string `json:"why"`
		RetryAfter int64  `json:"retry_after,omitzero"` // milliseconds
	}
)

// encode makes the bytes of a frame. The types above always encode: a failure is
// a mistake of the program, and ends the session that met it.
func encode(frame any) []byte {
	b, err := json.Marshal(frame, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", frame, err))
	}
	return b
}

// encodeMessage makes the message frame that all its readers share.
func encodeMessage(m store.Message) []byte {
	return encode(messageFrame{"message", ToMessage(m)})
}

func encodeAck(m store.Message, duplicate bool) []byte {
	return encode(ackFrame{"ack", m.ClientID, m.Conv, m.Seq, m.At, m.N, duplicate})
}

// encodeError names the draft it refuses, unless that is longer than any
// client_id could be.
func encodeError(err error, clientID string) []byte {
	if len(clientID) > maxEchoBytes {
		clientID = ""
	}
	return encode(errorFrame{"error", ToError(err), clientID})
}

// milliseconds is how the wire writes a duration.
func milliseconds(d time.Duration) int64 { return d.Milliseconds() }
