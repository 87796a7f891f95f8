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

	"github.com/anolishq/anolis-handoff/checksum"
	"github.com/anolishq/anolis-handoff/internal/cause"
)

// stage writes a tree to a new directory temp of parent, syncs it and reads it
// back. Messages call it final.
func (s *store) stage(ctx context.Context, parent *os.Root, temp, final string, tree Tree) (fs.FileInfo, error) {
	if err := s.mkdir(parent, temp); err != nil {
		return nil, &fs.PathError{Op: "create", Path: final, Err: cause.Of(err)}
	}
	root, err := openDir(parent, temp)
	if err != nil {
		return nil, &fs.PathError{Op: "create", Path: final, Err: cause.Of(err)}
	}
	defer root.Close()
	w := &stager{store: s, root: root, final: final, tree: tree, made: map[string]bool{".": true}, buf: make([]byte, 64<<10)}
	for _, f := range tree.Sums {
		if err := w.parents(f.Path); err != nil {
			return nil, err
		}
		if err := w.file(ctx, f.Path); err != nil {
			return nil, err
		}
	}
	for _, dir := range slices.Backward(append([]string{"."}, w.dirs...)) { // the inner ones first
		if err := s.syncDir(root, filepath.FromSlash(dir), path.Join(temp, dir)); err != nil {
			return nil, w.fail("sync", dir, err)
		}
	}
	if err := tree.verify(ctx, root.FS()); err != nil {
		var diff *checksum.VerifyError
		if errors.As(err, &diff) {
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

// verify compares files with the tree.
func (t Tree) verify(ctx context.Context, files fs.FS) error {
	return t.Sums.Verify(ctx, bounded{files, t.Files})
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
	return boundedFile{f, io.LimitReader(f, want.Size()+1)}, nil
}

type boundedFile struct {
	fs.File
	most io.Reader
}

func (f boundedFile) Read(p []byte) (int, error) { return f.most.Read(p) }

// stager writes the files of one tree.
type stager struct {
	*store
	root  *os.Root
	final string
	tree  Tree
	dirs  []string // made so far, outer ones first
	made  map[string]bool
	buf   []byte
}

// fail is an error about a name of the tree.
func (w *stager) fail(op, name string, err error) error {
	return &fs.PathError{Op: op, Path: filepath.Join(w.final, filepath.FromSlash(w.tree.Show(name))), Err: cause.Of(err)}
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
	in, err := w.tree.Files.Open(name)
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
	if err := w.copy(ctx, out, in, name); err != nil {
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
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("the package cannot be read any more: %w", err)
		}
	}
}
