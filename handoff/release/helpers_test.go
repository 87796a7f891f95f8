package release

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/checksum"
)

// quick is a disk that does not wait for the device. What is synced when has
// tests of its own.
var quick = disk{flush: func(*os.File) error { return nil }}

// tree is a release with a few files, one of which holds text.
func tree(t testing.TB, text string) source {
	t.Helper()
	return treeOf(t, fstest.MapFS{
		"machine-profile.yaml":     {Data: []byte("version: " + text + "\n")},
		"meta/provenance.json":     {Data: []byte("{}\n")},
		"runtime/behaviors/a.xml":  {Data: []byte(strings.Repeat("<a/>\n", 12_000))},
		"runtime/behaviors/ö ü.xm": {Data: nil},
		"runtime/rt.yaml":          {Data: []byte("rt\n")},
	})
}

// smallTree is quickly written.
func smallTree(t testing.TB, text string) source {
	return treeOf(t, fstest.MapFS{"machine-profile.yaml": {Data: []byte(text)}, "runtime/rt.yaml": {}})
}

func treeOf(t testing.TB, files fstest.MapFS) source {
	t.Helper()
	sums, err := checksum.Sum(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	text, err := sums.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	return source{digest: hex.EncodeToString(sum[:]), files: files, sums: sums, show: func(name string) string { return name }}
}

// state is a Result without its paths.
type state struct {
	Current, Previous string
	Reused            bool
	Removed           []string
}

func stateOf(r *Result) state {
	s := state{r.Digest, r.Previous, r.Reused, nil}
	if len(r.Removed) > 0 {
		s.Removed = r.Removed
	}
	return s
}

func mustUnpack(t testing.TB, dir string, tree source) *Result {
	t.Helper()
	state, err := unpack(t.Context(), quick, dir, tree, false)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// wantSound checks that current names one of the trees, and that all that has
// the name of a release is one of them, complete. It returns what is current.
func wantSound(t testing.TB, dir string, trees ...source) string {
	t.Helper()
	known := map[string]source{}
	for _, tree := range trees {
		known[tree.digest] = tree
	}
	for _, entry := range list(t, filepath.Join(dir, releasesDir)) {
		if !isDigest(entry) {
			continue
		}
		if err := verifyAt(t, filepath.Join(dir, releasesDir, entry), known[entry]); err != nil {
			t.Errorf("release %s: %v", entry, err)
		}
	}
	target, err := os.Readlink(filepath.Join(dir, currentLink))
	if err != nil {
		t.Error(err)
		return ""
	}
	current, _ := strings.CutPrefix(filepath.ToSlash(target), "releases/")
	if _, ok := known[current]; !ok {
		t.Errorf("current is %q", target)
	}
	if _, err := os.Stat(filepath.Join(dir, currentLink, "machine-profile.yaml")); err != nil {
		t.Error(err)
	}
	return current
}

func verifyAt(t testing.TB, dir string, tree source) error {
	t.Helper()
	if tree.sums == nil {
		return errors.New("is none of ours")
	}
	return tree.sums.Verify(t.Context(), os.DirFS(dir))
}

// wantNothingLeft checks that nothing unfinished is in a directory.
func wantNothingLeft(t testing.TB, dir string) {
	t.Helper()
	for _, name := range append(list(t, dir), list(t, filepath.Join(dir, releasesDir))...) {
		if strings.HasPrefix(name, ".") && name != lockFile {
			t.Errorf("%s is left", name)
		}
	}
}

func list(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
		t.Error(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func wantNames(t testing.TB, dir string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := list(t, dir); !slices.Equal(got, want) {
		t.Errorf("%s has %q, want %q", filepath.Base(dir), got, want)
	}
}

// picture is all that is in a directory, with types, modes and contents.
func picture(t testing.TB, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		fmt.Fprintf(&b, "%s %v", rel, info.Mode())
		switch info.Mode().Type() {
		case 0:
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, " %x", sha256.Sum256(data))
		case fs.ModeSymlink:
			target, _ := os.Readlink(path)
			fmt.Fprintf(&b, " -> %s", target)
		}
		b.WriteByte('\n')
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return b.String()
}

// copyTree copies a directory with its links, as a kill would leave it.
func copyTree(t testing.TB, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(from, path)
		dest := filepath.Join(to, rel)
		switch d.Type() {
		case fs.ModeDir:
			return os.MkdirAll(dest, 0o755)
		case fs.ModeSymlink:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return os.Symlink(target, dest)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(dest, data, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// each runs do with a disk that calls at before its n-th step, for every n until
// there is no such step any more. At least want steps must be there.
func each(t *testing.T, want int, do func(t *testing.T, d disk, at func(func(op, name string) error))) {
	t.Helper()
	for n := 0; ; n++ {
		var hook func(op, name string) error
		steps := 0
		d := quick
		d.before = func(op, name string) error {
			steps++
			if steps == n+1 {
				return hook(op, name)
			}
			return nil
		}
		do(t, d, func(f func(op, name string) error) { hook = f })
		if t.Failed() {
			t.Fatalf("at step %d", n)
		}
		if steps <= n {
			if steps < want {
				t.Errorf("only %d steps", steps)
			}
			return
		}
	}
}
