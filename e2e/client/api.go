package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"time"
)

// API is one person's HTTP side of a server. Its cookie lives as long as it does.
type API struct {
	Base string // "http://127.0.0.1:8686"
	HTTP *http.Client
}

// transport is shared by all persons of a process: they differ in their cookies.
var transport = &http.Transport{
	DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
	MaxIdleConnsPerHost: 64,
	IdleConnTimeout:     10 * time.Second,
}

// CloseIdle closes the idle connections of every API of the process.
func CloseIdle() { transport.CloseIdleConnections() }

// NewAPI returns the HTTP side of somebody who is not logged in yet.
func NewAPI(base string) *API {
	jar, _ := cookiejar.New(nil)
	return &API{Base: base, HTTP: &http.Client{Transport: transport, Jar: jar, Timeout: 60 * time.Second}}
}

// Error is an error answer of the server.
type Error struct {
	Status  int    `json:"-"`
	Code    string `json:"code"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// Error returns status, reason and the server's sentence.
func (e *Error) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Reason, e.Message) }

// Reason returns the reason of an error answer, "" for any other error.
func Reason(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Reason
	}
	return ""
}

// Do sends in as JSON (nil for no body) and reads the answer into out (nil to
// ignore it). An answer of 400 and above is an *Error.
func (a *API) Do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, a.Base+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Origin", a.Base)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := a.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 400 {
		e := &Error{Status: resp.StatusCode}
		if json.Unmarshal(b, e) != nil {
			e.Message = string(b)
		}
		return e
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

type fields = map[string]any

// Setup claims the server.
func (a *API) Setup(ctx context.Context, token, serverName, name, password, registration string, everyone bool) error {
	return a.Do(ctx, "POST", "/api/setup", fields{
		"token": token, "server_name": serverName, "name": name,
		"password": password, "registration": registration, "everyone": everyone,
	}, nil)
}

// Register makes an account and logs it in; invite may be "".
func (a *API) Register(ctx context.Context, name, password, displayName, invite string) error {
	in := fields{"name": name, "password": password, "display_name": displayName}
	if invite != "" {
		in["invite"] = invite
	}
	return a.Do(ctx, "POST", "/api/users", in, nil)
}

// LogIn logs in.
func (a *API) LogIn(ctx context.Context, name, password string) error {
	return a.Do(ctx, "POST", "/api/logins", fields{"name": name, "password": password}, nil)
}

// LogOut ends this login.
func (a *API) LogOut(ctx context.Context) error {
	return a.Do(ctx, "DELETE", "/api/logins/current", nil, nil)
}

// Bootstrap reads what a device starts with.
func (a *API) Bootstrap(ctx context.Context) (Bootstrap, error) {
	var b Bootstrap
	err := a.Do(ctx, "GET", "/api/bootstrap", nil, &b)
	return b, err
}

// AddContact adds the user of that account name; clientID makes it repeatable.
func (a *API) AddContact(ctx context.Context, clientID, name string) (Conversation, error) {
	var out struct{ Conversation Conversation }
	err := a.Do(ctx, "POST", "/api/contacts", fields{"client_id": clientID, "name": name}, &out)
	return out.Conversation, err
}

// CreateGroup makes a group with these first members.
func (a *API) CreateGroup(ctx context.Context, clientID, name string, members []string) (Conversation, error) {
	var out struct{ Conversation Conversation }
	err := a.Do(ctx, "POST", "/api/groups", fields{"client_id": clientID, "name": name, "members": members}, &out)
	return out.Conversation, err
}

// JoinGroup joins an open group.
func (a *API) JoinGroup(ctx context.Context, clientID, conv string) (Conversation, error) {
	var out struct{ Conversation Conversation }
	err := a.Do(ctx, "POST", "/api/groups/"+conv+"/join", fields{"client_id": clientID}, &out)
	return out.Conversation, err
}

// LeaveGroup leaves a group.
func (a *API) LeaveGroup(ctx context.Context, conv string) error {
	return a.Do(ctx, "DELETE", "/api/groups/"+conv+"/members/me", nil, nil)
}

// RemoveMember ends somebody's membership, as the owner.
func (a *API) RemoveMember(ctx context.Context, conv, user string) error {
	return a.Do(ctx, "DELETE", "/api/groups/"+conv+"/members/"+user, nil, nil)
}

// AddMembers adds users to a group.
func (a *API) AddMembers(ctx context.Context, clientID, conv string, users []string) error {
	return a.Do(ctx, "POST", "/api/groups/"+conv+"/members", fields{"client_id": clientID, "users": users}, nil)
}

// MessagesAfter reads a page of a conversation, ascending from after, exclusive.
func (a *API) MessagesAfter(ctx context.Context, conv string, after uint64, limit int) ([]Message, error) {
	return a.page(ctx, fmt.Sprintf("/api/conversations/%s/messages?after=%d&limit=%d", conv, after, limit))
}

// MessagesBefore reads the newest messages before a seq, exclusive and ascending;
// 0 means from the head.
func (a *API) MessagesBefore(ctx context.Context, conv string, before uint64, limit int) ([]Message, error) {
	if before == 0 {
		return a.page(ctx, fmt.Sprintf("/api/conversations/%s/messages?limit=%d", conv, limit))
	}
	return a.page(ctx, fmt.Sprintf("/api/conversations/%s/messages?before=%d&limit=%d", conv, before, limit))
}

func (a *API) page(ctx context.Context, path string) ([]Message, error) {
	var out struct{ Messages []Message }
	err := a.Do(ctx, "GET", path, nil, &out)
	return out.Messages, err
}

// History reads a whole conversation by pages, oldest first.
func (a *API) History(ctx context.Context, conv string) ([]Message, error) {
	var all []Message
	after := uint64(0)
	for {
		page, err := a.MessagesAfter(ctx, conv, after, 200)
		if err != nil || len(page) == 0 {
			return all, err
		}
		all = append(all, page...)
		after = page[len(page)-1].Seq
	}
}
