package validator_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/validator"
)

// TestMistakenFiles gives other things in the place of a package: the first problem
// says what they are, and what to do.
func TestMistakenFiles(t *testing.T) {
	tar := append(append(make([]byte, 257), "ustar\x0000"...), make([]byte, 600)...)
	for want, data := range map[string][]byte{
		"it is an HTML page":         []byte("\n<!DOCTYPE html><html><body>Sign in</body></html>"),
		"it is a pointer of Git LFS": []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"),
		"it is a gzip file":          []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00"),
		"it is a tar archive":        tar,
		"it is compressed":           []byte("\x28\xb5\x2f\xfd\x00\x00"),
		"it is a signature":          []byte("-----BEGIN SSH SIGNATURE-----\nU1NI\n"),
	} {
		p := ofArchive(t, data, validator.Options{}).Problems[0]
		if !strings.Contains(p.Message, want) || p.Code != validator.CodeZipNoEndRecord || p.Hint == "" {
			t.Errorf("%v, want %s", p, want)
		}
	}
}

func TestMistakenFolders(t *testing.T) {
	inside := fstest.MapFS{}
	for name, text := range sound(t) {
		inside["rig/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	if p := ofFS(t, inside, validator.Options{}).Problems; !strings.Contains(p[0].Message, `the package is inside of the folder "rig"`) {
		t.Errorf("%v", p)
	}
	for _, name := range []string{"sim-quickstart", "mixer-system"} {
		report := ofFS(t, os.DirFS(filepath.Join("..", "examples", "projects", name)), validator.Options{})
		found := false
		for _, p := range report.Problems {
			found = found || strings.Contains(p.Message, "this is a project, not a package") && strings.Contains(p.Hint, "anpkg check")
		}
		if !found || report.Valid {
			t.Errorf("%s: %v", name, report.Problems)
		}
	}
}

// TestCurrentRelease opens a directory with releases: its current one.
func TestCurrentRelease(t *testing.T) {
	dir := t.TempDir()
	release := filepath.Join(dir, "releases", "r")
	if err := os.CopyFS(release, sound(t).fs()); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("releases/r", filepath.Join(dir, "current")); err != nil {
		t.Logf("no symbolic links here: %v", err)
		return
	}
	p, err := validator.OpenPath(t.Context(), dir, validator.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var text bytes.Buffer
	if err := p.Report().WriteText(&text, false); err != nil || !p.Report().Valid || p.Report().Package != dir {
		t.Errorf("%v, %s", err, text.String())
	}
}
