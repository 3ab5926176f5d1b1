package httpapi

import (
	"teahouse/hub"
	"teahouse/store"
)

// bootstrap is all a page needs to begin.
type bootstrap struct {
	Epoch         string             `json:"epoch"`
	Rev           uint64             `json:"rev"`
	People        uint64             `json:"people"`
	Version       string             `json:"version"`
	Me            me                 `json:"me"`
	Server        bootstrapServer    `json:"server"`
	Limits        bootstrapLimits    `json:"limits"`
	Contacts      []hub.Contact      `json:"contacts"`
	Conversations []hub.Conversation `json:"conversations"`
	Users         []hub.User         `json:"users"`
}

type bootstrapServer struct {
	Name         string `json:"name"`
	Version      string `json:"version"`
	Registration string `json:"registration"`
}

// bootstrapLimits is what a page must know before it sends.
type bootstrapLimits struct {
	BodyBytes int `json:"body_bytes"`
}

func (a *api) handleBootstrap(c *call) (any, error) {
	b, err := a.store.Bootstrap(c.user.ID)
	if err != nil {
		return nil, err
	}
	settings, err := a.store.Settings()
	if err != nil {
		return nil, err
	}
	return bootstrap{
		Epoch: a.store.Epoch(), Rev: b.Rev, People: b.People, Version: a.version,
		Me:            toMe(b.Me),
		Server:        bootstrapServer{settings.ServerName, a.version, settings.Registration},
		Limits:        bootstrapLimits{a.limits.BodyBytes},
		Contacts:      toContacts(b.Contacts),
		Conversations: toConversations(b.Conversations),
		Users:         toUsers(b.Users),
	}, nil
}

func toContacts(contacts []store.Contact) []hub.Contact {
	list := make([]hub.Contact, 0, len(contacts))
	for _, c := range contacts {
		list = append(list, hub.Contact{User: c.User, At: c.At})
	}
	return list
}

func toConversations(conversations []store.Conversation) []hub.Conversation {
	list := make([]hub.Conversation, 0, len(conversations))
	for _, c := range conversations {
		list = append(list, hub.ToConversation(c))
	}
	return list
}
