package canonyaml

import (
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// TestLines finds every character of short and long lines by its place.
func TestLines(t *testing.T) {
	for _, text := range []string{
		"", "a", "é\nb\n", "a\r\nb\u2028c",
		strings.Repeat("é", 3000) + "\n" + strings.Repeat("ab\u20ac", 900) + "\n\nend",
	} {
		l := newLines(text)
		for i := range text {
			if p := l.pos(i); l.offset(p) != i {
				t.Fatalf("%.20q: offset %d is at %v, which is offset %d", text, i, p, l.offset(p))
			}
		}
		if got := l.offset(doc.Pos{Line: len(l.start) + 1, Column: 1}); got != len(text) {
			t.Errorf("%.20q: behind the last line is %d", text, got)
		}
		if got := l.offset(doc.Pos{Line: len(l.start), Column: 1 << 30}); got != len(text) {
			t.Errorf("%.20q: far right of the last line is %d", text, got)
		}
	}
}
