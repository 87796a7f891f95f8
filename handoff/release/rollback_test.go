package release

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// checkOf accepts the trees and nothing else.
func checkOf(trees ...source) check {
	return func(ctx context.Context, digest string, files fs.FS) error {
		for _, tree := range trees {
			if tree.digest == digest {
				return tree.sums.Verify(ctx, files)
			}
		}
		return errors.New("is none of ours")
	}
}

func TestRollback(t *testing.T) {
	dir := t.TempDir()
	a, b, c := tree(t, "a"), tree(t, "b"), tree(t, "c")
	for _, tree := range []source{a, b, c} {
		mustUnpack(t, dir, tree)
	}
	for _, step := range []struct {
		to   string
		want state
	}{
		{"", state{Current: b.digest, Previous: c.digest, Reused: true}},
		{"", state{Current: c.digest, Previous: b.digest, Reused: true}},
		{a.digest, state{Current: a.digest, Previous: c.digest, Reused: true}},
		{b.digest[:8], state{Current: b.digest, Previous: a.digest, Reused: true}},
		{"", state{Current: a.digest, Previous: b.digest, Reused: true}},
	} {
		state, err := rollback(t.Context(), disk{}, dir, RollbackOptions{To: step.to}, checkOf(a, b, c))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, stateOf(state)); diff != "" {
			t.Error(diff)
		}
		if current := wantSound(t, dir, a, b, c); current != step.want.Current {
			t.Errorf("current is %s", current)
		}
		wantNothingLeft(t, dir)
	}
}

func TestRollbackRefused(t *testing.T) {
	a, b := tree(t, "a"), tree(t, "b")
	bad := errors.New("is bad")
	refuse := func(context.Context, string, fs.FS) error { return bad }
	is := func(want error) func(error) bool { return func(err error) bool { return errors.Is(err, want) } }
	says := func(want string) func(error) bool {
		return func(err error) bool { return err != nil && strings.Contains(err.Error(), want) }
	}
	twins := []string{strings.Repeat("7", 63) + "1", strings.Repeat("7", 63) + "2"}
	for _, test := range []struct {
		name, to string
		prepare  func(dir string) error
		check    check
		want     func(error) bool
	}{
		{"no previous", "", func(dir string) error { return os.Remove(filepath.Join(dir, "previous")) }, nil, is(ErrNoPrevious)},
		{"previous is current", "", func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, "previous")), os.Symlink("releases/"+b.digest, filepath.Join(dir, "previous")))
		}, nil, is(ErrNoPrevious)},
		{"previous is gone", "", func(dir string) error { return os.RemoveAll(filepath.Join(dir, "releases", a.digest)) }, nil, is(fs.ErrNotExist)},
		{"all are gone", "", func(dir string) error {
			return errors.Join(os.RemoveAll(filepath.Join(dir, "releases", a.digest)), os.RemoveAll(filepath.Join(dir, "releases", b.digest)))
		}, nil, is(fs.ErrNotExist)},
		{"previous is a file", "", func(dir string) error {
			path := filepath.Join(dir, "releases", a.digest)
			return errors.Join(os.RemoveAll(path), os.WriteFile(path, nil, 0o644))
		}, nil, func(err error) bool { var f *ForeignError; return errors.As(err, &f) }},
		{"previous is a link", "", func(dir string) error {
			path := filepath.Join(dir, "releases", a.digest)
			return errors.Join(os.RemoveAll(path), os.Symlink(b.digest, path))
		}, nil, func(err error) bool { var f *ForeignError; return errors.As(err, &f) }},
		{"unsound", "", nil, refuse, is(bad)},
		{"current already", b.digest, nil, nil, is(ErrCurrent)},
		{"not there", strings.Repeat("0", 64), nil, nil, says("there is no release " + strings.Repeat("0", 64) + ", only ")},
		{"too short", a.digest[:7], nil, nil, says("is not 8 to 64 lower-case hexadecimal digits")},
		{"too long", a.digest + "0", nil, nil, is(fs.ErrInvalid)},
		{"upper case", strings.ToUpper(a.digest), nil, nil, says("is not 8 to 64")},
		{"a path", "../../../etc", nil, nil, says("is not 8 to 64")},
		{"ambiguous", "77777777", func(dir string) error {
			return errors.Join(os.Mkdir(filepath.Join(dir, "releases", twins[0]), 0o755), os.Mkdir(filepath.Join(dir, "releases", twins[1]), 0o755))
		}, nil, says("77777777 is the beginning of 2 releases: " + twins[0] + ", " + twins[1])},
		{"never used", "", func(dir string) error { return os.RemoveAll(filepath.Join(dir, "releases")) }, nil, is(fs.ErrNotExist)},
		{"not there at all", "", os.RemoveAll, nil, is(fs.ErrNotExist)},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "rig")
			mustUnpack(t, dir, a)
			mustUnpack(t, dir, b)
			if test.prepare != nil {
				if err := test.prepare(dir); err != nil {
					t.Fatal(err)
				}
			}
			before := picture(t, filepath.Dir(dir))
			state, err := rollback(t.Context(), quick, dir, RollbackOptions{To: test.to}, test.check)
			if state != nil || !test.want(err) {
				t.Errorf("state %v, error %v", state, err)
			}
			if diff := cmp.Diff(before, picture(t, filepath.Dir(dir))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRollbackFails has every step fail.
func TestRollbackFails(t *testing.T) {
	a, b := tree(t, "a"), tree(t, "b")
	each(t, 5, func(t *testing.T, d disk, at func(func(op, name string) error)) {
		dir := t.TempDir()
		mustUnpack(t, dir, a)
		mustUnpack(t, dir, b)
		at(func(op, name string) error { return syscall.EROFS })
		state, err := rollback(t.Context(), d, dir, RollbackOptions{}, checkOf(a))
		switch current := wantSound(t, dir, a, b); {
		case state == nil && (current != b.digest || !errors.Is(err, syscall.EROFS)):
			t.Errorf("current is %s, error %v", current, err)
		case state != nil && current != a.digest:
			t.Errorf("current is %s, error %v", current, err)
		}
		wantNothingLeft(t, dir)
	})
}

// TestRollbackCanceled cancels in the check, which is the long part.
func TestRollbackCanceled(t *testing.T) {
	a, b := tree(t, "a"), tree(t, "b")
	dir := t.TempDir()
	mustUnpack(t, dir, a)
	mustUnpack(t, dir, b)
	ctx, cancel := context.WithCancel(t.Context())
	state, err := rollback(ctx, quick, dir, RollbackOptions{}, func(context.Context, string, fs.FS) error {
		cancel()
		return nil
	})
	if state != nil || !errors.Is(err, context.Canceled) || wantSound(t, dir, a, b) != b.digest {
		t.Errorf("state %v, error %v", state, err)
	}
	if _, err := rollback(ctx, quick, filepath.Join(dir, "no"), RollbackOptions{}, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	wantNothingLeft(t, dir)
}

// TestMessageNamesSome does not list a thousand releases.
func TestMessageNamesSome(t *testing.T) {
	dir := t.TempDir()
	for _, text := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		mustUnpack(t, dir, treeOf(t, fstest.MapFS{"x": {Data: []byte(text)}}))
	}
	_, err := rollback(t.Context(), quick, dir, RollbackOptions{To: "00000000"}, nil)
	if err == nil || !strings.Contains(err.Error(), " and 2 more; ") {
		t.Error(err)
	}
}
