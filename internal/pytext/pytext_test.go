package pytext_test

import (
	"testing"

	"github.com/anolishq/anolis-handoff/internal/pytext"
)

func TestStrip(t *testing.T) {
	for in, want := range map[string]string{
		"":                      "",
		" a b\t\n":              "a b",
		"\x1c\x1fa\u0085\u00a0": "a",
		"\u3000\u2003x\u2028":   "x",
		"\u200bx":               "\u200bx", // zero width space is no space
		"\u180ex":               "\u180ex", // nor is the Mongolian separator
		"\ufeffx":               "\ufeffx",
		" \t\x0b\x0c\r\n\x1e ":  "",
	} {
		if got := pytext.Strip(in); got != want {
			t.Errorf("Strip(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestIsBlank(t *testing.T) {
	if !pytext.IsBlank(" \u2009\x1d") || pytext.IsBlank(" x ") {
		t.Error("IsBlank is wrong about white space")
	}
}

func TestLower(t *testing.T) {
	for in, want := range map[string]string{
		"UPPER_Größe": "upper_größe",
		"\u0130":      "i\u0307",
		"\u212a":      "k", // the Kelvin sign
	} {
		if got := pytext.Lower(in); got != want {
			t.Errorf("Lower(%q) = %q, want %q", in, got, want)
		}
	}
}
