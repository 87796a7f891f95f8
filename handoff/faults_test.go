package handoff_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"

	"github.com/anolishq/anolis-handoff/checksum"
	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/preflight"
	"github.com/anolishq/anolis-handoff/handoff/reproduce"
	"github.com/anolishq/anolis-handoff/handoff/sheet"
	"github.com/anolishq/anolis-handoff/handoff/signature"
	"github.com/anolishq/anolis-handoff/internal/faulttest"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
	"github.com/anolishq/anolis-handoff/redact"
	"github.com/anolishq/anolis-handoff/validator"
)

// outcome is what came of an operation: a result in words, or an error. A verdict that
// is not "valid" says that the operation noticed something.
type outcome struct {
	result string
	bad    bool // the result is a verdict against what was looked at
	err    error
}

// said makes an outcome of a result, which must be nil beside an error.
func said[T any](result *T, bad bool, err error) outcome {
	if err != nil && result == nil {
		return outcome{err: err}
	}
	text, jsonErr := json.Marshal(result)
	if jsonErr != nil {
		err = jsonErr
	}
	return outcome{string(text), bad, err}
}

// operation is something that may meet a fault.
type operation struct {
	name  string
	kinds []faulttest.Kind
	// prepare opens what is needed, with in in its sources, and returns what is to be
	// tried.
	prepare func(t *testing.T, in *faulttest.Injector) func(ctx context.Context) outcome
	// flipped returns the outcome with a byte that is wrong for good, if that is what
	// the operation may have taken it for.
	flipped func(t *testing.T, f *faulttest.Flipped) outcome
	// sameSteps says that another operation is cancelled at the same steps.
	sameSteps bool
	// excuse reports whether nobody could have noticed the fault, or would have to.
	excuse func(in *faulttest.Injector, want, got string) bool
}

// The kinds of faults that there are.
var (
	ofFiles = []faulttest.Kind{
		faulttest.Fail, faulttest.Stall, faulttest.Cut, faulttest.Grow, faulttest.Larger, faulttest.Less, faulttest.Flip, faulttest.Count,
	}
	ofOpenFiles = []faulttest.Kind{faulttest.Fail, faulttest.Stall, faulttest.Cut, faulttest.Grow, faulttest.Flip} // sizes and counts are judged in one place
	ofArchives  = []faulttest.Kind{faulttest.Fail, faulttest.Stall, faulttest.Cut, faulttest.Flip, faulttest.Count}
	ofReaders   = []faulttest.Kind{faulttest.Fail, faulttest.Stall, faulttest.Cut, faulttest.Grow, faulttest.Flip, faulttest.Count, faulttest.Cancel}
	ofWriters   = []faulttest.Kind{faulttest.Fail, faulttest.Stall, faulttest.Cut, faulttest.Count, faulttest.Cancel}
)

// every runs an operation with every fault at every place, until there is none, and
// cancelled at every step. After each it runs once more, without a fault.
func (o operation) every(t *testing.T) {
	t.Helper()
	before := runtime.NumGoroutine()
	in := &faulttest.Injector{}
	run := o.prepare(t, in)
	once := func(ctx context.Context) outcome {
		in.Arm()
		defer in.Disarm()
		return run(ctx)
	}
	clean := once(t.Context())
	if clean.err != nil || clean.bad {
		t.Fatalf("without a fault: %s, %v", clean.result, clean.err)
	}
	total := 0
	faults := in.Each(t, o.kinds, stride(), func(ctx context.Context) bool {
		got, hit := once(ctx), in.Hit()
		if hit == "" {
			if got != clean {
				t.Errorf("without a fault, again: %s, %v", got.result, got.err)
			}
			return false
		}
		if why := o.judge(t, in, clean, got); why != "" {
			t.Errorf("%s: %s:\n%s\n%v", hit, why, cmp.Diff(clean.result, got.result), got.err)
		}
		if total++; total%8 == 0 {
			if again := once(t.Context()); again != clean { // the fault is over
				t.Errorf("after %s: %s, %v", hit, again.result, again.err)
			}
		}
		return true
	})
	steps := 0
	if !o.sameSteps {
		steps = faulttest.EachStep(t, stride(), func(ctx *faulttest.Steps) {
			got := once(ctx)
			if ctx.Ended() && got != clean && (got.result != "" || !errors.Is(got.err, context.Canceled)) {
				t.Errorf("cancelled at step %d: %s, %v", ctx.At, got.result, got.err)
			}
		})
	}
	if again := once(t.Context()); again != clean {
		t.Errorf("in the end: %s, %v", again.result, again.err)
	}
	faulttest.Settled(t, before, runtime.NumGoroutine)
	least, known := leastFaults[o.name]
	if !known {
		t.Errorf("nobody says how many faults %s meets", o.name)
	}
	faulttest.Log(t, o.name, faults, steps, least/stride())
}

// leastFaults is how many faults and cancellations each operation meets at least: about
// two thirds of those there were when it was written, as who reads less meets fewer.
var leastFaults = map[string]int{
	"export":                                 405,
	"export of a system project":             170,
	"export with a data root":                175,
	"check":                                  365,
	"open a project":                         205,
	"open and validate a folder":             400,
	"open and validate an archive":           170,
	"open and validate an exported archive":  170,
	"open and validate a compressed archive": 155,
	"open and validate a stream":             225,
	"diff from of a folder":                  175,
	"diff from of a compressed archive":      95,
	"diff to of a folder":                    175,
	"diff to of a compressed archive":        95,
	"sheet of a compressed archive":          95,
	"sheet of a folder":                      215,
	"drift from of a folder":                 175,
	"drift from of a compressed archive":     90,
	"reproduce of a folder":                  145,
	"reproduce of a compressed archive":      105,
	"preflight of a folder":                  55,
	"preflight of a compressed archive":      30,
	"digest of a folder":                     80,
	"digest of a compressed archive":         35,
	"inspect of a folder":                    205,
	"inspect of a compressed archive":        65,
	"drift to":                               155,
	"reproduce from":                         50,
	"reproduce with options from":            435,
	"checksum.Sum":                           105,
	"checksum.Verify":                        110,
	"redact.Scan":                            100,
	"checksum.Parse":                         35,
	"checksum.ParseLenient":                  35,
	"redact.ScanFile":                        40,
	"signature.Check":                        40,
	"signature.Sign":                         40,
	"preflight of a target":                  20,
}

// stride is how far two faults lie apart. On a slow machine not every one is tried.
func stride() int {
	if slow || testing.Short() {
		return 11
	}
	return 1
}

// judge returns what is wrong with the outcome of an operation that met a fault.
func (o operation) judge(t *testing.T, in *faulttest.Injector, clean, got outcome) string {
	switch {
	case got == clean:
		return ""
	case got.err != nil && got.result != "":
		return "a result beside an error"
	case in.Kind() == faulttest.Cancel:
		if !errors.Is(got.err, context.Canceled) {
			return "it is not the error of the context"
		}
		return ""
	case errors.Is(got.err, context.Canceled):
		return "nobody has cancelled it"
	case got.err != nil && in.Kind() == faulttest.Fail && !errors.Is(got.err, faulttest.ErrDisk) && !strings.Contains(got.err.Error(), faulttest.ErrDisk.Error()):
		return "it does not say why"
	case got.err != nil && strings.TrimSpace(got.err.Error()) == "":
		return "it says nothing"
	case got.err != nil:
		return ""
	case got.bad && in.Kind() == faulttest.Fail && !strings.Contains(got.result, faulttest.ErrDisk.Error()):
		return "the verdict does not say why"
	case got.bad:
		return ""
	case in.Kind() == faulttest.Flip && o.flipped != nil && in.Flip() != nil && o.flipped(t, in.Flip()) == got:
		return ""
	case o.excuse != nil && o.excuse(in, clean.result, got.result):
		return ""
	}
	return "another result"
}

// faultProject is a project with something for every part of an export.
func faultProject() fstest.MapFS {
	m := handofftest.RigFiles()
	m["workbench.json"] = &fstest.MapFile{Data: []byte(`{"meta": {"created": "2026-01-02T03:04:05Z"}}` + "\n")}
	m["a.xml"] = &fstest.MapFile{Data: []byte("<root BTCPP_format=\"4\"><include path=\"sub/b.xml\"/><BehaviorTree ID=\"Main\"><AlwaysSuccess/></BehaviorTree></root>\n")}
	m["sub/b.xml"] = &fstest.MapFile{Data: []byte("<root BTCPP_format=\"4\"><BehaviorTree ID=\"Part\"><AlwaysSuccess/></BehaviorTree></root>\n")}
	return m
}

// faultPolicy is one with few rules: to make it ready does not take longer than all
// else.
func faultPolicy() *redact.Policy {
	p := redact.Default()
	p.Shapes, p.Keys = p.Shapes[:1], p.Keys[:1]
	return &p
}

func faultOptions() handoff.ExportOptions {
	return handoff.ExportOptions{Options: exporter.Options{Name: "rig", Variants: exporter.AllVariants(), WithIncludes: true, Policy: faultPolicy()}}
}

func faultOpenOptions() handoff.OpenOptions {
	return handoff.OpenOptions{Options: validator.Options{Policy: faultPolicy()}}
}

// openFault opens a package as it is.
func openFault(t *testing.T, files fs.FS) *handoff.Package {
	t.Helper()
	p, err := handoff.OpenFS(t.Context(), files, faultOpenOptions())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// changed is a copy of a file system with a wrong byte.
func changed(m fstest.MapFS, f *faulttest.Flipped) fstest.MapFS {
	m = maps.Clone(m)
	data := bytes.Clone(m[f.File].Data)
	data[f.Offset] ^= 1
	m[f.File] = &fstest.MapFile{Data: data}
	return m
}

// faultPackages are the packages of faultProject, and of it with another heater.
func faultPackages(t testing.TB) (old, new fstest.MapFS) {
	t.Helper()
	project := faultProject()
	list := make([]fstest.MapFS, 2)
	for i := range list {
		if i == 1 {
			project["heater.yaml"] = &fstest.MapFile{Data: []byte("hardware: {bus_path: /dev/i2c-4}\nspare: {port: /dev/ttyS9, note: /dev/ttyS9 is the spare}\n")}
			project["sub/b.xml"] = &fstest.MapFile{Data: []byte("<root BTCPP_format=\"4\"><BehaviorTree ID=\"Part\"><AlwaysFailure/></BehaviorTree></root>\n")}
		}
		p, err := handoff.OpenProject(t.Context(), project, faultOptions())
		if err != nil {
			t.Fatal(err)
		}
		list[i] = handofftest.ReleaseOf(t, p)
	}
	return list[0], list[1]
}

// archived is a package as an archive, as another tool packs it: with compression.
func archived(t testing.TB, files fstest.MapFS, deflate bool) []byte {
	t.Helper()
	if deflate {
		return handofftest.Repacked(t, files, func(h *zip.FileHeader) { h.Method = zip.Deflate })
	}
	return handofftest.Repacked(t, files, nil)
}

// TestFaultsOfProjects has the file system of a project fail in every way, at every
// access.
func TestFaultsOfProjects(t *testing.T) {
	exportWith := func(ctx context.Context, fsys fs.FS, opts handoff.ExportOptions) outcome {
		var b bytes.Buffer
		r, err := handoff.Export(ctx, &b, fsys, opts)
		out := said(r, false, err)
		if err == nil {
			out.result += " " + handofftest.Digest(b.Bytes())
		}
		return out
	}
	export := func(ctx context.Context, fsys fs.FS) outcome { return exportWith(ctx, fsys, faultOptions()) }
	rooted := faultProject()
	trees := fstest.MapFS{"trees/a.xml": rooted["a.xml"], "trees/sub/b.xml": rooted["sub/b.xml"]}
	handofftest.EditRelease(t, rooted, "full.yaml", "behavior_tree: a.xml", "behavior_tree: trees/a.xml")
	fromDataRoot := func(ctx context.Context, fsys fs.FS) outcome {
		opts := faultOptions()
		opts.DataRoot = fsys
		return exportWith(ctx, rooted, opts)
	}
	check := func(ctx context.Context, fsys fs.FS) outcome {
		r, err := handoff.Check(ctx, fsys, faultOptions())
		return said(r, r != nil && !r.Valid, err)
	}
	open := func(ctx context.Context, fsys fs.FS) outcome {
		p, err := handoff.OpenProject(ctx, fsys, faultOptions())
		return said(p.Report(), false, err)
	}
	canonical, system := faultProject(), handofftest.Memory(t, os.DirFS(handofftest.Projects()+"/mixer-system"))
	for _, test := range []struct {
		name  string
		files fstest.MapFS
		run   func(context.Context, fs.FS) outcome
		kinds []faulttest.Kind
	}{
		{"export", canonical, export, ofFiles},
		{"export of a system project", system, export, ofFiles},
		{"export with a data root", trees, fromDataRoot, ofFiles},
		{"check", canonical, check, ofFiles},
		{"open a project", canonical, open, ofFiles},
	} {
		operation{
			name: test.name, kinds: test.kinds,
			prepare: func(t *testing.T, in *faulttest.Injector) func(context.Context) outcome {
				fsys := faulttest.FS(test.files, in)
				return func(ctx context.Context) outcome { return test.run(ctx, fsys) }
			},
			flipped:   func(t *testing.T, f *faulttest.Flipped) outcome { return test.run(t.Context(), changed(test.files, f)) },
			sameSteps: test.name != "export" && test.name != "check",
		}.every(t)
	}
}

// TestFaultsOfWriters has where results go to fail in every way, at every write.
func TestFaultsOfWriters(t *testing.T) {
	project := faultProject()
	project["sub/b.xml"] = &fstest.MapFile{Data: handofftest.BigTree(200 << 10)}
	p, err := handoff.OpenProject(t.Context(), project, faultOptions())
	if err != nil {
		t.Fatal(err)
	}
	edited := faultProject()
	inspected, err1 := handoff.Inspect(t.Context(), p)
	compared, err2 := handoff.Diff(t.Context(), p, handofftest.OpenExample(t, "sim-quickstart"))
	drifted, err3 := handoff.Drift(t.Context(), p, editedRelease(handofftest.ReleaseOf(t, p)))
	reproduced, err4 := handoff.Reproduce(t.Context(), p, edited, reproduce.Options{})
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	faults := 0
	ready, err := handoff.Preflight(t.Context(), p, handofftest.ReadyMachine().Target("/opt/rig"), preflight.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sums, err := checksum.Sum(t.Context(), edited)
	if err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func(ctx context.Context, w io.Writer) error{
		"manifest": func(_ context.Context, w io.Writer) error {
			_, err := sums.WriteTo(w)
			return err
		},
		"preflight as JSON": func(_ context.Context, w io.Writer) error { return ready.WriteJSON(w) },
		"preflight as text": func(_ context.Context, w io.Writer) error { return ready.WriteText(w, true) },
		"a value as JSON":   func(_ context.Context, w io.Writer) error { return handoff.WriteJSON(w, ready) },
		"export": func(ctx context.Context, w io.Writer) error {
			r, err := handoff.Export(ctx, w, project, faultOptions())
			if (r == nil) != (err != nil) {
				t.Errorf("%v beside %v", r, err)
			}
			return err
		},
		"report as JSON":   func(_ context.Context, w io.Writer) error { return p.Report().WriteJSON(w) },
		"report as text":   func(_ context.Context, w io.Writer) error { return p.Report().WriteText(w, true) },
		"report as SARIF":  func(_ context.Context, w io.Writer) error { return validator.WriteSARIF(w, p.Report()) },
		"inspect as JSON":  func(_ context.Context, w io.Writer) error { return inspected.WriteJSON(w) },
		"inspect as text":  func(_ context.Context, w io.Writer) error { return inspected.WriteText(w, true) },
		"diff as JSON":     func(_ context.Context, w io.Writer) error { return compared.WriteJSON(w) },
		"diff as text":     func(_ context.Context, w io.Writer) error { return compared.WriteText(w, true) },
		"diff as Markdown": func(_ context.Context, w io.Writer) error { return compared.WriteMarkdown(w) },
		"drift as JSON":    func(_ context.Context, w io.Writer) error { return drifted.WriteJSON(w) },
		"drift as text":    func(_ context.Context, w io.Writer) error { return drifted.WriteText(w, true) },
		"reproduce, JSON":  func(_ context.Context, w io.Writer) error { return reproduced.WriteJSON(w) },
		"sheet": func(ctx context.Context, w io.Writer) error {
			return handoff.Sheet(ctx, w, p, sheet.Options{})
		},
		"reproduce, text": func(_ context.Context, w io.Writer) error { return reproduced.WriteText(w, true) },
	} {
		var clean bytes.Buffer
		if err := write(t.Context(), &clean); err != nil {
			t.Fatal(err)
		}
		for _, kind := range ofWriters {
			for n := 0; ; n++ {
				ctx, cancel := context.WithCancel(t.Context())
				in := &faulttest.Injector{}
				in.Set(kind, n, cancel)
				in.Arm()
				var got bytes.Buffer
				err := write(ctx, faulttest.Writer(&got, in))
				cancel()
				if in.Hit() == "" {
					if err != nil || !bytes.Equal(got.Bytes(), clean.Bytes()) {
						t.Errorf("%s, without a fault: %d bytes, %v", name, got.Len(), err)
					}
					break
				}
				faults++
				switch {
				case kind == faulttest.Cancel && err == nil && bytes.Equal(got.Bytes(), clean.Bytes()): // too late
				case kind == faulttest.Cancel && !errors.Is(err, context.Canceled),
					kind == faulttest.Fail && !errors.Is(err, faulttest.ErrDisk),
					err == nil:
					t.Errorf("%s: %s: %v", name, in.Hit(), err)
				}
			}
		}
	}
	t.Logf("writers: %d faults", faults)
	if faults < 90 {
		t.Errorf("%d faults are too few", faults)
	}
}

// TestFaultsOfExportFile is cancelled at every step: what was there stays there, alone,
// and the next export goes well.
func TestFaultsOfExportFile(t *testing.T) {
	project := filepath.Join(t.TempDir(), "rig")
	if err := os.CopyFS(project, faultProject()); err != nil {
		t.Fatal(err)
	}
	dir, out := outDir(t)
	steps := 0
	for ; ; steps += stride() {
		ctx := faulttest.NewSteps(t.Context(), steps)
		result, err := handoff.ExportFile(ctx, project, out, faultOptions())
		if !ctx.Ended() || err == nil {
			if err != nil {
				t.Error(err)
			}
			wantPackage(t, out, result)
			handofftest.WantNames(t, dir, "rig.anpkg")
			break
		}
		if result != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled at step %d: %v, %v", steps, result, err)
		}
		wantOld(t, dir)
	}
	t.Logf("export to a file: cancelled at %d steps", steps/stride())
	if steps < 100 {
		t.Errorf("%d steps are too few", steps)
	}
}

// TestFaultsOfPackages has what a package is read from fail in every way, at every
// access: a folder, an archive or a stream.
func TestFaultsOfPackages(t *testing.T) {
	files, _ := faultPackages(t)
	exported, _ := handofftest.Export(t, faultProject(), faultOptions())
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp)
	for name, open := range map[string]func(ctx context.Context, in *faulttest.Injector, opts handoff.OpenOptions) (*handoff.Package, error){
		"a folder": func(ctx context.Context, in *faulttest.Injector, opts handoff.OpenOptions) (*handoff.Package, error) {
			return handoff.OpenFS(ctx, faulttest.FS(files, in), opts)
		},
		"an archive": func(ctx context.Context, in *faulttest.Injector, opts handoff.OpenOptions) (*handoff.Package, error) {
			data := archived(t, files, false)
			return handoff.Open(ctx, faulttest.ReaderAt(bytes.NewReader(data), in), int64(len(data)), opts)
		},
		"an exported archive": func(ctx context.Context, in *faulttest.Injector, opts handoff.OpenOptions) (*handoff.Package, error) {
			return handoff.Open(ctx, faulttest.ReaderAt(bytes.NewReader(exported), in), int64(len(exported)), opts)
		},
		"a compressed archive": func(ctx context.Context, in *faulttest.Injector, opts handoff.OpenOptions) (*handoff.Package, error) {
			data := archived(t, files, true)
			return handoff.Open(ctx, faulttest.ReaderAt(bytes.NewReader(data), in), int64(len(data)), opts)
		},
		"a stream": func(ctx context.Context, in *faulttest.Injector, opts handoff.OpenOptions) (*handoff.Package, error) {
			data := archived(t, files, false)
			opts.TempDir = temp
			return handoff.OpenReader(ctx, faulttest.Reader(bytes.NewReader(data), 100, in), opts)
		},
	} {
		kinds := ofArchives
		if name == "a folder" {
			kinds = ofFiles
		}
		operation{
			name: "open and validate " + name, kinds: kinds,
			prepare: func(t *testing.T, in *faulttest.Injector) func(context.Context) outcome {
				return func(ctx context.Context) outcome {
					p, err := open(ctx, in, faultOpenOptions())
					var invalid *handoff.InvalidError
					if errors.As(err, &invalid) {
						if p != nil {
							t.Error("a package that is not valid was opened")
						}
						return said(invalid.Report, true, nil)
					}
					defer p.Close()
					return said(p.Report(), false, err)
				}
			},
			flipped: func(t *testing.T, f *faulttest.Flipped) outcome { // what arrives is another archive
				if f.File != "stream" {
					return outcome{}
				}
				data := archived(t, files, false)
				data[f.Offset] ^= 1
				p, err := handoff.Open(t.Context(), bytes.NewReader(data), int64(len(data)), faultOpenOptions())
				return said(p.Report(), false, err)
			},
		}.every(t)
	}
	handofftest.WantNames(t, temp)
}

// TestFaultsOfVerbs has what an open package is read from fail, and then be well again:
// every verb fails, and then gives what it always gives.
func TestFaultsOfVerbs(t *testing.T) {
	files, others := faultPackages(t)
	other, sound := openFault(t, others), openFault(t, files)
	release := editedRelease(files)
	edited := faultProject()
	edited["heater.yaml"] = &fstest.MapFile{Data: []byte("hardware: {bus_path: /dev/i2c-9}\n")}
	data := archived(t, files, true)
	type verb func(ctx context.Context, p *handoff.Package) outcome
	for name, do := range map[string]verb{
		"inspect": func(ctx context.Context, p *handoff.Package) outcome {
			r, err := handoff.Inspect(ctx, p)
			return said(r, false, err)
		},
		"diff from": func(ctx context.Context, p *handoff.Package) outcome {
			r, err := handoff.Diff(ctx, p, other)
			return said(r, false, err)
		},
		"diff to": func(ctx context.Context, p *handoff.Package) outcome {
			r, err := handoff.Diff(ctx, other, p)
			return said(r, false, err)
		},
		"sheet": func(ctx context.Context, p *handoff.Package) outcome {
			var b bytes.Buffer
			err := handoff.Sheet(ctx, &b, p, sheet.Options{})
			return outcome{result: b.String(), err: err}
		},
		"drift from": func(ctx context.Context, p *handoff.Package) outcome {
			r, err := handoff.Drift(ctx, p, release)
			return said(r, false, err)
		},
		"reproduce": func(ctx context.Context, p *handoff.Package) outcome {
			r, err := handoff.Reproduce(ctx, p, edited, reproduce.Options{})
			return said(r, false, err)
		},
		"preflight": func(ctx context.Context, p *handoff.Package) outcome {
			r, err := handoff.Preflight(ctx, p, handofftest.ReadyMachine().Target("/opt/rig"), preflight.Options{})
			return said(r, false, err)
		},
		"digest": func(ctx context.Context, p *handoff.Package) outcome {
			d, err := p.Digest(ctx)
			if err != nil {
				return outcome{result: d, err: err}
			}
			return said(&d, false, nil)
		},
	} {
		for from, kinds := range map[string][]faulttest.Kind{"a folder": ofOpenFiles, "a compressed archive": ofArchives} {
			if name == "inspect" && from == "a folder" {
				kinds = ofFiles
			}
			operation{
				name: name + " of " + from, kinds: kinds,
				prepare: func(t *testing.T, in *faulttest.Injector) func(context.Context) outcome {
					var p *handoff.Package
					var err error
					if from == "a folder" {
						p, err = handoff.OpenFS(t.Context(), faulttest.FS(files, in), faultOpenOptions())
					} else {
						p, err = handoff.Open(t.Context(), faulttest.ReaderAt(bytes.NewReader(data), in), int64(len(data)), faultOpenOptions())
					}
					if err != nil {
						t.Fatal(err)
					}
					return func(ctx context.Context) outcome { return do(ctx, p) }
				},
			}.every(t)
		}
	}
	operation{
		name: "drift to", kinds: ofFiles,
		prepare: func(t *testing.T, in *faulttest.Injector) func(context.Context) outcome {
			return func(ctx context.Context) outcome {
				r, err := handoff.Drift(ctx, sound, faulttest.FS(release, in))
				bad := false
				if r != nil {
					for _, f := range r.Files {
						bad = bad || f.State == "unreadable" || strings.HasPrefix(f.Message, "its size is not known")
					}
				}
				return said(r, bad, err)
			}
		},
		flipped: func(t *testing.T, f *faulttest.Flipped) outcome {
			r, err := handoff.Drift(t.Context(), sound, changed(release, f))
			return said(r, false, err)
		},
		excuse: func(in *faulttest.Injector, _, _ string) bool { // of files that the package does not have
			return strings.HasPrefix(in.Hit(), "readdir .: is cut short") || strings.HasPrefix(in.Hit(), "info ./notes.txt: states")
		},
	}.every(t)
	for name, test := range map[string]struct {
		opts  reproduce.Options
		kinds []faulttest.Kind
	}{
		"reproduce from": {reproduce.Options{}, []faulttest.Kind{faulttest.Stall, faulttest.Grow, faulttest.Flip}},
		// Here the project is exported more than once; it must not change meanwhile.
		"reproduce with options from": {reproduce.Options{Options: exporter.Options{Name: "other"}}, []faulttest.Kind{faulttest.Fail, faulttest.Cut}},
	} {
		run := func(ctx context.Context, fsys fs.FS) outcome {
			r, err := handoff.Reproduce(ctx, sound, fsys, test.opts)
			return said(r, false, err)
		}
		operation{
			name: name, kinds: test.kinds,
			prepare: func(t *testing.T, in *faulttest.Injector) func(context.Context) outcome {
				fsys := faulttest.FS(edited, in)
				return func(ctx context.Context) outcome { return run(ctx, fsys) }
			},
			flipped:   func(t *testing.T, f *faulttest.Flipped) outcome { return run(t.Context(), changed(edited, f)) },
			sameSteps: name == "reproduce from", // those of reproduce
		}.every(t)
	}
}

// TestFaultsOfParts has what the smaller packages read fail in every way, at every access.
func TestFaultsOfParts(t *testing.T) {
	files := faultProject()
	files["x/token.txt"] = &fstest.MapFile{Data: []byte("password=hunter2x\n")}
	policy := *faultPolicy()
	sums, err := checksum.Sum(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	list, err := sums.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), "")
	if err != nil {
		t.Fatal(err)
	}
	key, err := signature.ParseKey(pem.EncodeToMemory(block))
	if err != nil {
		t.Fatal(err)
	}
	sig, err := key.Sign(t.Context(), bytes.NewReader(list))
	if err != nil {
		t.Fatal(err)
	}
	signers, err := signature.NewSSH([]byte("alice@example.org "+key.Public()+"\n"), signature.SSHOptions{Time: time.Unix(1_800_000_000, 0)})
	if err != nil {
		t.Fatal(err)
	}
	for name, run := range map[string]func(ctx context.Context, fsys fs.FS) outcome{
		"checksum.Sum": func(ctx context.Context, fsys fs.FS) outcome {
			m, err := checksum.Sum(ctx, fsys)
			return listed(m, err)
		},
		"checksum.Verify": func(ctx context.Context, fsys fs.FS) outcome {
			err := sums.Verify(ctx, fsys)
			return outcome{err: err}
		},
		"redact.Scan": func(ctx context.Context, fsys fs.FS) outcome {
			found, err := policy.Scan(ctx, fsys)
			if err != nil {
				found = nil // it is as far as it got
			}
			return listed(found, err)
		},
	} {
		operation{
			name: name, kinds: ofFiles,
			prepare: func(_ *testing.T, in *faulttest.Injector) func(context.Context) outcome {
				fsys := faulttest.FS(files, in)
				return func(ctx context.Context) outcome { return run(ctx, fsys) }
			},
			flipped: func(t *testing.T, f *faulttest.Flipped) outcome { return run(t.Context(), changed(files, f)) },
			excuse: func(in *faulttest.Injector, _, _ string) bool { // a folder that holds less is a folder
				return strings.HasPrefix(in.Hit(), "readdir")
			},
		}.every(t)
	}
	for name, run := range map[string]func(ctx context.Context, r io.Reader) outcome{
		"checksum.Parse": func(_ context.Context, r io.Reader) outcome {
			m, err := checksum.Parse(r)
			return listed(m, err)
		},
		"checksum.ParseLenient": func(_ context.Context, r io.Reader) outcome {
			m, deviations, err := checksum.ParseLenient(r)
			got := listed(m, err)
			got.bad = len(deviations) > 0
			return got
		},
		"redact.ScanFile": func(ctx context.Context, r io.Reader) outcome {
			found, err := policy.ScanFile(ctx, "sums.txt", r)
			if err != nil {
				found = nil
			}
			return listed(found, err)
		},
		"signature.Check": func(ctx context.Context, r io.Reader) outcome {
			who, err := signers.Check(ctx, r, sig)
			return said(who, false, err)
		},
		"signature.Sign": func(ctx context.Context, r io.Reader) outcome {
			sig, err := key.Sign(ctx, r)
			return listed(sig, err)
		},
	} {
		operation{
			name: name, kinds: ofReaders,
			prepare: func(_ *testing.T, in *faulttest.Injector) func(context.Context) outcome {
				return func(ctx context.Context) outcome {
					return run(ctx, faulttest.Reader(bytes.NewReader(list), 100, in))
				}
			},
			flipped: func(t *testing.T, f *faulttest.Flipped) outcome {
				data := bytes.Clone(list)
				data[f.Offset] ^= 1
				return run(t.Context(), bytes.NewReader(data))
			},
			sameSteps: strings.HasPrefix(name, "checksum"), // it has no context
			excuse: func(in *faulttest.Injector, _, _ string) bool { // a stream that ends early, or late, is a stream
				return in.Kind() == faulttest.Cut || in.Kind() == faulttest.Grow
			},
		}.every(t)
	}
}

// listed makes an outcome of a list.
func listed[T any](list []T, err error) outcome {
	if err != nil && list == nil {
		return outcome{err: err}
	}
	return said(&list, false, err)
}

// TestFaultsOfTargets has a machine fail to say what preflight asks, at every question:
// it is not ready then, and the report says why.
func TestFaultsOfTargets(t *testing.T) {
	files, _ := faultPackages(t)
	p := openFault(t, files)
	operation{
		name: "preflight of a target", kinds: []faulttest.Kind{faulttest.Fail},
		prepare: func(t *testing.T, in *faulttest.Injector) func(context.Context) outcome {
			return func(ctx context.Context) outcome {
				target := handofftest.ReadyMachine().Target("/opt/rig")
				stat, access, listen := target.Stat, target.Access, target.Listen
				target.Stat = func(name string) (fs.FileInfo, error) {
					if err := in.Ask("stat", name); err != nil {
						return nil, err
					}
					return stat(name)
				}
				target.Access = func(name string, mode preflight.AccessMode) error {
					return errors.Join(in.Ask("access", name), access(name, mode))
				}
				target.Listen = func(addr netip.AddrPort) error {
					return errors.Join(in.Ask("listen", addr.String()), listen(addr))
				}
				target.Real = func(dir string) (string, error) { return dir, in.Ask("readlink", dir) }
				target.RuntimeVersion = func(context.Context) (string, error) { return "0.2.6", in.Ask("run", "runtime") }
				r, err := handoff.Preflight(ctx, p, target, preflight.Options{})
				return said(r, r != nil && !r.Ready, err)
			}
		},
		excuse: func(_ *faulttest.Injector, _, got string) bool { // what a provider could make is a warning
			return strings.Contains(got, faulttest.ErrDisk.Error())
		},
	}.every(t)
}

// editedRelease is a release with an edited document, another tree, a file too many and
// one too few.
func editedRelease(files fstest.MapFS) fstest.MapFS {
	release := maps.Clone(files)
	release["notes.txt"] = &fstest.MapFile{Data: []byte("mine")}
	const config, tree = "providers/heater.yaml", "runtime/behaviors/a.xml"
	release[config] = &fstest.MapFile{Data: bytes.ReplaceAll(files[config].Data, []byte("/dev/i2c-3"), []byte("/dev/i2c-5"))}
	release[tree] = &fstest.MapFile{Data: append(bytes.Clone(files[tree].Data), "<!-- mine -->\n"...)}
	delete(release, "runtime/behaviors/sub/b.xml")
	return release
}
