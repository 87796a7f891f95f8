package release

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func signed(tree source, by string) source {
	tree.signer = &Signer{by + "@example.org", "ED25519", "SHA256:" + by}
	return tree
}

// signerIn is who a directory says has signed a tree.
func signerIn(t testing.TB, dir string, tree source) string {
	t.Helper()
	releases, err := os.OpenRoot(filepath.Join(dir, releasesDir))
	if err != nil {
		t.Fatal(err)
	}
	defer releases.Close()
	signer, err := readRecord(releases, tree.digest)
	switch {
	case err != nil:
		return err.Error()
	case signer == nil:
		return ""
	}
	return signer.String()
}

// TestRecord notes who signed beside the release, and forgets it with the release.
func TestRecord(t *testing.T) {
	a, b, c := smallTree(t, "a"), smallTree(t, "b"), smallTree(t, "c")
	dir := t.TempDir()
	const alice, bob = "alice@example.org (ED25519 SHA256:alice)", "bob@example.org (ED25519 SHA256:bob)"
	for _, step := range []struct {
		tree source
		want [3]string
	}{
		{signed(a, "alice"), [3]string{alice}},
		{a, [3]string{alice}}, // the same package, whoever unpacks it
		{signed(a, "bob"), [3]string{bob}},
		{b, [3]string{bob}},
		{signed(c, "alice"), [3]string{bob, "", alice}},
	} {
		mustUnpack(t, dir, step.tree)
		for i, tree := range []source{a, b, c} {
			if got := signerIn(t, dir, tree); got != step.want[i] {
				t.Errorf("%d: signed by %q, want %q", i, got, step.want[i])
			}
		}
	}
	edit(t, dir, a)
	mustUnpack(t, dir, a) // a repair
	if got := signerIn(t, dir, a); got != bob {
		t.Errorf("after a repair: %q", got)
	}
	mustUnpack(t, dir, b)
	if _, err := unpack(t.Context(), quick, dir, b, true); err != nil {
		t.Fatal(err)
	}
	wantNames(t, filepath.Join(dir, releasesDir), ".lock", a.digest, a.digest+".json", b.digest)
	wantNothingLeft(t, dir)
}

// TestRecordOrder has the record on the disk before something is current with it.
func TestRecordOrder(t *testing.T) {
	a := smallTree(t, "a")
	d, steps := recorder(map[string]source{"A": a})
	if _, err := unpack(t.Context(), d, t.TempDir(), signed(a, "alice"), false); err != nil {
		t.Fatal(err)
	}
	from := slices.Index(*steps, "rename A")
	want := []string{"rename A", "create .staging-0", "sync A.json", "rename A.json", "sync releases", "symlink .current.new", "rename current", "sync ."}
	if runtime.GOOS == "windows" {
		want = slices.DeleteFunc(want, func(step string) bool { return step == "sync releases" || step == "sync ." })
	}
	if diff := cmp.Diff(want, (*steps)[max(from, 0):]); diff != "" {
		t.Error(diff)
	}
}

// TestRecordFails has every step fail or be the last. A record is there whole or not
// at all, and no release is current without the one that was wanted.
func TestRecordFails(t *testing.T) {
	a, b := smallTree(t, "a"), smallTree(t, "b")
	each(t, 15, func(t *testing.T, d disk, at func(func(op, name string) error)) {
		dir, later := t.TempDir(), t.TempDir()
		mustUnpack(t, dir, a)
		killed := false
		at(func(string, string) error {
			killed = true
			copyTree(t, dir, later)
			return syscall.ENOSPC
		})
		_, err := unpack(t.Context(), d, dir, signed(b, "alice"), false)
		if killed != (err != nil) || killed && !errors.Is(err, syscall.ENOSPC) {
			t.Error(err)
		}
		wantNothingLeft(t, dir)
		for _, dir := range []string{dir, later} {
			if dir == later && !killed {
				continue
			}
			current, signer := wantSound(t, dir, a, b), signerIn(t, dir, b)
			if signer != "" && !strings.HasPrefix(signer, "alice") || current == b.digest && signer == "" {
				t.Errorf("current is %s, signed by %q", current, signer)
			}
		}
	})
}

// TestRecordOfOthers has something else in the place of a record.
func TestRecordOfOthers(t *testing.T) {
	a := smallTree(t, "a")
	for name, put := range map[string]func(path string) error{
		"not JSON":   func(path string) error { return os.WriteFile(path, []byte("alice"), 0o644) },
		"other JSON": func(path string) error { return os.WriteFile(path, []byte("{}"), 0o644) },
		"large": func(path string) error {
			return os.WriteFile(path, []byte(`{"version":1}`+strings.Repeat(" ", maxRecord)), 0o644)
		},
		"a folder": func(path string) error { return os.Mkdir(path, 0o755) },
		"a link":   func(path string) error { return os.Symlink("/etc/hostname", path) },
	} {
		dir := t.TempDir()
		mustUnpack(t, dir, a)
		path := filepath.Join(dir, releasesDir, a.digest+".json")
		if err := put(path); err != nil {
			t.Fatal(err)
		}
		if got := signerIn(t, dir, a); !strings.HasPrefix(got, "it is not a re") {
			t.Errorf("%s: %q", name, got)
		}
		_, err := unpack(t.Context(), quick, dir, signed(a, "bob"), false)
		if failed := name == "a folder"; (err != nil) != failed || !failed && !strings.HasPrefix(signerIn(t, dir, a), "bob") {
			t.Errorf("%s: %v", name, err)
		}
		wantNothingLeft(t, dir)
	}
}
