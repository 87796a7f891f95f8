package release

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestResolve(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := errors.Join(os.MkdirAll("far/deep", 0o755), os.Symlink("far/deep", "link")); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		"":                 "",
		"rig":              "rig",
		"./rig/":           "./rig/",
		"..rig":            "..rig",
		"link/rig":         "link/rig",
		"far/../rig":       "rig",
		"../rig":           "../rig",
		"link/../rig":      "far/rig",
		"link/../rig/":     "far/rig",
		"link//..//./rig/": "far/rig",
		"link/..":          "far",
		"link/../.":        "far",
		"link/../deep/..":  "far",
	} {
		if got, err := resolve(filepath.FromSlash(dir)); got != filepath.FromSlash(want) || err != nil {
			t.Errorf("%q: %q, %v; want %q", dir, got, err, want)
		}
	}
	var p *fs.PathError
	for _, dir := range []string{"no/../rig", "no/.."} {
		if _, err := resolve(dir); !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &p) || p.Path != dir {
			t.Errorf("%q: %v", dir, err)
		}
	}
}
