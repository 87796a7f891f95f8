package diff_test

import (
	"github.com/anolishq/anolis-handoff/exporter"
)

// The files of the packages.
const (
	inProfile = " machine-profile.yaml "
	inManual  = " runtime/anolis-runtime.yaml "
	inFull    = " runtime/anolis-runtime.full.yaml "
	inAuto    = " runtime/anolis-runtime.automation.yaml "
)

// bioreactorEdits are edits of a project with four runtime profiles.
func bioreactorEdits() []edit {
	const (
		runtimes = "config/anolis-runtime.*"
		manual   = "config/anolis-runtime.manual.yaml"
		full     = "config/anolis-runtime.full.yaml"
		profile  = "machine-profile.yaml"
		drives   = "config/provider-drives.yaml"
		thermal  = "config/provider-thermal.yaml"
		probes   = "config/provider-probes.yaml"
		tree     = "behaviors/fed_batch.xml"
	)
	return []edit{
		{name: "nothing"},
		{name: "comments", files: "*/*", replace: []string{"# A conversion takes", "# One conversion takes"}},
		{name: "machine id", files: profile, replace: []string{"machine_id: bioreactor-bench", "machine_id: bench-2"},
			want: []string{"high machine-changed" + inProfile + "machine_id"}},
		{name: "display name", files: profile, replace: []string{"Bench Bioreactor, 2 L", "Bench Bioreactor"},
			want: []string{"low label-changed" + inProfile + "display_name"}},
		{name: "notes", files: profile, replace: []string{"filled with water only", "filled with broth"},
			want: []string{"low label-changed" + inProfile + "compatibility.runtime.notes"}},
		{name: "safety", files: profile, replace: []string{"estop_topology: signal", "estop_topology: power_cut"},
			want: []string{"high limit-changed" + inProfile + "safety.estop_topology"}},
		{name: "safety gone", files: profile, replace: []string{"safety:\n", "", "  estop_topology: signal\n", ""},
			want: []string{"high limit-changed" + inProfile + "safety.estop_topology"}},

		{name: "command of one provider", files: runtimes, replace: []string{"/anolis-provider-ezo\n", "/anolis-provider-ezo-2\n"},
			want: []string{"high command-changed" + inManual + "providers[probes0].command"}},
		{name: "command of two providers", files: runtimes, replace: []string{"dev-release/anolis-provider-bread", "release/anolis-provider-bread"},
			want: []string{"high command-changed" + inManual + "providers[drives0].command"}},
		{name: "command in one profile", files: full, replace: []string{"dev-release/anolis-provider-ezo", "release/anolis-provider-ezo"},
			want: []string{"high command-changed" + inFull + "providers[probes0].command"}},
		{name: "argument", files: runtimes, replace: []string{"- warn\n", "- debug\n"},
			want: []string{"high arguments-changed" + inManual + "providers[probes0].args"}},
		{name: "argument added", files: runtimes, replace: []string{"- warn\n", "- warn\n      - --dry-run\n"},
			want: []string{"high arguments-changed" + inManual + "providers[probes0].args"}},
		{name: "bind to all", files: runtimes, replace: []string{"bind: 127.0.0.1", "bind: 0.0.0.0"},
			want: []string{"high http-widened" + inManual + "http.bind"}},
		{name: "bind to one address", files: manual, replace: []string{"bind: 127.0.0.1", "bind: 192.0.2.7"},
			want: []string{"high http-widened" + inManual + "http.bind"}},
		{name: "bind to the other loopback", files: manual, replace: []string{"bind: 127.0.0.1", "bind: '::1'"},
			want: []string{"high http-moved" + inManual + "http.bind"}},
		{name: "bind left out", files: manual, replace: []string{"  bind: 127.0.0.1\n", ""},
			want: []string{"low value-changed" + inManual + "http.bind"}},
		{name: "port", files: runtimes, replace: []string{"port: 8085", "port: 8086"},
			want: []string{"high http-moved" + inManual + "http.port"}},
		{name: "one more origin", files: runtimes, replace: []string{"    - http://bench-panel.local\n", "    - http://bench-panel.local\n    - http://office.local\n"},
			want: []string{"high http-widened" + inManual + "http.cors_allowed_origins"}},
		{name: "one origin fewer", files: runtimes, replace: []string{"    - http://bench-panel.local\n", ""},
			want: []string{"medium http-narrowed" + inManual + "http.cors_allowed_origins"}},
		{name: "every origin", files: runtimes, replace: []string{"    - http://bench-panel.local\n", "    - '*'\n"},
			want: []string{"high http-widened" + inManual + "http.cors_allowed_origins"}},
		{name: "no origins, which is every one", files: runtimes, replace: []string{"  cors_allowed_origins:\n    - http://localhost:5173\n    - http://bench-panel.local\n", ""},
			want: []string{"high http-widened" + inManual + "http.cors_allowed_origins"}},
		{name: "another origin", files: runtimes, replace: []string{"http://bench-panel.local", "http://panel.local"},
			want: []string{"high http-moved" + inManual + "http.cors_allowed_origins"}},
		{name: "order of origins", files: runtimes, replace: []string{"    - http://localhost:5173\n    - http://bench-panel.local\n", "    - http://bench-panel.local\n    - http://localhost:5173\n"},
			want: []string{"low order-changed" + inManual + "http.cors_allowed_origins"}},
		{name: "credentials", files: runtimes, replace: []string{"cors_allow_credentials: false", "cors_allow_credentials: true"},
			want: []string{"high http-widened" + inManual + "http.cors_allow_credentials"}},
		{name: "HTTP off", files: manual, replace: []string{"  enabled: true\n  bind", "  enabled: false\n  bind"},
			want: []string{"medium http-narrowed" + inManual + "http.enabled"}},

		{name: "timeout", files: runtimes, replace: []string{"timeout_ms: 6000", "timeout_ms: 9000"},
			want: []string{"medium timing-changed" + inManual + "providers[probes0].timeout_ms"}},
		{name: "timeout of two providers", files: runtimes, replace: []string{"hello_timeout_ms: 1500", "hello_timeout_ms: 2500"},
			want: []string{"medium timing-changed" + inManual + "providers[drives0].hello_timeout_ms"}},
		{name: "timeout gone", files: manual, replace: []string{"    hello_timeout_ms: 4000\n", ""},
			want: []string{"medium timing-changed" + inManual + "providers[probes0].hello_timeout_ms"}},
		{name: "polling", files: runtimes, replace: []string{"interval_ms: 3000", "interval_ms: 500"},
			want: []string{"medium timing-changed" + inManual + "polling.interval_ms"}},
		{name: "startup timeout", files: runtimes, replace: []string{"startup_timeout_ms: 45000", "startup_timeout_ms: 60000"},
			want: []string{"medium timing-changed" + inManual + "runtime.startup_timeout_ms"}},
		{name: "restart policy", files: runtimes, replace: []string{"max_attempts: 4", "max_attempts: 3", "[250, 750, 2000, 5000]", "[250, 750, 2000]"},
			want: []string{"medium restart-policy-changed" + inManual + "providers[drives0].restart_policy"}},
		{name: "no restart", files: manual, replace: []string{"      enabled: true\n      max_attempts: 2\n", "      enabled: false\n      max_attempts: 2\n"},
			want: []string{"medium restart-policy-changed" + inManual + "providers[probes0].restart_policy.enabled"}},
		{name: "restart policy gone", files: manual, replace: []string{"    restart_policy:\n      enabled: true\n      max_attempts: 2\n      backoff_ms: [1000, 4000]\n      timeout_ms: 40000\n", ""},
			want: []string{"medium restart-policy-changed" + inManual + "providers[probes0].restart_policy"}},
		{name: "name of the runtime", files: manual, replace: []string{"name: bench-manual", "name: bench"},
			want: []string{"low label-changed" + inManual + "runtime.name"}},
		{name: "log level", files: runtimes, replace: []string{"level: info", "level: debug"},
			want: []string{"low value-changed" + inManual + "logging.level"}},
		{name: "unknown section", files: manual, replace: []string{"logging:\n", "vision: {model: fast}\nlogging:\n"},
			want: []string{"medium setting-changed" + inManual + "vision.model"}},

		{name: "telemetry on", files: manual, replace: []string{"telemetry:\n  enabled: false", "telemetry:\n  enabled: true"},
			want: []string{"medium telemetry-on" + inManual + "telemetry.enabled"}},
		{name: "telemetry off and gone", files: full, replace: []string{
			"telemetry:\n  enabled: true\n  influxdb:\n    url: http://historian.local:8086\n    org: fermentation-lab\n    bucket: bench-2l\n    batch_size: 250\n    flush_interval_ms: 5000\n    queue_size: 20000\n",
			"telemetry:\n  enabled: false\n"},
			want: []string{"medium telemetry-off" + inFull + "telemetry.enabled"}},
		{name: "telemetry target", files: runtimes, replace: []string{"historian.local", "historian-2.local"},
			want: []string{"medium telemetry-target-changed" + inManual + "telemetry.influxdb.url"}},
		{name: "telemetry batches", files: runtimes, replace: []string{"batch_size: 250", "batch_size: 500"},
			want: []string{"medium setting-changed" + inFull + "telemetry.influxdb.batch_size"}},
		{name: "telemetry flushes", files: runtimes, replace: []string{"flush_interval_ms: 5000", "flush_interval_ms: 9000"},
			want: []string{"medium timing-changed" + inFull + "telemetry.influxdb.flush_interval_ms"}},

		{name: "automation on", files: manual, replace: []string{"automation:\n  enabled: false",
			"automation:\n  enabled: true\n  behavior_tree: behaviors/fed_batch.xml\n  tick_rate_hz: 4\n  parameters:\n    - {name: a, type: int64, default: 1, max: 3}"},
			want: []string{"high automation-on" + inManual + "automation.enabled"}},
		{name: "automation off", files: full, replace: []string{"automation:\n  enabled: true", "automation:\n  enabled: false"},
			want: []string{"high automation-off" + inFull + "automation.enabled"}},
		{name: "gating", files: runtimes, replace: []string{"manual_gating_policy: BLOCK", "manual_gating_policy: OVERRIDE"},
			want: []string{"high automation-changed" + inAuto + "automation.manual_gating_policy"}},
		{name: "tick rate", files: runtimes, replace: []string{"tick_rate_hz: 4", "tick_rate_hz: 40"},
			want: []string{"medium timing-changed" + inAuto + "automation.tick_rate_hz"}},
		{name: "hook", files: runtimes, replace: []string{`args: {mode: "off"}`, `args: {mode: closed_loop}`},
			want: []string{"high automation-changed" + inAuto + `automation.mode_transition_hooks.before_transition["*->FAULT"].calls["thermal0/jacket set_mode"].args.mode`}},
		{name: "call of a hook gone", files: runtimes, replace: []string{"          - device_handle: thermal0/jacket\n            function_name: set_mode\n            args: {mode: \"off\"}\n", ""},
			want: []string{"high automation-changed" + inAuto + `automation.mode_transition_hooks.before_transition["*->FAULT"].calls["thermal0/jacket set_mode"]`}},
		{name: "upper limit", files: runtimes, replace: []string{"max: 45.0", "max: 60.0"},
			want: []string{"high limit-changed" + inAuto + "automation.parameters[jacket_setpoint_c].max"}},
		{name: "limit gone", files: full, replace: []string{"      max: 45.0\n", ""},
			want: []string{"high limit-changed" + inFull + "automation.parameters[jacket_setpoint_c].max"}},
		{name: "allowed values", files: runtimes, replace: []string{"[yeast, water-run]", "[yeast]"},
			want: []string{"high limit-changed" + inAuto + "automation.parameters[culture].allowed_values"}},
		{name: "set point", files: runtimes, replace: []string{"default: 30.5", "default: 37.0"},
			want: []string{"high parameter-changed" + inAuto + "automation.parameters[jacket_setpoint_c].default"}},
		{name: "parameter added", files: runtimes, replace: []string{"    - name: culture\n", "    - {name: ph, type: double, default: 5.5}\n    - name: culture\n"},
			want: []string{"high parameter-added" + inAuto + "automation.parameters[ph]"}},
		{name: "parameter removed", files: runtimes, replace: []string{"    - name: culture\n      type: string\n      default: yeast\n      allowed_values: [yeast, water-run]\n", ""},
			want: []string{"high parameter-removed" + inAuto + "automation.parameters[culture]"}},
		{name: "order of parameters", files: runtimes, replace: []string{
			"    - name: stir_enable\n      type: bool\n      default: false\n", "",
			"    - name: feed_pwm\n", "    - name: stir_enable\n      type: bool\n      default: false\n    - name: feed_pwm\n"},
			want: []string{"low order-changed" + inAuto + "automation.parameters"}},
		{name: "behavior tree", files: tree, replace: []string{`arg1_num="{setpoint}"`, `arg1_num="95"`},
			want: []string{"high behavior-changed runtime/behaviors/fed_batch.xml"}},
		{name: "another behavior tree", files: runtimes, replace: []string{"fed_batch.xml", "slow.xml"}, add: map[string]string{
			"behaviors/slow.xml": `<root BTCPP_format="4"><BehaviorTree ID="Slow"><AlwaysSuccess/></BehaviorTree></root>`},
			more: []edit{{files: profile, replace: []string{"fed_batch.xml", "slow.xml"}}},
			want: []string{"high behavior-selected" + inAuto + "automation.behavior_tree"}},

		{name: "bus", files: drives, replace: []string{"/dev/i2c-2", "/dev/i2c-3"},
			want: []string{"high address-changed providers/drives0.yaml hardware.bus_path"}},
		{name: "address", files: drives, replace: []string{"0x22", "0x23"},
			want: []string{"high address-changed providers/drives0.yaml devices[harvest_base].address"}},
		{name: "addresses to look at", files: drives, replace: []string{"[0x20, 0x22]", "[0x20]"},
			want: []string{"high address-changed providers/drives0.yaml discovery.addresses"}},
		{name: "device added", files: thermal, replace: []string{"[0x1C]", "[0x1C, 0x1D]",
			"devices:\n", "devices:\n  - {id: lid, type: rlht, label: Lid, address: 0x1D}\n"},
			want: []string{"high device-added providers/thermal0.yaml devices[lid]"}},
		{name: "device removed", files: probes, replace: []string{"  - id: broth_redox\n    type: orp\n    label: Broth Redox Potential\n    address: 0x62\n", ""},
			want: []string{"high device-removed providers/probes0.yaml devices[broth_redox]"}},
		{name: "type of a device", files: probes, replace: []string{"type: orp", "type: ph"},
			want: []string{"high device-changed providers/probes0.yaml devices[broth_redox].type"}},
		{name: "label of a device", files: probes, replace: []string{"label: Broth Temperature", "label: Temperature"},
			want: []string{"low label-changed providers/probes0.yaml devices[broth_temp].label"}},
		{name: "watchdog", files: thermal, replace: []string{"command_watchdog_ms: 8000", "command_watchdog_ms: 60000"},
			want: []string{"high limit-changed providers/thermal0.yaml devices[jacket].command_watchdog_ms"}},
		{name: "query delay", files: probes, replace: []string{"query_delay_us: 900000", "query_delay_us: 300000"},
			want: []string{"medium timing-changed providers/probes0.yaml hardware.query_delay_us"}},
		{name: "retries", files: probes, replace: []string{"retry_count: 1", "retry_count: 3"},
			want: []string{"medium setting-changed providers/probes0.yaml hardware.retry_count"}},
		{name: "discovery", files: probes, replace: []string{"mode: manual", "mode: scan"},
			want: []string{"medium setting-changed providers/probes0.yaml discovery.mode"}},

		{name: "provider removed", files: runtimes, replace: []string{
			"  - id: probes0\n    command: ../anolis-provider-ezo/build/dev-release/anolis-provider-ezo\n    args:\n      - --log-level\n      - warn\n      - --config\n      - ../anolis-projects/projects/bioreactor-bench/config/provider-probes.yaml\n    timeout_ms: 6000\n    hello_timeout_ms: 4000\n    ready_timeout_ms: 15000\n    restart_policy:\n      enabled: true\n      max_attempts: 2\n      backoff_ms: [1000, 4000]\n      timeout_ms: 40000\n", ""},
			more: []edit{{files: profile, replace: []string{
				"  probes0:\n    config: config/provider-probes.yaml\n    notes: \"Temperature 0x66, oxygen 0x61, redox 0x62; a bus of its own, the probes are slow\"\n", "",
				", probes0]", "]",
				"    probes0:\n      strategy: semver-range\n      version: \">=0.5, <0.6\"\n", ""}}},
			want: []string{"high provider-removed" + inManual + "providers[probes0]"}},
		{name: "provider added", files: runtimes, replace: []string{
			"  - id: probes0\n", "  - id: lamp0\n    command: bin/lamp\n    args: [--config, config/lamp.yaml]\n  - id: probes0\n"},
			add: map[string]string{"config/lamp.yaml": "devices: [{id: lamp, type: relay, address: 3}]\n"},
			more: []edit{{files: profile, replace: []string{
				"  probes0:\n    config", "  lamp0:\n    config: config/lamp.yaml\n  probes0:\n    config",
				", probes0]", ", probes0, lamp0]",
				"    probes0:\n      strategy", "    lamp0:\n      strategy: local-build\n      version: unspecified\n    probes0:\n      strategy"}}},
			want: []string{"high provider-added" + inManual + "providers[lamp0]"}},
		{name: "order of providers", files: manual, replace: []string{"id: thermal0", "id: T", "id: drives0", "id: thermal0", "id: T", "id: drives0",
			"provider-thermal", "P", "provider-drives", "provider-thermal", "P", "provider-drives"},
			want: []string{"medium provider-order-changed" + inManual + "providers", "low formatting-changed machine-profile.yaml"}},
		{name: "expected providers", files: profile, replace: []string{"[thermal0, drives0, probes0]", "[thermal0, drives0]"},
			want: []string{"low value-changed" + inProfile + "validation.expected_providers"}},

		{name: "runtime profile removed", files: profile, replace: []string{"  full: config/anolis-runtime.full.yaml\n", ""},
			want: []string{"medium profile-removed" + inProfile + "runtime_profiles.full"}},
		{name: "runtime profile left out", opts: func(o *exporter.Options) { o.Variants = exporter.SomeVariants("telemetry", "automation") },
			want: []string{"medium profile-removed" + inProfile + "runtime_profiles.full"}},
		{name: "runtime profile added", files: profile, replace: []string{"  telemetry: config", "  night: config/night.yaml\n  telemetry: config"},
			add:  map[string]string{"config/night.yaml": "http: {bind: 0.0.0.0, port: 9000}\nproviders:\n- {id: thermal0, command: bin/heat}\n- {id: drives0, command: bin/drive}\n- {id: probes0, command: bin/probe}\n"},
			want: []string{"high profile-added" + inProfile + "runtime_profiles.night"}},

		{name: "component upgraded", files: profile, replace: []string{`version: "0.2.6"`, `version: "0.2.10"`},
			want: []string{"medium version-upgraded" + inProfile + "components.runtime.version"}},
		{name: "component and its providers downgraded", files: profile, replace: []string{`version: "0.4.2"`, `version: "0.4.1"`},
			want: []string{"high version-downgraded" + inProfile + "components.providers.bread.version"}},
		{name: "component and its providers apart", files: profile, replace: []string{"bread\n      version: \"0.4.2\"", "bread\n      version: \"0.4.3\""},
			want: []string{"medium version-upgraded" + inProfile + "components.providers.bread.version"}},
		{name: "version of a provider", files: profile, replace: []string{`">=0.5, <0.6"`, `">=0.5, <0.7"`},
			want: []string{"medium version-changed" + inProfile + "compatibility.providers.probes0.version"}},
		{name: "strategy", files: profile, replace: []string{"strategy: semver-range\n      version: \">=0.5, <0.6\"", "strategy: pinned-ref\n      version: 0.5.1"},
			want: []string{"medium version-changed" + inProfile + "compatibility.providers.probes0.version"}},
		{name: "repository", files: profile, replace: []string{"repo: anolishq/anolis-provider-ezo", "repo: someone/anolis-provider-ezo"},
			want: []string{"high source-changed" + inProfile + "components.providers.ezo.repo"}},
		{name: "optional component gone", files: profile, replace: []string{"  optional:\n    telemetry_export:\n      package: anolis-telemetry-export\n      version: \"0.2.0\"\n", ""},
			want: []string{"medium version-changed" + inProfile + "components.optional.telemetry_export"}},
		{name: "contract", files: profile, replace: []string{"config_contract: 01-runtime-config", "config_contract: 02-runtime-config"},
			want: []string{"medium version-changed" + inProfile + "compatibility.runtime.config_contract"}},
		{name: "time of creation", files: "workbench.json", replace: []string{"2026-06-02", "2026-06-03"},
			want: []string{"low provenance-changed meta/provenance.json exported_at"}},
	}
}

// mixerEdits are edits of a project in the old layout.
func mixerEdits() []edit {
	const system = "system.json"
	return []edit{
		{name: "nothing"},
		{name: "pins", opts: func(o *exporter.Options) { o.Pins = map[string]string{"runtime": "0.2.6", "bread": "0.4.2"} },
			want: []string{
				"medium version-changed" + inProfile + "components.providers.bread",
				"medium version-changed" + inProfile + "components.runtime",
			}},
		{name: "bus", files: system, replace: []string{"/dev/i2c-4", "/dev/i2c-5"},
			want: []string{"high address-changed providers/paddle.yaml hardware.bus_path"}},
		{name: "address", files: system, replace: []string{"0x2A", "0x2B"},
			want: []string{"high address-changed providers/paddle.yaml devices[mixer].address"}},
		{name: "serial port", files: "providers/scale.yaml", replace: []string{"/dev/ttyUSB0", "/dev/ttyUSB1"},
			want: []string{"high address-changed providers/scale.yaml serial.port"}},
		{name: "calibration", files: "providers/scale.yaml", replace: []string{"21.37", "21.38"},
			want: []string{"medium setting-changed providers/scale.yaml calibration.counts_per_gram"}},
		{name: "comment of a file carried as it is", files: "providers/scale.yaml", replace: []string{"# Written by hand", "# Made by hand"},
			want: []string{"low formatting-changed providers/scale.yaml"}},
		{name: "name", files: system, replace: []string{"Glaze Mixer", "Glaze Stirrer"},
			want: []string{"low label-changed" + inProfile + "display_name"}},
		{name: "behavior tree", files: "behaviors/batch_mix.xml", replace: []string{`"110"`, `"220"`},
			want: []string{"high behavior-changed runtime/behaviors/batch_mix.xml"}},
		{name: "no behavior tree", files: system, replace: []string{"      \"behavior_tree_path\": \"behaviors/batch_mix.xml\",\n", ""},
			want: []string{"high automation-off" + inManual + "automation.enabled"}},
		{name: "telemetry off", files: system, replace: []string{"\"telemetry\": {\n        \"enabled\": true", "\"telemetry\": {\n        \"enabled\": false"},
			want: []string{"medium telemetry-off" + inManual + "telemetry.enabled"}},
		{name: "port", files: system, replace: []string{"8070", "8071"},
			want: []string{"high http-moved" + inManual + "http.port"}},
		{name: "command", files: system, replace: []string{"bin/provider-loadcell", "bin/provider-loadcell-2"},
			want: []string{"high command-changed" + inManual + "providers[scale].command"}},
		{name: "restart policy on", files: system, replace: []string{"\"restart_policy\": {\n            \"enabled\": false",
			"\"restart_policy\": {\n            \"enabled\": true, \"max_attempts\": 1, \"backoff_ms\": [100], \"timeout_ms\": 5000"},
			want: []string{"medium restart-policy-changed" + inManual + "providers[scale].restart_policy"}},
	}
}
