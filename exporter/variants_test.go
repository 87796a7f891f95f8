package exporter_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
)

// TestVariants packages the same project with each choice of variants. The
// project names them in the order telemetry, manual, full, automation.
func TestVariants(t *testing.T) {
	always := []string{
		"machine-profile.yaml", "meta/checksums.sha256", "meta/provenance.json",
		"providers/sim0.yaml", "runtime/anolis-runtime.yaml",
	}
	for _, test := range []struct {
		name     string
		variants exporter.Variants
		more     []string // entries besides always
		profiles string
		omitted  string
		redacted string
	}{
		{"manual", exporter.Variants{}, nil,
			"runtime_profiles:\n  manual: runtime/anolis-runtime.yaml\nproviders:\n  sim0:",
			`["automation","full","telemetry"]`, "false"},
		{"none named", exporter.SomeVariants(), nil,
			"runtime_profiles:\n  manual: runtime/anolis-runtime.yaml\nproviders:\n  sim0:",
			`["automation","full","telemetry"]`, "false"},
		{"all", exporter.AllVariants(),
			[]string{
				"providers/sim1.yaml", "runtime/anolis-runtime.automation.yaml", "runtime/anolis-runtime.full.yaml",
				"runtime/anolis-runtime.telemetry.yaml", "runtime/behaviors/drain.xml", "runtime/behaviors/mix.xml",
			},
			"runtime_profiles:\n  telemetry: runtime/anolis-runtime.telemetry.yaml\n  manual: runtime/anolis-runtime.yaml\n" +
				"  full: runtime/anolis-runtime.full.yaml\n  automation: runtime/anolis-runtime.automation.yaml\nproviders:\n  sim0:",
			`[]`, "true"},
		{"a list in another order", exporter.SomeVariants("automation", "telemetry", "automation"),
			[]string{"runtime/anolis-runtime.automation.yaml", "runtime/anolis-runtime.telemetry.yaml", "runtime/behaviors/mix.xml"},
			"runtime_profiles:\n  telemetry: runtime/anolis-runtime.telemetry.yaml\n  manual: runtime/anolis-runtime.yaml\n" +
				"  automation: runtime/anolis-runtime.automation.yaml\nproviders:\n  sim0:",
			`["full"]`, "true"},
		{"without a secret", exporter.SomeVariants("manual", "automation"),
			[]string{"runtime/anolis-runtime.automation.yaml", "runtime/behaviors/mix.xml"},
			"runtime_profiles:\n  manual: runtime/anolis-runtime.yaml\n  automation: runtime/anolis-runtime.automation.yaml\nproviders:\n  sim0:",
			`["full","telemetry"]`, "false"},
	} {
		got := entriesOf(t, readBase(t, "variants"), exporter.Options{Variants: test.variants})
		want := slices.Sorted(slices.Values(slices.Concat(always, test.more)))
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got))); diff != "" {
			t.Errorf("%s: entries: want -, got +\n%s", test.name, diff)
		}
		if profile := got["machine-profile.yaml"]; !strings.Contains(profile, test.profiles) {
			t.Errorf("%s: profile lacks\n%s\nin\n%s", test.name, test.profiles, profile)
		}
		provenance := strings.NewReplacer(" ", "", "\n", "").Replace(got["meta/provenance.json"])
		for _, want := range []string{
			`"exported_variant":"manual"`, `"omitted_variants":` + test.omitted,
			`"telemetry_influxdb_token_removed":` + test.redacted,
		} {
			if !strings.Contains(provenance, want) {
				t.Errorf("%s: provenance lacks %s:\n%s", test.name, want, provenance)
			}
		}
		for name, text := range got {
			if strings.Contains(text, "made-up") {
				t.Errorf("%s: %s holds a secret", test.name, name)
			}
		}
	}
}

// TestEachVariantIsRewritten looks into every runtime config of a whole machine.
func TestEachVariantIsRewritten(t *testing.T) {
	got := entriesOf(t, readBase(t, "variants"), exporter.Options{Variants: exporter.AllVariants()})
	for name, want := range map[string]string{
		"runtime/anolis-runtime.yaml": `providers:
- id: sim0
  args:
  - --config
  - providers/sim0.yaml
`,
		"runtime/anolis-runtime.telemetry.yaml": `providers:
- id: sim0
  args:
  - --config
  - providers/sim0.yaml
telemetry:
  enabled: true
  influxdb:
    bucket: rig
`,
		"runtime/anolis-runtime.automation.yaml": `providers:
- id: sim0
  args:
  - --config
  - providers/sim0.yaml
automation:
  behavior_tree: runtime/behaviors/mix.xml
`,
		"runtime/anolis-runtime.full.yaml": `providers:
- id: sim1
  args:
  - --config
  - providers/sim1.yaml
- id: sim0
  args:
  - --config
  - providers/sim0.yaml
telemetry:
  enabled: true
automation:
  behavior_tree: runtime/behaviors/drain.xml
`,
		"runtime/behaviors/mix.xml":   "<root><BehaviorTree ID=\"Mix\"/></root>\n",
		"runtime/behaviors/drain.xml": "<root><BehaviorTree ID=\"Drain\"/></root>\n",
	} {
		if diff := cmp.Diff(want, got[name]); diff != "" {
			t.Errorf("%s: want -, got +\n%s", name, diff)
		}
	}
	const tail = "behaviors:\n- runtime/behaviors/drain.xml\n- runtime/behaviors/mix.xml\n"
	if profile := got["machine-profile.yaml"]; !strings.HasSuffix(profile, tail) {
		t.Errorf("profile does not end in\n%s\nbut is\n%s", tail, profile)
	}
}

func TestParseVariants(t *testing.T) {
	for _, test := range []struct {
		text string
		want string // what String says, "" for an error
	}{
		{"manual", "manual"},
		{"all", "all"},
		{"full", "full"},
		{"telemetry,full", "telemetry,full"},
		{" telemetry , full ", "telemetry,full"},
		{"manual,all", "manual,all"},
		{"", ""},
		{" ", ""},
		{"full,", ""},
		{",full", ""},
		{"full,,telemetry", ""},
	} {
		v, err := exporter.ParseVariants(test.text)
		if (err != nil) != (test.want == "") {
			t.Errorf("ParseVariants(%q): error %v", test.text, err)
			continue
		}
		if err == nil && v.String() != test.want {
			t.Errorf("ParseVariants(%q) is %q, want %q", test.text, v, test.want)
		}
	}
	if got := (exporter.Variants{}).String(); got != "manual" {
		t.Errorf("the zero value is %q, want manual", got)
	}

	// The names are a copy.
	names := []string{"full"}
	v := exporter.SomeVariants(names...)
	names[0] = "other"
	if v.String() != "full" {
		t.Errorf("the caller changed the variants to %q", v)
	}
}

// TestManualProvidersComeFirst: what further variants add stands behind the
// providers of the manual one, wherever the project lists that.
func TestManualProvidersComeFirst(t *testing.T) {
	project := with(readBase(t, "variants"), "config/telemetry.yaml", "providers: [{id: sim1}, {id: sim0}]\n")
	profile := entriesOf(t, project, exporter.Options{Variants: exporter.AllVariants()})["machine-profile.yaml"]
	const want = "providers:\n  sim0:\n    config: providers/sim0.yaml\n  sim1:\n    config: providers/sim1.yaml\n"
	if !strings.Contains(profile, want) {
		t.Errorf("profile lacks\n%s\nin\n%s", want, profile)
	}
}
