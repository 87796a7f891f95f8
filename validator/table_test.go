package validator_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/validator"
)

// packageTest is a change of a sound package. What the validator says about the
// result stands under the test's name in testdata/checks, every problem of it.
type packageTest struct {
	name string
	edit func(content)     // before the checksums are made again
	tear func(content)     // after that
	wrap func(fs.FS) fs.FS // of a test that needs more than files
	opts validator.Options
}

// tables are all tests of this kind, by the file of testdata/checks.
func tables() map[string][]packageTest {
	return map[string][]packageTest{
		"structure":  structureTests(),
		"checksums":  checksumsTests(),
		"documents":  documentsTests(),
		"secrets":    secretsTests(),
		"profile":    profileTests(),
		"runtime":    runtimeTests(),
		"providers":  providersTests(),
		"behaviors":  behaviorsTests(),
		"provenance": provenanceTests(),
		"warnings":   warningsTests(),
		"options":    optionsTests(),
		"roles":      rolesTests(),
	}
}

// verdict is a report without what tests do not change.
func verdict(r *validator.Report) string {
	var b strings.Builder
	for _, p := range r.Problems {
		fmt.Fprintf(&b, "%s %s %s:%d:%d %s %s\n", p.Severity, p.Code, p.File, p.Line, p.Column, p.Pointer, p.Message)
	}
	for _, s := range r.Skipped {
		if s.Reason != "no runtime was given" && s.Check != "archive" {
			fmt.Fprintf(&b, "skipped %s: %s\n", s.Check, s.Reason)
		}
	}
	return b.String()
}

// golden are the sections of a file of testdata/checks.
func wants(t *testing.T, table string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "checks", table+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	name := ""
	for line := range strings.Lines(string(data)) {
		if title, ok := strings.CutPrefix(line, "-- "); ok {
			name = strings.TrimSuffix(title, " --\n")
			sections[name] = ""
			continue
		}
		sections[name] += line
	}
	return sections
}

// changed is the package of a test.
func (tt packageTest) changed(whole content) content {
	c := content{}
	for name, text := range whole {
		c[name] = text
	}
	if tt.edit != nil {
		tt.edit(c)
		if _, ok := c[checksumsText]; ok {
			c.sum()
		}
	}
	if tt.tear != nil {
		tt.tear(c)
	}
	return c
}

func TestChecks(t *testing.T) {
	whole := sound(t)
	for table, tests := range tables() {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			var all bytes.Buffer
			got := map[string]string{}
			for _, tt := range tests {
				c := tt.changed(whole)
				var fsys fs.FS = c.fs()
				if tt.wrap != nil {
					fsys = tt.wrap(fsys)
				}
				report := ofFS(t, fsys, tt.opts)
				if report.Canonical || report.Valid != (report.Err() == nil) || report.Valid == strings.Contains(verdict(report), "error ") {
					t.Errorf("%s: valid %v, canonical %v", tt.name, report.Valid, report.Canonical)
				}
				if _, twice := got[tt.name]; twice {
					t.Errorf("two tests are called %s", tt.name)
				}
				got[tt.name] = verdict(report)
				fmt.Fprintf(&all, "-- %s --\n%s", tt.name, got[tt.name])
				if tt.wrap == nil {
					sameFromArchive(t, tt.name, report, ofArchive(t, c.archive(t), tt.opts))
				}
			}
			if validator.Update() {
				if err := os.WriteFile(filepath.Join("testdata", "checks", table+".txt"), all.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(wants(t, table), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// sameFromArchive compares the verdicts on a file system and an archive of it.
func sameFromArchive(t *testing.T, name string, want, got *validator.Report) {
	t.Helper()
	if diff := cmp.Diff(want.Problems, got.Problems); diff != "" {
		t.Errorf("%s: from an archive (-fs +archive):\n%s", name, diff)
	}
	if diff := cmp.Diff(want.Files, got.Files); diff != "" {
		t.Errorf("%s: files (-fs +archive):\n%s", name, diff)
	}
	if diff := cmp.Diff(want.Skipped[1:], got.Skipped); diff != "" {
		t.Errorf("%s: skipped (-fs +archive):\n%s", name, diff)
	}
	if !got.Canonical {
		t.Errorf("%s: its archive is not canonical", name)
	}
}

// TestEveryCodeOccurs demands that the tables make each problem at least once.
// The codes of archives have their tests in internal/archive, those of the
// replay in TestReplay, and not-canonical in TestNotCanonical.
func TestEveryCodeOccurs(t *testing.T) {
	seen := map[validator.Code]bool{}
	for table := range tables() {
		for _, text := range wants(t, table) {
			for line := range strings.Lines(text) {
				if fields := strings.Fields(line); fields[0] != "skipped" {
					seen[validator.Code(fields[1])] = true
				}
			}
		}
	}
	for _, info := range validator.Codes() {
		switch info.Check {
		case "archive", "replay", "export": // have tests of their own
			continue
		}
		if !seen[info.Code] {
			t.Errorf("no test makes a problem %s", info.Code)
		}
	}
	for code := range seen {
		if _, known := validator.Info(code); !known {
			t.Errorf("%s is not in Codes", code)
		}
	}
}
