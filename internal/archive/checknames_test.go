package archive

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCheckNames wants the faults that an archive with these names has.
func TestCheckNames(t *testing.T) {
	list := []string{"a", "../b", "A", "dir/x", "dir", "c\n", "nul.txt", "e\u0301", "\u00e9", "fine/größe.xml"}
	var c crafted
	for _, name := range list {
		c.entries = append(c.entries, part64{name: name})
	}
	type fault struct {
		index      int64
		name, code string
	}
	var got []fault
	for _, f := range CheckNames(slices.Values(list)) {
		got = append(got, fault{f.Offset, f.Name, f.Code})
	}
	want := []fault{
		{1, "../b", CodeNameTraversal}, {2, "A", CodeCaseCollision}, {3, "dir/x", CodeFileIsDirectory},
		{5, `c\n`, CodeNameControl}, {6, "nul.txt", CodeNameReserved}, {8, "é", CodeUnicodeCollision},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(fault{})); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	_, faults := open(t, c.bytes())
	if diff := cmp.Diff(sortedSet(codes(faults)), sortedSet(codes(CheckNames(slices.Values(list))))); diff != "" {
		t.Errorf("codes (-Open +CheckNames):\n%s", diff)
	}
}

func TestPrintable(t *testing.T) {
	for name, want := range map[string]string{
		"meta/größe.xml": "meta/größe.xml", `a"b`: `a"b`, "a\x00\n\x1b[31m": `a\x00\n\x1b[31m`,
		"a\u202eb": `a\u202eb`, "\xff": `\xff`, strings.Repeat("x", 300): strings.Repeat("x", 200) + "…",
	} {
		if got := printable(name); got != want {
			t.Errorf("printable(%q) = %q, want %q", name, got, want)
		}
	}
}
