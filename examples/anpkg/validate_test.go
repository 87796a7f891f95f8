package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/sarif/sariftest"
	"github.com/anolishq/anolis-handoff/validator"
)

// exported is the package of an example project.
func exported(t *testing.T, project string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), project+".anpkg")
	if code, _, stderr := anpkg("export", filepath.Join("../projects", project), out); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	return out
}

// packages are four kinds of packages: valid, with a warning, with errors, and
// missing.
func packages(t *testing.T) []string {
	t.Helper()
	good := exported(t, "sim-quickstart")
	dir := t.TempDir()
	unpack(t, good, filepath.Join(dir, "unpacked"))
	warned := filepath.Join(dir, "warned.anpkg")
	appendEntry(t, good, warned)
	broken := filepath.Join(dir, "broken")
	unpack(t, good, broken)
	profile := filepath.Join(broken, "machine-profile.yaml")
	if err := os.WriteFile(profile, []byte("schema_version: 1\nmachine_id: Rig!\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	return []string{good, warned, broken, filepath.Join(dir, "missing.anpkg")}
}

// appendEntry makes an archive with an entry for a folder, which is harmless and
// not what the exporter writes.
func appendEntry(t *testing.T, from, to string) {
	t.Helper()
	r, err := zip.OpenReader(from)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range r.File {
		if err := w.Copy(f); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Create("meta/"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestValidateExit has every combination of packages decide the exit code.
func TestValidateExit(t *testing.T) {
	all := packages(t)
	strict := []int{0, 1, 1, 2}
	lenient := []int{0, 0, 1, 2}
	for set := 1; set < 1<<len(all); set++ {
		for _, want := range [][]int{strict, lenient} {
			args, code := []string{"validate", "--strict"}, 0
			if &want[0] == &lenient[0] {
				args[1] = "--strict=false"
			}
			for i, path := range all {
				if set&(1<<i) != 0 {
					args = append(args, path)
					code = max(code, want[i])
				}
			}
			for _, format := range []string{"text", "json", "sarif"} {
				got, _, stderr := anpkg(append(args, "--format", format)...)
				if got != code || (stderr != "") != (code == 2) {
					t.Errorf("%q as %s: exit %d, want %d, stderr %q", args, format, got, code, stderr)
				}
			}
		}
	}
}

// TestValidateJSON reads the output as a strict client would.
func TestValidateJSON(t *testing.T) {
	all := packages(t)
	code, stdout, stderr := anpkg(append([]string{"validate", "--format", "json"}, all...)...)
	if code != 2 || !strings.HasPrefix(stderr, "anpkg validate: "+all[3]+": ") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("exit %d, stderr %q", code, stderr)
	}
	lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
	if len(lines) != len(all) {
		t.Fatalf("%d lines for %d packages", len(lines), len(all))
	}
	want := []struct {
		valid, canonical bool
		code             string // of the first problem
	}{{true, true, ""}, {true, false, "not-canonical"}, {false, false, "checksums-mismatch"}, {false, false, "unreadable"}}
	for i, line := range lines {
		var raw map[string]any
		if err := json.Unmarshal([]byte(line), &raw); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if raw["package"] != all[i] || raw["valid"] != want[i].valid || raw["canonical"] != want[i].canonical || raw["version"] != 1.0 {
			t.Errorf("%s: %s", all[i], line)
		}
		for _, list := range []string{"problems", "skipped", "checks", "files"} {
			if _, ok := raw[list].([]any); !ok {
				t.Errorf("%s: %s is %v, no list", all[i], list, raw[list])
			}
		}
		problems, _ := raw["problems"].([]any)
		if (len(problems) > 0) != (want[i].code != "") {
			t.Errorf("%s: problems %v", all[i], problems)
		}
		for j, p := range problems {
			checkProblem(t, p)
			if got := p.(map[string]any)["code"]; j == 0 && got != want[i].code {
				t.Errorf("%s: the first problem is %v, want %s", all[i], got, want[i].code)
			}
		}
		var report validator.Report
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&report); err != nil {
			t.Error(err)
		}
		if valid := report.Count(validator.Error) == 0; valid != report.Valid {
			t.Errorf("%s: valid is %v with %d errors", all[i], report.Valid, report.Count(validator.Error))
		}
	}
}

// checkProblem demands each property of a problem in its type.
func checkProblem(t *testing.T, value any) {
	t.Helper()
	p, ok := value.(map[string]any)
	if !ok {
		t.Errorf("a problem is %v", value)
		return
	}
	for _, key := range []string{"severity", "code", "file", "pointer", "message"} {
		if _, ok := p[key].(string); !ok {
			t.Errorf("%s is %v in %v", key, p[key], p)
		}
	}
	for _, key := range []string{"line", "column"} {
		if n, ok := p[key].(float64); !ok || n < 0 {
			t.Errorf("%s is %v in %v", key, p[key], p)
		}
	}
	if p["severity"] != "error" && p["severity"] != "warning" || p["code"] == "" || p["message"] == "" {
		t.Errorf("problem %v", p)
	}
}

// TestValidateSARIF reads the output as GitHub would.
func TestValidateSARIF(t *testing.T) {
	all := packages(t)
	t.Chdir(filepath.Dir(all[2]))
	code, stdout, stderr := anpkg("validate", "--format", "sarif", all[0], "./warned.anpkg", "broken/", "missing.anpkg")
	if code != 2 || strings.Count(stderr, "\n") != 1 {
		t.Errorf("exit %d, stderr %q", code, stderr)
	}
	if faults := sariftest.Check([]byte(stdout)); len(faults) > 0 {
		t.Errorf("not accepted: %q", faults)
	}
	var log struct {
		Runs []struct {
			Results []struct {
				RuleID    string
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
					}
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(stdout), &log); err != nil {
		t.Fatal(err)
	}
	if len(log.Runs) != 1 {
		t.Fatalf("%d runs", len(log.Runs))
	}
	var got []string
	for _, r := range log.Runs[0].Results {
		got = append(got, r.RuleID+" "+r.Locations[0].PhysicalLocation.ArtifactLocation.URI)
	}
	for _, want := range []string{
		"not-canonical warned.anpkg", "checksums-mismatch broken/machine-profile.yaml",
		"profile-schema broken/machine-profile.yaml", "unreadable missing.anpkg",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}

	code, stdout, stderr = anpkg("validate", "--format", "sarif", all[0])
	if faults := sariftest.Check([]byte(stdout)); code != 0 || stderr != "" || len(faults) > 0 {
		t.Errorf("a valid package: exit %d, stderr %q, faults %q", code, stderr, faults)
	}
}

// TestValidateNoColor has outputs that are no terminals.
func TestValidateNoColor(t *testing.T) {
	file := exported(t, "sim-quickstart")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	if code := run(t.Context(), []string{"validate", file}, streams{noInput{}, write, write}); code != 0 {
		t.Errorf("exit %d", code)
	}
	write.Close()
	text, err := io.ReadAll(read)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(text), file+": valid") || strings.Contains(string(text), "\x1b") {
		t.Errorf("to a pipe: %q", text)
	}
}
