package replay

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/cause"
	"github.com/anolishq/anolis-handoff/internal/steady"
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

// extract copies the package into the place, below an os.Root: whatever a name
// looks like and whatever is on the disk, nothing outside is written.
func (p *place) extract(ctx context.Context, pkg fs.FS, opts Options) error {
	if pkg == nil {
		return &Error{Op: "extract", Err: fs.ErrInvalid}
	}
	root, err := os.OpenRoot(p.files())
	if err != nil {
		return &Error{Op: "prepare", Err: cause.Of(err)}
	}
	defer root.Close()
	e := &extraction{ctx: ctx, pkg: pkg, root: root, bytes: opts.MaxExtract, buf: make([]byte, 64<<10)}
	entries := 0
	return fs.WalkDir(pkg, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil && name != "." {
			if entries++; entries > opts.MaxEntries {
				return &Error{Op: "extract", Err: fmt.Errorf("%w: more than %d entries", ErrLimit, opts.MaxEntries)}
			}
			err = e.entry(name, d)
		}
		if err != nil {
			return &Error{Op: "extract", File: name, Err: err}
		}
		return nil
	})
}

type extraction struct {
	ctx   context.Context
	pkg   fs.FS
	root  *os.Root
	bytes int64 // still allowed
	buf   []byte
}

func (e *extraction) entry(name string, d fs.DirEntry) error {
	if err := checkName(name); err != nil {
		return err
	}
	switch {
	case d.IsDir():
		return cause.Of(e.root.Mkdir(name, 0o700))
	case d.Type().IsRegular():
		return e.file(name)
	}
	return fmt.Errorf("%w: neither a file nor a directory", ErrUnsafe)
}

func (e *extraction) file(name string) (err error) {
	in, err := e.pkg.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	r := steady.Reader(in)
	// O_EXCL: two names that are one to this file system do not overwrite each
	// other. Nobody but the owner may read the file, and nobody run it.
	out, err := e.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return cause.Of(err)
	}
	defer func() {
		if closed := cause.Of(out.Close()); err == nil {
			err = closed
		}
	}()
	for {
		if err := e.ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(e.buf)
		if e.bytes -= int64(n); e.bytes < 0 {
			return fmt.Errorf("%w: the files are too large together", ErrLimit)
		}
		if _, err := out.Write(e.buf[:n]); err != nil {
			return cause.Of(err)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// checkName refuses what cannot be the name of a file in a package, or none to this
// operating system.
func checkName(name string) error {
	bad := func(reason string) error { return fmt.Errorf("%w: the name %s", ErrUnsafe, reason) }
	switch {
	case !utf8.ValidString(name):
		return bad("is not valid UTF-8")
	case strings.ContainsRune(name, '\\'):
		return bad("has a backslash")
	case strings.ContainsFunc(name, unicode.IsControl):
		return bad("has a control character")
	case len(name) >= 2 && name[1] == ':' && unicode.IsLetter(rune(name[0])):
		return bad("has a drive letter")
	case name == ".", !fs.ValidPath(name):
		return bad("is not a relative path to a file")
	}
	if _, err := filepath.Localize(name); err != nil {
		return bad("cannot be used on this system")
	}
	return nil
}
