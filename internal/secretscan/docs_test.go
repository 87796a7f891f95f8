package secretscan_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/secretscan"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the generated documents anew")

// TestSecretsDocIsCurrent checks that docs/secrets.md lists the rules as they are.
func TestSecretsDocIsCurrent(t *testing.T) {
	const file = "../../docs/secrets.md"
	want := secretsDoc()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is not current; run go generate ./internal/secretscan (-want +got):\n%s", file, diff)
	}
}

func secretsDoc() string {
	var b strings.Builder
	b.WriteString(`# Secrets

<!-- Generated from the rules by go generate ./internal/secretscan. Edit those. -->

What the default policy takes for a secret. ` + "`redact.Default`" + ` is this list as a value; a policy file adds to it and allows findings.
The documentation of package ` + "`redact`" + ` says where each rule looks and what is innocent.

An *error* refuses the export or makes the package invalid. A *warning* lets it through and is listed. Both are hidden in every output.

## By the name of the key

A key matches when it contains one of the words, or ends in one of the endings (whole words, however the key joins them: ` + "`auth_key`" + `, ` + "`auth-key`" + `, ` + "`AuthKey`" + `).

| rule | severity | words | endings | numbers count |
| --- | --- | --- | --- | --- |
`)
	for _, r := range secretscan.DefaultKeys() {
		numbers := "no"
		if r.Numbers {
			numbers = "from 4 digits"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", r.ID, r.Severity, code(r.Words), code(r.Endings), numbers)
	}
	b.WriteString(`
## By the look of the value

In a look, a number stands for how many characters of a kind: *digit*, *hex* (small hexadecimal digits), *hexany* (hexadecimal digits), *lower* (small letters and digits), *upper* (capitals and digits), *alnum* (letters and digits), *dash*, *word* and *url* (those and ` + "`-`, `_`" + ` or both), *b64* (base64), *token* (what tokens in headers are made of).

| rule | finds | severity | looks | source |
| --- | --- | --- | --- | --- |
`)
	for _, f := range secretscan.Families() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", f.ID, f.Description, f.Severity, code(f.Looks()), f.Source)
	}
	return b.String()
}

func code(list []string) string {
	var out []string
	for _, s := range list {
		out = append(out, "`"+strings.TrimSpace(s)+"`")
	}
	return strings.Join(out, "<br>")
}
