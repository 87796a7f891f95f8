//go:build unix

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/validator"
)

// TestReplay has a runtime that refuses one machine. It is asked about what is
// exported and what is uploaded, and what it says names no path of ours.
func TestReplay(t *testing.T) {
	pkg := examplePackage(t, "sim-quickstart")
	runtime := filepath.Join(t.TempDir(), "runtime")
	script := "#!/bin/sh\nif grep -q training-rig \"$2\"; then echo \"ERROR: $0 says no to $(pwd)/$2\" >&2; exit 1; fi\necho \"Config valid: $2\"\n"
	if err := os.WriteFile(runtime, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	cfg, err := parseConfig([]string{"-projects", "../projects", "-runtime-bin", runtime}, noVariables, nil)
	if err != nil {
		t.Fatal(err)
	}
	ts := start(t, func(c *config) { c.runtimeBin = cfg.runtimeBin })
	ts.secrets = []string{runtime}
	if a := ts.export("mixer-system", ""); a.status != 200 {
		t.Errorf("%d %s", a.status, a.body)
	}
	body := wantError(t, ts.export("sim-quickstart", ""), 400, "")
	if len(body.Problems) == 0 || body.Problems[0].Code != "replay-refused" {
		t.Errorf("problems %+v", body.Problems)
	}
	if !strings.Contains(body.Problems[0].Message, "ERROR: <runtime> says no to <package>/runtime/anolis-runtime.yaml") {
		t.Errorf("problem %+v", body.Problems[0])
	}
	a := ts.upload("/api/packages/validate", pkg)
	wantInvalid(t, ts.upload("/api/packages/inspect", pkg), "the package is not valid")
	var report validator.Report
	if err := json.Unmarshal(a.body, &report); err != nil || len(report.Replay) != 1 || report.Replay[0].Outcome != "refused" {
		t.Errorf("%s, %v", a.body, err)
	}
	// A runtime that is gone is the operator's fault, and no place to tell where.
	if err := os.Remove(runtime); err != nil {
		t.Fatal(err)
	}
	gone := ts.upload("/api/packages/validate", pkg)
	if !strings.Contains(string(gone.body), `"not-run"`) {
		t.Errorf("%s\n%s", gone.body, ts.logs)
	}
}
