package handoff_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/inspect"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

func inspected(t testing.TB, p *handoff.Package) *inspect.Report {
	t.Helper()
	s, err := handoff.Inspect(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestPackageConcurrent uses one package from many goroutines.
func TestPackageConcurrent(t *testing.T) {
	for name, p := range opened(t, handoff.OpenOptions{}) {
		want := inspected(t, p)
		var working sync.WaitGroup
		for range 8 {
			working.Go(func() {
				if diff := cmp.Diff(want, inspected(t, p)); diff != "" {
					t.Errorf("%s: another summary:\n%s", name, diff)
				}
				if sum, err := p.Digest(t.Context()); sum != quickstartDigest || err != nil {
					t.Errorf("%s: digest %s, %v", name, sum, err)
				}
				if slots, err := inspect.Slots(t.Context(), p); slots == nil || len(slots) > 0 || err != nil {
					t.Errorf("%s: slots %v, %v", name, slots, err)
				}
			})
		}
		working.Wait()
	}
}

// TestPackageClose makes sure that nothing is read after Close, and that there is
// nothing to close unless a path was opened.
func TestPackageClose(t *testing.T) {
	for name, p := range opened(t, handoff.OpenOptions{}) {
		ofPath := name == "file" || name == "directory"
		for range 2 { // the second one has nothing to do, or says so
			if err := p.Close(); err != nil && !ofPath {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err := fs.ReadFile(p.FS(), "machine-profile.yaml")
		if (err != nil) != ofPath {
			t.Errorf("%s: after Close: %v", name, err)
		}
	}
}

// TestPackageChanged gives an error and never other content when the source is
// not what it was.
func TestPackageChanged(t *testing.T) {
	const name = "providers/bench-sim.yaml"
	for change, rewrite := range map[string]func([]byte) []byte{
		"one byte": func(b []byte) []byte { return bytes.Replace(b, []byte("id: oven"), []byte("id: over"), 1) },
		"longer":   func(b []byte) []byte { return append(b, "# more\n"...) },
		"shorter":  func(b []byte) []byte { return b[:len(b)-1] },
		"empty":    func(b []byte) []byte { return nil },
	} {
		dir, file := unpacked(t, "sim-quickstart"), packed(t, "sim-quickstart")
		for _, path := range []string{dir, file} {
			p, err := handoff.OpenPath(t.Context(), path, handoff.OpenOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			at := path
			if path == dir {
				at = filepath.Join(dir, name)
			}
			if path == file && (change == "longer" || change == "shorter") {
				continue // it is not there that an archive has the file
			}
			handofftest.WriteFile(t, at, rewrite(handofftest.ReadFile(t, at)))
			if data, err := fs.ReadFile(p.FS(), name); err == nil {
				t.Errorf("%s, %s: read %d bytes", change, filepath.Base(path), len(data))
			}
			if s, err := handoff.Inspect(t.Context(), p); err == nil {
				t.Errorf("%s, %s: %+v", change, filepath.Base(path), s)
			}
			if sum, err := p.Digest(t.Context()); path == dir && err == nil {
				t.Errorf("%s: digest %s", change, sum)
			}
		}
	}
}

// TestPackageRemoved is about files that are there no more, and others that are
// there in their place.
func TestPackageRemoved(t *testing.T) {
	dir := unpacked(t, "sim-quickstart")
	p, err := handoff.OpenPath(t.Context(), dir, handoff.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	handofftest.WriteFile(t, filepath.Join(dir, "providers/new.yaml"), []byte("a: 1\n"))
	if _, err := fs.ReadFile(p.FS(), "providers/new.yaml"); err == nil {
		t.Error("a file was read that was not there when the package was opened")
	}
	if s := inspected(t, p); s.Files != 5 {
		t.Errorf("%d files", s.Files)
	}
	if err := os.RemoveAll(filepath.Join(dir, "runtime")); err != nil {
		t.Fatal(err)
	}
	if s, err := handoff.Inspect(t.Context(), p); s != nil || err == nil {
		t.Errorf("%+v, %v", s, err)
	}
}
