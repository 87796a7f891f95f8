package release

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/validator"
)

// failingFS fails to open one name from the n-th time on.
type failingFS struct {
	fs.FS
	name string
	n    int
	err  error
}

func (f *failingFS) Open(name string) (fs.File, error) {
	if name == f.name {
		if f.n--; f.n < 0 {
			return nil, &fs.PathError{Op: "open", Path: name, Err: f.err}
		}
	}
	return f.FS.Open(name)
}

// TestUnreadableIsNotEdited has the system refuse to read parts of a sound release.
func TestUnreadableIsNotEdited(t *testing.T) {
	p := benchPackage(t)
	digest, err := p.Digest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		n    int
		err  error
		want string
	}{
		{".", 0, syscall.EIO, syscall.EIO.Error()},
		{".", 1, syscall.EIO, syscall.EIO.Error()},
		{"machine-profile.yaml", 0, syscall.EACCES, "machine-profile.yaml: cannot be read: " + syscall.EACCES.Error()},
		{"machine-profile.yaml", 0, syscall.EIO, "machine-profile.yaml: cannot be read: " + syscall.EIO.Error()},
		{"runtime/behaviors", 0, syscall.EACCES, "runtime/behaviors: cannot be read: " + syscall.EACCES.Error()},
	} {
		i, opened, err := readRelease(t.Context(), &failingFS{plainFS{p.FS()}, test.name, test.n, test.err}, digest, validator.Limits{})
		if err != nil || opened != nil || !i.Unreadable || i.Edited || i.Problem != test.want {
			t.Errorf("%s: %+v, %v", test.name, i, err)
		}
		r := &StatusReport{Current: digest, Releases: []Installed{i}}
		var text bytes.Buffer
		if err := r.WriteText(&text, false); err != nil {
			t.Fatal(err)
		}
		if got := text.String(); !strings.Contains(got, "UNREADABLE whether it was edited is not known: "+test.want) || strings.Contains(got, "EDITED") || strings.Contains(got, "unknown time") {
			t.Errorf("%s: %s", test.name, got)
		}
	}
	for n := 0; ; n++ { // at any moment
		files := &failingFS{plainFS{p.FS()}, "runtime/anolis-runtime.yaml", n, syscall.EIO}
		i, _, err := readRelease(t.Context(), files, digest, validator.Limits{})
		if err != nil || i.Edited {
			t.Errorf("%d: %+v, %v", n, i, err)
		}
		if !i.Unreadable {
			if n == 0 || files.n < 0 {
				t.Errorf("%d: not unreadable", n)
			}
			break
		}
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := readRelease(canceled, p.FS(), digest, validator.Limits{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// benchPackage is the package of an example; handofftest imports this package.
func benchPackage(t *testing.T) *validator.Package {
	t.Helper()
	pkg, err := exporter.Build(t.Context(), os.DirFS("../../examples/projects/bioreactor-bench"), exporter.Options{Name: "bench", Variants: exporter.AllVariants()})
	if err != nil {
		t.Fatal(err)
	}
	p, err := validator.OpenFS(t.Context(), pkg.FS(), validator.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// plainFS hides that a file system was made by us and hashed before.
type plainFS struct{ files fs.FS }

func (p plainFS) Open(name string) (fs.File, error) { return p.files.Open(name) }
