package isotime

import (
	"errors"
	"testing"
	"time"

	"github.com/anolishq/anolis-handoff/internal/conformance"
)

// TestConformance runs the recorded answers of the workbench. A created that is
// no string has no text to read, so its answer is the fallback.
func TestConformance(t *testing.T) {
	for _, c := range conformance.ExportedAtCases(t) {
		got := Fallback
		if s, ok := c.Created.(string); ok {
			got = ExportedAt(s)
		}
		if got != c.ExportedAt {
			t.Errorf("ExportedAt(%#v) = %s, want %s", c.Created, got, c.ExportedAt)
		}
	}
}

func TestParse(t *testing.T) {
	tests := []struct{ in, want string }{
		// Dates.
		{"20260416", "2026-04-16T00:00:00Z"},
		{"2000-02-29", "2000-02-29T00:00:00Z"},
		{"0001-01-01", "0001-01-01T00:00:00Z"},
		{"0999-12-31", "0999-12-31T00:00:00Z"},
		{"2026W16", "2026-04-13T00:00:00Z"},
		{"2026-W16", "2026-04-13T00:00:00Z"},
		{"2026W164T19", "2026-04-16T19:00:00Z"},
		{"2026W16T19", "2026-04-13T19:00:00Z"},
		{"2026W16419", "2026-04-13T19:00:00Z"},
		{"2026W16190102", "2026-04-13T01:02:00Z"},
		{"2026-W16-19", "2026-04-13T19:00:00Z"},
		{"2026-W16-4T19", "2026-04-16T19:00:00Z"},
		{"0001-W01-1", "0001-01-01T00:00:00Z"},
		{"9999-W52-5", "9999-12-31T00:00:00Z"},

		// Any one character between date and time.
		{"2026-04-16日19:01", "2026-04-16T19:01:00Z"},
		{"2026-04-16\U0001F60019:01", "2026-04-16T19:01:00Z"},
		{"2026-04-16é19", "2026-04-16T19:00:00Z"},
		{"2026-04-16\x0019", "2026-04-16T19:00:00Z"},
		{"2026-04-16\n19", "2026-04-16T19:00:00Z"},
		{"2026-04-16519", "2026-04-16T19:00:00Z"},

		// Fractions are dropped, wherever they stand and however long.
		{"2026-04-16T19.5", "2026-04-16T19:00:00Z"},
		{"2026-04-16T19:01,5", "2026-04-16T19:01:00Z"},
		{"2026-04-16T19:01:02:99", "2026-04-16T19:01:02Z"},
		{"2026-04-16T190102999999", "2026-04-16T19:01:02Z"},
		{"2026-04-16T19:01:02.99999999999999999999", "2026-04-16T19:01:02Z"},

		// One character too many is forgiven before a zone.
		{"2026-04-16T19:01:02.Z", "2026-04-16T19:01:02Z"},
		{"2026-04-16T19x+00:00", "2026-04-16T19:00:00Z"},
		{"2026-04-16T19:+00:00", "2026-04-16T19:00:00Z"},
		{"2026-04-16T190+00:00", "2026-04-16T19:00:00Z"},
		{"2026-04-16T19:01:02.123456 or so Z", "2026-04-16T19:01:02Z"},

		// A NUL ends the text where something may be left over.
		{"2026-04-16T19:01:02\x00", "2026-04-16T19:01:02Z"},
		{"2026-04-16T19:01:02Z\x00anything", "2026-04-16T19:01:02Z"},
		{"2026-04-16T19:01:02+01\x00", "2026-04-16T18:01:02Z"},

		// Offsets.
		{"2026-04-16T19:01:02+00:99", "2026-04-16T17:22:02Z"},
		{"2026-04-16T19:01:02+053015", "2026-04-16T13:30:47Z"},
		{"2026-04-16T00:00:00+00:00:00.5", "2026-04-16T00:00:00Z"},
		{"2026-04-16T00:00:00+00:00:01.5", "2026-04-15T23:59:58Z"},
		{"2026-04-16T00:00:00-00:00:01.5", "2026-04-16T00:00:01Z"},
		{"2026-04-16T00:00:00.5+00:00:01,5", "2026-04-15T23:59:59Z"},
		{"2026-04-16T19:01:02+23:59:59.999999", "2026-04-15T19:01:02Z"},
		{"0001-01-01T01:00+01", "0001-01-01T00:00:00Z"},

		// White space around it, as Python knows it.
		{"\x1c\x1d\x1e\x1f\u0085\u00a0\u2028\u30002026-04-16\t\v\f\r", "2026-04-16T00:00:00Z"},
	}
	for _, tt := range tests {
		got, err := Parse(tt.in)
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.in, err)
		} else if s := got.Format(time.RFC3339Nano); s != tt.want {
			t.Errorf("Parse(%q) = %s, want %s", tt.in, s, tt.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []string{
		"", " ", "Z", "2026", "2026-04", "2026-04-1", "202604", "2026-4-016", "2026-0416", "202604-16",
		"2026-00-01", "2026-01-00", "2026-01-32", "1900-02-29", "0000-12-31",
		"2026W1", "2026-W1", "2026-W16-", "2026-W00-1", "2026-W54-1", "2025-W53-1", "2026-W16-0", "2026-W16-8",
		"2026-W16-419:01", "2026W1619", "0000-W01-1", "9999-W52-6", "2026-W164", "2026W16-4",
		"2026-04-16T1", "2026-04-16T1:02", "2026-04-16T19:1", "2026-04-16T19:01:2", "2026-04-16T19:0102",
		"2026-04-16T24", "2026-04-16T19:60", "2026-04-16T19:01:60", "2026-04-16T19:x+00:00", "2026-04-16T+00:00",
		"2026-04-16T19:01:02.", "2026-04-16T19:01:02.x", "2026-04-16T19:01:02.12345x", "2026-04-16T19:01:02.1x+00:00",
		"2026-04-16T19:01:02.5\x00", "2026-04-16T19:01:02x", "2026-04-16T19:01:02 x+00:00",
		"2026-04-16T19:01:02+", "2026-04-16T19:01:02-0", "2026-04-16T19:01:02+00:0", "2026-04-16T19:01:02+00x",
		"2026-04-16T19:01:02+00:00:00.", "2026-04-16T19:01:02+24", "2026-04-16T19:01:02-23:60",
		"2026-04-16T19:01:02+-01", "2026-04-16T19:01:02ZZ", "2026-04-16T19:01:02Zx",
		"0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
		"٢٠٢٦-04-16", "2026-04-16\xff19", "\u200b2026-04-16", "\ufeff2026-04-16",
	}
	for _, in := range tests {
		got, err := Parse(in)
		if err == nil {
			t.Errorf("Parse(%q) = %v, want an error", in, got)
		} else if !errors.Is(err, ErrFormat) {
			t.Errorf("Parse(%q): error %v is not ErrFormat", in, err)
		}
		if s := ExportedAt(in); s != Fallback {
			t.Errorf("ExportedAt(%q) = %s, want the fallback", in, s)
		}
	}
}

// FuzzParse checks that what Parse accepts is in range, and that its canonical
// form names the same instant.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"2026-04-16T19:01:02.999999+05:30:15.5", "20260416T190102,5Z", "2026W164T19Z", "2026-W16-19",
		"2026-04-16T19:01:02 Z", "0001-01-01T00:00:00-23:59", "9999-12-31T23:59:59.9", "2026-04-16日19",
		"2026-04-16T19:01:02Z\x00", " 2026-04-16 ", "not a date", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := Parse(s)
		if err != nil {
			if !errors.Is(err, ErrFormat) || !got.IsZero() {
				t.Fatalf("Parse(%q) = %v, %v", s, got, err)
			}
			return
		}
		if y := got.Year(); y < 1 || y > 9999 || got.Nanosecond() != 0 || got.Location() != time.UTC {
			t.Fatalf("Parse(%q) = %v, out of range", s, got)
		}
		text := ExportedAt(s)
		if len(text) != len(Fallback) {
			t.Fatalf("ExportedAt(%q) = %q", s, text)
		}
		again, err := Parse(text)
		if err != nil || !again.Equal(got) {
			t.Fatalf("Parse(%q) = %v, %v; want %v", text, again, err, got)
		}
	})
}
