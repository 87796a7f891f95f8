package archive

import (
	"bufio"
	"context"
	"errors"
	"io"
)

// WriteTo writes the archive to w and returns the number of bytes written. It is
// [Set.Write] without a context.
func (s *Set) WriteTo(w io.Writer) (int64, error) {
	return s.Write(context.Background(), w, nil)
}

// Write writes the archive to w and returns the number of bytes written, which is
// [Set.Size] unless there is an error. It stops between two chunks of a file once
// ctx is done. After an error, what w received is no archive.
//
// Unless progress is nil it is called, on the calling goroutine, before the first
// byte of a file's content and after every chunk of it, with the bytes of the
// archive produced so far.
//
// A file that is not what it was when hashed is a [*ChangedError], and one that
// cannot be read an [*fs.PathError] of io/fs. Errors of w and of ctx are returned
// as they are.
func (s *Set) Write(ctx context.Context, w io.Writer, progress func(name string, written int64)) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	out := &counter{w: w}
	a := &archiver{ctx: ctx, w: bufio.NewWriterSize(out, smallSize), progress: progress}
	if err := a.archive(s); err != nil {
		return out.n, err
	}
	err := a.w.Flush()
	return out.n, err
}

type archiver struct {
	ctx      context.Context
	w        *bufio.Writer
	n        int64
	progress func(string, int64)
	pump     pump
	scratch  []byte // for headers
}

func (a *archiver) write(p []byte) error {
	n, err := a.w.Write(p)
	a.n += int64(n)
	return err
}

func (a *archiver) report(name string) {
	if a.progress != nil {
		a.progress(name, a.n)
	}
}

func (a *archiver) archive(s *Set) error {
	for i := range s.entries {
		e := &s.entries[i]
		a.scratch = e.appendLocal(a.scratch[:0])
		if err := a.write(a.scratch); err != nil {
			return err
		}
		a.report(e.Name)
		if err := a.content(&e.File); err != nil {
			return err
		}
	}
	for i := range s.entries {
		a.scratch = s.entries[i].appendCentral(a.scratch[:0])
		if err := a.write(a.scratch); err != nil {
			return err
		}
	}
	a.scratch = s.appendEnd(a.scratch[:0], a.n)
	return a.write(a.scratch)
}

func (a *archiver) content(f *File) error {
	do := func(p []byte) error {
		if err := a.write(p); err != nil {
			return err
		}
		a.report(f.Name)
		return nil
	}
	if f.open == nil {
		for p := f.data; len(p) > 0; {
			if err := a.ctx.Err(); err != nil {
				return err
			}
			n := min(len(p), chunkSize)
			if err := do(p[:n]); err != nil {
				return err
			}
			p = p[n:]
		}
		return nil
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	return a.pump.each(a.ctx, f.Name, r, do)
}

// counter counts what really reached w, which the buffer before it hides.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	if n < 0 || n > len(p) {
		return 0, errors.New("writer returned an impossible count")
	}
	c.n += int64(n)
	return n, err
}
