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

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
	"github.com/anolishq/anolis-handoff/validator"
)

// TestValidatePathLink follows the link that the caller names.
func TestValidatePathLink(t *testing.T) {
	dir := t.TempDir()
	handofftest.Link(t, dir, "rig.anpkg", packed(t, "mixer-system"))
	handofftest.Link(t, dir, "rig", unpacked(t, "mixer-system"))
	handofftest.Link(t, dir, "nowhere", "none")
	handofftest.Link(t, dir, "loop", "loop")
	for _, name := range []string{"rig.anpkg", "rig"} {
		if report := validatePath(t, filepath.Join(dir, name), validator.Options{}); !report.Valid {
			t.Errorf("%s: %v", name, report.Problems)
		}
	}
	for name, want := range map[string]error{"nowhere": fs.ErrNotExist, "loop": syscall.ELOOP} {
		if report, err := handoff.ValidatePath(t.Context(), filepath.Join(dir, name), validator.Options{}); report != nil || !errors.Is(err, want) {
			t.Errorf("%s: %v, %v", name, report, err)
		}
	}
}

// TestValidatePathLinkInside refuses links in a package, wherever they lead.
func TestValidatePathLinkInside(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside.yaml")
	for _, test := range []struct{ file, target string }{
		{"providers/scale.yaml", outside},
		{"providers/scale.yaml", "paddle.yaml"},
		{"providers/scale.yaml", "nowhere"},
		{"machine-profile.yaml", outside},
		{"meta/checksums.sha256", outside},
		{"meta", filepath.Dir(outside)},
		{"runtime/behaviors", "/"},
		{"extra", "/dev/zero"},
	} {
		dir := unpacked(t, "mixer-system")
		if info, err := os.Lstat(filepath.Join(dir, test.file)); err == nil && info.Mode().IsRegular() {
			handofftest.WriteFile(t, outside, handofftest.ReadFile(t, filepath.Join(dir, test.file)))
		}
		handofftest.Link(t, dir, test.file, test.target)
		report := validatePath(t, dir, validator.Options{})
		found := false
		for _, p := range report.Problems {
			found = found || p.Code == validator.CodeFileType && p.File == test.file && p.Severity == validator.Error
			if strings.Contains(p.Error(), filepath.Dir(outside)) {
				t.Errorf("%v tells about the host", p)
			}
		}
		if !found || report.Valid {
			t.Errorf("%s -> %s: %v", test.file, test.target, report.Problems)
		}
	}
}

// TestValidatePathSpecial must not wait for a pipe, nor read a device.
func TestValidatePathSpecial(t *testing.T) {
	dir := unpacked(t, "mixer-system")
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, os.DevNull, "/dev/zero"} {
		report, err := handoff.ValidatePath(t.Context(), path, validator.Options{})
		var p *fs.PathError
		if report != nil || !errors.As(err, &p) || err.Error() != "open "+path+": is not a regular file" {
			t.Errorf("%s: %v, %v", path, report, err)
		}
	}
	wantCodes(t, validatePath(t, dir, validator.Options{}), validator.CodeFileType)
}

// TestValidatePathPermission holds for everyone but root, who reads all.
func TestValidatePathPermission(t *testing.T) {
	file, dir := packed(t, "sim-quickstart"), unpacked(t, "sim-quickstart")
	if err := errors.Join(os.Chmod(file, 0), os.Chmod(filepath.Join(dir, "machine-profile.yaml"), 0)); err != nil {
		t.Fatal(err)
	}
	report, err := handoff.ValidatePath(t.Context(), file, validator.Options{})
	inside := validatePath(t, dir, validator.Options{})
	if os.Geteuid() == 0 {
		if err != nil || !report.Valid || !inside.Valid {
			t.Errorf("%v, %v, %v", report, err, inside)
		}
		return
	}
	if !errors.Is(err, fs.ErrPermission) || report != nil {
		t.Errorf("%v, %v", report, err)
	}
	wantCodes(t, inside, validator.CodeUnreadable)
}

// TestExportPipe does not wait for somebody who writes into a pipe.
func TestExportPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "rig")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := handoff.ExportFile(t.Context(), pipe, pipe+".anpkg", handoff.ExportOptions{})
	if !errors.Is(err, syscall.ENOTDIR) {
		t.Error(err)
	}
}
