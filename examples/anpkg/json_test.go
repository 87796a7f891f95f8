package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"github.com/anolishq/anolis-handoff/validator"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// decodeReport reads the output of --format json as a strict client would.
func decodeReport(t *testing.T, stdout string) (report, map[string]any) {
	t.Helper()
	if strings.Count(stdout, "\n") != 1 || !strings.HasSuffix(stdout, "\n") {
		t.Errorf("not one line: %q", stdout)
	}
	d := json.NewDecoder(strings.NewReader(stdout))
	d.DisallowUnknownFields()
	var r report
	if err := d.Decode(&r); err != nil {
		t.Fatalf("%v in %s", err, stdout)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Errorf("more than one value: %v", err)
	}
	var raw map[string]any
	if err := json.Unmarshal([]byte(stdout), &raw); err != nil {
		t.Fatal(err)
	}
	if r.Version != 1 {
		t.Errorf("version %d", r.Version)
	}
	for _, list := range []string{"problems", "notes"} {
		if _, ok := raw[list].([]any); !ok {
			t.Errorf("%s is %v, not a list", list, raw[list])
		}
	}
	return r, raw
}

func TestJSONSuccess(t *testing.T) {
	out := filepath.Join(t.TempDir(), "bench <&>.anpkg")
	code, stdout, stderr := anpkg("export", "--format", "json", "../projects/bioreactor-bench", out)
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	r, raw := decodeReport(t, stdout)
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	if r.Package != out || r.Size != int64(len(data)) || r.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("report %+v of %d bytes with digest %x", r, len(data), sum)
	}
	if _, has := raw["error"]; has || len(r.Problems) != 0 || len(r.Notes) == 0 {
		t.Errorf("report %s", stdout)
	}
	for _, n := range r.Notes {
		if n.Code == "" || n.File == "" || n.Line == 0 || n.Column == 0 || n.Message == "" {
			t.Errorf("note %+v", n)
		}
	}
	if !bytes.Contains([]byte(stdout), []byte("bench <&>.anpkg")) {
		t.Error("the path is escaped for HTML")
	}
}

func TestJSONFailure(t *testing.T) {
	dir := t.TempDir()
	profile := "schema_version: 1\nmachine_id: rig\nruntime_profiles:\n  manual: ../up.yaml\n  manual: b.yaml\n"
	if err := os.WriteFile(filepath.Join(dir, "machine-profile.yaml"), []byte(profile), 0o666); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "x.anpkg")
	missing := filepath.Join(dir, "missing")
	for _, test := range []struct {
		project string
		problem *validator.Problem
	}{
		{dir, &validator.Problem{Code: "duplicate-key", File: "machine-profile.yaml", Pointer: "/runtime_profiles/manual", Line: 5, Column: 3}},
		{missing, nil},
	} {
		code, stdout, stderr := anpkg("export", "--format", "json", test.project, out)
		if code != 1 || stderr != "" {
			t.Errorf("exit %d, stderr %q", code, stderr)
		}
		r, raw := decodeReport(t, stdout)
		for _, absent := range []string{"package", "size", "sha256"} {
			if value, has := raw[absent]; has {
				t.Errorf("%s is %v", absent, value)
			}
		}
		if r.Error == "" || len(r.Notes) != 0 {
			t.Errorf("report %s", stdout)
		}
		if test.problem == nil {
			if len(r.Problems) != 0 {
				t.Errorf("problems %+v", r.Problems)
			}
			continue
		}
		found := false
		for _, p := range r.Problems {
			if p.Message == "" {
				t.Errorf("no message in %+v", p)
			}
			p.Severity, p.Hint, p.Message = "", "", ""
			found = found || p == *test.problem
		}
		if !found {
			t.Errorf("no %+v in %s", *test.problem, stdout)
		}
	}
}
