package validator_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/validator"
)

// TestCases judges packages that were once judged wrongly, after public bug reports
// and attacks. Each must be invalid with the code that says why.
func TestCases(t *testing.T) {
	want := map[string]validator.Code{
		"runtime-config-unchecked": validator.CodeRuntimeSchema,
		"v1-profile-manual-conf":   "runtime-http-port",
		"v2-btpath-escape":         validator.CodeUnsafePath,
		"v3-bt-outside":            validator.CodeReferencePlace,
		"v4-config-outside":        validator.CodeReferencePlace,
		"v5-id-space":              validator.CodeProviderMissing,
		"v7-comment-ls":            validator.CodeTwoReadings,
		"yaml-linebreak":           validator.CodeTwoReadings,
		"b-0":                      validator.CodeTwoReadings,
		"b-3":                      validator.CodeTwoReadings,
		"h-0":                      "runtime-number-range",
		"h-4":                      "runtime-number-range",
		"unzip-version-suffix":     "zip-name-version",
		"zip64-unneeded":           "zip-bad-zip64",
		"xml-encoding":             validator.CodeBehaviorXML,
		"blockscalar-dos-28s":      "", // judged at once, whatever the verdict
		"leak-file-name":           "", // shown nowhere
	}
	files, err := filepath.Glob("testdata/cases/*.anpkg")
	if err != nil || len(files) != len(want) {
		t.Fatalf("%d cases, want %d: %v", len(files), len(want), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".anpkg")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			report, err := validator.Archive(context.Background(), strings.NewReader(string(data)), int64(len(data)), validator.Options{})
			if err != nil {
				t.Fatal(err)
			}
			found := want[name] == ""
			for _, p := range report.Problems {
				found = found || p.Code == want[name] && p.Severity == validator.Error
			}
			if !found {
				t.Errorf("no %s: valid is %v\n%v", want[name], report.Valid, report.Err())
			}
			var text, json strings.Builder
			if err := report.WriteText(&text, false); err != nil {
				t.Fatal(err)
			}
			if err := report.WriteJSON(&json); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(text.String()+json.String(), "hunter0secretvalue") {
				t.Errorf("the report shows a secret:\n%s", text.String())
			}
		})
	}
}
