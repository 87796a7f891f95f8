//go:build unix

package handoff_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/handofftest"
	"github.com/anolishq/anolis-handoff/validator"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
)

func TestPermissionsRespectUmask(t *testing.T) {
	for _, test := range []struct {
		umask int
		want  fs.FileMode
	}{{0o022, 0o644}, {0o077, 0o600}, {0o002, 0o664}} {
		before := syscall.Umask(test.umask)
		dir := t.TempDir()
		out := filepath.Join(dir, "new")
		_, err := handoff.ExportFile(t.Context(), handofftest.Projects()+"/sim-quickstart", out, handoff.ExportOptions{})
		syscall.Umask(before)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(out)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != test.want {
			t.Errorf("umask %o: mode %v, want %v", test.umask, info.Mode(), test.want)
		}
	}
}

// TestOutReadOnlyDirectory fails for everyone but root, whom permissions do not
// bind; both outcomes are checked.
func TestOutReadOnlyDirectory(t *testing.T) {
	dir, out := outDir(t)
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o777)
	result, err := handoff.ExportFile(t.Context(), handofftest.Projects()+"/sim-quickstart", out, handoff.ExportOptions{})
	if os.Geteuid() == 0 {
		if err != nil {
			t.Fatal(err)
		}
		wantPackage(t, out, result)
		return
	}
	if !errors.Is(err, fs.ErrPermission) || strings.Contains(err.Error(), ".tmp") || result != nil {
		t.Errorf("result %v, error %v", result, err)
	}
	wantOld(t, dir)
}

// TestOutWriteOnlyDirectory needs no right to list the directory.
func TestOutWriteOnlyDirectory(t *testing.T) {
	dir, out := outDir(t)
	if err := os.Chmod(dir, 0o333); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o777)
	wantPackage(t, out, handofftest.MustExportFile(t, handofftest.Projects()+"/sim-quickstart", out, handoff.ExportOptions{}))
}

// TestOutSpecialFile must not put a file in the place of a device.
func TestOutSpecialFile(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(dir+"/pipe", 0o666); err != nil {
		t.Fatal(err)
	}
	handofftest.Link(t, dir, "null", os.DevNull)
	for _, name := range []string{"pipe", "null"} {
		_, err := handoff.ExportFile(t.Context(), handofftest.Projects()+"/sim-quickstart", filepath.Join(dir, name), handoff.ExportOptions{})
		if err == nil || !strings.Contains(err.Error(), "is not a regular file") {
			t.Errorf("%s: %v", name, err)
		}
	}
	handofftest.WantNames(t, dir, "null", "pipe")
	if info, err := os.Lstat(dir + "/pipe"); err != nil || info.Mode().Type() != fs.ModeNamedPipe {
		t.Errorf("the pipe is now %v, %v", info, err)
	}
}

// TestProjectSpecialFile must not wait for a pipe's other end.
func TestProjectSpecialFile(t *testing.T) {
	project := handofftest.CopyProject(t, "mixer-system")
	name := project + "/behaviors/batch_mix.xml"
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(name, 0o666); err != nil {
		t.Fatal(err)
	}
	dir, out := outDir(t)
	_, err := handoff.ExportFile(t.Context(), project, out, handoff.ExportOptions{})
	handofftest.WantProblem(t, err, validator.CodeUnreadable, "system.json")
	wantOld(t, dir)
}

// TestRenameFails has the output become a directory while the package is
// written, which not even root can replace.
func TestRenameFails(t *testing.T) {
	dir, out := outDir(t)
	result, err := handoff.ExportFile(t.Context(), handofftest.Projects()+"/sim-quickstart", out, handoff.ExportOptions{Options: exporter.Options{Progress: func(p exporter.Progress) {
		if p.Stage == exporter.StageWrite {
			os.Remove(out)
			os.MkdirAll(filepath.Join(out, "inner"), 0o777)
		}
	}}})
	var p *fs.PathError
	if result != nil || !errors.As(err, &p) || p.Path != out || p.Op != "replace" {
		t.Errorf("result %v, error %v", result, err)
	}
	handofftest.WantNames(t, dir, "rig.anpkg")
	handofftest.WantNames(t, out, "inner")
}

// TestOutDirectoryVanishes removes the directory with the temporary file in it.
func TestOutDirectoryVanishes(t *testing.T) {
	dir, out := outDir(t)
	_, err := handoff.ExportFile(t.Context(), handofftest.Projects()+"/sim-quickstart", out, handoff.ExportOptions{Options: exporter.Options{Progress: func(p exporter.Progress) {
		if p.Stage == exporter.StageWrite {
			os.RemoveAll(dir)
		}
	}}})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}
