package validator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/sarif"
	"github.com/anolishq/anolis-handoff/internal/sarif/sariftest"
)

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
		secret := info.Check == "secrets" || info.Check == archiveCheck && info.Severity == Error
		if secret && rule.Properties.SecuritySeverity == "" {
			t.Errorf("%s has no security-severity", rule.ID)
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
