package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/sheet"
	"github.com/anolishq/anolis-handoff/internal/conformance"
	"github.com/anolishq/anolis-handoff/validator"
)

// examplePackage is the package of an example project.
func examplePackage(t *testing.T, name string) []byte {
	t.Helper()
	data, err := exportFile(t, filepath.Join("..", "projects", name), exporter.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// wantReport checks that an answer is the report that the library makes.
func wantReport(t *testing.T, ts *testServer, a answer, pkg []byte) {
	t.Helper()
	report, err := handoff.Validate(t.Context(), bytes.NewReader(pkg), int64(len(pkg)), ts.validation)
	if err != nil {
		t.Fatal(err)
	}
	want, err := toJSON(report)
	if err != nil {
		t.Fatal(err)
	}
	if a.status != 200 || !bytes.Equal(a.body, want) {
		t.Errorf("%d %.300q, want %.300q", a.status, a.body, want)
	}
}

func TestValidate(t *testing.T) {
	ts := start(t, nil)
	good := examplePackage(t, "bioreactor-bench")
	tampered := bytes.Clone(good)
	tampered[200] ^= 1
	for _, pkg := range [][]byte{good, tampered, good[:len(good)/2], nil, []byte("no zip"), bytes.Repeat([]byte("PK\x03\x04"), 1000)} {
		wantReport(t, ts, ts.upload("/api/packages/validate", pkg), pkg)
		chunked := ts.request("POST", "/api/packages/validate", io.MultiReader(bytes.NewReader(pkg)), "Content-Type", "application/octet-stream; x=y")
		wantReport(t, ts, ts.do(chunked), pkg)
	}
	var report validator.Report
	if err := json.Unmarshal(ts.upload("/api/packages/validate", good).body, &report); err != nil || !report.Valid || report.Package != "" {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestValidateConformance judges recorded packages, sound and broken.
func TestValidateConformance(t *testing.T) {
	ts := start(t, nil)
	for i, c := range conformance.ExportCases(t) {
		if i%10 != 0 || c.Expect.Error != "" {
			continue
		}
		var pkg bytes.Buffer
		opts := handoff.ExportOptions{Options: exporter.Options{Name: c.Name}, AllowInvalid: true}
		if _, err := handoff.Export(t.Context(), &pkg, c.Files.FS(), opts); err != nil {
			t.Fatal(err)
		}
		a := ts.upload("/api/packages/validate", pkg.Bytes())
		wantReport(t, ts, a, pkg.Bytes())
		if !strings.Contains(string(a.body), `"valid":true`) == c.Expect.Valid {
			t.Errorf("case %d: %.100s", i, a.body)
		}
	}
}

func TestInspect(t *testing.T) {
	ts := start(t, nil)
	pkg := examplePackage(t, "mixer-system")
	p, err := handoff.Open(t.Context(), bytes.NewReader(pkg), int64(len(pkg)), handoff.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	summary, err := handoff.Inspect(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	want, err := toJSON(summary)
	if err != nil {
		t.Fatal(err)
	}
	if a := ts.upload("/api/packages/inspect", pkg); a.status != 200 || !bytes.Equal(a.body, want) {
		t.Errorf("%d %.300q", a.status, a.body)
	}
	wantInvalid(t, ts.upload("/api/packages/inspect", pkg[:100]), "the package is not valid")
}

func wantInvalid(t *testing.T, a answer, text string) {
	t.Helper()
	body := wantError(t, a, http.StatusUnprocessableEntity, text)
	var report validator.Report
	if err := json.Unmarshal(body.Report, &report); err != nil || report.Valid || len(report.Problems) == 0 {
		t.Errorf("report %+v, %v", report, err)
	}
}

// part is one of a multipart body.
type part struct {
	name    string
	content []byte
}

// form makes a multipart body and its content type.
func form(t *testing.T, parts ...part) ([]byte, string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		to, err := w.CreateFormFile(p.name, "../../etc/passwd")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write(p.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), w.FormDataContentType()
}

func (ts *testServer) diff(body []byte, contentType string) answer {
	ts.t.Helper()
	return ts.do(ts.request("POST", "/api/packages/diff", bytes.NewReader(body), "Content-Type", contentType))
}

func TestDiff(t *testing.T) {
	ts := start(t, nil)
	one, two := examplePackage(t, "mixer-system"), examplePackage(t, "bioreactor-bench")
	var packages [2]*handoff.Package
	for i, pkg := range [][]byte{one, two} {
		var err error
		if packages[i], err = handoff.Open(t.Context(), bytes.NewReader(pkg), int64(len(pkg)), handoff.OpenOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	comparison, err := handoff.Diff(t.Context(), packages[0], packages[1])
	if err != nil {
		t.Fatal(err)
	}
	want, err := toJSON(comparison)
	if err != nil {
		t.Fatal(err)
	}
	for _, parts := range [][]part{{{"old", one}, {"new", two}}, {{"new", two}, {"old", one}}} {
		if a := ts.diff(form(t, parts...)); a.status != 200 || !bytes.Equal(a.body, want) {
			t.Errorf("%d %.300q", a.status, a.body)
		}
	}
	same := ts.diff(form(t, part{"old", one}, part{"new", one}))
	if !strings.Contains(string(same.body), `"identical":true`) {
		t.Errorf("%d %.300q", same.status, same.body)
	}
	wantInvalid(t, ts.diff(form(t, part{"old", one}, part{"new", two[:100]})), "the new package is not valid")
	wantInvalid(t, ts.diff(form(t, part{"old", nil}, part{"new", two})), "the old package is not valid")
}

func TestDiffRefusesForms(t *testing.T) {
	ts := start(t, func(c *config) { c.maxPackage = 20_000 })
	pkg := part{"old", []byte("content")}
	big := bytes.Repeat([]byte("x"), 20_001)
	for name, test := range map[string]struct {
		parts  []part
		status int
		want   string
	}{
		"none":       {nil, 400, "one package in each of the parts"},
		"one":        {[]part{pkg}, 400, "one package in each of the parts"},
		"twice":      {[]part{pkg, pkg}, 400, "one package in each of the parts"},
		"three":      {[]part{pkg, {"new", nil}, {"other", nil}}, 400, "one package in each of the parts"},
		"other":      {[]part{{"other", nil}}, 400, "one package in each of the parts"},
		"large part": {[]part{pkg, {"new", big}}, 413, "larger than 20000"},
		"large form": {[]part{pkg, {"new", bytes.Repeat(big, 6)}}, 413, "larger than"},
	} {
		t.Run(name, func(t *testing.T) {
			body, contentType := form(t, test.parts...)
			wantError(t, ts.diff(body, contentType), test.status, test.want)
			chunked := ts.request("POST", "/api/packages/diff", io.MultiReader(bytes.NewReader(body)), "Content-Type", contentType)
			wantError(t, ts.do(chunked), test.status, "")
		})
	}
	body, contentType := form(t, pkg, part{"new", []byte("other")})
	for end := range body { // of a form, in one piece or cut anywhere
		if a := ts.diff(body[:end], contentType); a.status != 400 && a.status != 422 {
			t.Errorf("cut after %d bytes of %d: %d %s", end, len(body), a.status, a.body)
		}
	}
	wantInvalid(t, ts.diff(append(body, "what follows a form"...), contentType), "the old package is not valid")
	wantError(t, ts.diff(body, "multipart/form-data"), 400, "one package in each of the parts")
	wantError(t, ts.diff(body, "multipart/mixed; boundary=x"), 415, "multipart/form-data")
	wantError(t, ts.diff(body, typeZip), 415, "multipart/form-data")
}

// TestDiffPartHeaders shows that the headers of parts, which are held in memory,
// cannot use the room that packages have.
func TestDiffPartHeaders(t *testing.T) {
	ts := start(t, nil)
	pkg := examplePackage(t, "sim-quickstart")
	for size, status := range map[int]int{1000: 200, maxFraming: 400, 8 << 20: 400} {
		for _, large := range []string{"old", "new"} {
			var b bytes.Buffer
			for _, name := range []string{"old", "new"} {
				fmt.Fprintf(&b, "--b\r\nContent-Disposition: form-data; name=%s\r\n", name)
				if name == large {
					fmt.Fprintf(&b, "X-Filler: %s\r\n", strings.Repeat("x", size))
				}
				fmt.Fprintf(&b, "\r\n%s\r\n", pkg)
			}
			b.WriteString("--b--\r\n")
			a := ts.diff(b.Bytes(), "multipart/form-data; boundary=b")
			if status == 200 && a.status != 200 || status != 200 && !strings.Contains(string(a.body), "around the parts") || a.status != status {
				t.Errorf("%d bytes of headers in %s: %d %.200s", size, large, a.status, a.body)
			}
		}
	}
}

func TestContentTypes(t *testing.T) {
	ts := start(t, nil)
	for _, path := range []string{"/api/packages/validate", "/api/packages/inspect"} {
		for _, bad := range []string{"", "text/plain", "application/json", "multipart/form-data", "application/zip, text/plain", "zip", ";"} {
			wantError(t, ts.upload(path, []byte("x"), "Content-Type", bad), 415, "want Content-Type: application/zip")
		}
		wantError(t, ts.upload(path, []byte("x"), "Content-Encoding", "gzip"), 415, "no Content-Encoding")
		wantError(t, ts.do(ts.request("POST", path+"?package=x", nil)), 400, "no query")
	}
}

// TestBomb shows that a small upload cannot unpack to more than the limit.
func TestBomb(t *testing.T) {
	ts := start(t, func(c *config) { c.maxPackage = 1 << 20 })
	bomb := zipBomb(t, 64<<20)
	a := ts.upload("/api/packages/validate", bomb)
	wantReport(t, ts, a, bomb)
	if !strings.Contains(string(a.body), `"valid":false`) || !strings.Contains(string(a.body), "limit") {
		t.Errorf("%.500s", a.body)
	}
}

// TestSheet wants the sheet that the library writes, under its policy, and pictures
// that are documents.
func TestSheet(t *testing.T) {
	ts := start(t, nil)
	pkg := examplePackage(t, "bioreactor-bench")
	p, err := handoff.Open(t.Context(), bytes.NewReader(pkg), int64(len(pkg)), handoff.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := handoff.Sheet(t.Context(), &want, p, sheet.Options{}); err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string]answer{
		"package": ts.upload("/api/packages/sheet", pkg),
		"project": ts.get("/api/projects/bioreactor-bench/sheet"),
	} {
		if a.status != 200 || name == "package" && !bytes.Equal(a.body, want.Bytes()) || !bytes.Contains(a.body, []byte("Bench Bioreactor, 2 L")) {
			t.Errorf("%s: status %d, %d bytes", name, a.status, len(a.body))
		}
		policy := a.header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'; style-src 'sha256-") || !strings.Contains(policy, "sandbox") || strings.Contains(policy, "script-src") {
			t.Errorf("%s: policy %s", name, policy)
		}
	}
	wantInvalid(t, ts.upload("/api/packages/sheet", pkg[:100]), "the package is not valid")
	a := ts.upload("/api/packages/pictures", pkg)
	var got struct{ Pictures []struct{ Title, SVG string } }
	if err := json.Unmarshal(a.body, &got); err != nil || len(got.Pictures) != 1 || !strings.HasPrefix(got.Pictures[0].SVG, "<svg ") {
		t.Errorf("%v: %d pictures", err, len(got.Pictures))
	}
}
