package release

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/internal/faulttest"
	"github.com/anolishq/anolis-handoff/validator"
)

// TestFaultsOfSources unpacks a package whose files fail in every way, at every access.
// What is read is not verified here other than by reading the release back.
func TestFaultsOfSources(t *testing.T) {
	a, b := smallTree(t, "a"), treeOf(t, fstest.MapFS{
		"machine-profile.yaml": {Data: []byte("b")}, "meta/x.json": {Data: []byte("{}")}, "runtime/rt.yaml": {}, "runtime/big.xml": {Data: make([]byte, 100<<10)},
	})
	dir := filepath.Join(t.TempDir(), "rig")
	mustUnpack(t, dir, a)
	plain := filepath.Join(t.TempDir(), "plain")
	in := &faulttest.Injector{}
	faulty := b
	faulty.files = faulttest.FS(b.files, in)
	goroutines := runtime.NumGoroutine()
	for name, try := range map[string]func(ctx context.Context) (done bool, err error){
		"unpack": func(ctx context.Context) (bool, error) {
			result, err := unpack(ctx, quick, dir, faulty, false)
			return result != nil, err
		},
		"plain": func(ctx context.Context) (bool, error) { return unpackPlain(ctx, quick, plain, faulty) },
	} {
		faults := in.Each(t, ofPackages, 1, func(ctx context.Context) bool {
			in.Arm()
			done, err := try(ctx)
			in.Disarm()
			switch {
			case in.Hit() == "" && (!done || err != nil):
				t.Errorf("%s, without a fault: %v, %v", name, done, err)
			case in.Hit() == "" || done && err == nil: // it came too late
			case done, err == nil,
				in.Kind() == faulttest.Fail && !errors.Is(err, faulttest.ErrDisk),
				in.Kind() == faulttest.Cancel && !errors.Is(err, context.Canceled):
				t.Errorf("%s, %s: done is %v, %v", name, in.Hit(), done, err)
			}
			if !done {
				if got := wantSound(t, dir, a, b); got != a.digest {
					t.Errorf("%s, %s: current is %s", name, in.Hit(), got)
				}
				wantNothingLeft(t, dir)
				wantNames(t, filepath.Dir(plain))
				return true
			}
			wantSound(t, dir, a, b)
			if name == "plain" {
				if err := verifyAt(t, plain, b); err != nil {
					t.Error(err)
				}
			}
			if err := errors.Join(os.RemoveAll(dir), os.RemoveAll(plain)); err != nil {
				t.Fatal(err)
			}
			mustUnpack(t, dir, a)
			return false // all that follow come later
		})
		faulttest.Log(t, name, faults, 0, 55)
	}
	faulttest.Settled(t, goroutines, runtime.NumGoroutine)
}

// Nobody asks the files of a package for their size; those of a release are asked.
var (
	ofPackages = []faulttest.Kind{faulttest.Fail, faulttest.Stall, faulttest.Cut, faulttest.Grow, faulttest.Flip, faulttest.Count, faulttest.Cancel}
	ofReleases = append(ofPackages[:len(ofPackages):len(ofPackages)], faulttest.Larger, faulttest.Less)
)

// TestFaultsOfReads has the files of a release fail in every way, at every access, while
// they are read back or compared with a package, and cancels at every step. What is done
// is done as without a fault; otherwise nothing is changed, and the next try goes well.
func TestFaultsOfReads(t *testing.T) {
	a, b, c := smallTree(t, "a"), smallTree(t, "b"), smallTree(t, "c")
	sound := func(trees ...source) func(dir string) string {
		return func(dir string) string {
			for _, tree := range trees {
				mustUnpack(t, dir, tree)
			}
			return ""
		}
	}
	put := func(tree source) func(context.Context, disk, string) (*Result, error) {
		return func(ctx context.Context, d disk, dir string) (*Result, error) {
			return unpack(ctx, d, dir, tree, false)
		}
	}
	back := func(opts RollbackOptions) func(context.Context, disk, string) (*Result, error) {
		return func(ctx context.Context, d disk, dir string) (*Result, error) {
			return rollback(ctx, d, dir, opts, changedOf(a, dir))
		}
	}
	repairs := repairs(t, a, b, c)
	for name, test := range map[string]struct {
		prepare func(dir string) (edited string)
		run     func(ctx context.Context, d disk, dir string) (*Result, error)
		least   int // faults
	}{
		"unpack":             {sound(a, b), put(c), 60},
		"unpack again":       {sound(b, a), put(a), 60},
		"repair":             {repairs["current"], put(a), 120},
		"repair of previous": {repairs["previous"], put(a), 120},
		"rollback":           {sound(a, b), back(RollbackOptions{}), 60},
		"forced rollback":    {repairs["previous"], back(forced(new([]string))), 60},
	} {
		if runtime.GOOS != "linux" && name == "repair" {
			continue // refused
		}
		in := &faulttest.Injector{}
		d := quick
		d.reads = func(files fs.FS) fs.FS { return faulttest.FS(files, in) }
		dir := filepath.Join(t.TempDir(), "rig")
		clean := ""
		// once tries it, and reports whether that was as without a fault.
		once := func(ctx context.Context, what func() string) {
			edited := test.prepare(dir)
			defer os.RemoveAll(dir)
			before := picture(t, dir)
			in.Arm()
			r, err := test.run(ctx, d, dir)
			in.Disarm()
			after := picture(t, dir)
			wantNothingLeft(t, dir)
			if edited != "" {
				wantEdit(t, dir, a, edited, false)
			} else {
				wantSound(t, dir, a, b, c)
			}
			if clean == "" {
				clean = after
			}
			lied := slices.Contains([]faulttest.Kind{faulttest.Cut, faulttest.Flip}, in.Kind()) && in.Hit() != ""
			switch {
			case r != nil && err == nil && after == clean:
				return
			case r != nil && err == nil && lied: // what it read was another release
				return
			case r != nil, err == nil,
				in.Hit() == "" && !errors.Is(err, context.Canceled),
				in.Hit() != "" && in.Kind() == faulttest.Fail && !errors.Is(err, faulttest.ErrDisk),
				in.Hit() != "" && in.Kind() == faulttest.Cancel && !errors.Is(err, context.Canceled),
				!lied && errors.As(err, new(*ChangedError)):
				t.Errorf("%s, %s: %+v, %v", name, what(), r, err)
			case errors.Is(err, context.Canceled) && wantCurrent(t, dir, edited, a, b) == b.digest:
				// Right before current changes, the new release is there, complete.
			case after != before:
				t.Errorf("%s, %s: it is not as before, but %v:\n%s", name, what(), err, cmp.Diff(before, after))
			}
			if r, err := test.run(t.Context(), quick, dir); r == nil || err != nil || picture(t, dir) != clean {
				t.Errorf("%s, after %s: %+v, %v", name, what(), r, err)
			}
		}
		once(t.Context(), in.Hit)
		faults := in.Each(t, ofReleases, 1, func(ctx context.Context) bool { once(ctx, in.Hit); return true })
		steps := faulttest.EachStep(t, 1, func(ctx *faulttest.Steps) { once(ctx, func() string { return fmt.Sprint("step ", ctx.At) }) })
		faulttest.Log(t, name, faults, steps, test.least)
	}
}

// TestFaultsOfDisks has a disk keep another byte than was written, at every step until
// the release is read back.
func TestFaultsOfDisks(t *testing.T) {
	a, b := smallTree(t, "a"), tree(t, "b")
	faults := 0
	each(t, 18, func(t *testing.T, d disk, at func(func(op, name string) error)) {
		dir := t.TempDir()
		mustUnpack(t, dir, a)
		spoiled := ""
		at(func(op, name string) error {
			if op != "rename" && op != "symlink" && name != "." && name != releasesDir {
				spoiled = spoil(t, filepath.Join(dir, releasesDir, stagingPrefix+"0"))
			}
			return nil
		})
		result, err := unpack(t.Context(), d, dir, b, false)
		if spoiled == "" {
			if err != nil {
				t.Error(err)
			}
			return
		}
		faults++
		if result != nil || !errors.Is(err, errReadBack) || wantSound(t, dir, a, b) != a.digest {
			t.Errorf("%s is not what was written: %v, %v", spoiled, result, err)
		}
		wantNothingLeft(t, dir)
		if _, err := unpack(t.Context(), quick, dir, b, false); err != nil {
			t.Error(err)
		}
		if got := wantSound(t, dir, a, b); got != b.digest {
			t.Errorf("current is %s", got)
		}
	})
	t.Logf("unpack: %d disks that lie", faults)
	if faults < 8 {
		t.Errorf("%d faults are too few", faults)
	}
}

// spoil changes a byte of a file that is complete, if there is one.
func spoil(t *testing.T, dir string) (name string) {
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && e.IsDir() {
			return nil
		}
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil || len(data) == 0 {
			return err
		}
		data[len(data)/2] ^= 1
		name = filepath.ToSlash(path)
		if err := os.WriteFile(path, data, fileMode); err != nil {
			return err
		}
		return fs.SkipAll
	})
	if err != nil {
		t.Error(err)
	}
	return name
}

// TestStepsOfUnpack ends every step of an unpack, with and without pruning, by
// cancelling it.
func TestStepsOfUnpack(t *testing.T) {
	a, b, c := smallTree(t, "a"), smallTree(t, "b"), smallTree(t, "c")
	for name, prune := range map[string]bool{"unpack": false, "unpack and prune": true} {
		steps := 0
		for ; ; steps++ {
			dir := t.TempDir()
			mustUnpack(t, dir, a)
			mustUnpack(t, dir, b)
			before := picture(t, dir)
			ctx := faulttest.NewSteps(t.Context(), steps)
			result, err := unpack(ctx, quick, dir, c, prune)
			current := wantSound(t, dir, a, b, c)
			wantNothingLeft(t, dir)
			if !ctx.Ended() || err == nil {
				if err != nil || result.Digest != c.digest || current != c.digest {
					t.Errorf("%s: %v, %v", name, result, err)
				}
				break
			}
			// Right before current changes, the new release is there, complete.
			if err := os.RemoveAll(filepath.Join(dir, releasesDir, c.digest)); err != nil {
				t.Fatal(err)
			}
			if result != nil || !errors.Is(err, context.Canceled) || picture(t, dir) != before {
				t.Errorf("%s, cancelled at step %d: %v, %v", name, steps, result, err)
			}
		}
		t.Logf("%s: cancelled at %d steps", name, steps)
		if steps < 10 {
			t.Errorf("%s: %d steps are too few", name, steps)
		}
	}
}

// TestFaultsOfReleases has the files of a package fail in every way, at every access,
// while it is told whether it can be gone back to, and what it is.
func TestFaultsOfReleases(t *testing.T) {
	pkg, err := exporter.Build(t.Context(), os.DirFS("../../examples/projects/sim-quickstart"), exporter.Options{Name: "sim"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := validator.OpenFS(t.Context(), pkg.FS(), validator.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	digest, err := p.Digest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, f := range p.Report().Files {
		data, err := fs.ReadFile(p.FS(), f.Path)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Path] = &fstest.MapFile{Data: data}
	}
	in := &faulttest.Injector{}
	faulty := faulttest.FS(files, in)
	check := func(ctx context.Context) error {
		in.Arm()
		defer in.Disarm()
		return isPackage(ctx, faulty, digest, "releases/x", validator.Limits{})
	}
	faults := in.Each(t, ofReleases, 1, func(ctx context.Context) bool {
		switch err := check(ctx); {
		case in.Hit() == "" && err != nil:
			t.Errorf("without a fault: %v", err)
		case in.Hit() == "":
		case in.Kind() == faulttest.Cancel && err == nil: // too late
		case in.Kind() == faulttest.Cancel && errors.Is(err, context.Canceled):
		case in.Kind() == faulttest.Cancel,
			in.Kind() == faulttest.Fail && err != nil && !errors.Is(err, faulttest.ErrDisk) && !strings.Contains(err.Error(), faulttest.ErrDisk.Error()),
			// What a folder says of sizes is only a bound, and what is cut at its end or
			// asked for its size once more is verified all the same.
			err == nil && (in.Kind() == faulttest.Stall || in.Kind() == faulttest.Grow || in.Kind() == faulttest.Flip && in.Flip() != nil || in.Kind() == faulttest.Count):
			t.Errorf("%s: %v", in.Hit(), err)
		}
		return true
	})
	steps := faulttest.EachStep(t, 1, func(ctx *faulttest.Steps) {
		if err := check(ctx); ctx.Ended() && err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled at step %d: %v", ctx.At, err)
		}
	})
	faulttest.Log(t, "rollback", faults, steps, 250)

	// The same release, as a status reads it.
	wantClean, _, err := readRelease(t.Context(), faulty, digest, validator.Limits{})
	if err != nil || wantClean.Edited || wantClean.Unreadable {
		t.Fatalf("%+v, %v", wantClean, err)
	}
	status := func(ctx context.Context, what string) {
		in.Arm()
		got, p, err := readRelease(ctx, faulty, digest, validator.Limits{})
		in.Disarm()
		if in.Hit() != "" {
			what = in.Hit()
		}
		lied := in.Kind() == faulttest.Cut || in.Kind() == faulttest.Flip
		switch {
		case err != nil && errors.Is(err, context.Canceled) && ctx.Err() != nil && p == nil:
		case err == nil && p != nil && cmp.Equal(got, wantClean):
		case err != nil,
			!got.Unreadable && !(lied && got.Edited),
			got.Unreadable && (p != nil || got.Edited || got.Problem == ""),
			in.Kind() == faulttest.Fail && !strings.Contains(got.Problem, faulttest.ErrDisk.Error()):
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
	faults = in.Each(t, ofReleases, 1, func(ctx context.Context) bool { status(ctx, "without a fault"); return true })
	steps = faulttest.EachStep(t, 1, func(ctx *faulttest.Steps) { status(ctx, "a step") })
	faulttest.Log(t, "status", faults, steps, 250)
}
