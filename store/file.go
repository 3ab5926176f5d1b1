package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// freshSuffix names a database that is being made.
const freshSuffix = ".new"

// createFile makes a database beside path and gives it its name once it is
// whole, so that a crash on the way leaves no empty file that looks damaged.
func createFile(path string, opts Options) error {
	fresh := path + freshSuffix
	s, err := openFile(fresh, opts)
	if err != nil && !errors.Is(err, ErrLocked) {
		os.Remove(fresh) // an earlier try ended half way
		s, err = openFile(fresh, opts)
	}
	if err != nil {
		return err
	}
	err = s.migrate(fresh, migrations)
	if closeErr := s.db.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	if err := nameFile(fresh, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// nameFile gives fresh the name path without ever replacing a file of that name:
// another process may have made one at the same moment, which is as good. A rename
// would replace it, so it is only for file systems without hard links.
func nameFile(fresh, path string) error {
	err := os.Link(fresh, path)
	if _, statErr := os.Lstat(path); statErr == nil {
		os.Remove(fresh) // or the other process has removed it already
		return nil
	}
	if err == nil {
		return fmt.Errorf("%s has vanished", path)
	}
	return os.Rename(fresh, path)
}

// inspectFile looks at the file before bbolt does, which takes an empty one for
// a new database and stops the process at the first missing page of a short one.
func inspectFile(path string) (isNew bool, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return false, err
	case !info.Mode().IsRegular():
		return false, fmt.Errorf("not a regular file: %w", ErrDamaged)
	case info.Size() == 0:
		return false, fmt.Errorf("the file is empty: %w", ErrDamaged)
	}
	high, err := highWater(f)
	if err != nil {
		return false, err
	}
	if info.Size() < high {
		return false, fmt.Errorf("the file has %d of %d bytes: %w", info.Size(), high, ErrDamaged)
	}
	return false, nil
}

// bbolt's meta page: a page header, then the fields below, little-endian on
// every machine Go runs bbolt on that is worth serving from.
const (
	pageHeaderLen  = 16
	metaLen        = 64
	metaMagic      = 0xED0CDAED
	metaPageSizeAt = 8
	metaPagesAt    = 40 // one past the highest page in use
	metaTxidAt     = 48
	metaSumAt      = 56
	minPageSize    = 1 << 10
	maxPageSize    = 64 << 10
)

// highWater returns the length in bytes that the newer of the two meta pages
// says the file has at least. ErrDamaged if neither is valid.
func highWater(f io.ReaderAt) (int64, error) {
	var newest uint64
	var high int64
	found := false
	look := func(offset int64) {
		if pages, size, txid, ok := readMeta(f, offset); ok && (!found || txid > newest) {
			found, newest, high = true, txid, int64(pages)*int64(size)
		}
	}
	look(0)
	for size := int64(minPageSize); size <= maxPageSize; size *= 2 {
		look(size)
	}
	if !found {
		return 0, fmt.Errorf("not a database of this program: %w", ErrDamaged)
	}
	return high, nil
}

func readMeta(f io.ReaderAt, offset int64) (pages uint64, pageSize uint32, txid uint64, ok bool) {
	b := make([]byte, metaLen)
	if _, err := f.ReadAt(b, offset+pageHeaderLen); err != nil {
		return 0, 0, 0, false
	}
	sum := fnv.New64a()
	sum.Write(b[:metaSumAt])
	le := binary.LittleEndian
	if le.Uint32(b) != metaMagic || le.Uint64(b[metaSumAt:]) != sum.Sum64() {
		return 0, 0, 0, false
	}
	return le.Uint64(b[metaPagesAt:]), le.Uint32(b[metaPageSizeAt:]), le.Uint64(b[metaTxidAt:]), true
}
