package validator_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/internal/zipfile"
	"github.com/anolishq/anolis-handoff/validator"
)

// The files that every package has.
const (
	profileYAML    = "machine-profile.yaml"
	runtimeYAML    = "runtime/anolis-runtime.yaml"
	provenanceJSON = "meta/provenance.json"
	checksumsText  = "meta/checksums.sha256"
	behaviorXML    = "runtime/behaviors/fed_batch.xml"
)

// content is the files of a package, to be changed by a test.
type content map[string]string

// exported is the package of an example project.
func exported(t testing.TB, project string, variants exporter.Variants) *exporter.Package {
	t.Helper()
	built, err := exporter.Build(t.Context(), os.DirFS("../examples/projects/"+project), exporter.Options{Name: path.Base(project), Variants: variants})
	if err != nil {
		t.Fatal(err)
	}
	return built
}

// sound is the content of a package without a fault: bioreactor-bench with all
// its variants.
func sound(t testing.TB) content {
	t.Helper()
	return contentOf(t, exported(t, "bioreactor-bench", exporter.AllVariants()).FS())
}

func contentOf(t testing.TB, fsys fs.FS) content {
	t.Helper()
	c := content{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		c[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// replace changes every occurrence of a text, of which there must be one.
func (c content) replace(name, old, new string) {
	if !strings.Contains(c[name], old) {
		panic(fmt.Sprintf("%s does not contain %q", name, old))
	}
	c[name] = strings.ReplaceAll(c[name], old, new)
}

func (c content) add(name, text string) { c[name] += text }

func (c content) size() int {
	n := 0
	for _, text := range c {
		n += len(text)
	}
	return n
}

func (c content) names() []string { return slices.Sorted(maps.Keys(c)) }

// sum makes the checksums of the files as they are now.
func (c content) sum() {
	var b strings.Builder
	for _, name := range c.names() {
		if name != checksumsText {
			fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256([]byte(c[name])), name)
		}
	}
	c[checksumsText] = b.String()
}

func (c content) fs() fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range c {
		fsys[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	return fsys
}

// archive is the canonical archive of the files.
func (c content) archive(t testing.TB) []byte {
	t.Helper()
	var files []zipfile.File
	for _, name := range c.names() {
		files = append(files, zipfile.FromBytes(name, []byte(c[name])))
	}
	set, err := zipfile.NewSet(files...)
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if _, err := set.WriteTo(&buf); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// ofArchive validates an archive in memory.
func ofArchive(t testing.TB, data []byte, opts validator.Options) *validator.Report {
	t.Helper()
	report, err := validator.Archive(t.Context(), bytes.NewReader(data), int64(len(data)), opts)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// ofFS validates a file system.
func ofFS(t testing.TB, fsys fs.FS, opts validator.Options) *validator.Report {
	t.Helper()
	report, err := validator.FS(t.Context(), fsys, opts)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func codesOf(r *validator.Report) []validator.Code {
	var list []validator.Code
	for _, p := range r.Problems {
		list = append(list, p.Code)
	}
	return list
}

// TestOpenReader has the same package from a stream, and leaves nothing behind.
func TestOpenReader(t *testing.T) {
	dir := t.TempDir()
	left := func() int {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	c := sound(t)
	data := c.archive(t)
	p, err := validator.OpenReader(t.Context(), iotest.OneByteReader(bytes.NewReader(data)), validator.OpenOptions{TempDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if got := contentOf(t, p.FS()); !maps.Equal(got, c) || p.Report().Size != int64(len(data)) {
		t.Errorf("other content, of %d bytes", p.Report().Size)
	}
	if err := p.Close(); err != nil || left() > 0 {
		t.Errorf("%d files are left, %v", left(), err)
	}
	report, err := validator.ValidateReader(t.Context(), bytes.NewReader(data), validator.Options{})
	if err != nil || !report.Valid || !report.Canonical {
		t.Errorf("%+v, %v", report, err)
	}
	for name, r := range map[string]io.Reader{
		"cut": bytes.NewReader(data[:100]), "empty": strings.NewReader(""), "nil": nil, "broken": iotest.ErrReader(errors.New("broken")),
		"too long": io.LimitReader(zeroBytes{}, 1<<40),
	} {
		p, err := validator.OpenReader(t.Context(), r, validator.OpenOptions{Options: validator.Options{Limits: validator.Limits{Total: 1}}, TempDir: dir})
		if p != nil || err == nil || left() > 0 {
			t.Errorf("%s: %v, %v, %d files are left", name, p, err, left())
		}
	}
}

type zeroBytes struct{}

func (zeroBytes) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// mapFS is the content as a file system that a test can change later.
func (c content) mapFS() fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range c {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// TestOpenHandsOutTheFiles wants exactly those of the report, also of a package
// that is invalid for its content.
func TestOpenHandsOutTheFiles(t *testing.T) {
	for _, valid := range []bool{true, false} {
		c := sound(t)
		if !valid {
			c.add("providers/thermal0.yaml", "more: [\n")
		}
		data := c.archive(t)
		for name, open := range map[string]func(validator.OpenOptions) (*validator.Package, error){
			"archive": func(o validator.OpenOptions) (*validator.Package, error) {
				return validator.Open(t.Context(), bytes.NewReader(data), int64(len(data)), o)
			},
			"file system": func(o validator.OpenOptions) (*validator.Package, error) {
				return validator.OpenFS(t.Context(), c.mapFS(), o)
			},
		} {
			if p, err := open(validator.OpenOptions{}); (err == nil) != valid || (p == nil) == valid {
				t.Errorf("%s: %v, %v", name, p, err)
			}
			p, err := open(validator.OpenOptions{AllowInvalid: true})
			if err != nil || p.Report().Valid != valid {
				t.Fatalf("%s: %v, %v", name, p, err)
			}
			files := p.FS()
			if err := fstest.TestFS(files, slices.Collect(maps.Keys(c))...); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if got := contentOf(t, files); !maps.Equal(got, c) {
				t.Errorf("%s: other content is handed out", name)
			}
		}
	}
}

// TestOpenNeverHandsOutDoubt wants no files of what two readers could read
// differently.
func TestOpenNeverHandsOutDoubt(t *testing.T) {
	data := sound(t).archive(t)
	for name, bad := range map[string][]byte{
		"junk before": append([]byte("junk"), data...),
		"cut":         data[:len(data)-1],
		"no archive":  []byte("no archive"),
		"evil name":   zipWith(t, data, "../evil"),
		"twice":       zipWith(t, data, "machine-profile.yaml"),
	} {
		p, err := validator.Open(t.Context(), bytes.NewReader(bad), int64(len(bad)), validator.OpenOptions{AllowInvalid: true})
		var invalid *validator.InvalidError
		if p != nil || !errors.As(err, &invalid) || invalid.Report.Valid {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
	for name, mode := range map[string]fs.FileMode{"link": fs.ModeSymlink | 0o777, "pipe": fs.ModeNamedPipe | 0o644} {
		fsys := sound(t).mapFS()
		fsys["providers/"+name] = &fstest.MapFile{Data: []byte("thermal0.yaml"), Mode: mode}
		p, err := validator.OpenFS(t.Context(), fsys, validator.OpenOptions{AllowInvalid: true})
		var invalid *validator.InvalidError
		if p != nil || !errors.As(err, &invalid) || invalid.Report.Valid {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
}

// zipWith is an archive of the same files and one more.
func zipWith(t *testing.T, data []byte, name string) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range r.File {
		if err := w.Copy(f); err != nil {
			t.Fatal(err)
		}
	}
	extra, err := w.Create(name)
	if err == nil {
		_, err = extra.Write([]byte("x"))
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestOpenedFilesStayTheSame wants an error for a source that changes after it was
// validated.
func TestOpenedFilesStayTheSame(t *testing.T) {
	fsys := sound(t).mapFS()
	p, err := validator.OpenFS(t.Context(), fsys, validator.OpenOptions{AllowInvalid: true})
	if err != nil {
		t.Fatal(err)
	}
	fsys["machine-profile.yaml"].Data[0] ^= 1
	if data, err := fs.ReadFile(p.FS(), "machine-profile.yaml"); err == nil {
		t.Errorf("read %q", data)
	}

	data := sound(t).archive(t)
	p, err = validator.Open(t.Context(), bytes.NewReader(data), int64(len(data)), validator.OpenOptions{AllowInvalid: true})
	if err != nil {
		t.Fatal(err)
	}
	data[bytes.Index(data, []byte("schema_version"))] ^= 1
	if data, err := fs.ReadFile(p.FS(), "machine-profile.yaml"); err == nil {
		t.Errorf("read %q", data)
	}
}

// TestNoPackage wants errors, and no panic, of what was never opened.
func TestNoPackage(t *testing.T) {
	if _, err := validator.OpenFS(t.Context(), nil, validator.OpenOptions{}); err == nil {
		t.Error("a nil file system was opened")
	}
	if _, err := validator.FS(t.Context(), nil, validator.Options{}); err == nil {
		t.Error("a nil file system was validated")
	}
	if _, err := validator.Open(t.Context(), nil, 0, validator.OpenOptions{}); err == nil {
		t.Error("a nil reader was opened")
	}
	for _, p := range []*validator.Package{nil, {}} {
		if sum, err := p.Digest(t.Context()); sum != "" || !errors.Is(err, validator.ErrNoPackage) {
			t.Errorf("digest %q, %v", sum, err)
		}
		if p.FS() != nil || p.Report() != nil || p.Policy() != nil || p.Limits() != (validator.Limits{}).OrDefault() || p.Close() != nil {
			t.Errorf("%v is open", p)
		}
	}
}

func exportedFS(t testing.TB) fs.FS {
	return exported(t, "bioreactor-bench", exporter.AllVariants()).FS()
}

// onDisk writes the files below a fresh directory.
func (c content) onDisk(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range c {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestEveryEntryPointSaysTheSame validates sound and unsound packages by all
// ways in, twice.
func TestEveryEntryPointSaysTheSame(t *testing.T) {
	whole := sound(t)
	for table, tests := range tables() {
		for _, tt := range tests {
			c := tt.changed(whole)
			if tt.wrap != nil || c.size() > 1<<16 || slow && tests[0].name != tt.name || tt.name == "unreferenced files" && runtime.GOOS == "windows" {
				continue
			}
			dir := c.onDisk(t)
			root, err := os.OpenRoot(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer root.Close()
			data := c.archive(t)
			z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
			if err != nil {
				t.Fatal(err)
			}
			want := ofFS(t, c.fs(), tt.opts)
			for way, fsys := range map[string]fs.FS{"MapFS": c.fs(), "os.DirFS": os.DirFS(dir), "os.Root": root.FS(), "zip.Reader": z} {
				if diff := cmp.Diff(want, ofFS(t, fsys, tt.opts)); diff != "" {
					t.Errorf("%s, %s: from %s (-MapFS +%s):\n%s", table, tt.name, way, way, diff)
				}
			}
			first, second := ofArchive(t, data, tt.opts), ofArchive(t, data, tt.opts)
			if diff := cmp.Diff(first, second); diff != "" {
				t.Errorf("%s, %s: two runs (-first +second):\n%s", table, tt.name, diff)
			}
			if diff := cmp.Diff(outputs(t, first), outputs(t, second)); diff != "" {
				t.Errorf("%s, %s: two outputs:\n%s", table, tt.name, diff)
			}
		}
	}
}

// TestExportedPackage validates the package before it is written.
func TestExportedPackage(t *testing.T) {
	want := ofFS(t, sound(t).fs(), validator.Options{})
	if diff := cmp.Diff(want, ofFS(t, exportedFS(t), validator.Options{})); diff != "" {
		t.Errorf("-copy +exported:\n%s", diff)
	}
}

// TestConcurrentUse shares options, and a reader, between goroutines.
func TestConcurrentUse(t *testing.T) {
	c := sound(t)
	c.add("providers/thermal0.yaml", "a: yes\ntoken: x\n")
	data := c.archive(t)
	opts := validator.Options{Schemas: validator.Schemas{MachineProfile: newer("machine-profile", "site")}}
	want := outputs(t, ofArchive(t, data, opts))
	wantFS := outputs(t, ofFS(t, c.fs(), opts))
	r := bytes.NewReader(data)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			report, err := validator.Archive(t.Context(), r, int64(len(data)), opts)
			if err != nil || outputs(t, report) != want {
				t.Errorf("the archive, error %v", err)
			}
			report, err = validator.FS(t.Context(), c.fs(), opts)
			if err != nil || outputs(t, report) != wantFS {
				t.Errorf("the file system, error %v", err)
			}
		})
	}
	wg.Wait()
}

// TestEmptyFolders: a package knows no folders, so empty ones make no difference.
func TestEmptyFolders(t *testing.T) {
	fsys := sound(t).fs()
	fsys["empty/folder"] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
	if report := ofFS(t, fsys, validator.Options{}); len(report.Problems) > 0 {
		t.Error(report.Problems)
	}
}

// countdown is a context that is cancelled after it was asked n times.
type countdown struct {
	context.Context
	left atomic.Int64
	done chan struct{}
}

func newCountdown(n int64) *countdown {
	c := &countdown{Context: context.Background(), done: make(chan struct{})}
	c.left.Store(n)
	return c
}

func (c *countdown) Err() error {
	switch n := c.left.Add(-1); {
	case n == 0:
		close(c.done)
		return context.Canceled
	case n < 0:
		return context.Canceled
	}
	return nil
}

func (c *countdown) Done() <-chan struct{}       { return c.done }
func (c *countdown) Deadline() (time.Time, bool) { return time.Time{}, false }

// TestCancelAnywhere cancels a validation at every point where it asks.
func TestCancelAnywhere(t *testing.T) {
	c := contentOf(t, exported(t, "sim-quickstart", exporter.Variants{}).FS())
	data := c.archive(t)
	for name, run := range map[string]func(context.Context) (*validator.Report, error){
		"archive": func(ctx context.Context) (*validator.Report, error) {
			return validator.Archive(ctx, bytes.NewReader(data), int64(len(data)), validator.Options{})
		},
		"file system": func(ctx context.Context) (*validator.Report, error) {
			return validator.FS(ctx, c.fs(), validator.Options{})
		},
	} {
		points := int64(0)
		for n := int64(1); ; n++ {
			report, err := run(newCountdown(n))
			if err == nil {
				if !report.Valid {
					t.Errorf("%s: after %d points: %v", name, n, report.Err())
				}
				points = n
				break
			}
			if report != nil || !errors.Is(err, context.Canceled) {
				t.Fatalf("%s: at point %d: report %v, error %v", name, n, report, err)
			}
		}
		if points < 50 {
			t.Errorf("%s asks only %d times", name, points)
		}
	}
}

// TestDeadline checks that the error of the context comes through.
func TestDeadline(t *testing.T) {
	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	if report, err := validator.FS(ctx, sound(t).fs(), validator.Options{}); report != nil || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("report %v, error %v", report, err)
	}
}

// failingAt fails to read beyond a number of bytes in all.
type failingAt struct {
	io.ReaderAt
	left atomic.Int64
}

func (f *failingAt) ReadAt(p []byte, off int64) (int, error) {
	if f.left.Add(-int64(len(p))) < 0 {
		return 0, errBroken
	}
	return f.ReaderAt.ReadAt(p, off)
}

// TestArchiveThatCannotBeRead fails at every kind of reading.
func TestArchiveThatCannotBeRead(t *testing.T) {
	data := contentOf(t, exported(t, "sim-quickstart", exporter.Variants{}).FS()).archive(t)
	for n := int64(0); ; n += 97 {
		r := &failingAt{ReaderAt: bytes.NewReader(data)}
		r.left.Store(n)
		report, err := validator.Archive(t.Context(), r, int64(len(data)), validator.Options{})
		if err == nil {
			if !report.Valid || n < 2*int64(len(data)) {
				t.Errorf("after %d bytes: %v", n, report.Err())
			}
			return
		}
		if report != nil || !errors.Is(err, errBroken) {
			t.Fatalf("after %d bytes: report %v, error %v", n, report, err)
		}
	}
}

// TestWrongSize is a size that the reader does not have.
func TestWrongSize(t *testing.T) {
	data := sound(t).archive(t)
	for _, size := range []int64{int64(len(data)) + 1, 1 << 40, -1} {
		report, err := validator.Archive(t.Context(), bytes.NewReader(data), size, validator.Options{})
		if report != nil && report.Valid || report == nil && err == nil {
			t.Errorf("size %d: %v, %v", size, report, err)
		}
	}
}

// TestFileSystemThatCannotBeRead has nothing to report about.
func TestFileSystemThatCannotBeRead(t *testing.T) {
	report, err := validator.FS(t.Context(), badFS{fstest.MapFS{}, ".", func(fs.File) fs.File { return nil }}, validator.Options{})
	if report != nil || !errors.Is(err, errBroken) {
		t.Errorf("report %v, error %v", report, err)
	}
}

// changing gives a file another content from the n-th opening on.
type changing struct {
	fs.FS
	name  string
	after int
	into  string
	opens *int
}

func (c changing) Open(name string) (fs.File, error) {
	if name != c.name {
		return c.FS.Open(name)
	}
	if *c.opens++; *c.opens > c.after {
		return fstest.MapFS{name: {Data: []byte(c.into)}}.Open(name)
	}
	return c.FS.Open(name)
}

// TestFilesThatChange changes each file between two readings. What was read
// first is what was judged, so that there is no verdict on anything else.
func TestFilesThatChange(t *testing.T) {
	c := contentOf(t, exported(t, "sim-quickstart", exporter.Variants{}).FS())
	for _, name := range c.names() {
		for kind, into := range map[string]string{
			"longer": c[name] + "x", "shorter": c[name][1:], "as long": "#" + c[name][1:], "gone": "",
		} {
			opens := 0
			fsys := changing{c.fs(), name, 1, into, &opens}
			for after := 1; ; after++ {
				fsys.after, opens = after, 0
				report, err := validator.FS(t.Context(), fsys, validator.Options{})
				if opens <= after { // it was not read again
					once := name == checksumsText // it is right, as its digest shows
					if err != nil || !report.Valid || after < 2 && !once {
						t.Errorf("%s, %s: read %d times, error %v", name, kind, opens, err)
					}
					break
				}
				if report != nil || !errors.Is(err, exporter.ErrChanged) {
					t.Errorf("%s becomes %s after %d readings: report %v, error %v", name, kind, after, report, err)
				}
			}
		}
	}
}

// TestFileThatCannotBeReadAgain fails at the second opening.
func TestFileThatCannotBeReadAgain(t *testing.T) {
	c := sound(t)
	c[checksumsText] += "\n" // a right one is read once
	for _, name := range c.names() {
		opens := 0
		fsys := breaking(name, func(f fs.File) fs.File {
			if opens++; opens > 1 {
				return nil
			}
			return f
		})(c.fs())
		if report, err := validator.FS(t.Context(), fsys, validator.Options{}); report != nil || !errors.Is(err, errBroken) {
			t.Errorf("%s: report %v, error %v", name, report, err)
		}
	}
}

// TestReadings counts how often a tree that runs is read: for its digest, and once more
// for everything else.
func TestReadings(t *testing.T) {
	c := contentOf(t, exportedFS(t))
	for _, name := range c.names() {
		if !strings.HasSuffix(name, ".xml") {
			continue
		}
		opens := 0
		ofFS(t, changing{c.fs(), name, 100, "", &opens}, validator.Options{})
		if opens != 2 {
			t.Errorf("%s is opened %d times", name, opens)
		}
	}
}

// TestManyProblems bounds what a package that is wrong all over can make a report
// cost, and says that there is more.
func TestManyProblems(t *testing.T) {
	c := sound(t)
	c[runtimeYAML] = "providers:\n" + strings.Repeat("- 1\n", 3000)
	report := ofFS(t, c.fs(), validator.Options{})
	listed, last := 0, ""
	for _, p := range report.Problems {
		if p.Code == validator.CodeRuntimeSchema {
			listed++
			if strings.Contains(p.Message, "more problems") {
				last = p.Message
			}
		}
	}
	if report.Valid || listed != 1001 || last != "2000 more problems of this kind are not listed" {
		t.Errorf("valid %v, %d listed, and %q", report.Valid, listed, last)
	}
}

// TestManyValues bounds the documents of a package together.
func TestManyValues(t *testing.T) {
	c := sound(t)
	for i := range 5 {
		c[fmt.Sprintf("providers/extra%d.yaml", i)] = "a: [" + strings.Repeat("x, ", 500) + "x]\n"
	}
	report := ofFS(t, c.fs(), validator.Options{Limits: validator.Limits{Values: 2000}})
	if codes := codesOf(report); report.Valid || !strings.Contains(fmt.Sprint(codes), string(validator.CodeDocumentLimit)) {
		t.Errorf("valid %v: %v", report.Valid, codes)
	}
	if report := ofFS(t, c.fs(), validator.Options{}); strings.Contains(fmt.Sprint(codesOf(report)), string(validator.CodeDocumentLimit)) {
		t.Errorf("refused by the default limit: %v", report.Problems)
	}
}

// TestLongValues quotes the beginning of a value that aliases repeat, and nothing
// more.
func TestLongValues(t *testing.T) {
	c := sound(t)
	c[runtimeYAML] = "a: &a \"/opt/" + strings.Repeat("ü", 50_000) + "\"\nproviders:\n" +
		strings.Repeat("- {id: *a, command: *a, args: [*a, --config, *a]}\n", 20) + "automation: {enabled: true, behavior_tree: *a}\n"
	report, err := validator.FS(t.Context(), c.mapFS(), validator.Options{})
	if err != nil || report.Valid {
		t.Fatal(report, err)
	}
	for _, p := range report.Problems {
		if len(p.Message) > 1000 {
			t.Errorf("%s: a message of %d bytes", p.Code, len(p.Message))
		}
	}
}

// TestProgress is told of each check that the report has, before it is done, and
// of no other.
func TestProgress(t *testing.T) {
	files := fstest.MapFS{"machine-profile.yaml": &fstest.MapFile{Data: []byte("schema_version: 1\n")}}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if err := w.AddFS(files); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		archive []byte // instead of the files
		files   fs.FS
		want    func(r *validator.Report) []string
	}{
		"archive":    {b.Bytes(), nil, func(r *validator.Report) []string { return append(slices.Clone(r.Checks), skipped(r)...) }},
		"no archive": {[]byte("PK"), nil, func(*validator.Report) []string { return []string{"archive"} }},
		"files":      {nil, files, func(r *validator.Report) []string { return append(slices.Clone(r.Checks), skipped(r)[1:]...) }},
	} {
		var seen []string
		opts := validator.Options{Progress: func(check string) { seen = append(seen, check) }}
		var report *validator.Report
		var err error
		if test.files != nil {
			report, err = validator.FS(t.Context(), test.files, opts)
		} else {
			report, err = validator.Archive(t.Context(), bytes.NewReader(test.archive), int64(len(test.archive)), opts)
		}
		if err != nil {
			t.Fatal(err)
		}
		want := test.want(report)
		slices.Sort(want)
		slices.Sort(seen)
		if !slices.Equal(seen, want) {
			t.Errorf("%s: told of %q, want %q", name, seen, want)
		}
	}
}

func skipped(r *validator.Report) (names []string) {
	for _, s := range r.Skipped {
		names = append(names, s.Check)
	}
	return names
}

// TestMaxArchive compares it with what the reader of archives refuses.
func TestMaxArchive(t *testing.T) {
	if got, want := (validator.Limits{}).MaxArchive(), int64(8<<30+2*16<<20); got != want {
		t.Errorf("by default %d, want %d", got, want)
	}
	limits := validator.Limits{Total: 5}
	most := limits.MaxArchive()
	for size, tooLarge := range map[int64]bool{most: false, most + 1: true} {
		report, err := validator.Archive(t.Context(), zeros{}, size, validator.Options{Limits: limits})
		if err != nil {
			t.Fatal(err)
		}
		if got := report.Problems[0].Code; (got == "zip-archive-too-large") != tooLarge {
			t.Errorf("%d bytes: %s", size, got)
		}
	}
}

// zeros is a file of nothing else.
type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) {
	clear(p)
	return len(p), nil
}

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
		for _, p := range report.Problems {
			if !slices.Contains(warned[name], p.Code) {
				t.Errorf("%s: %v", name, p)
			}
		}
	}
}

// warned is what is worth a warning about packages of this repository: a project of
// the old layout cannot say what an emergency stop drives, and the smallest package
// has a command of one letter.
var warned = map[string][]validator.Code{
	"mixer-system": {validator.CodeStartEmergencyStop, validator.CodeStartDoubtful},
	"smallest":     {validator.CodeStartCommand},
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
	if report.Valid || len(report.Files) > 0 || len(report.Checks) > 0 || len(report.Skipped) != 17 {
		t.Errorf("%+v", report)
	}
}

// TestMemory validates packages with many small files. What a file needs is the same in
// a small and in a large one.
func TestMemory(t *testing.T) {
	const small, large = 1500, 6000 // with more problems than are listed
	use := func(count int) (allocated, objects, kept float64) {
		c := sound(t)
		for i := range count {
			c.add(fmt.Sprintf("notes/page-%05d.txt", i), fmt.Sprintf("This is page %d of the manual.\n", i))
		}
		c.sum()
		data := c.archive(t)
		c = nil
		var before, after, end runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		p, err := validator.Open(t.Context(), bytes.NewReader(data), int64(len(data)), validator.OpenOptions{})
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatal(err)
		}
		runtime.GC()
		runtime.ReadMemStats(&end)
		runtime.KeepAlive(p)
		runtime.KeepAlive(data)
		return float64(after.TotalAlloc - before.TotalAlloc), float64(after.Mallocs - before.Mallocs), float64(end.HeapAlloc) - float64(before.HeapAlloc)
	}
	use(1) // whatever is made once
	smallAllocated, smallObjects, smallKept := use(small)
	largeAllocated, largeObjects, largeKept := use(large)
	const more = large - small
	for _, x := range []struct {
		what     string
		got, max float64
	}{
		{"bytes allocated", (largeAllocated - smallAllocated) / more, 1500},
		{"objects allocated", (largeObjects - smallObjects) / more, 20},
		{"bytes kept", (largeKept - smallKept) / more, 280},
	} {
		t.Logf("for each file: %.1f %s", x.got, x.what)
		if x.got > x.max {
			t.Errorf("for each file: %.1f %s, not %v", x.got, x.what, x.max)
		}
	}
}

// TestDigestThatDiffers changes a digit of a digest: the list is as long as before.
func TestDigestThatDiffers(t *testing.T) {
	c := sound(t)
	text, digit := c[checksumsText], "0"
	if strings.HasPrefix(text, digit) {
		digit = "1"
	}
	c[checksumsText] = digit + text[1:]
	if r := ofFS(t, c.fs(), validator.Options{}); !slices.Contains(codesOf(r), validator.CodeChecksumsMismatch) {
		t.Errorf("codes %v", codesOf(r))
	}
}
