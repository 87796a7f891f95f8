//go:build unix

package validator_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/internal/faulttest"
	"github.com/anolishq/anolis-handoff/validator"
)

// TestFaultsOfReplay has the package fail in every way, at every access, while it is
// extracted for the runtime, and is cancelled at every step: nothing is left of it.
func TestFaultsOfReplay(t *testing.T) {
	files := fstest.MapFS{}
	built := exported(t, "sim-quickstart", exporter.Variants{}).FS()
	err := fs.WalkDir(built, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(built, name)
		files[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	binary, temp := filepath.Join(t.TempDir(), "runtime"), t.TempDir()
	if err := os.WriteFile(binary, []byte("#!/bin/sh\necho 'Config valid: x, 1 provider(s), port 1'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	before := runtime.NumGoroutine()
	in := &faulttest.Injector{}
	replay := func(ctx context.Context) (string, error) {
		defer faulttest.Watch(t, in.Hit)()
		opts := validator.Options{Runtime: validator.Runtime{Binary: binary, TempDir: temp}, NoRehearsal: true}
		opts.Progress = func(check string) {
			if check == "replay" {
				in.Arm()
			}
		}
		report, err := validator.FS(ctx, faulttest.FS(files, in), opts)
		in.Disarm()
		if left, err := os.ReadDir(temp); err != nil || len(left) > 0 || in.Open() > 0 {
			t.Errorf("%s: left behind: %v, %v, %d open files", in.Hit(), left, err, in.Open())
		}
		if report == nil {
			return "", err
		}
		if !report.Valid {
			t.Errorf("%s: %v", in.Hit(), report.Err())
		}
		text, _ := json.Marshal(report)
		return string(text), err
	}
	clean, err := replay(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	faults, stride := 0, 1
	if testing.Short() {
		stride = 7
	}
	for _, kind := range []faulttest.Kind{
		faulttest.Fail, faulttest.Stall, faulttest.Cut, faulttest.Grow, faulttest.Larger, faulttest.Less, faulttest.Flip, faulttest.Count, faulttest.Cancel,
	} {
		for n := 0; ; n += stride {
			ctx, cancel := context.WithCancel(t.Context())
			in.Set(kind, n, cancel)
			got, err := replay(ctx)
			cancel()
			if in.Hit() == "" {
				break
			}
			faults++
			switch {
			case got == clean && err == nil: // what is verified all the same, or comes too late
			case got != "", err == nil,
				kind == faulttest.Fail && !errors.Is(err, faulttest.ErrDisk),
				kind == faulttest.Cancel != errors.Is(err, context.Canceled):
				t.Errorf("%s: %s, %v", in.Hit(), got, err)
			}
		}
	}
	in.Set("", 0, nil)
	if got, err := replay(t.Context()); got != clean || err != nil {
		t.Errorf("when all is well again: %s, %v", got, err)
	}
	faulttest.Settled(t, before, runtime.NumGoroutine)
	t.Logf("replay: %d faults", faults)
	if faults < 150/stride/2 {
		t.Errorf("%d faults are too few", faults)
	}
}
