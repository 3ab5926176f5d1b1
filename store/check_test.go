package store_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"teahouse/store"
)

// sample is a small sound database with something in every bucket.
type sample struct {
	*world
	bob, carl   store.UserID
	direct      store.ConvID
	group, done store.ConvID
	sent        store.Message // seq 1 of direct, by bob
	login       store.LoginID
}

func newSample(t *testing.T) *sample {
	t.Helper()
	s := &sample{world: openUnchecked(t, store.Options{}), login: store.LoginID{7}}
	s.claim(true)
	s.bob, s.carl, s.direct = s.friends("bob", "carl")
	s.group = s.world.group(s.admin, "", "", s.bob, s.carl)
	s.done = s.world.group(s.bob, "", "")
	s.must(&store.DissolveGroup{By: s.bob, Conv: s.done})
	s.sent = s.send(s.bob, s.direct, "hello")
	s.send(s.carl, s.direct, "hi")
	s.send(s.bob, s.group, "in the group")
	s.must(&store.RemoveMember{By: s.admin, User: s.carl, Conv: s.group})
	s.must(&store.Hide{User: s.bob, Conv: s.group, Seq: 2})
	s.must(&store.LastSeen{At: map[store.UserID]int64{s.bob: 1}})
	s.ok(s.CreateLogin(store.Login{ID: s.login, User: s.bob}))
	s.ok(s.CreateReset(s.bob, [32]byte{1}, s.clock.ms()+1000))
	_, err := s.CreateInvite(s.admin, 0, s.clock.ms()+1000)
	s.ok(err)
	s.ok(s.CheckConsistency(context.Background()))
	return s
}

// Each kind of damage that CheckConsistency lists is found.
func TestCheckFindsDamage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		damage func(s *sample)
		want   string // in the report
	}{
		{"bit of a message", func(s *sample) { s.flip("messages", store.MessageKey(s.direct, 1)) }, "messages: record"},
		{"bit of a user", func(s *sample) { s.flip("users", store.UserKey(s.bob)) }, "users: record"},
		{"bit of the people number", func(s *sample) { s.flip("meta", []byte("people")) }, "meta: record"},
		{"record at another key", func(s *sample) { s.move("revs", store.UserKey(s.bob), store.UserKey(1)) }, "revs: record"},
		{"key of another length", func(s *sample) {
			s.plant("cursors", []byte("short"), store.SealCursor([]byte("short"), store.Cursor{}))
		}, "cursors: key"},
		{"message missing in the middle", func(s *sample) { s.uproot("messages", store.MessageKey(s.group, 2)) }, "message 3 follows 1"},
		{"message missing at the start", func(s *sample) { s.uproot("messages", store.MessageKey(s.direct, 1)) }, "message 2 follows 0"},
		{"last message missing", func(s *sample) { s.uproot("messages", store.MessageKey(s.direct, 2)) }, "head is"},
		{"message past the head", func(s *sample) { s.plantMessage(s.direct, 3, store.KindSystem, 2) }, "head is"},
		{"head missing", func(s *sample) { s.uproot("heads", store.ConvKey(s.direct)) }, "messages without a head"},
		{"head of nothing", func(s *sample) {
			k := store.ConvKey("g_10000001")
			s.plant("heads", k, store.SealHead(k, 4, 5, 0))
		}, "g_10000001: head is"},
		{"n too high", func(s *sample) { s.plantMessage(s.group, 3, store.KindSystem, 5) }, "message 3 counts 5 text messages, there are 0"},
		{"client_id missing", func(s *sample) {
			s.uproot("client_ids", store.ClientIDKey(s.direct, s.bob, s.sent.ClientID))
		}, "message 1 has no client_id"},
		{"client_id of another hash", func(s *sample) {
			m := s.sent
			m.Body = "hello?"
			k := store.MessageKey(s.direct, 1)
			s.plant("messages", k, store.SealMessage(k, m))
		}, "the client_id of message 1 has another hash"},
		{"client_id of no message", func(s *sample) {
			s.copy("client_ids", store.ClientIDKey(s.direct, s.bob, s.sent.ClientID), store.ClientIDKey(s.group, s.bob, "client-id-extra-0"))
		}, "client_ids: record"},
		{"client_id twice", func(s *sample) {
			k := store.ClientIDKey(s.direct, s.bob, "client-id-extra-0")
			s.plant("client_ids", k, store.SealClientID(k, 1))
		}, "points at message 1, which has another"},
		{"client_id of a missing message", func(s *sample) {
			k := store.ClientIDKey(s.direct, s.bob, "client-id-extra-0")
			s.plant("client_ids", k, store.SealClientID(k, 9))
		}, "points at message 9, which is missing"},
		{"membership missing", func(s *sample) { s.uproot("memberships", store.UserConvKey(s.bob, s.group)) }, "has no membership"},
		{"member missing", func(s *sample) { s.uproot("members", store.MemberKey(s.direct, s.bob)) }, "is not among the members"},
		{"member who is no user", func(s *sample) {
			k := store.MemberKey(s.group, 123)
			s.plant("members", k, store.SealMember(k, 1, 1))
		}, "is no user"},
		{"member from the future", func(s *sample) {
			k := store.MemberKey(s.group, s.bob)
			s.plant("members", k, store.SealMember(k, 99, 1))
		}, "joined at 99"},
		{"third in a direct conversation", func(s *sample) {
			k := store.MemberKey(s.direct, s.admin)
			s.plant("members", k, store.SealMember(k, 1, 1))
		}, "is neither of the two"},
		{"member count", func(s *sample) { s.ok(s.ReplaceGroup(s.group, func(g *store.Group) { g.MemberCount = 7 })) }, "counts 7 members, there are 2"},
		{"owner who is no member", func(s *sample) { s.ok(s.ReplaceGroup(s.group, func(g *store.Group) { g.Owner = s.carl })) }, "is no member"},
		{"no owner", func(s *sample) { s.ok(s.ReplaceGroup(s.group, func(g *store.Group) { g.Owner = 0 })) }, "is no member"},
		{"group missing", func(s *sample) { s.uproot("groups", store.ConvKey(s.group)) }, "members without a group"},
		{"one-sided contact", func(s *sample) { s.uproot("contacts", store.PairKey(s.bob, s.carl)) }, "is not mutual"},
		{"contact without a conversation", func(s *sample) {
			s.uproot("members", store.MemberKey(s.direct, s.bob))
			s.uproot("memberships", store.UserConvKey(s.bob, s.direct))
		}, "has no conversation"},
		{"read past delivered", func(s *sample) { s.plantCursor(s.bob, s.group, 1, 2) }, "read 2, delivered 1"},
		{"delivered past the head", func(s *sample) { s.plantCursor(s.bob, s.direct, 9, 1) }, "delivered 9, head 2"},
		{"cursor of a stranger", func(s *sample) { s.plantCursor(s.carl, s.group, 1, 1) }, "who is no member"},
		{"name missing", func(s *sample) { s.uproot("user_names", []byte("bob")) }, "is not found by name"},
		{"name of another", func(s *sample) { s.plant("user_names", []byte("bob"), store.SealNumber([]byte("bob"), uint64(s.carl))) }, "who has another"},
		{"name of nobody", func(s *sample) { s.plant("user_names", []byte("eve"), store.SealNumber([]byte("eve"), 5)) }, "who has another"},
		{"user missing", func(s *sample) { s.uproot("users", store.UserKey(s.carl)) }, "who has another"},
		{"login not listed", func(s *sample) { s.uproot("user_logins", store.UserLoginKey(s.bob, s.login)) }, "is not listed"},
		{"listed login missing", func(s *sample) { s.uproot("logins", s.login[:]) }, "is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSample(t)
			defer s.Close()
			c.damage(s)
			err := s.CheckConsistency(context.Background())
			if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func (w *world) plantMessage(conv store.ConvID, seq uint64, kind string, n uint64) {
	w.t.Helper()
	k := store.MessageKey(conv, seq)
	w.plant("messages", k, store.SealMessage(k, store.Message{Kind: kind, N: n, Event: &store.Event{Type: "left"}}))
}

func (w *world) plantCursor(user store.UserID, conv store.ConvID, delivered, read uint64) {
	w.t.Helper()
	k := store.UserConvKey(user, conv)
	w.plant("cursors", k, store.SealCursor(k, store.Cursor{Delivered: delivered, Read: read}))
}

// copy stores the bytes of one key at another.
func (w *world) copy(bucket string, from, to []byte) {
	w.t.Helper()
	w.ok(w.Raw(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(bucket))
		return b.Put(to, append([]byte(nil), b.Get(from)...))
	}))
}

func (w *world) move(bucket string, from, to []byte) {
	w.t.Helper()
	w.copy(bucket, from, to)
	w.uproot(bucket, from)
}

// bbolt's own damage: a page that nothing leads to.
func TestCheckFindsPageDamage(t *testing.T) {
	t.Parallel()
	s := newSample(t)
	s.ok(s.Close())
	data, err := os.ReadFile(s.path)
	s.ok(err)
	// The number at the start of a page is its own; nothing but the check looks.
	for at := 2 * os.Getpagesize(); at < len(data); at += os.Getpagesize() {
		data[at] ^= 0x40
	}
	s.ok(os.WriteFile(s.path, data, 0o600))
	db, err := store.Open(s.path, s.opts)
	if err != nil {
		return // noticed even earlier
	}
	defer db.Close()
	if err := db.CheckConsistency(context.Background()); err == nil {
		t.Error("wrong page numbers went unnoticed")
	}
}

func TestCheckStopsWithItsContext(t *testing.T) {
	t.Parallel()
	s := newSample(t)
	defer s.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.CheckConsistency(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	s.send(s.bob, s.direct, "and the store goes on")
}

// Any single bit of a database file may be wrong: the store refuses to open it,
// answers with an error or serves what was written. It never serves other text,
// and never looks like a new server.
func TestFlippedBits(t *testing.T) {
	t.Parallel()
	s := newSample(t)
	bodies := map[string]bool{"hello": true, "hi": true, "in the group": true}
	s.ok(s.Close())
	sound, err := os.ReadFile(s.path)
	s.ok(err)
	dir := t.TempDir()
	step := len(sound)*8/300 | 1
	for bit := 0; bit < len(sound)*8; bit += step {
		data := append([]byte(nil), sound...)
		data[bit/8] ^= 1 << (bit % 8)
		path := dir + "/flipped.db"
		s.ok(os.WriteFile(path, data, 0o600))
		db, err := store.Open(path, s.opts)
		if err != nil {
			continue
		}
		if settings, err := db.Settings(); err == nil && !settings.Claimed {
			t.Errorf("bit %d makes an unclaimed server", bit)
		}
		for _, conv := range []store.ConvID{s.direct, s.group} {
			messages, err := db.MessagesAfter(s.bob, conv, 0, 200)
			for _, m := range messages {
				if err == nil && m.Kind == store.KindText && !bodies[m.Body] {
					t.Errorf("bit %d: %s %d says %q", bit, conv, m.Seq, m.Body)
				}
			}
		}
		s.ok(db.Close())
	}
}
