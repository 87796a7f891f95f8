package validator_test

import (
	"bytes"
	"io/fs"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/internal/conformance"
	"github.com/anolishq/anolis-handoff/validator"
)

func build(t testing.TB, c conformance.Export, variants exporter.Variants) (*exporter.Package, error) {
	return exporter.Build(t.Context(), c.Files.FS(), exporter.Options{Name: c.Name, Variants: variants})
}

// TestExportedCases holds the verdict on every package that the workbench
// exports against the recorded one.
func TestExportedCases(t *testing.T) {
	warnings := map[validator.Code]int{}
	valid, invalid := 0, 0
	for i, c := range conformance.ExportCases(t) {
		if c.Expect.Error != "" {
			continue
		}
		built, err := build(t, c, exporter.Variants{})
		if err != nil {
			t.Fatalf("case %d: %v", i, err)
		}
		var b bytes.Buffer
		if _, err := built.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		report := ofArchive(t, b.Bytes(), validator.Options{})
		if report.SHA256 != c.Expect.SHA256 || !report.Canonical {
			t.Errorf("case %d: canonical %v, SHA-256 %s, want %s", i, report.Canonical, report.SHA256, c.Expect.SHA256)
		}
		if report.Valid != c.Expect.Valid {
			t.Errorf("case %d: valid %v, want %v: %s\n%v", i, report.Valid, c.Expect.Valid, c.Expect.InvalidBecause, report.Err())
		}
		if diff := cmp.Diff(report.Problems, ofFS(t, built.FS(), validator.Options{}).Problems); diff != "" {
			t.Errorf("case %d: before it is written (-written +before):\n%s", i, diff)
		}
		if !report.Valid {
			invalid++
			continue
		}
		valid++
		for _, p := range report.Problems {
			warnings[p.Code]++
		}
	}
	if valid < 50 || invalid < 50 {
		t.Errorf("%d valid, %d invalid", valid, invalid)
	}
	t.Logf("%d valid with warnings %v, %d invalid", valid, warnings, invalid)
	// What may be said about an export as it should be: values of the project that
	// readers disagree about also in canonical form, keys that mean nothing, a
	// provider's file that was taken as it is, and an address that some runtimes
	// refuse, while no version is pinned.
	allowed := []validator.Code{validator.CodeReader, validator.CodeTwoReadings, "runtime-unknown-key", validator.CodeProviderConfig, "runtime-insecure-bind"}
	for code, n := range warnings {
		if !slices.Contains(allowed, code) {
			t.Errorf("%d warnings %s on valid exports", n, code)
		}
	}
}

// TestAllVariants exports each project with all its variants.
func TestAllVariants(t *testing.T) {
	for _, name := range []string{"sim-quickstart", "legacy-mixer", "mixer-system", "bioreactor-bench"} {
		if report := ofFS(t, exported(t, name, exporter.AllVariants()).FS(), validator.Options{}); len(report.Problems) > 0 {
			t.Errorf("%s: %v", name, report.Problems)
		}
	}
	with := 0
	for i, c := range conformance.ExportCases(t) {
		if c.Expect.Error != "" || !c.Expect.Valid {
			continue
		}
		built, err := build(t, c, exporter.AllVariants())
		if err != nil {
			continue // a variant that cannot be exported
		}
		if report := ofFS(t, built.FS(), validator.Options{}); !report.Valid {
			t.Errorf("case %d: %v", i, report.Err())
		}
		configs, err := fs.Glob(built.FS(), "runtime/*.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if len(configs) > 1 {
			with++
		}
	}
	if with < 3 {
		t.Errorf("only %d cases have variants", with)
	}
}
