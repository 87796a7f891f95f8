package validator_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"hash/crc32"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/validator"
)

// smallest is about the smallest package that is valid.
func smallest(t testing.TB) []byte {
	t.Helper()
	built, err := exporter.Build(t.Context(), fstest.MapFS{
		"machine-profile.yaml": {Data: []byte(`schema_version: 1
machine_id: m
display_name: M
runtime_profiles: {manual: r.yaml}
providers: {a: {config: a.yaml}}
compatibility:
  runtime: {config_contract: "1", http_contract: "1"}
  providers: {a: {strategy: local-build, version: "1"}}
`)},
		"r.yaml": {Data: []byte("http: {enabled: false}\nproviders: [{id: a, command: a, timeout_ms: 1000}]\n")},
		"a.yaml": {Data: []byte("{}\n")},
	}, exporter.Options{Name: "m"})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := built.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// examples are the packages of the example projects and the smallest one.
func examples(t testing.TB) map[string][]byte {
	t.Helper()
	list := map[string][]byte{"smallest": smallest(t)}
	for _, name := range []string{"sim-quickstart", "legacy-mixer", "mixer-system", "bioreactor-bench"} {
		var b bytes.Buffer
		if _, err := exported(t, name, exporter.Variants{}).WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		list[name] = b.Bytes()
	}
	return list
}

func TestExamplesAreValid(t *testing.T) {
	for name, data := range examples(t) {
		report := ofArchive(t, data, validator.Options{})
		if !report.Valid || !report.Canonical || report.Size != int64(len(data)) {
			t.Errorf("%s: canonical %v, size %d: %v", name, report.Canonical, report.Size, report.Err())
		}
		if len(report.Problems) > 0 {
			t.Errorf("%s: %v", name, report.Problems)
		}
	}
}

// TestNotCanonical packs a sound package in other ways: it stays valid, and there
// is a warning that says what is different.
func TestNotCanonical(t *testing.T) {
	c := sound(t)
	for name, tt := range map[string]struct {
		change func(*zip.FileHeader)
		last   string // a name that is put last
		end    string // comment of the archive
		want   string
	}{
		"compressed": {func(h *zip.FileHeader) { h.Method = zip.Deflate }, "", "", "machine-profile.yaml is compressed"},
		//lint:ignore SA1019 CreateRaw writes this field, and no other
		"time":        {func(h *zip.FileHeader) { h.ModifiedTime = 1 }, "", "", "machine-profile.yaml has a time other than 1980-01-01 00:00:00"},
		"mode":        {func(h *zip.FileHeader) { h.ExternalAttrs = 0o100755 << 16 }, "", "", "machine-profile.yaml has attributes 0x81ed0000, not those of mode 0644"},
		"comment":     {func(h *zip.FileHeader) { h.Comment = "x" }, "", "", "machine-profile.yaml has a comment"},
		"version":     {func(h *zip.FileHeader) { h.ReaderVersion = 10 }, "", "", "machine-profile.yaml has a header that is encoded in another way"},
		"order":       {func(*zip.FileHeader) {}, profileYAML, "", "files are not sorted by name"},
		"end comment": {func(*zip.FileHeader) {}, "", "hello", "has a comment"},
	} {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		names := c.names()
		if tt.last != "" {
			names = append(names[1:], tt.last)
		}
		for _, file := range names {
			packed := []byte(c[file])
			h := &zip.FileHeader{
				Name: file, CreatorVersion: 3<<8 | 20, ReaderVersion: 20, ExternalAttrs: 0o100644 << 16,
				//lint:ignore SA1019 CreateRaw writes this field, and no other
				ModifiedDate: 33,
				CRC32:        crc32.ChecksumIEEE(packed), UncompressedSize64: uint64(len(packed)),
			}
			tt.change(h)
			if h.Method == zip.Deflate {
				packed = deflated(t, packed)
			}
			h.CompressedSize64 = uint64(len(packed))
			f, err := w.CreateRaw(h)
			if err != nil {
				t.Fatal(err)
			}
			f.Write(packed) // into memory
		}
		if err := errors.Join(w.SetComment(tt.end), w.Close()); err != nil {
			t.Fatal(err)
		}
		report := ofArchive(t, b.Bytes(), validator.Options{})
		want := "warning not-canonical :0:0  the archive is not what the exporter writes for these files: " + tt.want + "\n"
		if !report.Valid || report.Canonical || verdict(report) != want {
			t.Errorf("%s: valid %v, canonical %v, %s", name, report.Valid, report.Canonical, verdict(report))
		}
	}
}

func deflated(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(data) // into memory
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestAfterFaults: an archive whose faults leave files to look at is checked as
// far as possible, and one without is not.
func TestAfterFaults(t *testing.T) {
	data := sound(t).archive(t)
	at := bytes.Index(data, []byte("provider:\n  name: thermal0"))
	data[at]++ // one file has a wrong CRC-32 now
	const want = `error zip-crc providers/thermal0.yaml:0:0  content has CRC-32 a016cb05, not the 552ac79a stated
`
	if diff := cmp.Diff(want, verdict(ofArchive(t, data, validator.Options{}))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	report := ofArchive(t, data[:100], validator.Options{})
	if report.Valid || len(report.Files) > 0 || len(report.Checks) > 0 || len(report.Skipped) != 16 {
		t.Errorf("%+v", report)
	}
}
