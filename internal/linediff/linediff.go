// Package linediff finds where two texts part.
package linediff

import (
	"bufio"
	"context"
	"io"
)

// interval is how many bytes are compared between two looks at the context.
const interval = 1 << 20

// Difference is where two texts part.
type Difference struct {
	// Line is the number of the first line, from 1, in which they differ; 0 if they
	// are the same. Lines end with a line feed, which is part of the line.
	Line int
	// Endings reports that they differ only in how their lines end: with a line feed,
	// or with a carriage return before it.
	Endings bool
}

// Compare finds where two texts part. They are read side by side, in pieces and no
// further than to the first difference that is not about the end of a line. The
// error comes from a reader or from ctx.
func Compare(ctx context.Context, a, b io.Reader) (Difference, error) {
	x, y := &lines{r: bufio.NewReader(a)}, &lines{r: bufio.NewReader(b)}
	d, line := Difference{}, 1
	for n := 0; ; n++ {
		if n%interval == 0 {
			if err := ctx.Err(); err != nil {
				return Difference{}, err
			}
		}
		p, errX := x.next()
		q, errY := y.next()
		switch {
		case errX != nil && errX != io.EOF:
			return Difference{}, errX
		case errY != nil && errY != io.EOF:
			return Difference{}, errY
		case errX != nil && errY != nil:
			return d, nil
		case errX != nil, errY != nil, p != q:
			if d.Line == 0 {
				d.Line = line
			}
			return Difference{Line: d.Line}, nil
		case x.returned != y.returned && d.Line == 0:
			d = Difference{Line: line, Endings: true}
		}
		if p == '\n' {
			line++
		}
	}
}

// Rest reads what Compare has left of a and b: a file that verifies itself does so at
// its end. The error comes from a reader or from ctx.
func Rest(ctx context.Context, readers ...io.Reader) error {
	buf := make([]byte, 32<<10)
	for _, r := range readers {
		for {
			if err := ctx.Err(); err != nil {
				return err
			}
			_, err := r.Read(buf)
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// lines reads a carriage return and a line feed as one line feed.
type lines struct {
	r        *bufio.Reader
	returned bool // there was a carriage return before the last byte
}

func (l *lines) next() (byte, error) {
	c, err := l.r.ReadByte()
	l.returned = false
	if err != nil || c != '\r' {
		return c, err
	}
	if after, err := l.r.Peek(1); err == nil && after[0] == '\n' {
		l.returned = true
		return l.r.ReadByte()
	}
	return c, nil
}
