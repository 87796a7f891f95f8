package main

import (
	"context"
	"flag"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/release"
)

func driftCommand() command {
	return command{
		name:     "drift",
		operands: []operand{{name: "PACKAGE", stdin: true}, {name: "DIR"}},
		summary:  "tell what was changed on a machine",
		about: `
DIR is a folder that PACKAGE was unpacked to: one with releases, of which the
current one is compared, or the folder of one release. Files that were changed,
are missing or were added are listed; for YAML and JSON, the values. Symbolic
links are not followed, and a secret is never shown.`,
		exits:   "0 no drift, 1 drift, 2 wrong use, or something could not be compared",
		example: "anpkg drift rig-1.anpkg /opt/rig-1",
		verb:    func() verb { return &driftVerb{} },
	}
}

type driftVerb struct{ format string }

func (v *driftVerb) flags(set *flag.FlagSet) {
	formatVar(set, &v.format, "json is one object", "text", "json")
}

func (v *driftVerb) run(ctx context.Context, args []string, std streams) int {
	progress := startProgress(&std, "drift", "reading the package")
	defer progress.stop()
	p, done, err := openPackage(ctx, std, args[0], handoff.OpenOptions{})
	if err != nil {
		tellError(std, "drift", nameOf(args[0]), err)
		return exitTrouble
	}
	defer done()
	progress.set("comparing " + args[1])
	report, err := handoff.DriftPath(ctx, p, args[1])
	if err != nil {
		tellError(std, "drift", args[1], err)
		return exitTrouble
	}
	if v.format == "json" {
		err = report.WriteJSON(std.out)
	} else {
		err = report.WriteText(std.out, takesColor(std.out))
	}
	if err != nil {
		tellOutput(std, "drift", err)
		return exitTrouble
	}
	return driftCode(report)
}

// driftCode is the exit code for a report.
func driftCode(report *release.DriftReport) int {
	switch {
	case report.Count(release.Unreadable) > 0:
		return exitTrouble
	case report.Drifted:
		return exitFailed
	}
	return exitOK
}
