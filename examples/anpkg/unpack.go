package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/release"
)

func unpackCommand() command {
	return command{
		name:     "unpack",
		operands: []operand{{name: "PACKAGE", stdin: true}, {name: "DIR"}},
		summary:  "install a package as current release",
		about: `
The files go to DIR/releases/DIGEST, and the link DIR/current, from which the
machine is started, changes to them in one step. The link DIR/previous keeps the
release before, for anpkg rollback. If anything goes wrong, or the power fails,
the old release is still current. DIR is made unless it is there; other files in
it are left alone. Only a valid package is unpacked.`,
		exits:   "0 unpacked, 1 not unpacked or not all done, 2 wrong use or no sound package",
		example: "anpkg unpack --prune rig.anpkg /srv/rig",
		verb:    func() verb { return &unpackVerb{} },
	}
}

type unpackVerb struct {
	format string
	opts   release.UnpackOptions
}

func (v *unpackVerb) flags(set *flag.FlagSet) {
	set.BoolVar(&v.opts.Plain, "plain", false, "make DIR itself the package, without links; it must be new or empty")
	set.BoolVar(&v.opts.Prune, "prune", false, "remove all releases but the current and the previous one, when all is done")
	formatVar(set, &v.format, "json is one object on standard output", "text", "json")
}

func (v *unpackVerb) run(ctx context.Context, args []string, std streams) int {
	if v.opts.Plain && v.opts.Prune {
		return usageError(std, "unpack", errors.New("--plain has no releases to --prune"))
	}
	file, dir := args[0], args[1]
	progress := startProgress(&std, "unpack", "checking "+nameOf(file))
	defer progress.stop()
	p, closePackage, err := openPackage(ctx, std, file, handoff.OpenOptions{})
	if err != nil {
		tellError(std, "unpack", nameOf(file), err)
		return exitTrouble
	}
	defer closePackage()
	progress.set("writing to " + dir)
	done, err := handoff.Unpack(ctx, p, dir, v.opts)
	return tellRelease(std, "unpack", v.format, dir, done, err)
}

// tellRelease reports what a command did to the releases of a directory, and
// returns its exit code. Without a release nothing was done.
func tellRelease(std streams, command, format, dir string, done *release.Result, failed error) int {
	code := exitOK
	if done != nil {
		if err := writeRelease(std, format, dir, done); err != nil {
			tellOutput(std, command, err)
			code = exitFailed
		}
	}
	if failed == nil {
		return code
	}
	var changed *release.ChangedError
	if errors.As(failed, &changed) && len(changed.Differences) > 3 { // more than are in the error
		for _, difference := range changed.Differences {
			fmt.Fprintln(std.err, printable(difference))
		}
	}
	why := strings.Replace(failed.Error(), context.Canceled.Error(), "interrupted", 1)
	if done != nil {
		why = "it is current, but not all went well: " + why
	}
	fmt.Fprintf(std.err, "anpkg %s: %s\n", command, printable(why))
	if hint := releaseHint(failed); hint != "" {
		fmt.Fprintf(std.err, "    fix: %s\n", printable(hint))
	}
	return exitFailed
}

func writeRelease(std streams, format, dir string, done *release.Result) error {
	if format == "json" {
		return done.WriteJSON(std.out)
	}
	if err := done.WriteText(std.out, takesColor(std.out)); err != nil || done.Previous == "" {
		return err
	}
	_, err := fmt.Fprintf(std.out, "to go back to the previous one: anpkg rollback %s\n", shellWord(dir, "DIR"))
	return err
}

// releaseHint is what to do about an error, if it does not say so itself.
func releaseHint(err error) string {
	var foreign *release.ForeignError
	var changed *release.ChangedError
	switch {
	case errors.As(err, &changed):
		return "Move " + changed.Path + " away and unpack its package again."
	case errors.As(err, &foreign):
		return "Move it away, or give another DIR."
	case errors.Is(err, release.ErrNoPrevious):
		return "--to DIGEST takes any release that is still in DIR/releases."
	}
	return ""
}

// shellWord is a path as a shell takes it, or other if it cannot be shown.
func shellWord(path, other string) string {
	if strings.HasPrefix(path, "-") {
		path = "./" + path
	}
	switch {
	case isPlainWord(strings.ReplaceAll(path, "/", "")):
		return path
	case printable(path) == path && !strings.Contains(path, "'"):
		return "'" + path + "'"
	}
	return other
}
