package checksum

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestWriteTo(t *testing.T) {
	m := mustSum(t, tree())
	slices.Reverse(m)
	before := slices.Clone(m)
	var buf bytes.Buffer
	n, err := m.WriteTo(&buf)
	if err != nil || n != int64(len(treeText)) || buf.String() != treeText {
		t.Errorf("WriteTo = %d, %v:\n%s", n, err, buf.String())
	}
	if !slices.Equal(m, before) {
		t.Error("WriteTo changed the manifest")
	}
}

func TestWriteToFailingWriter(t *testing.T) {
	m := mustSum(t, tree())
	boom := errors.New("disk full")
	if n, err := m.WriteTo(stubWriter{5, boom}); n != 5 || err != boom {
		t.Errorf("failing writer: %d, %v", n, err)
	}
	if n, err := m.WriteTo(stubWriter{5, nil}); n != 5 || err != io.ErrShortWrite {
		t.Errorf("short writer: %d, %v", n, err)
	}
}

type stubWriter struct {
	n   int
	err error
}

func (w stubWriter) Write([]byte) (int, error) { return w.n, w.err }

func TestWriteRefuses(t *testing.T) {
	m := Manifest{{Path: "b"}, {Path: `a\b`}, {Path: "c"}, {Path: "x\ny"}, {Path: "b"}, {Path: "-"}, {Path: "../up"}, {Path: ""}}
	const want = `checksum : path cannot be listed in a checksum manifest: not a relative slash-separated path in UTF-8
checksum -: path cannot be listed in a checksum manifest: path - means standard input
checksum ../up: path cannot be listed in a checksum manifest: not a relative slash-separated path in UTF-8
checksum a\b: path cannot be listed in a checksum manifest: path has a backslash
checksum b: path cannot be listed in a checksum manifest: listed twice
checksum x` + "\n" + `y: path cannot be listed in a checksum manifest: path has a control character`
	var buf bytes.Buffer
	if n, err := m.WriteTo(&buf); n != 0 || buf.Len() != 0 || !errors.Is(err, ErrPath) || err.Error() != want {
		t.Errorf("WriteTo = %d, %v", n, err)
	}
	if err := m.Verify(t.Context(), tree()); !errors.Is(err, ErrPath) || err.Error() != want {
		t.Errorf("Verify = %v", err)
	}
}

func TestWriteLimits(t *testing.T) {
	path := strings.Repeat("x", MaxSize-lineSize(""))
	if data, err := (Manifest{{Path: path}}).MarshalText(); err != nil || len(data) != MaxSize {
		t.Errorf("a text of MaxSize: %d bytes, %v", len(data), err)
	}
	if data, err := (Manifest{{Path: path + "x"}}).MarshalText(); err != ErrTooLarge || data != nil {
		t.Errorf("a text one byte larger: %d bytes, %v", len(data), err)
	}
}
