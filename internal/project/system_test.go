package project

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/fault"
)

// load reads a system.json that must be sound.
func load(t *testing.T, name, text string) *Project {
	t.Helper()
	var faults fault.List
	p := Load(t.Context(), Files{FS: fstest.MapFS{SystemFile: {Data: []byte(text)}}, MaxDocument: 1 << 20}, name, &faults)
	if faults.Errors() > 0 || p == nil || p.Layout != System {
		t.Fatalf("%s\n%v", text, faults.Sorted())
	}
	return p
}

// TestMigrate renders the providers of a system.json of schema_version 1.
func TestMigrate(t *testing.T) {
	for _, test := range []struct{ name, provider, want string }{
		{"sim, nothing given", `{"kind": "sim"}`, `
devices: []
simulation:
  mode: non_interacting`},
		{"sim, everything", `{
			"simulation": {"ambient_signal_path": "s", "other": 1, "ambient_temp_c": 21.50, "physics_config": "p", "tick_rate_hz": 3, "mode": "sim"},
			"devices": [{"gain": 2, "type": "pump", "id": "a"}, {"label": "L"}],
			"startup_policy": "strict", "tick_rate_hz": 10, "simulation_mode": "physics", "provider_name": "Sim", "kind": "sim", "ignored": true}`, `
provider:
  name: Sim
startup_policy: strict
devices:
- id: a
  type: pump
  gain: 2
- id: null
  type: null
  label: L
simulation:
  mode: physics
  tick_rate_hz: 10
  physics_config: p
  ambient_temp_c: 21.5
  ambient_signal_path: s`},
		{"sim, empty words", `{"kind": "sim", "provider_name": "", "simulation_mode": "", "simulation": {"mode": "", "tick_rate_hz": 5}, "startup_policy": null, "devices": null}`, `
startup_policy: null
devices: []
simulation:
  mode: non_interacting
  tick_rate_hz: 5`},
		{"sim, mode of simulation", `{"kind": "sim", "simulation": {"mode": "physics"}, "tick_rate_hz": null}`, `
devices: []
simulation:
  mode: physics`},
		{"sim, null rate hides the other", `{"kind": "sim", "simulation": {"tick_rate_hz": 4}, "tick_rate_hz": null}`, `
devices: []
simulation:
  mode: non_interacting`},
		{"sim, inert has no rate", `{"kind": "sim", "simulation_mode": "inert", "tick_rate_hz": 10, "simulation": {"physics_config": null}}`, `
devices: []
simulation:
  mode: inert
  physics_config: null`},
		{"bread, nothing given", `{"kind": "bread"}`, `
hardware:
  bus_path: ''
discovery:
  mode: manual
devices: []`},
		{"bread, everything", `{"kind": "bread", "provider_name": "Bus",
			"retry_count": 2, "timeout_ms": 100, "query_delay_us": 10000, "bus_path": "ignored",
			"devices": [{"note": "n", "address": "0x0A", "label": "Heater", "type": "RLHT", "id": "a"}, {"id": "b"}, {"address": 20}]}`, `
provider:
  name: Bus
hardware:
  bus_path: ''
  query_delay_us: 10000
  timeout_ms: 100
  retry_count: 2
discovery:
  mode: manual
  addresses:
  - '0x0A'
  - 20
devices:
- id: a
  type: RLHT
  label: Heater
  address: '0x0A'
  note: n
- id: b
  type: null
- id: null
  type: null
  address: 20`},
		{"ezo lists no addresses", `{"kind": "ezo", "devices": [{"address": 99, "id": "ph", "type": "EZO_PH"}]}`, `
hardware:
  bus_path: ''
discovery:
  mode: manual
devices:
- id: ph
  type: EZO_PH
  address: 99`},
		{"other, with a config", `{"kind": "custom", "config": {"b": 1, "a": [2]}, "devices": [{"id": "x"}]}`, "\nb: 1\na:\n- 2"},
		{"no kind", `{"config": {"b": 1}}`, "\nb: 1"},
		{"kind of another kind", `{"kind": 5, "config": {"b": 1}}`, "\nb: 1"},
	} {
		p := load(t, "rig", `{"schema_version": 1, "topology": {"runtime": {"http_port": 1}, "providers": {"p0": `+test.provider+`}}}`)
		compareConfig(t, test.name, p, test.want)
	}

	p := load(t, "rig", `{"schema_version": 1, "paths": {"providers": {"p0": {"bus_path": "/dev/i2c-1"}}},
		"topology": {"runtime": {"http_port": 1}, "providers": {"p0": {"kind": "ezo"}}}}`)
	compareConfig(t, "bus path", p, `
hardware:
  bus_path: /dev/i2c-1
discovery:
  mode: manual
devices: []`)
}

func compareConfig(t *testing.T, name string, p *Project, want string) {
	t.Helper()
	var faults fault.List
	d, verbatim := p.ProviderConfig(t.Context(), "p0", &faults)
	if d == nil || verbatim != "" || faults.Errors() > 0 {
		t.Errorf("%s: document %v, verbatim %q, faults %v", name, d, verbatim, faults.Sorted())
		return
	}
	if diff := cmp.Diff(strings.TrimPrefix(want, "\n")+"\n", string(canonyaml.Append(nil, d.Root))); diff != "" {
		t.Errorf("%s: want -, got +\n%s", name, diff)
	}
}

// TestVersion2IsNotMigrated: there only the config counts.
func TestVersion2IsNotMigrated(t *testing.T) {
	p := load(t, "rig", `{"schema_version": 2, "topology": {"runtime": {"http_port": 1}, "providers": {"p0": {"kind": "sim", "devices": [], "config": {"z": 1}}}}}`)
	compareConfig(t, "version 2", p, "z: 1")
	if p.Kind("p0") != "sim" || p.Kind("p1") != "" {
		t.Errorf("kinds %q and %q", p.Kind("p0"), p.Kind("p1"))
	}
}

// TestRender holds rendered runtime configs against the contract, the order of
// keys above all.
func TestRender(t *testing.T) {
	for _, test := range []struct{ name, paths, runtime, want string }{
		{"nothing given", `{}`, `{"http_port": 8080}`, `
http:
  enabled: true
  bind: 127.0.0.1
  port: 8080
  cors_allow_credentials: false
providers: []
telemetry:
  enabled: false
automation:
  enabled: false
logging:
  level: info`},
		{"everything, in another order", `{"providers": {"p0": {"executable": "bin/p0"}}}`, `{
			"log_level": "debug", "automation_enabled": true, "behavior_tree": "b.xml", "behavior_tree_path": "p.xml",
			"telemetry_enabled": false,
			"telemetry": {"enabled": true, "influxdb": {"queue_size": 8, "max_retry_buffer_size": 7, "flush_interval_ms": 6,
				"batch_size": 5, "token": "t", "bucket": "b", "org": "o", "url": "u", "other": 1}},
			"polling_interval_ms": 500,
			"providers": [
				{"restart_policy": {"success_reset_ms": 4, "timeout_ms": 3, "backoff_ms": [1], "max_attempts": 2, "enabled": true, "x": 1},
				 "ready_timeout_ms": 3, "hello_timeout_ms": 2, "timeout_ms": 1, "command": "ignored", "id": "p0"},
				{"id": "p1", "restart_policy": {"enabled": false, "max_attempts": 2}},
				{"id": "p2", "restart_policy": null, "timeout_ms": null},
				{"id": "p3", "restart_policy": {}}
			],
			"cors_origins": ["*"], "cors_allow_credentials": true, "http_port": 1, "http_bind": "0.0.0.0",
			"startup_timeout_ms": 2, "shutdown_timeout_ms": 1, "name": "rig", "other": 1}`, `
runtime:
  name: rig
  shutdown_timeout_ms: 1
  startup_timeout_ms: 2
http:
  enabled: true
  bind: 0.0.0.0
  port: 1
  cors_allow_credentials: true
  cors_allowed_origins:
  - '*'
providers:
- id: p0
  command: bin/p0
  args: []
  timeout_ms: 1
  hello_timeout_ms: 2
  ready_timeout_ms: 3
  restart_policy:
    enabled: true
    max_attempts: 2
    backoff_ms:
    - 1
    timeout_ms: 3
    success_reset_ms: 4
- id: p1
  command: ''
  args: []
  timeout_ms: 5000
  restart_policy:
    enabled: false
- id: p2
  command: ''
  args: []
  timeout_ms: null
- id: p3
  command: ''
  args: []
  timeout_ms: 5000
  restart_policy:
    enabled: false
polling:
  interval_ms: 500
telemetry:
  enabled: true
  influxdb:
    url: u
    org: o
    bucket: b
    token: t
    batch_size: 5
    flush_interval_ms: 6
    max_retry_buffer_size: 7
    queue_size: 8
automation:
  enabled: true
  behavior_tree: p.xml
logging:
  level: debug`},
		{"empty words", `{}`, `{"name": "", "http_port": null, "polling_interval_ms": null, "log_level": null,
			"telemetry": {"enabled": null, "influxdb": {"url": "", "org": null, "bucket": 0, "token": false}}, "telemetry_enabled": "yes",
			"behavior_tree_path": "", "behavior_tree": "b.xml"}`, `
http:
  enabled: true
  bind: 127.0.0.1
  port: null
  cors_allow_credentials: false
providers: []
polling:
  interval_ms: null
telemetry:
  enabled: true
  influxdb:
    bucket: 0
    token: false
automation:
  enabled: true
  behavior_tree: b.xml
logging:
  level: null`},
		{"telemetry off", `{}`, `{"http_port": 1, "telemetry": {"enabled": 0, "influxdb": {"url": "u"}}, "telemetry_enabled": true, "automation_enabled": "maybe"}`, `
http:
  enabled: true
  bind: 127.0.0.1
  port: 1
  cors_allow_credentials: false
providers: []
telemetry:
  enabled: false
automation:
  enabled: maybe
logging:
  level: info`},
		{"telemetry on, no sink", `{}`, `{"http_port": 1, "telemetry": {"enabled": [0], "influxdb": {"url": ""}}}`, `
http:
  enabled: true
  bind: 127.0.0.1
  port: 1
  cors_allow_credentials: false
providers: []
telemetry:
  enabled: true
automation:
  enabled: false
logging:
  level: info`},
	} {
		p := load(t, "rig", `{"schema_version": 2, "paths": `+test.paths+`, "topology": {"runtime": `+test.runtime+`}}`)
		if len(p.Variants) != 1 || p.Variants[0].Name != Manual {
			t.Fatalf("%s: variants %v", test.name, p.Variants)
		}
		var faults fault.List
		got := canonyaml.Append(nil, p.Config(t.Context(), p.Variants[0], &faults).Root)
		if diff := cmp.Diff(strings.TrimPrefix(test.want, "\n")+"\n", string(got)); diff != "" || faults.Errors() > 0 {
			t.Errorf("%s: %v, want -, got +\n%s", test.name, faults.Sorted(), diff)
		}
	}
}

// TestRenderProfile has the parts that do not depend on the providers.
func TestRenderProfile(t *testing.T) {
	for _, test := range []struct{ meta, display string }{
		{`{"name": "  Rig One "}`, "Rig One"},
		{`{"name": ""}`, "My_Rig"},
		{`{"name": " \u3000"}`, "My_Rig"},
		{`{"name": 5}`, "My_Rig"},
		{`{}`, "My_Rig"},
	} {
		p := load(t, "My_Rig", `{"schema_version": 2, "meta": `+test.meta+`, "topology": {"runtime": {"http_port": 1}}}`)
		want := "schema_version: 1\nmachine_id: my-rig\ndisplay_name: " + test.display + "\n"
		if diff := cmp.Diff(want, string(canonyaml.Append(nil, p.Profile.Root))); diff != "" {
			t.Errorf("meta %s: want -, got +\n%s", test.meta, diff)
		}
	}
}

// TestSourcePath finds every value of a document by its place, and nothing at
// any other place.
func TestSourcePath(t *testing.T) {
	const text = `{"schema_version": 1,
 "meta": {"name": "é", "list": [[], [1, {"a": null}], {}]},
 "topology": {"runtime": {"http_port": 1, "providers": [{"id": "p0"}, {"id":"p1"}]},
  "providers": {"p0": {"kind": "custom", "config": {"a": 1, "b": 2}, "z": 3}}}}`
	p := load(t, "rig", text)
	values := map[doc.Pos]bool{}
	doc.Walk(p.system.root, func(path doc.Path, _, value *doc.Node) bool {
		values[value.Pos] = true
		got, ok := p.SourcePath(value.Pos)
		if !ok || got.String() != path.String() {
			t.Errorf("%v: path %v, %v, want %v", value.Pos, got, ok, path)
		}
		return true
	})
	for line := range 7 {
		for column := range 90 {
			at := doc.Pos{Line: line, Column: column}
			if _, ok := p.SourcePath(at); ok != values[at] {
				t.Errorf("%v: found %v, want %v", at, ok, values[at])
			}
		}
	}
	if _, ok := (&Project{}).SourcePath(doc.Pos{Line: 1, Column: 1}); ok {
		t.Error("a canonical project has a source path")
	}
}
