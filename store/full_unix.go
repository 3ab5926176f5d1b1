//go:build !windows

package store

import "syscall"

var fullErrnos = []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}
