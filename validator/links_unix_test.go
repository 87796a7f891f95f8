//go:build unix

package validator_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/validator"
)

// TestLinksOnDisk finds links and pipes where they are, whatever they lead to.
func TestLinksOnDisk(t *testing.T) {
	c := sound(t)
	dir := c.onDisk(t)
	outside := filepath.Join(t.TempDir(), "outside.yaml")
	if err := os.WriteFile(outside, []byte("token: hunter2-abc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{
		"providers/inside.yaml": "thermal0.yaml", "providers/outside.yaml": outside, "providers/dangling.yaml": "nothing", "loop": ".",
	} {
		if err := os.Symlink(target, filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	const want = `error file-type loop:0:0  is a symbolic link, not a regular file
error file-type pipe:0:0  is a named pipe, not a regular file
error file-type providers/dangling.yaml:0:0  is a symbolic link, not a regular file
error file-type providers/inside.yaml:0:0  is a symbolic link, not a regular file
error file-type providers/outside.yaml:0:0  is a symbolic link, not a regular file
`
	for way, fsys := range map[string]fs.FS{"os.DirFS": os.DirFS(dir), "os.Root": root.FS()} {
		if diff := cmp.Diff(want, verdict(ofFS(t, fsys, validator.Options{}))); diff != "" {
			t.Errorf("from %s (-want +got):\n%s", way, diff)
		}
	}
}
