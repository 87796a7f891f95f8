//go:build unix

package release

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestLiveFS opens a pipe that nobody writes into, as if it had become one just
// now. If it waited, the test would never end.
func TestLiveFS(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	live := newLiveFS(root)
	f, err := live.Open("pipe")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Mode().Type() != fs.ModeNamedPipe {
		t.Errorf("%v, %v", info, err)
	}
	for _, name := range []string{"gone", "../pipe", "/pipe", ""} {
		if f, err := live.Open(name); f != nil || err == nil {
			t.Errorf("%q was opened", name)
		}
	}
	if entries, err := fs.ReadDir(live, "."); err != nil || len(entries) != 1 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
	if info, err := fs.Lstat(live, "pipe"); err != nil || info.Mode().Type() != fs.ModeNamedPipe {
		t.Errorf("%v, %v", info, err)
	}
}
