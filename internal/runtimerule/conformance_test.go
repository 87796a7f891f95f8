package runtimerule

import (
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/conformance"
	"github.com/anolishq/anolis-handoff/internal/contract"
)

// verdict is what the schema and the rules say about one runtime config.
type verdict struct {
	unreadable bool
	schema     int // violations
	rules      []Violation
}

func judge(t *testing.T, schema *contract.Schema, text string) verdict {
	t.Helper()
	root, err := canonyaml.Read([]byte(text))
	if err != nil {
		return verdict{unreadable: true}
	}
	found, err := schema.Check(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	v := verdict{schema: len(found)}
	for _, found := range check(root) {
		if !found.Warning {
			v.rules = append(v.rules, found)
		}
	}
	return v
}

func (v verdict) valid() bool { return !v.unreadable && v.schema == 0 && len(v.rules) == 0 }

// codes tells which code says what the runtime said.
var codes = []struct {
	said string
	code Code
}{
	{"Duplicate provider ID", CodeDuplicateProvider},
	{"backoff_ms array length", CodeBackoffLength},
	{"must provide function_id or function_name", CodeHookFunction},
	{"default value parse failed", CodeParameterDefault},
	{"behavior_tree path not specified", CodeBehaviorTree},
	{"HTTP port must be", CodeHTTPPort},
	{"thread_pool_size must be", CodeHTTPThreads},
	{"CORS wildcard", CodeHTTPWildcard},
	{"integer value out of range", CodeNumberRange},
	{"bad conversion", ""}, // the spelling or the range
}

// TestValidateCases holds schema and rules together against what the schema's
// judge and the runtime said about every runtime config of the recorded cases,
// unless the package failed for another reason before they were asked.
func TestValidateCases(t *testing.T) {
	schema, err := contract.RuntimeConfig()
	if err != nil {
		t.Fatal(err)
	}
	var valid, bySchema, byRuntime int
	for i, c := range conformance.ValidateCases(t) {
		if i >= 600 {
			break
		}
		said := c.Expect.Message
		refused := strings.HasPrefix(said, "runtime: ")
		inSchema := strings.HasPrefix(said, "Schema validation failed for runtime/")
		if !c.Expect.Valid && !refused && !inSchema {
			continue
		}
		allValid := true
		for name, text := range c.Files {
			if !strings.HasPrefix(name, "runtime/") || !strings.HasSuffix(name, ".yaml") {
				continue
			}
			v := judge(t, schema, text)
			allValid = allValid && v.valid()
			if refused && (v.schema != 0 || v.unreadable) {
				t.Errorf("case %d: %s breaks the schema, and the runtime said %s", i, name, said)
			}
			if refused && !v.valid() && !says(v, said) {
				t.Errorf("case %d: %s: the runtime said %s, got %s", i, name, said, lines(v.rules))
			}
			if inSchema && strings.HasPrefix(said, "Schema validation failed for "+name+":") && v.schema == 0 {
				t.Errorf("case %d: %s satisfies the schema, want %s", i, name, said)
			}
		}
		if allValid != c.Expect.Valid {
			t.Errorf("case %d %v: valid is %v, want %v: %s", i, c.Mutations, allValid, c.Expect.Valid, said)
		}
		switch {
		case refused:
			byRuntime++
		case inSchema:
			bySchema++
		default:
			valid++
		}
	}
	if conformance.All && (valid < 139 || bySchema < 84 || byRuntime < 29) {
		t.Errorf("only %d valid cases, %d refused by the schema and %d by the runtime", valid, bySchema, byRuntime)
	}
}

// says reports whether a rule with a code for it was broken.
func says(v verdict, said string) bool {
	for _, c := range codes {
		if !strings.Contains(said, c.said) {
			continue
		}
		for _, found := range v.rules {
			if found.Code == c.code || c.code == "" && (found.Code == CodeNumberSpelling || found.Code == CodeNumberRange) {
				return true
			}
		}
	}
	return false
}

// TestExportedConfigs does the same with the packages that were exported.
func TestExportedConfigs(t *testing.T) {
	schema, err := contract.RuntimeConfig()
	if err != nil {
		t.Fatal(err)
	}
	var valid, invalid int
	for i, c := range conformance.ExportCases(t) {
		if i >= 300 { // later ones have faults of YAML, which are not rules
			break
		}
		text, exported := c.Expect.Entries["runtime/anolis-runtime.yaml"]
		if !exported {
			continue
		}
		v := judge(t, schema, text)
		why := c.Expect.InvalidBecause
		switch {
		case c.Expect.Valid:
			valid++
			if !v.valid() {
				t.Errorf("case %d: valid, got %d of the schema and %s", i, v.schema, lines(v.rules))
			}
		case strings.HasPrefix(why, "Schema validation failed for runtime/"), strings.HasPrefix(why, "runtime: "):
			invalid++
			if v.valid() {
				t.Errorf("case %d: got valid, want %s", i, why)
			}
		}
	}
	if conformance.All && (valid < 100 || invalid < 50) {
		t.Errorf("only %d valid and %d invalid cases", valid, invalid)
	}
}
