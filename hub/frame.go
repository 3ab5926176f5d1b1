package hub

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"teahouse/store"
)

// maxDepth is how deep the objects and arrays of a frame may nest; no frame of
// the protocol goes deeper than 3.
const maxDepth = 16

// maxEchoBytes is the longest client_id an error repeats: the longest valid one.
const maxEchoBytes = 64

// errUnreadable marks bytes that are no frame at all. They end the session with
// close code 4501, while a frame that is readable but wrong is only refused.
var errUnreadable = errors.New("unreadable frame")

// The frames a page sends, one type each.
type (
	helloFrame struct {
		Type    string                       `json:"type"`
		Proto   int                          `json:"proto"`
		Epoch   string                       `json:"epoch"`
		Rev     uint64                       `json:"rev"`
		People  uint64                       `json:"people"`
		Cursors map[store.ConvID]ResumePoint `json:"cursors"`
		// MaxBehind is the page's own limit in messages, 0 for none.
		MaxBehind uint64 `json:"max_behind"`
	}
	sendFrame struct {
		Type     string       `json:"type"`
		ClientID string       `json:"client_id"`
		Conv     store.ConvID `json:"conv"`
		Body     string       `json:"body"`
	}
	// cursorFrame is read and received.
	cursorFrame struct {
		Type string       `json:"type"`
		Conv store.ConvID `json:"conv"`
		Seq  uint64       `json:"seq"`
	}
	// convFrame is typing and watch; watch may leave conv out.
	convFrame struct {
		Type string       `json:"type"`
		Conv store.ConvID `json:"conv,omitempty"`
	}
	pongFrame struct {
		Type string `json:"type"`
	}
)

// frameNames are the member names of all frames of the page. A name that
// differs from one of them in case only is not an unknown field but an attempt
// to be read in two ways.
var frameNames = []string{
	"type", "proto", "epoch", "rev", "people", "cursors", "max_behind",
	"client_id", "conv", "body", "seq",
}

// frameHead is what the first pass over a frame finds.
type frameHead struct {
	kind     string
	clientID string // "" if there is none that may be repeated
	proto    string // as written
}

// decodeFrame reads one line of a WebSocket message. An error is errUnreadable,
// or a *store.Refusal to be answered with clientID; the untrusted bytes are
// never part of it.
func decodeFrame(line []byte, maxBytes int) (frame any, clientID string, err error) {
	head, err := scanFrame(line)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", errUnreadable, err)
	}
	if len(line) > maxBytes {
		return nil, head.clientID, store.ErrFrameTooLarge
	}
	switch head.kind {
	case "hello":
		// A page of another protocol may send fields this server does not know.
		if head.proto != protoText {
			return &helloFrame{Type: "hello", Proto: -1}, "", nil
		}
		frame = &helloFrame{}
	case "send":
		frame = &sendFrame{}
	case "read", "received":
		frame = &cursorFrame{}
	case "typing", "watch":
		frame = &convFrame{}
	case "pong":
		frame = &pongFrame{}
	default:
		return nil, head.clientID, store.ErrUnknownType
	}
	err = json.Unmarshal(line, frame, json.RejectUnknownMembers(true))
	switch {
	case errors.Is(err, json.ErrUnknownName):
		return nil, head.clientID, store.ErrBadJSON
	case err != nil:
		return nil, head.clientID, store.ErrInvalid
	}
	return frame, head.clientID, checkFrame(frame)
}

// checkFrame refuses values that no stored thing can have. What a send may
// contain is the store's to say, after it has looked its client_id up.
func checkFrame(frame any) error {
	switch f := frame.(type) {
	case *helloFrame:
		for conv := range f.Cursors {
			if _, err := store.ParseConvID(string(conv)); err != nil {
				return store.ErrInvalid
			}
		}
	case *sendFrame:
		return checkConv(f.Conv)
	case *cursorFrame:
		return checkConv(f.Conv)
	case *convFrame:
		if f.Conv == "" && f.Type == "watch" {
			return nil
		}
		return checkConv(f.Conv)
	}
	return nil
}

func checkConv(conv store.ConvID) error {
	if _, err := store.ParseConvID(string(conv)); err != nil {
		return store.ErrInvalid
	}
	return nil
}

// scanFrame checks that line is one JSON object of valid UTF-8, without doubled
// or case-changed names and not too deep, and picks out what an answer needs.
func scanFrame(line []byte) (frameHead, error) {
	var head frameHead
	dec := jsontext.NewDecoder(bytes.NewBuffer(line))
	if dec.PeekKind() != '{' {
		return head, errors.New("not an object")
	}
	name := ""
	for depth := 1; depth > 0; {
		tok, err := dec.ReadToken()
		if err != nil {
			return head, err
		}
		depth = dec.StackDepth()
		if depth > maxDepth {
			return head, errors.New("nested too deep")
		}
		if depth != 1 {
			continue
		}
		if _, n := dec.StackIndex(1); n%2 == 1 { // a name was read, its value comes next
			name = tok.String()
			if err := checkName(name); err != nil {
				return head, err
			}
			continue
		}
		head.take(name, tok)
	}
	if len(bytes.TrimLeft(dec.UnreadBuffer(), " \t\r")) > 0 {
		return head, errors.New("more than one value on a line")
	}
	return head, nil
}

// take keeps one member of the outermost object, if an answer needs it.
func (h *frameHead) take(name string, tok jsontext.Token) {
	switch {
	case name == "type" && tok.Kind() == '"':
		h.kind = tok.String()
	case name == "client_id" && tok.Kind() == '"':
		if id := tok.String(); len(id) <= maxEchoBytes {
			h.clientID = id
		}
	case name == "proto" && tok.Kind() == '0':
		h.proto = tok.String()
	}
}

// checkName refuses a name that equals a known one but for case.
func checkName(name string) error {
	for _, known := range frameNames {
		if name != known && len(name) <= 2*len(known) && strings.EqualFold(name, known) {
			return fmt.Errorf("name %q in another case", known)
		}
	}
	return nil
}

// splitFrames calls fn for each line of a WebSocket message until fn returns
// false; one line end after the last frame is allowed.
func splitFrames(message []byte, fn func(line []byte) bool) {
	message = bytes.TrimSuffix(message, []byte("\n"))
	for more := true; more; {
		var line []byte
		line, message, more = bytes.Cut(message, []byte("\n"))
		if !fn(line) {
			return
		}
	}
}

// validText reports whether a WebSocket message is text this server reads at
// all; the library does not check the UTF-8 of text messages.
func validText(message []byte) bool { return utf8.Valid(message) }
