package main

import (
	"context"
	"flag"

	"github.com/anolishq/anolis-handoff/handoff"
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
	if v.format == "json" {
		err = summary.WriteJSON(std.out)
	} else {
		err = summary.WriteText(std.out, takesColor(std.out))
	}
	if err != nil {
		tellOutput(std, "inspect", err)
		return exitTrouble
	}
	return exitOK
}
