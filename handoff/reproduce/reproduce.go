// Package reproduce reports whether a project still gives a package, byte for byte,
// and if not, why.
//
// Project exports a project again, with the options that the package was exported
// with, and returns a Report. Its causes name the option, file or value that makes
// the difference, and what to do about it. ExportOptions returns the options of a
// package, for exporting a project in the same way.
package reproduce

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"slices"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff/diff"
	"github.com/anolishq/anolis-handoff/internal/content"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
	"github.com/anolishq/anolis-handoff/internal/zipfile"
	"github.com/anolishq/anolis-handoff/validator"
)

// Version is the version of the form of a Report. It changes
// when a field changes its meaning or goes away, not when one is added.
const Version = 1

// Options configures Project. The zero value exports as the package was exported.
type Options struct {
	// Options is how to export. What the package tells stands in for an empty Name,
	// zero Variants and nil Pins: its source project, its runtime profiles as far
	// as the project has them, and its pinned versions.
	exporter.Options

	// ManualOnly exports the manual runtime profile alone, even if the package has
	// more; zero Variants do not say so.
	ManualOnly bool
}

// Report says whether a project still gives a package, and why not.
type Report struct {
	Version int `json:"version"` // Version
	// ToolVersion is the version of the program that made it, as its caller says; the
	// library leaves it empty.
	ToolVersion string `json:"toolVersion,omitempty"`
	// Package is the name in the package's report, and Project the name the caller gave
	// the project; the library leaves it empty.
	Package string `json:"package"`
	Project string `json:"project"`
	// Identical says that the export is the package, byte for byte.
	Identical bool `json:"identical"`
	// ContentOnly says that the package has no bytes to compare, because it is a
	// folder or was made in memory. Identical is then about its files.
	ContentOnly bool `json:"contentOnly"`
	// SHA256 is the digest of the export in lower-case hexadecimal, and
	// PackageSHA256 that of the package, empty with ContentOnly.
	SHA256        string `json:"sha256"`
	PackageSHA256 string `json:"packageSHA256,omitempty"`
	// Exported is how the project was exported.
	Exported Exported `json:"exported"`
	// Causes is why the package differs, the most telling first: by layer, in the
	// order of the constants, what the machine reads before what is about the
	// package, then by file and place. At most 100 are listed.
	Causes []Cause `json:"causes"`
	// More is the number of causes that are not listed.
	More int `json:"more"`
}

// Exported is how a project was exported. What looks like a secret is ***.
type Exported struct {
	Name string `json:"name"`
	// Variants is "manual", "all" or a list such as "telemetry,full".
	Variants string            `json:"variants"`
	Pins     map[string]string `json:"pins"`
	// Told lists what the package told: name, variants, pins, includes.
	Told []string `json:"told"`
}

// Layer is where the cause of a difference lies.
type Layer string

const (
	LayerOptions    Layer = "options"    // the export was asked for something else
	LayerFiles      Layer = "files"      // one of them has a file that the other has not
	LayerValue      Layer = "value"      // a document says something else
	LayerFormatting Layer = "formatting" // a document says the same in another way
	LayerContent    Layer = "content"    // another file has other bytes
	LayerArchive    Layer = "archive"    // the same files were packed in another way
)

// Cause is one reason why a package is not the export of a project. Nothing in it
// shows a secret.
type Cause struct {
	Layer Layer `json:"layer"`
	// File is the slash path in the package, empty for the package as a whole.
	File string `json:"file,omitempty"`
	// Path is the key path of a value, or the name of an option: name, variants or
	// pins.
	Path string `json:"path,omitempty"`
	// Line counts from 1, in the package or, for what the package does not have, in
	// the export; 0 is unknown.
	Line int `json:"line,omitempty"`
	// Package and Project are a value in the package and in the export of the
	// project; nil is none.
	Package *diff.Value `json:"inPackage,omitempty"`
	Project *diff.Value `json:"inProject,omitempty"`
	// Message says what differs, and Hint what to do about it.
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// Project exports a project again and compares the export with a package.
//
// The options of the package stand in for those that are not set. If options that
// are set make the difference, that is the first cause, and the other causes are
// those that are left with the options of the package.
//
// The error holds a validator.ProblemList if the project cannot be exported in this way,
// that of ctx, or that of reading the package. Whether the package or the export
// is valid does not matter here. What is hidden as a secret goes by the policy
// with which p was opened. The project must not change meanwhile.
func Project(ctx context.Context, p *validator.Package, project fs.FS, opts Options) (*Report, error) {
	if err := check(p, project); err != nil {
		return nil, err
	}
	c, err := content.Load(ctx, p.FS(), secretscan.Of(p.Policy()), p.Limits().Document, p.Limits().Values, p.RuntimeVersion())
	if err != nil {
		return nil, err
	}
	told := toldBy(ctx, c, p.FS(), project, p.Limits().Document)
	opts.Policy = cmp.Or(opts.Policy, p.Policy()) // what the package may hold, the export may
	given, names := told.complete(opts)
	if given.Name == "" {
		return nil, validator.ProblemList{{Severity: validator.Error, Code: validator.CodeOption, Message: "the package does not tell the name of its project; it must be given"}}
	}
	made, err := exported(ctx, project, given)
	if err = cmp.Or(err, told.err); err != nil { // for the export it may have been there again
		return nil, err
	}
	packed, _ := zipfile.SetOf(p.FS()) // always there: the validator hands out nothing else
	r := &Report{
		Version: Version, Package: p.Report().Package, ContentOnly: p.Report().SHA256 == "",
		PackageSHA256: p.Report().SHA256, Exported: exportedAs(c, given, names), Causes: []Cause{},
	}
	if r.SHA256, err = digestOf(ctx, made); err != nil {
		return nil, err
	}
	if sameFiles(packed, made) {
		r.Identical = p.Report().Canonical || r.ContentOnly
	}
	if r.Identical {
		return r, nil
	}
	x := &explainer{ctx: ctx, p: p, c: c, r: r, packed: packed}
	best, err := x.options(project, given, told, made)
	if err != nil {
		return nil, err
	}
	if err := x.explain(best); err != nil {
		return nil, err
	}
	x.clean()
	r.Exported = exportedAs(c, given, names) // now that the secrets of the project are known
	return r, nil
}

// check returns an error unless there is a package and a project.
func check(p *validator.Package, project fs.FS) error {
	switch {
	case p.Report() == nil:
		return validator.ErrNoPackage
	case project == nil:
		return errors.New("there is no file system to read a project from")
	}
	return nil
}

// exported is what an export of the project holds.
func exported(ctx context.Context, project fs.FS, opts exporter.Options) (*zipfile.Set, error) {
	pkg, err := exporter.Build(ctx, project, opts)
	if err != nil {
		return nil, err
	}
	set, _ := zipfile.SetOf(pkg.FS()) // always there: it is what the exporter builds
	return set, nil
}

// digestOf returns the SHA-256 of the archive of a set.
func digestOf(ctx context.Context, set *zipfile.Set) (string, error) {
	h := sha256.New()
	if _, err := set.Write(ctx, h, nil); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func sameFiles(a, b *zipfile.Set) bool {
	same := func(x, y zipfile.File) bool { return x.Name == y.Name && x.Size == y.Size && x.SHA256 == y.SHA256 }
	return slices.EqualFunc(slices.Collect(a.Files()), slices.Collect(b.Files()), same)
}
