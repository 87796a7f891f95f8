package validator

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"
	validate "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/anolishq/anolis-handoff/internal/sarif"
	"github.com/anolishq/anolis-handoff/internal/sarif/sariftest"
)

// golden compares data with a file of testdata.
func golden(t *testing.T, name string, data []byte) {
	t.Helper()
	file := filepath.Join("testdata", "format", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(data)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// forms are all output forms of a report.
var forms = map[string]func(*Report, io.Writer) error{
	"txt":       func(r *Report, w io.Writer) error { return r.WriteText(w, false) },
	"color.txt": func(r *Report, w io.Writer) error { return r.WriteText(w, true) },
	"json":      (*Report).WriteJSON,
	"sarif":     func(r *Report, w io.Writer) error { return WriteSARIF(w, r) },
}

func TestGolden(t *testing.T) {
	for name, r := range sampleReports() {
		for form, write := range forms {
			var b bytes.Buffer
			if err := write(r, &b); err != nil {
				t.Fatal(err)
			}
			golden(t, name+"."+form, b.Bytes())
		}
	}
}

// TestToolVersion is in JSON and SARIF if the caller says it, and nowhere else.
func TestToolVersion(t *testing.T) {
	r := *sampleReports()["valid"]
	r.ToolVersion = "v1.2.3"
	for form, write := range forms {
		var b bytes.Buffer
		if err := write(&r, &b); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"json": `{"version":1,"toolVersion":"v1.2.3",`, "sarif": `"version": "v1.2.3",`}[form]
		if strings.Contains(b.String(), "v1.2.3") != (want != "") || !strings.Contains(b.String(), want) {
			t.Errorf("%s:\n%s", form, b.String())
		}
		if form == "sarif" {
			for _, fault := range sariftest.Check(b.Bytes()) {
				t.Error(fault)
			}
		}
	}
}

func TestGoldenSeveralPackages(t *testing.T) {
	samples := sampleReports()
	var b bytes.Buffer
	if err := WriteSARIF(&b, samples["valid"], nil, samples["replay"], samples["refused"], samples["valid"]); err != nil {
		t.Fatal(err)
	}
	golden(t, "several.sarif", b.Bytes())
	for _, fault := range sariftest.Check(b.Bytes()) {
		t.Error(fault)
	}
}

// TestEqualReportsGiveEqualBytes writes reports that are equal and share nothing,
// several times, and checks that writing changes nothing.
func TestEqualReportsGiveEqualBytes(t *testing.T) {
	for form, write := range forms {
		first := map[string]string{}
		for range 5 {
			for name, r := range sampleReports() {
				var b bytes.Buffer
				if err := write(r, &b); err != nil {
					t.Fatal(err)
				}
				if old, ok := first[name]; ok && old != b.String() {
					t.Errorf("%s as %s differs", name, form)
				}
				first[name] = b.String()
				if !reflect.DeepEqual(r, sampleReports()[name]) {
					t.Errorf("%s as %s changed the report", name, form)
				}
			}
		}
		if values := slices.Sorted(maps.Values(first)); len(slices.Compact(values)) != len(first) {
			t.Errorf("different reports look equal as %s", form)
		}
	}
}

// TestOutputIsSafe looks for characters that act on a terminal or reorder text.
func TestOutputIsSafe(t *testing.T) {
	for name, r := range sampleReports() {
		for form, write := range forms {
			var b bytes.Buffer
			if err := write(r, &b); err != nil {
				t.Fatal(err)
			}
			text := b.String()
			if form == "color.txt" {
				for _, seq := range []string{"\x1b[1m", "\x1b[1;31m", "\x1b[1;32m", "\x1b[1;33m", "\x1b[0m"} {
					text = strings.ReplaceAll(text, seq, "")
				}
			}
			if !utf8.ValidString(text) {
				t.Errorf("%s as %s is no UTF-8", name, form)
			}
			for i, c := range text {
				if c != '\n' && !unicode.IsGraphic(c) {
					t.Errorf("%s as %s has %U at %d", name, form, c, i)
				}
			}
			if !strings.HasSuffix(text, "\n") || strings.HasSuffix(text, "\n\n") {
				t.Errorf("%s as %s does not end in one line feed", name, form)
			}
		}
	}
}

func TestColorOnlyAddsColor(t *testing.T) {
	for name, r := range sampleReports() {
		var plain, colored bytes.Buffer
		if err := errors.Join(r.WriteText(&plain, false), r.WriteText(&colored, true)); err != nil {
			t.Fatal(err)
		}
		stripped := colored.String()
		for _, seq := range []string{"\x1b[1m", "\x1b[1;31m", "\x1b[1;32m", "\x1b[1;33m", "\x1b[0m"} {
			stripped = strings.ReplaceAll(stripped, seq, "")
		}
		if stripped != plain.String() || stripped == colored.String() {
			t.Errorf("%s: without its colors:\n%s", name, stripped)
		}
	}
}

func TestTextSaysEachHintOnce(t *testing.T) {
	for name, r := range sampleReports() {
		var b bytes.Buffer
		if err := r.WriteText(&b, false); err != nil {
			t.Fatal(err)
		}
		for _, p := range r.Problems {
			if p.Hint == "" {
				continue
			}
			codes := map[Code]bool{}
			for _, q := range r.Problems {
				if q.Hint == p.Hint {
					codes[q.Code] = true
				}
			}
			if n := strings.Count(b.String(), "    fix: "+p.Hint+"\n"); n != len(codes) {
				t.Errorf("%s says %q %d times, for %d codes", name, p.Hint, n, len(codes))
			}
		}
	}
}

func TestJSONIsOneLineAndReadsBack(t *testing.T) {
	for name, r := range sampleReports() {
		var b bytes.Buffer
		if err := r.WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		if bytes.Count(b.Bytes(), []byte("\n")) != 1 || bytes.Contains(b.Bytes(), []byte(":null")) {
			t.Errorf("%s: %s", name, b.Bytes())
		}
		d := json.NewDecoder(&b)
		d.DisallowUnknownFields()
		var back Report
		if err := d.Decode(&back); err != nil {
			t.Fatal(err)
		}
		for i, p := range back.Problems {
			want := r.Problems[i]
			want.Message = strings.ToValidUTF8(want.Message, "\ufffd")
			if p != want {
				t.Errorf("%s: read back %+v, want %+v", name, p, want)
			}
		}
		if back.Package != r.Package || back.Valid != r.Valid || back.SHA256 != r.SHA256 || !slices.Equal(back.Replay, r.Replay) {
			t.Errorf("%s: read back %+v", name, back)
		}
	}
	var b bytes.Buffer
	if err := sampleReports()["many"].WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "<&>") {
		t.Error("HTML was escaped")
	}
}

func TestWriteErrors(t *testing.T) {
	boom := errors.New("boom")
	for form, write := range forms {
		if err := write(sampleReports()["many"], failingWriter{boom}); !errors.Is(err, boom) {
			t.Errorf("%s: %v", form, err)
		}
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

// update writes golden and generated files again.
var update = flag.Bool("update", false, "write golden and generated files")

const (
	sumA = "3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8551"
	sumB = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
)

func problem(severity Severity, code Code, file, pointer string, line, column int, message, hint string) Problem {
	return Problem{severity, code, file, pointer, line, column, message, hint}
}

// sampleReports are reports of every kind, made anew by each call.
func sampleReports() map[string]*Report {
	files := []File{
		{"machine-profile.yaml", 1214, sumA}, {"meta/checksums.sha256", 512, sumB}, {"runtime/anolis-runtime.yaml", 980, sumA},
	}
	checks := []string{"archive", "structure", "checksums", "documents", "secrets", "profile-schema"}
	noReplay := []Skipped{{"replay", "no runtime was given"}}
	finished := func(r Report) *Report {
		r.Version = ReportVersion
		r.finish()
		return &r
	}
	const (
		fixSchema = "Mend machine-profile.yaml in the project at the given place."
		fixReader = "Quote it if it is meant as text."
		fixSum    = "Change the project instead of the package and export again."
	)
	odd := "providers/größe 100%#?[x](http://x.example).yaml"
	return map[string]*Report{
		"valid": finished(Report{
			Package: "out/rig.anpkg", Canonical: true, Size: 4817, SHA256: sumA, Files: files, Checks: checks, Skipped: noReplay,
		}),
		"directory": finished(Report{Package: "out/rig", Files: files, Checks: checks, Skipped: []Skipped{{"archive", "the package is not an archive"}}}),
		"warnings": finished(Report{
			Package: "rig.anpkg", Size: 4817, SHA256: sumA, Files: files, Checks: checks, Skipped: noReplay,
			Problems: []Problem{
				problem(Warning, CodeReader, "runtime/anolis-runtime.yaml", "/http/enabled", 12, 12, "a word that is a boolean for some: other YAML readers may take it for another value", fixReader),
				problem(Warning, CodeReader, "runtime/anolis-runtime.yaml", "/polling/interval_ms", 15, 16, "a sexagesimal number: other YAML readers may take it for another value", fixReader),
			},
		}),
		"many": finished(Report{
			Package: "mischer/größe 2.anpkg", Canonical: true, Size: 1 << 33, SHA256: sumB, Files: files, Checks: checks[:3], Skipped: append(noReplay, Skipped{"runtime-rules", "runtime/anolis-runtime.yaml could not be read"}),
			Problems: []Problem{
				problem(Error, CodeProfileSchema, "machine-profile.yaml", "/schema_version", 2, 17, "must be 1, not 2", fixSchema),
				problem(Error, CodeProfileSchema, "machine-profile.yaml", "/providers/sïm~1a", 7, 3, "the key \"sïm/a\" does not match ^[A-Za-z0-9_-]+$", fixSchema),
				problem(Error, CodeChecksumsMismatch, odd, "", 0, 0, "has the SHA-256 "+sumA+", and meta/checksums.sha256 says "+sumB, fixSum),
				problem(Error, CodeChecksumsMismatch, "meta/provenance.json", "", 0, 0, "has the SHA-256 "+sumA+", and meta/checksums.sha256 says "+sumB, fixSum),
				problem(Error, CodeSecret, "runtime/anolis-runtime.yaml", "/telemetry/influxdb/token", 31, 12, "has a token", "Remove it from the project."),
				// Nothing the validator should ever say; the output must be safe all the same.
				problem(Error, "future-code", "a\x1b[31m\u202egpj.exe", "/a\nb", 0, 0, "bell \a, del \x7f, C1 \u009b, byte \xff, line\u2028end, <&>, tag \U000E0041 [a](b)", ""),
				problem(Warning, CodeUnreferenced, "notes/meeting.md", "", 0, 0, "nothing in the package refers to this file", "Remove it, or refer to it."),
			},
		}),
		"refused": finished(Report{
			Package: "/srv/in/../evil.anpkg", Size: 22, SHA256: sumB,
			Problems: []Problem{
				problem(Error, "zip-name-traversal", "../../etc/passwd", "", 0, 0, `name has an element ".."`, "extract what you trust and make the archive again"),
				problem(Error, "zip-two-end-records", "", "", 0, 0, "a second end record claims to end the archive (at byte 412)", "extract what you trust and make the archive again"),
			},
			Skipped: []Skipped{
				{"archive", "the archive cannot be read to its end"},
				{"structure", "the content of the archive cannot be trusted"},
				{"checksums", "the content of the archive cannot be trusted"},
				{"replay", "the content of the archive cannot be trusted"},
			},
		}),
		"replay": finished(Report{
			Package: "rig.anpkg", Canonical: true, Size: 4817, SHA256: sumA, Files: files, Checks: append(checks, "replay"),
			Problems: []Problem{
				problem(Error, CodeReplayRefused, "runtime/anolis-runtime.night.yaml", "", 0, 0, `runtime profile "night": the runtime refuses this config: Invalid polling.interval_ms`, "Read its output in the report and mend the config in the project."),
				problem(Error, CodeReplayCrashed, "runtime/anolis-runtime.crash.yaml", "", 0, 0, `runtime profile "crash": the runtime crashed`, "Report the config to the makers of the runtime."),
			},
			Replay: []Replay{
				{Profile: "manual", Config: "runtime/anolis-runtime.yaml", Outcome: "accepted", Stdout: "Config valid: rig, 2 provider(s), port 8080\n", Stderr: "[INFO] loading\tconfig\r\n[WARN] unknown key: pollling\n"},
				{Profile: "night", Config: "runtime/anolis-runtime.night.yaml", Outcome: "refused", ExitCode: 1, Stderr: "ERROR: Invalid polling.interval_ms\n"},
				{Profile: "crash", Config: "runtime/anolis-runtime.crash.yaml", Outcome: "crashed", ExitCode: -1, Signal: "segmentation fault", Truncated: true, Stderr: numbered(45)},
				{Profile: "slow", Config: "runtime/anolis-runtime.slow.yaml", Outcome: "timeout", ExitCode: -1},
			},
		}),
		"long":  finished(Report{Package: "long.anpkg", SHA256: sumB, Size: 1, Files: files[:1], Checks: checks, Problems: unlisted(30)}),
		"empty": finished(Report{}),
	}
}

func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "[INFO] step %d\n", i+1)
	}
	return b.String()
}

func unlisted(n int) []Problem {
	var list []Problem
	for i := range n {
		list = append(list, problem(Error, CodeChecksumsUnlisted, fmt.Sprintf("extra/%03d.txt", i), "", 0, 0,
			"is not listed in meta/checksums.sha256", "Remove it, or add it to the project and export again."))
	}
	return list
}

func sarifOf(t testing.TB, reports ...*Report) ([]byte, sarif.Run) {
	t.Helper()
	var b bytes.Buffer
	if err := WriteSARIF(&b, reports...); err != nil {
		t.Fatal(err)
	}
	var log sarif.Log
	if err := json.Unmarshal(b.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	if len(log.Runs) != 1 {
		t.Fatalf("%d runs", len(log.Runs))
	}
	return b.Bytes(), log.Runs[0]
}

func TestSARIFIsAccepted(t *testing.T) {
	for name, r := range sampleReports() {
		data, run := sarifOf(t, r)
		for _, fault := range sariftest.Check(data) {
			t.Errorf("%s: %s", name, fault)
		}
		if len(run.Results) != len(r.Problems) {
			t.Errorf("%s: %d results for %d problems", name, len(run.Results), len(r.Problems))
		}
	}
	data, run := sarifOf(t)
	if faults := sariftest.Check(data); len(faults) > 0 || run.Results == nil {
		t.Errorf("no report at all: %v", faults)
	}
}

// TestSARIFOfEveryCode has one problem of each code.
func TestSARIFOfEveryCode(t *testing.T) {
	r := &Report{Version: ReportVersion, Package: "all.anpkg"}
	for _, info := range Codes() {
		r.Problems = append(r.Problems, Problem{Severity: info.Severity, Code: info.Code, File: "a.yaml", Message: "is wrong", Hint: info.Fix})
	}
	r.finish()
	data, run := sarifOf(t, r)
	for _, fault := range sariftest.Check(data) {
		t.Error(fault)
	}
	if len(run.Tool.Driver.Rules) != len(Codes()) {
		t.Errorf("%d rules for %d codes", len(run.Tool.Driver.Rules), len(Codes()))
	}
	for _, rule := range run.Tool.Driver.Rules {
		info, _ := Info(Code(rule.ID))
		want := map[Code]string{CodeSecret: "8.0", CodeSuspicious: "5.0", CodeUnsafePath: "7.0"}[info.Code]
		if info.Check == archiveCheck && info.Severity == Error {
			want = "7.0"
		}
		if got := rule.Properties.SecuritySeverity; got != want {
			t.Errorf("%s has the security-severity %q, want %q", rule.ID, got, want)
		}
	}
}

func TestSARIFLocations(t *testing.T) {
	tests := []struct {
		pkg, file    string
		line, column int
		uri, region  string
		message      string
	}{
		{"rig.anpkg", "runtime/a.yaml", 3, 4, "rig.anpkg/runtime/a.yaml", "3:4", "/p: is wrong"},
		{"rig.anpkg", "runtime/a.yaml", 3, 0, "rig.anpkg/runtime/a.yaml", "3:0", "/p: is wrong"},
		{"rig.anpkg", "runtime/a.yaml", 0, 4, "rig.anpkg/runtime/a.yaml", "1:0", "/p: is wrong"},
		{"rig.anpkg", "runtime/a.yaml", -5, -4, "rig.anpkg/runtime/a.yaml", "1:0", "/p: is wrong"},
		{"rig.anpkg", "", 0, 0, "rig.anpkg", "1:0", "/p: is wrong"},
		{"", "a.yaml", 0, 0, "a.yaml", "1:0", "/p: is wrong"},
		{"", "", 0, 0, "package", "1:0", "/p: is wrong"},
		{".", "a.yaml", 0, 0, "a.yaml", "1:0", "/p: is wrong"},
		{"a b/größe.anpkg", "c:d%/[x]?#", 0, 0, "a%20b/gr%C3%B6%C3%9Fe.anpkg/c%3Ad%25/%5Bx%5D%3F%23", "1:0", "/p: is wrong"},
		{"rig.anpkg", "../../etc/passwd", 0, 0, "rig.anpkg", "1:0", "../../etc/passwd: /p: is wrong"},
		{"rig.anpkg", "/etc/passwd", 0, 0, "rig.anpkg", "1:0", "/etc/passwd: /p: is wrong"},
		{"rig.anpkg", ".", 0, 0, "rig.anpkg", "1:0", ".: /p: is wrong"},
		{"rig.anpkg", "a//b", 0, 0, "rig.anpkg", "1:0", "a//b: /p: is wrong"},
		{"rig.anpkg", "a\xff", 0, 0, "rig.anpkg", "1:0", `a\xff: /p: is wrong`},
		{"/srv/x/rig.anpkg", "a", 0, 0, "file:///srv/x/rig.anpkg/a", "1:0", "/p: is wrong"},
	}
	for _, tt := range tests {
		r := &Report{Package: tt.pkg, Problems: []Problem{{
			Severity: Error, Code: CodeUnreadable, File: tt.file, Pointer: "/p", Line: tt.line, Column: tt.column, Message: "is wrong",
		}}}
		data, run := sarifOf(t, r)
		for _, fault := range sariftest.Check(data) {
			t.Errorf("%+v: %s", tt, fault)
		}
		result := run.Results[0]
		at := result.Locations[0].PhysicalLocation
		region := fmt.Sprintf("%d:%d", at.Region.StartLine, at.Region.StartColumn)
		if at.ArtifactLocation.URI != tt.uri || region != tt.region || result.Message.Text != tt.message {
			t.Errorf("%q in %q: %s %s %q", tt.file, tt.pkg, at.ArtifactLocation.URI, region, result.Message.Text)
		}
	}
}

func TestSARIFMessagesHaveNoLinks(t *testing.T) {
	_, run := sarifOf(t, &Report{Problems: []Problem{{Code: CodeUnreadable, Message: "see [this](https://x.example)"}}})
	if text := run.Results[0].Message.Text; strings.Contains(text, "](") {
		t.Error(text)
	}
}

// TestSARIFFingerprints: they survive a change of the line, differ for what
// differs otherwise, and are unique.
func TestSARIFFingerprints(t *testing.T) {
	base := Problem{Severity: Error, Code: CodeUnreadable, File: "a", Pointer: "/p", Line: 3, Column: 4, Message: "is wrong"}
	of := func(pkg string, problems ...Problem) (list []string) {
		_, run := sarifOf(t, &Report{Package: pkg, Problems: problems})
		for _, r := range run.Results {
			list = append(list, r.PartialFingerprints[sarif.LineHash])
		}
		return list
	}
	want := of("x", base)[0]
	moved := base
	moved.Line, moved.Column, moved.Hint = 70, 1, "other words"
	if got := of("x", moved)[0]; got != want {
		t.Errorf("%s became %s in another line", want, got)
	}
	change := func(edit func(*Problem)) Problem {
		p := base
		edit(&p)
		return p
	}
	all := of("x", base, moved,
		change(func(p *Problem) { p.Code = CodeTooLarge }), change(func(p *Problem) { p.File = "b" }),
		change(func(p *Problem) { p.Pointer = "/q" }), change(func(p *Problem) { p.Message = "is odd" }),
		// The same letters, otherwise divided.
		change(func(p *Problem) { p.File, p.Pointer = "a/", "p" }))
	all = append(all, of("y", base)...)
	seen := map[string]bool{}
	for i, f := range all {
		if seen[f] {
			t.Errorf("fingerprint %d, %s, is there twice", i, f)
		}
		seen[f] = true
	}
}

// TestSARIFKeepsToTheLimit: errors stay, whatever package they are in.
func TestSARIFKeepsToTheLimit(t *testing.T) {
	reportOf := func(severity Severity, n int) *Report {
		r := &Report{Package: string(severity)}
		for i := range n {
			r.Problems = append(r.Problems, Problem{Severity: severity, Code: CodeUnreadable, File: fmt.Sprint(i), Message: "is wrong"})
		}
		return r
	}
	for _, tt := range []struct{ warnings, errors, wantWarnings, wantErrors int }{
		{24, 1, 24, 1},
		{24, 2, 23, 2},
		{5, 26, 0, 25},
		{26, 0, 25, 0},
	} {
		run := sarifLog(25, []*Report{reportOf(Warning, tt.warnings), reportOf(Error, tt.errors)}).Runs[0]
		levels := map[string]int{}
		for _, r := range run.Results {
			levels[r.Level]++
		}
		if levels["error"] != tt.wantErrors || levels["warning"] != tt.wantWarnings {
			t.Errorf("%+v: %v", tt, levels)
		}
		notes := run.Invocations[0].ToolConfigurationNotifications
		cut := tt.warnings+tt.errors > 25
		if cut != (len(notes) == 1) || cut && notes[0].Descriptor.ID != "results-left-out" {
			t.Errorf("%+v: notifications %+v", tt, notes)
		}
	}
	data, _ := sarifOf(t, reportOf(Error, 25_001))
	for _, fault := range sariftest.Check(data) {
		t.Error(fault)
	}
}

func FuzzSARIF(f *testing.F) {
	f.Add("rig.anpkg", "a.yaml", "/p", "is wrong", "path", 1, 2)
	f.Add("C:\\x\\..\\r.anpkg", "../x", "", "[a](b)", "", -1, 0)
	f.Add("//h/s", "a:b", "/\xff", "", "\x00", 0, 9)
	f.Fuzz(func(t *testing.T, pkg, file, pointer, message, code string, line, column int) {
		if message == "" {
			return // no check says nothing
		}
		data, _ := sarifOf(t, &Report{Package: pkg, Problems: []Problem{{
			Code: Code(code), File: file, Pointer: pointer, Message: message, Line: line, Column: column,
		}}})
		for _, fault := range sariftest.Check(data) {
			t.Error(fault)
		}
	})
}

const schemaFile = "report.schema.json"

// reportJSONSchema makes the schema from the type Report and its comments.
func reportJSONSchema(t *testing.T) []byte {
	t.Helper()
	const pkg = "github.com/anolishq/anolis-handoff/validator"
	r := jsonschema.Reflector{Anonymous: true, AllowAdditionalProperties: true}
	if err := r.AddGoComments(pkg, "./", jsonschema.WithFullComment()); err != nil {
		t.Fatal(err)
	}
	for key, text := range r.CommentMap {
		text = strings.Join(strings.Fields(text), " ")
		text = strings.TrimPrefix(text, key[strings.LastIndexByte(key, '.')+1:]+" ")
		text = strings.TrimPrefix(text, "is ")
		r.CommentMap[key] = strings.ToUpper(text[:1]) + text[1:]
	}
	s := r.Reflect(Report{})
	s.ID = "urn:anolis-handoff:schema:report"
	s.Title = "Report on a handoff package"
	property := func(name, field string) *jsonschema.Schema {
		t.Helper()
		if d, ok := s.Definitions[name]; ok {
			if p, ok := d.Properties.Get(field); ok {
				return p
			}
		}
		t.Fatalf("%s.%s is not in the schema", name, field)
		return nil
	}
	// What Go types cannot say.
	property("Report", "version").Const = json.Number("1")
	property("Problem", "severity").Enum = []any{Error, Warning, Note}
	property("Problem", "code").Pattern = "^[a-z0-9]+(-[a-z0-9]+)*$"
	property("Start", "starts").Enum = []any{"yes", "no", "unknown"}
	property("Replay", "outcome").Enum = []any{"accepted", "refused", "timeout", "crashed", "odd", "not-run"}
	property("Report", "sha256").Pattern = "^[0-9a-f]{64}$"
	property("File", "sha256").Pattern = "^[0-9a-f]{64}$"
	for _, p := range []*jsonschema.Schema{
		property("Problem", "line"), property("Problem", "column"), property("Report", "size"), property("File", "size"),
	} {
		p.Minimum = "0"
	}
	// What the comments say in Go's terms, or about two fields at once.
	property("Problem", "severity").Description = "What the problem does to the verdict: an error makes the package invalid."
	property("Problem", "code").Description = "The stable name of the kind of problem; docs/checks.md explains it."
	property("Problem", "pointer").Description = "The JSON Pointer (RFC 6901) of the value in the file, empty for the file as a whole."
	property("Problem", "line").Description = "The line, counted from 1; 0 is unknown."
	property("Problem", "column").Description = "The column in characters, counted from 1; 0 is unknown."
	property("Report", "version").Description = "The version of the report's form."
	property("Report", "size").Description = "The size of the archive in bytes; missing for a directory."
	property("Report", "sha256").Description = "The SHA-256 of the archive in lower-case hexadecimal; missing for a directory."
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReportSchemaIsCurrent(t *testing.T) {
	want := reportJSONSchema(t)
	if *update {
		if err := os.WriteFile(schemaFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("run go generate in validator (-generated +committed):\n%s", diff)
	}
	if ReportVersion != 1 {
		t.Error("the schema says that the version is 1")
	}
}

func TestReportSchemaIsACopy(t *testing.T) {
	ReportSchema()[0] = 'x'
	if ReportSchema()[0] != '{' {
		t.Error("a caller changed the schema")
	}
}

func compiledSchema(t testing.TB) *validate.Schema {
	t.Helper()
	parsed, err := validate.UnmarshalJSON(bytes.NewReader(ReportSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := validate.NewCompiler()
	const id = "urn:anolis-handoff:schema:report"
	if err := c.AddResource(id, parsed); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestReportsSatisfyTheSchema(t *testing.T) {
	s := compiledSchema(t)
	for name, r := range sampleReports() {
		var b bytes.Buffer
		if err := r.WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		value, err := validate.UnmarshalJSON(&b)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSchemaRefuses shows that the schema is not satisfied by everything.
func TestSchemaRefuses(t *testing.T) {
	s := compiledSchema(t)
	var b bytes.Buffer
	r := sampleReports()["many"]
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	good := b.String()
	for _, change := range [][2]string{
		{`"version":1`, `"version":2`},
		{`"valid":false,`, ``},
		{`"problems":[`, `"problems":null,"x":[`},
		{`"severity":"error"`, `"severity":"fatal"`},
		{`"line":2,`, `"line":-2,`},
		{`"code":"profile-schema"`, `"code":"Profile Schema"`},
		{`"skipped":[`, `"x":[`},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Errorf("%s is not in the report", change[0])
			continue
		}
		value, err := validate.UnmarshalJSON(strings.NewReader(bad))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(value) == nil {
			t.Errorf("accepted %s", change[1])
		}
	}
}

// TestReportJSONNames keeps a property of the JSON form from being renamed by
// accident: users read these.
func TestReportJSONNames(t *testing.T) {
	var names []string
	for _, typ := range []reflect.Type{
		reflect.TypeFor[Report](), reflect.TypeFor[Problem](), reflect.TypeFor[Skipped](), reflect.TypeFor[File](), reflect.TypeFor[Allowed](), reflect.TypeFor[Rehearsal](), reflect.TypeFor[Start](), reflect.TypeFor[Replay](),
	} {
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			names = append(names, typ.Name()+"."+name)
		}
	}
	want := strings.Fields(`
		Report.version Report.toolVersion Report.package Report.valid Report.canonical Report.size Report.sha256 Report.files
		Report.problems Report.checks Report.skipped Report.allowed Report.rehearsal Report.replay
		Problem.severity Problem.code Problem.file Problem.pointer Problem.line Problem.column Problem.message Problem.hint
		Skipped.check Skipped.reason
		File.path File.size File.sha256
		Allowed.file Allowed.pointer Allowed.line Allowed.column Allowed.rule Allowed.reason
		Rehearsal.starts Rehearsal.unjudged Rehearsal.remarks Rehearsal.profiles
		Start.profile Start.config Start.starts Start.automation
		Replay.profile Replay.config Replay.outcome Replay.exitCode Replay.signal Replay.stdout Replay.stderr Replay.truncated`)
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestReportAdd holds the order and the verdict: notes come last and never decide.
func TestReportAdd(t *testing.T) {
	note := problem(Note, CodeUnusedProvider, "machine-profile.yaml", "/providers/b", 9, 3, "is not in the package", "")
	warning := problem(Warning, CodeSuspicious, "a.yaml", "/password", 1, 1, "may be a secret", "")
	r := &Report{Version: ReportVersion}
	if r.Add(note, warning, note); !r.Valid || len(r.Problems) != 2 || r.Problems[0] != warning {
		t.Errorf("valid %v, problems %v", r.Valid, r.Problems)
	}
	var text strings.Builder
	if err := r.WriteText(&text, true); err != nil {
		t.Fatal(err)
	}
	if want := "machine-profile.yaml:9:3: note: /providers/b: is not in the package [unused-provider]\n"; !strings.Contains(text.String(), want) {
		t.Errorf("%q is not in\n%s", want, text.String())
	}
	log := sarifLog(10, []*Report{r})
	if level := log.Runs[0].Results[1].Level; level != "note" {
		t.Errorf("the level of a note is %q in SARIF", level)
	}
	r.Add(problem(Error, CodeSecret, "z.yaml", "", 0, 0, "a secret", ""))
	if r.Valid || r.Problems[0].Severity != Error || r.Count(Note) != 1 {
		t.Errorf("valid %v, problems %v", r.Valid, r.Problems)
	}
}

// TestTextOfRehearsals has one line for all profiles only if all start.
func TestTextOfRehearsals(t *testing.T) {
	yes, no := Start{Profile: "a", Config: "a.yaml", Starts: "yes"}, Start{Profile: "b", Config: "b.yaml", Starts: "no"}
	maybe := Start{Profile: "c", Config: "c.yaml", Starts: "unknown"}
	for _, tt := range []struct {
		list []Start
		want string
	}{
		{[]Start{yes}, "rehearsal: the runtime profile starts, as far as the package can say\n"},
		{[]Start{yes, yes}, "rehearsal: all 2 runtime profiles start, as far as the package can say\n"},
		{[]Start{yes, no, maybe}, "rehearsal: a (a.yaml): starts\nrehearsal: b (b.yaml): does not start\nrehearsal: c (c.yaml): may not start\n"},
	} {
		var b bytes.Buffer
		if err := (&Report{Rehearsal: &Rehearsal{Profiles: tt.list}}).WriteText(&b, true); err != nil || !strings.Contains(b.String(), tt.want) {
			t.Errorf("error %v; text without %q:\n%s", err, tt.want, b.String())
		}
	}
}
