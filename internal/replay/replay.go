package replay

import (
	"context"
	"errors"
	"io/fs"
	"time"
)

// Options say what to run, and what it may cost. Only Binary is required; a
// number that is zero or negative means the default.
type Options struct {
	// Binary is the path of the runtime, absolute or relative to the working
	// directory of the caller. A name without a separator is a file there, too:
	// a caller that wants PATH searched does that itself.
	Binary string
	// Timeout is the time that one run may take. The default is 10 s.
	Timeout time.Duration
	// MaxOutput is how many bytes are kept of the standard output, and as many of
	// the standard error, of one run. The default is 64 KiB.
	MaxOutput int
	// MaxExtract bounds the size in bytes of the extracted files together. The
	// default is 1 GiB.
	MaxExtract int64
	// MaxEntries bounds the number of extracted files and directories. The
	// default is 100,000.
	MaxEntries int
	// TempDir is the directory in which each run gets its private directory.
	// Empty means os.TempDir.
	TempDir string
	// Env is added to the environment of the runtime, as NAME=value, such as the
	// LD_LIBRARY_PATH that it cannot do without. It replaces the fixed value of
	// the same name.
	Env []string
	// Mask takes the secrets out of output before it becomes part of a result.
	// Nil leaves them in. It gets the standard output and the standard error of a
	// run, each as a whole, of up to MaxOutput and 16 KiB and with any byte in it.
	Mask func(string) string

	grace time.Duration // see finish; a test shortens it
}

// Outcome is what came of a run.
type Outcome string

const (
	Accepted Outcome = "accepted" // exit code 0 and the line "Config valid: ..." on standard output
	Refused  Outcome = "refused"  // exit code 1 and a line "ERROR: ..." on standard error
	Odd      Outcome = "odd"      // it ended in a way that no runtime should
	Crashed  Outcome = "crashed"  // ended by a signal, or by a fault on Windows
	TimedOut Outcome = "timeout"  // no answer within the time limit
	NotRun   Outcome = "not-run"  // it could not be started
)

// Run is the result for one config.
type Run struct {
	Config  string // as it was given
	Outcome Outcome
	// Message is the runtime's answer, the first line that begins with
	// "Config valid: " or "ERROR: ". It is empty for outcomes other than Accepted
	// and Refused, and when the line is beyond what is kept of the output.
	Message string
	// ExitCode is -1 when there was none: for Crashed, TimedOut and NotRun.
	ExitCode int
	// Signal is what ended a run that Crashed: a name such as SIGSEGV, or the
	// status code on Windows, such as 0xC0000005.
	Signal string
	// Stdout and Stderr are what is kept of the output: valid UTF-8, masked, and
	// with \x1b instead of a control character other than tab and line feed. The
	// directory of the package is called <package>, the one for temporary files
	// <temp>.
	Stdout, Stderr string
	// Truncated says that Stdout or Stderr is not all there was: the output was
	// larger than allowed, or a last line was left out because its end is missing.
	Truncated bool
	// Err says in a sentence what is wrong, empty for Accepted and Refused. It
	// holds no output.
	Err string
}

// Check runs the runtime on every config, one after the other and each in an
// extraction of its own, and returns the results in that order. A config is a
// slash path in the package; one that is none is not run.
//
// Whatever the runtime does is a result and not an error, even if it could not be
// started. The error means that the replay was not carried out to its end: an
// [*Error], or one for which errors.Is finds the error of ctx. The results up to
// there are returned with it.
//
// Check keeps no state and may be called by many goroutines at once, as far as
// pkg and opts.Mask allow.
func Check(ctx context.Context, pkg fs.FS, configs []string, opts Options) ([]Run, error) {
	if len(configs) == 0 {
		return nil, nil
	}
	opts = opts.withDefaults()
	binary, reason := findBinary(opts.Binary)
	runs := make([]Run, 0, len(configs))
	for _, config := range configs {
		if err := ctx.Err(); err != nil {
			return runs, &Error{Op: "run", File: config, Err: err}
		}
		run := Run{Config: config, Outcome: NotRun, ExitCode: -1, Err: reason}
		if reason == "" && checkName(config) != nil {
			run.Err = "the config is not a path in the package"
		}
		if run.Err != "" {
			runs = append(runs, run)
			continue
		}
		done, err := checkOne(ctx, pkg, binary, &run, opts)
		if done {
			runs = append(runs, run)
		}
		if err != nil {
			return runs, err
		}
	}
	return runs, nil
}

// checkOne makes one run in a place of its own. It reports whether run is a
// result.
func checkOne(ctx context.Context, pkg fs.FS, binary string, run *Run, opts Options) (done bool, err error) {
	place, err := newPlace(opts.TempDir)
	if err != nil {
		return false, err
	}
	defer func() {
		if failed := place.remove(); failed != nil {
			err = errors.Join(err, failed)
		}
	}()
	if err := place.extract(ctx, pkg, opts); err != nil {
		return false, err
	}
	if err := execute(ctx, binary, place, run, opts); err != nil {
		return false, &Error{Op: "run", File: run.Config, Err: err}
	}
	return true, nil
}

func (o Options) withDefaults() Options {
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.MaxOutput <= 0 {
		o.MaxOutput = 64 << 10
	}
	if o.MaxExtract <= 0 {
		o.MaxExtract = 1 << 30
	}
	if o.MaxEntries <= 0 {
		o.MaxEntries = 100_000
	}
	if o.grace <= 0 {
		o.grace = 2 * time.Second
	}
	return o
}
