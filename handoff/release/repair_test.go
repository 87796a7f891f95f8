package release

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// edit changes the release of a tree, and returns a picture of what it is then.
func edit(t testing.TB, dir string, tree source) string {
	t.Helper()
	at := filepath.Join(dir, releasesDir, tree.digest)
	if err := errors.Join(os.WriteFile(filepath.Join(at, "runtime/rt.yaml"), []byte("mine\n"), 0o644), os.WriteFile(filepath.Join(at, "notes"), []byte("of the site\n"), 0o644)); err != nil {
		t.Fatal(err)
	}
	return picture(t, at)
}

// wantEdit checks that the edited release of a tree is there, whole, and once: at its
// name or kept beside it, where there is then a sound one at its name unless gone may
// be. It returns the name of what was kept.
func wantEdit(t testing.TB, dir string, tree source, edited string, gone bool) (kept string) {
	t.Helper()
	found := 0
	for _, name := range list(t, filepath.Join(dir, releasesDir)) {
		if !strings.HasPrefix(name, tree.digest) {
			continue
		}
		at := filepath.Join(dir, releasesDir, name)
		isEdited, sound := picture(t, at) == edited, verifyAt(t, at, tree) == nil
		if isEdited {
			found++
		}
		switch {
		case name != tree.digest && isEdited:
			kept = name
		case !isEdited && !sound:
			t.Errorf("%s is neither the edited release nor a sound one", name)
		}
	}
	if found != 1 {
		t.Errorf("the edited release is there %d times", found)
	}
	if _, err := os.Lstat(filepath.Join(dir, releasesDir, tree.digest)); err != nil && !gone {
		t.Error(err)
	}
	return kept
}

// wantCurrent checks that current leads to one of the trees or to the edited one.
func wantCurrent(t testing.TB, dir string, edited string, trees ...source) string {
	t.Helper()
	target, err := os.Readlink(filepath.Join(dir, currentLink))
	if err != nil {
		t.Error(err)
		return ""
	}
	at := filepath.Join(dir, target)
	for _, tree := range trees {
		if filepath.Base(target) == tree.digest && (verifyAt(t, at, tree) == nil || picture(t, at) == edited) {
			return tree.digest
		}
	}
	t.Errorf("current is %s, and not whole", target)
	return ""
}

// systems are those that can exchange two directories, and those that cannot.
func systems() map[string]disk {
	without := quick
	without.noExchange = true
	if runtime.GOOS != "linux" {
		return map[string]disk{"none": without}
	}
	return map[string]disk{"exchange": quick, "none": without}
}

// TestRepair unpacks a release again that somebody edited.
func TestRepair(t *testing.T) {
	a, b := tree(t, "a"), tree(t, "b")
	for name, d := range systems() {
		dir := t.TempDir()
		mustUnpack(t, dir, a)
		mustUnpack(t, dir, b)
		edited := edit(t, dir, a)
		r, err := unpack(t.Context(), d, dir, a, true)
		if err != nil {
			t.Fatal(name, err)
		}
		kept := wantEdit(t, dir, a, edited, false)
		if diff := cmp.Diff(state{Current: a.digest, Previous: b.digest}, stateOf(r)); diff != "" || kept != a.digest+".edited-1" || r.Kept != filepath.Join(dir, releasesDir, kept) {
			t.Errorf("%s: kept %q and %q, %s", name, kept, r.Kept, diff)
		}
		if diff := cmp.Diff([]string{"runtime/rt.yaml has another content", "notes is not in the package"}, r.Edits); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		wantSound(t, dir, a, b)

		edit(t, dir, b) // and another one, and the same again
		again := edit(t, dir, a)
		if name == "none" {
			if _, err := rollback(t.Context(), d, dir, RollbackOptions{}, func(context.Context, string, fs.FS) error { return nil }); err != nil {
				t.Fatal(err)
			}
			mustUnpack(t, dir, tree(t, "c"))
		}
		if r, err = unpack(t.Context(), d, dir, a, false); err != nil || r.Kept != filepath.Join(dir, releasesDir, a.digest+".edited-2") || picture(t, r.Kept) != again {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		if r, err = unpack(t.Context(), d, dir, a, true); err != nil || r.Kept != "" || !cmp.Equal(r.RemovedEdits, []string{a.digest + ".edited-1", a.digest + ".edited-2"}) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		wantNothingLeft(t, dir)
	}
}

// TestRepairCurrent has no moment without a release that current leads to.
func TestRepairCurrent(t *testing.T) {
	a, b := tree(t, "a"), tree(t, "b")
	for name, d := range systems() {
		dir := t.TempDir()
		mustUnpack(t, dir, b)
		mustUnpack(t, dir, a)
		edited := edit(t, dir, a)
		before := picture(t, dir)
		r, err := unpack(t.Context(), d, dir, a, false)
		var changed *ChangedError
		switch {
		case name == "exchange" && (err != nil || r.Digest != a.digest || r.Previous != b.digest || r.Kept == ""):
			t.Errorf("%+v, %v", r, err)
		case name == "none" && (r != nil || !errors.Is(err, errors.ErrUnsupported) || !errors.As(err, &changed) || picture(t, dir) != before):
			t.Errorf("%+v, %v", r, err)
		}
		wantEdit(t, dir, a, edited, false)
		wantCurrent(t, dir, edited, a)
		if name == "none" { // what is to be done then
			if err := os.Rename(changed.Path, changed.Path+".mine"); err != nil {
				t.Fatal(err)
			}
			mustUnpack(t, dir, a)
		}
		if wantSound(t, dir, a, b) != a.digest {
			t.Errorf("%s: it is not current", name)
		}
	}
}

// repairs are the ways to repair a release: the current one, the previous one, and
// one that is neither.
func repairs(t *testing.T, a, b, c source) map[string]func(dir string) (edited string) {
	prepare := func(trees ...source) func(dir string) string {
		return func(dir string) string {
			for _, tree := range trees {
				mustUnpack(t, dir, tree)
			}
			return edit(t, dir, a)
		}
	}
	return map[string]func(string) string{"current": prepare(c, b, a), "previous": prepare(c, a, b), "other": prepare(a, c, b)}
}

// TestRepairKilled has a process end at every step of a repair, by copying what is
// there then. The edited release is never lost, and current always leads to it or to
// a whole one.
func TestRepairKilled(t *testing.T) {
	a, b, c := smallTree(t, "a"), smallTree(t, "b"), smallTree(t, "c")
	for system, base := range systems() {
		for which, prepare := range repairs(t, a, b, c) {
			if system == "none" && which == "current" {
				continue // refused
			}
			t.Run(system+" "+which, func(t *testing.T) {
				each(t, 9, func(t *testing.T, d disk, at func(func(op, name string) error)) {
					d.noExchange = base.noExchange
					dir, later := t.TempDir(), t.TempDir()
					edited := prepare(dir)
					killed := false
					at(func(string, string) error {
						killed = true
						copyTree(t, dir, later)
						return nil
					})
					if _, err := unpack(t.Context(), d, dir, a, false); err != nil {
						t.Fatal(err)
					}
					if kept := wantEdit(t, dir, a, edited, false); kept == "" || wantSound(t, dir, a, b, c) != a.digest {
						t.Errorf("kept %q", kept)
					}
					wantNothingLeft(t, dir)
					if !killed {
						return
					}
					wantEdit(t, later, a, edited, system == "none")
					wantCurrent(t, later, edited, a, b)
					if _, err := unpack(t.Context(), quick, later, a, true); err != nil {
						t.Error(err)
					}
					if wantSound(t, later, a, b, c) != a.digest {
						t.Error("it is not current at the end")
					}
					wantNothingLeft(t, later)
				})
			})
		}
	}
}

// TestRepairKilledTwice leaves no copies behind, and the edited release once.
func TestRepairKilledTwice(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("two directories cannot be exchanged")
	}
	a, b := smallTree(t, "a"), smallTree(t, "b")
	dir, later := t.TempDir(), t.TempDir()
	mustUnpack(t, dir, b)
	mustUnpack(t, dir, a)
	edited := edit(t, dir, a)
	d := quick
	d.before = func(op, name string) error {
		if op == "exchange" {
			copyTree(t, dir, later)
		}
		return nil
	}
	if _, err := unpack(t.Context(), d, dir, a, false); err != nil {
		t.Fatal(err)
	}
	wantNames(t, filepath.Join(later, releasesDir), ".lock", a.digest, a.digest+".edited-1", b.digest)
	r, err := unpack(t.Context(), quick, later, a, false)
	if err != nil || filepath.Base(r.Kept) != a.digest+".edited-1" {
		t.Errorf("%+v, %v", r, err)
	}
	wantEdit(t, later, a, edited, false)
	wantNames(t, filepath.Join(later, releasesDir), ".lock", a.digest, a.digest+".edited-1", b.digest)
}

// TestRepairFails has every step fail, as on a full disk, and be canceled.
func TestRepairFails(t *testing.T) {
	a, b, c := smallTree(t, "a"), smallTree(t, "b"), smallTree(t, "c")
	for system, base := range systems() {
		for which, prepare := range repairs(t, a, b, c) {
			if system == "none" && which == "current" {
				continue
			}
			for _, cancels := range []bool{false, true} {
				each(t, 9, func(t *testing.T, d disk, at func(func(op, name string) error)) {
					d.noExchange = base.noExchange
					dir := t.TempDir()
					edited := prepare(dir)
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					step := ""
					at(func(op, name string) error {
						step = op + " " + name
						if cancels {
							cancel()
							return nil
						}
						return syscall.ENOSPC
					})
					r, err := unpack(ctx, d, dir, a, false)
					kept := wantEdit(t, dir, a, edited, false)
					current := wantCurrent(t, dir, edited, a, b)
					want := error(syscall.ENOSPC)
					if cancels {
						want = context.Canceled
					}
					switch {
					case step == "" && (err != nil || kept == ""):
						t.Errorf("without a fault: %v", err)
					case r == nil && !errors.Is(err, want):
						t.Errorf("%s: %v", step, err)
					case r == nil && kept != "" && !strings.Contains(err.Error(), "the edited release is kept in "+filepath.Join(dir, releasesDir, kept)):
						t.Errorf("%s: the error does not say where the edited release is: %v", step, err)
					case r == nil && which != "current" && current != b.digest:
						t.Errorf("%s: current is %s", step, current)
					case r != nil && (r.Kept != filepath.Join(dir, releasesDir, kept) || current != a.digest):
						t.Errorf("%s: %+v, kept %s", step, r, kept)
					}
					wantNothingLeft(t, dir)
					if _, err := unpack(t.Context(), quick, dir, a, false); err != nil {
						t.Errorf("the next one: %v", err)
					}
					wantEdit(t, dir, a, edited, false)
					wantSound(t, dir, a, b, c)
				})
			}
		}
	}
}

// TestRepairWithoutReturn has the second of two renames fail, and the way back too.
func TestRepairWithoutReturn(t *testing.T) {
	a, b := smallTree(t, "a"), smallTree(t, "b")
	dir := t.TempDir()
	mustUnpack(t, dir, a)
	mustUnpack(t, dir, b)
	edited := edit(t, dir, a)
	d := quick
	d.noExchange = true
	d.before = func(op, name string) error {
		if op == "rename" && name == a.digest {
			return errors.Join(syscall.ENOSPC, os.WriteFile(filepath.Join(dir, releasesDir, a.digest), nil, 0o644))
		}
		return nil
	}
	_, err := unpack(t.Context(), d, dir, a, false)
	if kept := filepath.Join(dir, releasesDir, a.digest+".edited-1"); err == nil || !strings.Contains(err.Error(), "the edited release is kept in "+kept) || picture(t, kept) != edited {
		t.Error(err)
	}
	if wantCurrent(t, dir, "", b) != b.digest {
		t.Error("the current release was changed")
	}
}

func TestIsKept(t *testing.T) {
	digest := strings.Repeat("0a", 32)
	for name, want := range map[string]bool{
		digest: false, digest + ".edited-1": true, digest + ".edited-12": true, digest + ".edited-": false, digest + ".edited-x": false,
		digest[1:] + ".edited-1": false, ".edited-1": false, "A" + digest[1:] + ".edited-1": false, digest + ".edited-1.edited-1": false,
	} {
		if got := isKept(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
