package redact_test

import (
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/redact"
	"github.com/google/go-cmp/cmp"
)

// FuzzScan checks on any file that nothing panics, that the parts in which it
// arrives do not matter, that every finding has a place in it, and that a
// secret planted next to it is found and does not show.
func FuzzScan(f *testing.F) {
	for i, c := range plantedCases {
		f.Add(c.file, []byte(c.text), i)
	}
	for i, c := range innocentCases {
		f.Add(c.file, []byte(c.text), i)
	}
	p := extended()
	p.Limits.Findings = 5
	scanner := redact.Scanners(p)
	f.Fuzz(func(t *testing.T, file string, text []byte, cut int) {
		whole := scanParts(t, scanner(file), text)
		cut = int(uint(cut) % uint(len(text)+1))
		if diff := cmp.Diff(whole, scanParts(t, scanner(file), text[:cut], text[cut:])); diff != "" {
			t.Fatalf("cut at %d (-whole +parts):\n%s", cut, diff)
		}
		lines := 1 + strings.Count(string(text), "\n") + strings.Count(string(text), "\r") +
			strings.Count(string(text), "\u0085") + strings.Count(string(text), "\u2028") + strings.Count(string(text), "\u2029")
		for _, x := range whole {
			if utf16 := len(text) > 1 && (text[0] == 0xff || text[0] == 0xfe); !utf16 && x.Line > lines {
				t.Errorf("line %d of %d: %v", x.Line, lines, x)
			}
		}
		planted := append([]byte("\n"+github+"\n"), text...)
		list := scanParts(t, scanner("a.txt"), planted)
		found := false
		for _, x := range list {
			found = found || x.Rule == "github-token" && x.Line == 2
		}
		if !found {
			t.Errorf("the planted token is not found: %v", list)
		}
		mustNotShow(t, github, list)
	})
}

// FuzzHidden checks that no part of a token shows, whatever it is made of and
// whatever keys are around it.
func FuzzHidden(f *testing.F) {
	scanner := redact.Scanners(redact.Default())
	f.Add("hunter2hunter2", "key")
	f.Add("influxdb-token", "influxdb")
	f.Add("a.b.c.d.e.f.g", "c.d.e.f.g.h")
	f.Add("a/b~c\"d\\e'f", "x")
	f.Fuzz(func(t *testing.T, secret, key string) {
		for _, r := range secret + key {
			if r < ' ' || r > '~' {
				return
			}
		}
		if len(strings.TrimSpace(secret)) < 8 || strings.TrimSpace(secret) != secret {
			return
		}
		q := func(s string) string { return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"` }
		text := `{"a": {"tokens": [` + q(secret) + `], ` + q("k"+key) + `: {` + q("x"+secret) + `: {"password": "other"}}}}`
		list := scanParts(t, scanner("f.json"), []byte(text))
		if len(list) == 0 {
			t.Errorf("nothing found in %s", text)
		}
		for _, x := range list {
			for i := 0; i+8 <= len(secret); i++ {
				if w := secret[i : i+8]; strings.Contains(x.Path+"\n"+x.Pointer+"\n"+x.File, w) {
					t.Errorf("%q shows in %v", w, x)
				}
			}
		}
	})
}
