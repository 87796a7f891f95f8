package canonyaml_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
)

// slip is a text with a mistake, and the two places that PyYAML 6 names: where
// it noticed, and where what it was reading then began.
type slip struct {
	In      string
	Problem string
	At      [2]int // line and column from 1
	Context *[2]int
}

func slips(tb testing.TB) []slip {
	tb.Helper()
	data, err := os.ReadFile("testdata/places.jsonl")
	if err != nil {
		tb.Fatal(err)
	}
	var list []slip
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		var s slip
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			tb.Fatal(err)
		}
		list = append(list, s)
	}
	if len(list) < 200 {
		tb.Fatalf("%d slips, want 200 or more", len(list))
	}
	return list
}

// TestPlaces: a fault is named where PyYAML notices it, or, if what was begun has
// no end, where that begins. A mark of Git is named itself.
func TestPlaces(t *testing.T) {
	// What has no end is noticed somewhere behind, often lines away.
	unfinished := []string{"could not find expected ':'", "found unexpected end of stream", "expected ',' or ']'", "expected ',' or '}'", "expected the node content", "found unexpected document separator"}
	begins := 0
	for _, s := range slips(t) {
		_, err := canonyaml.Read([]byte(s.In))
		var list canonyaml.Errors
		if !errors.As(err, &list) {
			t.Errorf("%q: %v", s.In, err)
			continue
		}
		got := [2]int{list[0].Pos.Line, list[0].Pos.Column}
		if marker := gitMarker(s.In); marker > 0 {
			if got != [2]int{marker, 1} || !strings.Contains(list[0].Msg, "conflict marker of Git") {
				t.Errorf("%q: %v, want the marker in line %d", s.In, err, marker)
			}
			continue
		}
		if got == s.At {
			continue
		}
		if s.Context != nil && got == *s.Context && slices.Contains(unfinished, s.Problem) {
			begins++
			continue
		}
		t.Errorf("%q:\n%v\nPyYAML: %s at %v, context %v", s.In, err, s.Problem, s.At, s.Context)
	}
	if begins < 20 {
		t.Errorf("%d faults are named where something begins, want some", begins)
	}
}

// gitMarker is the line of the first mark that a merge left, 0 if there is none.
func gitMarker(text string) int {
	for i, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "<<<<<<< ") || strings.HasPrefix(line, ">>>>>>> ") || line == "=======" {
			return i + 1
		}
	}
	return 0
}
