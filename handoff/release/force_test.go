package release

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// forced goes to an edited release of one of the trees, and notes how it was edited.
func forced(edits *[]string) RollbackOptions {
	return RollbackOptions{Force: func(edited *ChangedError) error {
		*edits = append(*edits, edited.Differences...)
		return nil
	}}
}

// changedOf is checkOf with the error that Rollback makes of edited files.
func changedOf(tree source, dir string) check {
	return func(ctx context.Context, digest string, files fs.FS) error {
		return changed(filepath.Join(dir, releasesDir, digest), tree.verify(ctx, files), tree.show)
	}
}

// TestRollbackForce says how the release was edited before anything changes, and goes
// to it as it is.
func TestRollbackForce(t *testing.T) {
	a, b := tree(t, "a"), tree(t, "b")
	dir := t.TempDir()
	mustUnpack(t, dir, a)
	mustUnpack(t, dir, b)
	edited := edit(t, dir, a)
	before := picture(t, dir)
	var unsound *ChangedError
	if r, err := rollback(t.Context(), quick, dir, RollbackOptions{}, changedOf(a, dir)); r != nil || !errors.As(err, &unsound) || picture(t, dir) != before {
		t.Errorf("without force: %+v, %v", r, err)
	}
	no := errors.New("no")
	refuse := RollbackOptions{Force: func(*ChangedError) error {
		if picture(t, dir) != before {
			t.Error("something has changed before")
		}
		return no
	}}
	if r, err := rollback(t.Context(), quick, dir, refuse, changedOf(a, dir)); r != nil || !errors.Is(err, no) || picture(t, dir) != before {
		t.Errorf("refused: %+v, %v", r, err)
	}
	var edits []string
	r, err := rollback(t.Context(), quick, dir, forced(&edits), changedOf(a, dir))
	want := []string{"runtime/rt.yaml has another content", "notes is not in the package"}
	if err != nil || r.Digest != a.digest || r.Previous != b.digest || !slices.Equal(edits, want) || !slices.Equal(r.Edits, want) || r.Kept != "" {
		t.Errorf("%+v, %v, %q", r, err, edits)
	}
	if wantCurrent(t, dir, edited, a) != a.digest {
		t.Error("it is not current")
	}
	edits = nil // a sound one needs no force
	if r, err := rollback(t.Context(), quick, dir, forced(&edits), changedOf(b, dir)); err != nil || r.Digest != b.digest || len(edits) > 0 || len(r.Edits) > 0 {
		t.Errorf("%+v, %v, %q", r, err, edits)
	}
	broken := errors.New("the disk is broken")
	if r, err := rollback(t.Context(), quick, dir, forced(&edits), func(context.Context, string, fs.FS) error { return broken }); r != nil || !errors.Is(err, broken) {
		t.Errorf("what cannot be read: %+v, %v", r, err)
	}
	wantNothingLeft(t, dir)
}

// TestRollbackForceKilled has a process end at every step, and every step fail. The
// edited release stays as it is, and current leads to it or to the one before.
func TestRollbackForceKilled(t *testing.T) {
	a, b := smallTree(t, "a"), smallTree(t, "b")
	for _, fails := range []bool{false, true} {
		each(t, 6, func(t *testing.T, d disk, at func(func(op, name string) error)) {
			dir, later := t.TempDir(), t.TempDir()
			mustUnpack(t, dir, a)
			mustUnpack(t, dir, b)
			edited := edit(t, dir, a)
			killed := false
			at(func(string, string) error {
				killed = true
				if fails {
					return syscall.ENOSPC
				}
				copyTree(t, dir, later)
				return nil
			})
			var edits []string
			r, err := rollback(t.Context(), d, dir, forced(&edits), changedOf(a, dir))
			wantEdit(t, dir, a, edited, false)
			switch current := wantCurrent(t, dir, edited, a, b); {
			case !fails && (err != nil || current != a.digest):
				t.Errorf("current is %s, %v", current, err)
			case r == nil && (current != b.digest || !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "current is still "+b.digest[:12])):
				t.Errorf("current is %s, %v", current, err)
			case r != nil && current != a.digest:
				t.Errorf("current is %s, %v", current, err)
			}
			if len(edits) != 2 {
				t.Errorf("it said %q", edits)
			}
			wantNothingLeft(t, dir)
			if fails || !killed {
				return
			}
			wantEdit(t, later, a, edited, false)
			wantCurrent(t, later, edited, a, b)
			if _, err := unpack(t.Context(), quick, later, b, false); err != nil {
				t.Error(err)
			}
			if wantCurrent(t, later, edited, b) != b.digest {
				t.Error("the next unpack did not go well")
			}
			wantNothingLeft(t, later)
		})
	}
}
