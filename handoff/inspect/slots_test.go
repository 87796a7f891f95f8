package inspect_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/handoff/inspect"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

func TestSlots(t *testing.T) {
	slot := func(profile, file string) inspect.Slot {
		return inspect.Slot{Variable: "INFLUXDB_TOKEN", Profile: profile, File: file, Path: "telemetry.influxdb.token"}
	}
	slots, err := inspect.Slots(t.Context(), handofftest.OpenFiles(t, handofftest.ExampleFiles(t, "bioreactor-bench"), false))
	want := []inspect.Slot{slot("telemetry", "runtime/anolis-runtime.telemetry.yaml"), slot("full", "runtime/anolis-runtime.full.yaml")}
	if diff := cmp.Diff(want, slots); diff != "" || err != nil {
		t.Errorf("slots (-want +got), %v:\n%s", err, diff)
	}

	const file = "runtime/anolis-runtime.yaml"
	for telemetry, needed := range map[string]bool{
		"{enabled: true}": true,
		"{enabled: on}":   true,
		"{enabled: true, influxdb: {url: http://h}}":            true,
		"{enabled: true, influxdb: ~}":                          true,
		"{enabled: true, influxdb: {token: ''}}":                true,
		"{enabled: true, influxdb: {token: ' '}}":               true,
		"{enabled: true, influxdb: {token: ~}}":                 true,
		"{enabled: true, influx_token: '', influx_url: http:x}": true,
		"{enabled: true, influx_token: old}":                    true, // the runtime does not read it
		"{enabled: true, influxdb: {<<: {token: merged}}}":      true, // nor merge keys
		"{enabled: true, influxdb: {token: given}}":             false,
		"{enabled: false}":                                      false,
		"{enabled: 'true'}":                                     true, // the schema refuses it, and the runtime reads it
		"{enabled: ~}":                                          false,
		"{<<: {enabled: true}}":                                 false,
		"{influxdb: {url: http://h}}":                           false,
		"~":                                                     false,
		"[]":                                                    false,
	} {
		files := handofftest.ExampleFiles(t, "sim-quickstart", [3]string{file, "telemetry:\n  enabled: false\n", "telemetry: " + telemetry + "\n"})
		p := handofftest.OpenFiles(t, files, true)
		want := []inspect.Slot{}
		if needed {
			want = append(want, slot("manual", file))
		}
		slots, err := inspect.Slots(t.Context(), p)
		if diff := cmp.Diff(want, slots); diff != "" || err != nil {
			t.Errorf("%s (-want +got), %v:\n%s", telemetry, err, diff)
		}
		if diff := cmp.Diff(slots, inspected(t, p).Slots); diff != "" {
			t.Errorf("%s: Slots (-) and Inspect (+):\n%s", telemetry, diff)
		}
	}
}
