package release

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/cause"
	"github.com/anolishq/anolis-handoff/internal/rootdir"
	"github.com/anolishq/anolis-handoff/internal/steady"
)

// stage writes a source to a new directory temp of parent, syncs it and reads it
// back. Messages call it final.
func (s *store) stage(ctx context.Context, parent *os.Root, temp, final string, src source) (fs.FileInfo, error) {
	if err := s.mkdir(parent, temp); err != nil {
		return nil, &fs.PathError{Op: "create", Path: final, Err: cause.Of(err)}
	}
	root, err := openDir(parent, temp)
	if err != nil {
		return nil, &fs.PathError{Op: "create", Path: final, Err: cause.Of(err)}
	}
	defer root.Close()
	w := &stager{store: s, root: root, final: final, src: src, made: map[string]bool{".": true}, buf: make([]byte, 64<<10)}
	for _, f := range src.sums {
		if err := w.parents(f.Path); err != nil {
			return nil, err
		}
		if err := w.file(ctx, f.Path); err != nil {
			return nil, err
		}
	}
	w.tell("")
	for _, dir := range slices.Backward(append([]string{"."}, w.dirs...)) { // the inner ones first
		if err := s.syncDir(root, filepath.FromSlash(dir), path.Join(temp, dir)); err != nil {
			return nil, w.fail("sync", dir, err)
		}
	}
	if err := changed(final, src.verify(ctx, s.view(root)), src.show); err != nil {
		var other *ChangedError
		if errors.As(err, &other) {
			err = &fs.PathError{Op: "read back", Path: final, Err: errReadBack}
		}
		return nil, err
	}
	info, err := root.Stat(".")
	if err != nil {
		return nil, w.fail("create", ".", err)
	}
	return info, ctx.Err() // syncing can take long
}

// verify compares files with the source.
func (src source) verify(ctx context.Context, files fs.FS) error {
	return src.sums.Verify(ctx, bounded{files, src.files})
}

// bounded reads hardly more of a file than it should have: it could have become
// endless.
type bounded struct{ files, want fs.FS }

func (b bounded) Open(name string) (fs.File, error) {
	f, err := b.files.Open(name)
	if err != nil {
		return nil, err
	}
	got, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	want, err := fs.Stat(b.want, name)
	if err != nil || got.IsDir() {
		return f, nil // it has no content that is read
	}
	most := want.Size() + 1
	return boundedFile{f, io.LimitReader(f, most), boundedInfo{got, min(got.Size(), most)}}, nil
}

// boundedFile is a file that seems to have no more bytes than may be read of it.
type boundedFile struct {
	fs.File
	most io.Reader
	info boundedInfo
}

func (f boundedFile) Read(p []byte) (int, error) { return f.most.Read(p) }

func (f boundedFile) Stat() (fs.FileInfo, error) { return f.info, nil }

type boundedInfo struct {
	fs.FileInfo
	size int64
}

func (i boundedInfo) Size() int64 { return i.size }

// stager writes the files of one source.
type stager struct {
	*store
	root  *os.Root
	final string
	src   source
	dirs  []string // made so far, outer ones first
	made  map[string]bool
	buf   []byte
	done  int64 // bytes written
}

// tell says how far the writing is.
func (w *stager) tell(name string) {
	if w.src.progress == nil {
		return
	}
	if name != "" {
		name = w.src.show(name)
	}
	w.src.progress(Progress{name, w.done, w.src.total})
}

// fail is an error about a name of the source.
func (w *stager) fail(op, name string, err error) error {
	return &fs.PathError{Op: op, Path: filepath.Join(w.final, filepath.FromSlash(w.src.show(name))), Err: cause.Of(err)}
}

// parents makes the directories around a file.
func (w *stager) parents(name string) error {
	dir := path.Dir(name)
	if w.made[dir] {
		return nil
	}
	if err := w.parents(dir); err != nil {
		return err
	}
	local, err := filepath.Localize(dir)
	if err != nil {
		return w.fail("create", dir, errName)
	}
	if err := w.mkdir(w.root, local); err != nil {
		return w.fail("create", dir, err)
	}
	w.made[dir] = true
	w.dirs = append(w.dirs, dir)
	return nil
}

// file writes one file. Two names that are one to the file system do not
// overwrite each other, because a file must be new.
func (w *stager) file(ctx context.Context, name string) (err error) {
	local, err := filepath.Localize(name)
	if err != nil {
		return w.fail("create", name, errName)
	}
	in, err := w.src.files.Open(name)
	if err != nil {
		return fmt.Errorf("the package cannot be read any more: %w", err)
	}
	defer in.Close()
	out, err := w.create(w.root, local)
	if err != nil {
		return w.fail("create", name, err)
	}
	defer func() {
		if closed := out.Close(); err == nil && closed != nil {
			err = w.fail("write", name, closed)
		}
	}()
	if err := w.copy(ctx, out, steady.Reader(in), name); err != nil {
		return err
	}
	if err := setMode(out, fileMode); err != nil { // whatever the umask took away
		return w.fail("create", name, err)
	}
	if err := w.sync(out, name); err != nil {
		return w.fail("sync", name, err)
	}
	return nil
}

func (w *stager) copy(ctx context.Context, out io.Writer, in io.Reader, name string) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := in.Read(w.buf)
		if _, err := out.Write(w.buf[:n]); err != nil {
			return w.fail("write", name, err)
		}
		w.done += int64(n)
		w.tell(name)
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("the package cannot be read any more: %w", err)
		}
	}
}

// unpackPlain makes a source the directory dir, which must not be there or be
// empty. It appears in one step, from a directory beside it; an empty one is
// removed right before. done reports whether it did; an error that comes with it
// says what went wrong afterwards.
func unpackPlain(ctx context.Context, d disk, dir string, src source) (done bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	parent, base, err := splitPlain(dir)
	if err != nil {
		return false, err
	}
	s := &store{disk: d, dir: dir}
	if s.root, err = rootdir.Open("open", parent); err != nil {
		return false, err
	}
	defer s.root.Close()
	if _, err := s.isFree(base); err != nil { // before the long work
		return false, err
	}
	work := workName(base)
	if err := s.openWork(work); err != nil {
		return false, err
	}
	defer s.closeWork(work)
	temp, err := s.stagingName()
	if err != nil {
		return false, err
	}
	defer s.releases.RemoveAll(temp) // unless it has its name by then
	info, err := s.stage(ctx, s.releases, temp, dir, src)
	if err != nil {
		return false, err
	}
	there, err := s.isFree(base)
	if err != nil {
		return false, err
	}
	if there { // os.Root.Rename replaces no directory
		if err := s.remove(s.root, base); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, s.fail("replace", "", err)
		}
	}
	if err := s.rename(s.root, filepath.Join(work, temp), base); err != nil {
		return false, s.fail("create", "", err)
	}
	if err := isStill(s.root.Lstat, base, info); err != nil {
		return false, s.fail("create", "", err)
	}
	return true, s.syncDir(s.root, ".", "..")
}

// splitPlain is the directory around dir and the name in it, behind a symbolic
// link that the caller has there.
func splitPlain(dir string) (parent, base string, err error) {
	where := filepath.Clean(dir) // a link with a slash behind it is one, too
	switch filepath.Base(where) {
	case ".", "..", string(filepath.Separator):
		return "", "", &fs.PathError{Op: "create", Path: dir, Err: errors.New("cannot be replaced; name a new directory in it")}
	}
	if info, err := os.Lstat(where); err == nil && info.Mode().Type() == fs.ModeSymlink {
		if where, err = filepath.EvalSymlinks(where); err != nil {
			return "", "", &fs.PathError{Op: "open", Path: dir, Err: cause.Of(err)}
		}
	}
	where, err = filepath.Abs(where)
	return filepath.Dir(where), filepath.Base(where), err
}

// isFree makes sure that nothing gets lost, and reports whether there is an empty
// directory.
func (s *store) isFree(base string) (there bool, err error) {
	info, err := s.root.Lstat(base)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, s.fail("open", "", err)
	case !info.IsDir():
		return false, &ForeignError{s.dir, "is not a directory; it was left alone"}
	}
	root, err := openDir(s.root, base)
	if err != nil {
		return false, s.fail("open", "", err)
	}
	defer root.Close()
	f, err := root.Open(".")
	if err != nil {
		return false, s.fail("open", "", err)
	}
	defer f.Close()
	switch found, err := f.Readdirnames(1); {
	case len(found) > 0:
		return false, &ForeignError{s.dir, "is not empty; it was left alone"}
	case err != io.EOF:
		return false, s.fail("open", "", err)
	}
	return true, nil
}

// workName is the directory in which the one called base is made. It is short
// enough for file systems, however long base is.
func workName(base string) string {
	const limit = 200
	for len(base) > limit {
		_, size := utf8.DecodeLastRuneInString(base)
		base = base[:len(base)-size]
	}
	return "." + base + ".anpkg-new"
}

// openWork opens and locks the directory to work in. Who had it before may take
// it away at the end, between any two of the steps.
func (s *store) openWork(work string) (err error) {
	for range maxLocks {
		switch err = s.mkdir(s.root, work); {
		case err == nil, errors.Is(err, fs.ErrExist):
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, errMeddled):
			continue
		default:
			return s.fail("create", "", fmt.Errorf("a directory beside it: %w", cause.Of(err)))
		}
		if s.releases, err = openDir(s.root, work); err != nil {
			continue
		}
		if s.lock, s.locked, err = acquire(s.releases, s.dir); err == nil {
			if s.locked {
				s.sweep()
			}
			return nil
		}
		s.releases.Close()
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return s.fail("create", "", errors.Join(errMeddled, err))
}

// closeWork takes the directory away, and the lock on it last. If it cannot, the
// next one does.
func (s *store) closeWork(work string) {
	s.releases.Remove(lockFile)
	s.releases.Close()
	s.root.Remove(work)
	s.lock.Close()
}
