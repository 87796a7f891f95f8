package xmlcheck_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/anolishq/anolis-handoff/internal/xmlcheck"
)

func TestCheck(t *testing.T) {
	tests := []struct {
		name, in, want string // want "" is well-formed
	}{
		{"smallest", "<a/>", ""},
		{"typical", "<?xml version=\"1.0\"?>\n<root BTCPP_format=\"4\">\n <!-- c --><B a='1' b=\"{x}\"/>é &amp; &#65;\n</root>\n", ""},
		{"byte order mark", "\ufeff<a/>", ""},
		{"mark and declaration", "\ufeff<?xml version='1.0' encoding='UTF-8'?><a/>", ""},
		{"CDATA", "<a><![CDATA[ <x> & ]]></a>", ""},
		{"empty", "", "line 1, column 1: there is no root element"},
		{"only white space", " \n ", "line 2, column 2: there is no root element"},
		{"not XML", "hello", "line 1, column 6: text outside of the root element"},
		{"unclosed", "<a>\n<b>", "line 2, column 4: unexpected EOF"},
		{"wrong end", "<a>\n é<b></a>", "line 2, column 10: element <b> closed by </a>"},
		{"two roots", "<a/><b/>", "line 1, column 9: a second root element"},
		{"text behind", "<a/>x", "line 1, column 6: text outside of the root element"},
		{"doctype", "<!DOCTYPE a [<!ENTITY x \"y\">]><a/>", "line 1, column 31: a document type or other directive, which could define entities"},
		{"entity", "<a>&secret;</a>", "line 1, column 12: an entity that XML does not define, or a bare &"},
		{"bare ampersand", "<a b='x & y'/>", "an entity that XML does not define, or a bare &"},
		{"attribute twice", "<a b='1' c='2' b='3'/>", "line 1, column 23: attribute \"b\" stands twice in one tag"},
		{"unquoted attribute", "<a b=1/>", "unquoted or missing attribute value in element"},
		{"less-than in attribute", "<a b='<'/>", "unescaped < inside quoted string"},
		{"declaration twice", "<?xml version='1.0'?><?xml version='1.0'?><a/>", "an XML declaration that is not at the start"},
		{"other encoding", "<?xml version='1.0' encoding='latin1'?><a/>", "an encoding other than UTF-8"},
		{"other encoding behind a line break", "<?xml version='1.0' encoding\n= \"ISO-8859-1\"?><a/>", "an encoding other than UTF-8"},
		{"other encoding behind the word", "<?xml version='1.0' encoding x='' encoding ='latin1'?><a/>", "an encoding other than UTF-8"},
		{"encoding with spaces", "<?xml version='1.0' encoding = 'utf-8' ?><a/>", ""},
		{"other version", "<?xml version='1.1'?><a/>", "an encoding other than UTF-8"},
		{"invalid UTF-8", "<a>\xff</a>", "invalid UTF-8"},
		{"control character", "<a>\x01</a>", "illegal character code U+0001"},
		{"UTF-16", "\xff\xfe<\x00a\x00/\x00>\x00", "invalid UTF-8"},
		{"deep", strings.Repeat("<a>", 1001), "elements nest deeper than 1000"},
		{"long text", "<a>" + strings.Repeat("x", xmlcheck.MaxToken+8192) + "</a>", "a tag, text or comment of more than 1048576 bytes"},
		{"endless tag", "<a " + strings.Repeat("b", 3*xmlcheck.MaxToken), "a tag, text or comment of more than 1048576 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := xmlcheck.Check(context.Background(), strings.NewReader(tt.in))
			if tt.want == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			var fault *xmlcheck.Error
			if !errors.As(err, &fault) {
				t.Fatalf("error is %v (%T)", err, err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %q, want %q", err, tt.want)
			}
		})
	}
}

func TestPrefixes(t *testing.T) {
	const whole = "<?xml version=\"1.0\"?><a b='1'><!-- x --><c>y</c></a>"
	for i := range len(whole) {
		if xmlcheck.Check(context.Background(), strings.NewReader(whole[:i])) == nil {
			t.Errorf("prefix %q is well-formed", whole[:i])
		}
	}
}

func TestErrors(t *testing.T) {
	broken := errors.New("disk on fire")
	err := xmlcheck.Check(context.Background(), io.MultiReader(strings.NewReader("<a>"), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) {
		t.Errorf("a read error came out as %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := xmlcheck.Check(ctx, strings.NewReader("<a/>")); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled check came out as %v", err)
	}
}

// A column far into a line without end is unknown rather than wrong.
func TestLongLine(t *testing.T) {
	err := xmlcheck.Check(context.Background(), strings.NewReader("<a>"+strings.Repeat("<b/>", 100_000)+"</c>"))
	var fault *xmlcheck.Error
	if !errors.As(err, &fault) || fault.Line != 1 || fault.Column != 0 {
		t.Errorf("got %v", err)
	}
}

func FuzzCheck(f *testing.F) {
	for _, seed := range []string{"<a/>", "<a b='1'>&lt;</a>", "<!DOCTYPE a><a/>", "<?xml version=\"1.0\"?><a><![CDATA[x]]></a>", "\ufeff<a>é</a>"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		err := xmlcheck.Check(context.Background(), strings.NewReader(string(data)))
		var fault *xmlcheck.Error
		if err != nil && !errors.As(err, &fault) {
			t.Fatalf("error of type %T: %v", err, err)
		}
	})
}
