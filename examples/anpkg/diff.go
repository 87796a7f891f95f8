package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/reproduce"
)

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
	switch v.format {
	case "json":
		err = c.WriteJSON(std.out)
	case "markdown":
		err = c.WriteMarkdown(std.out)
	default:
		err = c.WriteText(std.out, takesColor(std.out))
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
