package release

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

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
	goroutines, faults := runtime.NumGoroutine(), 0
	for _, kind := range []faulttest.Kind{
		faulttest.Fail, faulttest.Stall, faulttest.Cut, faulttest.Grow, faulttest.Flip, faulttest.Count, faulttest.Cancel,
	} {
		for name, try := range map[string]func(ctx context.Context) (done bool, err error){
			"unpack": func(ctx context.Context) (bool, error) {
				result, err := unpack(ctx, quick, dir, faulty, false)
				return result != nil, err
			},
			"plain": func(ctx context.Context) (bool, error) { return unpackPlain(ctx, quick, plain, faulty) },
		} {
			for n := 0; ; n++ {
				ctx, cancel := context.WithCancel(t.Context())
				in.Set(kind, n, cancel)
				in.Arm()
				stop := faulttest.Watch(t, in.Hit)
				done, err := try(ctx)
				stop()
				cancel()
				in.Disarm()
				if in.Hit() == "" {
					break
				}
				faults++
				switch {
				case done && err == nil: // it came too late
				case done, err == nil,
					kind == faulttest.Fail && !errors.Is(err, faulttest.ErrDisk),
					kind == faulttest.Cancel && !errors.Is(err, context.Canceled):
					t.Errorf("%s, %s: done is %v, %v", name, in.Hit(), done, err)
				}
				if in.Open() != 0 {
					t.Fatalf("%s, %s: %d files are left open", name, in.Hit(), in.Open())
				}
				if done {
					break // all that follow come later
				}
				if got := wantSound(t, dir, a, b); got != a.digest {
					t.Errorf("%s, %s: current is %s", name, in.Hit(), got)
				}
				wantNothingLeft(t, dir)
				wantNames(t, filepath.Dir(plain))
			}
			in.Set("", 0, nil)
			if done, err := try(t.Context()); err != nil && !errors.As(err, new(*ForeignError)) {
				t.Errorf("%s, without a fault: %v, %v", name, done, err)
			}
			wantSound(t, dir, a, b)
			if name == "plain" {
				if err := verifyAt(t, plain, b); err != nil {
					t.Error(err)
				}
			}
			for _, path := range []string{dir, plain} {
				if err := os.RemoveAll(path); err != nil {
					t.Fatal(err)
				}
			}
			mustUnpack(t, dir, a)
		}
	}
	faulttest.Settled(t, goroutines, runtime.NumGoroutine)
	t.Logf("unpack: %d faults of the package", faults)
	if faults < 100 {
		t.Errorf("%d faults are too few", faults)
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

// TestFaultsOfRollback has the files of a release fail in every way, at every access,
// while it is told whether they are the package that can be gone back to.
func TestFaultsOfRollback(t *testing.T) {
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
		defer faulttest.Watch(t, in.Hit)()
		in.Arm()
		defer in.Disarm()
		return isPackage(ctx, faulty, digest, "releases/x", validator.Limits{})
	}
	faults := 0
	for _, kind := range []faulttest.Kind{
		faulttest.Fail, faulttest.Stall, faulttest.Cut, faulttest.Grow, faulttest.Larger, faulttest.Less, faulttest.Flip, faulttest.Count, faulttest.Cancel,
	} {
		for n := 0; ; n++ {
			ctx, cancel := context.WithCancel(t.Context())
			in.Set(kind, n, cancel)
			err := check(ctx)
			cancel()
			if in.Hit() == "" {
				if err != nil {
					t.Errorf("without a fault: %v", err)
				}
				break
			}
			faults++
			switch {
			case kind == faulttest.Cancel && err == nil: // too late
			case kind == faulttest.Cancel && errors.Is(err, context.Canceled):
			case kind == faulttest.Cancel,
				kind == faulttest.Fail && err != nil && !errors.Is(err, faulttest.ErrDisk) && !strings.Contains(err.Error(), faulttest.ErrDisk.Error()),
				// What a folder says of sizes is only a bound, and what is cut at its end or
				// asked for its size once more is verified all the same.
				err == nil && (kind == faulttest.Stall || kind == faulttest.Grow || kind == faulttest.Flip && in.Flip() != nil || kind == faulttest.Count):
				t.Errorf("%s: %v", in.Hit(), err)
			}
			if in.Open() != 0 {
				t.Fatalf("%s: %d files are left open", in.Hit(), in.Open())
			}
		}
	}
	steps := 0
	in.Set("", 0, nil)
	for ; ; steps++ {
		ctx := faulttest.NewSteps(t.Context(), steps)
		if err := check(ctx); !ctx.Ended() {
			break
		} else if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled at step %d: %v", steps, err)
		}
	}
	t.Logf("rollback: %d faults of a release, cancelled at %d steps", faults, steps)
	if faults < 200 || steps < 50 {
		t.Errorf("%d faults and %d steps are too few", faults, steps)
	}
}
