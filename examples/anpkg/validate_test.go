package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anolishq/anolis-handoff/internal/conformance"
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

// manyPackages are n files: most are valid, every seventh is no archive.
func manyPackages(t *testing.T, n int) []string {
	t.Helper()
	good, err := os.ReadFile(exported(t, "sim-quickstart"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var list []string
	for i := range n {
		data := good
		if i%7 == 3 {
			data = []byte("no archive")
		}
		name := filepath.Join(dir, fmt.Sprintf("%d.anpkg", i))
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
		list = append(list, name)
	}
	return list
}

// hangingPackage is valid, but the stand-in for the runtime gives no answer to
// it.
func hangingPackage(t *testing.T) string {
	t.Helper()
	project := copyProject(t, "sim-quickstart")
	config := filepath.Join(project, "config/anolis-runtime.manual.yaml")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), "name: training-rig", `name: "a\n# standin: hang\nb"`, 1)
	if err := os.WriteFile(config, []byte(changed), 0o666); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "hanging.anpkg")
	if code, _, stderr := anpkg("export", project, out); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	return out
}

// noGoroutineLeft checks at the end of the test that as many run as now.
func noGoroutineLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		for range 500 { // one that has done its work is counted until it is gone
			if runtime.NumGoroutine() <= before {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Errorf("%d goroutines, there were %d", runtime.NumGoroutine(), before)
	})
}

// TestValidateMany checks that the order is that of the arguments, every time.
func TestValidateMany(t *testing.T) {
	list := manyPackages(t, 200)
	noGoroutineLeft(t)
	var first string
	for range 3 {
		code, stdout, stderr := anpkg(append([]string{"validate"}, list...)...)
		if code != 1 || stderr != "" {
			t.Fatalf("exit %d, stderr %q", code, stderr)
		}
		texts := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n\n")
		if len(texts) != len(list)+1 || texts[len(list)] != "200 packages: 171 valid, 29 INVALID" {
			t.Fatalf("%d texts, the last is %q", len(texts), texts[len(texts)-1])
		}
		for i, path := range list {
			want := ": valid (canonical)\n"
			if i%7 == 3 {
				want = ": INVALID: 1 error (not canonical)\n"
			}
			if !strings.HasPrefix(texts[i], path+want) {
				t.Errorf("text %d: %s", i, texts[i])
			}
		}
		if first == "" {
			first = stdout
		} else if stdout != first {
			t.Error("another run has another output")
		}
	}
}

// TestValidateBrokenStdout must not go on with work that nobody gets to see: the
// second package would take for ever.
func TestValidateBrokenStdout(t *testing.T) {
	good, hanging := exported(t, "sim-quickstart"), hangingPackage(t)
	standin := build(t, "standin", standinSource)
	noGoroutineLeft(t)
	for _, format := range []string{"text", "json"} {
		var stderr bytes.Buffer
		args := []string{"validate", "--format", format, "--runtime-bin", standin, "--runtime-timeout", "10h", good, hanging}
		for range 200 { // more than are begun ahead
			args = append(args, good)
		}
		code := run(t.Context(), args, streams{noInput{}, brokenPipe{}, &stderr})
		if want := "anpkg validate: standard output: broken\\x1b pipe\n"; code != 2 || stderr.String() != want {
			t.Errorf("%s: exit %d, stderr %q, want %q", format, code, stderr.String(), want)
		}
	}
	// SARIF is one document: it is written when all is known.
	var stderr bytes.Buffer
	code := run(t.Context(), []string{"validate", "--format", "sarif", good, good}, streams{noInput{}, brokenPipe{}, &stderr})
	if want := "anpkg validate: standard output: broken\\x1b pipe\n"; code != 2 || stderr.String() != want {
		t.Errorf("sarif: exit %d, stderr %q, want %q", code, stderr.String(), want)
	}
}

// brokenLater fails after a number of writes.
type brokenLater struct{ left int }

func (w *brokenLater) Write(p []byte) (int, error) {
	if w.left--; w.left < 0 {
		return 0, errors.New("full")
	}
	return len(p), nil
}

// TestValidateBrokenAnywhere has each write to standard output fail.
func TestValidateBrokenAnywhere(t *testing.T) {
	all := packages(t)
	for _, format := range []string{"text", "json", "sarif"} {
		args := []string{"validate", "--strict", "--format", format, all[0], all[1], all[2]}
		for n := 0; ; n++ {
			var stderr bytes.Buffer
			w := &brokenLater{n}
			code := run(t.Context(), args, streams{noInput{}, w, &stderr})
			if w.left >= 0 { // no write failed
				if code != 1 || stderr.Len() > 0 || n == 0 {
					t.Errorf("%s, %d writes: exit %d, stderr %q", format, n, code, &stderr)
				}
				break
			}
			if code != 2 || stderr.String() != "anpkg validate: standard output: full\n" {
				t.Errorf("%s, broken after %d writes: exit %d, stderr %q", format, n, code, &stderr)
			}
		}
	}
}

// cancelingWriter interrupts at its first text.
type cancelingWriter struct {
	bytes.Buffer
	cancel context.CancelFunc
}

func (w *cancelingWriter) Write(p []byte) (int, error) {
	w.cancel()
	return w.Buffer.Write(p)
}

// TestValidateInterrupted interrupts while a runtime has the second package.
func TestValidateInterrupted(t *testing.T) {
	good, hanging := exported(t, "sim-quickstart"), hangingPackage(t)
	standin := build(t, "standin", standinSource)
	noGoroutineLeft(t)
	for _, format := range []string{"text", "json"} {
		ctx, cancel := context.WithCancel(t.Context())
		stdout, stderr := &cancelingWriter{cancel: cancel}, new(bytes.Buffer)
		code := run(ctx, []string{"validate", "--format", format, "--runtime-bin", standin, "--runtime-timeout", "10h", good, hanging}, streams{noInput{}, stdout, stderr})
		if code != 2 || stderr.String() != "anpkg validate: interrupted; 1 package not validated\n" {
			t.Errorf("%s: exit %d, stderr %q", format, code, stderr)
		}
		if text := stdout.String(); strings.Count(text, good) != 1 || strings.Contains(text, hanging) {
			t.Errorf("%s: stdout %q", format, text)
		}
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	list := manyPackages(t, 100)
	for _, format := range []string{"text", "json", "sarif"} {
		var stdout, stderr bytes.Buffer
		code := run(ctx, append([]string{"validate", "--format", format}, list...), streams{noInput{}, &stdout, &stderr})
		if code != 2 || stderr.String() != "anpkg validate: interrupted; 100 packages not validated\n" || stdout.Len() > 0 {
			t.Errorf("%s: exit %d, stderr %q, stdout %q", format, code, &stderr, &stdout)
		}
	}
}

// TestValidateTimeout has a runtime that gives no answer.
func TestValidateTimeout(t *testing.T) {
	code, stdout, stderr := anpkg("validate", "--runtime-bin", build(t, "standin", standinSource), "--runtime-timeout", "100ms", hangingPackage(t))
	if code != 1 || stderr != "" || !strings.Contains(stdout, "no answer within 100ms [replay-timeout]\n") {
		t.Errorf("exit %d, stderr %q, stdout %q", code, stderr, stdout)
	}
}

// TestQueue has packages end in another order than they began.
func TestQueue(t *testing.T) {
	p := new(progress)
	q := newQueue(p, []string{"a", "-", "c"})
	for _, step := range []struct {
		i     int
		doing string // "" if it is done
		want  string
	}{
		{0, "reading", "1 of 3, a: reading"},
		{2, "reading", "1 of 3, a: reading"},
		{0, "secrets", "1 of 3, a: secrets"},
		{2, "secrets", "1 of 3, a: secrets"},
		{2, "", "1 of 3, a: secrets"},
		{1, "reading", "1 of 3, a: secrets"},
		{0, "", "2 of 3, standard input: reading"},
		{1, "secrets", "2 of 3, standard input: secrets"},
		{1, "", "2 of 3, standard input: secrets"}, // the end comes at once
	} {
		if step.doing == "" {
			q.finish(step.i)
		} else {
			q.set(step.i, step.doing)
		}
		if p.text != step.want {
			t.Errorf("%+v: %q", step, p.text)
		}
	}
	q = newQueue(p, []string{"a"})
	q.set(0, "reading")
	if p.text != "a: reading" {
		t.Errorf("alone: %q", p.text)
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{
		"1": 1, "500": 500, "007": 7, "+5": 5, "1K": 1 << 10, "64k": 64 << 10, "2M": 2 << 20, "3m": 3 << 20, "4G": 4 << 30, "5g": 5 << 30,
		"9223372036854775807": math.MaxInt64, "8589934591G": 8589934591 << 30,
	} {
		if got, err := parseSize(text); err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "0", "-1", "0K", "-1K", "K", "1KK", "1KB", "1T", "1.5G", "1 K", " 1", "1_000", "0x10", "1e3",
		"9223372036854775808", "8589934592G", "９",
	} {
		if got, err := parseSize(text); err == nil {
			t.Errorf("%q is taken for %d", text, got)
		}
	}
}

func TestByteSize(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1: "1 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 1<<20 - 52: "1023.9 KiB", 1<<20 - 51: "1.0 MiB",
		1 << 31: "2.0 GiB", 8 << 40: "8.0 TiB", math.MaxInt64: "8388608.0 TiB",
	} {
		if got := byteSize(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

// TestExportInvalid exports the projects of which the reference makes a package that it
// then finds invalid itself: all are refused, and written on demand.
func TestExportInvalid(t *testing.T) {
	count := 0
	work := t.TempDir()
	for i, c := range conformance.ExportCases(t) {
		if c.Expect.Error != "" || c.Expect.Valid {
			continue
		}
		count++
		project, out := filepath.Join(work, "project"), filepath.Join(work, "out.anpkg")
		if err := os.RemoveAll(project); err != nil {
			t.Fatal(err)
		}
		for name, text := range c.Files {
			if err := writeNew(filepath.Join(project, name), text); err != nil {
				t.Fatal(err)
			}
		}
		code, stdout, stderr := anpkg("export", "--name", c.Name, project, out)
		lines := strings.Split(strings.TrimSuffix(stderr, "\n"), "\n")
		last := lines[len(lines)-1]
		if code != 1 || stdout != "" || !strings.Contains(lines[0], ": error: ") || strings.HasPrefix(lines[0], "in the package") ||
			!strings.Contains(last, ": the package would be invalid: ") || !strings.Contains(last, "; nothing was written (--allow-invalid ") {
			t.Errorf("case %d: exit %d, stdout %q, stderr\n%s", i, code, stdout, stderr)
		}
		if entries, err := os.ReadDir(work); err != nil || len(entries) != 1 {
			t.Errorf("case %d: %v, %v", i, entries, err)
		}

		code, stdout, stderr = anpkg("export", "--allow-invalid", "--format", "json", "--name", c.Name, project, out)
		if code != 0 || stderr != "" {
			t.Errorf("case %d: exit %d, stderr %q", i, code, stderr)
			continue
		}
		r, _ := decodeReport(t, stdout)
		if r.Error != "" || r.Package != out || r.SHA256 != c.Expect.SHA256 || r.Report == nil || r.Report.Valid || r.Report.Package != out {
			t.Errorf("case %d: %s", i, stdout)
		}
		data, err := os.ReadFile(out)
		if sum := sha256.Sum256(data); err != nil || hex.EncodeToString(sum[:]) != c.Expect.SHA256 {
			t.Errorf("case %d: %d other bytes, %v", i, len(data), err)
		}
		if err := os.Remove(out); err != nil {
			t.Fatal(err)
		}
	}
	if conformance.All && count != 178 {
		t.Errorf("%d cases, want 178", count)
	}
}
