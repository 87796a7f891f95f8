package printable

import (
	"encoding/json"
	"errors"
	"testing"
	"unicode"
	"unicode/utf8"
)

func FuzzPrintable(f *testing.F) {
	for _, s := range []string{"", "größe", "a\x1b[0m", "\xff\xfe", "\ufffd", "\u202e\u2028", "\U000E0041", "日本"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		safe := Line(s)
		for _, r := range safe {
			if !unicode.IsGraphic(r) {
				t.Errorf("%q has %U", safe, r)
			}
		}
		if !utf8.ValidString(safe) || Line(safe) != safe {
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
