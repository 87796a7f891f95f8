package release_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/release"
	"github.com/anolishq/anolis-handoff/internal/faulttest"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
	"github.com/anolishq/anolis-handoff/validator"
)

// two has two packages of one machine, unpacked one after the other.
func two(t *testing.T) (dir string, old, new *handoff.Package, digest string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "rig")
	files := handofftest.ExampleFiles(t, "sim-quickstart")
	old = handofftest.OpenFiles(t, files, false)
	new = handofftest.OpenFiles(t, handofftest.ExampleFiles(t, "sim-quickstart", [3]string{"machine-profile.yaml", "display_name: ", "display_name: New "}), false)
	for _, p := range []*handoff.Package{old, new} {
		r, err := release.Unpack(t.Context(), p, dir, release.UnpackOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if p == old {
			digest = r.Digest
		}
	}
	return dir, old, new, digest
}

// TestDamaged has each file of a release on a disk become something else, in every way:
// nobody takes it for what was unpacked.
func TestDamaged(t *testing.T) {
	dir, old, _, digest := two(t)
	at := filepath.Join(dir, "releases", digest)
	damages := map[string]func(path string, data []byte) error{
		"gone":       func(path string, _ []byte) error { return os.Remove(path) },
		"empty":      func(path string, _ []byte) error { return os.Truncate(path, 0) },
		"cut":        func(path string, data []byte) error { return os.Truncate(path, int64(len(data)-1)) },
		"longer":     func(path string, data []byte) error { return os.WriteFile(path, append(data, 0), 0o644) },
		"first byte": func(path string, data []byte) error { data[0] ^= 1; return os.WriteFile(path, data, 0o644) },
		"last byte":  func(path string, data []byte) error { data[len(data)-1] ^= 1; return os.WriteFile(path, data, 0o644) },
		"zeros":      func(path string, data []byte) error { clear(data); return os.WriteFile(path, data, 0o644) },
		"a folder":   func(path string, _ []byte) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o755)) },
		"a link": func(path string, _ []byte) error {
			return errors.Join(os.Rename(path, path+".away"), os.Symlink(filepath.Base(path)+".away", path))
		},
	}
	n := 0
	for _, f := range old.Report().Files {
		path := filepath.Join(at, filepath.FromSlash(f.Path))
		data := handofftest.ReadFile(t, path)
		for name, damage := range damages {
			if err := damage(path, bytes.Clone(data)); err != nil {
				t.Fatal(err)
			}
			n++
			var changed *release.ChangedError
			if r, err := release.Rollback(t.Context(), dir, release.RollbackOptions{}); r != nil || !errors.As(err, &changed) {
				t.Errorf("%s is %s: rollback: %v, %v", f.Path, name, r, err)
			}
			status, err := release.Status(t.Context(), dir, validator.Limits{})
			switch {
			case err != nil:
				t.Errorf("%s is %s: status: %v", f.Path, name, err)
			case status.Releases[1].Digest != digest || !status.Releases[1].Edited && status.Releases[1].Problem == "":
				t.Errorf("%s is %s: status: %+v", f.Path, name, status.Releases[1])
			case status.Releases[0].Edited || status.Releases[0].Problem != "":
				t.Errorf("%s is %s: the other release: %+v", f.Path, name, status.Releases[0])
			}
			drift, err := release.DriftPath(t.Context(), old, at)
			if err != nil || !drift.Drifted || drift.Files[0].Path != f.Path && name != "a link" && drift.Count(release.Changed)+drift.Count(release.Missing) == 0 {
				t.Errorf("%s is %s: drift: %+v, %v", f.Path, name, drift, err)
			}
			if err := errors.Join(os.RemoveAll(path), os.RemoveAll(path+".away"), os.WriteFile(path, data, 0o644)); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("status, drift and rollback: %d damages of files", n)
	if r, err := release.Rollback(t.Context(), dir, release.RollbackOptions{}); err != nil || r.Digest != digest {
		t.Errorf("when all is well again: %v, %v", r, err)
	}
}

// TestStepsOfReleases cancels what looks at releases, or changes them, at every step.
func TestStepsOfReleases(t *testing.T) {
	dir, old, new, _ := two(t)
	said := func(v any, err error) (string, error) {
		text, jsonErr := json.Marshal(v)
		if string(text) == "null" {
			text = nil
		}
		return string(text), errors.Join(err, jsonErr)
	}
	for name, run := range map[string]func(ctx context.Context) (string, error){
		"status": func(ctx context.Context) (string, error) {
			r, err := release.Status(ctx, dir, validator.Limits{})
			return said(r, err)
		},
		"drift": func(ctx context.Context) (string, error) {
			r, err := release.DriftPath(ctx, new, dir)
			return said(r, err)
		},
		"drift of another": func(ctx context.Context) (string, error) {
			r, err := release.DriftPath(ctx, old, dir)
			return said(r, err)
		},
		"rollback": func(ctx context.Context) (string, error) {
			r, err := release.Rollback(ctx, dir, release.RollbackOptions{})
			if err == nil { // and back again
				_, err = release.Rollback(t.Context(), dir, release.RollbackOptions{})
			}
			return said(r, err)
		},
	} {
		clean, err := run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		links := linksOf(t, dir)
		steps := 0
		for ; ; steps++ {
			ctx := faulttest.NewSteps(t.Context(), steps)
			got, err := run(ctx)
			if !ctx.Ended() {
				if got != clean || err != nil {
					t.Errorf("%s: %s, %v", name, got, err)
				}
				break
			}
			if got != clean && (got != "" || !errors.Is(err, context.Canceled)) {
				t.Errorf("%s, cancelled at step %d: %s, %v", name, steps, got, err)
			}
			if now := linksOf(t, dir); now != links {
				t.Errorf("%s, cancelled at step %d: the links are %s", name, steps, now)
			}
		}
		t.Logf("%s: cancelled at %d steps", name, steps)
		if steps < 20 {
			t.Errorf("%s: %d steps are too few", name, steps)
		}
	}
}

// linksOf is where the links of a directory lead, and what else is in it.
func linksOf(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, e fs.DirEntry, err error) error {
		target, _ := os.Readlink(filepath.Join(dir, path))
		b.WriteString(path + " " + target + "\n")
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return b.String()
}
