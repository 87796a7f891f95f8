package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/validator"
)

func checkCommand() command {
	return command{
		name:     "check",
		operands: []operand{{name: "PROJECT_DIR"}},
		summary:  "find what is wrong with a project",
		about: `
Reads the project, makes the package of all its runtime profiles in memory and
validates it. Nothing is written. Each problem is at its place in the project's
own file. The report goes to standard output. There are colors on a terminal
unless NO_COLOR is set.`,
		exits: "0 no errors, 1 errors or, with --strict, warnings, 2 wrong use or unreadable",
		example: `anpkg check rig-1
anpkg check --format sarif --strict projects/rig-1 > rig-1.sarif`,
		verb: func() verb { return &checkVerb{} },
	}
}

type checkVerb struct {
	format   string
	strict   bool
	dataRoot string
	opts     handoff.ExportOptions
}

func (c *checkVerb) flags(set *flag.FlagSet) {
	runtimeVersionVar(set, &c.opts.Validation.RuntimeVersion)
	formatVar(set, &c.format, "json is one object on one line, sarif is for code scanning", "text", "json", "sarif")
	set.BoolVar(&c.strict, "strict", false, "fail on warnings too")
	set.StringVar(&c.opts.Name, "name", "", "`NAME` name of the project, if not that of its directory")
	set.StringVar(&c.dataRoot, "data-root", "", "`DIR` folder with behaviors that projects share")
	set.BoolVar(&c.opts.WithIncludes, "with-includes", false, "check the files that behavior trees include, too")
	set.BoolVar(&c.opts.AllowMissingVariants, "allow-missing-variants", false, "do not fail on a runtime profile whose file does not exist")
	set.Func("runtime-bin", "`PATH` let this machine runtime check each runtime profile", func(name string) (err error) {
		c.opts.Validation.Runtime.Binary, err = findBinary(name)
		return err
	})
}

func (c *checkVerb) run(ctx context.Context, args []string, std streams) int {
	color := takesColor(std.out)
	if c.dataRoot != "" {
		root, err := openFolder("data root", c.dataRoot)
		if err != nil {
			tellError(std, "check", "", err)
			return exitTrouble
		}
		defer root.Close()
		c.opts.DataRoot, c.opts.ProjectPath = root.FS(), below(c.dataRoot, args[0])
	}
	report, err := handoff.CheckPath(ctx, args[0], c.opts)
	if err != nil {
		tellError(std, "check", args[0], err)
		return exitTrouble
	}
	report.Package = fromHere(report.Package)
	switch c.format {
	case "json":
		err = report.WriteJSON(std.out)
	case "sarif":
		err = validator.WriteSARIF(std.out, report)
	default:
		err = report.WriteText(std.out, color)
	}
	refused := c.strict && report.Count(validator.Warning) > 0
	if err == nil && refused && report.Valid && c.format == "text" {
		_, err = fmt.Fprintln(std.out, "strict: refused, because there are warnings")
	}
	switch {
	case err != nil:
		tellOutput(std, "check", err)
		return exitTrouble
	case refused || !report.Valid:
		return exitFailed
	}
	return exitOK
}

// fromHere is the path of a directory from the working directory, if it is below
// it: code scanning wants paths from the root of the repository.
func fromHere(dir string) string {
	here, err := os.Getwd()
	if err != nil || !filepath.IsAbs(dir) {
		return dir
	}
	if path := below(here, dir); path != "" {
		return path
	}
	return dir
}
