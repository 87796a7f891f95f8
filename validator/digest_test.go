package validator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
)

// readingAt is an io.ReaderAt made of a function.
type readingAt func(p []byte, at int64) (int, error)

func (r readingAt) ReadAt(p []byte, at int64) (int, error) { return r(p, at) }

// TestDigestOf gives a digest of all bytes or of none.
func TestDigestOf(t *testing.T) {
	text := strings.Repeat("0123456789", 20_000)
	size := int64(len(text))
	whole := strings.NewReader(text)
	sum := sha256.Sum256([]byte(text))
	if got, err := digestOf(t.Context(), whole, size)(false); got != hex.EncodeToString(sum[:]) || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	later := func(then func(p []byte) (int, error)) io.ReaderAt {
		return readingAt(func(p []byte, at int64) (int, error) {
			if at > 0 {
				return then(p)
			}
			return whole.ReadAt(p, at)
		})
	}
	for name, test := range map[string]struct {
		r    io.ReaderAt
		size int64
		want error
	}{
		"one byte less":   {whole, size + 1, io.ErrUnexpectedEOF},
		"ends early":      {later(func([]byte) (int, error) { return 0, io.EOF }), size, io.ErrUnexpectedEOF},
		"ends in a read":  {later(func(p []byte) (int, error) { return len(p) - 1, io.EOF }), size, io.ErrUnexpectedEOF},
		"yields nothing":  {later(func([]byte) (int, error) { return 0, nil }), size, io.ErrUnexpectedEOF},
		"fails":           {later(func([]byte) (int, error) { return 0, fs.ErrPermission }), size, fs.ErrPermission},
		"negative counts": {later(func([]byte) (int, error) { return -1, nil }), size, nil},
	} {
		sum, err := digestOf(t.Context(), test.r, test.size)(false)
		if sum != "" || err == nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: %q, %v", name, sum, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if sum, err := digestOf(ctx, whole, size)(false); sum != "" || !errors.Is(err, context.Canceled) {
		t.Errorf("%q, %v", sum, err)
	}
}
