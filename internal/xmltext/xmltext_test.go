package xmltext

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// reading is what Scanner makes of a text.
type reading struct {
	Dump  string // every element with its attributes, as testdata/readers has it
	Loose []string
	Err   string
}

func read(ctx context.Context, r io.Reader) reading {
	s := NewScanner(ctx, r)
	s.Limit = 1 << 30
	var b strings.Builder
	b.WriteByte('K')
	for s.Next() {
		if s.End {
			continue
		}
		e := s.Element
		fmt.Fprintf(&b, "%d:%x", e.Depth, e.Name)
		for _, a := range e.Attrs {
			fmt.Fprintf(&b, ",%x=%x@%d", a.Name, a.Value(), a.Pos.Line)
		}
		b.WriteByte(';')
	}
	out := reading{Dump: b.String()}
	for _, l := range s.loose.list() {
		out.Loose = append(out.Loose, l.Error())
	}
	if s.Err() != nil {
		out.Dump, out.Err = "E", s.Err().Error()
	}
	return out
}

// recorded is what tinyxml2 9.0.0 and expat 2.5.0 said of a text that was made by
// chance: E for an error, or K and all elements.
type recorded struct {
	In     []byte
	Loader string
	Expat  bool
}

func readRecorded(t *testing.T) []recorded {
	t.Helper()
	name := "testdata/readers.jsonl.gz"
	if other := os.Getenv("XMLTEXT_READERS"); other != "" {
		name = other
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var list []recorded
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r recorded
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	if lines.Err() != nil || len(list) < 2000 {
		t.Fatal(lines.Err(), len(list))
	}
	return list
}

// refusedByUs are the reasons for which a text that the loader reads is refused.
var refusedByUs = []string{"not valid UTF-8", "an encoding other than UTF-8", "a document type", "there is no root element"}

// TestReaders holds the scanner against the reader of the loader, which it must read
// alike, and against an XML reader: what passes without a warning, expat accepts.
func TestReaders(t *testing.T) {
	counts := map[string]int{}
	for i, r := range readRecorded(t) {
		got := read(t.Context(), bytes.NewReader(r.In))
		fine := got.Err == "" && len(got.Loose) == 0
		switch {
		case fine && !r.Expat:
			t.Errorf("%d: %q: expat refuses it, and no warning was given", i, r.In)
		case r.Loader == got.Dump:
		case got.Err != "" && containsAny(got.Err, refusedByUs):
		default:
			t.Errorf("%d: %q: %v, but the loader reads\n%s", i, r.In, got, readable(r.Loader))
		}
		counts[fmt.Sprintf("loader %t, expat %t, fine %t", r.Loader != "E", r.Expat, fine)]++
		if fine == r.Expat {
			counts["agree"]++
		}
	}
	t.Log(counts)
	if counts["loader true, expat false, fine false"] < 100 || counts["loader true, expat true, fine true"] < 100 {
		t.Errorf("the texts tell too little: %v", counts)
	}
}

func containsAny(text string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(text, p) {
			return true
		}
	}
	return false
}

func readable(dump string) string {
	var b strings.Builder
	for _, part := range strings.FieldsFunc(dump, func(r rune) bool { return strings.ContainsRune(":,=@;", r) }) {
		if text, err := hex.DecodeString(part); err == nil && len(text) > 0 {
			fmt.Fprintf(&b, "%q ", text)
		} else {
			b.WriteString(part + " ")
		}
	}
	return b.String()
}

// TestChunks reads every recorded text byte by byte: how the bytes come must not
// matter.
func TestChunks(t *testing.T) {
	for _, r := range readRecorded(t)[:800] {
		whole := read(t.Context(), bytes.NewReader(r.In))
		single := read(t.Context(), iotest.OneByteReader(bytes.NewReader(r.In)))
		if diff := cmp.Diff(whole, single); diff != "" {
			t.Errorf("%q: whole -, single bytes +\n%s", r.In, diff)
		}
		padded := append(bytes.Repeat([]byte{' '}, chunk-7), r.In...)
		at, moved := read(t.Context(), bytes.NewReader(padded)), read(t.Context(), iotest.OneByteReader(bytes.NewReader(padded)))
		if diff := cmp.Diff(at, moved); diff != "" {
			t.Errorf("padded %q: whole -, single bytes +\n%s", r.In, diff)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		loose    string // the warnings, one behind the other
		err      string
	}{
		{name: "smallest", in: "<a/>"},
		{name: "typical", in: "<?xml version=\"1.0\"?>\n<root BTCPP_format=\"4\">\n <!-- c --><B a='1' b=\"{x}\"/>é &amp; &#65;\n</root>\n"},
		{name: "byte order mark", in: "\ufeff<a/>"},
		{name: "mark and declaration", in: "\ufeff<?xml version='1.0' encoding='UTF-8'?><a/>"},
		{name: "CDATA", in: "<a><![CDATA[ <x> & ]]></a>"},
		{name: "other processing instruction", in: "<?xml-model href='a'?><a/>"},
		{name: "encoding with spaces", in: "<?xml version='1.0' encoding = 'utf-8' ?><a/>"},
		{name: "standalone", in: "<?xml version=\"1.0\" standalone='yes'?><a/>"},
		{name: "letters", in: "<größe длина='1' 温度='2'/>"},
		{name: "long value", in: "<a b='" + strings.Repeat("x", 3<<20) + "'/>"},

		{name: "bare ampersand", in: "<a b='x && y'/>", loose: `1:9: a bare "&"; write &amp; `},
		{name: "less-than in attribute", in: "<a\n é='a < 1'/>", loose: `2:7: a bare "<" in an attribute; write &lt; `},
		{name: "entity", in: "<a>&secret;</a>", loose: "1:4: an entity that XML does not define "},
		{name: "surrogate", in: "<a b='&#xD800;'/>", loose: "1:7: a reference to a character that XML does not have "},
		{name: "large X", in: "<a b='&#X41;'/>", loose: "1:7: a reference to a character that XML does not have "},
		{name: "comment", in: "<a><!-- x -- y --></a>", loose: `1:11: "--" in a comment `},
		{name: "dash before the end of a comment", in: "<a><!-- x ---></a>", loose: `1:11: "--" in a comment `},
		{name: "control character", in: "<a>\x01</a>", loose: "1:4: a control character or other character that XML does not have "},
		{name: "two roots", in: "<a/>\n<b/>", loose: "2:1: a second root element, which the loader ignores "},
		{name: "text outside", in: "x<a/><![CDATA[]]>", loose: "1:1: text outside of the root element "},
		{name: "junk in the declaration", in: "<?xml version='1.0' x='y'?><a/>", loose: "1:1: a declaration or processing instruction that XML does not allow here or in this form "},
		{name: "declaration twice", in: "<?xml version='1.0'?><?xml version='1.0'?><a/>", loose: "1:22: a declaration or processing instruction that XML does not allow here or in this form "},
		{name: "declaration behind a space", in: " <?xml version='1.0'?><a/>", loose: "1:2: a declaration or processing instruction that XML does not allow here or in this form "},
		{name: "two of one kind, two kinds", in: "<a b='& <'c='& <'/>", loose: `1:7: a bare "&"; write &amp; 1:9: a bare "<" in an attribute; write &lt; 1:11: white space behind "<", or none before an attribute `},
		{name: "markup", in: "<a><!ELEMENT b ANY></a>", loose: `1:4: "<!" without a comment `},
		{name: "NUL", in: "<a/>\x00<", loose: "1:5: a NUL byte, behind which the loader reads nothing "},
		{name: "stray end", in: "<a/></b><c>", loose: "1:5: an end tag without a start tag, behind which the loader reads nothing "},
		{name: "end tag that ends twice", in: "<a></b/></a>", loose: `1:4: an end tag with more than a name; the loader takes one that ends in "/>" for an element `},
		{name: "letter of few", in: "<a\u2160/>", loose: "1:1: a name that XML does not allow, or that old readers do not know "},
		{name: "end of CDATA in text", in: "<a>]]></a>", loose: `1:4: "]]>" in text; write ]]&gt; `},

		{name: "empty", in: "", err: "line 1, column 1: there is no root element"},
		{name: "only white space", in: " \n ", err: "line 2, column 2: there is no root element"},
		{name: "only an end tag", in: "</a>", err: "line 1, column 1: there is no root element"},
		{name: "not XML", in: "hello", err: "line 1, column 1: text at the end of the file; a tag must follow it"},
		{name: "text at the end", in: "<a/>x", err: "line 1, column 5: text at the end of the file; a tag must follow it"},
		{name: "unclosed", in: "<a>\n<b>", err: "line 2, column 1: element <b> is not closed"},
		{name: "wrong end", in: "<a>\n é<b></a>", err: "line 2, column 6: element <b> of line 2 is closed by </a>"},
		{name: "attribute twice", in: "<a b='1' c='2' b='3'/>", err: "line 1, column 16: attribute \"b\" appears twice in one tag"},
		{name: "attribute twice of many", in: "<a a='' b='' c='' d='' e='' f='' g='' h='' i='' j='' k='' d=''/>", err: "line 1, column 59: attribute \"d\" appears twice in one tag"},
		{name: "unquoted attribute", in: "<a b=1/>", err: "line 1, column 4: the value of an attribute is not quoted"},
		{name: "attribute without value", in: "<a b/>", err: "line 1, column 4: an attribute has no value"},
		{name: "open value", in: "<a b='1/>", err: "line 1, column 4: the value of an attribute is not closed"},
		{name: "no name", in: "<a>< ></a>", err: "line 1, column 4: a tag has no name"},
		{name: "bad character", in: "<a 1='2'/>", err: "line 1, column 4: a character that may not stand in a tag"},
		{name: "late declaration", in: "<!-- -->\n<?xml version='1.0'?><a/>", err: "line 2, column 1: a declaration or processing instruction may stand only at the start of the file"},
		{name: "doctype", in: "\n<!DOCTYPE a><a/>", err: "line 2, column 1: a document type, which could define entities"},
		{name: "doctype in disguise", in: "<a><! doctype a></a>", err: "line 1, column 4: a document type, which could define entities"},
		{name: "other encoding", in: "<?xml version='1.0' encoding='latin1'?><a/>", err: "line 1, column 1: an encoding other than UTF-8"},
		{name: "other encoding behind a line break", in: "<?xml version='1.0' encoding\n= \"ISO-8859-1\"?><a/>", err: "an encoding other than UTF-8"},
		{name: "other encoding behind the word", in: "<?xml version='1.0' encoding x='' encoding ='latin1'?><a/>", err: "an encoding other than UTF-8"},
		{name: "other encoding behind UTF-8", in: "<?xml version='1.0' encoding='UTF-8' encoding='latin1'?><a/>", err: "an encoding other than UTF-8"},
		{name: "other encoding without quotes", in: "<?XML ENCODING=UTF-16 ?><a/>", err: "an encoding other than UTF-8"},
		{name: "other encoding far away", in: "<?xml " + strings.Repeat(" ", MaxDeclaration) + "encoding='latin1'?><a/>", err: "the declaration is longer than 4096 bytes"},
		{name: "invalid UTF-8", in: "<a>é\xff</a>", err: "line 1, column 5: not valid UTF-8"},
		{name: "invalid UTF-8 behind a NUL", in: "<a/>\x00\x00é\n\x00\xff", err: "line 2, column 2: not valid UTF-8"},
		{name: "invalid UTF-8 behind a stray end", in: "<a/></a>\n\xff", err: "line 2, column 1: not valid UTF-8"},
		{name: "half a character", in: "<a/>\n\xc3", err: "line 2, column 1: not valid UTF-8"},
		{name: "UTF-16", in: "\xff\xfe<\x00a\x00/\x00>\x00", err: "line 1, column 1: not valid UTF-8"},
		{name: "open comment", in: "<a/><!-- -->\n<!-- --", err: "line 2, column 1: a comment is not closed"},
		{name: "open CDATA", in: "<a><![CDATA[ ]]</a>", err: "line 1, column 4: a CDATA section is not closed"},
		{name: "open markup", in: "<a/><!x", err: "line 1, column 5: a markup declaration is not closed"},
		{name: "open declaration", in: "<?xml ?", err: "line 1, column 1: a declaration is not closed"},
		{name: "long name", in: "<" + strings.Repeat("a", MaxNames+1) + "/>", err: "line 1, column 1: the names in a tag, or of open elements, are longer than 1048576 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, err := Check(t.Context(), strings.NewReader(tt.in))
			loose := ""
			for _, l := range v.Loose {
				loose += fmt.Sprintf("%d:%d: %s ", l.Line, l.Column, l.Msg)
			}
			if loose != tt.loose {
				t.Errorf("warnings %s\nwant     %s", loose, tt.loose)
			}
			var fault *Error
			if (err == nil) != (tt.err == "") || err != nil && (!errors.As(err, &fault) || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("error is %v, want %s", err, tt.err)
			}
		})
	}
}

// TestDepth opens as many elements as the loader has room for, and one more.
func TestDepth(t *testing.T) {
	for _, tt := range []struct {
		n  int
		ok bool
	}{{MaxDepth, true}, {MaxDepth + 1, false}} {
		text := strings.Repeat("<a>", tt.n) + "<b/>" + strings.Repeat("</a>", tt.n)
		if _, err := Check(t.Context(), strings.NewReader(text)); (err == nil) != tt.ok {
			t.Errorf("%d levels: %v", tt.n, err)
		}
	}
}

func TestPrefixes(t *testing.T) {
	const whole = "<?xml version=\"1.0\"?><a b='1'><!-- x --><c>y</c></a>"
	for i := range len(whole) {
		if _, err := Check(t.Context(), strings.NewReader(whole[:i])); err == nil {
			t.Errorf("prefix %q passes", whole[:i])
		}
	}
}

func TestDecode(t *testing.T) {
	for _, tt := range []struct{ raw, want string }{
		{"", ""},
		{"a && b &foo; &", "a && b &foo; &"},
		{"a &lt; 1 &amp;&amp; b", "a < 1 && b"},
		{"a &lt; 1 && b", "a < 1  1 b"}, // the bytes that stood there
		{"&quot;&apos;&gt;", `"'>`},
		{"&#65;&#x41;&#xe9;&#x1F600;", "AAé😀"},
		{"&#X41;&LT;&#;", "&#X41;&LT;"}, // the last is a NUL
		{"&#12#34;", `"`},
		{"&#x4x42;", "B"},
		{"&#0;x", ""},
		{"&#x;x", ""},
		{"a\r\nb\n\rc\rd\n", "a\nb\nc\nd\n"},
		{"&#99", "&#99"},
		{"&#9a;", "&#9a;"},
	} {
		if got := Decode([]byte(tt.raw)); got != tt.want {
			t.Errorf("%q is decoded as %q, want %q", tt.raw, got, tt.want)
		}
	}
}

func TestIncludes(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want []string
	}{
		{"<root/>", nil},
		{`<root><include path="sub.xml"/></root>`, []string{"sub.xml 1:7"}},
		{"<root>\n <!-- é --> < include\n  path='a/b.xml' />\n<include x=\"1\" path = \"c.xml\"></include></root>", []string{"a/b.xml 2:13", "c.xml 4:1"}},
		{`<root><include ros_pkg="p" path="x.xml"/></root>`, []string{"x.xml package 1:7"}},
		{`<root><include path="a&amp;b&#x2e;xml"/></root>`, []string{"a&b.xml 1:7"}},
		{`<root><!-- <include path="x"/> --><![CDATA[<include path="x"/>]]><a><include path="y"/></a></root>`, nil},
		{`<include path="x"/><root><include path="y"/></root>`, nil}, // the first root counts
		{`<root><includes path="x"/><include PATH=""/></root>`, nil},
		{`<root><include path="` + strings.Repeat("x", MaxIncludePath+1) + `"/></root>`, nil},
		{`<root><include path="x"/><broken`, []string{"x 1:7"}},
	} {
		v, _ := Check(t.Context(), strings.NewReader(tt.in))
		var got []string
		for _, inc := range v.Includes {
			text := inc.Path
			if inc.Package {
				text += " package"
			}
			got = append(got, fmt.Sprintf("%s %d:%d", text, inc.Line, inc.Column))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%.80s: want -, got +\n%s", tt.in, diff)
		}
	}
}

// TestEveryByte puts every byte at every place in eight, where bytes are looked at
// together, into all kinds of text: nothing depends on how the bytes come.
func TestEveryByte(t *testing.T) {
	for _, parts := range [][2]string{{"<a>", "</a>"}, {"<a b='", "'/>"}, {"<a b=\"", "\"/>"}, {"<a b", "='1'/>"}, {"<a ", "/>"}, {"<a", "/>"}, {"<a><b></b", "></a>"}, {"<a><!--", "--></a>"}, {"<a c='", "' b='2'></a>"}, {"<a c='<&&n;", "' b='2'></a>"}, {"<a>&é", "&#0;</a>"}} {
		for c := range 256 {
			for before := range 9 {
				text := []byte(parts[0] + "xxxxxxxx"[:before] + string([]byte{byte(c)}) + "yyyyyyyy" + parts[1])
				single := read(t.Context(), iotest.OneByteReader(bytes.NewReader(text)))
				if diff := cmp.Diff(single, read(t.Context(), bytes.NewReader(text))); diff != "" {
					t.Fatalf("%q: in single bytes -, whole +\n%s", text, diff)
				}
			}
		}
	}
}

func TestPlaces(t *testing.T) {
	s := NewScanner(t.Context(), strings.NewReader("\ufeff<a>\n  é<b c = 'x'\n\td='ö\ny'/></a>"))
	s.Limit = 3
	var got []string
	for s.Next() {
		e := s.Element
		got = append(got, fmt.Sprintf("%s %d:%d depth %d end %t empty %t", e.Name, e.Pos.Line, e.Pos.Column, e.Depth, s.End, e.Empty))
		for _, a := range e.Attrs {
			got = append(got, fmt.Sprintf("%s=%q %d:%d cut %t", a.Name, a.Value(), a.Pos.Line, a.Pos.Column, a.Cut))
		}
	}
	want := []string{
		"a 1:1 depth 0 end false empty false",
		"b 2:4 depth 1 end false empty true",
		`c="x" 2:7 cut false`,
		`d="ö\n" 3:2 cut true`,
		" 4:5 depth 0 end true empty false",
	}
	if diff := cmp.Diff(want, got); diff != "" || s.Err() != nil {
		t.Errorf("%v; want -, got +\n%s", s.Err(), diff)
	}
}

func TestErrors(t *testing.T) {
	broken := errors.New("disk on fire")
	_, err := Check(t.Context(), io.MultiReader(strings.NewReader("<a>"), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) {
		t.Errorf("a read error came out as %v", err)
	}
	_, err = Check(t.Context(), io.MultiReader(strings.NewReader("<a/></a>"), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) {
		t.Errorf("a read error behind the end came out as %v", err)
	}
	// A file that verifies itself fails at its end, and is not what was refused.
	for _, text := range []string{"<a></b>", "</a>", "<a", "", "<a>\xff", "<a/>\x00\xff", strings.Repeat("<a>", 5000), "<?xml encoding='x'?>"} {
		for _, more := range []int{0, 1, 3 * chunk} {
			rest := strings.NewReader(strings.Repeat(" ", more))
			_, err := Check(t.Context(), io.MultiReader(strings.NewReader(text), rest, iotest.ErrReader(broken)))
			if !errors.Is(err, broken) {
				t.Errorf("a read error %d bytes behind %.20q came out as %v", more, text, err)
			}
			var refused *Error
			_, err = Check(t.Context(), io.MultiReader(strings.NewReader(text), strings.NewReader(strings.Repeat(" ", more))))
			if !errors.As(err, &refused) {
				t.Errorf("%.20q with %d bytes behind it came out as %v", text, more, err)
			}
		}
	}
	if _, err := Check(t.Context(), iotest.DataErrReader(io.MultiReader(strings.NewReader("<a></b>"), iotest.ErrReader(broken)))); !errors.Is(err, broken) {
		t.Errorf("a read error together with what is refused came out as %v", err)
	}
	if _, err := Check(t.Context(), io.MultiReader(strings.NewReader("<a></b>"), idle{})); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that yields nothing came out as %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	endless := &counter{of: "<a b='c'/>", after: 100, call: cancel}
	_, err = Check(ctx, io.MultiReader(strings.NewReader("<x>"), endless))
	if !errors.Is(err, context.Canceled) || endless.reads > 101 {
		t.Errorf("a cancelled check came out as %v after %d reads", err, endless.reads)
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

// counter repeats a text without end, and calls call at a read.
type counter struct {
	of           string
	after, reads int
	call         func()
}

func (c *counter) Read(p []byte) (int, error) {
	if c.reads++; c.reads == c.after {
		c.call()
	}
	return copy(p, c.of), nil
}

// worst are the shapes that could cost more than their size.
var worst = map[string]func(n int) string{
	"elements":       func(n int) string { return "<r>" + strings.Repeat("<a/>", n) + "</r>" },
	"attributes":     func(n int) string { return "<a" + numbered(n, " a%d=''") + "/>" },
	"ampersands":     func(n int) string { return "<a b='" + strings.Repeat("&", n) + "'/>" },
	"references":     func(n int) string { return "<a b='" + strings.Repeat("&#", n) + ";'/>" },
	"digits":         func(n int) string { return "<a b='" + strings.Repeat("&#1", n) + ";'/>" },
	"long reference": func(n int) string { return "<a b='&#" + strings.Repeat("0", n) + "65;'/>" },
	"control":        func(n int) string { return "<a>" + strings.Repeat("\x01", n) + "</a>" },
	"NUL":            func(n int) string { return "<a/>" + strings.Repeat("\x00", n) },
	"noncharacters":  func(n int) string { return "<a>" + strings.Repeat("\uffff", n) + "</a>" },
	"dashes":         func(n int) string { return "<!--" + strings.Repeat("-", n) + " --><a/>" },
	"brackets":       func(n int) string { return "<a><![CDATA[" + strings.Repeat("]", n) + "]]></a>" },
	"text brackets":  func(n int) string { return "<a>" + strings.Repeat("]", n) + "</a>" },
	"questions":      func(n int) string { return "<?p " + strings.Repeat("?", n) + "?><a/>" },
	"declarations":   func(n int) string { return strings.Repeat("<?xml?>", n) + "<a/>" },
	"comments":       func(n int) string { return strings.Repeat("<!---->", n) + "<a/>" },
	"long name":      func(n int) string { return "<" + strings.Repeat("a", n) + "/>" },
	"letters":        func(n int) string { return "<" + strings.Repeat("é", n) + "/>" },
	"lines":          func(n int) string { return "<a>" + strings.Repeat("\n<b\n/>", n) + "</a>" },
	"long line":      func(n int) string { return "<a>" + strings.Repeat("&", n) + strings.Repeat("<b/>", n) + "</a>" },
	"deep":           func(n int) string { return strings.Repeat("<a>", n) },
	"spaces":         func(n int) string { return "<a " + strings.Repeat(" ", n) + "/>" },
	"quotes":         func(n int) string { return "<r>" + strings.Repeat("<a b=''/>", n) + "</r>" },
}

func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// TestSteps counts what every worst shape costs at three sizes: four times the size
// may cost no more than a little over four times the steps.
func TestSteps(t *testing.T) {
	for name, shape := range worst {
		var steps [3]int64
		for i, n := range [3]int{20_000, 40_000, 80_000} {
			text := shape(n)
			s := NewScanner(t.Context(), strings.NewReader(text))
			s.Limit = 1 << 20
			for s.Next() {
				for _, a := range s.Element.Attrs {
					a.Value()
				}
			}
			if steps[i] = s.Steps(); steps[i] > 10*int64(len(text))+1000 {
				t.Errorf("%s: %d steps for %d bytes", name, steps[i], len(text))
			}
		}
		if steps[1] > steps[0]*21/10+10 || steps[2] > steps[1]*21/10+10 {
			t.Errorf("%s: steps grow faster than the text: %d", name, steps)
		}
	}
}

// TestQuick holds which tags are read at once: those that are written often.
func TestQuick(t *testing.T) {
	for tag, want := range map[string]bool{
		"<a>": true, "</a>": true, "<a/>": true, "<a />": true, "<a b='1'>": true, "<a\r\n\tb:c.d-e='\"' f=\"'\"/>": true,
		"<a b='é'>": true, "<a b='&lt;&#amp;'>": false, "<a b='&lt;&amp;'>": true, "<a b='x < y && z &nbsp;'>": true,
		"<a" + numbered(16, " a%d=''") + ">": true, "<a" + numbered(17, " a%d=''") + ">": false, "<a b='" + strings.Repeat("x", quickSize) + "'>": false,
		"<é>": false, "< a>": false, "<a b='1'c='2'>": false, "<a b = '1'>": false, "<a b='1' b='1'>": false, "</a b='1'>": false, "<a b='&#65;'>": false, "<a b=1>": false, "<a b>": false, "<a b='1>": false, "<a/ >": false, "<a": false,
	} {
		s := NewScanner(t.Context(), strings.NewReader("<x y='<&&z'>"+tag+"\n"))
		s.Next()
		s.peek()
		s.skip(1)
		if _, got := s.quick(); got != want {
			t.Errorf("%q: %t", tag, got)
		}
	}
}

// TestMemory reads texts whose parts are larger than what is held of them.
func TestMemory(t *testing.T) {
	for _, part := range []string{"<b c='d'/>", "text &amp; ", "<!-- c -->", "<b c='\n'>x</b>"} {
		r := io.MultiReader(strings.NewReader("<a>"), &repeated{part, 4 << 20}, strings.NewReader("</a>"))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := Check(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%q again and again: %d bytes are allocated", part, n)
		}
	}
}

type repeated struct {
	part string
	left int
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.left < len(r.part) {
		return 0, io.EOF
	}
	n := 0
	for n+len(r.part) <= len(p) && r.left >= len(r.part) {
		n += copy(p[n:], r.part)
		r.left -= len(r.part)
	}
	return n, nil
}

func FuzzCheck(f *testing.F) {
	for _, seed := range []string{"<a/>", "<a b='1'>&lt;</a>", "<!DOCTYPE a><a/>", "<?xml version=\"1.0\"?><a><![CDATA[x]]></a>", "\ufeff<a>é</a>", "<a b='&lt;&&#12#34;'/></a>\x00\xff", "<a><!-- -- --></b/></a>"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		whole := read(t.Context(), bytes.NewReader(data))
		if single := read(t.Context(), iotest.OneByteReader(bytes.NewReader(data))); !cmp.Equal(whole, single) {
			t.Fatalf("whole %v, in single bytes %v", whole, single)
		}
		if whole.Err == "" && !utf8.Valid(data) {
			t.Fatal("accepted, and not UTF-8")
		}
		if whole.Err == "" && len(whole.Loose) == 0 { // what is fine, another reader reads
			d := xml.NewDecoder(bytes.NewReader(data))
			for {
				_, err := d.Token()
				if err == io.EOF {
					break
				}
				var e *xml.SyntaxError
				if errors.As(err, &e) && !strings.Contains(e.Msg, "expected") && !strings.Contains(string(data), ":") && !strings.Contains(string(data), "<?") {
					t.Fatalf("no warning, but encoding/xml says: %v", err)
				}
				if err != nil {
					break
				}
			}
		}
	})
}

// benchText is a tree of 4 MiB.
func benchText() []byte {
	node := "      <CallDevice name=\"Set pump\" device_handle=\"bread0/dcmt0\" function_name=\"set_open_loop\" args='json:{\"motor1_pwm\": 125}' success=\"{call_3_ok}\"/>\n      <!-- stirs &amp; doses -->\n      <Sequence><Sleep msec=\"100\"/></Sequence>\n"
	return []byte("<?xml version=\"1.0\"?>\n<root BTCPP_format=\"4\">\n" + strings.Repeat(node, 4<<20/len(node)) + "</root>\n")
}

func BenchmarkCheck(b *testing.B) {
	text := benchText()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if v, err := Check(context.Background(), bytes.NewReader(text)); err != nil || len(v.Loose) > 0 {
			b.Fatal(v, err)
		}
	}
}

func BenchmarkEncodingXML(b *testing.B) {
	text := benchText()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		d := xml.NewDecoder(bytes.NewReader(text))
		for {
			if _, err := d.RawToken(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkSHA256(b *testing.B) {
	text := benchText()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		sha256.Sum256(text)
	}
}

func TestNameBytes(t *testing.T) {
	for c := range 256 {
		b := byte(c)
		want := b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b >= 0x80 || strings.IndexByte("_:.-", b) >= 0
		if isNameByte(b) != want {
			t.Errorf("%q: %t", b, !want)
		}
		if start := want && (b < '0' || b > '9') && b != '.' && b != '-'; isNameStart(b) != start {
			t.Errorf("%q begins a name: %t", b, !start)
		}
	}
}
