package replay

import (
	"cmp"
	"context"
	"errors"
	"strings"
)

// Version runs the runtime with --version alone, in an empty place of its own, and
// returns what it says, as text that is safe to show. The error is a sentence about
// the runtime, an [*Error], or that of ctx.
func Version(ctx context.Context, opts Options) (output string, err error) {
	opts = opts.withDefaults()
	binary, reason := findBinary(opts.Binary)
	if reason != "" {
		return "", errors.New(reason)
	}
	place, err := newPlace(opts.TempDir)
	if err != nil {
		return "", err
	}
	defer func() {
		if failed := place.remove(); failed != nil {
			err = errors.Join(err, failed)
		}
	}()
	run := Run{ExitCode: -1}
	if err := execute(ctx, binary, []string{"--version"}, place, &run, opts); err != nil {
		return "", err
	}
	switch run.Outcome {
	case NotRun, TimedOut, Crashed:
		return "", errors.New(run.Err)
	}
	output = strings.TrimSpace(cmp.Or(strings.TrimSpace(run.Stdout), run.Stderr))
	if run.ExitCode != 0 {
		return "", errors.New("the runtime has no --version")
	}
	return output, nil
}
