package httpapi

import (
	"teahouse/hub"
	"teahouse/store"
)

type addedContact struct {
	Contact      hub.Contact      `json:"contact"`
	Conversation hub.Conversation `json:"conversation"`
	User         hub.User         `json:"user"`
}

// handleAddContact adds somebody by number or by account name.
func (a *api) handleAddContact(c *call) (any, error) {
	var body struct {
		ClientID string        `json:"client_id"`
		User     *store.UserID `json:"user"`
		Name     *string       `json:"name"`
	}
	if err := c.decode(&body); err != nil {
		return nil, err
	}
	other, err := a.named(body.User, body.Name)
	if err != nil {
		return nil, err
	}
	op := &store.AddContact{By: c.user.ID, ClientID: body.ClientID, User: other}
	if err := a.do(c, op); err != nil {
		return nil, err
	}
	conversation, _, err := a.store.Conversation(c.user.ID, op.Conv)
	if err != nil {
		return nil, err
	}
	profile, err := a.store.User(other)
	if err != nil {
		return nil, err
	}
	return addedContact{
		hub.Contact{User: op.Contact.User, At: op.Contact.At},
		hub.ToConversation(conversation),
		hub.ToUser(profile),
	}, nil
}

// named returns who is meant by exactly one of a number and an account name.
func (a *api) named(id *store.UserID, name *string) (store.UserID, error) {
	switch {
	case (id == nil) == (name == nil):
		return 0, store.ErrInvalid
	case id != nil:
		return *id, nil
	}
	found, err := a.store.UserByName(*name)
	return found.ID, err
}

func (a *api) handleRemoveContact(c *call) (any, error) {
	other, err := store.ParseUserID(c.r.PathValue("user"))
	if err != nil {
		return nil, store.ErrNotFound
	}
	return empty{}, a.do(c, &store.RemoveContact{By: c.user.ID, User: other})
}
