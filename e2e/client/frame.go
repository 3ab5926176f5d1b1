package client

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"hash/fnv"
)

// User is a profile.
type User struct {
	User        string `json:"user"`
	Name        string `json:"name"`
	DisplayName string `json:"display_name"`
	Disabled    bool   `json:"disabled"`
	Admin       bool   `json:"admin"` // in me
}

// Event is what a system message says.
type Event struct {
	Type    string `json:"type"`
	User    string `json:"user"`
	By      string `json:"by"`
	Name    string `json:"name"`
	Join    string `json:"join"`
	History string `json:"history"`
}

// Message is a message of a frame, a page or a bootstrap.
type Message struct {
	Conv     string `json:"conv"`
	Seq      uint64 `json:"seq"`
	At       int64  `json:"at"` // Unix milliseconds
	Kind     string `json:"kind"`
	From     string `json:"from"`
	ClientID string `json:"client_id"`
	Body     string `json:"body"`
	Event    *Event `json:"event"`
	N        uint64 `json:"n"`
	Damaged  bool   `json:"damaged"`
}

// Sum is a digest of all that is immutable in a message.
func (m *Message) Sum() uint64 {
	h := fnv.New64a()
	var b [16]byte
	for i := range 8 {
		b[i], b[8+i] = byte(m.Seq>>(8*i)), byte(m.At>>(8*i))
	}
	h.Write(b[:])
	for _, s := range []string{m.Conv, m.Kind, m.From, m.ClientID, m.Body} {
		h.Write([]byte(s))
		h.Write([]byte{0xff})
	}
	if e := m.Event; e != nil {
		for _, s := range []string{e.Type, e.User, e.By, e.Name, e.Join, e.History} {
			h.Write([]byte(s))
			h.Write([]byte{0xff})
		}
	}
	return h.Sum64()
}

// Peer is the other user of a direct conversation with their cursors.
type Peer struct {
	User      string `json:"user"`
	Delivered uint64 `json:"delivered"`
	Read      uint64 `json:"read"`
}

// Conversation is a conversation as its member sees it; Head is [seq, at].
type Conversation struct {
	Conv        string   `json:"conv"`
	Kind        string   `json:"kind"`
	Name        string   `json:"name"`
	Head        [2]int64 `json:"head"`
	FromSeq     uint64   `json:"from_seq"`
	Read        uint64   `json:"read"`
	Delivered   uint64   `json:"delivered"`
	Unread      uint64   `json:"unread"`
	Last        *Message `json:"last"`
	Role        string   `json:"role"`
	MemberCount int      `json:"member_count"`
	Join        string   `json:"join"`
	History     string   `json:"history"`
	Notice      string   `json:"notice"`
	Everyone    bool     `json:"everyone"`
	Writable    bool     `json:"writable"`
	HiddenAt    uint64   `json:"hidden_at"`
	Peer        *Peer    `json:"peer"`
}

// Contact is a contact as its owner sees it.
type Contact struct {
	User    string `json:"user"`
	Removed bool   `json:"removed"`
}

// Bootstrap is all a device needs before its first socket.
type Bootstrap struct {
	Epoch         string         `json:"epoch"`
	Rev           uint64         `json:"rev"`
	People        uint64         `json:"people"`
	Me            User           `json:"me"`
	Contacts      []Contact      `json:"contacts"`
	Conversations []Conversation `json:"conversations"`
	Users         []User         `json:"users"`
}

// frame is any frame of the server: all fields of all types.
type frame struct {
	Type string `json:"type"`
	Message
	Duplicate    bool              `json:"duplicate"`
	Code         string            `json:"code"`
	Reason       string            `json:"reason"`
	Rev          uint64            `json:"rev"`
	People       uint64            `json:"people"`
	Stale        bool              `json:"stale"`
	Cursors      []receipt         `json:"cursors"`
	Unread       *uint64           `json:"unread"`
	Users        []json.RawMessage `json:"users"`
	Conversation *Conversation     `json:"conversation"`
	Contact      *Contact          `json:"contact"`
	User         *User             `json:"user"`
	Head         [2]int64          `json:"head"` // in reset
}

// receipt is [user, delivered, read].
type receipt struct {
	user            string
	delivered, read uint64
}

func (r *receipt) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&r.user, &r.delivered, &r.read})
}

// NewClientID makes an id with 128 random bits, 22 characters of base64url.
func NewClientID() string {
	var b [16]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}
