package anchors_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/anchors"
	"github.com/google/go-cmp/cmp"
)

var wordChars = func() (s anchors.Set) {
	for c := range 256 {
		b := byte(c)
		s[c] = b == '_' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
	}
	return s
}()

var patterns = []anchors.Pattern{
	anchors.Text("AKIA"),
	anchors.Fold("token"),
	anchors.Text("SG."),
	anchors.Text("://").Before(&wordChars),
	anchors.Text("==").Before(&wordChars),
	anchors.Fold("a-long-anchor-of-many-bytes"),
	anchors.Text("xy"), // too short to be found
}

// naive is the definition of Find.
func naive(text []byte) []anchors.Hit {
	var hits []anchors.Hit
	for pos := range text {
		for i, p := range patterns {
			if len(p) >= anchors.MinLen && p.Match(text[pos:]) {
				hits = append(hits, anchors.Hit{Pos: pos, Pattern: i})
			}
		}
	}
	return hits
}

func TestFind(t *testing.T) {
	f := anchors.New(patterns)
	for _, text := range []string{
		"", "x", "AKIA", "xAKIA", "xxAKIAyy", "akia", "TOKEN toKen tokEn", "SG.", "xSG.", "SG.x",
		"a://", "://", "a==", "==", "===", "a-LONG-anchor-of-many-bytes", "tokentokentoken",
		"\x00\x00tok", "tokeN\x00", "xy xyz",
	} {
		for pad := range 9 {
			padded := []byte(strings.Repeat(" ", pad) + text + strings.Repeat("\n", pad/2))
			if diff := cmp.Diff(naive(padded), f.Find(nil, padded)); diff != "" {
				t.Errorf("%q (-want +got):\n%s", padded, diff)
			}
		}
	}
}

func TestFindRandom(t *testing.T) {
	f := anchors.New(patterns)
	pieces := []string{"AKIA", "token", "TOK", "en", "SG.", "://", "==", "=", "x", " ", "\n", "\xff", "a-long-anchor", "-of-many-bytes"}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		var b bytes.Buffer
		for range rng.IntN(12) {
			b.WriteString(pieces[rng.IntN(len(pieces))])
		}
		if diff := cmp.Diff(naive(b.Bytes()), f.Find(nil, b.Bytes())); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", b.Bytes(), diff)
		}
	}
}

func TestFindAppends(t *testing.T) {
	f := anchors.New(patterns)
	got := f.Find([]anchors.Hit{{Pos: 99, Pattern: 0}}, []byte("SG.AKIA"))
	want := []anchors.Hit{{Pos: 99, Pattern: 0}, {Pos: 0, Pattern: 2}, {Pos: 3, Pattern: 0}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzFind(f *testing.F) {
	finder := anchors.New(patterns)
	f.Add([]byte("x://token==SG.AKIA"))
	f.Add([]byte("\x00==\x00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if diff := cmp.Diff(naive(text), finder.Find(nil, text)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func BenchmarkFind(b *testing.B) {
	f := anchors.New(patterns)
	text := []byte(strings.Repeat(`<Action ID="CallDevice" target="tempctl0/RTD1" name="read the temperature"/>`+"\n", 1<<14))
	b.SetBytes(int64(len(text)))
	var hits []anchors.Hit
	for b.Loop() {
		hits = f.Find(hits[:0], text)
	}
}

func TestMatch(t *testing.T) {
	for text, want := range map[string][4]bool{ // Text, Fold, Before, Then
		"a1": {true, true, false, false}, "A1x": {false, true, false, false}, "xa1": {false, false, true, false},
		"a1_": {true, true, false, true}, "a1-": {true, true, false, false}, "a\xb1": {false, false, false, false}, "a": {}, "": {},
	} {
		for i, p := range []anchors.Pattern{anchors.Text("a1"), anchors.Fold("a1"), anchors.Text("a1").Before(&wordChars), anchors.Text("a1").Then(&wordChars)} {
			if p.Match([]byte(text)) != want[i] {
				t.Errorf("%q, pattern %d", text, i)
			}
		}
	}
}
