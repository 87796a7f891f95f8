package diff_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/handoff/diff"
)

// smallMachine is the content of a package with two runtime profiles, of which
// files are replaced.
func smallMachine(files map[string]string) fstest.MapFS {
	const runtime = "providers:\n- {id: heat, command: bin/heat, args: [--config, providers/heat.yaml]}\n"
	all := map[string]string{
		"machine-profile.yaml": "machine_id: rig\nruntime_profiles: {manual: runtime/a.yaml, full: runtime/b.yaml}\n" +
			"providers: {heat: {config: providers/heat.yaml}}\n",
		"runtime/a.yaml": "", "runtime/b.yaml": "",
		"providers/heat.yaml": "provider: {name: heat}\n",
	}
	maps.Copy(all, files)
	content := fstest.MapFS{}
	for name, text := range all {
		if strings.HasPrefix(name, "runtime/") && !strings.Contains(text, "providers:") && !strings.HasSuffix(name, ".xml") {
			text = runtime + text
		}
		content[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return content
}

// in is one file with a text.
func in(name, text string) map[string]string { return map[string]string{name: text} }

// TestDiffWords checks what reviewers read, in both directions.
func TestDiffWords(t *testing.T) {
	const a, b, heat = "runtime/a.yaml", "runtime/b.yaml", "providers/heat.yaml"
	trees := func(name, content string) map[string]string {
		return map[string]string{a: "automation: {enabled: true, behavior_tree: " + name + "}", name: content}
	}
	provider := func(rest string) map[string]string {
		return in(a, "providers:\n- {id: heat, command: bin/heat, "+rest+"}")
	}
	for _, c := range []struct {
		name        string
		old, new    map[string]string
		there, back []string
	}{
		{"HTTP on", in(a, "http: {enabled: false, bind: 0.0.0.0}"), in(a, "http: {bind: 0.0.0.0, cors_allowed_origins: [http://x]}"),
			[]string{"high http-widened: The HTTP interface is now on, at 0.0.0.0 port 8080, for web pages of listed origins."},
			[]string{"medium http-narrowed: The HTTP interface is now off."}},
		{"HTTP on in two ways", map[string]string{a: "http: {enabled: false}", b: "http: {enabled: false, bind: 0.0.0.0}"},
			map[string]string{a: "http: {enabled: true}", b: "http: {enabled: true, bind: 0.0.0.0}"},
			[]string{
				"high http-widened: The HTTP interface is now on, at 127.0.0.1 port 8080, for web pages of every origin.",
				"high http-widened: The HTTP interface is now on, at 0.0.0.0 port 8080, for web pages of every origin.",
			},
			[]string{"medium http-narrowed: The HTTP interface is now off.", "medium http-narrowed: The HTTP interface is now off."}},
		{"HTTP stays off", in(a, "http: {enabled: false}"), in(a, "http: {enabled: false, bind: 0.0.0.0}"),
			[]string{"high http-widened: The setting http.bind is new, while HTTP is off."},
			[]string{"medium http-narrowed: The setting http.bind is gone, while HTTP is off."}},
		{"the same of HTTP that is on and off", map[string]string{a: "http: {enabled: false}"}, map[string]string{a: "http: {enabled: false, port: 1}", b: "http: {port: 1}"},
			[]string{"high http-moved: The setting http.port is new, while HTTP is off.", "high http-moved: The HTTP port changes from the default, 8080."},
			[]string{"high http-moved: The setting http.port is gone, while HTTP is off.", "high http-moved: The HTTP port changes to the default, 8080."}},
		{"HTTP on with a token", in(a, "http: {enabled: false}"), in(a, "http: {auth_enabled: true, bind: 0.0.0.0}"),
			[]string{
				"high http-widened: The HTTP interface is now on, at 0.0.0.0 port 8080, for web pages of every origin, for callers with a token.",
				"medium authentication-on: Callers of the HTTP interface must now show a token.",
			},
			[]string{"high authentication-off: Callers of the HTTP interface need no token any more.", "medium http-narrowed: The HTTP interface is now off."}},
		{"insecure bind", in(a, "http: {allow_insecure_bind: false}"), in(a, "http: {allow_insecure_bind: true}"),
			[]string{"high insecure-bind-allowed: The runtime may now listen for other computers without asking them for a token."},
			[]string{"medium insecure-bind-refused: The runtime no longer listens for other computers without asking them for a token."}},
		{"encryption", in(a, "http: {tls_cert_path: c}"), in(a, "http: {tls_cert_path: c, tls_key_path: k}"),
			[]string{"medium encryption-on: The HTTP interface is now encrypted."},
			[]string{"high encryption-off: The HTTP interface is not encrypted any more."}},
		{"safe state", in(a, "safety: {safe_state: {zero_is_safe: true}}"), in(a, "safety: {safe_state: {hooks: [{device_handle: heat/x, function_name: f}]}}"),
			[]string{"high safe-state-changed: An emergency stop now runs the hooks of the safe state (before: sets every output to zero)."},
			[]string{"high safe-state-changed: An emergency stop now sets every output to zero (before: runs the hooks of the safe state)."}},
		{"safe state gone", in(a, "safety: {safe_state: {zero_is_safe: true}}"), nil,
			[]string{"high safe-state-changed: An emergency stop now drives nothing (before: sets every output to zero)."},
			[]string{"high safe-state-changed: An emergency stop now sets every output to zero (before: drives nothing)."}},
		{"other hooks of the safe state", in(a, "safety: {safe_state: {hooks: [{device_handle: heat/x, function_name: f}]}}"), in(a, "safety: {safe_state: {hooks: [{device_handle: heat/x, function_name: g}]}}"),
			[]string{"high safe-state-changed: An emergency stop runs the hooks of the safe state, which are different."},
			[]string{"high safe-state-changed: An emergency stop runs the hooks of the safe state, which are different."}},
		{"the same safe state in two profiles", nil, map[string]string{a: "safety: {safe_state: {zero_is_safe: true}}", b: "safety: {safe_state: {zero_is_safe: true}}"},
			[]string{"high safe-state-changed: An emergency stop now sets every output to zero (before: drives nothing)."},
			[]string{"high safe-state-changed: An emergency stop now drives nothing (before: sets every output to zero)."}},
		{"every origin", in(a, "http: {cors_allowed_origins: [http://x]}"), in(a, "http: {cors_allowed_origins: ['*']}"),
			[]string{"high http-widened: Web pages of every origin may now call the machine."},
			[]string{"medium http-narrowed: Web pages of fewer origins may call the machine."}},
		{"empty section", nil, in(a, "http: {}"),
			[]string{"low value-changed: The value http is new."}, []string{"low value-changed: The value http is gone."}},
		{"no section", in(a, "telemetry: 3"), in(a, "telemetry: {enabled: true}"),
			[]string{"high document-unreadable: The section telemetry changes."}, []string{"high document-unreadable: The section telemetry changes."}},

		{"telemetry on to two places", map[string]string{a: "telemetry: {influxdb: {url: http://x}}", b: "telemetry: {influxdb: {url: http://y}}"},
			map[string]string{a: "telemetry: {enabled: true, influxdb: {url: http://x}}", b: "telemetry: {enabled: true, influxdb: {url: http://y}}"},
			[]string{"medium telemetry-on: Telemetry is now on and goes to http://x.", "medium telemetry-on: Telemetry is now on and goes to http://y."},
			[]string{"medium telemetry-off: Telemetry is now off.", "medium telemetry-off: Telemetry is now off."}},
		{"automation on with two trees", map[string]string{a: "automation: {behavior_tree: x.xml}", b: "automation: {behavior_tree: y.xml}"},
			map[string]string{a: "automation: {enabled: true, behavior_tree: x.xml}", b: "automation: {enabled: true, behavior_tree: y.xml}"},
			[]string{"high automation-on: Automation is now on and runs the behavior tree x.xml.", "high automation-on: Automation is now on and runs the behavior tree y.xml."},
			[]string{"high automation-off: Automation is now off.", "high automation-off: Automation is now off."}},
		{"another name of a behavior tree", trees("x.xml", "<a/>"), trees("y.xml", "<a/>"),
			[]string{"high behavior-selected: Automation runs the behavior tree of another file, which has the same content."},
			[]string{"high behavior-selected: Automation runs the behavior tree of another file, which has the same content."}},
		{"behavior tree while off", in(a, "automation: {behavior_tree: x.xml}"), in(a, "automation: {behavior_tree: y.xml}"),
			[]string{"high behavior-selected: Another behavior tree is selected, while automation is off."},
			[]string{"high behavior-selected: Another behavior tree is selected, while automation is off."}},
		{"no behavior tree", in(a, "automation: {enabled: true, behavior_tree: x.xml}"), in(a, "automation: {enabled: true}"),
			[]string{"high behavior-selected: Automation has no behavior tree any more."},
			[]string{"high behavior-selected: Automation runs another behavior tree."}},
		{"the same behavior tree", in(a, "automation: {enabled: true, behavior_tree: x.xml}"), in(a, "automation: {enabled: true, behavior_tree: ./x.xml}"),
			[]string{"low value-changed: The value automation.behavior_tree changes."}, []string{"low value-changed: The value automation.behavior_tree changes."}},
		{"hooks that cannot be told apart, of a talkative device",
			in(a, "automation: {mode_transition_hooks: {after_transition: [{to: AUTO, calls: [{device_handle: a}]}, {to: AUTO, calls: [{device_handle: a}]}]}}"),
			in(a, "automation: {mode_transition_hooks: {after_transition: [{to: AUTO, calls: [{device_handle: a}]}, {to: AUTO, calls: [{device_handle: a}, {device_handle: x is gone. All}]}]}}"),
			[]string{`high automation-changed: After the change of hook 1, the call "x is gone. All" is new.`},
			[]string{`high automation-changed: After the change of hook 1, the call "x is gone. All" is gone.`}},

		{"restart on", provider("restart_policy: {enabled: false}"), provider("restart_policy: {enabled: true, max_attempts: 1}"),
			[]string{"medium restart-policy-changed: The restart policy of provider heat is now on."},
			[]string{"medium restart-policy-changed: The restart policy of provider heat is now off."}},
		{"restart stays off", provider("timeout_ms: 500"), provider("timeout_ms: 500, restart_policy: {enabled: false}"),
			[]string{"low value-changed: The restart policy of provider heat is different, and still off."},
			[]string{"low value-changed: The restart policy of provider heat is different, and still off."}},
		{"one new provider with two commands", nil, map[string]string{
			a: "providers:\n- {id: heat, command: bin/heat, args: [--config, providers/heat.yaml]}\n- {id: lamp, command: bin/lamp}",
			b: "providers:\n- {id: heat, command: bin/heat, args: [--config, providers/heat.yaml]}\n- {id: lamp, command: bin/other}"},
			[]string{"high provider-added: Provider lamp is new: it runs bin/lamp.", "high provider-added: Provider lamp is new: it runs bin/other."},
			[]string{"high provider-removed: Provider lamp is gone; it ran bin/lamp.", "high provider-removed: Provider lamp is gone; it ran bin/other."}},
		{"a config that the machine profile does not have",
			map[string]string{a: "providers:\n- {id: heat, command: bin/heat, args: [--config, providers/heat.yaml]}", "providers/hot.yaml": "max: 1"},
			map[string]string{a: "providers:\n- {id: heat, command: bin/heat, args: [--config, providers/hot.yaml]}", "providers/hot.yaml": "max: 9"},
			[]string{
				"high arguments-changed: The argument list of provider heat changes.",
				"high limit-changed: The limit max of provider heat goes up.",
			},
			[]string{
				"high arguments-changed: The argument list of provider heat changes.",
				"high limit-changed: The limit max of provider heat goes down.",
			}},
		{"a program and its model in the package",
			map[string]string{a: "providers:\n- {id: heat, command: ./bin/heat, args: [--model=m.bin]}", "bin/heat": "1", "m.bin": "1"},
			map[string]string{a: "providers:\n- {id: heat, command: ./bin/heat, args: [--model=m.bin]}", "bin/heat": "2", "m.bin": "2"},
			[]string{"high command-changed: Program bin/heat of provider heat has other content.", "high arguments-changed: File m.bin of provider heat has other content."},
			[]string{"high command-changed: Program bin/heat of provider heat has other content.", "high arguments-changed: File m.bin of provider heat has other content."}},
		{"a file that a config names", map[string]string{heat: "model: physics.yaml", "providers/physics.yaml": "max: 1"}, map[string]string{heat: "model: physics.yaml", "providers/physics.yaml": "max: 2"},
			[]string{"high limit-changed: The limit max of provider heat goes up."}, []string{"high limit-changed: The limit max of provider heat goes down."}},

		{"what moves and heats", in(heat, "devices: [{id: d, enabled: false, setpoint: 3, pin: 4}]\nserial: {name: /dev/ttyUSB0}"),
			in(heat, "devices: [{id: d, enabled: true, setpoint: 9, pin: 5}]\nserial: {name: /dev/ttyUSB1}"),
			[]string{
				"high device-changed: The setting enabled of device d of provider heat changes.",
				"high address-changed: The pin of device d of provider heat changes.",
				"high device-changed: The setting setpoint of device d of provider heat goes up.",
				"high address-changed: The connection serial.name of provider heat changes.",
			},
			[]string{
				"high device-changed: The setting enabled of device d of provider heat changes.",
				"high address-changed: The pin of device d of provider heat changes.",
				"high device-changed: The setting setpoint of device d of provider heat goes down.",
				"high address-changed: The connection serial.name of provider heat changes.",
			}},
		{"limits by any name", in(heat, "a: {maxTempC: 1, estop: {pin: 1}, thresholds: {x: 1}, travel_range: [1, 2]}"),
			in(heat, "a: {maxTempC: 2, estop: {pin: 2}, thresholds: {x: 2}, travel_range: [1, 3]}"),
			[]string{
				"high limit-changed: The limit a.estop.pin of provider heat goes up.",
				"high limit-changed: The limit a.maxTempC of provider heat goes up.",
				"high limit-changed: The limit a.thresholds.x of provider heat goes up.",
				"high limit-changed: The limit a.travel_range of provider heat changes.",
			},
			[]string{
				"high limit-changed: The limit a.estop.pin of provider heat goes down.",
				"high limit-changed: The limit a.maxTempC of provider heat goes down.",
				"high limit-changed: The limit a.thresholds.x of provider heat goes down.",
				"high limit-changed: The limit a.travel_range of provider heat changes.",
			}},
		{"a file name is no label, and a speed no time", in(heat, "a: {file_name: x, baud_rate: 1}"), in(heat, "a: {file_name: y, baud_rate: 2}"),
			[]string{"high address-changed: The connection a.baud_rate of provider heat changes.", "medium setting-changed: The setting a.file_name of provider heat changes."},
			[]string{"high address-changed: The connection a.baud_rate of provider heat changes.", "medium setting-changed: The setting a.file_name of provider heat changes."}},
		{"merged for some providers", in(heat, "devices: [{id: d, <<: {max: 1}}]"), in(heat, "devices: [{id: d, <<: {max: 2}}]"),
			[]string{"high limit-changed: The limit max of device d of provider heat goes up."}, []string{"high limit-changed: The limit max of device d of provider heat goes down."}},
		{"a number for some providers", in(heat, "max: 8000"), in(heat, "max: 8_000"),
			[]string{"high limit-changed: The limit max of provider heat changes."}, []string{"high limit-changed: The limit max of provider heat changes."}},

		{"pre-releases", in("machine-profile.yaml", "components: {runtime: {version: 1.0.0-rc.9}, providers: {x: {version: 1.2.0+b}}}"),
			in("machine-profile.yaml", "components: {runtime: {version: 1.0.0-rc.10}, providers: {x: {version: 1.1.0+c}}}"),
			[]string{
				"high version-downgraded: The component x goes back to an earlier version.",
				"medium version-upgraded: The component runtime goes forward to a later version.",
			},
			[]string{
				"high version-downgraded: The component runtime goes back to an earlier version.",
				"medium version-upgraded: The component x goes forward to a later version.",
			}},
		{"versions that nobody can order", in("machine-profile.yaml", "components: {runtime: {version: 1.0-rc9}, providers: {x: {version: 1.2-5-gabc}, y: {version: 1.0.0+a}}}"),
			in("machine-profile.yaml", "components: {runtime: {version: 1.0-rc10}, providers: {x: {version: 1.2-7-gabc}, y: {version: 1.0.0+b}}}"),
			[]string{"medium version-changed: The component x changes.", "medium version-changed: The component y changes.", "medium version-changed: The component runtime changes."},
			[]string{"medium version-changed: The component x changes.", "medium version-changed: The component y changes.", "medium version-changed: The component runtime changes."}},
		{"listed or not", map[string]string{"machine-profile.yaml": "behaviors: [x.xml]", "x.xml": "<a/>"}, map[string]string{"machine-profile.yaml": "behaviors: []", "x.xml": "<a/>"},
			[]string{"low value-changed: The machine profile lists other behavior trees, which are in both packages."},
			[]string{"low value-changed: The machine profile lists other behavior trees, which are in both packages."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			old, new := openContent(t, smallMachine(c.old)), openContent(t, smallMachine(c.new))
			there, back := diffed(t, old, new), diffed(t, new, old)
			for i, list := range [][]string{c.there, c.back} {
				var got []string
				for _, x := range []*diff.Report{there, back}[i].Changes {
					got = append(got, string(x.Risk)+" "+string(x.Kind)+": "+x.Message)
				}
				if d := cmp.Diff(list, got); d != "" {
					t.Errorf("direction %d (-want +got):\n%s", i, d)
				}
			}
			checkComparison(t, there)
			checkMirror(t, there, back)
		})
	}
}

// TestDiffLongKey bounds what a key as long as a document makes of the many
// changes below it.
func TestDiffLongKey(t *testing.T) {
	const n, most = 1000, 2 << 20
	document := func(value string) string {
		return `? "` + strings.Repeat("`", 1<<16) + "\"\n: {" + strings.Join(numbered(n, value), ", ") + "}\n"
	}
	for _, name := range []string{"runtime/a.yaml", "providers/heat.yaml", "other.yaml"} {
		c := diffed(t, openContent(t, smallMachine(in(name, document("1")))), openContent(t, smallMachine(in(name, document("2")))))
		if len(c.Changes) < n {
			t.Errorf("%s: %d changes", name, len(c.Changes))
		}
		for _, form := range forms(t, c) {
			if len(form) > most {
				t.Errorf("%s: %d bytes", name, len(form))
			}
		}
	}
}

func numbered(n int, value string) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("k%d: %s", i, value)
	}
	return list
}

// TestDiffManyNames bounds the names that each of many changes has.
func TestDiffManyNames(t *testing.T) {
	profile := "runtime_profiles: {manual: runtime/a.yaml}\nproviders:\n"
	for i := range 200 {
		profile += fmt.Sprintf("  heat%d: {config: providers/heat.yaml}\n", i)
	}
	content := func(config string) fstest.MapFS {
		return smallMachine(map[string]string{"machine-profile.yaml": profile, "providers/heat.yaml": config})
	}
	c := diffed(t, openContent(t, content("a: 1\nb: 1\n")), openContent(t, content("a: 2\nb: 2\n")))
	checkComparison(t, c)
	for _, x := range c.Changes {
		if len(x.Providers) != 33 || len(x.Message) > 1000 {
			t.Errorf("%d providers: %s", len(x.Providers), x.Message)
		}
	}
}
