package validator_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/redact"
	"github.com/anolishq/anolis-handoff/validator"
)

// TestIncludeLimit follows 100,000 includes of all behavior trees, and no more.
func TestIncludeLimit(t *testing.T) {
	const files, each = 10, 10_000
	for more, want := range []string{"", "the behavior trees include files more than 100000 times"} {
		c := sound(t)
		var all strings.Builder
		for i := range files {
			name := fmt.Sprintf("part%d.xml", i)
			fmt.Fprintf(&all, "<include path=%q/>\n", name)
			n := each
			if i == 0 {
				n += more - files // those of the main tree count, too
			}
			c["runtime/behaviors/"+name] = "<root BTCPP_format=\"4\">" + strings.Repeat("<include path=\"part1.xml\"/>", n) + "</root>"
		}
		c[behaviorXML] = strings.Replace(c[behaviorXML], "<BehaviorTree", all.String()+"<BehaviorTree", 1)
		c.sum()
		r, err := validator.FS(t.Context(), c.mapFS(), validator.Options{NoRehearsal: true})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, s := range r.Skipped {
			if strings.Contains(s.Reason, "include") {
				got = s.Reason
			}
		}
		if got != want || r.Valid != (want == "") {
			t.Errorf("%d too many: valid is %t, skipped %v, problems %v", more, r.Valid, r.Skipped, r.Problems[:min(3, len(r.Problems))])
		}
	}
}

// TestDefaultDocument searches what is too large for a document as text, also with the
// default policy, which is made ready once for all.
func TestDefaultDocument(t *testing.T) {
	c := sound(t)
	c["providers/spare.yaml"] = "\"tok\\x65n\": kW7xQ2pLm9vRt4Yz\n" + strings.Repeat("#\n", 1<<20)
	c.sum()
	policy := redact.Default()
	var reports [2]*validator.Report
	for i, opts := range []validator.Options{{}, {Policy: &policy}} {
		var err error
		if reports[i], err = validator.FS(t.Context(), c.mapFS(), opts); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(reports[0], reports[1]); diff != "" {
		t.Errorf("-default +the same: %s", diff)
	}
	if n := len(reports[0].Problems); n != 2 { // too large, and of no use: as a document it would have a token
		t.Errorf("it has %d problems: %v", n, reports[0].Problems)
	}
}
