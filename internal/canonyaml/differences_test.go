package canonyaml_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
)

// TestDifferences holds what was observed of yaml-cpp 0.7.
func TestDifferences(t *testing.T) {
	for in, want := range map[string][]string{
		"a: 1\n":                                        nil,
		"a: b # x\u2028d: e\n":                          {"1:9 differs"},
		"a: \"b\u0085c\"\nd: '\u2029'\n":                {"1:6 differs", "3:5 differs"},
		"a: \"b\\L\\P\\r\"\r\nb: c\r\n":                 nil,
		"a: \"b\u2028c\"\nd: \"\u2029\"\n":              nil,
		"- !!str \"\\\"\u2028\"\n- \"\u2028x\u2029\"\n": nil,
		"a: \"b \u2028c\"\nd: \"b\u2028-\"\n":           {"1:7 differs"},
		"a: \"b\u2028 c\"\nd: \"b\u2028\u2028-\"\n":     {"1:6 differs", "3:6 differs", "4:1 differs"},
		"a: b\rc: d\n":                                  {"1:5 differs"},
		"- !!binary |\n  aGVs\n":                        {"1:3 refused"},
		"- !!binary |\n   aGVs\n":                       nil,
		"- !!binary |\n\n  aGVs\n":                      {"1:3 refused"},
		"- !!binary |\n":                                nil,
		"- &a |\n  x\n":                                 {"1:3 refused"},
		"- &a\n  |\n  x\n":                              nil,
		"- &a \"x\"\n":                                  nil,
		"- |\n  x\n":                                    nil,
		"a: !!binary |\n  aGVs\n":                       nil,
		"? !!binary |\n  aGVs\n: b\n":                   {"1:3 refused"},
		"? a\n: !!binary |\n  aGVs\n":                   {"2:3 refused"},
		"- ? a\n  : &x >-\n    y\n":                     {"2:5 refused"},
		"- - !!str |\n    x\n":                          {"1:5 refused"},
		"- a: !!str |\n    x\n":                         nil,
		"!!binary |\n  aGVs\n":                          nil,
		"--- !!binary |\n  aGVs\n":                      nil,
		"a: &x b\n*x: c\n":                              {"2:1 refused"},
		"a: &x b\n*x : c\n":                             nil,
		"{?a : b}\n":                                    {"1:2 refused"},
		"? a\n: {? b}\n?":                               {"3:1 refused"},
		"{a: &x b, d: *x}\n":                            nil,
		"a: \"b\\_c\"\n":                                {"1:4 altered"},
		"a: \"b\\Nc\\u00a0\"\n":                         {"1:4 altered"},
		"a: \"b\\xA0\\x85\"\n":                          nil,
		"a: 'b\n\n  '\n":                                nil,
		"a: 'b\n\n\n  '\n":                              {"1:4 altered"},
		"a: '\n\n  '\n":                                 {"1:4 altered"},
		"a: '\n  '\n":                                   nil,
		"a: \"b\n\n\n\"\n":                              {"1:4 altered"},
		"a: >+\n  b\n\n":                                {"1:4 altered"},
		"a: |+\n  b\n\n":                                nil,
		"- 'b\n\n\n  c'\n- &x:\n":                       {"5:3 refused"},
		strings.Repeat("# \u2028\n", 200)[5:]:           nil,
	} {
		if len(in) > 500 {
			if n := len(differences(t, in)); n != 100 {
				t.Errorf("%d differences of many, want 100", n)
			}
			continue
		}
		if _, err := canonyaml.Read([]byte(in)); err != nil {
			t.Errorf("%q: %v", in, err)
		}
		var got []string
		for _, d := range differences(t, in) {
			effect := map[canonyaml.Effect]string{canonyaml.Differs: "differs", canonyaml.Refused: "refused", canonyaml.Altered: "altered"}[d.Effect]
			got = append(got, fmt.Sprintf("%d:%d %s", d.Pos.Line, d.Pos.Column, effect))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", in, diff)
		}
	}
}

func differences(t *testing.T, text string) []canonyaml.Difference {
	t.Helper()
	list, err := canonyaml.Differences(t.Context(), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestReadWithDifferences says what ReadContext and Differences say.
func TestReadWithDifferences(t *testing.T) {
	for _, text := range []string{
		"", "a: 1\n", "a: [\n", "a: \"x\\Ny\"\r\nb: 'x\n\n'\n", "a: x\u2028y\n", "a: 1\na: 2\n", "? a\n?b: 1\n", "\x00", "a: &x [1]\nb: *x\n<<: {c: yes}\n",
	} {
		want, wantErr := canonyaml.Read([]byte(text))
		got, found, err := canonyaml.ReadWithDifferences(t.Context(), []byte(text))
		if fmt.Sprint(err) != fmt.Sprint(wantErr) || (got == nil) != (want == nil) {
			t.Fatalf("%q: %v, not %v", text, err, wantErr)
		}
		if err != nil {
			if found != nil {
				t.Errorf("%q: %v and an error", text, found)
			}
			continue
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q: another document", text)
		}
		list, err := canonyaml.Differences(t.Context(), []byte(text))
		if diff := cmp.Diff(list, found); diff != "" || err != nil {
			t.Errorf("%q: %v (-want +got):\n%s", text, err, diff)
		}
	}
}
