package exporter_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/redact"
	"github.com/anolishq/anolis-handoff/validator"
)

// TestPolicy extends and loosens what counts as a secret.
func TestPolicy(t *testing.T) {
	project := with(readBase(t, "canonical"),
		"config/sim0.yaml", "token_bucket: {burst: 5}\ncsrf_token: made-up\nserial: RIG-0042\n")

	if problems := problemsOf(t, project, exporter.Options{}); len(problems) != 1 || problems[0].Pointer != "/csrf_token" {
		t.Errorf("default policy: %v", problems)
	}

	allow := redact.Default()
	allow.Allow = []redact.Allow{{File: "config/*.yaml", Path: "csrf_token"}}
	if got := entriesOf(t, project, exporter.Options{Policy: &allow}); !strings.Contains(got["providers/sim0.yaml"], "csrf_token: made-up\n") {
		t.Errorf("allowed: %q", got["providers/sim0.yaml"])
	}

	other := redact.Default()
	other.Allow = []redact.Allow{{File: "config/*.yaml", Path: "other"}}
	if problems := problemsOf(t, project, exporter.Options{Policy: &other}); len(problems) != 1 {
		t.Errorf("another key allowed: %v", problems)
	}

	strict := redact.Default()
	strict.Allow = allow.Allow
	strict.Shapes = append(strict.Shapes, redact.ShapeRule{
		ID: "serial", Description: "a serial number", Severity: redact.Error, Pattern: regexp.MustCompile(`RIG-[0-9]{4}`),
	})
	problems := problemsOf(t, project, exporter.Options{Policy: &strict})
	if len(problems) != 1 || problems[0].Code != validator.CodeSecret || problems[0].Line != 3 ||
		strings.Contains(problems.Error(), "0042") {
		t.Errorf("stricter policy: %v", problems)
	}

	none := redact.Policy{}
	got := entriesOf(t, with(project, "config/manual.yaml", "providers: [{id: sim0}]\ntelemetry: {influx_token: made-up}\n"), exporter.Options{Policy: &none})
	if !strings.Contains(got["runtime/anolis-runtime.yaml"], "influx_token") ||
		!strings.Contains(got["meta/provenance.json"], `"telemetry_influxdb_token_removed": false`) {
		t.Errorf("empty policy: %v", got)
	}

	more := redact.Default()
	more.Removals = append(more.Removals, "telemetry.http.password")
	got = entriesOf(t, with(readBase(t, "canonical"), "config/manual.yaml",
		"providers: [{id: sim0}]\ntelemetry: {http: {password: made-up}}\n"), exporter.Options{Policy: &more})
	if !strings.HasSuffix(got["runtime/anolis-runtime.yaml"], "telemetry:\n  http: {}\n") {
		t.Errorf("another removal: %q", got["runtime/anolis-runtime.yaml"])
	}

	broken := redact.Policy{Shapes: []redact.ShapeRule{{}}}
	for _, p := range problemsOf(t, project, exporter.Options{Policy: &broken}) {
		if p.Code != validator.CodeOption {
			t.Errorf("broken policy: %v", p)
		}
	}
}
