package archive

import (
	"context"
	"errors"
	"io"
	"io/fs"
)

// A large file is read in chunks of chunkSize, of which two are in memory at a
// time. Smaller ones would spend the time on waking each other's goroutine. A
// file of less than smallSize never needs them.
const (
	smallSize = 32 << 10
	chunkSize = 512 << 10
)

// pump moves the content of files. Of a large file one chunk is read, and hashed
// by the reader, while the one before it is consumed: hashing and writing cost
// about the same, so together they take half the time. A pump is used again to
// use its memory again.
type pump struct {
	small []byte
	large [2][]byte
}

type chunk struct {
	data []byte
	err  error // why nothing follows
}

// each reads r to its end and hands every chunk to do, in order and on the
// calling goroutine; r is not in use any more when it returns. A failing read is
// an *fs.PathError with name.
func (p *pump) each(ctx context.Context, name string, r io.Reader, do func([]byte) error) error {
	consume := func(c chunk) error {
		switch err := ctx.Err(); {
		case err != nil:
			return err
		case c.err != nil && c.err != io.EOF:
			return readError(name, c.err)
		case len(c.data) == 0:
			return nil
		}
		return do(c.data)
	}

	first := fill(ctx, r, grown(&p.small, smallSize))
	if err := consume(first); err != nil || first.err != nil {
		return err
	}

	full, free := make(chan chunk), make(chan []byte, len(p.large))
	for i := range p.large {
		free <- grown(&p.large[i], chunkSize)
	}
	go func() {
		defer close(full)
		for buf := range free {
			c := fill(ctx, r, buf)
			full <- c
			if c.err != nil {
				return
			}
		}
	}()
	var err error
	for c := range full {
		if err = consume(c); err != nil {
			break
		}
		free <- c.data
	}
	close(free)
	for range full { // until the reader has stopped
	}
	return err
}

// grown makes *buf if it was not made before.
func grown(buf *[]byte, size int) []byte {
	if *buf == nil {
		*buf = make([]byte, size)
	}
	return *buf
}

// fill reads until buf is full or nothing follows.
func fill(ctx context.Context, r io.Reader, buf []byte) chunk {
	n, err := 0, error(nil)
	for n < len(buf) && err == nil {
		if err = ctx.Err(); err == nil {
			var m int
			m, err = r.Read(buf[n:])
			n += m
		}
	}
	return chunk{buf[:n], err}
}

func readError(name string, err error) error {
	if errors.Is(err, ErrChanged) {
		return err
	}
	return &fs.PathError{Op: "read", Path: name, Err: err}
}
