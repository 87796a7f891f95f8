package handoff

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"unicode/utf8"
)

const (
	// maxTemps bounds the search for a free temporary name.
	maxTemps = 1000
	// maxTempBase keeps a temporary name within the 255 bytes that file systems
	// allow, however long the name of the file is.
	maxTempBase = 200
)

// unsyncedError says that a file is in place, but that a power loss could undo
// that.
type unsyncedError struct {
	path string
	err  error
}

func (e *unsyncedError) Error() string {
	return fmt.Sprintf("%s is written, but its directory cannot be synced: %v", e.path, e.err)
}

func (e *unsyncedError) Unwrap() error { return e.err }

// replaceFile gives the file at path new content, at once or not at all. After
// an *unsyncedError, and no other error, the new content is in place.
func replaceFile(ctx context.Context, path string, write func(io.Writer) error) (err error) {
	if err := checkTarget(path); err != nil {
		return err
	}
	temp, err := createTemp(path)
	if err != nil {
		return err
	}
	renamed := false
	defer func() {
		if !renamed {
			temp.Close()
			os.Remove(temp.Name())
			err = retarget(err, temp.Name(), path)
		}
	}()
	if err := write(temp); err != nil {
		return err
	}
	if err := temp.Sync(); err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil { // syncing can take long
		return err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	renamed = true
	dir, _ := filepath.Split(path)
	if err := syncDir(dir + "."); err != nil {
		return &unsyncedError{path, err}
	}
	return nil
}

// checkTarget refuses what must not be replaced: a rename would put a file in
// the place of a device, too.
func checkTarget(path string) error {
	refuse := func(why string) error {
		return &fs.PathError{Op: "write", Path: path, Err: errors.New(why)}
	}
	if _, base := filepath.Split(path); base == "" {
		return refuse("is not the name of a file")
	}
	switch info, err := os.Stat(path); {
	case err != nil: // creating the temporary file tells what is wrong, if anything is
		return nil
	case info.IsDir():
		return refuse("is a directory")
	case !info.Mode().IsRegular():
		return refuse("is not a regular file")
	}
	return nil
}

// createTemp makes a new file beside path, with the permissions that the
// process gives to new files.
func createTemp(path string) (*os.File, error) {
	dir, base := filepath.Split(path)
	for len(base) > maxTempBase {
		_, size := utf8.DecodeLastRuneInString(base)
		base = base[:len(base)-size]
	}
	for i := range maxTemps {
		// Not filepath.Join, which takes link/.. for nothing; the system does not.
		name := dir + fmt.Sprintf(".%s.%d.tmp", base, i)
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, retarget(err, name, path)
		}
	}
	return nil, &fs.PathError{Op: "write", Path: path, Err: errors.New("too many temporary files beside it")}
}

// retarget makes an error about the temporary file one about the file that the
// caller knows.
func retarget(err error, temp, path string) error {
	var p *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &p) && p.Path == temp:
		return &fs.PathError{Op: "write", Path: path, Err: p.Err}
	case errors.As(err, &link) && link.Old == temp:
		return &fs.PathError{Op: "replace", Path: path, Err: link.Err}
	}
	return err
}

// syncDir makes a rename survive a power loss, where the system can.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // directories cannot be synced there
	}
	d, err := os.Open(dir)
	if err != nil {
		return nil // one may write to it without being allowed to read it
	}
	err = d.Sync()
	return errors.Join(ignoreUnsupported(err), d.Close())
}

// ignoreUnsupported drops the error of a file system that cannot sync
// directories: no caller could do better.
func ignoreUnsupported(err error) error {
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		return nil
	}
	return err
}
