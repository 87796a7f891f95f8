package validator_test

func profileTests() []packageTest {
	edit := func(pairs ...string) func(content) {
		return func(c content) {
			for i := 0; i < len(pairs); i += 2 {
				c.replace(profileYAML, pairs[i], pairs[i+1])
			}
		}
	}
	return []packageTest{
		{name: "many faults", edit: edit(
			"schema_version: 1", "schema_version: 2",
			"machine_id: bioreactor-bench", "machine_id: Bioreactor Bench",
			"display_name: Bench Bioreactor, 2 L", "display_name: 5",
			"estop_topology: signal", "estop_topology: software\n  extra: 1",
		)},
		{name: "a list", edit: func(c content) { c[profileYAML] = "- 1\n" }},
		{name: "empty", edit: func(c content) { c[profileYAML] = "" }},
		{name: "no runtime profiles", edit: edit("runtime_profiles:", "profiles:")},
		{name: "runtime profiles are a list", edit: edit(
			"  manual: runtime/anolis-runtime.yaml\n  telemetry: runtime/anolis-runtime.telemetry.yaml\n  automation: runtime/anolis-runtime.automation.yaml\n  full: runtime/anolis-runtime.full.yaml\n",
			"- manual\n",
		)},
		{name: "runtime profile is no path", edit: edit("manual: runtime/anolis-runtime.yaml", "manual: 5")},
		{name: "paths that leave", edit: edit(
			"telemetry: runtime/", "telemetry: ../runtime/",
			"config: providers/thermal0.yaml", "config: /etc/passwd",
			"config: providers/drives0.yaml", `config: C:\drives0.yaml`,
			"config: providers/probes0.yaml", `config: providers\probes0.yaml`,
			"runtime/behaviors/fed_batch.xml", `"runtime/behaviors/../../../\nx"`,
		)},
		{name: "paths to nothing", edit: edit(
			"telemetry: runtime/", "telemetry: run/",
			"thermal0.yaml", "thermal1.yaml",
			"fed_batch.xml", "fed_batch2.xml",
			"validation:\n", "validation:\n  check_http_script: check.sh\n",
		)},
		{name: "paths to folders", edit: edit(
			"automation: runtime/anolis-runtime.automation.yaml", "automation: runtime",
			"config: providers/thermal0.yaml", "config: providers/",
			"behaviors:\n- runtime/behaviors/fed_batch.xml", "behaviors:\n- .",
		)},
		{name: "paths spelled in another way", edit: edit(
			"telemetry: runtime/", "telemetry: ./runtime//",
			"config: providers/thermal0.yaml", "config: meta/../providers/thermal0.yaml",
		)},
		{name: "paths to other folders", edit: func(c content) {
			c["config/thermal0.yaml"], c["behaviors/fed_batch.xml"] = c["providers/thermal0.yaml"], c[behaviorXML]
			edit("providers/thermal0.yaml", "config/thermal0.yaml", "runtime/behaviors", "behaviors")(c)
		}},
		{name: "case of a path", edit: edit("providers/thermal0.yaml", "providers/Thermal0.yaml")},
		{name: "values that are no paths", edit: edit(
			"config: providers/thermal0.yaml", "config: [providers/thermal0.yaml]",
			"- runtime/behaviors/fed_batch.xml", "- 5\n- ''\n- runtime/behaviors/fed_batch.xml",
		)},
		{name: "check script", edit: func(c content) {
			c["scripts/check.sh"] = "#!/bin/sh\n"
			edit("validation:\n", "validation:\n  check_http_script: scripts/check.sh\n")(c)
		}},
	}
}
