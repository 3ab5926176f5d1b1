package hub

import (
	"errors"

	"teahouse/store"
)

// The objects of the wire, the same in frames, pages and bootstrap. Stored types
// are never marshalled: these are made of them by the To functions.

// User is a profile as anybody signed in may see it.
type User struct {
	User        store.UserID `json:"user"`
	Name        string       `json:"name"`
	DisplayName string       `json:"display_name"`
	Avatar      string       `json:"avatar,omitempty"`
	Disabled    bool         `json:"disabled,omitzero"`
}

// ToUser makes the wire form of a profile.
func ToUser(u store.User) User {
	return User{u.ID, u.Name, u.DisplayName, u.Avatar, u.Disabled}
}

// Contact is a contact as its owner sees it.
type Contact struct {
	User    store.UserID `json:"user"`
	At      int64        `json:"at,omitzero"`
	Removed bool         `json:"removed,omitzero"`
}

// Event is what a system message says.
type Event struct {
	Type    string        `json:"type"`
	User    *store.UserID `json:"user,omitempty"`
	By      *store.UserID `json:"by,omitempty"`
	Name    string        `json:"name,omitempty"`
	Join    string        `json:"join,omitempty"`
	History string        `json:"history,omitempty"`
}

// Message is a message in frames (with type "message"), pages and bootstrap.
type Message struct {
	Conv     store.ConvID  `json:"conv"`
	Seq      uint64        `json:"seq"`
	At       int64         `json:"at"`
	Kind     string        `json:"kind"`
	From     *store.UserID `json:"from,omitempty"`
	ClientID string        `json:"client_id,omitempty"`
	Body     *string       `json:"body,omitzero"`
	Event    *Event        `json:"event,omitempty"`
	N        uint64        `json:"n"`
	Damaged  bool          `json:"damaged,omitzero"`
}

// ToMessage makes the wire form of a message.
func ToMessage(m store.Message) Message {
	w := Message{Conv: m.Conv, Seq: m.Seq, At: m.At, Kind: m.Kind, N: m.N, Damaged: m.Damaged}
	if m.Kind == store.KindText && !m.Damaged {
		w.From, w.ClientID, w.Body = &m.From, m.ClientID, &m.Body
	}
	if e := m.Event; e != nil {
		w.Event = &Event{Type: e.Type, Name: e.Name, Join: e.Join, History: e.History}
		if e.User != 0 {
			w.Event.User = &e.User
		}
		if e.By != 0 {
			w.Event.By = &e.By
		}
	}
	return w
}

// Peer is the other user of a direct conversation with their cursors.
type Peer struct {
	User      store.UserID `json:"user"`
	Delivered uint64       `json:"delivered"`
	Read      uint64       `json:"read"`
}

// Conversation is a conversation as one member sees it. Head is [seq, at].
type Conversation struct {
	Conv        store.ConvID `json:"conv"`
	Kind        string       `json:"kind"` // direct or group
	Name        string       `json:"name,omitempty"`
	Avatar      string       `json:"avatar,omitempty"`
	Head        [2]int64     `json:"head"`
	FromSeq     uint64       `json:"from_seq"`
	Read        uint64       `json:"read"`
	Delivered   uint64       `json:"delivered"`
	Unread      uint64       `json:"unread"`
	Last        *Message     `json:"last"`
	At          int64        `json:"at"`
	Role        string       `json:"role,omitempty"`
	MemberCount int          `json:"member_count,omitzero"`
	Join        string       `json:"join,omitempty"`
	History     string       `json:"history,omitempty"`
	Notice      string       `json:"notice,omitempty"`
	Everyone    bool         `json:"everyone,omitzero"` // name "" is worded by the page
	Writable    bool         `json:"writable"`
	HiddenAt    uint64       `json:"hidden_at,omitzero"`
	Peer        *Peer        `json:"peer,omitempty"`
}

// ToConversation makes the wire form of a conversation.
func ToConversation(c store.Conversation) Conversation {
	w := Conversation{
		Conv: c.Conv, Kind: "direct", Head: [2]int64{int64(c.Head), c.HeadAt}, FromSeq: c.FromSeq,
		Read: c.Read, Delivered: c.Delivered, Unread: c.Unread, At: c.At, Role: c.Role,
		Writable: c.Writable, HiddenAt: c.HiddenAt,
	}
	if c.Last != nil {
		last := ToMessage(*c.Last)
		w.Last = &last
	}
	if g := c.Group; g != nil {
		w.Kind, w.Name, w.Avatar, w.MemberCount = "group", g.Name, g.Avatar, g.MemberCount
		w.Join, w.History, w.Notice, w.Everyone = g.Join, g.History, g.Notice, g.Everyone
	}
	if p := c.Peer; p != nil {
		w.Peer = &Peer{p.User, p.Delivered, p.Read}
	}
	return w
}

// Error is the body of every error, in frames and over HTTP.
type Error struct {
	Code    string `json:"code"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// ToError makes the wire form of err: a *store.Refusal as it is, anything else as
// internal, of which the client learns nothing more.
func ToError(err error) Error {
	var r *store.Refusal
	if !errors.As(err, &r) {
		r = store.ErrInternal
	}
	return Error{r.Code, r.Reason, r.Message}
}
