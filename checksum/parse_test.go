package checksum

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

const (
	hexA = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
	hexB = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d"
)

func TestParse(t *testing.T) {
	got := mustParse(t, hexA+"  a\n"+hexB+"  b/c\n")
	if len(got) != 2 || got[0].Path != "a" || got[0].Digest.String() != hexA ||
		got[1].Path != "b/c" || got[1].Digest.String() != hexB {
		t.Errorf("got %v", got)
	}
	if m := mustParse(t, ""); len(m) != 0 {
		t.Errorf("an empty text has %v", m)
	}
	if diff := cmp.Diff(mustSum(t, tree()), mustParse(t, treeText)); diff != "" {
		t.Errorf("Parse of what Sum found (-Sum +Parse):\n%s", diff)
	}
}

func TestParseFaults(t *testing.T) {
	const digest = "want 64 lower-case hexadecimal digits"
	tests := []struct{ name, text, want string }{
		{"upper-case digest", strings.ToUpper(hexA) + "  a\n", "line 1: " + digest},
		{"short digest", hexA[1:] + "  a\n", "line 1: " + digest},
		{"no path at all", hexA[:10] + "\n", "line 1: " + digest},
		{"byte order mark", "\ufeff" + hexA + "  a\n", "line 1: " + digest},
		{"escaped name", `\` + hexA + `  a\nb` + "\n", "line 1: " + digest},
		{"one space", hexA + " a\n", "line 1: want two spaces after the digest"},
		{"binary mark", hexA + " *a\n", "line 1: want two spaces after the digest"},
		{"tab", hexA + "\ta\n", "line 1: want two spaces after the digest"},
		{"long digest", hexA + "0  a\n", "line 1: want two spaces after the digest"},
		{"digest only", hexA + "\n", "line 1: want two spaces after the digest"},
		{"no path", hexA + "  \n", "line 1: not a relative slash-separated path in UTF-8"},
		{"absolute path", hexA + "  /a\n", "line 1: not a relative slash-separated path in UTF-8"},
		{"parent path", hexA + "  ../a\n", "line 1: not a relative slash-separated path in UTF-8"},
		{"path of sha256sum in .", hexA + "  ./a\n", "line 1: not a relative slash-separated path in UTF-8"},
		{"root", hexA + "  .\n", "line 1: not a relative slash-separated path in UTF-8"},
		{"invalid UTF-8", hexA + "  a\xff\n", "line 1: not a relative slash-separated path in UTF-8"},
		{"standard input", hexA + "  -\n", "line 1: path - means standard input"},
		{"backslash", hexA + "  a\\b\n", "line 1: path has a backslash"},
		{"NUL", hexA + "  a\x00\n", "line 1: path has a control character"},
		{"lone CR", hexA + "  a\rb\n", "line 1: path has a control character"},
		{"two CRs", hexA + "  a\r\r\n", "line 1: path has a control character\nline 1: line ends in CR LF"},
		{"duplicate", hexA + "  a\n" + hexA + "  a\n", "line 2: same path as in line 1"},
		{"contradiction", hexA + "  a\n" + hexB + "  a\n", "line 2: same path as in line 1"},
		{"many", hexB + "  b\n\n" + hexA + "  a\r\nx\n" + hexB + "  b", "line 2: blank line\n" +
			"line 3: line ends in CR LF\nline 3: path is not in byte order\nline 4: " + digest +
			"\nline 5: same path as in line 1\nline 5: no newline at the end"},
	}
	for _, tt := range tests {
		m, err := Parse(strings.NewReader(tt.text))
		var se *SyntaxError
		if err == nil || !errors.As(err, &se) || m != nil {
			t.Errorf("%s: Parse = %v, %v", tt.name, m, err)
			continue
		}
		if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
			t.Errorf("%s: faults (-want +got):\n%s", tt.name, diff)
		}
		if m, dev, err := ParseLenient(strings.NewReader(tt.text)); err == nil || m != nil || dev != nil {
			t.Errorf("%s: ParseLenient = %v, %v, %v, want an error", tt.name, m, dev, err)
		}
	}
}

func TestParseLenient(t *testing.T) {
	canonical := hexA + "  a\n" + hexB + "  b\n"
	tests := []struct {
		name, text string
		want       []*SyntaxError
	}{
		{"canonical", canonical, nil},
		{"CR LF", strings.ReplaceAll(canonical, "\n", "\r\n"), []*SyntaxError{{1, formCR}, {2, formCR}}},
		{"blank lines", "\n" + hexA + "  a\n \t\n" + hexB + "  b\n\n", []*SyntaxError{{1, formBlank}, {3, formBlank}, {5, formBlank}}},
		{"another order", hexB + "  b\n" + hexA + "  a\n", []*SyntaxError{{2, formOrder}}},
		{"no newline", canonical[:len(canonical)-1], []*SyntaxError{{2, formNewline}}},
		{"all of them", "\r\n" + hexB + "  b\r\n" + hexA + "  a",
			[]*SyntaxError{{1, formCR}, {1, formBlank}, {2, formCR}, {3, formNewline}, {3, formOrder}}},
	}
	for _, tt := range tests {
		m, dev, err := ParseLenient(strings.NewReader(tt.text))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff(tt.want, dev); diff != "" && len(tt.want)+len(dev) > 0 {
			t.Errorf("%s: deviations (-want +got):\n%s", tt.name, diff)
		}
		if got := text(t, m); got != canonical {
			t.Errorf("%s: means\n%s", tt.name, got)
		}
		if _, err := Parse(strings.NewReader(tt.text)); (err == nil) != (len(tt.want) == 0) {
			t.Errorf("%s: Parse = %v", tt.name, err)
		}
	}
}

// TestParseReportsABoundedNumberOfFaults has texts with nothing but faults.
func TestParseReportsABoundedNumberOfFaults(t *testing.T) {
	for name, line := range map[string]string{"errors": "x\n", "form": "\n", "both": "\nx\r\n"} {
		for _, count := range []int{maxFaults, maxFaults + 1, 10 * maxFaults} {
			_, err := Parse(strings.NewReader(strings.Repeat(line, count)))
			list := err.(interface{ Unwrap() []error }).Unwrap()
			if want := min(count*strings.Count(line, "\n"), maxFaults+1); name != "both" && len(list) != want {
				t.Errorf("%s: %d faults reported of %d, want %d", name, len(list), count, want)
			}
			if len(list) > maxFaults+1 {
				t.Errorf("%s: %d faults reported", name, len(list))
			}
			if last := list[len(list)-1].(*SyntaxError); len(list) > maxFaults && last.Msg != "more faults from here on" {
				t.Errorf("%s: the last one is %v", name, last)
			}
		}
	}
	_, dev, err := ParseLenient(strings.NewReader(strings.Repeat("\n", 10*maxFaults)))
	if err != nil || len(dev) != maxFaults {
		t.Errorf("ParseLenient: %d deviations, %v", len(dev), err)
	}
	// Deviations never hide an error.
	if _, _, err := ParseLenient(strings.NewReader(strings.Repeat("\n", 10*maxFaults) + "x\n")); err == nil {
		t.Error("ParseLenient missed an error after many deviations")
	}
}

func TestParseLimits(t *testing.T) {
	line := hexA + "  a\n"
	fill := strings.Repeat("\n", MaxSize-len(line))
	if _, _, err := ParseLenient(strings.NewReader(fill + line)); err != nil {
		t.Errorf("a text of MaxSize: %v", err)
	}
	endless := io.MultiReader(strings.NewReader(fill+line), strings.NewReader("\n"), iotest.ErrReader(errors.New("read on")))
	if m, _, err := ParseLenient(endless); err != ErrTooLarge || m != nil {
		t.Errorf("a text one byte larger: %v", err)
	}
	boom := errors.New("boom")
	if m, err := Parse(io.MultiReader(strings.NewReader(line), iotest.ErrReader(boom))); !errors.Is(err, boom) || m != nil {
		t.Errorf("a failing reader: %v, %v", m, err)
	}
}

// FuzzParse checks that one text means one manifest and has one canonical form.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		treeText, "", hexA + "  a\r\n", "\n" + hexB + "  b\n\n" + hexA + "  a", hexA + " a\n", hexA + "  a\n" + hexB + "  a\n",
		strings.ToUpper(treeText), hexA + "  a\\b\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		strict, err := Parse(strings.NewReader(in))
		if err == nil && text(t, strict) != in {
			t.Fatalf("Parse accepts\n%q\nand writes\n%q", in, text(t, strict))
		}
		m, dev, lenientErr := ParseLenient(strings.NewReader(in))
		if (err == nil) != (lenientErr == nil && len(dev) == 0) {
			t.Fatalf("Parse: %v; ParseLenient: %v, %v", err, dev, lenientErr)
		}
		if lenientErr != nil {
			return
		}
		again := mustParse(t, text(t, m))
		if diff := cmp.Diff(m, again); diff != "" && len(m)+len(again) > 0 {
			t.Fatalf("the canonical text means another manifest (-want +got):\n%s", diff)
		}
	})
}
