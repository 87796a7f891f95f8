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
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// recorder is a disk that notes what happens to it.
func recorder(trees map[string]source) (disk, *[]string) {
	steps := &[]string{}
	d := quick
	d.before = func(op, name string) error {
		name = filepath.ToSlash(name)
		for word, tree := range trees {
			name = strings.ReplaceAll(name, tree.digest, word)
		}
		*steps = append(*steps, op+" "+name)
		return nil
	}
	return d, steps
}

// onThisSystem drops the syncs of directories where a system has none.
func onThisSystem(steps ...string) []string {
	var list []string
	for _, step := range steps {
		if _, name, _ := strings.Cut(step, " "); runtime.GOOS != "windows" || !strings.HasPrefix(step, "sync ") || strings.Contains(name, ".yaml") {
			list = append(list, step)
		}
	}
	return list
}

// TestOrder is what a loss of power cannot be: every file and every directory is
// synced before something names it.
func TestOrder(t *testing.T) {
	a, b := tree(t, "a"), tree(t, "b")
	c := treeOf(t, fstest.MapFS{"machine-profile.yaml": {Data: []byte("c")}, "x/y/z.yaml": {}, "x/a.yaml": {}})
	d, steps := recorder(map[string]source{"A": a, "B": b, "C": c})
	dir := filepath.Join(t.TempDir(), "rig")
	want := func(what string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(onThisSystem(want...), *steps); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
		*steps = nil
	}
	unpack := func(tree source, prune bool) {
		t.Helper()
		if _, err := unpack(t.Context(), d, dir, tree, prune); err != nil {
			t.Fatal(err)
		}
	}

	unpack(c, false)
	want("the first one",
		"sync ..", // names the directory
		"mkdir releases", "sync .",
		"mkdir .staging-0",
		"create machine-profile.yaml", "sync machine-profile.yaml",
		"mkdir x",
		"create x/a.yaml", "sync x/a.yaml",
		"mkdir x/y",
		"create x/y/z.yaml", "sync x/y/z.yaml",
		"sync .staging-0/x/y", "sync .staging-0/x", "sync .staging-0",
		"rename C", "sync releases",
		"symlink .current.new", "rename current", "sync .")

	unpack(c, false)
	want("the same again", "sync releases", "sync .")

	mustUnpack(t, dir, a)
	mustUnpack(t, dir, b)
	unpack(c, true)
	want("with a previous one and pruning",
		"sync releases",
		"symlink .previous.new", "symlink .current.new",
		"rename previous", "sync .",
		"rename current", "sync .",
		"rename .staging-0", "sync releases", "remove .staging-0")

	if _, err := rollback(t.Context(), d, dir, RollbackOptions{}, checkOf(b)); err != nil {
		t.Fatal(err)
	}
	want("rollback",
		"symlink .current.new", "symlink .previous.new",
		"rename current", "sync .",
		"rename previous", "sync .")

	if _, err := unpackPlain(t.Context(), d, filepath.Join(dir, "plain"), c); err != nil {
		t.Fatal(err)
	}
	want("plain",
		"mkdir .plain.anpkg-new", "mkdir .staging-0",
		"create machine-profile.yaml", "sync machine-profile.yaml",
		"mkdir x", "create x/a.yaml", "sync x/a.yaml",
		"mkdir x/y", "create x/y/z.yaml", "sync x/y/z.yaml",
		"sync .staging-0/x/y", "sync .staging-0/x", "sync .staging-0",
		"rename plain", "sync ..")
}

// TestOrderOfRepair has the new release synced, read back and named before it changes
// places with the edited one.
func TestOrderOfRepair(t *testing.T) {
	a, b, c := smallTree(t, "a"), smallTree(t, "b"), smallTree(t, "c")
	dir := t.TempDir()
	for _, tree := range []source{a, c, b} {
		mustUnpack(t, dir, tree)
	}
	staging := []string{
		"mkdir .staging-0",
		"create machine-profile.yaml", "sync machine-profile.yaml",
		"mkdir runtime", "create runtime/rt.yaml", "sync runtime/rt.yaml",
		"sync .staging-0/runtime", "sync .staging-0",
	}
	for _, test := range []struct {
		name       string
		tree       source
		noExchange bool
		want       []string
	}{
		{"the current one", b, false, []string{
			"rename B.edited-1", "sync releases", "exchange B", "sync releases",
			"sync ."}},
		{"the previous one", c, false, []string{
			"rename C.edited-1", "sync releases", "exchange C", "sync releases",
			"symlink .previous.new", "symlink .current.new", "rename previous", "sync .", "rename current", "sync ."}},
		{"in two steps", a, true, []string{
			"rename A.edited-1", "sync releases", "exchange A",
			"rename .staging-0", "rename A.edited-1", "rename A", "sync releases",
			"symlink .previous.new", "symlink .current.new", "rename previous", "sync .", "rename current", "sync ."}},
	} {
		if runtime.GOOS != "linux" && !test.noExchange {
			continue
		}
		edit(t, dir, test.tree)
		d, steps := recorder(map[string]source{"A": a, "B": b, "C": c})
		d.noExchange = test.noExchange
		if _, err := unpack(t.Context(), d, dir, test.tree, false); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(onThisSystem(append(slices.Clone(staging), test.want...)...), *steps); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

// TestSyncsAreReal counts the syncs that reach the system.
func TestSyncsAreReal(t *testing.T) {
	a := tree(t, "a")
	d, steps := recorder(nil)
	synced := 0
	d.flush = func(f *os.File) error {
		synced++
		return f.Sync()
	}
	if _, err := unpack(t.Context(), d, t.TempDir(), a, false); err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, step := range *steps {
		if strings.HasPrefix(step, "sync ") {
			want++
		}
	}
	if synced != want || synced < len(a.sums) {
		t.Errorf("%d syncs, want %d", synced, want)
	}
}

// TestNoSyncOfDirectories is a file system that cannot sync them.
func TestNoSyncOfDirectories(t *testing.T) {
	a := tree(t, "a")
	for _, why := range []error{syscall.EINVAL, errors.ErrUnsupported} {
		d := quick
		d.flush = func(f *os.File) error {
			if info, err := f.Stat(); err == nil && info.IsDir() {
				return &os.PathError{Op: "sync", Path: f.Name(), Err: why}
			}
			return nil
		}
		if _, err := unpack(t.Context(), d, t.TempDir(), a, false); err != nil {
			t.Error(err)
		}
	}
}

// TestKilled has a process end at every step, by copying what is there then. It
// must be sound, and the next unpack must go well and leave nothing behind.
func TestKilled(t *testing.T) {
	a, b, c, e := smallTree(t, "a"), smallTree(t, "b"), smallTree(t, "c"), smallTree(t, "e")
	for name, work := range map[string]func(t *testing.T, d disk, dir string) (before, after string){
		"unpack": func(t *testing.T, d disk, dir string) (string, string) {
			if _, err := unpack(t.Context(), d, dir, c, false); err != nil {
				t.Error(err)
			}
			return b.digest, c.digest
		},
		"unpack and prune": func(t *testing.T, d disk, dir string) (string, string) {
			if _, err := unpack(t.Context(), d, dir, c, true); err != nil {
				t.Error(err)
			}
			return b.digest, c.digest
		},
		"reuse": func(t *testing.T, d disk, dir string) (string, string) {
			if _, err := unpack(t.Context(), d, dir, a, true); err != nil {
				t.Error(err)
			}
			return b.digest, a.digest
		},
		"rollback": func(t *testing.T, d disk, dir string) (string, string) {
			if _, err := rollback(t.Context(), d, dir, RollbackOptions{}, checkOf(e)); err != nil {
				t.Error(err)
			}
			return b.digest, e.digest
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, 6, func(t *testing.T, d disk, at func(func(op, name string) error)) {
				dir, later := t.TempDir(), t.TempDir()
				for _, tree := range []source{a, e, b} {
					mustUnpack(t, dir, tree)
				}
				killed := false
				at(func(string, string) error {
					killed = true
					copyTree(t, dir, later)
					return nil
				})
				before, after := work(t, d, dir)
				if current := wantSound(t, dir, a, b, c, e); current != after {
					t.Errorf("current is %s", current)
				}
				if !killed {
					return
				}
				if current := wantSound(t, later, a, b, c, e); current != before && current != after {
					t.Errorf("current is %s after the kill", current)
				}
				if _, err := unpack(t.Context(), quick, later, c, true); err != nil {
					t.Error(err)
				}
				if current := wantSound(t, later, a, b, c, e); current != c.digest {
					t.Errorf("current is %s at the end", current)
				}
				wantNothingLeft(t, later)
			})
		})
	}
}
