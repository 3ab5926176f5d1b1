package store

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	berrors "go.etcd.io/bbolt/errors"
)

// IsStorageFull reports whether err says that the disk, a quota or a file size
// limit is exhausted: ENOSPC, EDQUOT, EFBIG and their Windows kin, from a write or
// from making the file longer. The same from fsync is not: what was written
// before it may be lost or stored, and nobody can tell.
func IsStorageFull(err error) bool {
	if err == nil {
		return false
	}
	if errors.Is(err, berrors.ErrMaxSizeReached) {
		return true
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Op != "sync" && slices.ContainsFunc(fullErrnos, func(e error) bool { return errors.Is(path, e) })
	}
	// bbolt flattens the error of the truncate into text.
	return strings.Contains(err.Error(), "truncate") &&
		slices.ContainsFunc(fullErrnos, func(e error) bool { return strings.Contains(err.Error(), e.Error()) })
}
