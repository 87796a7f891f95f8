package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/validator"
)

// task is one thing that is measured.
type task struct {
	Kind           string
	Project        string // a directory
	Package, Other string // archives
}

func (t task) kinds(kinds ...string) (tasks []task) {
	for _, kind := range kinds {
		t.Kind = kind
		tasks = append(tasks, t)
	}
	return tasks
}

// work returns what is measured. Nothing is left over from one call to the next.
func (t task) work(ctx context.Context) (func() error, error) {
	export := handoff.ExportOptions{
		Options:    exporter.Options{Name: "one", Variants: exporter.AllVariants()},
		Validation: validator.Options{Limits: t.limits()},
	}
	open := handoff.OpenOptions{Options: validator.Options{Limits: t.limits()}, AllowInvalid: true}
	switch t.Kind {
	case "export":
		return func() error {
			p, err := exporter.Build(ctx, os.DirFS(t.Project), export.Options)
			if err != nil {
				return err
			}
			_, err = p.WriteTo(io.Discard)
			return err
		}, nil
	case "check":
		return func() error {
			report, err := handoff.CheckPath(ctx, t.Project, export)
			return errors.Join(err, report.Err())
		}, nil
	case "validate":
		return func() error {
			report, err := handoff.ValidatePath(ctx, t.Package, open.Options)
			return errors.Join(err, report.Err())
		}, nil
	case "open":
		return func() error {
			p, err := handoff.OpenPath(ctx, t.Package, open)
			return errors.Join(err, p.Close())
		}, nil
	case "diff":
		one, err := handoff.OpenPath(ctx, t.Package, open)
		if err != nil {
			return nil, err
		}
		two, err := handoff.OpenPath(ctx, t.Other, open)
		if err != nil {
			return nil, err
		}
		return func() error {
			_, err := handoff.Diff(ctx, one, two)
			return err
		}, nil
	}
	return nil, fmt.Errorf("there is no task %q", t.Kind)
}

// measure takes the best time of some rounds. In each, everything else is measured,
// too, so that what slows the machine down slows down all.
func (t task) measure(ctx context.Context) (result, error) {
	var r result
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work, err := t.work(ctx)
	if err != nil {
		return r, err
	}
	if err := work(); err != nil { // schemas are compiled now
		return r, err
	}
	runtime.ReadMemStats(&after)
	r.Memory = after.Sys - before.Sys
	baselines, err := t.baselines()
	if err != nil {
		return r, err
	}
	const rounds, enough = 100, 4 * time.Second
	begun := time.Now()
	for i := range rounds {
		if i > 0 && time.Since(begun) > enough {
			break
		}
		if err := best(&r.Time, work); err != nil {
			return r, err
		}
		for _, b := range []struct {
			to   *time.Duration
			work func() error
		}{{&r.Hash, baselines.hash}, {&r.Parse, baselines.parse}, {&r.Copy, baselines.copy}} {
			if err := best(b.to, b.work); err != nil {
				return r, err
			}
		}
	}
	return r, nil
}

func best(to *time.Duration, work func() error) error {
	runtime.GC()
	begun := time.Now()
	err := work()
	if took := time.Since(begun); *to == 0 || took < *to {
		*to = took
	}
	return err
}

type baselines struct{ hash, parse, copy func() error }

// baselines are what others need for the bytes of the package, or for the documents
// that the task reads.
func (t task) baselines() (b baselines, err error) {
	read := func(to io.Writer) error {
		f, err := os.Open(t.Package)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.CopyBuffer(to, struct{ io.Reader }{f}, make([]byte, 1<<20))
		return err
	}
	b.hash = func() error { return read(sha256.New()) }
	b.copy = func() error { return read(struct{ io.Writer }{io.Discard}) }
	files := os.DirFS(t.Project)
	var documents [][]byte
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch path.Ext(filepath.ToSlash(name)) {
		case ".yaml", ".json":
			data, err := fs.ReadFile(files, name)
			documents = append(documents, data)
			return err
		}
		return nil
	})
	b.parse = func() error {
		for _, data := range documents {
			var root yaml.Node
			if err := yaml.Unmarshal(data, &root); err != nil {
				return err
			}
			if t.Kind == "export" { // which also writes them
				if _, err := yaml.Marshal(&root); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return b, err
}
