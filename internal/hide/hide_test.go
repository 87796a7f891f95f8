package hide_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/hide"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
)

const (
	secret = "hunter2-Zq83kd"
	github = "ghp_abcdefghijKLMNOPQRST0123456789abcdef" // looks like a secret
)

func hider(t testing.TB, edits ...func(*secretscan.Config)) *hide.Hider {
	t.Helper()
	policy := secretscan.Config{Keys: secretscan.DefaultKeys(), Shapes: secretscan.DefaultShapes()}
	for _, edit := range edits {
		edit(&policy)
	}
	e, err := secretscan.New(policy)
	if err != nil {
		t.Fatal(err)
	}
	return hide.New(e)
}

func parse(t testing.TB, text string) *doc.Node {
	t.Helper()
	root, err := canonyaml.Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func TestClean(t *testing.T) {
	h := hider(t)
	texts := []string{"docs/token=" + secret + ".txt", "plain", "ghp_abcdefghijKLMNOPQRST0123456789abcdef", "http://a:" + secret + "@h", "password", "two\nlines"}
	at := make([]*string, len(texts))
	for i := range texts {
		at[i] = &texts[i]
	}
	h.Clean(at...)
	if got := strings.Join(texts, "|"); got != "***|plain|***|***|password|two\nlines" {
		t.Errorf("cleaned: %q", got)
	}
	h.Clean()
}

func TestQuotes(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "",
		"plain":                "plain",
		`"a"`:                  `"***"`,
		`a "b" c "" d`:         `a "***" c "***" d`,
		`a "b\"c" d`:           `a "***" d`,
		`a "b\\" c "d"`:        `a "***" c "***"`,
		"a \"b\nc\" d":         `a "***" d`,
		"a \"b\\\nc\" d":       `a "***" d`,
		`a "b c`:               `a "***"`,
		`a "b\`:                `a "***"`,
		`a "`:                  `a "***"`,
		"a \"\xff\xfe\" größe": `a "***" größe`,
	} {
		if got := hide.Quotes(text); got != want {
			t.Errorf("Quotes(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestElements(t *testing.T) {
	for text, want := range map[string]string{"": "", "a": "***", "/a/b": "/***/***", "a//b/": "***//***/", "/": "/"} {
		if got := hide.Elements(text); got != want {
			t.Errorf("Elements(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestReport hides in each text what is a secret by its look, or in the document
// that the text is about.
func TestReport(t *testing.T) {
	const withheld = "cannot be shown, because it would show a secret"
	h := hider(t)
	d := h.Document()
	d.Add("a.yaml", parse(t, "token: "+secret+"\ntokens:\n  K9-"+secret+": {x: y}\n"))
	d.Add("a.yaml", parse(t, "password: short1\n"))
	for _, tt := range []struct {
		message, name string
		of            *hide.Document
		want          string
	}{
		{message: `"a" is wrong`, want: `"a" is wrong`},
		{message: `"` + github + `" is wrong, not "x"`, want: `"***" is wrong, not "***"`},
		{message: github + ` is wrong`, want: withheld},
		{message: `"` + secret + `" is wrong`, want: `"` + secret + `" is wrong`}, // of another document
		{message: `"` + secret + `" is wrong`, of: d, want: `"***" is wrong`},
		{message: `"` + secret[3:11] + `" is wrong`, of: d, want: `"***" is wrong`},
		{message: `"` + secret[3:10] + `" is wrong`, of: d, want: `"` + secret[3:10] + `" is wrong`},
		{message: `"short1" is wrong`, of: d, want: `"***" is wrong`},
		{message: secret[:8] + ` is wrong`, of: d, want: withheld},
		{message: `"K9-hunte" is wrong`, of: d, want: `"***" is wrong`}, // a key that findings hide
		{message: "first\n\"" + github + `"`, want: "first\n\"***\""},
		{name: "/a/b", want: "/a/b"},
		{name: "/a/" + github + "/c", want: "/a/***/c"},
		{name: "/a/" + secret + "/c", of: d, want: "/a/***/c"},
		{name: "/a/short~1x/" + secret + "~0", of: d, want: "/a/short~1x/***"},
		{name: "/http:~1~1user:pa55-Wq7zk@host", want: "/***"},
		{name: "/http:/", want: "/http:/"},
		{name: "http://user:pa55-Wq7zk@host/x", want: "***//***/***"}, // only together
	} {
		text, r := tt.message+tt.name, h.Report()
		innocent := "config/a.yaml"
		r.Name(&innocent, d)
		if tt.name != "" {
			r.Name(&text, tt.of)
		} else {
			r.Message(&text, tt.of)
		}
		if r.Hide(); text != tt.want || innocent != "config/a.yaml" {
			t.Errorf("%s%s: shown as %s; beside it is %s", tt.message, tt.name, text, innocent)
		}
	}
}

// TestReportNames replaces names in every text.
func TestReportNames(t *testing.T) {
	message, name := "token=abc.txt is wrong", "x/token=abc.txt"
	r := hider(t).Report()
	r.Message(&message, nil)
	r.Name(&name, nil)
	r.Hide("token=abc.txt", "token=***.txt")
	if message != "token=***.txt is wrong" || name != "x/token=***.txt" {
		t.Errorf("shown: %s, %s", message, name)
	}
	hider(t).Report().Hide()
}

// TestReportPolicy hides what the policy of the caller finds, also what it allows,
// and however much there is of it.
func TestReportPolicy(t *testing.T) {
	h := hider(t, func(c *secretscan.Config) {
		c.Keys = []secretscan.KeyRule{{ID: "pin", Severity: secretscan.Warning, Words: []string{"pin"}}}
		c.Shapes = []secretscan.ShapeRule{{ID: "odd", Severity: secretscan.Warning, Pattern: regexp.MustCompile(`XX-[0-9]{6}`)}}
		c.Allow = []secretscan.Allow{{File: "*"}}
		c.Limits.Findings = 1
	})
	d := h.Document()
	d.Add("a.yaml", parse(t, "- pin: first1-Zq\n- pin: second2-Zq\n- pin: third3-Zq\n- pin: fourth4-Zq\n"))
	for _, s := range []string{"XX-123456", "first1-Zq", "fourth4-Zq"} {
		text, r := `"`+s+`"`, h.Report()
		r.Message(&text, d)
		if r.Hide(); text != `"***"` {
			t.Errorf("%d bytes of a secret show", len(s))
		}
	}
	if got, want := h.Output("pin=first1-Zq\nXX-123456 x\nfine\n"), "***"; strings.Contains(got, "XX-") || !strings.Contains(got, want) || !strings.HasSuffix(got, "\nfine\n") {
		t.Errorf("output: %s", got)
	}
}

func TestIsAt(t *testing.T) {
	d := hider(t).Document()
	d.Add("a.yaml", parse(t, "a: b\ntoken: x1\npassword: 839201\n"))
	for at, want := range map[doc.Pos]bool{
		{Line: 1, Column: 4}: false, {Line: 2, Column: 8}: true, {Line: 2, Column: 1}: false, {Line: 3, Column: 11}: true, {}: false,
	} {
		if got := d.IsAt(at); got != want {
			t.Errorf("IsAt(%v) = %v", at, got)
		}
	}
	made := doc.NewMap(doc.Field("token", doc.NewString(secret)), doc.Field("label", doc.NewString("innocent")))
	d.Add("a.yaml", made)
	if d.IsAt(doc.Pos{}) {
		t.Error("a value without a place is at one")
	}
	if (*hide.Document)(nil).IsAt(doc.Pos{Line: 2, Column: 8}) {
		t.Error("no document has a secret")
	}
}

// TestLongSecret remembers both ends of a long secret.
func TestLongSecret(t *testing.T) {
	long := "begin-4711" + strings.Repeat("0123456789", 40_000) + "4712-end"
	h := hider(t)
	d := h.Document()
	d.Add("a.yaml", parse(t, "token: "+long+"\n"))
	for text, want := range map[string]string{`"begin-47"`: `"***"`, `"4712-end"`: `"***"`, `"innocent text"`: `"innocent text"`} {
		r := h.Report()
		got := text
		r.Message(&got, d)
		if r.Hide(); got != want {
			t.Errorf("%s: shown as %s", text, got)
		}
	}
}

func TestOutput(t *testing.T) {
	const mask = "*** (a line that may hold a secret)"
	h := hider(t)
	for text, want := range map[string]string{
		"":                               "",
		"fine\n":                         "fine\n",
		"a\n" + github + "\nb":           "a\n" + mask + "\nb",
		"password=\"" + secret + "\"\nb": mask + "\nb",
		"a\n-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\nb\n": "a\n" + mask + "\n" + mask + "\n" + mask + "\nb\n",
		"-----BEGIN PRIVATE KEY-----\nMIIB\nx":                                 mask + "\n" + mask + "\n" + mask,
	} {
		if got := h.Output(text); got != want {
			t.Errorf("output %q is shown as %q", text, got)
		}
	}
}
