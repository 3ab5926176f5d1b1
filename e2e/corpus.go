package e2e

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// corpusFolder holds the conversations, seen from this package's folder.
const corpusFolder = "../../shared/data"

// chat is one recorded conversation.
type chat struct {
	name     string
	pair     bool
	lines    []line
	speakers []string // in the order of their first line
}

// line is one message as it was typed.
type line struct {
	Conv string `json:"conv"`
	From string `json:"from"`
	Body string `json:"body"`
}

// loadCorpus reads all chats, groups first. It skips the test where the files are
// absent.
func loadCorpus(t testing.TB) []*chat {
	t.Helper()
	groups := loadChats(t, "ubuntu-irc.jsonl.gz", false)
	return append(groups, loadChats(t, "kdconv-zh.jsonl.gz", true)...)
}

func loadChats(t testing.TB, name string, pair bool) []*chat {
	t.Helper()
	file, err := os.Open(filepath.Join(corpusFolder, name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s is not in %s: nothing to replay", name, corpusFolder)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var chats []*chat
	byName := map[string]*chat{}
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		c := byName[l.Conv]
		if c == nil {
			c = &chat{name: l.Conv, pair: pair}
			byName[l.Conv] = c
			chats = append(chats, c)
		}
		c.lines = append(c.lines, l)
	}
	if err := lines.Err(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, c := range chats {
		c.findSpeakers()
	}
	return chats
}

func (c *chat) findSpeakers() {
	c.speakers = nil
	seen := map[string]bool{}
	for _, l := range c.lines {
		if !seen[l.From] {
			seen[l.From] = true
			c.speakers = append(c.speakers, l.From)
		}
	}
}

// head returns the chat's first n lines as a chat of its own.
func (c *chat) head(n int) *chat {
	short := &chat{name: c.name, pair: c.pair, lines: c.lines[:min(n, len(c.lines))]}
	short.findSpeakers()
	return short
}

// displayNameOf makes a speaker's name one that the server takes: white space at
// the ends goes, and what names may not hold becomes an underscore. changed
// reports the second.
func displayNameOf(speaker string) (name string, changed bool) {
	name = strings.TrimSpace(speaker)
	replaced := strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || r == unicode.ReplacementChar {
			return '_'
		}
		return r
	}, name)
	if runes := []rune(replaced); len(runes) > 64 {
		replaced = strings.TrimSpace(string(runes[:64]))
	}
	if replaced == "" {
		replaced = "_"
	}
	return replaced, replaced != name
}
