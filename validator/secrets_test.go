package validator_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/anolishq/anolis-handoff/redact"
	"github.com/anolishq/anolis-handoff/validator"
)

// noise is n characters in an order that looks random.
func noise(n int, seed uint64) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	out := make([]byte, n)
	for i := range out {
		seed = seed*6364136223846793005 + 1442695040888963407
		out[i] = alphabet[seed>>33%uint64(len(alphabet))]
	}
	return string(out)
}

// secretTest plants a secret that must be found and shown nowhere.
type secretTest struct {
	name   string
	secret string
	edit   func(content)
	tear   bool // edit is done after the checksums are made
}

// secretPlants have secrets of the right shape that open nothing. They are put
// together here, so that nobody's scanner takes this file for a leak.
func secretPlants() []secretTest {
	var (
		password = "hunter2-" + noise(12, 1)
		github   = "gh" + "p_" + noise(36, 2)
		influx   = noise(86, 3) + "=" + "="
		url      = "https://rig:" + password + "@historian.local"
		pem      = "-----BEGIN RSA PRIVATE" + " KEY-----\n" + noise(64, 4) + "\n-----END RSA PRIVATE" + " KEY-----\n"
	)
	const extra = "providers/thermal0.yaml"
	in := func(name, old, new string) func(content) {
		return func(c content) { c.replace(name, old, new) }
	}
	file := func(name, text string) func(content) { return func(c content) { c[name] = text } }
	add := func(name, text string) func(content) { return func(c content) { c.add(name, text) } }
	return []secretTest{
		// Each kind of file.
		{name: "runtime config", secret: password, edit: in(runtimeYAML, "bucket: bench-2l", "bucket: bench-2l\n    token: "+password)},
		{name: "provider config", secret: password, edit: add(extra, "auth:\n  api_tokens: [a, "+password+"]\n")},
		{name: "provider config, password", secret: password, edit: add(extra, "password: "+password+"\n")},
		{name: "machine profile", secret: influx, edit: in(profileYAML, "Commissioned with", influx)},
		{name: "provenance", secret: github, edit: in(provenanceJSON, `"bioreactor-bench"`, `"`+github+`"`)},
		{name: "JSON", secret: password, edit: file("extra/a.json", `{"token": "`+password+`"}`)},
		{name: "JSON with a byte order mark", secret: github, edit: file("extra/a.json", "\ufeff{\"x\": \""+github+"\"}")},
		{name: "behavior attribute", secret: password, edit: in(behaviorXML, "<ReactiveSequence ", `<ReactiveSequence password="`+password+`" `)},
		{name: "behavior comment", secret: github, edit: add(behaviorXML, "<!-- "+github+" -->\n")},
		{name: "behavior URL", secret: password, edit: in(behaviorXML, `name="fed_batch"`, `name="`+url+`"`)},
		{name: "comment", secret: github, edit: add(extra, "# was "+github+"\n")},
		{name: "text", secret: "MII" + "x", edit: file("README.md", pem)},
		{name: "unknown kind", secret: github, edit: file("data.bin", "\x00\x01"+github+"\x00")},
		{name: "UTF-16", secret: github, edit: file("notes.txt", utf16Text(github+"\r\n"))},
		{name: "no extension", secret: password, edit: file("env", "INFLUXDB_TOKEN="+password+"\n")},
		{name: "checksums", secret: github, edit: add(checksumsText, strings.Repeat("0", 64)+"  "+github+"\n"), tear: true},
		{name: "checksums that are none", secret: github, edit: add(checksumsText, github+"\n"), tear: true},
		{name: "file name", secret: github, edit: file("docs/"+github+".txt", "hello")},
		{name: "folder name", secret: github, edit: file("providers/"+github+"/a.yaml", "[]")},
		{name: "YAML that cannot be read", secret: password, edit: file(extra, "token: "+password+"\n- x\n")},
		{name: "JSON that cannot be read", secret: password, edit: file("extra/a.json", `{"token": "`+password+`",}`)},

		// Values that checks quote.
		{name: "value against the schema", secret: "abc-XYZ-123", edit: in(profileYAML, "schema_version: 1", "schema_version: 1\ntoken: abc-XYZ-123")},
		{name: "machine id", secret: github[:20], edit: in(profileYAML, "machine_id: bioreactor-bench", "machine_id: "+github)},
		{name: "path of a profile", secret: password, edit: in(profileYAML, "manual: runtime/", "api_token: "+password+"\n  manual: runtime/")},
		{name: "short path of a profile", secret: "zq7k", edit: in(profileYAML, "manual: runtime/", "api_token: zq7k\n  manual: runtime/")},
		{name: "path of a provider", secret: password, edit: in(profileYAML, "config: providers/thermal0.yaml", "config: "+url)},
		{name: "behavior", secret: password, edit: in(profileYAML, "- runtime/behaviors/fed_batch.xml", "- "+url)},
		{name: "check script", secret: password, edit: in(profileYAML, "validation:\n", "validation:\n  check_http_script: "+url+"\n")},
		{name: "config argument", secret: password, edit: in(runtimeYAML, "- providers/thermal0.yaml", "- "+url)},
		{name: "behavior tree", secret: password, edit: in(runtimeYAML, "automation:\n", "automation:\n  behavior_tree: "+url+"\n")},
		{name: "a word of a list", secret: "abcXYZ123", edit: in(profileYAML, "estop_topology: signal", "estop_topology: {token: abcXYZ123}")},
		{name: "provenance that breaks its schema", secret: "abcXYZ123", edit: in(provenanceJSON, `"package_format_version": 1`, `"package_format_version": "`+github+`", "token": "abcXYZ123"`)},

		// Names that checks quote.
		{name: "provider id in the profile", secret: github, edit: in(profileYAML, "  thermal0:\n    config", "  "+github+":\n    config")},
		{name: "provider id in the runtime config", secret: github, edit: in(runtimeYAML, "id: thermal0", "id: "+github)},
		{name: "provider id twice", secret: github, edit: func(c content) {
			c.replace(runtimeYAML, "id: thermal0", "id: "+github)
			c.replace(runtimeYAML, "id: drives0", "id: "+github)
		}},
		{name: "runtime profile", secret: github, edit: in(profileYAML, "  manual: runtime/", "  "+github+": none\n  manual: runtime/")},
		{name: "key against the schema", secret: github, edit: add(profileYAML, github+": 1\n")},
		{name: "long key against the schema", secret: influx, edit: add(profileYAML, "? "+influx+"\n: 1\n")},
		{name: "key that the runtime ignores", secret: github, edit: add(runtimeYAML, github+": 1\n")},
		{name: "key with a value for other readers", secret: password, edit: add(extra, "tokens:\n  "+password+": {x: yes, y: z}\n")},
		{name: "key with a slash", secret: password, edit: add(extra, url+": yes\n")},
		{name: "key twice in YAML", secret: github, edit: add(extra, github+": 1\n"+github+": 2\n")},
		{name: "key twice in JSON", secret: influx, edit: file("extra/a.json", `{"`+influx+`": 1, "`+influx+`": 2}`)},
		{name: "below a key twice", secret: github, edit: add(extra, github+": {a: 1, a: 2}\n")},
		{name: "element", secret: github, edit: file(behaviorXML, "<"+github+"></a>")},
		{name: "attribute twice", secret: github, edit: file(behaviorXML, "<a "+github+"='1' "+github+"='2'/>")},
	}
}

func utf16Text(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func (s secretTest) packageTest() packageTest {
	if s.tear {
		return packageTest{name: s.name, tear: s.edit}
	}
	return packageTest{name: s.name, edit: s.edit}
}

func secretsTests() []packageTest {
	var list []packageTest
	for _, s := range secretPlants() {
		list = append(list, s.packageTest())
	}
	return list
}

// outputs are all forms of a report in one text.
func outputs(t *testing.T, r *validator.Report) string {
	t.Helper()
	var b bytes.Buffer
	err := errors.Join(r.WriteText(&b, false), r.WriteText(&b, true), r.WriteJSON(&b), validator.WriteSARIF(&b, r))
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(&b, fmt.Sprint(r.Err()))
	for _, p := range r.Problems {
		io.WriteString(&b, p.Error())
	}
	return b.String()
}

// TestSecretsAreFoundAndNeverShown plants a secret in every kind of place.
func TestSecretsAreFoundAndNeverShown(t *testing.T) {
	whole := sound(t)
	for _, tt := range secretPlants() {
		c := tt.packageTest().changed(whole)
		report := ofArchive(t, c.archive(t), validator.Options{})
		found := false
		for _, p := range report.Problems {
			found = found || (p.Code == validator.CodeSecret || p.Code == validator.CodeSuspicious) && p.File != ""
		}
		if !found {
			t.Errorf("%s: not found: %v", tt.name, report.Err())
		}
		text := outputs(t, report)
		for i := range max(1, len(tt.secret)-7) {
			part := tt.secret[i:min(len(tt.secret), i+8)]
			if at := strings.Index(text, part); at >= 0 {
				t.Errorf("%s: shows %q: %q", tt.name, part, text[max(0, at-120):min(len(text), at+60)])
				break
			}
		}
	}
}

// TestAllowedSecrets checks that a policy's allow-list is the caller's word.
func TestAllowedSecrets(t *testing.T) {
	c := sound(t)
	c.add("providers/thermal0.yaml", "token: hunter2-abc\n")
	c.sum()
	if report := ofFS(t, c.fs(), validator.Options{}); report.Valid {
		t.Error("a token is valid")
	}
	policy := redact.Default()
	policy.Allow = []redact.Allow{{File: "providers/thermal0.yaml", Path: "token", Rule: "token-key"}}
	if report := ofFS(t, c.fs(), validator.Options{Policy: &policy}); len(report.Problems) > 0 {
		t.Errorf("it was allowed: %v", report.Problems)
	}
	// A document is searched as a document also when the policy wants less.
	policy.Allow = nil
	policy.Limits.Document = 10
	report := ofFS(t, c.fs(), validator.Options{Policy: &policy})
	if got := verdict(report); got != "error secret providers/thermal0.yaml:18:8 /token a string under a key that contains \"token\" (token-key)\n" {
		t.Error(got)
	}
}
