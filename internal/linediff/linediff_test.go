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

func TestFirst(t *testing.T) {
	many := strings.Repeat("a line\n", 100_000)
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"a\nb\n", "a\nb\n", 0},
		{"", "a", 1},
		{"a", "b", 1},
		{"a", "a\n", 1},
		{"a\n", "a\nb", 2},
		{"a\nb", "a\r\nb", 1},
		{"a\nb\nc\n", "a\nb\nd\n", 3},
		{"a\nb\nc\n", "a\nc\n", 2},
		{"\xff\x00\n\n", "\xff\x00\n", 2},
		{many, many, 0},
		{many + "x", many + "y", 100_001},
		{many, many[:len(many)-1], 100_000},
	} {
		for _, wrap := range []func(io.Reader) io.Reader{iotest.OneByteReader, iotest.DataErrReader} {
			for _, pair := range [][2]string{{test.a, test.b}, {test.b, test.a}} {
				got, err := linediff.First(t.Context(), wrap(strings.NewReader(pair[0])), strings.NewReader(pair[1]))
				if got != test.want || err != nil {
					t.Errorf("%.20q and %.20q: line %d, %v, want %d", pair[0], pair[1], got, err, test.want)
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
		if line, err := linediff.First(t.Context(), pair[0], pair[1]); line != 0 || !errors.Is(err, broken) {
			t.Errorf("%s: line %d, %v", name, line, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if line, err := linediff.First(ctx, whole(), whole()); line != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: line %d, %v", line, err)
	}
}
