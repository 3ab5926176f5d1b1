package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
)

// The exit codes, part of what scripts may rely on.
const (
	exitOK      = 0
	exitFailed  = 1  // anything without a code of its own
	exitUsage   = 2  // a setting that cannot be
	exitRunning = 3  // another process serves this data folder
	exitRefused = 4  // the data folder is not safe to serve
	exitCommit  = 70 // a commit failed and its outcome is unknown
)

// A failure ends the process with its own exit code and tells the person at the
// console what to do, in both languages.
type failure struct {
	code    int
	en, zh  string
	because error // nil, or the cause, shown after the sentences
}

// Error returns the English sentence and the cause.
func (f *failure) Error() string {
	if f.because == nil {
		return f.en
	}
	return f.en + " (" + f.because.Error() + ")"
}

// Unwrap returns the cause.
func (f *failure) Unwrap() error { return f.because }

// report writes err for the person at the console and returns the exit code.
func report(w io.Writer, err error) int {
	var f *failure
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.As(err, &f):
		fmt.Fprintln(w, f.en)
		fmt.Fprintln(w, f.zh)
		if f.because != nil {
			fmt.Fprintln(w, f.because)
		}
		return f.code
	}
	fmt.Fprintln(w, "teahouse:", err)
	return exitFailed
}
