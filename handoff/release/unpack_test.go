package release_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/release"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

// openFile opens a package file for the time of the test.
func openFile(t *testing.T, file string) *handoff.Package {
	t.Helper()
	p, err := handoff.OpenPath(t.Context(), file, handoff.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func unpackFile(t *testing.T, file, dir string, opts release.UnpackOptions) *release.Result {
	t.Helper()
	rel, err := release.Unpack(t.Context(), openFile(t, file), dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	return rel
}

// projectPackage is the package of an example project.
func projectPackage(t *testing.T, name string) *handoff.Package {
	t.Helper()
	p, err := handoff.OpenProject(t.Context(), os.DirFS(filepath.Join(handofftest.Projects(), name)), handoff.ExportOptions{Options: exporter.Options{Name: name}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func mustDigest(t *testing.T, p *handoff.Package) string {
	t.Helper()
	digest, err := p.Digest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

func TestUnpackReleases(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "rig")
	a, b := projectPackage(t, "sim-quickstart"), projectPackage(t, "mixer-system")
	da, db := mustDigest(t, a), mustDigest(t, b)
	at := func(digest string) string { return filepath.Join(dir, "releases", digest) }
	link := filepath.Join(dir, "current")
	for _, step := range []struct {
		do   func() (*release.Result, error)
		want release.Result
		text string
	}{
		{
			func() (*release.Result, error) { return release.Unpack(t.Context(), a, dir, release.UnpackOptions{}) },
			release.Result{Version: 1, Digest: da, Path: at(da), Link: link, Edits: []string{}, Removed: []string{}, RemovedEdits: []string{}},
			"current:  " + at(da) + "\nprevious: none\n",
		}, {
			func() (*release.Result, error) { return release.Unpack(t.Context(), b, dir, release.UnpackOptions{}) },
			release.Result{Version: 1, Digest: db, Path: at(db), Link: link, Previous: da, Edits: []string{}, Removed: []string{}, RemovedEdits: []string{}},
			"current:  " + at(db) + "\nprevious: " + at(da) + "\n",
		}, {
			func() (*release.Result, error) { return release.Rollback(t.Context(), dir, release.RollbackOptions{}) },
			release.Result{Version: 1, Digest: da, Path: at(da), Link: link, Previous: db, Reused: true, Edits: []string{}, Removed: []string{}, RemovedEdits: []string{}},
			"current:  " + at(da) + " (was there already; checked)\nprevious: " + at(db) + "\n",
		}, {
			func() (*release.Result, error) {
				return release.Rollback(t.Context(), dir, release.RollbackOptions{To: db[:8]})
			},
			release.Result{Version: 1, Digest: db, Path: at(db), Link: link, Previous: da, Reused: true, Edits: []string{}, Removed: []string{}, RemovedEdits: []string{}},
			"current:  " + at(db) + " (was there already; checked)\nprevious: " + at(da) + "\n",
		}, {
			func() (*release.Result, error) {
				return release.Unpack(t.Context(), projectPackage(t, "bioreactor-bench"), dir, release.UnpackOptions{Prune: true})
			},
			release.Result{Version: 1, Digest: mustDigest(t, projectPackage(t, "bioreactor-bench")), Link: link,
				Path: at(mustDigest(t, projectPackage(t, "bioreactor-bench"))), Previous: db, Edits: []string{}, Removed: []string{da}, RemovedEdits: []string{}},
			"current:  " + at(mustDigest(t, projectPackage(t, "bioreactor-bench"))) + "\nprevious: " + at(db) + "\nremoved:  " + at(da) + "\n",
		},
	} {
		got, err := step.do()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&step.want, got); diff != "" {
			t.Error(diff)
		}
		var text bytes.Buffer
		if err := got.WriteText(&text, false); err != nil || text.String() != step.text {
			t.Errorf("%v, text:\n%s", err, text.String())
		}
		if current := wantRelease(t, dir, got.Digest); current != got.Digest {
			t.Errorf("current is %s", current)
		}
		wantClean(t, dir)
	}
}

func TestReleaseForms(t *testing.T) {
	r := release.Result{Version: 1, Digest: "d", Path: "r\x1big", Edits: []string{}, Removed: []string{}, RemovedEdits: []string{}}
	var text, color, json bytes.Buffer
	if err := errors.Join(r.WriteText(&text, false), r.WriteText(&color, true), r.WriteJSON(&json)); err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		text.String():  `unpacked: r\x1big` + "\n",
		color.String(): "unpacked: \x1b[1mr\\x1big\x1b[0m\n",
		json.String():  `{"version":1,"digest":"d","path":"r\u001big","link":"","previous":"","reused":false,"edits":[],"kept":"","removed":[],"removedEdits":[]}` + "\n",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestUnpackSameContent has one name for one content, however it came.
func TestUnpackSameContent(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "rig.anpkg")
	result := handofftest.MustExportFile(t, handofftest.Projects()+"/mixer-system", file, handoff.ExportOptions{})
	first := unpackFile(t, file, filepath.Join(dir, "plain"), release.UnpackOptions{Plain: true})
	if diff := cmp.Diff(&release.Result{Version: 1, Digest: result.SHA256, Path: filepath.Join(dir, "plain"), Edits: []string{}, Removed: []string{}, RemovedEdits: []string{}}, first); diff != "" {
		t.Error(diff)
	}
	for i, source := range []string{file, filepath.Join(dir, "plain"), filepath.Join(dir, "rig", "current")} {
		rel := unpackFile(t, source, filepath.Join(dir, "rig"), release.UnpackOptions{})
		if rel.Digest != result.SHA256 || rel.Reused != (i > 0) {
			t.Errorf("%s: %+v", source, rel)
		}
	}
	handofftest.WantNames(t, dir, "plain", "rig")
}

func TestUnpackRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "rig")
	good := projectPackage(t, "sim-quickstart")
	bad, err := handoff.OpenProject(t.Context(), os.DirFS("../testdata/half-interval"),
		handoff.ExportOptions{Options: exporter.Options{Name: "half-interval"}, AllowInvalid: true})
	if err != nil {
		t.Fatal(err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	var invalid *handoff.InvalidError
	for name, test := range map[string]struct {
		ctx  context.Context
		p    *handoff.Package
		opts release.UnpackOptions
		want func(error) bool
	}{
		"invalid":       {t.Context(), bad, release.UnpackOptions{}, func(err error) bool { return errors.As(err, &invalid) && !invalid.Report.Valid }},
		"invalid plain": {t.Context(), bad, release.UnpackOptions{Plain: true}, func(err error) bool { return errors.As(err, &invalid) }},
		"pruning plain": {t.Context(), good, release.UnpackOptions{Plain: true, Prune: true}, func(err error) bool { return err != nil }},
		"canceled":      {canceled, good, release.UnpackOptions{}, func(err error) bool { return errors.Is(err, context.Canceled) }},
		"cancel plain":  {canceled, good, release.UnpackOptions{Plain: true}, func(err error) bool { return errors.Is(err, context.Canceled) }},
	} {
		if rel, err := release.Unpack(test.ctx, test.p, dir, test.opts); rel != nil || !test.want(err) {
			t.Errorf("%s: %v, %v", name, rel, err)
		}
	}
	handofftest.WantNames(t, filepath.Dir(dir))
}

func TestUnpackForeign(t *testing.T) {
	dir := t.TempDir()
	p := projectPackage(t, "sim-quickstart")
	handofftest.WriteFile(t, filepath.Join(dir, "current"), []byte("mine"))
	var foreign *release.ForeignError
	if _, err := release.Unpack(t.Context(), p, dir, release.UnpackOptions{}); !errors.As(err, &foreign) || foreign.Path != filepath.Join(dir, "current") {
		t.Error(err)
	}
	if _, err := release.Rollback(t.Context(), dir, release.RollbackOptions{}); !errors.As(err, &foreign) {
		t.Error(err)
	}
	if _, err := release.Unpack(t.Context(), p, dir, release.UnpackOptions{Plain: true}); !errors.As(err, &foreign) || foreign.Path != dir {
		t.Error(err)
	}
	handofftest.WantNames(t, dir, "current")
}

// TestReleaseChanged has somebody edit what was unpacked: Rollback does not go to it,
// and Unpack replaces it.
func TestReleaseChanged(t *testing.T) {
	const secret = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"
	for _, test := range []struct {
		name   string
		spoil  func(root string) error
		unpack string
		back   string
	}{
		{"changed", func(root string) error {
			return os.WriteFile(filepath.Join(root, "machine-profile.yaml"), []byte("a: 1\n"), 0o644)
		},
			"machine-profile.yaml has another content", "machine-profile.yaml"},
		{"missing", func(root string) error { return os.Remove(filepath.Join(root, "meta/provenance.json")) },
			"meta/provenance.json is missing", "meta/provenance.json"},
		{"a folder", func(root string) error {
			file := filepath.Join(root, "machine-profile.yaml")
			return errors.Join(os.Remove(file), os.Mkdir(file, 0o755))
		},
			"machine-profile.yaml is missing", "machine-profile.yaml"},
		{"extra", func(root string) error { return os.WriteFile(filepath.Join(root, "runtime/x"), nil, 0o644) },
			"runtime/x is not in the package", "runtime/x"},
		{"linked", func(root string) error { return os.Symlink("anolis-runtime.yaml", filepath.Join(root, "runtime/x")) },
			"runtime/x cannot be read: not a regular file", "runtime/x"},
		{"a secret", func(root string) error { return os.WriteFile(filepath.Join(root, secret), nil, 0o644) },
			"*** is not in the package", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			a, b := projectPackage(t, "sim-quickstart"), projectPackage(t, "mixer-system")
			for _, p := range []*handoff.Package{a, b} {
				if _, err := release.Unpack(t.Context(), p, dir, release.UnpackOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			root := filepath.Join(dir, "releases", mustDigest(t, a))
			if err := test.spoil(root); err != nil {
				t.Fatal(err)
			}
			_, err := release.Rollback(t.Context(), dir, release.RollbackOptions{})
			var changed *release.ChangedError
			if !errors.As(err, &changed) || changed.Path != root || !strings.Contains(strings.Join(changed.Differences, "\n"), test.back) {
				t.Errorf("rollback: %v", err)
			}
			if err != nil && (strings.Contains(err.Error(), secret) || !strings.HasSuffix(err.Error(), "current is still "+mustDigest(t, b)[:12])) {
				t.Errorf("rollback: %v", err)
			}
			if digestOf(t, filepath.Join(dir, "current")) != mustDigest(t, b) {
				t.Error("the current release was changed")
			}
			r, err := release.Unpack(t.Context(), a, dir, release.UnpackOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Edits) == 0 || r.Edits[0] != test.unpack || r.Kept != root+".edited-1" || digestOf(t, r.Path) != r.Digest {
				t.Errorf("unpack: %+v", r)
			}
			var text bytes.Buffer
			if err := r.WriteText(&text, false); err != nil {
				t.Fatal(err)
			}
			want := "current:  " + root + " (was edited; written again)\nedited:   " + root + ".edited-1 (kept; a later unpack --prune removes it)\n    " + test.unpack + "\n"
			if !strings.HasPrefix(text.String(), want) || strings.Contains(text.String(), secret) {
				t.Errorf("unpack says:\n%s", text.String())
			}
		})
	}
}

// TestRollbackSwapped has a sound package under the name of another.
func TestRollbackSwapped(t *testing.T) {
	dir := t.TempDir()
	a, b := projectPackage(t, "sim-quickstart"), projectPackage(t, "mixer-system")
	for _, p := range []*handoff.Package{a, b} {
		if _, err := release.Unpack(t.Context(), p, dir, release.UnpackOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	root := filepath.Join(dir, "releases", mustDigest(t, a))
	if err := errors.Join(os.RemoveAll(root), os.CopyFS(root, b.FS())); err != nil {
		t.Fatal(err)
	}
	_, err := release.Rollback(t.Context(), dir, release.RollbackOptions{})
	var changed *release.ChangedError
	if !errors.As(err, &changed) || changed.Differences[0] != "it is the package "+mustDigest(t, b) {
		t.Error(err)
	}
}

func TestRollbackErrors(t *testing.T) {
	dir := t.TempDir()
	p := projectPackage(t, "sim-quickstart")
	if _, err := release.Rollback(t.Context(), dir, release.RollbackOptions{}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	rel, err := release.Unpack(t.Context(), p, dir, release.UnpackOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for to, want := range map[string]error{"": release.ErrNoPrevious, rel.Digest[:8]: release.ErrCurrent, strings.Repeat("0", 8): fs.ErrNotExist} {
		if _, err := release.Rollback(t.Context(), dir, release.RollbackOptions{To: to}); !errors.Is(err, want) {
			t.Errorf("%s: %v", to, err)
		}
	}
}

// TestUnpackBehindLink goes up from where a link leads, as the system does, and
// says where that is.
func TestUnpackBehindLink(t *testing.T) {
	var packages []*handoff.Package
	for _, name := range []string{"sim-quickstart", "mixer-system"} {
		file := filepath.Join(t.TempDir(), name)
		handofftest.MustExportFile(t, filepath.Join(handofftest.Projects(), name), file, handoff.ExportOptions{})
		packages = append(packages, openFile(t, file))
	}
	a, b := packages[0], packages[1]
	for _, plain := range []bool{false, true} {
		around := t.TempDir()
		t.Chdir(around)
		if err := errors.Join(os.MkdirAll("far/deep", 0o755), os.Symlink("far/deep", "link")); err != nil {
			t.Fatal(err)
		}
		dir := filepath.FromSlash("link/../rig")
		rel, err := release.Unpack(t.Context(), a, dir, release.UnpackOptions{Plain: plain})
		if err != nil {
			t.Fatal(err)
		}
		handofftest.WantNames(t, ".", "far", "link")
		handofftest.WantNames(t, "far", "deep", "rig")
		if digestOf(t, rel.Path) != rel.Digest {
			t.Errorf("%s is not the package", rel.Path)
		}
		if plain {
			continue
		}
		if _, err := os.Stat(rel.Link); err != nil {
			t.Error(err)
		}
		if _, err := release.Unpack(t.Context(), b, dir, release.UnpackOptions{}); err != nil {
			t.Fatal(err)
		}
		if rel, err = release.Rollback(t.Context(), dir, release.RollbackOptions{}); err != nil || digestOf(t, rel.Path) != rel.Digest {
			t.Error(rel, err)
		}
	}
}

// TestUnpackProgress hears of every byte once, in the order of the files.
func TestUnpackProgress(t *testing.T) {
	p := handofftest.OpenExample(t, "bioreactor-bench")
	var heard []release.Progress
	opts := release.UnpackOptions{Progress: func(now release.Progress) { heard = append(heard, now) }}
	if _, err := release.Unpack(t.Context(), p, filepath.Join(t.TempDir(), "rig"), opts); err != nil {
		t.Fatal(err)
	}
	var total int64
	for _, f := range p.Report().Files {
		total += f.Size
	}
	last := release.Progress{}
	for _, now := range heard {
		if now.Total != total || now.Done < last.Done || now.File != "" && now.File < last.File {
			t.Errorf("%+v after %+v, of %d bytes", now, last, total)
		}
		last = now
	}
	if len(heard) < len(p.Report().Files) || last != (release.Progress{Done: total, Total: total}) {
		t.Errorf("%d calls, the last is %+v", len(heard), last)
	}
}
