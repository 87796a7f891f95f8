package release

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/checksum"
)

func TestUnpackOneAfterTheOther(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "rig")
	a, b, c := tree(t, "a"), tree(t, "b"), tree(t, "c")
	for _, step := range []struct {
		tree  source
		prune bool
		want  state
	}{
		{a, false, state{Current: a.digest}},
		{a, false, state{Current: a.digest, Reused: true}},
		{b, false, state{Current: b.digest, Previous: a.digest}},
		{b, true, state{Current: b.digest, Previous: a.digest, Reused: true}},
		{a, false, state{Current: a.digest, Previous: b.digest, Reused: true}},
		{c, false, state{Current: c.digest, Previous: a.digest}},
		{c, true, state{Current: c.digest, Previous: a.digest, Reused: true, Removed: []string{b.digest}}},
	} {
		state, err := unpack(t.Context(), disk{}, dir, step.tree, step.prune)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, stateOf(state)); diff != "" {
			t.Error(diff)
		}
		wantSound(t, dir, a, b, c)
		wantNothingLeft(t, dir)
	}
	wantNames(t, dir, "current", "previous", "releases")
	wantNames(t, filepath.Join(dir, "releases"), ".lock", a.digest, c.digest)
}

// TestOtherContent leaves alone what is in the directory besides.
func TestOtherContent(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"notes.txt", "releases/README", "releases/.staging", "releases/.staging-", "releases/.staging-notes", "releases/" + strings.Repeat("A", 64), ".current"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte("mine\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := picture(t, dir)
	a := tree(t, "a")
	if _, err := unpack(t.Context(), quick, dir, a, true); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"current", "releases/.lock", "releases/" + a.digest} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(before, picture(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestForeign(t *testing.T) {
	a := tree(t, "a")
	file := func(path string) error { return os.WriteFile(path, []byte("mine\n"), 0o600) }
	mkdir := func(path string) error { return os.MkdirAll(path, 0o700) }
	link := func(target string) func(string) error {
		return func(path string) error { return os.Symlink(target, path) }
	}
	for _, test := range []struct {
		name, path string
		plant      func(path string) error
	}{
		{"current is a file", "current", file},
		{"current is a directory", "current", mkdir},
		{"current leads elsewhere", "current", link("/etc")},
		{"current leads to a name", "current", link("releases/today")},
		{"current leads out", "current", link("releases/../../" + a.digest)},
		{"current has an absolute path", "current", link("/releases/" + a.digest)},
		{"current is of upper case", "current", link("releases/" + strings.ToUpper(a.digest))},
		{"previous is a file", "previous", file},
		{"previous leads elsewhere", "previous", link("../" + a.digest)},
		{"releases is a file", "releases", file},
		{"releases is a link", "releases", link(".")},
		{"releases is a link to nothing", "releases", link("nothing")},
		{"the lock is a directory", "releases/.lock", mkdir},
		{"the lock is a link", "releases/.lock", link("../current")},
		{"the release is a file", "releases/" + a.digest, file},
		{"the release is a link", "releases/" + a.digest, link("../..")},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, filepath.FromSlash(test.path))
			if err := errors.Join(mkdir(filepath.Dir(path)), test.plant(path)); err != nil {
				t.Fatal(err)
			}
			before := picture(t, path)
			state, err := unpack(t.Context(), quick, dir, a, true)
			var foreign *ForeignError
			if state != nil || !errors.As(err, &foreign) || foreign.Path != path {
				t.Errorf("state %v, error %v", state, err)
			}
			if diff := cmp.Diff(before, picture(t, path)); diff != "" {
				t.Error(diff)
			}
			wantNothingLeft(t, dir)
			if test.path == "releases" || strings.HasPrefix(test.path, "releases/"+a.digest) {
				return // a rollback does not want it, or says so otherwise
			}
			if _, err := rollback(t.Context(), quick, dir, RollbackOptions{}, nil); err == nil {
				t.Error("a rollback went well")
			}
		})
	}
}

// TestReuse has something else where the release should be. It is kept, and replaced.
func TestReuse(t *testing.T) {
	a := tree(t, "a")
	for name, spoil := range map[string]func(dir string) error{
		"changed": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "runtime/rt.yaml"), []byte("RT\n"), 0o644)
		},
		"missing":   func(dir string) error { return os.Remove(filepath.Join(dir, "runtime/rt.yaml")) },
		"extra":     func(dir string) error { return os.WriteFile(filepath.Join(dir, "runtime/x"), nil, 0o644) },
		"a link":    func(dir string) error { return os.Symlink("rt.yaml", filepath.Join(dir, "runtime/x")) },
		"no folder": func(dir string) error { return os.RemoveAll(filepath.Join(dir, "runtime")) },
		"linked": func(dir string) error {
			return errors.Join(os.Rename(filepath.Join(dir, "runtime"), filepath.Join(dir, "../elsewhere")),
				os.Symlink("../elsewhere", filepath.Join(dir, "runtime")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			mustUnpack(t, dir, a)
			mustUnpack(t, dir, tree(t, "b"))
			if err := spoil(filepath.Join(dir, "releases", a.digest)); err != nil {
				t.Fatal(err)
			}
			edited := picture(t, filepath.Join(dir, "releases", a.digest))
			r, err := unpack(t.Context(), quick, dir, a, true)
			if err != nil {
				t.Fatal(err)
			}
			if r.Reused || len(r.Edits) == 0 || picture(t, r.Kept) != edited {
				t.Errorf("%+v", r)
			}
			wantSound(t, dir, a, tree(t, "b"))
			wantNothingLeft(t, dir)
		})
	}
}

// TestCurrentIsGone has somebody remove the current release by hand.
func TestCurrentIsGone(t *testing.T) {
	dir := t.TempDir()
	a, b, c := tree(t, "a"), tree(t, "b"), tree(t, "c")
	mustUnpack(t, dir, a)
	mustUnpack(t, dir, b)
	if err := os.RemoveAll(filepath.Join(dir, "releases", b.digest)); err != nil {
		t.Fatal(err)
	}
	want := state{Current: c.digest, Previous: a.digest}
	if diff := cmp.Diff(want, stateOf(mustUnpack(t, dir, c))); diff != "" {
		t.Error(diff)
	}
}

// TestSourceChanged has a package that is another one when it is read again.
func TestSourceChanged(t *testing.T) {
	dir := t.TempDir()
	a, b := tree(t, "a"), tree(t, "b")
	mustUnpack(t, dir, a)
	b.files = a.files
	state, err := unpack(t.Context(), quick, dir, b, false)
	var failure *Failure
	if state != nil || !errors.Is(err, errReadBack) || !errors.As(err, &failure) {
		t.Errorf("state %v, error %v", state, err)
	}
	b.files = fstest.MapFS{}
	if state, err := unpack(t.Context(), quick, dir, b, false); state != nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("state %v, error %v", state, err)
	}
	wantSound(t, dir, a)
	wantNothingLeft(t, dir)
}

// TestNoDirectory needs the directory around the one to make.
func TestNoDirectory(t *testing.T) {
	dir := t.TempDir()
	a := tree(t, "a")
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nothing", filepath.Join(dir, "dangling")); err != nil {
		t.Fatal(err)
	}
	before := picture(t, dir)
	for _, name := range []string{"no/rig", "file", "dangling", "file/rig", ""} {
		at := filepath.Join(dir, name)
		if name == "" {
			at = ""
		}
		state, err := unpack(t.Context(), quick, at, a, false)
		var p *fs.PathError
		if state != nil || !errors.As(err, &p) {
			t.Errorf("%s: state %v, error %v", name, state, err)
		}
	}
	if diff := cmp.Diff(before, picture(t, dir)); diff != "" {
		t.Error(diff)
	}
}

// TestThroughLink takes a link that the caller has at the directory.
func TestThroughLink(t *testing.T) {
	dir := t.TempDir()
	a := tree(t, "a")
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "real"), 0o755), os.Symlink("real", filepath.Join(dir, "rig"))); err != nil {
		t.Fatal(err)
	}
	mustUnpack(t, filepath.Join(dir, "rig"), a)
	wantSound(t, filepath.Join(dir, "real"), a)
	if done, err := unpackPlain(t.Context(), quick, filepath.Join(dir, "rig"), a); done || err == nil {
		t.Error("a directory with releases was replaced")
	}
	if err := os.RemoveAll(filepath.Join(dir, "real", "releases")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "real", "current")); err != nil {
		t.Fatal(err)
	}
	if done, err := unpackPlain(t.Context(), quick, filepath.Join(dir, "rig"), a); !done || err != nil {
		t.Error(done, err)
	}
	if err := verifyAt(t, filepath.Join(dir, "real"), a); err != nil {
		t.Error(err)
	}
	wantNames(t, dir, "real", "rig")
}

// TestCanceled cancels before every step.
func TestCanceled(t *testing.T) {
	a, b := smallTree(t, "a"), smallTree(t, "b")
	each(t, 14, func(t *testing.T, d disk, at func(func(op, name string) error)) {
		dir := t.TempDir()
		mustUnpack(t, dir, a)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		at(func(string, string) error {
			cancel()
			return nil
		})
		state, err := unpack(ctx, d, dir, b, false)
		switch current := wantSound(t, dir, a, b); {
		case state == nil && (current != a.digest || !errors.Is(err, context.Canceled)):
			t.Errorf("current is %s, error %v", current, err)
		case state != nil && (current != b.digest || err != nil):
			t.Errorf("current is %s, error %v", current, err)
		}
		wantNothingLeft(t, dir)
	})
}

// TestFails has every step fail, as on a full disk.
func TestFails(t *testing.T) {
	a, b, c := smallTree(t, "a"), smallTree(t, "b"), smallTree(t, "c")
	failed := map[bool]int{}
	each(t, 18, func(t *testing.T, d disk, at func(func(op, name string) error)) {
		dir := t.TempDir()
		mustUnpack(t, dir, a)
		mustUnpack(t, dir, b)
		step := ""
		at(func(op, name string) error {
			step = op + " " + name
			return syscall.ENOSPC
		})
		state, err := unpack(t.Context(), d, dir, c, true)
		current := wantSound(t, dir, a, b, c)
		var p *fs.PathError
		switch {
		case step == "" && (err != nil || current != c.digest):
			t.Errorf("without a fault: %v", err)
		case step != "" && (!errors.Is(err, syscall.ENOSPC) || !errors.As(err, &p) || !strings.HasPrefix(p.Path, dir)):
			t.Errorf("%s: error %v", step, err)
		case state == nil && (current != b.digest || !strings.HasSuffix(err.Error(), "; "+filepath.Join(dir, "current")+" is still "+b.digest[:12])):
			t.Errorf("%s: current is %s, error %v", step, current, err)
		case state != nil && current != c.digest:
			t.Errorf("%s: current is %s", step, current)
		}
		failed[state == nil]++
		if state == nil || step == "" {
			wantNothingLeft(t, dir)
		}
		if state == nil && strings.Contains(err.Error(), stagingPrefix) {
			t.Errorf("the error names what is gone: %v", err)
		}
		if _, err := unpack(t.Context(), quick, dir, c, true); err != nil {
			t.Errorf("the next one: %v", err)
		}
		wantSound(t, dir, b, c)
		wantNothingLeft(t, dir)
	})
	if failed[true] < 12 || failed[false] < 3 {
		t.Errorf("failures before and after the change: %v", failed)
	}
}

// TestCloseFails has a disk that only says when a file is closed that it did not keep
// it, as a network can.
func TestCloseFails(t *testing.T) {
	dir, a := t.TempDir(), smallTree(t, "a")
	d := disk{flush: func(f *os.File) error {
		if info, err := f.Stat(); err != nil || info.IsDir() {
			return err
		}
		return f.Close() // so that the next one fails
	}}
	state, err := unpack(t.Context(), d, dir, a, false)
	var p *fs.PathError
	if state != nil || !errors.Is(err, os.ErrClosed) || !errors.As(err, &p) {
		t.Errorf("unpacked as %v, error %v", state, err)
	}
	wantNothingLeft(t, dir)
}

// TestForeignNewLink has something in the way of the new link.
func TestForeignNewLink(t *testing.T) {
	a, b := smallTree(t, "a"), smallTree(t, "b")
	for _, name := range []string{".current.new", ".previous.new"} {
		for what, put := range map[string]func(path string) error{
			"file":      func(path string) error { return os.WriteFile(path, nil, 0o600) },
			"directory": func(path string) error { return os.Mkdir(path, 0o700) },
			"link":      func(path string) error { return os.Symlink("elsewhere", path) },
		} {
			dir := t.TempDir()
			mustUnpack(t, dir, a)
			path := filepath.Join(dir, name)
			if err := put(path); err != nil {
				t.Fatal(err)
			}
			_, err := unpack(t.Context(), quick, dir, b, false)
			var foreign *ForeignError
			if !errors.As(err, &foreign) || foreign.Path != path {
				t.Errorf("%s %s: %v", what, name, err)
			}
			if _, err := os.Lstat(path); err != nil || wantSound(t, dir, a, b) != a.digest {
				t.Errorf("%s %s: %v", what, name, err)
			}
		}
	}
}

// endless is a file that never ends. Nobody may read much of it.
type endless struct {
	fs.File
	t    *testing.T
	size int64 // that it states; its own if 0
	read int
}

func (e *endless) Stat() (fs.FileInfo, error) {
	info, err := e.File.Stat()
	if err == nil && e.size > 0 {
		info = boundedInfo{info, e.size}
	}
	return info, err
}

func (e *endless) Read(p []byte) (int, error) {
	if e.read += len(p); e.read > 1<<20 {
		e.t.Error("an endless file is read on and on")
		return 0, io.EOF
	}
	clear(p)
	return len(p), nil
}

// inflated has such files.
type inflated struct {
	fs.FS
	t    *testing.T
	size int64 // that they state
}

func (i inflated) Open(name string) (fs.File, error) {
	f, err := i.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || info.IsDir() {
		return f, err
	}
	return &endless{File: f, t: i.t, size: i.size}, nil
}

// TestVerifyEndless has files in a release that are longer than they should be.
func TestVerifyEndless(t *testing.T) {
	a := tree(t, "a")
	var diff *checksum.VerifyError
	if err := a.verify(t.Context(), inflated{a.files, t, 1 << 60}); !errors.As(err, &diff) || len(diff.Changed) != len(a.sums) {
		t.Error(err)
	}
	if err := a.verify(t.Context(), inflated{a.files, t, 0}); !errors.As(err, &diff) || len(diff.Unreadable) != len(a.sums) {
		t.Errorf("files that lie about their size: %v", err)
	}
	if err := a.verify(t.Context(), a.files); err != nil {
		t.Error(err)
	}
}

// TestStoreUnreadable has the system not say whether a release is there. That is not
// taken for an answer: no way back is forgotten, and nothing is pruned.
func TestStoreUnreadable(t *testing.T) {
	a, b, c := smallTree(t, "a"), smallTree(t, "b"), smallTree(t, "c")
	dir := t.TempDir()
	for _, tree := range []source{a, b, c} {
		mustUnpack(t, dir, tree)
	}
	s, err := openStore(quick, dir, false)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	s.releases.Close()
	if change, err := s.towards(a.digest); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the way to another release is %v, %v", change, err)
	}
	if name, err := s.stagingName(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a free name is %q, %v", name, err)
	}
	if got := s.otherPrevious(); got != b.digest || len(s.troubles) != 1 {
		t.Errorf("previous is %q, %v", got, s.troubles)
	}
	if s.isIdle(a.digest) || len(s.troubles) != 2 {
		t.Errorf("a release is idle that may be there, %v", s.troubles)
	}
}
