package redact_test

import (
	"bytes"
	"math/rand/v2"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/redact"
	"github.com/google/go-cmp/cmp"
)

// scanParts writes a file in the given parts.
func scanParts(t testing.TB, s *redact.Scanner, parts ...[]byte) []redact.Finding {
	t.Helper()
	for _, part := range parts {
		if n, err := s.Write(part); n != len(part) || err != nil {
			t.Fatalf("Write: %d, %v", n, err)
		}
	}
	return s.Findings()
}

func extended() redact.Policy {
	p := redact.Default()
	p.Shapes = append(p.Shapes,
		redact.ShapeRule{ID: "badge", Description: "a badge", Severity: redact.Warning,
			Pattern: regexp.MustCompile(`\bBADGE-[0-9]{4,}\b`), Anchors: []string{"BADGE-"}},
		redact.ShapeRule{ID: "slow", Description: "a slow one", Severity: redact.Warning,
			Pattern: regexp.MustCompile(`qq[0-9]+z`), MaxLen: 100},
	)
	return p
}

// TestEverySplit writes texts in two parts, cut at every place.
func TestEverySplit(t *testing.T) {
	scanner := redact.Scanners(extended())
	for _, c := range plantedCases {
		whole := scanParts(t, scanner(c.file), []byte(c.text))
		for i := range len(c.text) + 1 {
			got := scanParts(t, scanner(c.file), []byte(c.text[:i]), []byte(c.text[i:]))
			if diff := cmp.Diff(whole, got); diff != "" {
				t.Fatalf("%s cut at %d (-whole +parts):\n%s", c.file, i, diff)
			}
		}
	}
}

// TestEveryOffset moves secrets across the places where a long line is cut, and
// across the end of the buffer.
func TestEveryOffset(t *testing.T) {
	scanner := redact.Scanners(extended())
	const cut, buffer = 32 << 10, 128 << 10
	secrets := map[string]string{
		github: "github-token", influx2: "influxdb-v2-token", jwt: "jwt", "BADGE-12345": "badge", "qq12345z": "slow",
		"password='" + password + "'": "password-key", pemPlain + "\\n" + pemBody: "pem-private-key",
	}
	for secret, rule := range secrets {
		for _, edge := range []int{cut, 3 * cut, buffer} {
			for _, filler := range []byte{'.', '\n'} {
				for shift := -len(secret) - 2; shift <= 2; shift += 7 {
					text := bytes.Repeat([]byte{filler}, edge+shift)
					text = append(append(text, ' '), secret...)
					text = append(text, " tail"...)
					text = append(text, bytes.Repeat([]byte{filler}, cut+5000)...)
					list := scanParts(t, scanner("blob"), text)
					if len(list) != 1 || list[0].Rule != rule {
						t.Fatalf("%s at %d%+d in %q: got %v", rule, edge, shift, filler, list)
					}
					line, column := 1, edge+shift+2
					if filler == '\n' {
						line, column = column-1, 2
					}
					if list[0].Line != line || list[0].Column != column {
						t.Fatalf("%s: at %d:%d, want %d:%d", rule, list[0].Line, list[0].Column, line, column)
					}
				}
			}
		}
	}
}

// TestParts writes long random texts in random parts.
func TestParts(t *testing.T) {
	p := extended()
	p.Limits.Findings = 20
	scanner := redact.Scanners(p)
	rng := rand.New(rand.NewPCG(3, 4))
	for range 12 {
		text := randomText(rng, 400<<10)
		whole := scanParts(t, scanner("blob"), text)
		for range 3 {
			var parts [][]byte
			for rest := text; len(rest) > 0; {
				n := min(len(rest), 1+rng.IntN(1+rng.IntN(200<<10)))
				parts, rest = append(parts, rest[:n]), rest[n:]
			}
			if diff := cmp.Diff(whole, scanParts(t, scanner("blob"), parts...)); diff != "" {
				t.Fatalf("(-whole +parts):\n%s", diff)
			}
		}
	}
}

func randomText(rng *rand.Rand, size int) []byte {
	pieces := []string{
		github, influx2, jwt, pem, "token=", "password: ", "\"", "\n", "\r\n", "secret=abcdef12 ", "BADGE-", "1234", "qq77z",
		"é", "==", "://a:b@c", ".eyJ", "eyJ", strings.Repeat("x", 5000), strings.Repeat("y z ", 9000), "# ", "\x80\xff",
		"api_key='" + password + "'",
	}
	newlines := rng.IntN(2) == 0
	var b bytes.Buffer
	for b.Len() < size {
		s := pieces[rng.IntN(len(pieces))]
		if !newlines {
			s = strings.ReplaceAll(s, "\n", " ")
		}
		b.WriteString(s)
	}
	return b.Bytes()
}

func TestUTF16(t *testing.T) {
	scanner := redact.Scanners(redact.Default())
	for _, order := range []string{"little", "big"} {
		text := []byte(utf16le("\U0001F511 key\r\nTOKEN=" + password + "\r\n"))
		if order == "big" {
			for i := 0; i+1 < len(text); i += 2 {
				text[i], text[i+1] = text[i+1], text[i]
			}
		}
		whole := scanParts(t, scanner("a.txt"), text)
		if diff := cmp.Diff([]string{"2:1 warning token-key "}, brief(whole)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", order, diff)
		}
		for i := range text {
			if diff := cmp.Diff(whole, scanParts(t, scanner("a.txt"), text[:i], text[i:])); diff != "" {
				t.Fatalf("%s cut at %d (-whole +parts):\n%s", order, i, diff)
			}
		}
	}
}

// TestMemory checks that neither the size of a file nor the length of its lines
// costs memory.
func TestMemory(t *testing.T) {
	for _, text := range []string{"<a b='c'/> ", "<a b='c'/>\n", "token=abcdefgh ", github + " "} {
		block := bytes.Repeat([]byte(text), 1<<16/len(text))
		s := redact.Scanners(redact.Default())("a.xml")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 256 {
			s.Write(block)
		}
		s.Findings()
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
			t.Errorf("%d bytes allocated for 16 MiB of %q", used, text)
		}
	}
}
