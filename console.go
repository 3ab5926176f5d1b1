package main

import (
	"fmt"
	"io"
	"strings"
)

// shownAddresses is how many addresses for other devices the console lists; the
// page for administrators has them all.
const shownAddresses = 3

// announce tells the person at the console where the server is, in both
// languages and at most 12 lines. token is the set-up token or "".
func announce(w io.Writer, at site, folder dataFolder, token string) {
	others := at.others()
	others = others[:min(len(others), shownAddresses)]
	fmt.Fprintf(w, "Teahouse %s · 茶馆\n", programVersion())
	line(w, "Data 数据", folder.shown())
	line(w, "This computer 本机", at.here())
	lines(w, "Other devices 其他设备", others, "")
	if token != "" {
		fmt.Fprintln(w, "Set it up here, once 请用此链接完成首次设置：")
		line(w, "  on this computer 本机", at.here()+"/setup#"+token)
		lines(w, "  or from 或其他设备", others[:min(len(others), 1)], "/setup#"+token)
	}
	line(w, "Ctrl+C", "stop 停止")
}

func lines(w io.Writer, label string, urls []string, path string) {
	for _, url := range urls {
		line(w, label, url+path)
		label = ""
	}
}

// line writes a label, padded to a column, and its value.
func line(w io.Writer, label, value string) {
	const column = 24
	fmt.Fprintf(w, "%s%s%s\n", label, strings.Repeat(" ", max(column-width(label), 1)), value)
}

// width returns how many columns of a terminal text takes; Chinese characters
// take two.
func width(text string) int {
	columns := 0
	for _, r := range text {
		columns++
		if r >= 0x2E80 {
			columns++
		}
	}
	return columns
}
