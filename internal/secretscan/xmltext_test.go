package secretscan

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// xmlEvent is a text that comes out of an xmlText, behind a mark.
type xmlEvent struct {
	Soft, Column int
	Text         string
}

// decodeXML writes a text in parts of at most n bytes.
func decodeXML(text string, n int) (events []xmlEvent) {
	events = []xmlEvent{{}}
	x := newXMLText(
		func(p []byte) { events[len(events)-1].Text += string(p) },
		func(soft, column int) { events = append(events, xmlEvent{Soft: soft, Column: column}) },
	)
	for len(text) > 0 {
		part := text[:min(n, len(text))]
		x.add([]byte(part))
		text = text[len(part):]
	}
	x.close()
	return events
}

func TestXMLText(t *testing.T) {
	for _, test := range []struct {
		text string
		want []xmlEvent
	}{
		{"", []xmlEvent{{}}},
		{"<a>x</a>", []xmlEvent{{Text: "<a>x</a>"}}},
		{"<a x='>'\n y=\"'\">\n  x\n</a>", []xmlEvent{{Text: "<a x='>' "}, {1, 1, " y=\"'\"> "}, {2, 3, "x "}, {3, 1, "</a>"}}},
		{"<a/>\n <b>", []xmlEvent{{Text: "<a/>\n <b>"}}},
		{"&lt;&nope;& &#x41;", []xmlEvent{{Text: "<"}, {0, 5, "&nope;& A"}}},
		{"x<!-- <a>\n --><![CDATA[y]]]>z", []xmlEvent{{Text: "x<!-- <a>\n -->"}, {0, 14, "y]"}, {0, 19, "z"}}},
	} {
		if diff := cmp.Diff(test.want, decodeXML(test.text, 1000)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.text, diff)
		}
	}
}

// TestXMLTextInParts writes texts in parts of every kind: what comes out is the same.
func TestXMLTextInParts(t *testing.T) {
	pieces := append(strings.Fields(`< > / </a> <a <b/> <!-- --> - -- <![CDATA[ ]]> ] ]] &amp; &lt; & &# &#65; &nope; ; ? ! " ' = key ö <?xml ?> <![CDA <!- &#10;`),
		" ", "\n", "  \n  ", "\r\n", "\n"+strings.Repeat(" ", maxBlanks-1), strings.Repeat("v", directly))
	rng := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		var b strings.Builder
		for range rng.IntN(14) {
			b.WriteString(pieces[rng.IntN(len(pieces))])
		}
		text := b.String()
		want := decodeXML(text, len(text)+1)
		for _, n := range []int{1, 1 + rng.IntN(20), maxBlanks} {
			if diff := cmp.Diff(want, decodeXML(text, n)); diff != "" {
				t.Fatalf("%q in parts of %d bytes (-want +got):\n%s", text, n, diff)
			}
		}
	}
}
