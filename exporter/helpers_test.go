package exporter_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/validator"
)

// build exports a project that must be sound.
func build(t testing.TB, fsys fs.FS, opts exporter.Options) *exporter.Package {
	t.Helper()
	if opts.Name == "" {
		opts.Name = "rig-1"
	}
	pkg, err := exporter.Build(context.Background(), fsys, opts)
	if err != nil {
		t.Fatal(err)
	}
	return pkg
}

// archiveOf is the whole archive of a package.
func archiveOf(t testing.TB, pkg *exporter.Package) []byte {
	t.Helper()
	var buf bytes.Buffer
	n, err := pkg.WriteTo(&buf)
	if err != nil {
		t.Fatal(err)
	}
	if n != pkg.Size() || n != int64(buf.Len()) {
		t.Fatalf("WriteTo says %d bytes, Size %d, and %d were written", n, pkg.Size(), buf.Len())
	}
	return buf.Bytes()
}

// entriesOf is what the package of a sound project holds.
func entriesOf(t *testing.T, fsys fs.FS, opts exporter.Options) map[string]string {
	t.Helper()
	return unzip(t, archiveOf(t, build(t, fsys, opts)))
}

// problemsOf is what is wrong with a project that cannot be exported.
func problemsOf(t testing.TB, fsys fs.FS, opts exporter.Options) validator.ProblemList {
	t.Helper()
	problems, _ := refusalOf(t, fsys, opts)
	return problems
}

// refusalOf also has the error itself, which knows the causes.
func refusalOf(t testing.TB, fsys fs.FS, opts exporter.Options) (validator.ProblemList, error) {
	t.Helper()
	if opts.Name == "" {
		opts.Name = "rig-1"
	}
	pkg, err := exporter.Build(context.Background(), fsys, opts)
	var problems validator.ProblemList
	if !errors.As(err, &problems) || pkg != nil {
		t.Fatalf("package %v, error %v, want a ProblemList", pkg, err)
	}
	return problems, err
}

// with is a project with some files replaced or added.
func with(base fstest.MapFS, files ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, f := range base {
		fsys[name] = f
	}
	for i := 0; i < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1]), Mode: 0o644}
	}
	return fsys
}
