package runtimerule

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/machine"
)

// ruleTests has a line per violation: line:column path: code: message, with
// "warning " before the code of a warning.
var ruleTests = []struct {
	name string
	text string
	want string
}{
	{"empty", "", ""},
	{"list", "[1]", ""},
	{"plain", "providers: [{id: a, command: b}, {id: b, command: b}]", ""},

	{"one id twice", "providers: [{id: a}, {id: b}, {id: a}, {id: a}]",
		"1:36 providers[2].id: runtime-duplicate-provider: the id \"a\" is already the id of providers[0]\n" +
			"1:45 providers[3].id: runtime-duplicate-provider: the id \"a\" is already the id of providers[0]"},
	{"ids of no type", "providers: [{id: 5}, {id: 5}, {}, null]", ""},

	{"backoff too short", "providers: [{restart_policy: {enabled: true, max_attempts: 3, backoff_ms: [1, 2]}}]",
		"1:75 providers[0].restart_policy.backoff_ms: runtime-backoff-length: has 2 pauses, and max_attempts is 3"},
	{"backoff too long", "providers: [{restart_policy: {enabled: on, max_attempts: 0x1, backoff_ms: [1, 2]}}]",
		"1:75 providers[0].restart_policy.backoff_ms: runtime-backoff-length: has 2 pauses, and max_attempts is 0x1"},
	{"backoff of zero", "providers: [{restart_policy: {enabled: on, max_attempts: 1, backoff_ms: []}}]",
		"1:73 providers[0].restart_policy.backoff_ms: runtime-backoff-length: has 0 pauses, and max_attempts is 1"},
	{"backoff, octal", "providers: [{restart_policy: {enabled: on, max_attempts: 010, backoff_ms: [1, 2, 3, 4, 5, 6, 7, 8]}}]", ""},
	{"backoff of a policy that is off", "providers: [{restart_policy: {enabled: false, max_attempts: 3, backoff_ms: [1]}}]", ""},
	{"enabled alone", "providers: [{restart_policy: {enabled: true}}]", ""},

	{"call of nothing", "automation: {mode_transition_hooks: {before_transition: [{calls: [{device_handle: a}]}]}}",
		"1:67 automation.mode_transition_hooks.before_transition[0].calls[0]: runtime-hook-function: names no function"},
	{"call of 0", "automation: {mode_transition_hooks: {after_transition: [{calls: [{function_id: 1}, {function_id: 00}]}]}}",
		"1:98 automation.mode_transition_hooks.after_transition[0].calls[1].function_id: runtime-hook-function: 0 names no function"},
	{"call of 0 with a name", "automation: {mode_transition_hooks: {after_transition: [{calls: [{function_id: 0, function_name: f}]}]}}", ""},
	{"call of 0 with an empty name", "automation: {mode_transition_hooks: {after_transition: [{calls: [{function_id: 0, function_name: ''}]}]}}",
		"1:80 automation.mode_transition_hooks.after_transition[0].calls[0].function_id: runtime-hook-function: 0 names no function"},

	{"min above max", "automation: {enabled: true, behavior_tree: a, parameters: [{min: 2, max: 1.5}]}",
		"1:66 automation.parameters[0].min: runtime-parameter-range: 2 is above max, which is 1.5"},
	{"min is max", "automation: {enabled: true, behavior_tree: a, parameters: [{min: 1, max: 1.0}]}", ""},
	{"min is no number", "automation: {enabled: true, behavior_tree: a, parameters: [{min: .nan, max: 1.0}, {min: 5}, {min: x, max: 1}]}", ""},
	{"min above max while off", "automation: {enabled: false, parameters: [{min: 2, max: 1.5}]}", ""},

	{"no tree", "automation: {enabled: true}", "1:13 automation: runtime-behavior-tree: has no behavior_tree, and automation is enabled"},
	{"empty tree", "automation: {enabled: true, behavior_tree: '', behavior_tree_path: a}",
		"1:44 automation.behavior_tree: runtime-behavior-tree: is empty, and automation is enabled"},
	{"empty path", "automation: {enabled: true, behavior_tree_path: ''}",
		"1:49 automation.behavior_tree_path: runtime-behavior-tree: is empty, and automation is enabled"},
	{"path alone", "automation: {enabled: true, behavior_tree_path: a}", ""},
	{"no tree while off", "automation: {enabled: false}\nlogging: {}", ""},

	{"port 0", "http: {port: 0}", "1:14 http.port: runtime-http-port: 0 is not a port from 1 to 65535, and HTTP is on"},
	{"port too large", "http: {enabled: true, port: 65536}", "1:29 http.port: runtime-http-port: 65536 is not a port from 1 to 65535, and HTTP is on"},
	{"port negative", "http: {port: -1}", "1:14 http.port: runtime-http-port: -1 is not a port from 1 to 65535, and HTTP is on"},
	{"port 0 while off", "http: {port: 0, enabled: off, thread_pool_size: 0, cors_allow_credentials: true}", ""},
	{"ports", "http: {port: 65535}", ""},
	{"no threads", "http: {thread_pool_size: 0}", "1:26 http.thread_pool_size: runtime-http-threads: 0 is too few, and HTTP is on"},
	{"negative threads", "http: {thread_pool_size: -4}", "1:26 http.thread_pool_size: runtime-http-threads: -4 is too few, and HTTP is on"},
	{"a thread", "http: {thread_pool_size: 1}", ""},
	{"no origins", "http: {cors_allow_credentials: true}",
		"1:7 http: runtime-http-wildcard: has no cors_allowed_origins, which allows every origin, together with cors_allow_credentials"},
	{"empty origins", "http: {cors_allow_credentials: true, cors_allowed_origins: []}",
		"1:60 http.cors_allowed_origins: runtime-http-wildcard: is empty, which allows every origin, together with cors_allow_credentials"},
	{"empty origin", "http: {cors_allow_credentials: true, cors_allowed_origins: ''}",
		"1:60 http.cors_allowed_origins: runtime-http-wildcard: is empty, which allows every origin, together with cors_allow_credentials"},
	{"wildcard", "http: {cors_allow_credentials: true, cors_allowed_origins: '*'}",
		"1:60 http.cors_allowed_origins: runtime-http-wildcard: is the wildcard *, together with cors_allow_credentials"},
	{"wildcard in a list", "http: {cors_allow_credentials: yes, cors_allowed_origins: [a, '*']}",
		"1:63 http.cors_allowed_origins[1]: runtime-http-wildcard: is the wildcard *, together with cors_allow_credentials"},
	{"an origin", "http: {cors_allow_credentials: true, cors_allowed_origins: a}", ""},
	{"wildcard alone", "http: {cors_allowed_origins: '*', cors_allow_credentials: false}", ""},

	{"spelling", "http: {port: 8080.0, thread_pool_size: 0b1}\npolling: {interval_ms: 16:40}\nruntime: {shutdown_timeout_ms: 2_000}",
		"1:14 http.port: runtime-number-spelling: the runtime cannot read 8080.0 as an integer\n" +
			"1:40 http.thread_pool_size: runtime-number-spelling: the runtime cannot read 0b1 as an integer\n" +
			"2:24 polling.interval_ms: runtime-number-spelling: the runtime cannot read 16:40 as an integer\n" +
			"3:32 runtime.shutdown_timeout_ms: runtime-number-spelling: the runtime cannot read 2_000 as an integer"},
	{"spelling in lists", "providers: [{restart_policy: {backoff_ms: [1, 1.0]}, timeout_ms: 1_0}]",
		"1:47 providers[0].restart_policy.backoff_ms[1]: runtime-number-spelling: the runtime cannot read 1.0 as an integer\n" +
			"1:66 providers[0].timeout_ms: runtime-number-spelling: the runtime cannot read 1_0 as an integer"},
	{"spellings that are read", "polling: {interval_ms: 0x1F4}\nruntime: {shutdown_timeout_ms: 01000, startup_timeout_ms: +5000}\nhttp: {port: !!int '8080'}", ""},
	{"no integers", "polling: {interval_ms: 1.5}\nhttp: {port: '8080'}\nruntime: {shutdown_timeout_ms: .inf}", ""},
	{"32 bits", "polling: {interval_ms: 2147483648}\nruntime: {shutdown_timeout_ms: 2147483647, startup_timeout_ms: -2147483648}\ntelemetry: {influxdb: {flush_interval_ms: 1099511627776}}",
		"1:24 polling.interval_ms: runtime-number-range: 2147483648 is out of range for the runtime\n" +
			"3:43 telemetry.influxdb.flush_interval_ms: runtime-number-range: 1099511627776 is out of range for the runtime"},
	{"sizes", "telemetry: {influxdb: {batch_size: -1, queue_size: -0, max_retry_buffer_size: 18446744073709551616}, batch_size: 1099511627776}",
		"1:36 telemetry.influxdb.batch_size: runtime-number-range: -1 is out of range for the runtime\n" +
			"1:52 telemetry.influxdb.queue_size: runtime-number-range: -0 is out of range for the runtime\n" +
			"1:79 telemetry.influxdb.max_retry_buffer_size: runtime-number-range: 18446744073709551616 is out of range for the runtime"},
	{"function numbers", "automation: {mode_transition_hooks: {before_transition: [{calls: [{function_id: 4294967295}, {function_id: 4294967296}]}]}}",
		"1:108 automation.mode_transition_hooks.before_transition[0].calls[1].function_id: runtime-number-range: 4294967296 is out of range for the runtime"},
	{"hook arguments", "automation: {mode_transition_hooks: {before_transition: [{calls: [{function_id: 1, args: {a: 9223372036854775807, b: 9223372036854775808, c: -9223372036854775808, d: 1_0, e: 1.0e300, f: '9999999999999999999999'}}]}]}}",
		"1:118 automation.mode_transition_hooks.before_transition[0].calls[0].args.b: runtime-number-range: is out of range for the runtime, which reads an integer here\n" +
			"1:187 automation.mode_transition_hooks.before_transition[0].calls[0].args.f: runtime-number-range: is out of range for the runtime, which reads an integer here"},
	{"doubles", "automation: {parameters: [{min: 0x10, max: 1_0.5}, {min: 1:30.5, max: 1.5e+400}, {min: +.5, max: 5.}, {min: -.inf, max: .NaN}]}",
		"1:33 automation.parameters[0].min: runtime-number-spelling: the runtime cannot read 0x10 as a number\n" +
			"1:44 automation.parameters[0].max: runtime-number-spelling: the runtime cannot read 1_0.5 as a number\n" +
			"1:58 automation.parameters[1].min: runtime-number-spelling: the runtime cannot read 1:30.5 as a number\n" +
			"1:71 automation.parameters[1].max: runtime-number-spelling: the runtime cannot read 1.5e+400 as a number"},
	{"a long number", "polling: {interval_ms: 1" + strings.Repeat("0", 40) + "}", "1:24 polling.interval_ms: runtime-number-range: the number is out of range for the runtime"},

	{"defaults", "automation: {parameters: [{type: int64, default: 2.0}, {type: int64, default: 9223372036854775808}, {type: double, default: 1:30.5}, {type: bool, default: 1}, {type: string, default: [s3cret]}, {type: double, default: s3cret}, {type: int64, default: {}}]}",
		"1:50 automation.parameters[0].default: runtime-parameter-default: the runtime cannot read the default as an integer of 64 bits\n" +
			"1:79 automation.parameters[1].default: runtime-parameter-default: the runtime cannot read the default as an integer of 64 bits\n" +
			"1:125 automation.parameters[2].default: runtime-parameter-default: the runtime cannot read the default as a number\n" +
			"1:156 automation.parameters[3].default: runtime-parameter-default: the runtime cannot read the default as a boolean\n" +
			"1:184 automation.parameters[4].default: runtime-parameter-default: the runtime cannot read the default as a string\n" +
			"1:219 automation.parameters[5].default: runtime-parameter-default: the runtime cannot read the default as a number\n" +
			"1:251 automation.parameters[6].default: runtime-parameter-default: the runtime cannot read the default as an integer of 64 bits"},
	{"good defaults", "automation: {parameters: [{type: int64, default: -9223372036854775808}, {type: double, default: 1}, {type: bool, default: on}, {type: string, default: x}, {type: x, default: y}, {default: 1}, {type: bool, default: null}, {type: bool}, {type: bool, default: 'y'}]}", ""},

	{"unknown keys", "zz: {any: 1}\nhttp: {prot: 1}\n5: x\nproviders: [{comand: x}]\nautomation: {parameters: [{extra: 1}], mode_transition_hooks: {calls: []}}",
		"1:1 .: warning runtime-unknown-key: no runtime up to 0.1.40 reads the key \"zz\"\n" +
			"2:8 http: warning runtime-unknown-key: no runtime up to 0.1.40 reads the key \"prot\"\n" +
			"3:1 .: warning runtime-unknown-key: no runtime up to 0.1.40 reads the key \"5\"\n" +
			"4:14 providers[0]: warning runtime-unknown-key: no runtime up to 0.1.40 reads the key \"comand\"\n" +
			"5:28 automation.parameters[0]: warning runtime-unknown-key: no runtime up to 0.1.40 reads the key \"extra\"\n" +
			"5:64 automation.mode_transition_hooks: warning runtime-unknown-key: no runtime up to 0.1.40 reads the key \"calls\""},
	{"merge of optional keys", "zz: &z {port: 0, prot: 1}\nhttp:\n  <<: *z",
		"1:1 .: warning runtime-unknown-key: no runtime up to 0.1.40 reads the key \"zz\"\n" +
			"3:3 http: warning runtime-merge-key: \"port\" comes only from a merge key (<<), which the runtime ignores\n" +
			"3:3 http: warning runtime-unknown-key: no runtime up to 0.1.40 reads the key \"prot\""},
	{"merge of required keys", "providers:\n- &a {id: a, command: c}\n- {<<: *a, id: b}\n- {<<: *a}",
		"3:3 providers[1]: runtime-merge-key: \"command\" comes only from a merge key (<<), which the runtime ignores\n" +
			"4:3 providers[2]: runtime-merge-key: \"command\" comes only from a merge key (<<), which the runtime ignores\n" +
			"4:3 providers[2]: runtime-merge-key: \"id\" comes only from a merge key (<<), which the runtime ignores"},
	{"merge that hides a fault from the schema", "automation: {<<: {behavior_tree: a}, enabled: true}",
		"1:13 automation: runtime-behavior-tree: has no behavior_tree, and automation is enabled\n" +
			"1:13 automation: warning runtime-merge-key: \"behavior_tree\" comes only from a merge key (<<), which the runtime ignores"},
	{"own key over a merge", "http: {<<: {port: 0}, port: 80}", ""},
	{"quoted merge key", "http: {'<<': {port: 0}}", "1:8 http: warning runtime-unknown-key: no runtime up to 0.1.40 reads the key \"<<\""},
	{"a long key", strings.Repeat("é", 65) + ": 1", "1:1 .: warning runtime-unknown-key: no runtime up to 0.1.40 reads the key \"" + strings.Repeat("é", 64) + "…\""},
}

// check holds a document against the rules of a runtime that nobody knows.
func check(root *doc.Node) []Violation {
	return Check(machine.Value{Node: root}, machine.Version{})
}

func TestCheck(t *testing.T) {
	for _, tt := range ruleTests {
		t.Run(tt.name, func(t *testing.T) {
			root, err := canonyaml.Read([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			found := check(root)
			got := lines(found)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if strings.Contains(got, "s3cret") {
				t.Errorf("a message shows a value: %s", got)
			}
			for _, v := range found {
				if v.Hint == "" || !slices.Contains(Codes(), v.Code) {
					t.Errorf("no hint or no known code: %+v", v)
				}
			}
		})
	}
}

// TestEveryCodeIsTested: a code that no case shows could be wrong or dead.
func TestEveryCodeIsTested(t *testing.T) {
	for _, code := range Codes() {
		if !slices.ContainsFunc(ruleTests, func(tt struct{ name, text, want string }) bool {
			return strings.Contains(tt.want, string(code)+": ")
		}) && !slices.ContainsFunc(versionTests, func(tt versionTest) bool { return strings.Contains(tt.want, string(code)+": ") }) {
			t.Errorf("no case for %s", code)
		}
		if !strings.HasPrefix(string(code), "runtime-") {
			t.Errorf("%s is of another family", code)
		}
	}
}

func lines(found []Violation) string {
	var b []string
	for _, v := range found {
		warning := ""
		if v.Warning {
			warning = "warning "
		}
		b = append(b, fmt.Sprintf("%d:%d %s: %s%s: %s", v.Pos.Line, v.Pos.Column, v.Path, warning, v.Code, v.Message))
	}
	return strings.Join(b, "\n")
}

type versionTest struct{ name, version, text, want string }

// versionTests have rules that came with a version of the runtime.
var versionTests = []versionTest{
	{"reads it", "0.1.40", "http: {auth_enabled: true, bind: 127.0.0.1}", ""},
	{"does not read it", "v0.1.21", "http: {auth_enabled: true}",
		`1:8 http: warning runtime-version: runtime v0.1.21 does not read the key "auth_enabled"; versions from 0.1.32 on do`},
	{"between", "0.1.25", "http: {auth_enabled: true}", ""},
	{"a rule between", "0.1.39", "safety: {safe_state: {hooks: [{}], setpoints: [{device_handle: a, function_id: x, args: 5}]}}",
		"1:31 safety.safe_state.hooks[0]: warning runtime-safe-state: names no device; a runtime that checks this refuses the config: versions from 0.1.40 on do, those up to 0.1.38 do not, and 0.1.39 is between\n" +
			"1:31 safety.safe_state.hooks[0]: warning runtime-safe-state: names no function; a runtime that checks this refuses the config: versions from 0.1.40 on do, those up to 0.1.38 do not, and 0.1.39 is between\n" +
			"1:89 safety.safe_state.setpoints[0].args: warning runtime-safe-state: is not a mapping; a runtime that checks this refuses the config: versions from 0.1.40 on do, those up to 0.1.38 do not, and 0.1.39 is between"},
	{"safe state, with quotes", "0.1.40", "safety: {safe_state: {hooks: [{device_handle: a/b, function_id: '0'}, {device_handle: a/b, function_id: '7'}, {device_handle: a/b, function_id: x}, {device_handle: a/b, function_id: 4294967296}, {device_handle: [], function_id: -1}]}}",
		"1:65 safety.safe_state.hooks[0].function_id: runtime-safe-state: 0 names no function\n" +
			"1:145 safety.safe_state.hooks[2].function_id: runtime-type: the runtime cannot read this as an integer\n" +
			"1:183 safety.safe_state.hooks[3].function_id: runtime-number-range: 4294967296 is out of range for the runtime\n" +
			"1:212 safety.safe_state.hooks[4].device_handle: runtime-type: the runtime cannot read this as a text\n" +
			"1:229 safety.safe_state.hooks[4].function_id: runtime-number-range: -1 is out of range for the runtime"},
	{"staleness in quotes", "0.1.40", "health: {staleness: {warn_after_ms: '9', stale_after_ms: '010'}}\ntelemetry: {health_interval_ms: '-1'}",
		"1:58 health.staleness.stale_after_ms: runtime-staleness: must be more than warn_after_ms\n2:33 telemetry.health_interval_ms: runtime-staleness: is negative"},
	{"words", "0.1.40", "http: {bind: '::', auth_enabled: 'y', tls_cert_path: a, tls_key_path: b}", ""},
	{"no word", "0.1.40", "http: {bind: 127.0.0.1, auth_enabled: tRUE}", "1:39 http.auth_enabled: runtime-type: the runtime cannot read this as a boolean"},
	{"no version", "", "safety: {}",
		`1:1 .: warning runtime-version: whether the runtime reads the key "safety" depends on its version: versions from 0.1.40 on do, those up to 0.1.38 do not, and none is pinned`},
	{"not a version", "main", "runtime: {data_dir: x}",
		`1:11 runtime: warning runtime-version: whether the runtime reads the key "data_dir" depends on its version: versions from 0.1.24 on do, those up to 0.1.23 do not, and "main" is not a version`},
	{"newer than all that is known", "1.0.0", "safety: {safe_state: {zero_is_safe: true}}\nhttp: {tls_cert_path: a, tls_key_path: b}\nhealth: {staleness: {warn_after_ms: 1}}", ""},

	{"insecure", "0.1.32", "http: {bind: 0.0.0.0}",
		"1:14 http.bind: runtime-insecure-bind: other machines can reach this address, and neither auth_enabled nor allow_insecure_bind is true"},
	{"case counts", "0.1.40", "http: {bind: LOCALHOST}",
		"1:14 http.bind: runtime-insecure-bind: other machines can reach this address, and neither auth_enabled nor allow_insecure_bind is true"},
	{"nothing is no address", "0.1.40", "http: {bind: ''}",
		"1:14 http.bind: runtime-insecure-bind: other machines can reach this address, and neither auth_enabled nor allow_insecure_bind is true"},
	{"a number is no address", "0.1.40", "http: {bind: 0}",
		"1:14 http.bind: runtime-insecure-bind: other machines can reach this address, and neither auth_enabled nor allow_insecure_bind is true"},
	{"an old runtime listens", "0.1.21", "http: {bind: 0.0.0.0}", ""},
	{"nobody knows", "", "http: {bind: 0.0.0.0}",
		"1:14 http.bind: warning runtime-insecure-bind: other machines can reach this address, and neither auth_enabled nor allow_insecure_bind is true; " +
			"a runtime that checks this refuses the config: versions from 0.1.32 on do, those up to 0.1.21 do not, and none is pinned"},
	{"loopback", "0.1.40", "http: {bind: 127.1.2.3}", ""},
	{"off", "0.1.40", "http: {bind: 0.0.0.0, enabled: false, tls_key_path: x}", ""},
	{"allowed", "0.1.40", "http: {bind: '::', allow_insecure_bind: true}", ""},
	{"in the clear", "0.1.40", "http: {bind: '::', auth_enabled: true}",
		"1:14 http.bind: warning runtime-plaintext-token: the token travels unencrypted to this address"},
	{"encrypted", "0.1.40", "http: {bind: '::', auth_enabled: true, tls_cert_path: a, tls_key_path: b}", ""},
	{"a certificate alone", "0.1.40", "http: {tls_cert_path: a}", "1:23 http.tls_cert_path: runtime-tls-pair: has no tls_key_path beside it"},
	{"a key alone", "0.1.40", "http: {tls_key_path: a, tls_cert_path: ''}", "1:22 http.tls_key_path: runtime-tls-pair: has no tls_cert_path beside it"},
	{"staleness", "0.1.40", "health: {staleness: {warn_after_ms: 5, stale_after_ms: 5}}\ntelemetry: {health_interval_ms: -1}",
		"1:56 health.staleness.stale_after_ms: runtime-staleness: must be more than warn_after_ms\n" +
			"2:33 telemetry.health_interval_ms: runtime-staleness: is negative"},
	{"staleness off", "0.1.40", "health: {staleness: {warn_after_ms: 5, stale_after_ms: 0}}", ""},
	{"negative", "0.1.40", "health: {staleness: {warn_after_ms: -5, stale_after_ms: -1}}",
		"1:37 health.staleness.warn_after_ms: runtime-staleness: is negative\n1:57 health.staleness.stale_after_ms: runtime-staleness: is negative"},
	{"safe state", "0.1.40", "safety: {safe_state: {hooks: [{function_name: f}, {device_handle: a/b}], setpoints: [{device_handle: a/b, function_id: 0}, {device_handle: a/b, function_id: 1}]}}",
		"1:31 safety.safe_state.hooks[0]: runtime-safe-state: names no device\n" +
			"1:51 safety.safe_state.hooks[1]: runtime-safe-state: names no function\n" +
			"1:120 safety.safe_state.setpoints[0].function_id: runtime-safe-state: 0 names no function"},
	{"safe state of a runtime without one", "0.1.30", "safety: {safe_state: {hooks: [{}]}}",
		`1:1 .: warning runtime-version: runtime 0.1.30 does not read the key "safety"; versions from 0.1.40 on do`},
	{"safe state of a text", "0.1.40", "safety: {safe_state: {hooks: x, setpoints: [y]}}",
		"1:30 safety.safe_state.hooks: runtime-safe-state: is not a list\n1:45 safety.safe_state.setpoints[0]: runtime-safe-state: is not a call"},
	{"types", "0.1.40", "http: {auth_enabled: maybe, allow_insecure_bind: 'on', tls_cert_path: [a]}\nhealth: x\ntelemetry: {health_interval_ms: 1.5}\nsafety: {safe_state: {zero_is_safe: null}}",
		"1:22 http.auth_enabled: runtime-type: the runtime cannot read this as a boolean\n" +
			"1:71 http.tls_cert_path: runtime-type: the runtime cannot read this as a text\n" +
			"2:9 health: runtime-type: the runtime wants a mapping here\n" +
			"3:33 telemetry.health_interval_ms: runtime-type: the runtime cannot read this as an integer\n" +
			"4:37 safety.safe_state.zero_is_safe: runtime-type: the runtime cannot read this as a boolean"},
	{"arguments of the safe state", "0.1.40", "safety: {safe_state: {hooks: [{device_handle: a/b, function_name: f, args: {a: '1.0e400', b: 4.9e-324, c: 0.0e-999, d: [1], e: .5e3}}]}}",
		"1:80 safety.safe_state.hooks[0].args.a: runtime-number-range: is out of range for the runtime, which reads a double here\n" +
			"1:94 safety.safe_state.hooks[0].args.b: runtime-number-range: is out of range for the runtime, which reads a double here\n" +
			"1:120 safety.safe_state.hooks[0].args.d: runtime-type: the runtime wants a single value here"},
	{"flat keys that no runtime reads", "0.1.40", "telemetry: {batch_size: -1, flush_interval_ms: 99999999999}", ""},
	{"a slip", "0.1.40", "http: {auth_enabeld: true}", `1:8 http: warning runtime-unknown-key: no runtime up to 0.1.40 reads the key "auth_enabeld"`},
}

func TestVersions(t *testing.T) {
	for _, tt := range versionTests {
		t.Run(tt.name, func(t *testing.T) {
			root, err := canonyaml.Read([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			found := Check(machine.Value{Node: root}, machine.ParseVersion(tt.version))
			if diff := cmp.Diff(tt.want, lines(found)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, v := range found {
				if version := machine.ParseVersion(tt.version); !v.Warning && version.Known() && version.Compare(machine.ParseVersion("0.1.32")) < 0 {
					t.Errorf("an old runtime refuses %s", v.Message)
				}
				if v.Hint == "" || strings.Contains(v.Hint, "remove") {
					t.Errorf("the hint %q of %s", v.Hint, v.Message)
				}
			}
		})
	}
}

func TestHints(t *testing.T) {
	for text, want := range map[string]string{
		"polling: {interval_ms: 1_000}":                              "write 1000",
		"http: {auth_enabeld: 1}":                                    "write auth_enabled",
		"http: {port: 1, prot: 1}":                                   "check its spelling; a newer runtime may read it",
		"zz: {}":                                                     "check its spelling; a newer runtime may read it",
		"polling: {interval_ms: 1000.0}":                             "write 1000",
		"polling: {interval_ms: 16:40}":                              "write 1000",
		"polling: {interval_ms: !!float 1e20}":                       "write it in decimal digits",
		"automation: {parameters: [{min: 0x10}]}":                    "write 16",
		"automation: {parameters: [{min: 1_0.5}]}":                   "write 10.5",
		"automation: {parameters: [{type: int64, default: 2.0}]}":    "write it as an integer in decimal digits",
		"telemetry: {influxdb: {batch_size: -1}}":                    "use 0 to 18446744073709551615",
		"telemetry: {influxdb: {flush_interval_ms: 1099511627776}}":  "use -2147483648 to 2147483647",
		"polling: {interval_ms: 0b" + strings.Repeat("1", 200) + "}": "write it in decimal digits",
	} {
		root, err := canonyaml.Read([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if found := check(root); len(found) != 1 || found[0].Hint != want {
			t.Errorf("%s: %+v, want the hint %q", text, found, want)
		}
	}
}

// TestCheckNodesOfPrograms has trees without positions, spellings or values.
func TestCheckNodesOfPrograms(t *testing.T) {
	if found := check(nil); found != nil {
		t.Errorf("nothing has %v", found)
	}
	root := doc.NewMap(
		doc.Field("http", doc.NewMap(doc.Field("port", doc.NewInt(0)), doc.Field("enabled", nil))),
		doc.Field("polling", doc.NewMap(doc.Field("interval_ms", &doc.Node{Kind: doc.Float, Float: 500}))),
		doc.Field("providers", doc.NewSeq(nil, doc.NewMap(doc.Field("id", nil)), doc.NewNull())),
		doc.Field("logging", nil),
		doc.Entry{Key: &doc.Node{Kind: doc.Bool, Bool: true}, Value: nil},
	)
	want := "0:0 .: warning runtime-unknown-key: no runtime up to 0.1.40 reads the key \"true\"\n" +
		"0:0 http.port: runtime-http-port: 0 is not a port from 1 to 65535, and HTTP is on\n" +
		"0:0 polling.interval_ms: runtime-number-spelling: the runtime cannot read 500.0 as an integer"
	if diff := cmp.Diff(want, lines(check(root))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCheckConcurrently(t *testing.T) {
	var text strings.Builder
	for _, tt := range ruleTests {
		if strings.HasPrefix(tt.text, "providers: [{") {
			text.WriteString(strings.Replace(tt.text, "providers: [", "- [", 1) + "\n")
		}
	}
	items, err := canonyaml.Read([]byte(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	all := doc.NewSeq()
	for _, list := range items.Items {
		all.Items = append(all.Items, list.Items...)
	}
	root := doc.NewMap(doc.Field("providers", all))
	want := lines(check(root))
	if strings.Count(want, "\n") < 8 {
		t.Fatalf("too few violations:\n%s", want)
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if got := lines(check(root)); got != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
		})
	}
	wg.Wait()
}
