// Package linediff tells where two texts part.
package linediff

import (
	"bufio"
	"context"
	"io"
)

// interval is how many bytes are compared between two looks at the context.
const interval = 1 << 20

// First is the number of the first line, from 1, in which the texts differ, and 0
// if they are the same. Lines end with a line feed, which is part of the line.
// The texts are read side by side, in pieces and no further than to the first
// difference. The error is that of a reader, or of ctx.
func First(ctx context.Context, a, b io.Reader) (int, error) {
	x, y := bufio.NewReader(a), bufio.NewReader(b)
	line := 1
	for n := 0; ; n++ {
		if n%interval == 0 {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
		}
		p, errX := x.ReadByte()
		q, errY := y.ReadByte()
		switch {
		case errX != nil && errX != io.EOF:
			return 0, errX
		case errY != nil && errY != io.EOF:
			return 0, errY
		case errX != nil && errY != nil:
			return 0, nil
		case errX != nil, errY != nil, p != q:
			return line, nil
		case p == '\n':
			line++
		}
	}
}
