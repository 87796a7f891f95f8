package validator_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/redact"
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
// The codes of archives have their tests in internal/zipfile, those of the
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
		case "archive", "replay", "export", "rehearsal": // have tests of their own
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

func structureTests() []packageTest {
	return []packageTest{
		{name: "sound"},
		{name: "nothing", edit: func(c content) { clear(c) }},
		{name: "no machine profile", edit: func(c content) { delete(c, profileYAML) }},
		{name: "no runtime config", edit: func(c content) { delete(c, runtimeYAML) }},
		{name: "no provenance", edit: func(c content) { delete(c, provenanceJSON) }},
		{name: "no checksums", edit: func(c content) { delete(c, checksumsText) }},
		{name: "a folder in place of the runtime config", edit: func(c content) {
			c[runtimeYAML+"/x.txt"] = c[runtimeYAML]
			delete(c, runtimeYAML)
		}},
		{name: "links and devices", wrap: adding(fstest.MapFS{
			"link":            {Data: []byte("/etc/passwd"), Mode: fs.ModeSymlink | 0o777},
			"providers/dev":   {Mode: fs.ModeDevice | fs.ModeCharDevice},
			"providers/pipe":  {Mode: fs.ModeNamedPipe},
			"providers/sock":  {Mode: fs.ModeSocket},
			"providers/other": {Mode: fs.ModeIrregular},
		})},
		{name: "a link in place of a file", wrap: adding(fstest.MapFS{
			provenanceJSON: {Data: []byte("../x"), Mode: fs.ModeSymlink},
		})},
		{name: "names no package can have", wrap: adding(fstest.MapFS{
			"NUL.txt": {}, "a/COM1": {}, "a/b:c": {}, `a\b`: {}, "dot.": {}, "space ": {}, "bell\a": {}, "bad\xff": {},
			"long-" + strings.Repeat("x", 260): {}, "bidi\u202etxt": {},
		})},
		{name: "names that collide", wrap: adding(fstest.MapFS{
			"Machine-Profile.YAML": {}, "providers/Thermal0.yaml": {}, "meta/e\u0301": {}, "meta/\u00e9": {},
		})},
		{name: "more entries than allowed", opts: validator.Options{Limits: validator.Limits{Entries: 3}}, wrap: same},
		{name: "as many entries as allowed", opts: validator.Options{Limits: validator.Limits{Entries: 15}}},
		{name: "a file that is too large", opts: validator.Options{Limits: validator.Limits{File: 3500}}, wrap: same},
		{name: "too large together", opts: validator.Options{Limits: validator.Limits{Total: 16000}}, wrap: same},
		{name: "a file that cannot be opened", wrap: breaking(runtimeYAML, func(fs.File) fs.File { return nil })},
		{name: "a file that cannot be read", wrap: breaking(runtimeYAML, func(f fs.File) fs.File { return badFile{f} })},
		{name: "a file that is larger than it says", opts: validator.Options{Limits: validator.Limits{File: 1 << 20}},
			wrap: breaking(provenanceJSON, func(f fs.File) fs.File { return endless{f} })},
		{name: "a file that became larger", opts: validator.Options{Limits: validator.Limits{File: 1 << 20}},
			wrap: breaking(provenanceJSON, func(f fs.File) fs.File { return grown{endless{f}} })},
		{name: "a file that is smaller than it says", wrap: breaking(provenanceJSON, func(f fs.File) fs.File { return empty{f} })},
		{name: "a file that yields nothing", wrap: breaking(provenanceJSON, func(f fs.File) fs.File { return idle{f} })},
		{name: "a folder that cannot be read", wrap: func(fsys fs.FS) fs.FS { return badDir{fsys, "providers"} }},
		{name: "a file that is gone when asked about", wrap: func(fsys fs.FS) fs.FS { return badInfo{fsys} }},
		{name: "a folder that lists itself", wrap: func(fs.FS) fs.FS { return flat{content{".": "x"}} }},
		{name: "a file instead of a folder", wrap: func(fs.FS) fs.FS { return aFile{} }},
		{name: "sizes that are lies", wrap: func(fsys fs.FS) fs.FS { return hugeInfo{fsys} }},
	}
}

// same forces a test to be one of file systems alone.
func same(fsys fs.FS) fs.FS { return fsys }

// adding adds files to a file system.
func adding(more fstest.MapFS) func(fs.FS) fs.FS {
	return func(fsys fs.FS) fs.FS {
		m := fsys.(fstest.MapFS)
		for name, f := range more {
			m[name] = f
		}
		return noLinks{m}
	}
}

// TestFilesAreClosed counts the files that are open in the end.
func TestFilesAreClosed(t *testing.T) {
	c := sound(t)
	c.add(thermalYAML, "a: [\n")
	var open atomic.Int64
	ofFS(t, openCounter{c.fs(), &open}, validator.Options{})
	if n := open.Load(); n != 0 {
		t.Errorf("%d files are still open", n)
	}
}

// openCounter counts the open files of a file system.
type openCounter struct {
	fs.FS
	open *atomic.Int64
}

func (c openCounter) Open(name string) (fs.File, error) {
	f, err := c.FS.Open(name)
	if err != nil {
		return nil, err
	}
	c.open.Add(1)
	if dir, ok := f.(fs.ReadDirFile); ok {
		return countedDir{dir, c.open}, nil
	}
	return counted{f, c.open}, nil
}

type counted struct {
	fs.File
	open *atomic.Int64
}

func (c counted) Close() error {
	c.open.Add(-1)
	return c.File.Close()
}

type countedDir struct {
	fs.ReadDirFile
	open *atomic.Int64
}

func (c countedDir) Close() error {
	c.open.Add(-1)
	return c.ReadDirFile.Close()
}

// noLinks hides that a MapFS can read links: the validator must not need that.
type noLinks struct{ fs.FS }

var errBroken = errors.New("disk on fire")

// breaking is a file system in which opening one file gives another, or fails.
func breaking(name string, with func(fs.File) fs.File) func(fs.FS) fs.FS {
	return func(fsys fs.FS) fs.FS { return badFS{fsys, name, with} }
}

type badFS struct {
	fs.FS
	name string
	with func(fs.File) fs.File
}

func (b badFS) Open(name string) (fs.File, error) {
	f, err := b.FS.Open(name)
	if err != nil || name != b.name {
		return f, err
	}
	if f = b.with(f); f == nil {
		return nil, &fs.PathError{Op: "open", Path: "/home/somebody/" + name, Err: errBroken}
	}
	return f, nil
}

type badFile struct{ fs.File }

func (badFile) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: "/home/somebody/file", Err: errBroken}
}

type endless struct{ fs.File }

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// grown is larger than the folder said.
type grown struct{ endless }

func (grown) Stat() (fs.FileInfo, error) { return hugeStat{}, nil }

type empty struct{ fs.File }

func (empty) Read(p []byte) (int, error) { return 0, io.EOF }

type idle struct{ fs.File }

func (idle) Read(p []byte) (int, error) { return 0, nil }

// badDir fails to list one folder after its first entry.
type badDir struct {
	fs.FS
	name string
}

func (b badDir) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(b.FS, name)
	if err == nil && name == b.name {
		return list[:1], &fs.PathError{Op: "readdir", Path: name, Err: io.ErrUnexpectedEOF}
	}
	return list, err
}

// badInfo knows the names of files, and of some nothing else.
type badInfo struct{ fs.FS }

func (b badInfo) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(b.FS, name)
	for i, d := range list {
		if d.Name() == "thermal0.yaml" {
			list[i] = noInfo{d}
		}
	}
	return list, err
}

type noInfo struct{ fs.DirEntry }

func (noInfo) Info() (fs.FileInfo, error) { return nil, fs.ErrNotExist }

// aFile is a file system with a file for its root.
type aFile struct{}

func (aFile) Open(string) (fs.File, error) { return fstest.MapFS{"x": {}}.Open("x") }

// hugeInfo says that providers are so large that their sum overflows.
type hugeInfo struct{ fs.FS }

func (b hugeInfo) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(b.FS, name)
	if name == "providers" {
		for i, d := range list {
			list[i] = huge{d}
		}
	}
	return list, err
}

type huge struct{ fs.DirEntry }

func (h huge) Info() (fs.FileInfo, error) { return hugeStat{}, nil }

type hugeStat struct{ fs.FileInfo }

func (hugeStat) Size() int64       { return 1<<63 - 1 }
func (hugeStat) Mode() fs.FileMode { return 0o644 }

func checksumsTests() []packageTest {
	lines := func(c content) []string { return strings.SplitAfter(strings.TrimSuffix(c[checksumsText], "\n"), "\n") }
	return []packageTest{
		{name: "changed file", tear: func(c content) { c.add("providers/thermal0.yaml", "# tuned\n") }},
		{name: "added file", tear: func(c content) { c["notes.txt"] = "remember\n" }},
		{name: "lost file", tear: func(c content) { delete(c, "runtime/anolis-runtime.full.yaml") }},
		{name: "renamed file", tear: func(c content) {
			c["runtime/anolis-runtime.all.yaml"] = c["runtime/anolis-runtime.full.yaml"]
			delete(c, "runtime/anolis-runtime.full.yaml")
		}},
		{name: "exchanged files", tear: func(c content) {
			c["providers/thermal0.yaml"], c["providers/drives0.yaml"] = c["providers/drives0.yaml"], c["providers/thermal0.yaml"]
		}},
		{name: "lists itself", tear: func(c content) { c.add(checksumsText, strings.Repeat("0", 64)+"  "+checksumsText+"\n") }},
		{name: "empty", tear: func(c content) { c[checksumsText] = "" }},
		{name: "CR LF", tear: func(c content) { c.replace(checksumsText, "\n", "\r\n") }},
		{name: "blank line and no line feed", tear: func(c content) {
			c[checksumsText] = "\n" + strings.TrimSuffix(c[checksumsText], "\n")
		}},
		{name: "other order", tear: func(c content) {
			l := lines(c)
			slices.Reverse(l)
			c[checksumsText] = l[0] + "\n" + strings.Join(l[1:], "")
		}},
		{name: "no checksum at all", tear: func(c content) { c[checksumsText] = "hello\n" }},
		{name: "lines that are none", tear: func(c content) {
			l := lines(c)
			l[0] = strings.ToUpper(l[0])
			l[1] = strings.Replace(l[1], "  ", " ", 1)
			l[2] = strings.Replace(l[2], "  ", " *", 1)
			l[3] = l[3][1:]
			l[4] = strings.Replace(l[4], "providers", "../providers", 1)
			c[checksumsText] = strings.Join(append(l, l[5]), "")
		}},
		{name: "binary", tear: func(c content) { c[checksumsText] = "\x00\xff\n" }},
		{name: "case of a path", tear: func(c content) { c.replace(checksumsText, "  machine-profile", "  Machine-Profile") }},
		{name: "larger than any can be", tear: func(c content) { c[checksumsText] = strings.Repeat("\n", 32<<20+1) }},
	}
}

// bomb is a YAML text whose aliases stand for more values than anybody has
// memory for.
func bomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 12 {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
	}
	return b.String()
}

func documentsTests() []packageTest {
	const extra = "providers/thermal0.yaml"
	text := func(name, text string) func(content) { return func(c content) { c[name] = text } }
	return []packageTest{
		{name: "YAML that is none", edit: text(extra, "a: [1, 2\nb: }\n")},
		{name: "YAML with a tab", edit: text(extra, "a:\n\tb: 1\n")},
		{name: "YAML with an unknown tag", edit: text(extra, "provider: !secret x\n")},
		{name: "two YAML documents", edit: text(extra, "a: 1\n---\nb: 1\n")},
		{name: "invalid UTF-8", edit: text(extra, "a: \"\xff\"\n")},
		{name: "control character", edit: text(extra, "a: \"\x01\"\n")},
		{name: "empty YAML", edit: text(extra, "")},
		{name: "keys twice", edit: text(extra, "a: 1\nb: {c: 1, c: 2}\na: 2\nd:\n- e: 1\n  e: 1\n")},
		{name: "keys twice in YAML that nothing refers to", edit: text("extra/notes.yml", "a: 1\na: 2\n")},
		{name: "alias bomb", edit: text(extra, bomb())},
		{name: "endless nesting", edit: text(extra, strings.Repeat("[", 5000)+strings.Repeat("]", 5000))},
		{name: "many values", edit: text(extra, strings.Repeat("- 1\n", 100_001))},
		{name: "JSON that is none", edit: text("extra/a.json", "{\"a\": 1,}\n")},
		{name: "JSON that is not portable", edit: text("extra/a.json", "{\"a\": 1e999, \"b\": NaN}\n")},
		{name: "JSON with keys twice", edit: text("extra/a.JSON", "{\"a\": 1, \"b\": {\"c\": 1, \"\\u0063\": 2}}\n")},
		{name: "JSON that nests without end", edit: text("extra/a.json", strings.Repeat("[", 100_000))},
		{name: "machine profile that cannot be read", edit: text(profileYAML, "a: [")},
		{name: "machine profile with keys twice", edit: func(c content) { c.add(profileYAML, "machine_id: other\n") }},
		{name: "runtime config that cannot be read", edit: text(runtimeYAML, "a: [")},
		{name: "every runtime config cannot be read", edit: func(c content) {
			for name := range c {
				if strings.HasPrefix(name, "runtime/anolis") {
					c[name] = "{"
				}
			}
		}},
		{name: "provenance that cannot be read", edit: text(provenanceJSON, "{")},
		{name: "as large as the limit", opts: validator.Options{Limits: validator.Limits{Document: 3899}}},
		{name: "larger than the limit", opts: validator.Options{Limits: validator.Limits{Document: 1200}}},
		{name: "larger than the limit of a caller's", edit: text(extra, "a: 1\n#"+strings.Repeat("x", 3<<20)),
			opts: validator.Options{Limits: validator.Limits{Document: 8 << 20}}},
	}
}

// noise is n characters in an order that looks random.
func noise(n int, seed uint64) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	out := make([]byte, n)
	for i := range out {
		seed = seed*6364136223846793005 + 1442695040888963407
		out[i] = alphabet[seed>>33%uint64(len(alphabet))]
	}
	return string(out)
}

// secretTest plants a secret that must be found and shown nowhere.
type secretTest struct {
	name   string
	secret string
	edit   func(content)
	tear   bool // edit is done after the checksums are made
}

// secretPlants have secrets of the right shape that open nothing. They are put
// together here, so that nobody's scanner takes this file for a leak.
func secretPlants() []secretTest {
	var (
		password = "hunter2-" + noise(12, 1)
		github   = "gh" + "p_" + noise(36, 2)
		influx   = noise(86, 3) + "=" + "="
		url      = "https://rig:" + password + "@historian.local"
		pem      = "-----BEGIN RSA PRIVATE" + " KEY-----\n" + noise(64, 4) + "\n-----END RSA PRIVATE" + " KEY-----\n"
	)
	const extra = "providers/thermal0.yaml"
	in := func(name, old, new string) func(content) {
		return func(c content) { c.replace(name, old, new) }
	}
	file := func(name, text string) func(content) { return func(c content) { c[name] = text } }
	add := func(name, text string) func(content) { return func(c content) { c.add(name, text) } }
	return []secretTest{
		// Each kind of file.
		{name: "runtime config", secret: password, edit: in(runtimeYAML, "bucket: bench-2l", "bucket: bench-2l\n    token: "+password)},
		{name: "provider config", secret: password, edit: add(extra, "auth:\n  api_tokens: [a, "+password+"]\n")},
		{name: "provider config, password", secret: password, edit: add(extra, "password: "+password+"\n")},
		{name: "machine profile", secret: influx, edit: in(profileYAML, "Commissioned with", influx)},
		{name: "provenance", secret: github, edit: in(provenanceJSON, `"bioreactor-bench"`, `"`+github+`"`)},
		{name: "JSON", secret: password, edit: file("extra/a.json", `{"token": "`+password+`"}`)},
		{name: "JSON with a byte order mark", secret: github, edit: file("extra/a.json", "\ufeff{\"x\": \""+github+"\"}")},
		{name: "behavior attribute", secret: password, edit: in(behaviorXML, "<ReactiveSequence ", `<ReactiveSequence password="`+password+`" `)},
		{name: "behavior comment", secret: github, edit: add(behaviorXML, "<!-- "+github+" -->\n")},
		{name: "behavior URL", secret: password, edit: in(behaviorXML, `name="fed_batch"`, `name="`+url+`"`)},
		{name: "comment", secret: github, edit: add(extra, "# was "+github+"\n")},
		{name: "text", secret: "MII" + "x", edit: file("README.md", pem)},
		{name: "unknown kind", secret: github, edit: file("data.bin", "\x00\x01"+github+"\x00")},
		{name: "UTF-16", secret: github, edit: file("notes.txt", utf16Text(github+"\r\n"))},
		{name: "no extension", secret: password, edit: file("env", "INFLUXDB_TOKEN="+password+"\n")},
		{name: "checksums", secret: github, edit: add(checksumsText, strings.Repeat("0", 64)+"  "+github+"\n"), tear: true},
		{name: "checksums that are none", secret: github, edit: add(checksumsText, github+"\n"), tear: true},
		{name: "file name", secret: github, edit: file("docs/"+github+".txt", "hello")},
		{name: "folder name", secret: github, edit: file("providers/"+github+"/a.yaml", "[]")},
		{name: "YAML that cannot be read", secret: password, edit: file(extra, "token: "+password+"\n- x\n")},
		{name: "JSON that cannot be read", secret: password, edit: file("extra/a.json", `{"token": "`+password+`",}`)},

		// Values that checks quote.
		{name: "value against the schema", secret: "abc-XYZ-123", edit: in(profileYAML, "schema_version: 1", "schema_version: 1\ntoken: abc-XYZ-123")},
		{name: "machine id", secret: github[:20], edit: in(profileYAML, "machine_id: bioreactor-bench", "machine_id: "+github)},
		{name: "path of a profile", secret: password, edit: in(profileYAML, "manual: runtime/", "api_token: "+password+"\n  manual: runtime/")},
		{name: "short path of a profile", secret: "zq7k", edit: in(profileYAML, "manual: runtime/", "api_token: zq7k\n  manual: runtime/")},
		{name: "path of a provider", secret: password, edit: in(profileYAML, "config: providers/thermal0.yaml", "config: "+url)},
		{name: "behavior", secret: password, edit: in(profileYAML, "- runtime/behaviors/fed_batch.xml", "- "+url)},
		{name: "check script", secret: password, edit: in(profileYAML, "validation:\n", "validation:\n  check_http_script: "+url+"\n")},
		{name: "config argument", secret: password, edit: in(runtimeYAML, "- providers/thermal0.yaml", "- "+url)},
		{name: "behavior tree", secret: password, edit: in(runtimeYAML, "automation:\n", "automation:\n  behavior_tree: "+url+"\n")},
		{name: "a word of a list", secret: "abcXYZ123", edit: in(profileYAML, "estop_topology: signal", "estop_topology: {token: abcXYZ123}")},
		{name: "provenance that breaks its schema", secret: "abcXYZ123", edit: in(provenanceJSON, `"package_format_version": 1`, `"package_format_version": "`+github+`", "token": "abcXYZ123"`)},

		// Names that checks quote.
		{name: "provider id in the profile", secret: github, edit: in(profileYAML, "  thermal0:\n    config", "  "+github+":\n    config")},
		{name: "provider id in the runtime config", secret: github, edit: in(runtimeYAML, "id: thermal0", "id: "+github)},
		{name: "provider id twice", secret: github, edit: func(c content) {
			c.replace(runtimeYAML, "id: thermal0", "id: "+github)
			c.replace(runtimeYAML, "id: drives0", "id: "+github)
		}},
		{name: "runtime profile", secret: github, edit: in(profileYAML, "  manual: runtime/", "  "+github+": none\n  manual: runtime/")},
		{name: "key against the schema", secret: github, edit: add(profileYAML, github+": 1\n")},
		{name: "long key against the schema", secret: influx, edit: add(profileYAML, "? "+influx+"\n: 1\n")},
		{name: "key that the runtime ignores", secret: github, edit: add(runtimeYAML, github+": 1\n")},
		{name: "key with a value for other readers", secret: password, edit: add(extra, "tokens:\n  "+password+": {x: yes, y: z}\n")},
		{name: "key with a slash", secret: password, edit: add(extra, url+": yes\n")},
		{name: "key twice in YAML", secret: github, edit: add(extra, github+": 1\n"+github+": 2\n")},
		{name: "key twice in JSON", secret: influx, edit: file("extra/a.json", `{"`+influx+`": 1, "`+influx+`": 2}`)},
		{name: "below a key twice", secret: github, edit: add(extra, github+": {a: 1, a: 2}\n")},
		{name: "element", secret: github, edit: file(behaviorXML, "<"+github+"></a>")},
		{name: "attribute twice", secret: github, edit: file(behaviorXML, "<a "+github+"='1' "+github+"='2'/>")},
	}
}

func utf16Text(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func (s secretTest) packageTest() packageTest {
	if s.tear {
		return packageTest{name: s.name, tear: s.edit}
	}
	return packageTest{name: s.name, edit: s.edit}
}

func secretsTests() []packageTest {
	var list []packageTest
	for _, s := range secretPlants() {
		list = append(list, s.packageTest())
	}
	return list
}

// outputs are all forms of a report in one text.
func outputs(t *testing.T, r *validator.Report) string {
	t.Helper()
	var b bytes.Buffer
	err := errors.Join(r.WriteText(&b, false), r.WriteText(&b, true), r.WriteJSON(&b), validator.WriteSARIF(&b, r))
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(&b, fmt.Sprint(r.Err()))
	for _, p := range r.Problems {
		io.WriteString(&b, p.Error())
	}
	return b.String()
}

// TestSecretsAreFoundAndNeverShown plants a secret in every kind of place.
func TestSecretsAreFoundAndNeverShown(t *testing.T) {
	whole := sound(t)
	for _, tt := range secretPlants() {
		c := tt.packageTest().changed(whole)
		report := ofArchive(t, c.archive(t), validator.Options{})
		found := false
		for _, p := range report.Problems {
			found = found || (p.Code == validator.CodeSecret || p.Code == validator.CodeSuspicious) && p.File != ""
		}
		if !found {
			t.Errorf("%s: not found: %v", tt.name, report.Err())
		}
		text := outputs(t, report)
		for i := range max(1, len(tt.secret)-7) {
			part := tt.secret[i:min(len(tt.secret), i+8)]
			if at := strings.Index(text, part); at >= 0 {
				t.Errorf("%s: shows %q: %q", tt.name, part, text[max(0, at-120):min(len(text), at+60)])
				break
			}
		}
	}
}

// TestRehearsalHidesSecrets plants secrets in the names that the rehearsal repeats,
// of a package that has no other fault.
func TestRehearsalHidesSecrets(t *testing.T) {
	const github = "ghp_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R"
	c := sound(t)
	c.replace(profileYAML, "  manual: runtime/", "  "+github+": runtime/")
	c.replace(profileYAML, "  thermal0:\n    config", "  "+github+":\n    config")
	c.replace(runtimeYAML, "id: thermal0", "id: "+github)
	c.replace(runtimeYAML, "anolis-provider-bread", "other-program")
	c.sum()
	report := ofFS(t, c.fs(), validator.Options{})
	if report.Rehearsal == nil || len(report.Rehearsal.Profiles) == 0 {
		t.Fatal("nothing was rehearsed")
	}
	if strings.Contains(outputs(t, report), github) || report.Rehearsal.Profiles[0].Profile != "***" {
		t.Errorf("the secret shows: %+v", report.Rehearsal)
	}
}

// TestSecretsAreCalledByTheirRule plants secrets beside the words that the messages
// about them are made of.
func TestSecretsAreCalledByTheirRule(t *testing.T) {
	for _, text := range []string{"password: Sommer2026!", "x --password Sommer2026!", "db?password=Sommer2026!", "credentials: bob:Xk29fjq2"} {
		c := sound(t)
		c.replace(profileYAML, "schema_version: 1\n", "schema_version: 1\ndisplay_name: '"+text+"'\n")
		c.sum()
		report := ofFS(t, c.fs(), validator.Options{})
		i := slices.IndexFunc(report.Problems, func(p validator.Problem) bool { return p.Code == validator.CodeSuspicious })
		if i < 0 || !strings.HasPrefix(report.Problems[i].Message, "a string under a key that ") {
			t.Errorf("%q: %+v", text, report.Problems)
		}
	}
}

// TestRefusedConfigsDoNotStart checks that the rehearsal knows what the other checks
// found in the config of a profile.
func TestRefusedConfigsDoNotStart(t *testing.T) {
	for _, tt := range []struct{ name, file, old, new, want string }{
		{"a rule of the runtime", runtimeYAML, "bind: 127.0.0.1", "bind: 0.0.0.0", "no"},
		{"the schema alone", runtimeYAML, "port: 8085", "port: '8085'", "unknown"},
		{"another file", profileYAML, "schema_version: 1", "schema_version: 2", "yes"},
	} {
		c := sound(t)
		c.replace(tt.file, tt.old, tt.new)
		c.sum()
		report := ofFS(t, c.fs(), validator.Options{})
		if report.Valid || report.Rehearsal == nil || len(report.Rehearsal.Profiles) == 0 {
			t.Fatalf("%s: %+v", tt.name, report.Rehearsal)
		}
		if got := report.Rehearsal.Profiles[0].Starts; got != tt.want || report.Rehearsal.Starts != (tt.want != "no") {
			t.Errorf("%s: %+v, want %s", tt.name, report.Rehearsal, tt.want)
		}
	}
}

// TestAllowedSecrets checks that a policy's allow-list is the caller's word.
func TestAllowedSecrets(t *testing.T) {
	c := sound(t)
	c.add("providers/thermal0.yaml", "token: hunter2-abc\n")
	c.sum()
	if report := ofFS(t, c.fs(), validator.Options{}); report.Valid {
		t.Error("a token is valid")
	}
	policy := redact.Default()
	policy.Allow = []redact.Allow{{File: "providers/thermal0.yaml", Path: "token", Rule: "token-key"}}
	if report := ofFS(t, c.fs(), validator.Options{Policy: &policy, NoRehearsal: true}); len(report.Problems) > 0 {
		t.Errorf("it was allowed: %v", report.Problems)
	}
	// A document is searched as a document also when the policy wants less.
	policy.Allow = nil
	policy.Limits.Document = 10
	report := ofFS(t, c.fs(), validator.Options{Policy: &policy, NoRehearsal: true})
	if got := verdict(report); got != "error secret providers/thermal0.yaml:18:8 /token a string under a key that contains \"token\" (token-key)\nskipped rehearsal: it was switched off\n" {
		t.Error(got)
	}
}

func profileTests() []packageTest {
	edit := func(pairs ...string) func(content) {
		return func(c content) {
			for i := 0; i < len(pairs); i += 2 {
				c.replace(profileYAML, pairs[i], pairs[i+1])
			}
		}
	}
	return []packageTest{
		{name: "many faults", edit: edit(
			"schema_version: 1", "schema_version: 2",
			"machine_id: bioreactor-bench", "machine_id: Bioreactor Bench",
			"display_name: Bench Bioreactor, 2 L", "display_name: 5",
			"estop_topology: signal", "estop_topology: software\n  extra: 1",
		)},
		{name: "a list", edit: func(c content) { c[profileYAML] = "- 1\n" }},
		{name: "empty", edit: func(c content) { c[profileYAML] = "" }},
		{name: "no runtime profiles", edit: edit("runtime_profiles:", "profiles:")},
		{name: "runtime profiles are a list", edit: edit(
			"  manual: runtime/anolis-runtime.yaml\n  telemetry: runtime/anolis-runtime.telemetry.yaml\n  automation: runtime/anolis-runtime.automation.yaml\n  full: runtime/anolis-runtime.full.yaml\n",
			"- manual\n",
		)},
		{name: "runtime profile is no path", edit: edit("manual: runtime/anolis-runtime.yaml", "manual: 5")},
		{name: "paths that leave", edit: edit(
			"telemetry: runtime/", "telemetry: ../runtime/",
			"config: providers/thermal0.yaml", "config: /etc/passwd",
			"config: providers/drives0.yaml", `config: C:\drives0.yaml`,
			"config: providers/probes0.yaml", `config: providers\probes0.yaml`,
			"runtime/behaviors/fed_batch.xml", `"runtime/behaviors/../../../\nx"`,
		)},
		{name: "paths to nothing", edit: edit(
			"telemetry: runtime/", "telemetry: run/",
			"thermal0.yaml", "thermal1.yaml",
			"fed_batch.xml", "fed_batch2.xml",
			"validation:\n", "validation:\n  check_http_script: check.sh\n",
		)},
		{name: "paths to folders", edit: edit(
			"automation: runtime/anolis-runtime.automation.yaml", "automation: runtime",
			"config: providers/thermal0.yaml", "config: providers/",
			"behaviors:\n- runtime/behaviors/fed_batch.xml", "behaviors:\n- .",
		)},
		{name: "paths spelled in another way", edit: edit(
			"telemetry: runtime/", "telemetry: ./runtime//",
			"config: providers/thermal0.yaml", "config: meta/../providers/thermal0.yaml",
		)},
		{name: "paths to other folders", edit: func(c content) {
			c["config/thermal0.yaml"], c["behaviors/fed_batch.xml"] = c["providers/thermal0.yaml"], c[behaviorXML]
			edit("providers/thermal0.yaml", "config/thermal0.yaml", "runtime/behaviors", "behaviors")(c)
		}},
		{name: "case of a path", edit: edit("providers/thermal0.yaml", "providers/Thermal0.yaml")},
		{name: "values that are no paths", edit: edit(
			"config: providers/thermal0.yaml", "config: [providers/thermal0.yaml]",
			"- runtime/behaviors/fed_batch.xml", "- 5\n- ''\n- runtime/behaviors/fed_batch.xml",
		)},
		{name: "check script", edit: func(c content) {
			c["scripts/check.sh"] = "#!/bin/sh\n"
			edit("validation:\n", "validation:\n  check_http_script: scripts/check.sh\n")(c)
		}},
	}
}

func runtimeTests() []packageTest {
	edit := func(pairs ...string) func(content) {
		return func(c content) {
			for i := 0; i < len(pairs); i += 2 {
				c.replace(runtimeYAML, pairs[i], pairs[i+1])
			}
		}
	}
	const automation = "automation:\n  enabled: false\n"
	return []packageTest{
		{name: "schema", edit: edit(
			"  name: bench-manual", "  name: ''",
			"port: 8085", "port: '8085'",
			"interval_ms: 3000", "interval_ms: 5",
			"level: info", "level: loud",
		)},
		{name: "a list", edit: func(c content) { c[runtimeYAML] = "- 1\n" }},
		{name: "one config for two profiles is checked once", edit: func(c content) {
			c.replace(profileYAML, "telemetry: runtime/anolis-runtime.telemetry.yaml", "telemetry: runtime/anolis-runtime.yaml")
			delete(c, "runtime/anolis-runtime.telemetry.yaml")
			edit("level: info", "level: loud")(c)
		}},
		{name: "HTTP rules", edit: edit(
			"port: 8085", "port: 0\n  thread_pool_size: 0",
			"- http://localhost:5173", "- '*'",
			"cors_allow_credentials: false", "cors_allow_credentials: true",
		)},
		{name: "numbers", edit: edit("shutdown_timeout_ms: 4000", "shutdown_timeout_ms: 4_000", "startup_timeout_ms: 45000", "startup_timeout_ms: 4294967296")},
		{name: "provider rules", edit: edit(
			"id: drives0", "id: thermal0",
			"    - 8000\n", "",
		)},
		{name: "automation rules", edit: edit(automation, `automation:
  enabled: true
  parameters:
  - {name: a, type: int64, default: 1, min: 2, max: 1}
  - {name: b, type: bool, default: 5}
  mode_transition_hooks:
    before_transition:
    - {from: AUTO, to: MANUAL, calls: [{device_handle: a, function_id: 0}]}
`)},
		{name: "automation rules that the schema cannot say", edit: edit(automation, `automation:
  enabled: true
  behavior_tree: ""
  parameters:
  - {name: b, type: int64, default: 1_000}
  mode_transition_hooks:
    before_transition:
    - {from: AUTO, to: MANUAL, calls: [{device_handle: a, function_id: 4294967296}]}
`)},
		{name: "HTTP that is on by itself", edit: func(c content) {
			c[runtimeYAML] = strings.Replace(c[runtimeYAML], "  enabled: true\n  bind", "  bind", 1)
			c[runtimeYAML] = regexp.MustCompile(`port: [0-9]+`).ReplaceAllString(c[runtimeYAML], "port: 70000\n  thread_pool_size: 0")
		}},
		{name: "merge keys", edit: edit("- id: drives0\n  command: ../anolis-provider-bread/build/dev-release/anolis-provider-bread\n", "- id: drives0\n  <<: {command: x, ready_timeout_ms: 1}\n")},
		{name: "unknown keys", edit: edit("interval_ms: 3000", "interval_ms: 3000\n  intervall_ms: 3000", "runtime:\n", "x_notes: hello\nruntime:\n")},
		{name: "arguments", edit: edit(
			"  args:\n  - --config\n  - providers/thermal0.yaml\n", "",
			"  - --config\n  - providers/drives0.yaml\n", "  - --verbose\n",
			"  - providers/probes0.yaml\n", "",
		)},
		{name: "arguments of other types", edit: edit(
			"  args:\n  - --config\n  - providers/thermal0.yaml\n", "  args: --config providers/thermal0.yaml\n",
			"  - providers/drives0.yaml\n", "  - 5\n",
		)},
		{name: "arguments that lead elsewhere", edit: edit(
			"- providers/thermal0.yaml", "- ../thermal0.yaml",
			"- providers/drives0.yaml", "- providers/drives9.yaml",
			"- providers/probes0.yaml", "- /etc/probes0.yaml",
		)},
		{name: "provider lists differ", edit: edit("id: drives0", "id: drives1")},
		{name: "provider that is no mapping", edit: edit("- id: thermal0\n", "- 5\n- id: thermal0\n")},
		{name: "id with spaces around it", edit: edit("id: drives0", "id: ' drives0 '")},
		{name: "no provider", edit: func(c content) { c[runtimeYAML] = "http: {enabled: false}\nproviders: []\n" }},
		{name: "providers are a mapping", edit: func(c content) { c[runtimeYAML] = "http: {enabled: false}\nproviders: {thermal0: {}}\n" }},
		{name: "behavior tree", edit: edit(automation, "automation:\n  enabled: true\n  behavior_tree: runtime/behaviors/other.xml\n")},
		{name: "behavior tree that leaves", edit: edit(automation, "automation:\n  enabled: false\n  behavior_tree: ../fed_batch.xml\n")},
	}
}

func providersTests() []packageTest {
	text := func(name, text string) func(content) { return func(c content) { c[name] = text } }
	return []packageTest{
		{name: "a list", edit: text("providers/thermal0.yaml", "- 1\n- 2\n")},
		{name: "a string", edit: text("providers/thermal0.yaml", "hello\n")},
		{name: "empty", edit: text("providers/thermal0.yaml", "# nothing\n")},
		{name: "whatever a provider likes", edit: text("providers/thermal0.yaml", "anything: {goes: [here]}\n")},
		{name: "another file in the folder", edit: text("providers/README.md", "hello\n")},
		{name: "a list that nothing refers to", edit: text("providers/old.json", "[]\n")},
		{name: "one that cannot be read", edit: text("providers/thermal0.yaml", "{")},
	}
}

func behaviorsTests() []packageTest {
	text := func(name, text string) func(content) { return func(c content) { c[name] = text } }
	return []packageTest{
		{name: "not well-formed", edit: text(behaviorXML, "<root>\n <a>\n</root>\n")},
		{name: "empty", edit: text(behaviorXML, "")},
		{name: "no XML", edit: text(behaviorXML, "hello\n")},
		{name: "document type", edit: text(behaviorXML, "<?xml version=\"1.0\"?>\n<!DOCTYPE root [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n<root>&x;</root>\n")},
		{name: "entity", edit: text(behaviorXML, "<root a=\"&x;\"/>\n")},
		{name: "encoding", edit: text(behaviorXML, "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><root/>\n")},
		{name: "endless nesting", edit: text(behaviorXML, strings.Repeat("<a>", 5000)+strings.Repeat("</a>", 5000))},
		{name: "what only the loader reads", edit: text(behaviorXML, "<root>\n <Script code=\"a && b < 1\"/><!-- -- -->\n</root>\n<b/>\n")},
		{name: "what the loader ignores is not read as an include", edit: text(behaviorXML, "<root><BehaviorTree ID=\"A\"><include path=\"gone.xml\"/></BehaviorTree></root>")},
		{name: "two trees", edit: text(behaviorXML, "<a/><b/>")},
		{name: "XML that nothing refers to", edit: text("extra/notes.XML", "<a>")},
		{name: "behavior of another name", edit: text("runtime/behaviors/notes.txt", "no XML\n")},
		{name: "unused", edit: func(c content) {
			c["runtime/behaviors/old.xml"] = "<root/>"
			c.replace(profileYAML, "- runtime/behaviors/fed_batch.xml\n", "- runtime/behaviors/fed_batch.xml\n- runtime/behaviors/old.xml\n")
		}},
		{name: "unused by all", edit: func(c content) {
			c.replace("runtime/anolis-runtime.automation.yaml", "behavior_tree: runtime/behaviors/fed_batch.xml\n", "behavior_tree: runtime/behaviors/new.xml\n")
			c.replace("runtime/anolis-runtime.full.yaml", "behavior_tree: runtime/behaviors/fed_batch.xml\n", "behavior_tree: runtime/behaviors/new.xml\n")
			c["runtime/behaviors/new.xml"] = "<root/>"
		}},
		{name: "listed twice", edit: func(c content) {
			c.replace(profileYAML, "- runtime/behaviors/fed_batch.xml\n", "- runtime/behaviors/fed_batch.xml\n- runtime/behaviors/fed_batch.xml\n")
		}},
		{name: "includes", edit: func(c content) {
			c[behaviorXML] = "<root>\n <include path=\"sub/a.xml\"/>\n <include path=\"gone.xml\"/>\n <include path=\"/abs.xml\"/>\n" +
				" <include path=\"../anolis-runtime.yaml\"/>\n <include ros_pkg=\"p\" path=\"sub/a.xml\"/>\n</root>\n"
			c["runtime/behaviors/sub/a.xml"] = "<root><include path=\"b.xml\"/><include path=\"../fed_batch.xml\"/></root>"
			c["runtime/behaviors/sub/b.xml"] = "<root><include path=\"a.xml\"/></root>"
		}},
		{name: "includes while automation is off", edit: func(c content) {
			for name := range c {
				if strings.HasPrefix(name, "runtime/") && strings.HasSuffix(name, ".yaml") {
					c[name] = strings.Replace(c[name], "automation:\n  enabled: true", "automation:\n  enabled: false", 1)
				}
			}
			c[behaviorXML] = "<root>\n <include path=\"gone.xml\"/>\n <include path=\"/abs.xml\"/>\n</root>\n"
		}},
		{name: "include of an unused tree", edit: func(c content) {
			c["runtime/behaviors/old.xml"] = "<root><include path=\"sub.xml\"/><include path=\"gone.xml\"/></root>"
			c["runtime/behaviors/sub.xml"] = "<root/>"
		}},
		{name: "in no list", edit: func(c content) { c.replace(profileYAML, "behaviors:\n- runtime/behaviors/fed_batch.xml\n", "") }},
	}
}

func provenanceTests() []packageTest {
	text := func(text string) func(content) { return func(c content) { c[provenanceJSON] = text } }
	return []packageTest{
		{name: "empty object", edit: text("{}\n")},
		{name: "a list", edit: text("[]\n")},
		{name: "other version", edit: func(c content) {
			c.replace(provenanceJSON, `"package_format_version": 1`, `"package_format_version": 2`)
		}},
		{name: "date and policy of other types", edit: func(c content) {
			c.replace(provenanceJSON, `"2026-06-02T12:05:27Z"`, `5`)
			c.replace(provenanceJSON, "\"redaction_policy\": {\n    \"deploy_time_env_var\": \"INFLUXDB_TOKEN\",\n    \"telemetry_influxdb_token_removed\": true\n  }", "\"redaction_policy\": []")
		}},
		{name: "further keys", edit: text("{\"exported_at\": \"2026-01-01T00:00:00Z\", \"package_format_version\": 1, \"redaction_policy\": {}, \"site\": \"lab\"}\n")},
	}
}

func warningsTests() []packageTest {
	text := func(name, text string) func(content) { return func(c content) { c[name] = text } }
	return []packageTest{
		{name: "unreferenced files", edit: func(c content) {
			c["README.md"], c["docs/a b.txt"], c["docs/ünï\u202e.txt"] = "x", "x", "x"
		}},
		{name: "a profile that is not listed", edit: func(c content) {
			c.replace(profileYAML, "  full: runtime/anolis-runtime.full.yaml\n", "")
		}},
		{name: "values for other readers", edit: text("providers/thermal0.yaml", `a: yes
b: 012
c: 0b11
d: 1:30
e: 1_000
f: 2026-04-03
g: 0.10
h: .inf
i: 12e5
j: {on: x, 0x10: no}
k: &k [off]
l: *k
m: 'yes'
n: .nan
`)},
		{name: "the same values in JSON", edit: text("extra/a.json", `{"a": 0.10, "b": "yes", "c": "12e5"}`)},
		{name: "the same values where nothing refers to them", edit: text("extra/a.YML", "a: on\n")},
	}
}

// newer is a schema of this library that allows one more key at its root.
func newer(name, key string) []byte {
	text, err := validator.Schema(name)
	if err != nil {
		panic(err)
	}
	changed := bytes.Replace(text, []byte(`"properties": {`), []byte(`"properties": {"`+key+`": {"type": "string"}, `), 1)
	if bytes.Equal(text, changed) {
		panic("the schema has another form")
	}
	return changed
}

func optionsTests() []packageTest {
	site := func(c content) { c.replace(profileYAML, "schema_version: 1", "schema_version: 1\nsite: lab") }
	strict := []byte(`{"type": "object", "required": ["site"]}`)
	policy := redact.Default()
	policy.Shapes = append(policy.Shapes, redact.ShapeRule{
		ID: "serial", Description: "a serial number", Severity: redact.Error, Pattern: regexp.MustCompile(`SN-[0-9]{6}`), Anchors: []string{"SN-"},
	})
	nothing := redact.Policy{}
	return []packageTest{
		{name: "a key that the schema does not know", edit: site},
		{name: "a schema that knows it", edit: site, opts: validator.Options{Schemas: validator.Schemas{MachineProfile: newer("machine-profile", "site")}}},
		{name: "stricter schemas", opts: validator.Options{Schemas: validator.Schemas{MachineProfile: strict, RuntimeConfig: strict, Provenance: strict}}},
		{name: "a rule of the caller's", edit: func(c content) { c.add("providers/thermal0.yaml", "serial: SN-123456\n") }, opts: validator.Options{Policy: &policy}},
		{name: "a policy that knows no secret", edit: func(c content) { c.add("providers/thermal0.yaml", "token: hunter2-abc\n") }, opts: validator.Options{Policy: &nothing}},
	}
}

// TestOptionFaults demands an error, and no report, for options that are wrong.
func TestOptionFaults(t *testing.T) {
	bad := redact.Default()
	bad.Keys[0].Words = nil
	schema := func(text string) validator.Options {
		return validator.Options{Schemas: validator.Schemas{RuntimeConfig: []byte(text)}}
	}
	for name, tt := range map[string]struct {
		opts validator.Options
		want string
	}{
		"policy":             {validator.Options{Policy: &bad}, "validator: policy: "},
		"schema is no JSON":  {schema("{"), "validator: schema of the runtime config: "},
		"schema of no type":  {schema("5"), "validator: schema of the runtime config: "},
		"schema that is bad": {schema(`{"type": "thing"}`), "validator: schema of the runtime config: "},
		"schema from a file": {schema(`{"$ref": "file:///etc/passwd"}`), "validator: schema of the runtime config: "},
		"schema from afar":   {schema(`{"$ref": "https://example.com/schema.json"}`), "validator: schema of the runtime config: "},
	} {
		fromFS, errFS := validator.FS(t.Context(), sound(t).fs(), tt.opts)
		fromArchive, err := validator.Archive(t.Context(), bytes.NewReader(nil), 0, tt.opts)
		if fromFS != nil || fromArchive != nil || err == nil || errFS == nil {
			t.Fatalf("%s: reports %v, %v; errors %v, %v", name, fromFS, fromArchive, errFS, err)
		}
		if !strings.HasPrefix(err.Error(), tt.want) || err.Error() != errFS.Error() {
			t.Errorf("%s: errors %v, %v", name, errFS, err)
		}
		var fault *redact.PolicyError
		if name == "policy" && !errors.As(err, &fault) {
			t.Errorf("%v is no PolicyError", err)
		}
	}
}

// TestOptionsAreNotChanged checks that a caller can use options again.
func TestOptionsAreNotChanged(t *testing.T) {
	policy := redact.Default()
	policy.Limits.Document = 7
	opts := validator.Options{Policy: &policy}
	ofFS(t, sound(t).fs(), opts)
	if policy.Limits.Document != 7 || opts.Limits != (validator.Limits{}) {
		t.Errorf("changed to %+v, %+v", policy.Limits, opts.Limits)
	}
}

// TestLimitsOfArchives holds archives against the limits, which have codes of
// their own there.
func TestLimitsOfArchives(t *testing.T) {
	c := sound(t)
	data := c.archive(t)
	var largest, total int64
	for _, text := range c {
		largest, total = max(largest, int64(len(text))), total+int64(len(text))
	}
	for _, tt := range []struct {
		limits validator.Limits
		want   validator.Code // "" is valid
	}{
		{validator.Limits{Entries: 15}, ""}, // 11 files in 4 folders
		{validator.Limits{Entries: 14}, "zip-too-many-entries"},
		{validator.Limits{File: largest}, ""},
		{validator.Limits{File: largest - 1}, "zip-file-too-large"},
		{validator.Limits{Total: total}, ""},
		{validator.Limits{Total: total - 1}, "zip-total-too-large"},
		{validator.Limits{Entries: -1, File: -1, Total: -1, Document: -1}, ""}, // the defaults
	} {
		opts := validator.Options{Limits: tt.limits}
		report := ofArchive(t, data, opts)
		codes := codesOf(report)
		if tt.want == "" && len(codes) > 0 || tt.want != "" && (len(codes) == 0 || codes[len(codes)-1] != tt.want) {
			t.Errorf("%+v: %v, want %v", tt.limits, codes, tt.want)
		}
		if fromFS := ofFS(t, c.fs(), opts); fromFS.Valid != report.Valid {
			t.Errorf("%+v: valid is %v from a file system", tt.limits, fromFS.Valid)
		}
		if fromExport := ofFS(t, exportedFS(t), opts); fromExport.Valid != report.Valid {
			t.Errorf("%+v: valid is %v as exported", tt.limits, fromExport.Valid)
		}
	}
}
