package replay

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/anolishq/anolis-handoff/internal/cause"
)

// place is the private directory of one run. It has the package in one directory
// and another one for what the runtime calls home and temporary, so that the
// working directory holds the package and nothing else.
type place struct {
	dir  string // absolute
	real string // dir without links on the way
}

func newPlace(parent string) (*place, error) {
	failed := func(err error) (*place, error) { return nil, &Error{Op: "prepare", Err: cause.Of(err)} }
	if parent == "" {
		parent = os.TempDir()
	}
	parent, err := filepath.Abs(parent)
	if err != nil {
		return failed(err)
	}
	dir, err := os.MkdirTemp(parent, "anpkg-replay-*") // mode 0700
	if err != nil {
		return failed(err)
	}
	p := &place{dir: dir, real: dir}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		p.real = real
	}
	for _, sub := range []string{p.files(), p.temp()} {
		if err := os.Mkdir(sub, 0o700); err != nil {
			p.remove()
			return failed(err)
		}
	}
	return p, nil
}

func (p *place) files() string { return filepath.Join(p.real, "package") }
func (p *place) temp() string  { return filepath.Join(p.real, "temp") }

// names replaces the names of the directories in output, in each spelling that a
// runtime may come to.
func (p *place) names() *strings.Replacer {
	var pairs []string
	for _, sub := range []struct{ dir, label string }{
		{"package", "<package>"}, {"temp", "<temp>"}, {"", "<temp>"},
	} {
		for _, dir := range []string{p.real, p.dir} {
			full := filepath.Join(dir, sub.dir)
			pairs = append(pairs, full, sub.label, filepath.ToSlash(full), sub.label)
		}
	}
	return strings.NewReplacer(append(pairs, filepath.Base(p.dir), "<temp>")...)
}

// remove takes the directory away. More than one try, because the runtime may
// have left directories that nobody can enter, and because processes that were
// just killed may still be about to let go of theirs.
func (p *place) remove() error {
	var err error
	for try := range 10 {
		time.Sleep(time.Duration(try) * 20 * time.Millisecond)
		if err = os.RemoveAll(p.dir); err == nil {
			return nil
		}
		p.openUp()
	}
	return &Error{Op: "remove", Err: cause.Of(err)}
}

// openUp gives the owner back the right to enter and change every directory.
// Errors do not matter: removing fails again and says so.
func (p *place) openUp() {
	info, err := os.Lstat(p.dir)
	if err != nil || !info.IsDir() {
		return // not to follow a link that the runtime put there
	}
	os.Chmod(p.dir, 0o700)
	root, err := os.OpenRoot(p.dir)
	if err != nil {
		return
	}
	defer root.Close()
	// WalkDir reads a directory after it has asked about it, so that it sees what
	// the new mode opened.
	fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			root.Chmod(name, 0o700)
		}
		return nil
	})
}
