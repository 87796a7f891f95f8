package exporter_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
)

const twoKinds = `{
  "schema_version": 2,
  "topology": {
    "runtime": {"http_port": 8080, "providers": [
      {"id": "a0", "kind": "ezo"}, {"id": "b0", "kind": "bread"}, {"id": "b1"}, {"id": "x0"}, {"id": "r0"}]},
    "providers": {
      "b1": {"kind": "bread", "config": {"x": 1}},
      "b0": {"config": {"x": 1}},
      "a0": {"kind": "ezo", "config": {"x": 1}},
      "x0": {"config": {"x": 1}},
      "r0": {"kind": "runtime", "config": {"x": 1}}
    }
  }
}`

// TestPins holds the versions and components of a profile against the rules:
// pinned-ref for a kind that is pinned, components only with a pin of the
// runtime and one of a provider.
func TestPins(t *testing.T) {
	const bread = "    bread:\n      repo: anolishq/anolis-provider-bread\n      version: 2.0.1\n"
	const ezo = "    ezo:\n      repo: anolishq/anolis-provider-ezo\n      version: v3\n"
	const runtime = "components:\n  runtime:\n    repo: anolishq/anolis\n    version: '1.0'\n  providers:\n"
	for _, test := range []struct {
		name       string
		pins       map[string]string
		pinned     map[string]string // provider to version
		components string
	}{
		{"none", nil, nil, ""},
		{"runtime alone", map[string]string{"runtime": "1.0"}, nil, ""},
		{"provider alone", map[string]string{"bread": "2.0.1"}, map[string]string{"b0": "2.0.1", "b1": "2.0.1"}, ""},
		{"both", map[string]string{"runtime": "1.0", "bread": "2.0.1"}, map[string]string{"b0": "2.0.1", "b1": "2.0.1"}, runtime + bread},
		{"all", map[string]string{"runtime": "1.0", "bread": "2.0.1", "ezo": "v3"},
			map[string]string{"a0": "v3", "b0": "2.0.1", "b1": "2.0.1"}, runtime + ezo + bread},
		{"an absent kind", map[string]string{"runtime": "1.0", "sim": "2"}, nil, ""},
	} {
		profile := entriesOf(t, with(nil, "system.json", twoKinds), exporter.Options{Pins: test.pins})["machine-profile.yaml"]
		for _, id := range []string{"a0", "b0", "b1", "x0", "r0"} {
			want := "    " + id + ":\n      strategy: local-build\n      version: unspecified\n"
			if version := test.pinned[id]; version != "" {
				want = "    " + id + ":\n      strategy: pinned-ref\n      version: " + version + "\n"
			}
			if !strings.Contains(profile, want) {
				t.Errorf("%s: profile lacks\n%sin\n%s", test.name, want, profile)
			}
		}
		_, components, _ := strings.Cut(profile, "\ncomponents:\n")
		if components != "" {
			components = "components:\n" + components
		}
		if diff := cmp.Diff(test.components, components); diff != "" {
			t.Errorf("%s: components: want -, got +\n%s", test.name, diff)
		}
	}
}

// TestPinsOfCanonicalProject: such a project has its own versions.
func TestPinsOfCanonicalProject(t *testing.T) {
	base := readBase(t, "canonical")
	plain := entriesOf(t, base, exporter.Options{})
	pinned := entriesOf(t, base, exporter.Options{Pins: map[string]string{"runtime": "1.0", "sim": "2.0"}})
	if diff := cmp.Diff(plain, pinned); diff != "" {
		t.Errorf("without pins -, with pins +\n%s", diff)
	}
}
