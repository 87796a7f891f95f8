package linediff_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/anolishq/anolis-handoff/internal/linediff"
)

func TestCompare(t *testing.T) {
	many := strings.Repeat("a line\n", 100_000)
	for _, test := range []struct {
		a, b    string
		want    int
		endings bool
	}{
		{"", "", 0, false},
		{"a\nb\n", "a\nb\n", 0, false},
		{"", "a", 1, false},
		{"a", "b", 1, false},
		{"a", "a\n", 1, false},
		{"a\n", "a\nb", 2, false},
		{"a\nb", "a\r\nb", 1, true},
		{"a\nb\nc", "a\nb\r\nc", 2, true},
		{"a\nb\nc", "a\r\nb\nd", 1, false},
		{"a\r\r\n", "a\r\n", 1, false},
		{"a\rb", "a\nb", 1, false},
		{"a\r", "a", 1, false},
		{"a\r\n", "a\n", 1, true},
		{"a\nb\nc\n", "a\nb\nd\n", 3, false},
		{"a\nb\nc\n", "a\nc\n", 2, false},
		{"\xff\x00\n\n", "\xff\x00\n", 2, false},
		{many, many, 0, false},
		{many + "x", many + "y", 100_001, false},
		{many, many[:len(many)-1], 100_000, false},
	} {
		for _, wrap := range []func(io.Reader) io.Reader{iotest.OneByteReader, iotest.DataErrReader} {
			for _, pair := range [][2]string{{test.a, test.b}, {test.b, test.a}} {
				got, err := linediff.Compare(t.Context(), wrap(strings.NewReader(pair[0])), strings.NewReader(pair[1]))
				if got != (linediff.Difference{Line: test.want, Endings: test.endings}) || err != nil {
					t.Errorf("%.20q and %.20q: %+v, %v, want %d, %v", pair[0], pair[1], got, err, test.want, test.endings)
				}
			}
		}
	}
}

// TestErrors never takes what could not be read for the same.
func TestErrors(t *testing.T) {
	broken := errors.New("bad sector")
	whole := func() io.Reader { return strings.NewReader("a\nb") }
	half := func() io.Reader { return io.MultiReader(strings.NewReader("a\n"), iotest.ErrReader(broken)) }
	for name, pair := range map[string][2]io.Reader{
		"first":  {half(), whole()},
		"second": {whole(), half()},
		"at end": {io.MultiReader(whole(), iotest.ErrReader(broken)), whole()},
	} {
		if line, err := linediff.Compare(t.Context(), pair[0], pair[1]); line.Line != 0 || !errors.Is(err, broken) {
			t.Errorf("%s: %+v, %v", name, line, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if line, err := linediff.Compare(ctx, whole(), whole()); line.Line != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %+v, %v", line, err)
	}
}
