package store_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"teahouse/store"
)

func TestCheckName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in, out string
		err     error
	}{
		{"ann", "ann", nil},
		{"陈小明", "陈小明", nil},
		{"Ａｎｎ", "Ann", nil}, // full width
		{"speaker~57", "speaker~57", nil},
		{"two words", "two words", nil},
		{strings.Repeat("字", 32), strings.Repeat("字", 32), nil},
		{strings.Repeat("字", 33), "", store.ErrBadName},
		{strings.Repeat("ﷺ", 2), "", store.ErrBadName}, // one character that becomes 18
		{strings.Repeat("x", 1<<20), "", store.ErrBadName},
		{"", "", store.ErrBadName},
		{" ann", "", store.ErrBadName},
		{"ann ", "", store.ErrBadName},
		{"ann\u00a0", "", store.ErrBadName},
		{"\u3000陈", "", store.ErrBadName},
		{"   ", "", store.ErrBadName},
		{"a\x00b", "", store.ErrBadName},
		{"a\nb", "", store.ErrBadName},
		{"a\u200bb", "", store.ErrBadName}, // zero width space
		{"a\u202eb", "", store.ErrBadName}, // right to left override
		{"a\u2066b", "", store.ErrBadName},
		{"a\u00adb", "", store.ErrBadName}, // soft hyphen
		{"a\u2028b", "", store.ErrBadName},
		{"a\ue000b", "", store.ErrBadName}, // private use
		{"\u3164", "", store.ErrBadName},   // Hangul filler, a letter drawn as nothing
		{"ann\u2800", "", store.ErrBadName},
		{"\u0301", "", store.ErrBadName}, // a mark alone
		{"a\xffb", "", store.ErrBadName},
		{"admin", "", store.ErrReservedName},
		{"ＡＤＭＩＮ", "", store.ErrReservedName},
		{"Root", "", store.ErrReservedName},
		{"ſystem", "", store.ErrReservedName}, // long s folds to s
		{"管理员", "", store.ErrReservedName},
	} {
		got, err := store.CheckName(c.in)
		if got != c.out || !errors.Is(err, c.err) {
			t.Errorf("CheckName(%.40q) = %q, %v; want %q, %v", c.in, got, err, c.out, c.err)
		}
	}
}

func TestCheckTitle(t *testing.T) {
	t.Parallel()
	for in, ok := range map[string]bool{
		"Tea room": true, "茶馆 ☕": true, "❤\ufe0f": true, strings.Repeat("字", 64): true, "admin": true,
		"": false, " x": false, "x\t": false, strings.Repeat("字", 65): false, "x\u202ey": false, "x\x1b[2J": false,
	} {
		if err := store.CheckTitle(in); (err == nil) != ok {
			t.Errorf("CheckTitle(%q) = %v", in, err)
		}
	}
}

// What counts as the same name does not change when it is folded again, and no
// accepted name is refused in its folded form for anything but its length.
func TestFoldNameIsStable(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{"Straße", "STRASSE"}, {"ﬁn", "FIN"}, {"Å", "a\u030a"}, {"Ｔｅａ", "tea"}, {"ſ", "S"}} {
		if store.FoldName(pair[0]) != store.FoldName(pair[1]) {
			t.Errorf("%q and %q are not the same name", pair[0], pair[1])
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "name")
		once := store.FoldName(s)
		if twice := store.FoldName(once); twice != once {
			t.Fatalf("fold %q = %q, again %q", s, once, twice)
		}
		kept, err := store.CheckName(s)
		if err != nil {
			return
		}
		if again, err := store.CheckName(kept); err != nil || again != kept {
			t.Fatalf("%q is kept as %q, which is kept as %q (%v)", s, kept, again, err)
		}
	})
}
