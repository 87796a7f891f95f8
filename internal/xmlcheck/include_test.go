package xmlcheck

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestIncludes finds include elements wherever the text is cut in two.
func TestIncludes(t *testing.T) {
	for _, test := range []struct {
		text string
		want []Include
	}{
		{``, nil},
		{`<root/>`, nil},
		{`<root><include path="sub.xml"/></root>`, []Include{{"sub.xml", false, 1, 7}}},
		{"<root>\n <!-- é --> <include\n  path='a/b.xml' />\n<include x=\"1\" path = \"c.xml\"></include>", []Include{{"a/b.xml", false, 2, 13}, {"c.xml", false, 4, 1}}},
		{`<include ros_pkg="p" path="x.xml"/>`, []Include{{"x.xml", true, 1, 1}}},
		{`<include path="a&amp;b&#x2e;x&#109;l&unknown;&"/>`, []Include{{"a&b.xml&unknown;&", false, 1, 1}}},
		{`<include path=">.xml" other="'"/>`, []Include{{">.xml", false, 1, 1}}},
		{`<!-- <include path="x"/> --><![CDATA[<include path="x"/>]]><?p <include path="x"/> ?>`, nil},
		{`<!--> <include path="x"/> -->`, nil},
		{`<includes path="x"/><inc path="x"/><a include=""/></include path="x">`, nil},
		{`<include/><include path/><include path=x/><include path="`, nil},
		{`a < b <include path="x"/>`, nil}, // the loader takes < b <include for one tag
		{`<a b="` + strings.Repeat("x", 3*maxMarkup) + `"/><include path="y"/>`, []Include{{"y", false, 1, 3*maxMarkup + 10}}},
		{`<!--` + strings.Repeat("x", 3*maxMarkup) + `--><include path="y"/>`, []Include{{"y", false, 1, 3*maxMarkup + 8}}},
		{`<include a="` + strings.Repeat("x", 3*maxMarkup) + `" path="y"/>`, nil}, // over the limit
	} {
		cuts := 1
		if len(test.text) < 200 {
			cuts = len(test.text)
		}
		for cut := range cuts {
			var f Includes
			fmt.Fprint(&f, test.text[:cut])
			fmt.Fprint(&f, test.text[cut:])
			if diff := cmp.Diff(test.want, f.Found); diff != "" {
				t.Errorf("%.60q cut at %d: want -, got +\n%s", test.text, cut, diff)
			}
		}
	}
}
