package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestParseEnv has texts and what systemd makes of them.
func TestParseEnv(t *testing.T) {
	wanted := map[string]bool{"A": true, "_b9": true}
	for _, test := range []struct {
		text string
		want map[string]string
	}{
		{"", nil},
		{"\n\n# A=1\n; A=2\n  # A=3\n", nil},
		{"A=x", map[string]string{"A": "x"}},
		{"A=x\r\n_b9=y\r\n", map[string]string{"A": "x", "_b9": "y"}},
		{"C=x\n", nil},
		{"A=1\nA=2\n", map[string]string{"A": "2"}},
		{" A = two  words \t\n", map[string]string{"A": "two  words"}},
		{"A=", map[string]string{"A": ""}},
		{`A=""`, map[string]string{"A": ""}},
		{"A=a=b==", map[string]string{"A": "a=b=="}},
		{"A=#no comment", map[string]string{"A": "#no comment"}},
		{"A=it's \"so\"", map[string]string{"A": `it's "so"`}},
		{`A=back\\slash\n\"`, map[string]string{"A": `back\slashn"`}},
		{`A='raw \n "x" $Y '`, map[string]string{"A": `raw \n "x" $Y `}},
		{`A=" \"q\" \\ \$ \` + "`" + ` \n "  `, map[string]string{"A": " \"q\" \\ $ ` \\n "}},
		{"A=größe", map[string]string{"A": "größe"}},
	} {
		got, err := parseEnv([]byte(test.text), wanted)
		if err != nil {
			t.Errorf("%q: %v", test.text, err)
		}
		if len(got) == 0 {
			got = nil
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q:\n%s", test.text, diff)
		}
	}
}

func TestParseEnvRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"A=1\nB":                       "line 2 has no =",
		"\n\nexport A=1":               "line 3 begins with export, which systemd does not know",
		"=1":                           "line 1 has no valid variable name before =",
		"9A=1":                         "line 1 has no valid variable name before =",
		"A B=1":                        "line 1 has no valid variable name before =",
		"A-B=1":                        "line 1 has no valid variable name before =",
		"Ä=1":                          "line 1 has no valid variable name before =",
		"\ufeffA=1":                    "line 1 has no valid variable name before =",
		"A='x":                         "line 1 has no closing quote; write the value on one line",
		"A=\"x\ny\"":                   "line 1 has no closing quote; write the value on one line",
		`A="x\"`:                       "line 1 has no closing quote; write the value on one line",
		`A="x\`:                        "line 1 ends in a backslash; write the value on one line",
		"A=x\\\ny":                     "line 1 ends in a backslash; write the value on one line",
		"A='x' y":                      "line 1 goes on after the closing quote",
		"A=\"x\"\"y\"":                 "line 1 goes on after the closing quote",
		"A=x\x00y":                     "is not valid UTF-8",
		"A=x\xff":                      "is not valid UTF-8",
		"C='x":                         "line 1 has no closing quote; write the value on one line",
		strings.Repeat(";", 9) + "\nA": "line 2 has no =",
	} {
		values, err := parseEnv([]byte(text), map[string]bool{"A": true})
		if values != nil || err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// FuzzParseEnv wants values for nothing that was not asked for, and no part of the
// text in an error.
func FuzzParseEnv(f *testing.F) {
	for _, text := range []string{"", "A=x", "A='x'\nB=\"y\\\"\"\n", "export A=secret-x1", "A=\\", "#\n;\n=", "A=\"\\\\\""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		values, err := parseEnv([]byte(text), map[string]bool{"A": true})
		for name, value := range values {
			if name != "A" || strings.Contains(value, "\n") || len(value) > len(text) {
				t.Errorf("%q has %q", text, name)
			}
		}
		if err == nil {
			return
		}
		fixed := regexp.MustCompile(`^(is not valid UTF-8|line \d+ (has no =|has no valid variable name before =|goes on after the closing quote|` +
			`begins with export, which systemd does not know|(ends in a backslash|has no closing quote); write the value on one line))$`)
		if !fixed.MatchString(err.Error()) {
			t.Error(err)
		}
	})
}

func TestReadEnvFile(t *testing.T) {
	dir := t.TempDir()
	wanted := map[string]bool{"A": true}
	if _, err := readEnvFile(filepath.Join(dir, "none"), wanted); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := readEnvFile(dir, wanted); err == nil || err.Error() != "is not a regular file" {
		t.Error(err)
	}
	file := filepath.Join(dir, "env")
	fill := func(size int) {
		if err := os.WriteFile(file, []byte("A=1\n"+strings.Repeat("#", size-4)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fill(maxEnvFile)
	if e, err := readEnvFile(file, wanted); err != nil || e.values["A"] != "1" {
		t.Error(err)
	}
	fill(maxEnvFile + 1)
	if _, err := readEnvFile(file, wanted); err == nil || !strings.Contains(err.Error(), "more than 65536 bytes") {
		t.Error(err)
	}
}
