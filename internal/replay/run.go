package replay

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"
)

// What the runtime says when it read a config to its end, at the beginning of a
// line: the first on standard output, the second on standard error.
const (
	acceptedLine = "Config valid: "
	refusedLine  = "ERROR: "
)

// execute runs the runtime once and fills in run. The error is that of ctx.
func execute(ctx context.Context, binary string, p *place, run *Run, opts Options) error {
	limited, cancel := context.WithTimeout(ctx, opts.Timeout)
	defer cancel()

	cmd := exec.CommandContext(limited, binary, "--check-config", run.Config)
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
// after the grace it can go on with nobody listening.
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
