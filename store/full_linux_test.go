package store_test

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"teahouse/store"
)

// The same test binary, with a limit on the size of its files: writing must end
// with IsStorageFull, lose nothing that was stored, and leave reading alone.
func TestFileSizeLimit(t *testing.T) {
	t.Parallel()
	if path := os.Getenv("TEAHOUSE_TEST_FULL"); path != "" {
		fillUp(t, path)
		return
	}
	if _, err := exec.LookPath("prlimit"); err != nil {
		t.Skip("prlimit is not installed")
	}
	path := t.TempDir() + "/full.db"
	cmd := exec.Command("prlimit", "--fsize=400000", os.Args[0], "-test.run=^TestFileSizeLimit$", "-test.v")
	cmd.Env = append(os.Environ(), "TEAHOUSE_TEST_FULL="+path)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "storage full after") {
		t.Fatalf("%v\n%s", err, out)
	}
	s, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.CheckConsistency(t.Context()); err != nil {
		t.Error(err)
	}
}

func fillUp(t *testing.T, path string) {
	fatal := make(chan error, 1)
	s, err := store.Open(path, store.Options{Fatal: func(err error) { fatal <- err }})
	if err != nil {
		t.Fatal(err)
	}
	claim := &store.Claim{ServerName: "Tea", Name: "ann"}
	group := &store.CreateGroup{ClientID: "client-id-000000", Name: "g"}
	if _, err := s.Commit([]store.Op{claim}); err != nil {
		t.Fatal(err)
	}
	group.By = claim.User.ID
	if _, err := s.Commit([]store.Op{group}); err != nil {
		t.Fatal(err)
	}
	body := strings.Repeat("x", 8000)
	stored := uint64(1)
	for i := range 200 {
		_, err = s.Commit([]store.Op{&store.SendMessage{
			From: group.By, Conv: group.Conv, ClientID: fmt.Sprintf("client-id-%08d", i), Body: body,
		}})
		if err != nil {
			break
		}
		stored++
	}
	if !store.IsStorageFull(err) {
		t.Fatalf("after %d messages: %v", stored, err)
	}
	if head, _, err := s.Head(group.Conv); err != nil || head != stored {
		t.Fatalf("head %d, %v; %d were stored", head, err, stored)
	}
	select {
	case err := <-fatal:
		t.Fatalf("full storage ended writing: %v", err)
	default:
	}
	t.Logf("storage full after %d messages: %v", stored, err)
}

// C4: after a commit that failed for another reason nothing is written any more,
// whatever the method, and the program hears of it once. Reading goes on.
func TestFailedCommitEndsWriting(t *testing.T) {
	t.Parallel()
	var fatal []error
	w := openUnchecked(t, store.Options{Fatal: func(err error) { fatal = append(fatal, err) }})
	w.claim(false)
	g := w.group(w.admin, "", "")
	makeReadOnly(t, w.path)
	send := func() error {
		_, err := w.Commit([]store.Op{&store.SendMessage{From: w.admin, Conv: g, ClientID: w.id(), Body: "lost?"}})
		return err
	}
	first := send()
	if first == nil || store.IsStorageFull(first) || len(fatal) != 1 {
		t.Fatalf("commit said %v, fatal %v", first, fatal)
	}
	for _, err := range []error{send(), w.Store.CreateLogin(store.Login{User: w.admin}, "phc-ann")} {
		if err == nil || !strings.Contains(err.Error(), "writing has ended") {
			t.Errorf("wrote again: %v", err)
		}
	}
	if len(fatal) != 1 {
		t.Errorf("fatal %d times", len(fatal))
	}
	if head, _, err := w.Head(g); err != nil || head != 1 {
		t.Errorf("head %d, %v", head, err)
	}
	w.Close()
}

// makeReadOnly puts a descriptor that only reads in the place of the open one of
// path, so that every write fails.
func makeReadOnly(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	own := int(f.Fd())
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range fds {
		target, _ := os.Readlink("/proc/self/fd/" + entry.Name())
		fd, _ := strconv.Atoi(entry.Name())
		if target == path && fd != own {
			if err := syscall.Dup3(own, fd, syscall.O_CLOEXEC); err != nil {
				t.Fatal(err)
			}
		}
	}
}
