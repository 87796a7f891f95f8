package contract

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
)

// TestCheckRuntimeConfig has the words for the rules that depend on other keys.
func TestCheckRuntimeConfig(t *testing.T) {
	s := mustSchema(t, RuntimeConfig)
	const call = "{calls: [{device_handle: a, function_id: 1}]}"
	tests := []struct {
		name string
		text string // below providers, or all of it
		want string // a line per violation: line:column path: message
	}{
		{"minimal", "", ""},
		{"no providers", "providers: []", "1:12 providers: must not be empty"},
		{"null", "null", "1:1 .: must be a mapping, not null"},
		{"a mode", "runtime: {name: a, mode: s3cret}", `2:20 runtime: must not have the key "mode"`},
		{"too short", "runtime: {shutdown_timeout_ms: 499}", "2:32 runtime.shutdown_timeout_ms: must be at least 500, not 499"},
		{"too long", "runtime: {shutdown_timeout_ms: 30001}", "2:32 runtime.shutdown_timeout_ms: must be at most 30000, not 30001"},
		{"port", "http: {enabled: true, port: 70000}", "2:29 http.port: must be at most 65535, not 70000, because HTTP is enabled"},
		{"port of HTTP that is off", "http: {enabled: false, port: 70000}", ""},
		{"port as text", "http: {enabled: true, port: s3cret}", "2:29 http.port: must be an integer, not a string"},
		{"origin of no type", "http: {cors_allowed_origins: 5}", "2:30 http.cors_allowed_origins: must be a string or a list, not an integer"},
		{"origins of no type", "http: {cors_allowed_origins: [a, 5]}", "2:34 http.cors_allowed_origins[1]: must be a string, not an integer"},
		{"no origin", "http: {enabled: true, cors_allowed_origins: ''}",
			"2:45 http.cors_allowed_origins: must not be empty, because HTTP is enabled"},
		{"no origins", "http: {enabled: true, cors_allowed_origins: []}",
			"2:45 http.cors_allowed_origins: must not be empty, because HTTP is enabled"},
		{"wildcard", "http: {enabled: true, cors_allow_credentials: true, cors_allowed_origins: '*'}",
			"2:75 http.cors_allowed_origins: must not be the wildcard *, because HTTP is enabled and cors_allow_credentials is true"},
		{"wildcard in a list", "http: {enabled: true, cors_allow_credentials: true, cors_allowed_origins: [a, '*']}",
			"2:75 http.cors_allowed_origins: must not be the wildcard *, because HTTP is enabled and cors_allow_credentials is true"},
		{"wildcard without credentials", "http: {enabled: true, cors_allow_credentials: false, cors_allowed_origins: '*'}", ""},
		{"no tree", "automation: {enabled: true}",
			"2:13 automation: is required: behavior_tree or behavior_tree_path, because automation is enabled"},
		{"tick rate", "automation: {enabled: yes, behavior_tree: a, tick_rate_hz: 0}",
			"2:60 automation.tick_rate_hz: must be at least 1, not 0, because automation is enabled"},
		{"no automation", "automation: {enabled: false, tick_rate_hz: 0}", ""},
		{"restart", "providers: [{id: a, command: b, restart_policy: {enabled: true, backoff_ms: [-1]}}]",
			"1:49 providers[0].restart_policy: is required: max_attempts, because the restart policy is enabled\n" +
				"1:49 providers[0].restart_policy: is required: timeout_ms, because the restart policy is enabled\n" +
				"1:78 providers[0].restart_policy.backoff_ms[0]: must be at least 0, not -1, because the restart policy is enabled"},
		{"double", "automation: {parameters: [{name: a, type: double, default: x}]}",
			"2:60 automation.parameters[0].default: must be a number, not a string, because type is double"},
		{"int64", "automation: {parameters: [{name: a, type: int64, default: 1.5, allowed_values: [x]}]}",
			"2:59 automation.parameters[0].default: must be an integer, not a float, because type is int64\n" +
				`2:64 automation.parameters[0]: must not have the key "allowed_values", because type is int64`},
		{"bool", "automation: {parameters: [{name: a, type: bool, default: on, max: 1, min: 0}]}",
			`2:62 automation.parameters[0]: must not have the key "max", because type is bool` + "\n" +
				`2:70 automation.parameters[0]: must not have the key "min", because type is bool`},
		{"string", "automation: {parameters: [{name: '', type: string, default: 2026-04-03}]}",
			"2:34 automation.parameters[0].name: must not be empty\n" +
				"2:61 automation.parameters[0].default: must not be a timestamp; quotes make it a string"},
		{"unknown type", "automation: {parameters: [{name: a, type: float, default: 1}]}",
			`2:43 automation.parameters[0].type: must be one of "double", "int64", "bool", "string", not "float"`},
		{"no type", "automation: {parameters: [{name: a, default: 1}]}", "2:27 automation.parameters[0]: is required: type"},
		{"no default", "automation: {parameters: [{name: a, type: bool}]}", "2:27 automation.parameters[0]: is required: default"},
		{"no parameter", "automation: {parameters: [5]}", "2:27 automation.parameters[0]: must be a mapping, not an integer"},
		{"call of nothing", "automation: {mode_transition_hooks: {after_transition: [{calls: [{device_handle: a}]}]}}",
			"2:66 automation.mode_transition_hooks.after_transition[0].calls[0]: is required: function_id or function_name"},
		{"argument", "automation: {mode_transition_hooks: {after_transition: [{calls: [{device_handle: a, function_id: 1, args: {x: [1], 5: null, 6: y}}]}]}}",
			"2:111 automation.mode_transition_hooks.after_transition[0].calls[0].args.x: must be a string or a number or a boolean, not a list\n" +
				`2:119 automation.mode_transition_hooks.after_transition[0].calls[0].args.5: must be a string or a number or a boolean, not null`},
		{"keys that are no strings", "5: {true: 1, null: [{2026-04-03: x}]}\nx_extra: 2026-04-03", ""},
		{"whole floats and large numbers", "http: {port: 8080.0}\npolling: {interval_ms: 100000000000000000000}", ""},
		{"a boolean is no number", "polling: {interval_ms: true}", "2:24 polling.interval_ms: must be an integer, not a boolean"},
		{"a set", "http: !!set {}", "2:7 http: must not be a set"},
		{"hooks", "automation: {mode_transition_hooks: {before_transition: [" + call + ", {from: X, calls: []}]}}",
			`2:112 automation.mode_transition_hooks.before_transition[1].from: must be one of "MANUAL", "AUTO", "IDLE", "FAULT", "*", not "X"` + "\n" +
				"2:122 automation.mode_transition_hooks.before_transition[1].calls: must not be empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := tt.text
			if !strings.HasPrefix(text, "providers") && text != "null" {
				text = "providers: [{id: a, command: b}]\n" + text
			}
			root, err := canonyaml.Read([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			got := lines(check(t, s, root))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if strings.Contains(got, "s3cret") {
				t.Errorf("a message shows a value it must not: %s", got)
			}
		})
	}
}

func TestCheckProvenance(t *testing.T) {
	s := mustSchema(t, Provenance)
	const good = `exported_at: "2026-04-03T00:00:00Z"
package_format_version: 1
redaction_policy: {}`
	tests := []struct {
		name     string
		old, new string
		want     string
	}{
		{"minimal", "", "", ""},
		{"more keys", "{}", "{a: 1}\nother: [1]\nsource_project: 5\nomitted_variants: null", ""},
		{"version 2", ": 1", ": 2", "2:25 package_format_version: must be 1, not 2"},
		{"version true", ": 1", ": true", "2:25 package_format_version: must be an integer, not a boolean"},
		{"no version", "package_format_version: 1", "", "1:1 .: is required: package_format_version"},
		{"no time", `exported_at: "2026-04-03T00:00:00Z"`, "", "2:1 .: is required: exported_at"},
		{"time with a zone", "00Z", "00+00:00", `1:14 exported_at: "2026-04-03T00:00:00+00:00" does not match ` + timePattern},
		{"time with a line feed", "00Z", `00Z\n`, `1:14 exported_at: "2026-04-03T00:00:00Z\n" does not match ` + timePattern},
		{"time with a fraction", "00Z", "00.5Z", `1:14 exported_at: "2026-04-03T00:00:00.5Z" does not match ` + timePattern},
		{"time as a timestamp", `"2026-04-03T00:00:00Z"`, "2026-04-03T00:00:00Z", "1:14 exported_at: must not be a timestamp; quotes make it a string"},
		{"no policy", "redaction_policy: {}", "", "1:1 .: is required: redaction_policy"},
		{"policy is a list", "{}", "[]", "3:19 redaction_policy: must be a mapping, not a list"},
	}
	for _, tt := range tests {
		text := good
		if tt.old != "" {
			if text = strings.Replace(good, tt.old, tt.new, 1); text == good {
				t.Fatalf("%s: the case changes nothing", tt.name)
			}
		}
		root, err := canonyaml.Read([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, lines(check(t, s, root))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	for _, text := range []string{"null", "[]", "5", "{}"} {
		root, err := canonyaml.Read([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if len(check(t, s, root)) == 0 {
			t.Errorf("%s is valid", text)
		}
	}
}

const timePattern = `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$`
