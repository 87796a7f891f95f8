package redact_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/redact"
	"github.com/google/go-cmp/cmp"
)

// brief is what a test compares of a finding.
func brief(list []redact.Finding) []string {
	var out []string
	for _, f := range list {
		out = append(out, fmt.Sprintf("%d:%d %s %s %s", f.Line, f.Column, f.Severity, f.Rule, f.Path))
	}
	return out
}

// TestTokenKeys is the rule that the format's first validator has, and what
// this package adds to it as warnings.
func TestTokenKeys(t *testing.T) {
	for _, c := range []struct {
		name, file, text string
		want             []string
	}{
		{"runtime", "runtime/anolis-runtime.yaml", "telemetry:\n  enabled: true\n  influxdb:\n    token: leak\n",
			[]string{"4:12 error token-key telemetry.influxdb.token"}},
		{"nested", "providers/p.yaml", "auth:\n  api_token: leak\n", []string{"2:14 error token-key auth.api_token"}},
		{"list", "providers/p.yaml", "auth:\n  tokens:\n  - leak\n", []string{"3:5 error token-key auth.tokens[0]"}},
		{"list in list", "providers/p.yaml", "tokens: [[leak, 5], [], ['']]\n", []string{"1:11 error token-key tokens[0][0]"}},
		{"mapping in list", "providers/p.yaml", "auth:\n- myToken: leak\n", []string{"2:12 error token-key auth[0].myToken"}},
		{"json", "meta/provenance.json", "{\n  \"session_token\": \"abc\"\n}\n", []string{"2:20 error token-key session_token"}},
		{"any case", "p.yaml", "MYTOKEN: a\nToKeNs: b\n", []string{"1:10 error token-key MYTOKEN", "2:9 error token-key ToKeNs"}},
		{"Kelvin sign", "p.yaml", "to\u212aen: a\n", []string{"1:8 error token-key [\"to\u212aen\"]"}},
		{"one character", "p.yaml", "token: x\n", []string{"1:8 error token-key token"}},
		{"reference is a string", "p.yaml", "token: ${INFLUXDB_TOKEN}\n", []string{"1:8 error token-key token"}},
		{"zero width space is not blank", "p.yaml", "token: \"\\u200b\"\n", []string{"1:8 error token-key token"}},
		{"not a space to Python", "p.yaml", "token: \"\\u180e\"\n", []string{"1:8 error token-key token"}},
		{"binary key", "p.yaml", "!!binary dG9rZW4=: leak\n", []string{"1:20 error token-key binary"}},
		{"through an alias", "p.yaml", "a: &x leak\ntoken: *x\n", []string{"1:4 error token-key token"}},

		{"mapping below", "p.yaml", "token:\n  name: leak\n", []string{"2:9 warning token-key token.name"}},
		{"list in mapping below", "p.yaml", "token: {values: [leak]}\n", []string{"1:18 warning token-key token.values[0]"}},
		{"mapping in list below", "p.yaml", "tokens:\n- {x: leak}\n", []string{`2:7 warning token-key tokens[0]["***"]`}},
		{"token again in mapping below", "p.yaml", "tokens:\n  token: leak\n", []string{"2:10 error token-key tokens.token"}},
		{"other key in mapping below", "p.yaml", "token: {password: leak}\n", []string{"1:19 warning password-key token.password"}},
		{"most severe rule", "p.yaml", "secret_token_password: leak\n", []string{"1:24 error token-key secret_token_password"}},
		{"first of equals", "p.yaml", "secret_password: leak\n", []string{"1:18 warning password-key secret_password"}},

		{"integer", "p.yaml", "auth:\n  token: 5\n", nil},
		{"blank", "p.yaml", "auth:\n  api_token: '  '\n", nil},
		{"empty", "p.yaml", "tokens: ''\n", nil},
		{"null", "p.yaml", "api_token: null\n", nil},
		{"every blank of Python", "p.yaml", `token: "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000"` + "\n", nil},
		{"binary value", "p.yaml", "token: !!binary bGVhaw==\n", nil},
		{"boolean", "p.yaml", "token: yes\n", nil},
		{"timestamp", "p.yaml", "token: 2026-04-16\n", nil},
		{"keys are no values", "p.yaml", "tokens: {leak: 5}\nlist: [token]\n", nil},
		{"set", "p.yaml", "tokens: !!set {leak}\n", nil},
		{"root", "p.yaml", "token\n", nil},
		{"empty file", "p.yaml", "", nil},
		{"other extension", "p.txt", "token: leak\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, brief(scanText(t, redact.Default(), c.file, c.text))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestOneFinding checks that what a document and its text both show is found
// once, at the place in the text and with the path of the document.
func TestOneFinding(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"plain", "a:\n  b: " + github + "\n", []string{"2:6 error github-token a.b"}},
		{"block", "a: |\n  first\n  second " + github + "\n", []string{"3:10 error github-token a"}},
		{"twice in one value", "a: |\n  " + github + "\n  " + github + "\n",
			[]string{"2:3 error github-token a", "3:3 error github-token a"}},
		{"two values on a line", "[" + github + ", " + github + "]\n",
			[]string{"1:2 error github-token [0]", fmt.Sprintf("1:%d error github-token [1]", 4+len(github))}},
		{"value and comment", "a: " + github + "\nb: 1\n# " + github + "\n",
			[]string{"1:4 error github-token a", "3:3 error github-token "}},
		{"key", github + ": 1\n", []string{`1:1 error github-token ["***"]`}},
		{"hidden by an escape", "a: \"\\x67" + github[1:] + "\"\n", []string{"1:4 error github-token a"}},
		{"key rule and shape", "token: " + github + "\n", []string{"1:8 error github-token token", "1:8 error token-key token"}},
		{"comment in a block", "a: |\n  # password: " + password + "\n", []string{"2:5 warning password-key a"}},
		{"alias", "a: &x " + github + "\nb: *x\n", []string{"1:7 error github-token a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, brief(scanText(t, redact.Default(), "a.yaml", c.text))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnread(t *testing.T) {
	p := redact.Default()
	p.Limits.Document = 64
	pad := "# " + strings.Repeat("-", 70) + "\n"
	for _, c := range []struct {
		name, file, text string
		want             []string
	}{
		{"syntax", "a.yaml", "a: [\ntoken: abc\n", []string{"UNREAD", "2:1 error token-key "}},
		{"duplicate", "a.json", `{"a": 1, "a": 2, "token": "abc", "token2": 5}`, []string{"UNREAD", "1:19 error token-key "}},
		{"too large", "a.yaml", pad + "token: abc\npassword: x\ntoken2: 5\ntoken3: null\n",
			[]string{"0:0 error unread-document ", "2:1 error token-key ", "3:1 warning password-key "}},
		{"as large as allowed", "a.yaml", "token: abc" + strings.Repeat("\n", 54), []string{"1:8 error token-key token"}},
		{"not a document", "a.txt", pad + "a: [\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			list := scanText(t, p, c.file, c.text)
			got := brief(list)
			for i, f := range list {
				if f.Rule == redact.UnreadDocument && f.Line > 0 {
					got[i] = "UNREAD"
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestAliases checks that repeating a long text by reference costs nothing.
func TestAliases(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	text := "a: &a " + long + "\ntokens: [" + strings.Repeat("*a, ", 20000) + "]\n"
	list := scanText(t, redact.Default(), "a.yaml", text)
	if len(list) != 101 {
		t.Errorf("got %d findings, want 100 and one for the rest", len(list))
	}
	mustNotShow(t, long[:64], list)
}
