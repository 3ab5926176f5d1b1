package store_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"teahouse/store"
)

func drawUser(t *rapid.T) store.UserID {
	return store.UserID(rapid.Uint32Range(100_000_000, 999_999_999).Draw(t, "user"))
}

func drawConv(t *rapid.T) store.ConvID {
	if a, b := drawUser(t), drawUser(t); a != b && rapid.Bool().Draw(t, "direct") {
		return store.DirectConv(a, b)
	}
	return store.ConvID("g_" + rapid.StringMatching(`[1-9][0-9]{7}`).Draw(t, "group"))
}

// Keys keep the order of seqs, and come back as they went in.
func TestMessageKeyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		conv, other := drawConv(t), drawConv(t)
		a, b := rapid.Uint64().Draw(t, "a"), rapid.Uint64().Draw(t, "b")
		ka, kb := store.MessageKey(conv, a), store.MessageKey(conv, b)
		if (a < b) != (bytes.Compare(ka, kb) < 0) {
			t.Fatalf("%d and %d are not in the order of their keys", a, b)
		}
		c, seq, err := store.ParseMessageKey(ka)
		if err != nil || c != conv || seq != a {
			t.Fatalf("%s %d became %s %d, %v", conv, a, c, seq, err)
		}
		if conv != other && bytes.HasPrefix(store.MessageKey(other, b), store.ConvKey(conv)) {
			t.Fatalf("%s lies among %s", other, conv)
		}
	})
}

func FuzzParseMessageKey(f *testing.F) {
	f.Add(store.MessageKey("g_12345678", 1))
	f.Add(store.MessageKey("d_123456789_987654321", 1<<63))
	f.Add([]byte("g"))
	f.Add(make([]byte, 17))
	f.Add([]byte("d22221111\x00\x00\x00\x00\x00\x00\x00\x01")) // the higher user first
	f.Fuzz(func(t *testing.T, key []byte) {
		conv, seq, err := store.ParseMessageKey(key)
		if err != nil {
			return
		}
		if again := store.MessageKey(conv, seq); !bytes.Equal(again, key) {
			t.Errorf("%x is %s %d, which is %x", key, conv, seq, again)
		}
	})
}

func drawMessage(t *rapid.T) store.Message {
	m := store.Message{At: rapid.Int64().Draw(t, "at"), N: rapid.Uint64().Draw(t, "n")}
	if rapid.Bool().Draw(t, "system") {
		m.Kind = store.KindSystem
		m.Event = &store.Event{Type: rapid.String().Draw(t, "type"), By: drawUser(t), User: drawUser(t), Name: rapid.String().Draw(t, "name")}
		return m
	}
	m.Kind, m.From = store.KindText, drawUser(t)
	m.ClientID, m.Body = rapid.String().Draw(t, "client_id"), rapid.String().Draw(t, "body")
	return m
}

// What is sealed comes back; with any one bit changed, in the value or in the
// key, it does not.
func TestRecordNoticesEveryBit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key := store.MessageKey(drawConv(t), rapid.Uint64().Draw(t, "seq"))
		m := drawMessage(t)
		value := store.SealMessage(key, m)
		got, err := store.OpenMessage(key, value)
		if err != nil {
			t.Fatal(err)
		}
		if m.Event != nil {
			if *got.Event != *m.Event {
				t.Fatalf("event %+v became %+v", m.Event, got.Event)
			}
			got.Event = m.Event
		}
		if got != m {
			t.Fatalf("%+v became %+v", m, got)
		}
		flip := func(b []byte) {
			i := rapid.IntRange(0, 8*len(b)-1).Draw(t, "bit")
			b[i/8] ^= 1 << (i % 8)
			if _, err := store.OpenMessage(key, value); err == nil {
				t.Fatalf("bit %d went unnoticed", i)
			}
			b[i/8] ^= 1 << (i % 8)
		}
		flip(value)
		flip(key)
		for n := range len(value) {
			if _, err := store.OpenMessage(key, value[:n]); err == nil {
				t.Fatalf("%d of %d bytes went unnoticed", n, len(value))
			}
		}
	})
}

func FuzzDecodeRecord(f *testing.F) {
	key := store.MessageKey("g_12345678", 1)
	text := store.SealMessage(key, store.Message{Kind: store.KindText, From: 123456789, ClientID: "client-id-000000", Body: "茶", N: 1, At: 5})
	f.Add(key, text, text[1:len(text)-4])
	f.Add([]byte{}, []byte{}, []byte{})
	f.Add([]byte("k"), []byte{1, 0, 0, 0, 0}, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, key, value, payload []byte) {
		// Foreign bytes are refused or have the right CRC, and never a panic.
		store.OpenAny(key, value)
		// Under a right CRC, any payload decodes or is refused.
		store.OpenAny(key, store.SealPayload(key, payload))
	})
}

func TestIDs(t *testing.T) {
	t.Parallel()
	for in, ok := range map[string]bool{
		"u_482139770": true, "u_082139770": false, "u_48213977": false, "482139770": false, "u_4821397700": false,
		"u_48213977x": false, "U_482139770": false, "": false, "u_": false, "u_-82139770": false,
	} {
		u, err := store.ParseUserID(in)
		if (err == nil) != ok || ok && u.String() != in {
			t.Errorf("ParseUserID(%q) = %v, %v", in, u, err)
		}
	}
	for in, ok := range map[string]bool{
		"g_48213977": true, "d_111111111_222222222": true, "d_222222222_111111111": false, "d_111111111_111111111": false,
		"g_08213977": false, "g_482139770": false, "g_": false, "d_": false, "d_1_2": false, "": false, "g_1234567８": false,
		"d_111111111_222222222_": false, "x_48213977": false,
	} {
		c, err := store.ParseConvID(in)
		if (err == nil) != ok || ok && string(c) != in {
			t.Errorf("ParseConvID(%q) = %v, %v", in, c, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawUser(t), drawUser(t)
		if a == b {
			return
		}
		conv := store.DirectConv(a, b)
		if peer, ok := conv.Peer(a); conv != store.DirectConv(b, a) || !ok || peer != b {
			t.Fatalf("%s of %s and %s: peer %s", conv, a, b, peer)
		}
		text, _ := a.MarshalText()
		var back store.UserID
		if err := back.UnmarshalText(text); err != nil || back != a {
			t.Fatalf("%s became %s, %v", a, back, err)
		}
	})
}
