package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/release"
	"github.com/anolishq/anolis-handoff/handoff/signature"
	"github.com/anolishq/anolis-handoff/validator"
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
it are left alone. Only a valid package is unpacked.

A release that was edited is written again; the edited files are kept beside it,
in DIR/releases/DIGEST.edited-N, until a later unpack --prune.`,
		exits:   "0 unpacked, 1 not unpacked or not all done, 2 wrong use or no sound package",
		example: "anpkg unpack --prune rig.anpkg /srv/rig",
		verb:    func() verb { return &unpackVerb{} },
	}
}

type unpackVerb struct {
	format  string
	opts    release.UnpackOptions
	opening handoff.OpenOptions
	signatureFlags
}

func (v *unpackVerb) flags(set *flag.FlagSet) {
	policyVar(set, &v.opening.Policy)
	v.signatureFlags.flags(set)
	set.BoolVar(&v.opts.Plain, "plain", false, "make DIR itself the package, without links; it must be new or empty")
	set.BoolVar(&v.opts.Prune, "prune", false, "remove all releases but the current and the previous one, and edited ones that were kept before, when all is done")
	formatVar(set, &v.format, "json is one object on standard output", "text", "json")
}

func (v *unpackVerb) run(ctx context.Context, args []string, std streams) int {
	if v.opts.Plain && v.opts.Prune {
		return usageError(std, "unpack", errors.New("--plain has no releases to --prune"))
	}
	file, dir := args[0], args[1]
	if err := inOrder(file, dir); err != nil {
		return usageError(std, "unpack", err)
	}
	progress := startProgress(&std, "unpack", "checking "+nameOf(file))
	defer progress.stop()
	open := openPackage
	switch {
	case v.allowed != "":
		open = v.openSigned
	case v.signer != "" || v.signature != "":
		return usageError(std, "unpack", errors.New("--signer and --signature need --allowed-signers"))
	}
	p, closePackage, err := open(ctx, std, file, v.opening)
	var unsigned *signature.Error
	if errors.As(err, &unsigned) {
		fmt.Fprintln(std.err, printable("anpkg unpack: "+file+": "+unsigned.Reason+"; nothing was unpacked"))
		return exitFailed
	}
	if err != nil {
		tellError(std, "unpack", nameOf(file), err)
		return exitTrouble
	}
	defer closePackage()
	if v.found != nil {
		signer := release.Signer(*v.found)
		v.opts.Signer = &signer
	}
	progress.set("writing to " + dir)
	if progress != nil {
		v.opts.Progress = func(now release.Progress) {
			progress.set(writingState(now.Done, now.Total, now.File))
		}
	}
	done, err := handoff.Unpack(ctx, p, dir, v.opts)
	return tellRelease(std, outcomeOf{"unpack", v.format, dir, ""}, done, err)
}

// outcomeOf is the command that an outcome is of, with its arguments.
type outcomeOf struct{ command, format, dir, to string }

// tellRelease reports what a command did to the releases of a directory, and
// returns its exit code. Without a release nothing was done.
func tellRelease(std streams, of outcomeOf, done *release.Result, failed error) int {
	code := exitOK
	if done != nil {
		if err := writeRelease(std, of.format, of.dir, done); err != nil {
			tellOutput(std, of.command, err)
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
	fmt.Fprintf(std.err, "anpkg %s: %s\n", of.command, printable(why))
	for _, hint := range releaseHints(of.command, of.dir, of.to, failed) {
		fmt.Fprintf(std.err, "    fix: %s\n", printable(hint))
	}
	return exitFailed
}

func writeRelease(std streams, format, dir string, done *release.Result) error {
	err := writeReport(std, format, &done.ToolVersion, done)
	if err != nil || format == "json" || done.Previous == "" {
		return err
	}
	_, err = fmt.Fprintf(std.out, "to go back to the previous one: anpkg rollback %s\n", handoff.ShellWord(dir, "DIR"))
	return err
}

// releaseHints are what to do about an error, if it does not say so itself: command
// lines, which a shell takes as they are.
func releaseHints(command, dir, to string, err error) []string {
	var foreign *release.ForeignError
	var changed *release.ChangedError
	word := handoff.ShellWord(dir, "DIR")
	switch {
	case errors.As(err, &changed) && command == "rollback":
		if to != "" {
			to = "--to " + to + " "
		}
		return []string{
			"anpkg rollback --force " + to + word + "  # goes to it as it is",
			"anpkg unpack PACKAGE " + word + "  # with the package of that release: writes it again, and keeps the edited files",
		}
	case errors.As(err, &changed):
		return []string{moveAway(changed.Path) + "  # while the machine stands still; then run this again"}
	case errors.As(err, &foreign):
		return []string{moveAway(foreign.Path) + "  # then run this again; or give another DIR"}
	case errors.Is(err, release.ErrNoPrevious):
		return []string{"anpkg status " + word + "  # lists the releases; rollback --to DIGEST goes to any of them"}
	}
	return nil
}

// moveAway is the command that gives a file or folder another name.
func moveAway(path string) string {
	path = filepath.Clean(path)
	from, to := handoff.ShellWord(path, ""), handoff.ShellWord(path+".mine", "")
	if from == "" || filepath.Base(path) == "." || filepath.Base(path) == ".." {
		return "mv DIR DIR.mine"
	}
	return "mv " + from + " " + to
}

func rollbackCommand() command {
	return command{
		name:     "rollback",
		operands: []operand{{name: "DIR"}},
		summary:  "make the previous release current",
		about: `
DIR is where anpkg unpack put releases. The files of the release are checked,
and then the link DIR/current changes in one step. DIR/previous names the
release that was current until then: a second rollback undoes the first. A
release that was edited needs --force, which says first how it was edited.`,
		exits:   "0 rolled back, 1 not rolled back or not all done, 2 wrong use",
		example: "anpkg rollback /srv/rig",
		verb:    func() verb { return &rollbackVerb{} },
	}
}

type rollbackVerb struct {
	format string
	force  bool
	opts   release.RollbackOptions
}

func (v *rollbackVerb) flags(set *flag.FlagSet) {
	set.StringVar(&v.opts.To, "to", "", "`DIGEST` go to this release in DIR/releases; its first 8 digits or more will do")
	set.BoolVar(&v.force, "force", false, "go to a release that was edited, too, after saying how")
	formatVar(set, &v.format, "json is one object on standard output", "text", "json")
}

func (v *rollbackVerb) run(ctx context.Context, args []string, std streams) int {
	progress := startProgress(&std, "rollback", "checking the release")
	defer progress.stop()
	if v.force {
		v.opts.Force = func(edited *release.ChangedError) error { return tellEdits(std, edited) }
	}
	done, err := handoff.Rollback(ctx, args[0], v.opts)
	if v.opts.To != "" && errors.Is(err, fs.ErrInvalid) {
		return usageError(std, "rollback", fmt.Errorf("--to %w", err))
	}
	return tellRelease(std, outcomeOf{"rollback", v.format, args[0], v.opts.To}, done, err)
}

// tellEdits says on standard error how a release was edited, before it becomes
// current.
func tellEdits(std streams, edited *release.ChangedError) error {
	if _, err := fmt.Fprintf(std.err, "%s was edited:\n", printable(edited.Path)); err != nil {
		return err
	}
	for _, difference := range edited.Differences {
		if _, err := fmt.Fprintln(std.err, printable(difference)); err != nil {
			return err
		}
	}
	return nil
}

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

type driftVerb struct {
	format  string
	opening handoff.OpenOptions
	policy  *string // the flag, if it is given
}

func (v *driftVerb) flags(set *flag.FlagSet) {
	v.policy = policyVar(set, &v.opening.Policy)
	formatVar(set, &v.format, "json is one object", "text", "json")
}

func (v *driftVerb) run(ctx context.Context, args []string, std streams) int {
	if err := inOrder(args[0], args[1]); err != nil {
		return usageError(std, "drift", err)
	}
	progress := startProgress(&std, "drift", "reading the package")
	defer progress.stop()
	p, done, err := openPackage(ctx, std, args[0], v.opening)
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
	report.Flags = *v.policy
	if err := writeReport(std, v.format, &report.ToolVersion, report); err != nil {
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

func statusCommand() command {
	return command{
		name:     "status",
		operands: []operand{{name: "DIR"}},
		summary:  "show what is installed in a directory",
		about: `
DIR is one that anpkg unpack made. Every release is read: the current one, the
previous one and the others, with machine, state, versions, size, who signed it,
and whether it was edited since; and what a rollback would change. Nothing is
changed.`,
		exits:   "0 shown, 1 a release was edited, 2 wrong use, or something cannot be read",
		example: "anpkg status /srv/rig",
		verb:    func() verb { return &statusVerb{} },
	}
}

type statusVerb struct{ format string }

func (v *statusVerb) flags(set *flag.FlagSet) {
	formatVar(set, &v.format, "json is one object", "text", "json")
}

func (v *statusVerb) run(ctx context.Context, args []string, std streams) int {
	progress := startProgress(&std, "status", "reading "+args[0])
	defer progress.stop()
	report, err := handoff.Status(ctx, args[0], validator.Limits{})
	if err != nil {
		tellError(std, "status", args[0], err)
		return exitTrouble
	}
	if err := writeReport(std, v.format, &report.ToolVersion, report); err != nil {
		tellOutput(std, "status", err)
		return exitTrouble
	}
	code := exitOK
	for _, r := range report.Releases {
		if r.Unreadable || r.SignerProblem != "" {
			return exitTrouble
		}
		if r.Edited {
			code = exitFailed
		}
	}
	return code
}
