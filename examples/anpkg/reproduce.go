package main

import (
	"context"
	"flag"
	"fmt"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/reproduce"
)

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
}

func (v *reproduceVerb) flags(set *flag.FlagSet) {
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
	progress := startProgress(&std, "reproduce", "reading the package")
	defer progress.stop()
	p, done, err := openPackage(ctx, std, args[1], handoff.OpenOptions{})
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
	if v.format == "json" {
		err = result.WriteJSON(std.out)
	} else {
		err = result.WriteText(std.out, takesColor(std.out))
	}
	switch {
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
