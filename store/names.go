package store

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Lengths of names, in characters (code points).
const (
	maxNameChars   = 32   // account names, after NFKC
	maxTitleChars  = 64   // display, group and server names
	maxNoticeChars = 1000 // a group's notice

	// maxNameBytes bounds the work of normalising untrusted text: more than any
	// accepted name has.
	maxNameBytes = 1 << 10
)

// reservedNames are account names, folded, that could pass for the server's own
// voice. Nobody can register them.
var reservedNames = map[string]bool{
	"admin": true, "administrator": true, "administrators": true, "admins": true, "root": true,
	"system": true, "sysadmin": true, "superuser": true, "server": true, "teahouse": true,
	"moderator": true, "mod": true, "operator": true, "owner": true, "staff": true, "support": true,
	"help": true, "helpdesk": true, "security": true, "official": true, "service": true, "bot": true,
	"everyone": true, "all": true, "here": true, "nobody": true, "anonymous": true, "guest": true,
	"me": true, "null": true, "undefined": true,
	"管理员": true, "系统": true, "系统管理员": true, "超级管理员": true, "客服": true, "官方": true,
	"大家": true, "所有人": true, "全体成员": true, "服务器": true, "匿名": true,
}

// foldName gives names that count as the same one form: NFKC, case folding, and
// NFKC again, since folding may leave text that is not normalised.
func foldName(s string) string {
	folded := cases.Fold().String(norm.NFKC.String(s))
	return norm.NFKC.String(strings.Map(foldCherokee, folded))
}

// NameKey returns what account names are compared by: names with the same key
// are the same name.
func NameKey(name string) string { return foldName(name) }

// foldCherokee gives Cherokee letters their capital, as Unicode folds them;
// cases.Fold turns each case into the other.
func foldCherokee(r rune) rune {
	if unicode.Is(unicode.Cherokee, r) {
		return unicode.ToUpper(r)
	}
	return r
}

// checkName returns an account name in the form it is kept (NFKC). ErrBadName,
// ErrReservedName.
func checkName(s string) (string, error) {
	if len(s) > maxNameBytes || !isVisible(s) {
		return "", ErrBadName
	}
	name := norm.NFKC.String(s)
	if !isVisible(name) || utf8.RuneCountInString(name) > maxNameChars {
		return "", ErrBadName
	}
	if reservedNames[foldName(name)] {
		return "", ErrReservedName
	}
	return name, nil
}

// checkTitle accepts a display, group or server name as it is. ErrBadTitle.
func checkTitle(s string) error {
	if len(s) > maxNameBytes || !isVisible(s) || utf8.RuneCountInString(s) > maxTitleChars {
		return ErrBadTitle
	}
	return nil
}

// checkNotice accepts a group's notice, which may have lines and may be empty.
func checkNotice(s string) error {
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > maxNoticeChars {
		return ErrBadNotice
	}
	return nil
}

// isVisible reports whether s is text that shows as what it is: valid UTF-8, no
// control, format, bidi or line separating character, no white space at the ends,
// and something that leaves a mark.
func isVisible(s string) bool {
	if !utf8.ValidString(s) || strings.TrimFunc(s, isBlank) != s {
		return false
	}
	marks := false
	for _, r := range s {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs) {
			return false
		}
		marks = marks || unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) && !isBlank(r)
	}
	return marks
}

// isBlank reports whether r leaves no mark: white space, and the letters and
// symbols that are drawn as nothing (Hangul fillers, the empty Braille cell).
func isBlank(r rune) bool {
	switch r {
	case '\u115F', '\u1160', '\u3164', '\uFFA0', '\u2800', '\u034F', '\u17B4', '\u17B5':
		return true
	}
	return unicode.IsSpace(r)
}

// Ranks of a match, best first.
const (
	rankExact = iota
	rankPrefix
	rankContains
	rankNone
)

// matchRank says how well a folded name answers a folded query.
func matchRank(name, query string) int {
	switch {
	case query == "", name == query:
		return rankExact
	case strings.HasPrefix(name, query):
		return rankPrefix
	case strings.Contains(name, query):
		return rankContains
	}
	return rankNone
}

// numberRank is matchRank for a number, given with its letter or without; it is
// found from its start only.
func numberRank(id, query string) int {
	digits := id[len("u_"):]
	query = strings.TrimPrefix(query, id[:len("u_")])
	switch {
	case query == "" || !strings.HasPrefix(digits, query):
		return rankNone
	case query == digits:
		return rankExact
	}
	return rankPrefix
}
