package handoff

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// TestReplaceFileWriteFails has the content fail after some bytes, and once the
// context end when all is written.
func TestReplaceFileWriteFails(t *testing.T) {
	full := errors.New("disk full")
	ctx, cancel := context.WithCancel(t.Context())
	tests := map[string]struct {
		write func(io.Writer) error
		want  error
	}{
		"at once":    {func(io.Writer) error { return full }, full},
		"later":      {func(w io.Writer) error { _, err := w.Write(make([]byte, 1<<20)); return errors.Join(err, full) }, full},
		"file ended": {func(w io.Writer) error { return w.(io.Closer).Close() }, fs.ErrClosed},
		"canceled":   {func(io.Writer) error { cancel(); return nil }, context.Canceled},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			ctx := ctx
			if name != "canceled" {
				ctx = t.Context()
			}
			for _, existing := range []string{"", "old content"} {
				dir := t.TempDir()
				path := filepath.Join(dir, "out")
				if existing != "" {
					if err := os.WriteFile(path, []byte(existing), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				if err := ReplaceFile(ctx, path, test.write); !errors.Is(err, test.want) {
					t.Errorf("error %v, want %v", err, test.want)
				}
				got, err := os.ReadFile(path)
				if string(got) != existing || (err == nil) != (existing != "") {
					t.Errorf("now %q, %v; was %q", got, err, existing)
				}
				if entries, _ := os.ReadDir(dir); len(entries) > 1 || len(entries) == 1 && existing == "" {
					t.Errorf("left over: %v", entries)
				}
			}
		})
	}
}

// TestReplaceFilePanic leaves nothing behind even when a callback panics.
func TestReplaceFilePanic(t *testing.T) {
	dir := t.TempDir()
	func() {
		defer func() { recover() }()
		ReplaceFile(t.Context(), filepath.Join(dir, "out"), func(io.Writer) error { panic("in a callback") })
	}()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("left over: %v, %v", entries, err)
	}
}

func TestCreateTempGivesUp(t *testing.T) {
	dir := t.TempDir()
	for i := range maxTemps {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf(".out.%d.tmp", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := createTemp(filepath.Join(dir, "out"))
	if err == nil {
		f.Close()
		t.Fatalf("created %s", f.Name())
	}
	var p *fs.PathError
	if !errors.As(err, &p) || p.Path != filepath.Join(dir, "out") {
		t.Errorf("error %v", err)
	}
}

func TestRetarget(t *testing.T) {
	other := &fs.PathError{Op: "read", Path: "behaviors/x.xml", Err: fs.ErrPermission}
	tests := []struct {
		err  error
		want string
	}{
		{&fs.PathError{Op: "sync", Path: ".out.0.tmp", Err: syscall.ENOSPC}, "write out: " + syscall.ENOSPC.Error()},
		{&os.LinkError{Op: "rename", Old: ".out.0.tmp", New: "out", Err: syscall.EXDEV}, "replace out: " + syscall.EXDEV.Error()},
		{other, other.Error()},
	}
	for _, test := range tests {
		if got := retarget(test.err, ".out.0.tmp", "out"); got.Error() != test.want {
			t.Errorf("%v became %v, want %s", test.err, got, test.want)
		}
	}
}

func TestSyncDirErrors(t *testing.T) {
	broken := &fs.PathError{Op: "sync", Path: "dir", Err: syscall.EIO}
	for _, test := range []struct{ err, want error }{
		{nil, nil},
		{&fs.PathError{Op: "sync", Path: "dir", Err: syscall.EINVAL}, nil},
		{&fs.PathError{Op: "sync", Path: "dir", Err: errors.ErrUnsupported}, nil},
		{broken, broken},
	} {
		if got := ignoreUnsupported(test.err); got != test.want {
			t.Errorf("%v became %v", test.err, got)
		}
	}
	err := &unsyncedError{"out", broken}
	if !errors.Is(err, syscall.EIO) || err.Error() != "out is written, but its directory cannot be synced: "+broken.Error() {
		t.Errorf("error %v", err)
	}
}

// TestReplaceFileBehindLink goes up from where a link leads, as the system does.
func TestReplaceFileBehindLink(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := errors.Join(os.MkdirAll("far/deep", 0o755), os.Symlink("far/deep", "link")); err != nil {
		t.Fatal(err)
	}
	err := ReplaceFile(t.Context(), filepath.FromSlash("link/../out"), func(io.Writer) error {
		if entries, err := os.ReadDir("."); err != nil || len(entries) != 2 {
			t.Errorf("the temporary file is elsewhere: %v, %v", entries, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if _, err := os.Stat("far/out"); err != nil {
		t.Error(err)
	}
}

// TestReplaceFileOrder has the content on the disk before it gets its name, and keeps
// the old content when any step before that fails.
func TestReplaceFileOrder(t *testing.T) {
	steps := []string{"sync", "close", "rename", "sync directory"}
	for failing := range len(steps) + 1 {
		dir := t.TempDir()
		path := filepath.Join(dir, "out")
		if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		var seen []string
		d := disk{before: func(step string) error {
			seen = append(seen, step)
			if got, err := os.ReadFile(path); err != nil || string(got) == "old" != (step != "sync directory") {
				t.Errorf("before %s: %q, %v", step, got, err)
			}
			if len(seen) == failing+1 {
				return syscall.EIO
			}
			return nil
		}}
		err := d.replace(t.Context(), path, func(w io.Writer) error {
			_, err := io.WriteString(w, "new")
			return err
		})
		want, wantSteps := "old", steps[:min(failing+1, len(steps))]
		if failing >= 3 {
			want = "new"
		}
		if got, _ := os.ReadFile(path); string(got) != want || !slices.Equal(seen, wantSteps) || errors.Is(err, syscall.EIO) != (failing < len(steps)) {
			t.Errorf("with step %d failing: %q after %q, %v", failing, got, seen, err)
		}
		var unsynced *unsyncedError
		if errors.As(err, &unsynced) != (failing == 3) {
			t.Errorf("with step %d failing: %v", failing, err)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
			t.Errorf("left over: %v, %v", entries, err)
		}
	}
}
