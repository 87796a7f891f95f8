package validator_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/validator"
)

// move gives a file another name and changes every path to it.
func (c content) move(from, to string) {
	c[to] = c[from]
	delete(c, from)
	for name := range c {
		if name != checksumsText {
			c[name] = strings.ReplaceAll(c[name], from, to)
		}
	}
}

const (
	fullYAML    = "runtime/anolis-runtime.full.yaml"
	thermalYAML = "providers/thermal0.yaml"
)

func rolesTests() []packageTest {
	pin := func(version string) func(content) {
		return func(c content) { c.replace(profileYAML, `version: 0.2.6`, "version: "+version) }
	}
	runtime := func(version, old, new string) func(content) {
		return func(c content) {
			pin(version)(c)
			c.replace(runtimeYAML, old, new)
		}
	}
	const bind = "bind: 127.0.0.1"
	return []packageTest{
		{name: "a runtime config under another name", edit: func(c content) {
			c.replace(fullYAML, "port: 8085", "port: 0")
			c.move(fullYAML, "runtime/rt.conf")
		}},
		{name: "garbage in a runtime config under another name", edit: func(c content) {
			c.move(fullYAML, "runtime/rt")
			c["runtime/rt"] = "{"
		}},
		{name: "a provider config under another name", edit: func(c content) {
			c[thermalYAML] = "- a list\n"
			c.move(thermalYAML, "providers/thermal0.cfg")
		}},
		{name: "a secret in a provider config under another name", edit: func(c content) {
			c.add(thermalYAML, "api_token: not-a-real-one\n")
			c.move(thermalYAML, "providers/thermal0")
		}},
		{name: "a behavior under another name", edit: func(c content) {
			c[behaviorXML] = "<root>"
			c.move(behaviorXML, "runtime/behaviors/tree.txt")
		}},
		{name: "two roles", edit: func(c content) {
			c.replace(profileYAML, fullYAML, "meta/checksums.sha256")
			delete(c, fullYAML)
		}},
		{name: "a provider config that is a runtime config", edit: func(c content) {
			c.replace(profileYAML, fullYAML, thermalYAML)
			delete(c, fullYAML)
		}},
		{name: "the old key of the tree, while automation is off", edit: func(c content) {
			c.replace(runtimeYAML, "automation:\n  enabled: false\n", "automation:\n  enabled: false\n  behavior_tree: ''\n  behavior_tree_path: ../tree.xml\n")
		}},
		{name: "a blank tree is none", edit: func(c content) {
			c.replace(runtimeYAML, "automation:\n  enabled: false\n", "automation:\n  enabled: false\n  behavior_tree: '  '\n  behavior_tree_path: ../tree.xml\n")
		}},
		{name: "a tree outside of its folder", edit: func(c content) {
			c.replace(fullYAML, "behavior_tree: "+behaviorXML, "behavior_tree: "+thermalYAML)
		}},
		{name: "blanks are part of a path", edit: func(c content) {
			c.replace(fullYAML, "behavior_tree: "+behaviorXML, "behavior_tree: ' "+behaviorXML+"'")
		}},
		{name: "a config outside of its folder", edit: func(c content) {
			c.replace(fullYAML, thermalYAML, provenanceJSON)
		}},
		{name: "an empty config", edit: func(c content) { c.replace(fullYAML, thermalYAML, "''") }},
		{name: "a config given twice", edit: func(c content) {
			c.replace(fullYAML, "  - "+thermalYAML+"\n", "  - "+thermalYAML+"\n  - --config\n  - /dev/null\n  - --config=x\n")
		}},
		{name: "a script that is not there", edit: func(c content) {
			c.replace(profileYAML, "validation:\n", "validation:\n  check_http_script: tools/check.sh\n")
		}},
		{name: "a script outside", edit: func(c content) {
			c.replace(profileYAML, "validation:\n", "validation:\n  check_http_script: C:/check.sh\n")
		}},
		{name: "a script on a drive in small letters", edit: func(c content) {
			c.replace(profileYAML, "validation:\n", "validation:\n  check_http_script: 'z:\\check.sh'\n")
		}},
		{name: "a script that begins like a drive", edit: func(c content) {
			c.replace(profileYAML, "validation:\n", "validation:\n  check_http_script: '@:/check.sh'\n")
		}},
		{name: "a script that begins like a drive, behind the letters", edit: func(c content) {
			c.replace(profileYAML, "validation:\n", "validation:\n  check_http_script: '{:/check.sh'\n")
		}},
		{name: "a script that is a folder", edit: func(c content) {
			c.replace(profileYAML, "validation:\n", "validation:\n  check_http_script: runtime\n")
		}},
		{name: "a line break that only one reader knows", edit: func(c content) {
			c.replace(fullYAML, "level: info", "level: info # a\u2028  x: 1")
		}},
		{name: "line breaks of an old system", edit: func(c content) {
			c[thermalYAML] = strings.ReplaceAll(c[thermalYAML], "\n", "\r")
		}},
		{name: "a tagged block in a list", edit: func(c content) { c.add(thermalYAML, "x:\n- !!binary |\n  aGVsbG8=\n") }},

		{name: "no version", edit: func(c content) {
			pin("main")(c)
			c.replace(runtimeYAML, bind, "bind: 0.0.0.0\n  auth_enabled: true")
		}},
		{name: "a version between", edit: runtime("0.1.30", bind, bind+"\n  auth_enabled: true")},
		{name: "an old version", edit: runtime("0.1.21", bind, "bind: 0.0.0.0\n  auth_enabled: true")},
		{name: "the caller's version", edit: runtime("0.1.21", bind, "bind: 0.0.0.0"), opts: validator.Options{RuntimeVersion: "0.1.40"}},
		{name: "an insecure bind", edit: runtime("0.1.40", bind, "bind: LOCALHOST")},
		{name: "a token in the clear", edit: runtime("0.1.40", bind, "bind: ''\n  auth_enabled: true")},
		{name: "half of TLS", edit: runtime("0.1.40", bind, bind+"\n  tls_cert_path: c.pem")},
		{name: "a type", edit: runtime("0.1.40", bind, bind+"\n  auth_enabled: maybe")},
		{name: "staleness", edit: runtime("0.1.40", "logging:", "health:\n  staleness: {warn_after_ms: 9, stale_after_ms: 9}\nlogging:")},
		{name: "a safe state while automation is off", edit: runtime("0.1.40", "  safe_state:\n    hooks:\n", "  safe_state:\n    hooks:\n    - function_name: x\n")},
		{name: "arguments in quotes", edit: runtime("0.1.40", "  safe_state:\n    hooks:\n",
			"  safe_state:\n    hooks:\n    - {device_handle: a/b, function_name: x, args: {a: '99999999999999999999', b: '1.0e400', c: '08', d: 0x1}}\n")},
		{name: "a name that begins with a dot", edit: func(c content) { c[".hidden"] = "x" }},
		{name: "a name that is not composed", edit: func(c content) { c.move(behaviorXML, "runtime/behaviors/gru\u0308n.xml") }},
		{name: "the name of a missing file in another case", tear: func(c content) {
			c.move(provenanceJSON, "meta/Provenance.json")
		}},
		{name: "a runtime config that ends like a tree", edit: func(c content) { c.move(fullYAML, "runtime/full.xml") }},
		{name: "an included tree under another name", edit: func(c content) {
			c.replace(behaviorXML, "<BehaviorTree", "<include path=\"sub/pump\"/>\n<include path=\"sub/Pump\"/>\n<BehaviorTree")
			c["runtime/behaviors/sub/pump"] = "<root>"
		}},
		{name: "a long path", edit: func(c content) {
			c.replace(profileYAML, thermalYAML, "providers/"+strings.Repeat("./", 2050)+"thermal0.yaml")
		}},
		{name: "a blank of Python", edit: func(c content) {
			c.replace(runtimeYAML, "automation:\n  enabled: false\n", "automation:\n  enabled: false\n  behavior_tree: \"\\x1f\"\n")
		}},
		{name: "words that the runtime takes for true", edit: runtime("0.1.40", bind, "bind: 0.0.0.0\n  auth_enabled: y\n  tls_cert_path: a\n  tls_key_path: b")},
		{name: "a word that it does not", edit: runtime("0.1.40", bind, "bind: 0.0.0.0\n  allow_insecure_bind: tRue")},
		{name: "gaps that other schemas allow", edit: func(c content) {
			c.replace(fullYAML, "- "+thermalYAML, "- 5")
			c.replace(fullYAML, "behavior_tree: "+behaviorXML, "behavior_tree: 5")
			c.replace(profileYAML, "- "+behaviorXML, "- 5")
		}, opts: validator.Options{Schemas: validator.Schemas{MachineProfile: []byte("{}"), RuntimeConfig: []byte("{}")}}},
		{name: "an unchecked profile", edit: func(c content) { c.replace(profileYAML, "runtime_profiles:", "profiles:") },
			opts: validator.Options{Schemas: validator.Schemas{MachineProfile: []byte("{}")}}},
	}
}

// TestEveryRoleIsJudgedUnderAnyName puts each fault into a file with an unusual
// name, into the second profile, and beside automation that is off: it is found all
// the same.
func TestEveryRoleIsJudgedUnderAnyName(t *testing.T) {
	faults := []struct {
		name string
		code validator.Code
		edit func(c content, config string)
	}{
		{"syntax", validator.CodeYAMLSyntax, func(c content, config string) { c.add(config, "\n}\n") }},
		{"duplicate key", validator.CodeDuplicateKey, func(c content, config string) { c.add(config, "\nhttp: {}\n") }},
		{"two readings", validator.CodeTwoReadings, func(c content, config string) { c.add(config, "\n# a\u2029# b\n") }},
		{"secret", validator.CodeSecret, func(c content, config string) { c.add(config, "\nx_token: abc\n") }},
		{"schema", validator.CodeRuntimeSchema, func(c content, config string) { c.replace(config, "level: info", "level: loud") }},
		{"rule", "runtime-http-port", func(c content, config string) {
			c.replace(config, "  enabled: true\n  bind: 127.0.0.1\n  port: 8085", "  bind: 127.0.0.1\n  port: 0")
		}},
		{"provider missing", validator.CodeProviderMissing, func(c content, config string) { c.replace(config, "- id: thermal0", "- id: ' thermal0'") }},
		{"arguments", validator.CodeRuntimeArgs, func(c content, config string) { c.replace(config, "- --config\n  - "+thermalYAML, "- --conf") }},
		{"config elsewhere", validator.CodeReferencePlace, func(c content, config string) { c.replace(config, "- "+thermalYAML, "- "+behaviorXML) }},
		{"config missing", validator.CodeReferenceMissing, func(c content, config string) { c.replace(config, "- "+thermalYAML, "- providers/x") }},
		{"tree missing", validator.CodeReferenceMissing, func(c content, config string) { c.tree(config, "behavior_tree: runtime/behaviors/x") }},
		{"old tree", validator.CodeUnsafePath, func(c content, config string) { c.tree(config, "behavior_tree_path: /x") }},
		{"hook argument", "runtime-number-range", func(c content, config string) {
			c.tree(config, "mode_transition_hooks: {before_transition: [{to: FAULT, calls: [{device_handle: a/b, function_id: 1, args: {a: 4.9e-324}}]}]}")
		}},
	}
	for _, place := range []struct {
		name   string
		config string
		before func(c content)
	}{
		{"unusual name", "runtime/rt.conf", func(c content) { c.move(runtimeYAML, "runtime/rt.conf"); c[runtimeYAML] = c["runtime/rt.conf"] }},
		{"no ending", "etc/config", func(c content) { c.move(runtimeYAML, "etc/config"); c[runtimeYAML] = c["etc/config"] }},
		{"second profile", fullYAML, func(content) {}},
		{"automation off", fullYAML, func(c content) { c.replace(fullYAML, "automation:\n  enabled: true", "automation:\n  enabled: false") }},
	} {
		for _, fault := range faults {
			t.Run(place.name+"/"+fault.name, func(t *testing.T) {
				c := sound(t)
				place.before(c)
				c.sum()
				if report := ofFS(t, c.fs(), validator.Options{}); !report.Valid {
					t.Fatalf("invalid before the fault: %v", report.Err())
				}
				fault.edit(c, place.config)
				c.sum()
				report := ofFS(t, c.fs(), validator.Options{})
				for _, p := range report.Problems {
					if p.Code == fault.code && p.Severity == validator.Error && (p.File == place.config || p.File == profileYAML) {
						return
					}
				}
				t.Errorf("no %s in %s: %v", fault.code, place.config, report.Err())
			})
		}
	}
}

// tree replaces what a config says about its behavior tree.
func (c content) tree(config, line string) {
	before, _, found := strings.Cut(c[config], "automation:\n")
	if !found {
		panic("no automation in " + config)
	}
	_, after, _ := strings.Cut(c[config], "logging:\n")
	c[config] = before + "automation:\n  enabled: false\n  " + line + "\nlogging:\n" + after
}

// TestEveryKeyIsJudged puts a value of no use at every key that a runtime reads, in a
// config with an unusual name, of the second profile, with automation off.
func TestEveryKeyIsJudged(t *testing.T) {
	const config = "etc/second"
	judged := 0
	var visit func(keys []machine.Key, at doc.Path)
	visit = func(keys []machine.Key, at doc.Path) {
		for _, k := range keys {
			where := at.Child(k.Name)
			if k.List {
				visit(k.Below, where.Child(0))
			} else {
				visit(k.Below, where)
			}
			c := sound(t)
			c.replace(profileYAML, `version: 0.2.6`, "version: "+machine.NewestRuntime)
			c.move(fullYAML, config)
			c.replace(config, "automation:\n  enabled: true", "automation:\n  enabled: false")
			root, err := canonyaml.Read([]byte(c[config]))
			if err != nil {
				t.Fatal(err)
			}
			put(root, where, doc.NewSeq(doc.NewSeq()))
			c[config] = string(canonyaml.Append(nil, root))
			c.sum()
			report := ofFS(t, c.fs(), validator.Options{})
			found := slices.ContainsFunc(report.Problems, func(p validator.Problem) bool {
				return p.Severity == validator.Error && p.File == config &&
					(strings.HasPrefix(where.Pointer()+"/", p.Pointer+"/") || strings.HasPrefix(p.Pointer+"/", where.Pointer()+"/"))
			})
			if !found {
				t.Errorf("%s: %v", where, report.Problems)
			}
			judged++
		}
	}
	visit(machine.RuntimeKeys(), nil)
	if judged < 90 {
		t.Errorf("only %d keys", judged)
	}
}

// put sets what is at a path, and makes the way to it.
func put(n *doc.Node, at doc.Path, value *doc.Node) {
	for i, step := range at {
		next := value
		if i+1 < len(at) {
			next = doc.NewMap()
			if _, isIndex := at[i+1].(int); isIndex {
				next = doc.NewSeq()
			}
		}
		switch s := step.(type) {
		case string:
			if there := n.Get(s); i+1 < len(at) && there != nil && there.Kind == next.Kind {
				next = there
			}
			n.Set(s, next)
		case int:
			if len(n.Items) == 0 {
				n.Items = append(n.Items, next)
			}
			if i+1 == len(at) || n.Items[s].Kind != next.Kind {
				n.Items[s] = next
			}
			next = n.Items[s]
		}
		n = next
	}
}
