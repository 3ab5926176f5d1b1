package httpapi

import (
	"math"

	"teahouse/hub"
	"teahouse/store"
)

// Messages in one page of history.
const (
	defaultPage = 50
	maxPage     = 200
)

// pathConversation reads the conversation a route names. What has not the form
// of a conversation's id is no conversation.
func (c *call) pathConversation() (store.ConvID, error) {
	id, err := store.ParseConvID(c.r.PathValue("conv"))
	if err != nil {
		return "", store.ErrNoSuchConversation
	}
	return id, nil
}

type messagePage struct {
	Messages []hub.Message `json:"messages"`
	Users    []hub.User    `json:"users"`
}

// handleMessages pages through the history: the newest before a seq (or the
// head), or the oldest after one. Bounds are exclusive, seqs ascend.
func (a *api) handleMessages(c *call) (any, error) {
	conv, err := c.pathConversation()
	if err != nil {
		return nil, err
	}
	before, hasBefore, err := c.number("before")
	if err != nil {
		return nil, err
	}
	after, hasAfter, err := c.number("after")
	if err != nil {
		return nil, err
	}
	limit, hasLimit, err := c.number("limit")
	if err != nil || hasBefore && hasAfter || hasLimit && limit == 0 {
		return nil, store.ErrInvalid
	}
	if !hasLimit {
		limit = defaultPage
	}
	read, bound := a.store.MessagesBefore, before
	if hasAfter {
		read, bound = a.store.MessagesAfter, after
	}
	messages, err := read(c.user.ID, conv, bound, int(min(limit, maxPage)))
	if err != nil {
		return nil, err
	}
	return a.messagePage(messages)
}

func (a *api) messagePage(messages []store.Message) (any, error) {
	page := messagePage{Messages: make([]hub.Message, 0, len(messages))}
	var ids []store.UserID
	for _, m := range messages {
		page.Messages = append(page.Messages, hub.ToMessage(m))
		ids = append(ids, m.From)
		if m.Event != nil {
			ids = append(ids, m.Event.User, m.Event.By)
		}
	}
	users, err := a.profiles(ids)
	page.Users = users
	return page, err
}

// handleReaders lists who of the others has read up to a message. Who came into
// the group after it is not among them.
func (a *api) handleReaders(c *call) (any, error) {
	conv, err := c.pathConversation()
	if err != nil {
		return nil, err
	}
	seq, present, err := c.number("seq")
	if err != nil || !present {
		return nil, store.ErrInvalid
	}
	view, _, err := a.store.Conversation(c.user.ID, conv)
	if err != nil {
		return nil, err
	}
	if seq < view.FromSeq || seq > view.Head {
		return nil, store.ErrNotFound
	}
	cursors, err := a.store.Cursors(c.user.ID, conv)
	if err != nil {
		return nil, err
	}
	joined, err := a.joinedAt(c.user.ID, conv)
	if err != nil {
		return nil, err
	}
	readers := []store.UserID{}
	for _, cursor := range cursors {
		if cursor.User != c.user.ID && cursor.Read >= seq && joined[cursor.User] <= seq {
			readers = append(readers, cursor.User)
		}
	}
	users, err := a.profiles(readers)
	return struct {
		Readers []store.UserID `json:"readers"`
		Users   []hub.User     `json:"users"`
	}{readers, users}, err
}

// joinedAt maps the members of a group to the seqs of their join messages; in a
// direct conversation both were there from the start.
func (a *api) joinedAt(user store.UserID, conv store.ConvID) (map[store.UserID]uint64, error) {
	joined := map[store.UserID]uint64{}
	if !conv.IsGroup() {
		return joined, nil
	}
	_, members, err := a.store.GroupFor(user, conv)
	for _, m := range members {
		joined[m.User] = m.Joined
	}
	return joined, err
}

// handleHide takes a conversation off the caller's list until its head is past
// seq; 0 shows it again.
func (a *api) handleHide(c *call) (any, error) {
	conv, err := c.pathConversation()
	if err != nil {
		return nil, err
	}
	var body struct {
		Seq uint64 `json:"seq"`
	}
	if err := c.decode(&body); err != nil {
		return nil, err
	}
	if body.Seq > math.MaxInt64 {
		return nil, store.ErrInvalid
	}
	return empty{}, a.do(c, &store.Hide{User: c.user.ID, Conv: conv, Seq: body.Seq})
}
