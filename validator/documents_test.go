package validator_test

import (
	"fmt"
	"strings"

	"github.com/anolishq/anolis-handoff/validator"
)

// bomb is a YAML text whose aliases stand for more values than anybody has
// memory for.
func bomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 12 {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
	}
	return b.String()
}

func documentsTests() []packageTest {
	const extra = "providers/thermal0.yaml"
	text := func(name, text string) func(content) { return func(c content) { c[name] = text } }
	return []packageTest{
		{name: "YAML that is none", edit: text(extra, "a: [1, 2\nb: }\n")},
		{name: "YAML with a tab", edit: text(extra, "a:\n\tb: 1\n")},
		{name: "YAML with an unknown tag", edit: text(extra, "provider: !secret x\n")},
		{name: "two YAML documents", edit: text(extra, "a: 1\n---\nb: 1\n")},
		{name: "invalid UTF-8", edit: text(extra, "a: \"\xff\"\n")},
		{name: "control character", edit: text(extra, "a: \"\x01\"\n")},
		{name: "empty YAML", edit: text(extra, "")},
		{name: "keys twice", edit: text(extra, "a: 1\nb: {c: 1, c: 2}\na: 2\nd:\n- e: 1\n  e: 1\n")},
		{name: "keys twice in YAML that nothing refers to", edit: text("extra/notes.yml", "a: 1\na: 2\n")},
		{name: "alias bomb", edit: text(extra, bomb())},
		{name: "endless nesting", edit: text(extra, strings.Repeat("[", 5000)+strings.Repeat("]", 5000))},
		{name: "many values", edit: text(extra, strings.Repeat("- 1\n", 100_001))},
		{name: "JSON that is none", edit: text("extra/a.json", "{\"a\": 1,}\n")},
		{name: "JSON that is not portable", edit: text("extra/a.json", "{\"a\": 1e999, \"b\": NaN}\n")},
		{name: "JSON with keys twice", edit: text("extra/a.JSON", "{\"a\": 1, \"b\": {\"c\": 1, \"\\u0063\": 2}}\n")},
		{name: "JSON that nests without end", edit: text("extra/a.json", strings.Repeat("[", 100_000))},
		{name: "machine profile that cannot be read", edit: text(profileYAML, "a: [")},
		{name: "machine profile with keys twice", edit: func(c content) { c.add(profileYAML, "machine_id: other\n") }},
		{name: "runtime config that cannot be read", edit: text(runtimeYAML, "a: [")},
		{name: "every runtime config cannot be read", edit: func(c content) {
			for name := range c {
				if strings.HasPrefix(name, "runtime/anolis") {
					c[name] = "{"
				}
			}
		}},
		{name: "provenance that cannot be read", edit: text(provenanceJSON, "{")},
		{name: "as large as the limit", opts: validator.Options{Limits: validator.Limits{Document: 3899}}},
		{name: "larger than the limit", opts: validator.Options{Limits: validator.Limits{Document: 1200}}},
		{name: "larger than the limit of a caller's", edit: text(extra, "a: 1\n#"+strings.Repeat("x", 3<<20)),
			opts: validator.Options{Limits: validator.Limits{Document: 8 << 20}}},
	}
}
