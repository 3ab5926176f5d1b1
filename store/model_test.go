package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"teahouse/store"
)

// The store against a model of plain slices and maps: random sends, retries,
// joins, leaves, removals, cursors and reopenings in one group, and after each of
// them everything every user sees.

type modelMessage struct {
	from     store.UserID // 0 for a system message
	body     string
	clientID string
	event    string
}

type modelMember struct{ joined, from, read, delivered int }

// model is one group. Seq i is messages[i-1].
type model struct {
	history  string
	owner    store.UserID
	messages []modelMessage
	members  map[store.UserID]*modelMember
	removed  map[store.UserID]bool
}

func (m *model) head() int { return len(m.messages) }

func (m *model) event(name string) { m.messages = append(m.messages, modelMessage{event: name}) }

func (m *model) texts(after int) (n int) {
	for _, msg := range m.messages[after:] {
		if msg.from != 0 {
			n++
		}
	}
	return n
}

func (m *model) join(user store.UserID, event string) {
	m.event(event)
	mem := &modelMember{joined: m.head(), from: 1, read: m.head(), delivered: m.head()}
	if m.history == store.HistoryJoined {
		mem.from = mem.joined
	}
	m.members[user] = mem
	delete(m.removed, user)
}

// machine runs the store and the model side by side.
type machine struct {
	store *store.Store
	open  func() (*store.Store, error)
	users []store.UserID
	group store.ConvID
	ids   int
	model
}

func (m *machine) commit(t *rapid.T, op store.Op) error {
	outcomes, err := m.store.Commit([]store.Op{op})
	if err != nil {
		t.Fatal(err)
	}
	return outcomes[0].Err
}

func (m *machine) expect(t *rapid.T, op store.Op, want error) {
	if got := m.commit(t, op); !errors.Is(got, want) {
		t.Fatalf("%T %+v: got %v, want %v", op, op, got, want)
	}
}

func (m *machine) id() string {
	m.ids++
	return fmt.Sprintf("client-id-%010d", m.ids)
}

func (m *machine) drawUser(t *rapid.T) store.UserID {
	return rapid.SampledFrom(m.users).Draw(t, "user")
}

func (m *machine) send(t *rapid.T) {
	from, body := m.drawUser(t), rapid.StringN(1, 20, 60).Draw(t, "body")
	op := &store.SendMessage{From: from, Conv: m.group, ClientID: m.id(), Body: body}
	mem := m.members[from]
	if mem == nil {
		m.expect(t, op, store.ErrNoSuchConversation)
		return
	}
	allRead := m.texts(mem.read) == 0
	m.expect(t, op, nil)
	m.messages = append(m.messages, modelMessage{from, body, op.ClientID, ""})
	if op.Message.Seq != uint64(m.head()) || op.Duplicate {
		t.Fatalf("sent as %+v, head %d", op.Message, m.head())
	}
	if allRead {
		mem.read, mem.delivered = m.head(), m.head()
	}
}

func (m *machine) retry(t *rapid.T) {
	seq := rapid.IntRange(1, m.head()).Draw(t, "seq")
	old := m.messages[seq-1]
	if old.from == 0 {
		t.Skip("a system message")
	}
	op := &store.SendMessage{From: old.from, Conv: m.group, ClientID: old.clientID, Body: old.body}
	m.expect(t, op, nil)
	if !op.Duplicate || op.Message.Seq != uint64(seq) || op.Message.Body != old.body {
		t.Fatalf("repeated %d as %+v", seq, op)
	}
	op.Body += "?"
	m.expect(t, op, store.ErrClientIDReused)
}

func (m *machine) joinOp(t *rapid.T) {
	user := m.drawUser(t)
	op := &store.JoinGroup{By: user, Conv: m.group, ClientID: m.id()}
	switch {
	case m.members[user] != nil:
		m.expect(t, op, nil)
	case m.removed[user]:
		m.expect(t, op, store.ErrRemovedFromGroup)
	default:
		m.expect(t, op, nil)
		m.join(user, "joined")
	}
}

func (m *machine) add(t *rapid.T) {
	by, user := m.drawUser(t), m.drawUser(t)
	op := &store.AddMembers{By: by, Conv: m.group, Users: []store.UserID{user}, ClientID: m.id()}
	switch {
	case m.members[by] == nil:
		m.expect(t, op, store.ErrNoSuchGroup)
	case m.members[user] != nil:
		m.expect(t, op, nil)
	case m.removed[user] && by != m.owner:
		m.expect(t, op, store.ErrRemovedFromGroup)
	default:
		m.expect(t, op, nil)
		m.join(user, "joined")
	}
}

func (m *machine) remove(t *rapid.T) {
	by, user := m.drawUser(t), m.drawUser(t)
	op := &store.RemoveMember{By: by, User: user, Conv: m.group}
	switch {
	case m.members[by] == nil:
		m.expect(t, op, store.ErrNoSuchGroup)
	case by == user && by == m.owner && len(m.members) == 1:
		t.Skip("the owner alone stays, or the group would end")
	case by == user && by == m.owner:
		m.expect(t, op, store.ErrOwnerMustHandOver)
	case by == user:
		m.expect(t, op, nil)
		m.event("left")
		delete(m.members, user)
	case by != m.owner:
		m.expect(t, op, store.ErrNotOwner)
	case m.members[user] == nil:
		m.expect(t, op, store.ErrNotFound)
	default:
		m.expect(t, op, nil)
		m.event("removed")
		delete(m.members, user)
		m.removed[user] = true
	}
}

func (m *machine) handOver(t *rapid.T) {
	user := m.drawUser(t)
	op := &store.ChangeOwner{By: m.owner, User: user, Conv: m.group}
	switch {
	case user == m.owner:
		m.expect(t, op, store.ErrSelf)
	case m.members[user] == nil:
		m.expect(t, op, store.ErrNotFound)
	default:
		m.expect(t, op, nil)
		m.event("owner")
		m.owner = user
	}
}

func (m *machine) rules(t *rapid.T) {
	history := rapid.SampledFrom([]string{store.HistoryAll, store.HistoryJoined}).Draw(t, "history")
	m.expect(t, &store.ChangeGroup{By: m.owner, Conv: m.group, History: &history}, nil)
	if history != m.history {
		m.history = history
		m.event("rules")
	}
}

func (m *machine) cursor(t *rapid.T) {
	user := m.drawUser(t)
	delivered := rapid.IntRange(0, m.head()+3).Draw(t, "delivered")
	read := rapid.IntRange(0, m.head()+3).Draw(t, "read")
	m.expect(t, &store.MoveCursors{Moves: []store.CursorMove{
		{User: user, Conv: m.group, Delivered: uint64(delivered), Read: uint64(read)},
	}}, nil)
	if mem := m.members[user]; mem != nil {
		mem.read = max(mem.read, min(read, m.head()))
		mem.delivered = max(mem.delivered, min(delivered, m.head()), mem.read)
	}
}

func (m *machine) reopen(t *rapid.T) {
	if err := m.store.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := m.open()
	if err != nil {
		t.Fatal(err)
	}
	m.store = s
}

// check compares all that is seen with the model.
func (m *machine) check(t *rapid.T) {
	for _, user := range m.users {
		c, _, err := m.store.Conversation(user, m.group)
		mem := m.members[user]
		if mem == nil {
			if !errors.Is(err, store.ErrNoSuchConversation) {
				t.Fatalf("%s is not in it: %v", user, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		got := []int{int(c.Head), int(c.Joined), int(c.FromSeq), int(c.Read), int(c.Delivered), int(c.Unread), c.Group.MemberCount}
		want := []int{m.head(), mem.joined, mem.from, mem.read, mem.delivered, m.texts(mem.read), len(m.members)}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%s sees head, joined, from, read, delivered, unread, members %v, want %v", user, got, want)
		}
		m.checkPages(t, user, mem)
	}
}

// checkPages reads the whole history in small pages, both ways.
func (m *machine) checkPages(t *rapid.T, user store.UserID, mem *modelMember) {
	size := rapid.IntRange(1, 200).Draw(t, "page")
	next := mem.from
	for {
		page, err := m.store.MessagesAfter(user, m.group, uint64(next-1), size)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, msg := range page {
			m.checkMessage(t, next, msg)
			next++
		}
	}
	if next != m.head()+1 {
		t.Fatalf("%s reads forwards to %d of %d", user, next-1, m.head())
	}
	for next > mem.from {
		page, err := m.store.MessagesBefore(user, m.group, uint64(next), size)
		if err != nil || len(page) == 0 {
			t.Fatalf("before %d: %v, %v", next, page, err)
		}
		for i := len(page) - 1; i >= 0; i-- {
			next--
			m.checkMessage(t, next, page[i])
		}
	}
}

func (m *machine) checkMessage(t *rapid.T, seq int, got store.Message) {
	want := m.messages[seq-1]
	event := ""
	if got.Event != nil {
		event = got.Event.Type
	}
	if got.Seq != uint64(seq) || got.From != want.from || got.Body != want.body || event != want.event ||
		got.ClientID != want.clientID || int(got.N) != m.texts(0)-m.texts(seq) {
		t.Fatalf("seq %d is %+v, want %+v", seq, got, want)
	}
}

func newMachine(t *rapid.T, dir string) *machine {
	m := &machine{open: func() (*store.Store, error) {
		return store.Open(filepath.Join(dir, "model.db"), store.Options{})
	}}
	var err error
	if m.store, err = m.open(); err != nil {
		t.Fatal(err)
	}
	claim := &store.Claim{ServerName: "Tea", Name: "ann"}
	m.expect(t, claim, nil)
	m.users = []store.UserID{claim.User.ID}
	for _, name := range []string{"bob", "carl", "dana"} {
		op := &store.Register{Name: name}
		m.expect(t, op, nil)
		m.users = append(m.users, op.User.ID)
	}
	history := rapid.SampledFrom([]string{store.HistoryAll, store.HistoryJoined}).Draw(t, "history")
	create := &store.CreateGroup{By: m.users[0], ClientID: m.id(), Name: "model", History: history}
	m.expect(t, create, nil)
	m.group = create.Conv
	m.model = model{history: history, owner: m.users[0], members: map[store.UserID]*modelMember{}, removed: map[store.UserID]bool{}}
	m.join(m.owner, "created")
	return m
}

// memoryDir is a folder in memory where there is one: the model commits some
// thousand times and says nothing about fsync. `-rapid.checks=20000` is the long
// run.
func memoryDir(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "teahouse-model-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestModel(t *testing.T) {
	t.Parallel()
	dirs := memoryDir(t)
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(dirs, "")
		if err != nil {
			t.Fatal(err)
		}
		m := newMachine(t, dir)
		defer func() { m.store.Close(); os.RemoveAll(dir) }()
		t.Repeat(map[string]func(*rapid.T){
			"send":   m.send,
			"send2":  m.send,
			"retry":  m.retry,
			"join":   m.joinOp,
			"add":    m.add,
			"remove": m.remove,
			"owner":  m.handOver,
			"rules":  m.rules,
			"cursor": m.cursor,
			"reopen": m.reopen,
			"":       m.check,
		})
		if err := m.store.CheckConsistency(context.Background()); err != nil {
			t.Fatal(err)
		}
	})
}
