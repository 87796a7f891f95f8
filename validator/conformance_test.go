package validator_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/internal/conformance"
	"github.com/anolishq/anolis-handoff/internal/zipfile"
	"github.com/anolishq/anolis-handoff/redact"
	"github.com/anolishq/anolis-handoff/validator"
)

// zipped packs the files with an ordinary tool, so the archive is valid and not
// canonical.
func zipped(t testing.TB, files conformance.Files) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		h := &zip.FileHeader{Name: name, Method: zip.Deflate}
		h.SetMode(0o644) // made on Unix, or names that are not ASCII would be refused
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		f.Write([]byte(files[name]))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// fitting lists, for each mutation that makes a package invalid by itself, the
// codes of which at least one must be reported.
var fitting = map[string][]validator.Code{
	"behaviors-dup":              {validator.CodeProfileSchema},
	"behaviors-missing":          {validator.CodeReferenceMissing},
	"behaviors-outside":          {validator.CodeReferencePlace},
	"behaviors-type":             {validator.CodeProfileSchema},
	"check-script":               {validator.CodeProfileSchema, validator.CodeReferenceMissing},
	"compat-strategy":            {validator.CodeProfileSchema},
	"components":                 {validator.CodeProfileSchema},
	"drop-checksums":             {validator.CodeMissingFile},
	"drop-file":                  {validator.CodeMissingFile, validator.CodeChecksumsMissing},
	"crlf-sums":                  {validator.CodeChecksumsMismatch}, // of what else was changed
	"dup-line":                   {validator.CodeChecksumsSyntax},
	"empty-checksums":            {validator.CodeChecksumsUnlisted},
	"extra-file":                 {validator.CodeChecksumsUnlisted},
	"mp-root":                    {validator.CodeProfileSchema, validator.CodeYAMLSyntax},
	"one-space":                  {validator.CodeChecksumsSyntax},
	"profile-bad-id":             {validator.CodeProfileSchema},
	"profile-escape":             {validator.CodeUnsafePath},
	"profile-extra-key":          {validator.CodeProfileSchema},
	"profile-missing-runtime":    {validator.CodeReferenceMissing},
	"profile-no-manual":          {validator.CodeProfileSchema},
	"profile-version":            {validator.CodeProfileSchema},
	"profile-second-runtime":     {validator.CodeChecksumsUnlisted},
	"prov-root":                  {validator.CodeYAMLSyntax, validator.CodeDuplicateKey},
	"provenance-root":            {validator.CodeProvenance, validator.CodeJSONSyntax},
	"provider-bad-name":          {validator.CodeProfileSchema},
	"provider-cfg-elsewhere":     {validator.CodeReferencePlace},
	"provider-cfg-missing":       {validator.CodeReferenceMissing},
	"provider-extra-in-manifest": {validator.CodeProviderMissing},
	"provider-notes-type":        {validator.CodeProfileSchema},
	"rt-args":                    {validator.CodeRuntimeSchema, validator.CodeReferenceMissing},
	"rt-automation":              {validator.CodeRuntimeSchema, validator.CodeReferenceMissing},
	"rt-automation-rules":        {"runtime-behavior-tree", "runtime-parameter-range", "runtime-hook-function", "runtime-number-range"},
	"rt-backoff-len":             {"runtime-backoff-length"},
	"rt-dup-id":                  {"runtime-duplicate-provider"},
	"rt-empty-providers":         {validator.CodeRuntimeSchema},
	"rt-hooks":                   {validator.CodeRuntimeSchema},
	"rt-http":                    {validator.CodeRuntimeSchema},
	"rt-http-defaults":           {"runtime-http-port", "runtime-http-threads", "runtime-http-wildcard"},
	"rt-int-spelling":            {"runtime-number-spelling"},
	"rt-logging":                 {validator.CodeRuntimeSchema},
	"rt-merge-key":               {validator.CodeYAMLSyntax},
	"rt-negative-sizes":          {"runtime-number-range"},
	"rt-no-providers":            {validator.CodeRuntimeSchema},
	"rt-noargs":                  {validator.CodeRuntimeArgs},
	"rt-params":                  {validator.CodeRuntimeSchema, "runtime-parameter-default"},
	"rt-policy":                  {validator.CodeRuntimeSchema},
	"rt-polling":                 {validator.CodeRuntimeSchema},
	"rt-provider-nocmd":          {validator.CodeRuntimeSchema},
	"rt-provider-noid":           {validator.CodeRuntimeSchema},
	"rt-root":                    {validator.CodeRuntimeSchema, validator.CodeYAMLSyntax},
	"rt-runtime":                 {validator.CodeRuntimeSchema},
	"rt-telemetry":               {validator.CodeRuntimeSchema},
	"rt-timeouts":                {validator.CodeRuntimeSchema},
	"safety":                     {validator.CodeProfileSchema},
	"self-in-sums":               {validator.CodeChecksumsItself},
	"tamper-no-resum":            {validator.CodeChecksumsMismatch},
	"tamper-runtime":             {validator.CodeChecksumsMismatch},
	"token-json":                 {validator.CodeSecret},
	"token-list":                 {validator.CodeSecret},
	"token-list-of-map":          {validator.CodeSecret},
	"token-nested":               {validator.CodeSecret},
	"token-runtime":              {validator.CodeSecret},
	"upper-digest":               {validator.CodeChecksumsSyntax},
}

// saidBy has the codes that fit what the judges of the second round said: one of
// them must be reported.
var saidBy = []struct {
	said  string
	codes []validator.Code
}{
	{"must resolve under", []validator.Code{validator.CodeReferencePlace, validator.CodeReferenceMissing, validator.CodeUnsafePath}},
	{"referenced file not found", []validator.Code{validator.CodeReferenceMissing, validator.CodeUnsafePath}},
	{"path must be relative", []validator.Code{validator.CodeUnsafePath}},
	{"path escapes package root", []validator.Code{validator.CodeUnsafePath}},
	{"provider IDs missing", []validator.Code{validator.CodeProviderMissing}},
	{"missing --config", []validator.Code{validator.CodeRuntimeArgs}},
	{"Schema validation failed for machine-profile.yaml", []validator.Code{validator.CodeProfileSchema, validator.CodeRuntimeSchema}},
	{"Schema validation failed for ", []validator.Code{validator.CodeRuntimeSchema}},
	{"must be a non-empty string", []validator.Code{validator.CodeRuntimeSchema, validator.CodeProviderMissing}},
	{"Secret-like", []validator.Code{validator.CodeSecret}},
	{"duplicate-key", []validator.Code{validator.CodeDuplicateKey}},
	{"provenance-incomplete", []validator.Code{validator.CodeProvenance, validator.CodeJSONSyntax}},
	{"provider-config-outside-providers", []validator.Code{validator.CodeReferencePlace}},
	{"crash: JSONDecodeError", []validator.Code{validator.CodeJSONSyntax}},
	{"runtime: YAML parse error", []validator.Code{validator.CodeYAMLSyntax, validator.CodeTwoReadings}},
	{"value out of range", []validator.Code{"runtime-number-range"}},
	{"default value parse failed", []validator.Code{"runtime-parameter-default"}},
	{"min > max", []validator.Code{"runtime-parameter-range"}},
	{"bad conversion", []validator.Code{"runtime-number-spelling", "runtime-number-range"}},
}

// fits reports whether a report on an invalid package names what was done to it.
func fits(c conformance.Validate, report *validator.Report) bool {
	has := func(codes []validator.Code) bool {
		return slices.ContainsFunc(report.Problems, func(p validator.Problem) bool {
			return p.Severity == validator.Error && slices.Contains(codes, p.Code)
		})
	}
	known := false
	for _, m := range c.Mutations {
		known = known || len(fitting[m]) > 0
		if has(fitting[m]) {
			return true
		}
	}
	for _, x := range saidBy {
		if strings.Contains(c.Expect.Message, x.said) {
			// A document that cannot be read has no other fault.
			return has(x.codes) || has([]validator.Code{validator.CodeDuplicateKey, validator.CodeYAMLSyntax})
		}
	}
	return !known
}

// TestConformance compares the verdict on every recorded package, from an
// archive and from a file system.
func TestConformance(t *testing.T) {
	for i, c := range conformance.ValidateCases(t) {
		fromFS, err := validator.FS(context.Background(), c.Files.FS(), validator.Options{})
		if err != nil {
			t.Fatalf("case %d: %v", i, err)
		}
		if fromFS.Valid != c.Expect.Valid {
			t.Errorf("case %d %v: valid is %v, want %v: %s\n%v", i, c.Mutations, fromFS.Valid, c.Expect.Valid, c.Expect.Message, fromFS.Err())
		}
		if !c.Expect.Valid && !fits(c, fromFS) {
			t.Errorf("case %d %v: no problem fits %q:\n%v", i, c.Mutations, c.Expect.Message, fromFS.Err())
		}
		data := zipped(t, c.Files)
		fromArchive, err := validator.Archive(context.Background(), bytes.NewReader(data), int64(len(data)), validator.Options{})
		if err != nil {
			t.Fatalf("case %d: %v", i, err)
		}
		if fromArchive.Valid != fromFS.Valid || fromArchive.Canonical {
			t.Errorf("case %d: from the archive valid is %v and canonical %v", i, fromArchive.Valid, fromArchive.Canonical)
		}
		archiveProblems := slices.DeleteFunc(slices.Clone(fromArchive.Problems), func(p validator.Problem) bool { return p.Code == validator.CodeNotCanonical })
		if diff := cmp.Diff(fromFS.Problems, archiveProblems); diff != "" {
			t.Errorf("case %d: problems differ (-fs +archive):\n%s", i, diff)
		}
	}
}

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
	if conformance.All && (valid < 50 || invalid < 50) {
		t.Errorf("%d valid, %d invalid", valid, invalid)
	}
	t.Logf("%d valid with warnings %v, %d invalid", valid, warnings, invalid)
	// What may be said about an export as it should be: values of the project that
	// readers disagree about also in canonical form, keys that mean nothing, a
	// provider's file that was taken as it is, an address that some runtimes
	// refuse, while no version is pinned, and that machines made at random do not
	// start.
	allowed := []validator.Code{validator.CodeReader, validator.CodeTwoReadings, "runtime-unknown-key", validator.CodeProviderConfig, "runtime-insecure-bind"}
	for code, n := range warnings {
		if !slices.Contains(allowed, code) && !strings.HasPrefix(string(code), "start-") {
			t.Errorf("%d warnings %s on valid exports", n, code)
		}
	}
}

// TestAllVariants exports each project with all its variants.
func TestAllVariants(t *testing.T) {
	for _, name := range []string{"sim-quickstart", "legacy-mixer", "mixer-system", "bioreactor-bench"} {
		report := ofFS(t, exported(t, name, exporter.AllVariants()).FS(), validator.Options{})
		for _, p := range report.Problems {
			if !slices.Contains(warned[name], p.Code) {
				t.Errorf("%s: %v", name, p)
			}
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
	if conformance.All && with < 3 {
		t.Errorf("only %d cases have variants", with)
	}
}

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

// TestUpstream validates a real machine, where it lies beside the repository, with
// the safe state that its runtime reads: nothing is worth a warning.
func TestUpstream(t *testing.T) {
	const project = "../../shared/upstream/projects/imported-profile"
	if _, err := os.Stat(project); errors.Is(err, fs.ErrNotExist) {
		t.Logf("nothing was validated: no %s", project)
		return
	}
	const safety = `
safety:
  safe_state:
    hooks:
      - {device_handle: bread0/dcmt0, function_name: set_open_loop, args: {motor1_pwm: 0, motor2_pwm: 0}}
      - {device_handle: bread0/rlht0, function_name: set_mode, args: {mode: open_loop}}
    zero_is_safe: false
`
	for _, version := range []string{"0.1.39", "0.1.40", "0.2.0"} {
		files := contentOf(t, os.DirFS(project))
		for name := range files {
			if strings.HasPrefix(path.Base(name), "anolis-runtime.") {
				files.add(name, safety)
			}
		}
		files.replace(profileYAML, `version: "0.1.39"`, `version: "`+version+`"`)
		built, err := exporter.Build(t.Context(), files.fs(), exporter.Options{Name: "imported-profile", Variants: exporter.AllVariants()})
		if err != nil {
			t.Fatal(err)
		}
		report := ofFS(t, built.FS(), validator.Options{})
		if !report.Valid || len(report.Problems) > 0 {
			t.Errorf("%s: %v", version, report.Problems)
		}
	}
}

// TestEveryChangedByte changes single bytes of packages: each byte of the
// smallest one to every other value, of the others to nine. The result is
// invalid, or it is not canonical and there is a warning for that, so that
// nothing passes a strict reader.
func TestEveryChangedByte(t *testing.T) {
	packages := examples(t)
	for name, values := range map[string]int{"smallest": 255, "sim-quickstart": 9, "mixer-system": 9} {
		good := packages[name]
		valid := inParallel(len(good), func(at int) (valid int) {
			data := bytes.Clone(good)
			for n := range values {
				if slow && (at+n)%16 != 0 {
					continue
				}
				if values == 255 {
					data[at] = good[at] + byte(n+1)
				} else {
					data[at] = good[at] ^ [...]byte{1, 2, 4, 8, 16, 32, 64, 128, 255}[n]
				}
				valid += checkDamaged(t, data, at*values+n)
			}
			return valid
		})
		// Versions, times and modes: eleven bytes for each entry.
		if !slow && valid == 0 || valid > len(good)*values/10 {
			t.Errorf("%s: %d of %d changes are valid", name, valid, len(good)*values)
		}
	}
}

// TestEveryPrefix cuts packages off everywhere.
func TestEveryPrefix(t *testing.T) {
	for name, good := range examples(t) {
		inParallel(len(good), func(n int) int {
			if report := ofArchive(t, good[:n], validator.Options{}); report.Valid || report.Canonical {
				t.Errorf("%s: the first %d of %d bytes are valid", name, n, len(good))
			}
			return 0
		})
	}
}

// inParallel adds up f over 0 to n-1.
func inParallel(n int, f func(int) int) int {
	var mu sync.Mutex
	var wg sync.WaitGroup
	next, sum := 0, 0
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= n {
					return
				}
				x := f(i)
				mu.Lock()
				sum += x
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return sum
}

// checkDamaged checks the verdict on an archive that was canonical but for a
// byte, and returns 1 if it is valid.
//
// A fault of the archive makes a package invalid, as every two-hundredth case proves;
// for the others it would only cost time to ask for the whole report. Wherever
// the archive has no fault, the report decides.
func checkDamaged(t *testing.T, data []byte, n int) int {
	reader, faults, err := zipfile.Open(t.Context(), bytes.NewReader(data), int64(len(data)), zipfile.Limits{})
	if err != nil {
		t.Error(err)
		return 0
	}
	if reader != nil {
		if canonical, _ := reader.Canonical(); canonical {
			t.Errorf("change %d leaves it canonical", n)
		}
	}
	if len(faults) > 0 && n%200 != 0 {
		return 0
	}
	// What is in the files is not the question here, so nothing is searched.
	report := ofArchive(t, data, validator.Options{Policy: &redact.Policy{}})
	switch {
	case report.Canonical:
		t.Errorf("change %d leaves it canonical", n)
	case report.Valid == (len(faults) > 0):
		t.Errorf("change %d: valid %v, and the archive has the faults %v", n, report.Valid, faults)
	case !report.Valid:
		return 0
	case !slices.Contains(codesOf(report), validator.CodeNotCanonical):
		t.Errorf("change %d: no warning in %v", n, report.Problems)
	}
	return 1
}
