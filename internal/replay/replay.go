// Package replay asks a machine runtime what it thinks of the runtime configs of
// a package: it runs
//
//	<runtime> --check-config <config>
//
// in a clean extraction of the package, once for each config, and reports what
// came of it.
//
// This is the only package of the module that runs a process, and the only check
// that writes to the disk. What it guarantees:
//
//   - The runtime is the file that the caller named. It is never searched for in
//     PATH or in the package, and no file of the package is made executable.
//   - It gets exactly the two arguments above, an empty standard input and an
//     environment that consists of fixed values: nothing of the caller's, so that
//     no secret such as INFLUXDB_TOKEN reaches it. Options.Env adds to it.
//   - Its working directory is a fresh copy of the package, made for this one run
//     in a private directory. No name can lead out of that directory, no link and
//     no special file is made, and the copy is bounded in bytes and entries.
//   - It ends: with its answer, at the time limit or with the context. On Unix the
//     whole process group ends with it, also after a regular answer. A process
//     that left the group on purpose is not found, and on other systems only the
//     runtime itself is ended; neither can hold up the replay, which then stops
//     reading the output.
//   - Its output is read to the end however much it is, and kept up to a bound.
//     What is kept has the secrets masked by a function of the caller's, and
//     nothing in it that acts on a terminal.
//   - The directory is removed whatever happens, a panic of the package's file
//     system or of the mask included. Should that fail, it is an error.
//   - The result has neither times nor the name of the temporary directory in it:
//     a runtime that answers the same gives the same result.
//
// What it does not: the runtime is trusted code and runs with the rights of the
// caller, without limits on memory, disk or network. On Windows the working
// directory is the last place but PATH where a program looks for a DLL: a runtime
// that lacks one of its DLLs would load it from the package.
package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anolishq/anolis-handoff/internal/cause"
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
	if err := execute(ctx, binary, []string{"--check-config", run.Config}, place, run, opts); err != nil {
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

// What the runtime says when it read a config to its end, at the beginning of a
// line: the first on standard output, the second on standard error.
const (
	acceptedLine = "Config valid: "
	refusedLine  = "ERROR: "
)

// execute runs the runtime once and fills in run. It returns the error of ctx.
func execute(ctx context.Context, binary string, args []string, p *place, run *Run, opts Options) error {
	limited, cancel := context.WithTimeout(ctx, opts.Timeout)
	defer cancel()

	cmd := exec.CommandContext(limited, binary, args...)
	cmd.Dir = p.files()
	cmd.Env = append(environment(p.temp()), opts.Env...) // of two values the last one counts
	ownGroup(cmd)
	var killed atomic.Bool
	cmd.Cancel = func() error {
		killed.Store(true)
		endGroup(cmd.Process)
		return cmd.Process.Kill()
	}

	stdout := &capture{keep: opts.MaxOutput + slack, want: acceptedLine}
	stderr := &capture{keep: opts.MaxOutput + slack, want: refusedLine}
	var out streams
	defer out.close()
	err := out.connect(&cmd.Stdout, stdout)
	if err == nil {
		err = out.connect(&cmd.Stderr, stderr)
	}
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case limited.Err() != nil:
			run.timedOut(opts)
		default:
			run.Outcome, run.ExitCode, run.Err = NotRun, -1, startReason(err)
		}
		return nil
	}
	out.read()
	cmd.Wait() // the error says less than ProcessState
	endGroup(cmd.Process)
	whole := out.finish(opts.grace)
	if killed.Load() && ctx.Err() != nil {
		return ctx.Err()
	}

	run.ExitCode, run.Signal = exitOf(cmd.ProcessState)
	switch {
	case killed.Load():
		run.Signal = ""
		run.timedOut(opts)
	case run.Signal != "":
		run.Outcome, run.ExitCode, run.Err = Crashed, -1, "the runtime was ended by "+run.Signal
	default:
		run.answered(stdout.found, stderr.found)
	}
	whole = whole && run.ExitCode >= 0
	var cutOut, cutErr bool
	names := p.names()
	run.Stdout, cutOut = stdout.text(whole, names, opts)
	run.Stderr, cutErr = stderr.text(whole, names, opts)
	run.Truncated = cutOut || cutErr
	switch run.Outcome {
	case Accepted:
		run.Message = lineWith(run.Stdout, acceptedLine)
	case Refused:
		run.Message = lineWith(run.Stderr, refusedLine)
	}
	return nil
}

func (r *Run) timedOut(opts Options) {
	r.Outcome, r.ExitCode = TimedOut, -1
	r.Err = fmt.Sprintf("the runtime gave no answer within %v", opts.Timeout)
}

// answered sets the outcome of a run that ended by itself.
func (r *Run) answered(accepted, refused bool) {
	switch {
	case r.ExitCode == 0 && accepted:
		r.Outcome, r.Err = Accepted, ""
	case r.ExitCode == 1 && refused:
		r.Outcome, r.Err = Refused, ""
	case r.ExitCode == 0:
		r.Outcome, r.Err = Odd, `the runtime ended with exit code 0 but without a line "Config valid: ..."`
	case r.ExitCode == 1:
		r.Outcome, r.Err = Odd, `the runtime ended with exit code 1 but without a line "ERROR: ..."`
	default:
		r.Outcome, r.Err = Odd, fmt.Sprintf("the runtime ended with exit code %d, which has no meaning here", r.ExitCode)
	}
}

// streams are the pipes of a run. They are not left to exec.Cmd: its Wait reads
// them to the end before anybody could end the group whose members hold them.
type streams struct {
	ours, theirs []*os.File
	into         []io.Writer
	readers      sync.WaitGroup
}

func (s *streams) connect(stream *io.Writer, into io.Writer) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	s.ours, s.theirs, s.into = append(s.ours, r), append(s.theirs, w), append(s.into, into)
	*stream = w
	return nil
}

// read begins to read, after the start: from then on only the runtime and its
// children can write.
func (s *streams) read() {
	for i, r := range s.ours {
		s.theirs[i].Close()
		s.readers.Go(func() { io.Copy(s.into[i], r) })
	}
}

// finish waits until everything is read. It reports whether that came to an end:
// a process that left the group may hold a pipe open as long as it likes, and
// after the grace it can go on with no one listening.
func (s *streams) finish(grace time.Duration) (whole bool) {
	done := make(chan struct{})
	go func() { s.readers.Wait(); close(done) }()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		for _, r := range s.ours {
			r.Close()
		}
		<-done
		return false
	}
}

// close closes what is still open; closing twice does no harm.
func (s *streams) close() {
	for i := range s.ours {
		s.ours[i].Close()
		s.theirs[i].Close()
	}
}

// findBinary makes the path of the runtime absolute, because the run has another
// working directory. The reason is empty, or says why it cannot be run.
func findBinary(name string) (abs, reason string) {
	if name == "" {
		return "", "no runtime was named"
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return "", cause.Of(err).Error()
	}
	if info, err := os.Stat(abs); err == nil && info.IsDir() {
		return "", "the runtime is a directory"
	}
	// An absolute path is not searched for: this only asks whether it may be run,
	// and finds the .exe that people leave out on Windows.
	abs, err = exec.LookPath(abs)
	switch {
	case err == nil:
		return abs, ""
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, exec.ErrNotFound):
		return "", "the runtime does not exist"
	case errors.Is(err, fs.ErrPermission):
		return "", "the runtime is not executable"
	}
	var inExec *exec.Error
	if errors.As(err, &inExec) {
		err = inExec.Err
	}
	return "", "the runtime cannot be used: " + cause.Of(err).Error()
}

// startReason says why a runtime that looked all right did not start.
func startReason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "the runtime does not start: it, or the interpreter or loader that it names, does not exist"
	case errors.Is(err, fs.ErrPermission):
		return "the runtime does not start: permission denied"
	}
	return "the runtime does not start: " + cause.Of(err).Error()
}

// What an [*Error] of an extraction may be about, for errors.Is.
var (
	// ErrUnsafe is an entry that is not extracted because of its name, or because
	// it is neither a file nor a directory.
	ErrUnsafe = errors.New("unsafe to extract")
	// ErrLimit is a package that is larger than the options allow.
	ErrLimit = errors.New("over the limit")
)

// Error says why a replay could not be carried out.
type Error struct {
	Op   string // "prepare", "extract", "run" or "remove"
	File string // of the package; empty when it is about the extraction as a whole
	Err  error
}

// Error is the error on one line. It does not name the temporary directory.
func (e *Error) Error() string {
	if e.File == "" {
		return fmt.Sprintf("replay: %s: %v", e.Op, e.Err)
	}
	return fmt.Sprintf("replay: %s %q: %v", e.Op, e.File, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
