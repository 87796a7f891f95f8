package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/release"
)

func rollbackCommand() command {
	return command{
		name:     "rollback",
		operands: []operand{{name: "DIR"}},
		summary:  "make the previous release current",
		about: `
DIR is where anpkg unpack put releases. The files of the release are checked,
and then the link DIR/current changes in one step. DIR/previous names the
release that was current until then: a second rollback undoes the first.`,
		exits:   "0 rolled back, 1 not rolled back or not all done, 2 wrong use",
		example: "anpkg rollback /srv/rig",
		verb:    func() verb { return &rollbackVerb{} },
	}
}

type rollbackVerb struct {
	format string
	opts   release.RollbackOptions
}

func (v *rollbackVerb) flags(set *flag.FlagSet) {
	set.StringVar(&v.opts.To, "to", "", "`DIGEST` go to this release in DIR/releases; its first 8 digits or more will do")
	formatVar(set, &v.format, "json is one object on standard output", "text", "json")
}

func (v *rollbackVerb) run(ctx context.Context, args []string, std streams) int {
	progress := startProgress(&std, "rollback", "checking the release")
	defer progress.stop()
	done, err := handoff.Rollback(ctx, args[0], v.opts)
	if v.opts.To != "" && errors.Is(err, fs.ErrInvalid) {
		return usageError(std, "rollback", fmt.Errorf("--to %w", err))
	}
	return tellRelease(std, "rollback", v.format, args[0], done, err)
}
