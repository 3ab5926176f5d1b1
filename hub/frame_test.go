package hub

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"teahouse/store"
)

var update = flag.Bool("update", false, "write the fixtures of testdata/frames")

const (
	userA  = store.UserID(482139770)
	userB  = store.UserID(517302846)
	group1 = store.ConvID("g_48213977")
	direct = store.ConvID("d_482139770_517302846")
	when   = int64(1795403271565)
)

func ptr[T any](v T) *T { return &v }

// fixtures are an example of every frame: the ones of docs/protocol.md, and what
// the tests of the page read.
func fixtures() map[string]any {
	text := store.Message{Conv: group1, Seq: 42, At: when, Kind: store.KindText, From: userA, ClientID: "kJ3vP0sX9dQ2mB7tR1wYzA", Body: "Tea at four?\n四点喝茶?", N: 38}
	system := store.Message{Conv: group1, Seq: 43, At: when + 2000, Kind: store.KindSystem, N: 38, Event: &store.Event{Type: "joined", User: userB, By: userA}}
	rules := store.Message{Conv: group1, Seq: 44, At: when + 3000, Kind: store.KindSystem, N: 38, Event: &store.Event{Type: "rules", By: userA, Join: store.JoinMembers, History: store.HistoryJoined}}
	wireText := ToMessage(text)
	return map[string]any{
		// From the page.
		"hello": helloFrame{
			Type: "hello", Proto: 1, Epoch: "5f0c7a1e9b3d4826a1c05e7f92d3b846", Rev: 12, People: 40,
			Cursors: map[store.ConvID]ResumePoint{group1: {41, when - 1000}}, MaxBehind: 1000,
		},
		"send":       sendFrame{"send", text.ClientID, group1, text.Body},
		"read":       cursorFrame{"read", group1, 42},
		"received":   cursorFrame{"received", group1, 42},
		"typing":     convFrame{"typing", group1},
		"watch":      convFrame{"watch", group1},
		"watch-none": convFrame{"watch", ""},
		"pong":       pongFrame{"pong"},

		// From the server.
		"ready":          readyFrame{"ready", "9f1c04a7d2e85b36", "1.0.0", 12, 40, when, 25000, false},
		"live":           bareFrame{"live"},
		"message-text":   messageFrame{"message", wireText},
		"message-system": messageFrame{"message", ToMessage(system)},
		"message-rules":  messageFrame{"message", ToMessage(rules)},
		"message-damaged": messageFrame{"message", ToMessage(store.Message{
			Conv: group1, Seq: 45, Kind: store.KindText, Damaged: true,
		})},
		"ack":           ackFrame{"ack", text.ClientID, group1, 42, when, 38, false},
		"ack-duplicate": ackFrame{"ack", text.ClientID, group1, 42, when, 38, true},
		"error":         errorFrame{"error", ToError(store.ErrUnknownType), ""},
		"error-send":    errorFrame{"error", ToError(store.ErrNotContact), text.ClientID},
		"receipt-own":   receiptFrame{"receipt", direct, []CursorTuple{{userA, 42, 42}}, ptr(uint64(0))},
		"receipt-resume": receiptFrame{"receipt", direct, []CursorTuple{
			{userA, 42, 40}, {userB, 42, 42},
		}, ptr(uint64(2))},
		"receipt-group": receiptFrame{"receipt", group1, []CursorTuple{{userA, 42, 42}, {userB, 42, 39}}, nil},
		"typing-server": typingFrame{"typing", group1, []store.UserID{userA}},
		"presence":      presenceFrame{"presence", []PresenceTuple{{userA, true, 0}, {userB, false, when}}},
		"conversation-group": conversationFrame{"conversation", 13, ToConversation(store.Conversation{
			Conv: group1, Group: &store.Group{ID: group1, Name: "Tea 茶", Owner: userA, Join: store.JoinOpen, History: store.HistoryAll, Notice: "Bring your own cup.", MemberCount: 2},
			Head: 42, HeadAt: when, Joined: 2, FromSeq: 1, Read: 41, Delivered: 42, Unread: 1, Last: &text, At: when, Role: store.RoleMember, Writable: true,
		})},
		"conversation-direct": conversationFrame{"conversation", 14, ToConversation(store.Conversation{
			Conv: direct, Peer: &store.Cursor{User: userB}, Joined: 1, FromSeq: 1, At: when, Writable: true,
		})},
		"contact":         contactFrame{"contact", 15, Contact{User: userB, At: when}},
		"contact-removed": contactFrame{"contact", 16, Contact{User: userB, Removed: true}},
		"user":            userFrame{"user", 41, User{User: userB, Name: "bob", DisplayName: "Bob 鲍勃"}},
		"gone":            goneFrame{"gone", group1, 17},
		"reset":           resetFrame{"reset", group1, &ResumePoint{42, when}, "behind"},
		"reset-epoch":     resetFrame{Type: "reset", Reason: "epoch"},
		"ping":            bareFrame{"ping"},
		"bye":             byeFrame{"bye", "stopping", 1734},
		"bye-upgrade":     byeFrame{"bye", "upgrade", 0},
	}
}

// TestFixtures: every frame in both directions is written as its fixture, and
// reads back as itself.
func TestFixtures(t *testing.T) {
	t.Parallel()
	all := fixtures()
	for name, want := range all {
		path := filepath.Join("testdata", "frames", name+".json")
		encoded := append(encode(want), '\n')
		if *update {
			if err := os.WriteFile(path, encoded, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		stored, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if !bytes.Equal(stored, encoded) {
			t.Errorf("%s: written as %s, the fixture is %s", name, encoded, stored)
		}
		got := reflect.New(reflect.TypeOf(want))
		if err := json.Unmarshal(stored, got.Interface(), json.RejectUnknownMembers(true)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(got.Elem().Interface(), want) {
			t.Errorf("%s: read back as %+v", name, got.Elem().Interface())
		}
	}
	files, err := filepath.Glob(filepath.Join("testdata", "frames", "*.json"))
	if err != nil || len(files) != len(all) {
		t.Errorf("%d fixtures, %d frames, %v", len(files), len(all), err)
	}
}

// TestDecodeFrame reads the page's fixtures as the server does.
func TestDecodeFrame(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"hello", "send", "read", "received", "typing", "watch", "watch-none", "pong"} {
		want := fixtures()[name]
		line, err := os.ReadFile(filepath.Join("testdata", "frames", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		got, clientID, err := decodeFrame(bytes.TrimSpace(line), 128<<10)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(reflect.ValueOf(got).Elem().Interface(), want) {
			t.Errorf("%s: %+v", name, got)
		}
		if send, ok := want.(sendFrame); ok && clientID != send.ClientID {
			t.Errorf("%s: client_id %q", name, clientID)
		}
	}
}

func TestSplitFrames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		message string
		want    []string
	}{
		{"a", []string{"a"}},
		{"a\n", []string{"a"}},
		{"a\nb\n", []string{"a", "b"}},
		{"a\n\nb", []string{"a", "", "b"}},
		{"", []string{""}},
		{"\n", []string{""}},
	} {
		var got []string
		splitFrames([]byte(c.message), func(line []byte) bool {
			got = append(got, string(line))
			return true
		})
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: %q", c.message, got)
		}
	}
}

func TestToError(t *testing.T) {
	t.Parallel()
	if got := ToError(fmt.Errorf("wrapped: %w", store.ErrNotContact)); got.Reason != "not_contact" || got.Code != "forbidden" {
		t.Errorf("refusal: %+v", got)
	}
	if got := ToError(errors.New("/secret/path: no such file")); got.Code != "internal" || strings.Contains(got.Message, "secret") {
		t.Errorf("any other error: %+v", got)
	}
}

func TestSetLimit(t *testing.T) {
	t.Parallel()
	l := DefaultLimits()
	for _, bad := range []string{"", "nothing=1", "queue-bytes", "queue-bytes=x", "queue-bytes=0", "queue-bytes=-1", "ping-every=25", "ping-every=0s", "sends-per-second=NaN"} {
		if err := l.Set(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	for _, good := range []string{"queue-bytes=2097152", "ping-every=10s", "sends-per-second=0.5", "cache-bytes=1"} {
		if err := l.Set(good); err != nil {
			t.Error(err)
		}
	}
	if l.QueueBytes != 2<<20 || l.PingEvery.Seconds() != 10 || l.SendsPerSecond != 0.5 || l.CacheBytes != 1 {
		t.Errorf("limits: %+v", l)
	}
	if got := reflect.TypeFor[Limits]().NumField(); len(l.Names()) != got {
		t.Errorf("%d names for %d limits", len(l.Names()), got)
	}
}

// FuzzDecodeFrame: whatever comes, it is a frame, a refusal or unreadable; and a
// frame that was read is written and read back as itself.
func FuzzDecodeFrame(f *testing.F) {
	files, _ := filepath.Glob(filepath.Join("testdata", "frames", "*.json"))
	for _, path := range files {
		line, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(line)
	}
	f.Add([]byte(`{"type":"send","client_id":"\ud83d"}`))
	f.Add([]byte(`{"type":"hello","proto":1,"cursors":{"g_10000000":[1,2,3]}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		frame, clientID, err := decodeFrame(line, 1<<10)
		var refusal *store.Refusal
		switch {
		case errors.Is(err, errUnreadable):
			if frame != nil || clientID != "" {
				t.Errorf("%q is unreadable but gave %v, %q", line, frame, clientID)
			}
			return
		case errors.As(err, &refusal):
			if len(clientID) > maxEchoBytes {
				t.Errorf("%q: repeats %q", line, clientID)
			}
			_ = encodeError(err, clientID)
			return
		case err != nil:
			t.Fatalf("%q: %v", line, err)
		}
		if hello, ok := frame.(*helloFrame); ok && hello.Proto != proto {
			return
		}
		again, _, err := decodeFrame(encode(frame), 1<<20)
		if err != nil || !reflect.DeepEqual(frame, again) && !emptyCursors(frame, again) {
			t.Errorf("%q: %+v, then %+v, %v", line, frame, again, err)
		}
	})
}

// emptyCursors: a hello without cursors is written with none.
func emptyCursors(a, b any) bool {
	x, ok1 := a.(*helloFrame)
	y, ok2 := b.(*helloFrame)
	return ok1 && ok2 && len(x.Cursors) == 0 && len(y.Cursors) == 0 && x.Epoch == y.Epoch
}

func BenchmarkDecodeSend(b *testing.B) {
	line := encode(fixtures()["send"])
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := decodeFrame(line, 128<<10); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeMessage(b *testing.B) {
	m := store.Message{Conv: group1, Seq: 42, At: when, Kind: store.KindText, From: userA, ClientID: "kJ3vP0sX9dQ2mB7tR1wYzA", Body: strings.Repeat("tea ", 50), N: 38}
	b.ReportAllocs()
	for b.Loop() {
		_ = encodeMessage(m)
	}
}

// BenchmarkFanOut is one message to a group of 1,000 live sessions: lock, room
// and enqueue for each, without writing.
func BenchmarkFanOut(b *testing.B) {
	h := &Hub{limits: DefaultLimits(), log: slog.New(slog.DiscardHandler)}
	c := &conv{id: group1}
	for range 1000 {
		s := newSession(h, nil, Identity{})
		s.writing = true // nobody writes
		sub := &subscription{s: s, c: c, next: 1}
		c.addLocked(sub)
	}
	m := store.Message{Conv: group1, Seq: 1, At: when, Kind: store.KindText, From: userA, Body: "tea", N: 1}
	frame := encodeMessage(m)
	for b.Loop() {
		if _, reached := c.visit(m, frame, nil, nil); reached != 1000 {
			b.Fatalf("%d reached at seq %d", reached, m.Seq)
		}
		m.Seq++
		if m.Seq%1000 == 0 {
			b.StopTimer()
			for _, sub := range c.subs {
				sub.s.dropQueueLocked()
			}
			b.StartTimer()
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/delivery")
}
