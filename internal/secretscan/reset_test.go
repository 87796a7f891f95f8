package secretscan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReset searches many files with one scanner. What it finds in each is what a new
// scanner finds.
func TestReset(t *testing.T) {
	e, err := New(Config{Shapes: DefaultShapes(), Keys: DefaultKeys(), Allow: []Allow{{File: "allowed.txt", Reason: "tested"}}})
	if err != nil {
		t.Fatal(err)
	}
	const secret = "password: Xk29fjQw7Lz4\n"
	long := strings.Repeat("no end of words, ", 20_000)
	files := []struct{ name, text string }{
		{"a.txt", secret},
		{"b.txt", "nothing"},
		{"token=Xk29fjQw7Lz4b.txt", ""},
		{"c.yaml", secret},
		{"d.yaml", "{" + secret},
		{"allowed.txt", strings.Repeat(secret, 3)},
		{"e.txt", long + secret},
		{"utf16.txt", "\xff\xfe" + strings.ReplaceAll(secret, "", "\x00")[1:]},
		{"f.xml", "<a>\n" + secret + "</a>"},
		{"g.txt", "<a>\n" + secret + "</a>"},
		{"h.json", `{"password": "Xk29fjQw7Lz4"}`},
		{"i", "p"},
		{"j.txt", "\n" + strings.Repeat(secret, 300)},
		{"k.txt", secret},
	}
	search := func(s *Scanner, text string) [2][]Finding {
		if _, err := s.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		return [2][]Finding{s.Findings(), s.Allowed()}
	}
	used := e.NewScanner("used.txt")
	search(used, secret)
	total := 0
	for range 2 {
		var got, want [][2][]Finding
		for _, f := range files {
			used.Reset(f.name)
			got = append(got, search(used, f.text))
			want = append(want, search(e.NewScanner(f.name), f.text))
			total += len(want[len(want)-1][0])
		}
		if diff := cmp.Diff(want, got); diff != "" { // at the end, so that nothing changed later
			t.Errorf("-new +used again:\n%s", diff)
		}
	}
	if total < 2*len(files) {
		t.Errorf("only %d findings", total)
	}
}

// TestMemory searches small files. Together they need little more than one.
func TestMemory(t *testing.T) {
	e, err := New(Config{Shapes: DefaultShapes(), Keys: DefaultKeys()})
	if err != nil {
		t.Fatal(err)
	}
	s := e.NewScanner("first.txt")
	n := testing.AllocsPerRun(100, func() {
		s.Reset("small.txt")
		if _, err := s.Write([]byte("This is a page of the manual.\n")); err != nil || len(s.Findings()) > 0 {
			t.Fatal(s.Findings(), err)
		}
	})
	if n > 10 {
		t.Errorf("%v allocations for a small file", n)
	}
}
