package validator_test

import (
	"archive/zip"
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/conformance"
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
