package validator

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/sarif/sariftest"
)

// golden compares data with a file of testdata.
func golden(t *testing.T, name string, data []byte) {
	t.Helper()
	file := filepath.Join("testdata", "format", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(data)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// forms are all output forms of a report.
var forms = map[string]func(*Report, io.Writer) error{
	"txt":       func(r *Report, w io.Writer) error { return r.WriteText(w, false) },
	"color.txt": func(r *Report, w io.Writer) error { return r.WriteText(w, true) },
	"json":      (*Report).WriteJSON,
	"sarif":     func(r *Report, w io.Writer) error { return WriteSARIF(w, r) },
}

func TestGolden(t *testing.T) {
	for name, r := range sampleReports() {
		for form, write := range forms {
			var b bytes.Buffer
			if err := write(r, &b); err != nil {
				t.Fatal(err)
			}
			golden(t, name+"."+form, b.Bytes())
		}
	}
}

func TestGoldenSeveralPackages(t *testing.T) {
	samples := sampleReports()
	var b bytes.Buffer
	if err := WriteSARIF(&b, samples["valid"], nil, samples["replay"], samples["refused"], samples["valid"]); err != nil {
		t.Fatal(err)
	}
	golden(t, "several.sarif", b.Bytes())
	for _, fault := range sariftest.Check(b.Bytes()) {
		t.Error(fault)
	}
}

// TestEqualReportsGiveEqualBytes writes reports that are equal and share nothing,
// several times, and checks that writing changes nothing.
func TestEqualReportsGiveEqualBytes(t *testing.T) {
	for form, write := range forms {
		first := map[string]string{}
		for range 5 {
			for name, r := range sampleReports() {
				var b bytes.Buffer
				if err := write(r, &b); err != nil {
					t.Fatal(err)
				}
				if old, ok := first[name]; ok && old != b.String() {
					t.Errorf("%s as %s differs", name, form)
				}
				first[name] = b.String()
				if !reflect.DeepEqual(r, sampleReports()[name]) {
					t.Errorf("%s as %s changed the report", name, form)
				}
			}
		}
		if values := slices.Sorted(maps.Values(first)); len(slices.Compact(values)) != len(first) {
			t.Errorf("different reports look equal as %s", form)
		}
	}
}

// TestOutputIsSafe looks for characters that act on a terminal or reorder text.
func TestOutputIsSafe(t *testing.T) {
	for name, r := range sampleReports() {
		for form, write := range forms {
			var b bytes.Buffer
			if err := write(r, &b); err != nil {
				t.Fatal(err)
			}
			text := b.String()
			if form == "color.txt" {
				for _, seq := range []string{"\x1b[1m", "\x1b[1;31m", "\x1b[1;32m", "\x1b[1;33m", "\x1b[0m"} {
					text = strings.ReplaceAll(text, seq, "")
				}
			}
			if !utf8.ValidString(text) {
				t.Errorf("%s as %s is no UTF-8", name, form)
			}
			for i, c := range text {
				if c != '\n' && !unicode.IsGraphic(c) {
					t.Errorf("%s as %s has %U at %d", name, form, c, i)
				}
			}
			if !strings.HasSuffix(text, "\n") || strings.HasSuffix(text, "\n\n") {
				t.Errorf("%s as %s does not end in one line feed", name, form)
			}
		}
	}
}

func TestColorOnlyAddsColor(t *testing.T) {
	for name, r := range sampleReports() {
		var plain, colored bytes.Buffer
		if err := errors.Join(r.WriteText(&plain, false), r.WriteText(&colored, true)); err != nil {
			t.Fatal(err)
		}
		stripped := colored.String()
		for _, seq := range []string{"\x1b[1m", "\x1b[1;31m", "\x1b[1;32m", "\x1b[1;33m", "\x1b[0m"} {
			stripped = strings.ReplaceAll(stripped, seq, "")
		}
		if stripped != plain.String() || stripped == colored.String() {
			t.Errorf("%s: without its colors:\n%s", name, stripped)
		}
	}
}

func TestTextSaysEachHintOnce(t *testing.T) {
	for name, r := range sampleReports() {
		var b bytes.Buffer
		if err := r.WriteText(&b, false); err != nil {
			t.Fatal(err)
		}
		for _, p := range r.Problems {
			if p.Hint == "" {
				continue
			}
			codes := map[Code]bool{}
			for _, q := range r.Problems {
				if q.Hint == p.Hint {
					codes[q.Code] = true
				}
			}
			if n := strings.Count(b.String(), "    fix: "+p.Hint+"\n"); n != len(codes) {
				t.Errorf("%s says %q %d times, for %d codes", name, p.Hint, n, len(codes))
			}
		}
	}
}

func TestJSONIsOneLineAndReadsBack(t *testing.T) {
	for name, r := range sampleReports() {
		var b bytes.Buffer
		if err := r.WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		if bytes.Count(b.Bytes(), []byte("\n")) != 1 || bytes.Contains(b.Bytes(), []byte(":null")) {
			t.Errorf("%s: %s", name, b.Bytes())
		}
		d := json.NewDecoder(&b)
		d.DisallowUnknownFields()
		var back Report
		if err := d.Decode(&back); err != nil {
			t.Fatal(err)
		}
		for i, p := range back.Problems {
			want := r.Problems[i]
			want.Message = strings.ToValidUTF8(want.Message, "\ufffd")
			if p != want {
				t.Errorf("%s: read back %+v, want %+v", name, p, want)
			}
		}
		if back.Package != r.Package || back.Valid != r.Valid || back.SHA256 != r.SHA256 || !slices.Equal(back.Replay, r.Replay) {
			t.Errorf("%s: read back %+v", name, back)
		}
	}
	var b bytes.Buffer
	if err := sampleReports()["many"].WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "<&>") {
		t.Error("HTML was escaped")
	}
}

func TestWriteErrors(t *testing.T) {
	boom := errors.New("boom")
	for form, write := range forms {
		if err := write(sampleReports()["many"], failingWriter{boom}); !errors.Is(err, boom) {
			t.Errorf("%s: %v", form, err)
		}
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }
