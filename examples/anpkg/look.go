package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/reproduce"
	"github.com/anolishq/anolis-handoff/handoff/sheet"
)

func inspectCommand() command {
	return command{
		name:     "inspect",
		operands: []operand{{name: "PACKAGE", stdin: true}},
		summary:  "show what a package holds",
		about: `
The machine, what to pay attention to before it is deployed, what each runtime
profile exposes and starts, devices, behaviors, versions, and which secrets the
machine must be given. A secret is never shown. A package that is not valid is
refused with its report, unless that is allowed.`,
		exits:   "0 shown, 2 wrong use, unreadable or not valid",
		example: "anpkg inspect rig-1.anpkg\nanpkg inspect --format json rig-1.anpkg",
		verb:    func() verb { return &inspectVerb{} },
	}
}

type inspectVerb struct {
	format string
	opts   handoff.OpenOptions
}

func (v *inspectVerb) flags(set *flag.FlagSet) {
	policyVar(set, &v.opts.Policy)
	runtimeVersionVar(set, &v.opts.RuntimeVersion)
	formatVar(set, &v.format, "json is one object", "text", "json")
	set.BoolVar(&v.opts.AllowInvalid, "allow-invalid", false, "show a package that is not valid, as far as it can be read")
}

func (v *inspectVerb) run(ctx context.Context, args []string, std streams) int {
	progress := startProgress(&std, "inspect", "reading the package")
	defer progress.stop()
	p, done, err := openPackage(ctx, std, args[0], v.opts)
	if err != nil {
		tellError(std, "inspect", nameOf(args[0]), err)
		return exitTrouble
	}
	defer done()
	summary, err := handoff.Inspect(ctx, p)
	if err != nil {
		tellError(std, "inspect", nameOf(args[0]), err)
		return exitTrouble
	}
	if err := writeReport(std, v.format, &summary.ToolVersion, summary); err != nil {
		tellOutput(std, "inspect", err)
		return exitTrouble
	}
	return exitOK
}

func diffCommand() command {
	return command{
		name:     "diff",
		operands: []operand{{name: "OLD", stdin: true}, {name: "NEW", stdin: true}},
		summary:  "show what changed for the machine",
		about: `
OLD and NEW are packages or project folders. A project is exported in memory:
compared with a package as that was exported (its name, runtime profiles and
pins), and with another project with all runtime profiles, unless flags say
otherwise. Changes are ranked by what they can do to the machine, and what one
edit does in several files is one change. A secret is never shown.`,
		exits: "0 no difference, 1 different, 2 wrong use, unreadable or not valid",
		example: `anpkg diff rig-1.anpkg rig-2.anpkg
anpkg diff --format markdown rig-1.anpkg rig-1 > change.md`,
		verb: func() verb { return &diffVerb{pins: pins{}} },
	}
}

type diffVerb struct {
	format   string
	dataRoot string
	variants *exporter.Variants // nil if not given
	pins     pins
	name     string
	opts     handoff.OpenOptions
}

func (v *diffVerb) flags(set *flag.FlagSet) {
	policyVar(set, &v.opts.Policy)
	formatVar(set, &v.format, "json is one object, markdown is for a change request", "text", "json", "markdown")
	runtimeVersionVar(set, &v.opts.RuntimeVersion)
	set.Func("variants", "`manual|all|LIST` runtime profiles to export of a project", func(text string) error {
		variants, err := parseVariants(text)
		v.variants = &variants
		return err
	})
	set.Var(v.pins, "pin", "`COMPONENT=VERSION` released version of \"runtime\" or of a provider kind, for system.json "+
		"projects; may be repeated")
	set.StringVar(&v.name, "name", "", "`NAME` name of a project, if not that of the package or of its directory")
	set.StringVar(&v.dataRoot, "data-root", "", "`DIR` folder with behaviors that projects share")
	set.BoolVar(&v.opts.AllowInvalid, "allow-invalid", false, "compare packages that are not valid, too, as far as they can be read")
}

func (v *diffVerb) run(ctx context.Context, args []string, std streams) int {
	progress := startProgress(&std, "diff", "reading")
	defer progress.stop()
	var sides [2]*handoff.Package
	var like *handoff.Package // the package that a project is compared with
	for _, projects := range []bool{false, true} {
		for i, arg := range args {
			if isProject(arg) != projects {
				continue
			}
			progress.set("reading " + nameOf(arg))
			p, done, err := v.open(ctx, std, arg, like)
			if err != nil {
				tellProject(std, "diff", nameOf(arg), err)
				return exitTrouble
			}
			defer done()
			sides[i] = p
			if !projects {
				like = p
			}
		}
	}
	progress.set("comparing")
	c, err := handoff.Diff(ctx, sides[0], sides[1])
	if err != nil {
		tellError(std, "diff", "", err)
		return exitTrouble
	}
	if v.format == "markdown" {
		err = c.WriteMarkdown(std.out)
	} else {
		err = writeReport(std, v.format, &c.ToolVersion, c)
	}
	switch {
	case err != nil:
		tellOutput(std, "diff", err)
		return exitTrouble
	case !c.Identical:
		return exitFailed
	}
	return exitOK
}

// isProject reports whether an argument is the folder of a project, and not that
// of an unpacked package.
func isProject(arg string) bool {
	has := func(name string) bool {
		_, err := os.Lstat(filepath.Join(arg, filepath.FromSlash(name)))
		return err == nil
	}
	return arg != dash && (has("machine-profile.yaml") || has("system.json")) &&
		!has("meta/checksums.sha256") && !has("meta/provenance.json")
}

// open opens a package, or the one that a project makes, as like was exported if
// that is not nil.
func (v *diffVerb) open(ctx context.Context, std streams, arg string, like *handoff.Package) (*handoff.Package, func(), error) {
	if !isProject(arg) {
		return openPackage(ctx, std, arg, v.opts)
	}
	project, err := openFolder("project directory", arg)
	if err != nil {
		return nil, nil, err
	}
	closers := []*os.Root{project}
	done := func() {
		for _, root := range closers {
			root.Close() // it was only read
		}
	}
	opts := reproduce.Options{Options: exporter.Options{Name: v.name}}
	if v.dataRoot != "" {
		root, err := openFolder("data root", v.dataRoot)
		if err != nil {
			done()
			return nil, nil, fmt.Errorf("data root %s: %s", v.dataRoot, reason(err))
		}
		closers = append(closers, root)
		opts.DataRoot, opts.ProjectPath = root.FS(), below(v.dataRoot, arg)
	}
	p, err := v.export(ctx, project.FS(), arg, like, opts)
	var invalid *handoff.InvalidError
	if errors.As(err, &invalid) {
		invalid.Report.Package = "the package of " + arg
	}
	if err != nil {
		done()
		return nil, nil, err
	}
	p.Report().Package = arg
	return p, done, nil
}

// export makes the package of a project.
func (v *diffVerb) export(ctx context.Context, project fs.FS, dir string, like *handoff.Package, opts reproduce.Options) (*handoff.Package, error) {
	if len(v.pins) > 0 {
		opts.Pins = v.pins
	}
	if v.variants != nil {
		opts.Variants = *v.variants
		opts.ManualOnly = v.variants.String() == (exporter.Variants{}).String()
	}
	if like != nil {
		var err error
		if opts.Options, err = reproduce.ExportOptions(ctx, like, project, opts); err != nil {
			return nil, err
		}
	} else if v.variants == nil {
		opts.Variants = exporter.AllVariants()
	}
	if opts.Name == "" {
		abs, err := filepath.Abs(dir) // "." has a name too
		if err != nil {
			return nil, err
		}
		opts.Name = filepath.Base(abs)
	}
	return handoff.OpenProject(ctx, project, handoff.ExportOptions{Options: opts.Options, Validation: v.opts.Options, AllowInvalid: v.opts.AllowInvalid})
}

func reproduceCommand() command {
	return command{
		name:     "reproduce",
		operands: []operand{{name: "PROJECT_DIR"}, {name: "PACKAGE", stdin: true}},
		summary:  "export again and compare with a package",
		about: `
The project is exported again, as the package was unless flags say otherwise,
and the export compared with PACKAGE. Causes of a difference are listed, the
most telling first: options, files, values, formatting, content, archive.
Nothing is written.`,
		exits:   "0 identical, 1 different, 2 wrong use or the export failed",
		example: "anpkg reproduce rig-1 rig-1.anpkg",
		verb:    func() verb { return &reproduceVerb{pins: pins{}} },
	}
}

type reproduceVerb struct {
	dataRoot string
	format   string
	pins     pins
	opts     reproduce.Options
	opening  handoff.OpenOptions
}

func (v *reproduceVerb) flags(set *flag.FlagSet) {
	policyVar(set, &v.opening.Policy)
	set.Func("variants", "`manual|all|LIST` runtime profiles to export, if not those of the package", func(text string) (err error) {
		v.opts.Variants, err = parseVariants(text)
		v.opts.ManualOnly = v.opts.Variants.String() == (exporter.Variants{}).String()
		return err
	})
	set.Var(v.pins, "pin", "`COMPONENT=VERSION` released version of \"runtime\" or of a provider kind, instead of all that the "+
		"package has; may be repeated")
	set.StringVar(&v.opts.Name, "name", "", "`NAME` name of the project, if not the one in the package")
	set.StringVar(&v.dataRoot, "data-root", "", "`DIR` folder with behaviors that projects share")
	formatVar(set, &v.format, "json is one object", "text", "json")
}

func (v *reproduceVerb) run(ctx context.Context, args []string, std streams) int {
	if err := inOrder(args[1], args[0]); err != nil {
		return usageError(std, "reproduce", err)
	}
	progress := startProgress(&std, "reproduce", "reading the package")
	defer progress.stop()
	p, done, err := openPackage(ctx, std, args[1], v.opening)
	if err != nil {
		tellError(std, "reproduce", nameOf(args[1]), err)
		return exitTrouble
	}
	defer done()
	progress.set("exporting the project")
	result, err := v.reproduce(ctx, args[0], p)
	if err != nil {
		tellProject(std, "reproduce", args[0], err)
		return exitTrouble
	}
	result.Project = args[0]
	switch err := writeReport(std, v.format, &result.ToolVersion, result); {
	case err != nil:
		tellOutput(std, "reproduce", err)
		return exitTrouble
	case !result.Identical:
		return exitFailed
	}
	return exitOK
}

func (v *reproduceVerb) reproduce(ctx context.Context, dir string, p *handoff.Package) (*reproduce.Report, error) {
	project, err := openFolder("project directory", dir)
	if err != nil {
		return nil, err
	}
	defer project.Close()
	if v.dataRoot != "" {
		root, err := openFolder("data root", v.dataRoot)
		if err != nil {
			return nil, fmt.Errorf("data root %s: %s", v.dataRoot, reason(err))
		}
		defer root.Close()
		v.opts.DataRoot = root.FS()
		v.opts.ProjectPath = below(v.dataRoot, dir)
	}
	if len(v.pins) > 0 {
		v.opts.Pins = v.pins
	}
	return handoff.Reproduce(ctx, p, project.FS(), v.opts)
}

func sheetCommand() command {
	return command{
		name:     "sheet",
		operands: []operand{{name: "PACKAGE", stdin: true}, {name: "OUT.html", optional: true}},
		summary:  "write the machine on paper",
		about: `
One HTML file about the machine, complete in itself and without a script, to
read, to print, to sign and to file: the verdict, what each runtime profile
does, pictures of the machine and of its behavior trees, devices, parameters,
secrets to supply, versions, files, and a checklist for the hand-over. It goes
to NAME.html for a package NAME.anpkg; "-" is standard output. A secret is never
shown.`,
		exits: "0 written, 2 wrong use, unreadable or not valid",
		example: `anpkg sheet rig-2.anpkg
anpkg sheet --previous rig-1.anpkg rig-2.anpkg rig.html`,
		verb: func() verb { return &sheetVerb{} },
	}
}

type sheetVerb struct {
	previous string
	opts     handoff.OpenOptions
	sheet    sheet.Options
}

func (v *sheetVerb) flags(set *flag.FlagSet) {
	policyVar(set, &v.opts.Policy)
	runtimeVersionVar(set, &v.opts.RuntimeVersion)
	set.StringVar(&v.previous, "previous", "", "`PACKAGE` say and mark what changed since this one")
	set.StringVar(&v.sheet.Language, "lang", "en", "`en` language of the sheet")
	set.BoolVar(&v.opts.AllowInvalid, "allow-invalid", false, "write about a package that is not valid, as far as it can be read")
}

func (v *sheetVerb) run(ctx context.Context, args []string, std streams) int {
	out := dash
	switch {
	case len(args) == 2:
		if out = args[1]; strings.EqualFold(filepath.Ext(out), ".anpkg") { // meant as in anpkg diff
			return usageError(std, "sheet", errors.New(out+" would be replaced; the package before is given with --previous"))
		}
	case args[0] != dash:
		path, err := filepath.Abs(args[0])
		if err != nil {
			tellError(std, "sheet", nameOf(args[0]), err)
			return exitTrouble
		}
		name := filepath.Base(path)
		out = strings.TrimSuffix(name, filepath.Ext(name)) + ".html"
	}
	if v.sheet.Language != "en" {
		return usageError(std, "sheet", sheet.ErrLanguage)
	}
	progress := startProgress(&std, "sheet", "reading the package")
	defer progress.stop()
	p, done, err := openPackage(ctx, std, args[0], v.opts)
	if err != nil {
		tellError(std, "sheet", nameOf(args[0]), err)
		return exitTrouble
	}
	defer done()
	if v.previous != "" {
		before, done, err := openPackage(ctx, std, v.previous, v.opts)
		if err != nil {
			tellError(std, "sheet", nameOf(v.previous), err)
			return exitTrouble
		}
		defer done()
		v.sheet.Previous = before
	}
	write := func(w io.Writer) error { return handoff.Sheet(ctx, w, p, v.sheet) }
	if out == dash {
		if err := write(std.out); err != nil {
			tellOutput(std, "sheet", err)
			return exitTrouble
		}
		return exitOK
	}
	if err := handoff.ReplaceFile(ctx, out, write); err != nil {
		tellError(std, "sheet", out, err)
		return exitTrouble
	}
	if _, err := fmt.Fprintln(std.out, printable(out)); err != nil {
		tellOutput(std, "sheet", err)
		return exitTrouble
	}
	return exitOK
}
