package validator_test

import (
	"regexp"
	"strings"
)

func runtimeTests() []packageTest {
	edit := func(pairs ...string) func(content) {
		return func(c content) {
			for i := 0; i < len(pairs); i += 2 {
				c.replace(runtimeYAML, pairs[i], pairs[i+1])
			}
		}
	}
	const automation = "automation:\n  enabled: false\n"
	return []packageTest{
		{name: "schema", edit: edit(
			"  name: bench-manual", "  name: ''",
			"port: 8085", "port: '8085'",
			"interval_ms: 3000", "interval_ms: 5",
			"level: info", "level: loud",
		)},
		{name: "a list", edit: func(c content) { c[runtimeYAML] = "- 1\n" }},
		{name: "one config for two profiles is checked once", edit: func(c content) {
			c.replace(profileYAML, "telemetry: runtime/anolis-runtime.telemetry.yaml", "telemetry: runtime/anolis-runtime.yaml")
			delete(c, "runtime/anolis-runtime.telemetry.yaml")
			edit("level: info", "level: loud")(c)
		}},
		{name: "HTTP rules", edit: edit(
			"port: 8085", "port: 0\n  thread_pool_size: 0",
			"- http://localhost:5173", "- '*'",
			"cors_allow_credentials: false", "cors_allow_credentials: true",
		)},
		{name: "numbers", edit: edit("shutdown_timeout_ms: 4000", "shutdown_timeout_ms: 4_000", "startup_timeout_ms: 45000", "startup_timeout_ms: 4294967296")},
		{name: "provider rules", edit: edit(
			"id: drives0", "id: thermal0",
			"max_attempts: 2", "max_attempts: 3",
		)},
		{name: "automation rules", edit: edit(automation, `automation:
  enabled: true
  parameters:
  - {name: a, type: int64, default: 1, min: 2, max: 1}
  - {name: b, type: bool, default: 5}
  mode_transition_hooks:
    before_transition:
    - {from: AUTO, to: MANUAL, calls: [{device_handle: a, function_id: 0}]}
`)},
		{name: "automation rules that the schema cannot say", edit: edit(automation, `automation:
  enabled: true
  behavior_tree: ""
  parameters:
  - {name: b, type: int64, default: 1_000}
  mode_transition_hooks:
    before_transition:
    - {from: AUTO, to: MANUAL, calls: [{device_handle: a, function_id: 4294967296}]}
`)},
		{name: "HTTP that is on by itself", edit: func(c content) {
			c[runtimeYAML] = strings.Replace(c[runtimeYAML], "  enabled: true\n  bind", "  bind", 1)
			c[runtimeYAML] = regexp.MustCompile(`port: [0-9]+`).ReplaceAllString(c[runtimeYAML], "port: 70000\n  thread_pool_size: 0")
		}},
		{name: "merge keys", edit: edit("- id: drives0\n  command: ../anolis-provider-bread/build/dev-release/anolis-provider-bread\n", "- id: drives0\n  <<: {command: x, ready_timeout_ms: 1}\n")},
		{name: "unknown keys", edit: edit("interval_ms: 3000", "interval_ms: 3000\n  intervall_ms: 3000", "runtime:\n", "x_notes: hello\nruntime:\n")},
		{name: "arguments", edit: edit(
			"  args:\n  - --config\n  - providers/thermal0.yaml\n", "",
			"  - --config\n  - providers/drives0.yaml\n", "  - --verbose\n",
			"  - providers/probes0.yaml\n", "",
		)},
		{name: "arguments of other types", edit: edit(
			"  args:\n  - --config\n  - providers/thermal0.yaml\n", "  args: --config providers/thermal0.yaml\n",
			"  - providers/drives0.yaml\n", "  - 5\n",
		)},
		{name: "arguments that lead elsewhere", edit: edit(
			"- providers/thermal0.yaml", "- ../thermal0.yaml",
			"- providers/drives0.yaml", "- providers/drives9.yaml",
			"- providers/probes0.yaml", "- /etc/probes0.yaml",
		)},
		{name: "provider lists differ", edit: edit("id: drives0", "id: drives1")},
		{name: "provider that is no mapping", edit: edit("- id: thermal0\n", "- 5\n- id: thermal0\n")},
		{name: "id with spaces around it", edit: edit("id: drives0", "id: ' drives0 '")},
		{name: "no provider", edit: func(c content) { c[runtimeYAML] = "http: {enabled: false}\nproviders: []\n" }},
		{name: "providers are a mapping", edit: func(c content) { c[runtimeYAML] = "http: {enabled: false}\nproviders: {thermal0: {}}\n" }},
		{name: "behavior tree", edit: edit(automation, "automation:\n  enabled: true\n  behavior_tree: runtime/behaviors/other.xml\n")},
		{name: "behavior tree that leaves", edit: edit(automation, "automation:\n  enabled: false\n  behavior_tree: ../fed_batch.xml\n")},
	}
}
