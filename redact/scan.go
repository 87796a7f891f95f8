package redact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Scan searches every file of a file system, in lexical order, and returns the
// findings ordered by file, line, column and rule. Memory is that of one
// Scanner.
//
// The error is that of Validate, that of ctx, or an *fs.PathError: a file that
// cannot be read, or an entry that is neither a directory nor a regular file.
// Nothing is skipped; the findings up to the error are returned with it.
func (p Policy) Scan(ctx context.Context, fsys fs.FS) ([]Finding, error) {
	if fsys == nil {
		return nil, errors.New("redact: there is no file system to search")
	}
	e, err := newEngine(p)
	if err != nil {
		return nil, err
	}
	var all []Finding
	err = fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return e.hideName(name, err)
		case entry.IsDir():
			return ctx.Err()
		case !entry.Type().IsRegular():
			return e.hideName(name, errIrregular)
		}
		list, err := e.scanFile(ctx, fsys, name)
		all = append(all, list...)
		if err != nil {
			return e.hideName(name, err)
		}
		return nil
	})
	return arrange(all), err
}

var errIrregular = errors.New("neither a directory nor a regular file")

// hideName makes an error about a file that does not show a secret in its name.
func (e *engine) hideName(name string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var inner *fs.PathError
	if errors.As(err, &inner) {
		err = inner.Err
	}
	return &fs.PathError{Op: "scan", Path: newFileSearch(e, name).shown, Err: err}
}

func (e *engine) scanFile(ctx context.Context, fsys fs.FS, name string) ([]Finding, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return e.scan(ctx, name, f)
}

// ScanFile searches one file. The name decides how it is read, as for
// NewScanner, and appears in the findings. The error is that of Validate, of
// ctx or of r; the findings up to there are returned with it.
func (p Policy) ScanFile(ctx context.Context, name string, r io.Reader) ([]Finding, error) {
	e, err := newEngine(p)
	if err != nil {
		return nil, err
	}
	list, err := e.scan(ctx, name, r)
	if err != nil {
		return list, fmt.Errorf("redact: %s: %w", newFileSearch(e, name).shown, err)
	}
	return list, nil
}

func (e *engine) scan(ctx context.Context, name string, r io.Reader) ([]Finding, error) {
	s := e.scanner(name)
	buf := make([]byte, 64<<10)
	for {
		if err := ctx.Err(); err != nil {
			return s.Findings(), err
		}
		n, err := r.Read(buf)
		if _, werr := s.Write(buf[:n]); werr != nil {
			return nil, werr
		}
		switch {
		case err == io.EOF:
			return s.Findings(), nil
		case err != nil:
			return s.Findings(), err
		}
	}
}
