package show

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "",
		"plain text, Grüße, №2": "plain text, Grüße, №2",
		`C:\rigs\new`:           `C:\rigs\new`,
		"\x1b[31mred\x1b[0m":    `\x1b[31mred\x1b[0m`,
		"a\nb\tc\rd":            `a\nb\tc\rd`,
		"\x00\x07\x7f":          `\x00\x07\x7f`,
		"\u009b31m":             `\u009b31m`,
		"bad \xff\xc3 bytes":    `bad \xff\xc3 bytes`,
		"\u202exe.gnp":          `\u202exe.gnp`,
		"\u2066\u2069\u200f":    `\u2066\u2069\u200f`,
		"one\u2028two":          `one\u2028two`,
		"می\u200cروم":           "می\u200cروم",
		"\ufffd":                "\ufffd",
		"👩\u200d🔧":              "👩\u200d🔧",
	} {
		if got := Line(text); got != want {
			t.Errorf("%q is shown as %s, want %s", text, got, want)
		}
	}
}

// TestCut counts characters, and never cuts one.
func TestCut(t *testing.T) {
	for _, test := range []struct {
		text string
		most int
		want string
	}{
		{"", 0, ""}, {"", 3, ""}, {"abc", 3, "abc"}, {"abcd", 3, "abc…"}, {"größe", 3, "grö…"}, {"größe", 5, "größe"},
		{"a", 0, "…"}, {"\xff\xff\xff", 2, "\xff\xff…"}, {"日本語", 1, "日…"},
	} {
		if got := Cut(test.text, test.most); got != test.want {
			t.Errorf("%q cut after %d: %q, want %q", test.text, test.most, got, test.want)
		}
	}
	if got, want := Quote("a\tb\u202e\"ö", 4), `"a\tb\u202e…"`; got != want {
		t.Errorf("quoted: %s, want %s", got, want)
	}
}

func FuzzLine(f *testing.F) {
	for _, s := range []string{"", "größe", "a\x1b[0m", "\xff\xfe", "\ufffd", "\u202e\u2028", "\U000E0041", "日本"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		safe := Line(s)
		for _, r := range safe {
			if !unicode.IsGraphic(r) && r != '\u200c' && r != '\u200d' {
				t.Errorf("%q has %U", safe, r)
			}
		}
		if !utf8.ValidString(safe) || Line(safe) != safe || utf8.ValidString(s) && !strings.ContainsFunc(s, isHidden) && safe != s {
			t.Errorf("%q is not safe", safe)
		}
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var before, after string
		if err := errors.Join(json.Unmarshal(data, &before), json.Unmarshal(escapeHidden(data), &after)); err != nil {
			t.Fatal(err)
		}
		if before != after {
			t.Errorf("%q became %q", before, after)
		}
	})
}

type shortWriter struct{ n int }

func (w shortWriter) Write(p []byte) (int, error) { return w.n, nil }

// TestWrite notices a writer that takes another number of bytes and does not say why.
func TestWrite(t *testing.T) {
	for n, want := range map[int]error{0: io.ErrShortWrite, 3: io.ErrShortWrite, 4: nil, 5: io.ErrShortWrite} {
		if err := Write(shortWriter{n}, []byte("text")); err != want {
			t.Errorf("%d of 4 bytes: %v", n, err)
		}
	}
	if err := JSON(shortWriter{1}, 1, ""); err != io.ErrShortWrite {
		t.Error(err)
	}
}

func TestWord(t *testing.T) {
	for path, want := range map[string]string{
		"rig": "rig", "/srv/rig_1.0": "/srv/rig_1.0", "two words": "'two words'", "$HOME": "'$HOME'", "größe": "'größe'",
		"-rig": "./-rig", "- x": "'./- x'", "it's": "DIR", "a\nb": "DIR", "/": "/", "": "DIR", "a b's": "DIR", "\xff": "DIR",
	} {
		if got := Word(path, "DIR"); got != want {
			t.Errorf("%q: got %s, want %s", path, got, want)
		}
	}
}

func TestPackageWord(t *testing.T) {
	for name, want := range map[string]string{"": "PACKAGE", "standard input": "PACKAGE", "a b.anpkg": "'a b.anpkg'", "rig.anpkg": "rig.anpkg"} {
		if got := PackageWord(name, ""); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
		if got := PackageWord(name, "--policy 'a b'\x1b"); got != want+` --policy 'a b'\x1b` {
			t.Errorf("%q with a flag: got %s", name, got)
		}
	}
}
