//go:build unix

package handoff_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/handofftest"
	"github.com/anolishq/anolis-handoff/validator"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
)

// TestProjectLinkLeaves has each kind of file of a project be a link out of it,
// to a file that would be fine by itself.
func TestProjectLinkLeaves(t *testing.T) {
	tests := []struct {
		project, link string
		file          string // that the problem is reported at
	}{
		{"sim-quickstart", "machine-profile.yaml", "machine-profile.yaml"},
		{"sim-quickstart", "config/anolis-runtime.manual.yaml", "machine-profile.yaml"},
		{"sim-quickstart", "config/provider-sim.yaml", "machine-profile.yaml"},
		{"sim-quickstart", "config", "machine-profile.yaml"},
		{"mixer-system", "system.json", "system.json"},
		{"mixer-system", "providers/scale.yaml", "system.json"},
		{"mixer-system", "providers", "system.json"},
		{"mixer-system", "behaviors/batch_mix.xml", "system.json"},
		{"mixer-system", "behaviors", "system.json"},
	}
	for _, test := range tests {
		outside, err := filepath.Abs(filepath.Join(handofftest.Projects(), test.project, test.link))
		if err != nil {
			t.Fatal(err)
		}
		project := handofftest.CopyProject(t, test.project)
		relative, err := filepath.Rel(filepath.Dir(filepath.Join(project, test.link)), outside)
		if err != nil {
			t.Fatal(err)
		}
		for kind, target := range map[string]string{"absolute": outside, "relative": relative} {
			t.Run(test.project+"/"+test.link+" "+kind, func(t *testing.T) {
				handofftest.Link(t, project, test.link, target)
				dir, out := outDir(t)
				result, err := handoff.ExportFile(t.Context(), project, out, handoff.ExportOptions{})
				if result != nil {
					t.Errorf("result %+v", result)
				}
				handofftest.WantProblem(t, err, validator.CodeUnsafePath, test.file)
				wantOld(t, dir)
				if err != nil && bytes.Contains([]byte(err.Error()), []byte(filepath.Dir(outside))) {
					t.Errorf("the error tells about the host: %v", err)
				}
			})
		}
	}
}

// TestProjectLinkAbsoluteInside is refused too: it would mean another file when
// the project is somewhere else.
func TestProjectLinkAbsoluteInside(t *testing.T) {
	project := handofftest.CopyProject(t, "sim-quickstart")
	if err := os.Rename(project+"/config", project+"/real"); err != nil {
		t.Fatal(err)
	}
	handofftest.Link(t, project, "config", project+"/real")
	dir, out := outDir(t)
	_, err := handoff.ExportFile(t.Context(), project, out, handoff.ExportOptions{})
	handofftest.WantProblem(t, err, validator.CodeUnsafePath, "machine-profile.yaml")
	wantOld(t, dir)
}

func TestProjectLinkInside(t *testing.T) {
	want, _ := handofftest.Export(t, os.DirFS(handofftest.Projects()+"/mixer-system"), handoff.ExportOptions{Options: exporter.Options{Name: "mixer-system"}})
	project := handofftest.CopyProject(t, "mixer-system")
	for from, to := range map[string]string{"behaviors": "trees", "providers/scale.yaml": "providers/a", "system.json": "v2.json"} {
		if err := os.Rename(filepath.Join(project, from), filepath.Join(project, to)); err != nil {
			t.Fatal(err)
		}
	}
	handofftest.Link(t, project, "behaviors", "./providers/../trees")
	handofftest.Link(t, project, "providers/scale.yaml", "b")
	handofftest.Link(t, project, "providers/b", "../providers/a")
	handofftest.Link(t, project, "system.json", "v2.json")
	_, out := outDir(t)
	result := handofftest.MustExportFile(t, project, out, handoff.ExportOptions{})
	if result.SHA256 != handofftest.Digest(want) {
		t.Error("another package than that of the files themselves")
	}
	wantPackage(t, out, result)
}

func TestProjectLinkLoop(t *testing.T) {
	project := handofftest.CopyProject(t, "mixer-system")
	handofftest.Link(t, project, "behaviors/batch_mix.xml", "other.xml")
	handofftest.Link(t, project, "behaviors/other.xml", "batch_mix.xml")
	dir, out := outDir(t)
	_, err := handoff.ExportFile(t.Context(), project, out, handoff.ExportOptions{})
	handofftest.WantProblem(t, err, validator.CodeUnreadable, "system.json")
	wantOld(t, dir)
}

// TestProjectItselfLink is fine: the caller named it.
func TestProjectItselfLink(t *testing.T) {
	project := handofftest.CopyProject(t, "sim-quickstart")
	dir := t.TempDir()
	handofftest.Link(t, dir, "alias", project)
	got := handofftest.MustExportFile(t, dir+"/alias", dir+"/x", handoff.ExportOptions{Options: exporter.Options{Name: "n"}})
	want, _ := handofftest.Export(t, os.DirFS(project), handoff.ExportOptions{Options: exporter.Options{Name: "n"}})
	if got.SHA256 != handofftest.Digest(want) {
		t.Error("another package than without the link")
	}
}

// TestOutLink checks that a link at the output is replaced, not followed.
func TestOutLink(t *testing.T) {
	dir := t.TempDir()
	handofftest.WriteFile(t, dir+"/target", []byte(old))
	for _, target := range []string{"target", "nowhere"} {
		handofftest.Link(t, dir, "out", target)
		wantPackage(t, dir+"/out", handofftest.MustExportFile(t, handofftest.Projects()+"/sim-quickstart", dir+"/out", handoff.ExportOptions{}))
		if info, err := os.Lstat(dir + "/out"); err != nil || !info.Mode().IsRegular() {
			t.Errorf("link to %s: out is %v, %v", target, info, err)
		}
	}
	handofftest.WantNames(t, dir, "out", "target")
	if string(handofftest.ReadFile(t, dir+"/target")) != old {
		t.Error("the target of the link was written to")
	}
}

// TestOutLinkFailure keeps the link when the export fails.
func TestOutLinkFailure(t *testing.T) {
	dir := t.TempDir()
	handofftest.Link(t, dir, "out", "nowhere")
	if _, err := handoff.ExportFile(t.Context(), t.TempDir(), dir+"/out", handoff.ExportOptions{}); err == nil {
		t.Error("an empty directory was exported")
	}
	if target, err := os.Readlink(dir + "/out"); target != "nowhere" {
		t.Errorf("out leads to %q, %v", target, err)
	}
	handofftest.WantNames(t, dir, "out")

	handofftest.Link(t, dir, "out", ".")
	if _, err := handoff.ExportFile(t.Context(), handofftest.Projects()+"/sim-quickstart", dir+"/out", handoff.ExportOptions{}); err == nil || errors.Is(err, os.ErrNotExist) {
		t.Errorf("a link to a directory as output: %v", err)
	}
	handofftest.WantNames(t, dir, "out")
}
