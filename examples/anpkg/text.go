package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/validator"
)

// writeReport writes a report in the form that was asked for: "json", or text. It puts
// the version of this program into it.
func writeReport(std streams, format string, version *string, report interface {
	WriteJSON(w io.Writer) error
	WriteText(w io.Writer, color bool) error
}) error {
	*version = toolVersion()
	if format == "json" {
		return report.WriteJSON(std.out)
	}
	return report.WriteText(std.out, takesColor(std.out))
}

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	info := statOf(stream)
	return info != nil && isDevice(info)
}

// takesColor reports whether colors make sense on a stream.
func takesColor(stream any) bool {
	return takesEscapes(stream) && os.Getenv("NO_COLOR") == "" // as no-color.org has it
}

// takesEscapes reports whether a stream is a terminal that obeys escape
// sequences.
func takesEscapes(stream any) bool {
	info := statOf(stream)
	return info != nil && obeysEscapes(info, runtime.GOOS, os.Getenv)
}

// obeysEscapes is takesEscapes for what a file and the environment say. The
// console of Windows shows escape sequences as they are unless it is that of
// Windows Terminal.
func obeysEscapes(info fs.FileInfo, goos string, getenv func(string) string) bool {
	switch {
	case !isDevice(info), getenv("TERM") == "dumb":
		return false
	case goos == "windows":
		return getenv("WT_SESSION") != ""
	}
	return true
}

func statOf(stream any) fs.FileInfo {
	if beside, ok := stream.(besideProgress); ok {
		stream = beside.w
	}
	f, ok := stream.(*os.File)
	if !ok {
		return nil
	}
	info, err := f.Stat()
	if err != nil {
		return nil
	}
	return info
}

// isDevice reports whether a file is a device of characters that keeps them.
func isDevice(info fs.FileInfo) bool {
	if info.Mode()&fs.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull) // a character device, too
	return err != nil || !os.SameFile(info, null)
}

// printText writes a text to standard output and returns the exit code of a
// command that has nothing else to do.
func printText(std streams, command, text string) int {
	if _, err := io.WriteString(std.out, text); err != nil {
		tellOutput(std, command, err)
		return exitFailed
	}
	return exitOK
}

// writeJSON writes a value as a line of JSON, as every command does.
func writeJSON(w io.Writer, value any) error { return handoff.WriteJSON(w, value) }

// printable makes text safe to show on one line of a terminal.
func printable(text string) string { return handoff.Printable(text) }

// tellOutput reports that standard output did not take what was written.
func tellOutput(std streams, command string, err error) {
	fmt.Fprintf(std.err, "anpkg %s: standard output: %s\n", command, printable(err.Error()))
}

// count is a number with what it counts: 1 file, 2 files.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

const (
	progressAfter = time.Second            // work that takes less is not worth a line
	progressEvery = 200 * time.Millisecond // how often the line is drawn
)

// progress is a line on a terminal about work that takes long. It is erased
// before anything else is written, and drawn again after it. The nil progress
// shows nothing.
type progress struct {
	w       io.Writer
	command string
	begun   time.Time
	stopped chan struct{}
	ticking sync.WaitGroup

	mu      sync.Mutex
	text    string
	shown   string // what the terminal shows now, "" if nothing
	midLine bool   // somebody else's line is not complete
}

// startProgress begins to show how far a command is, if standard error is a
// terminal. What is written to a terminal must go through the streams as they
// are then. The caller must stop it.
func startProgress(std *streams, command, text string) *progress {
	if !takesEscapes(std.err) {
		return nil
	}
	return newProgress(std, command, text, isTerminal(std.out))
}

// newProgress is startProgress on a standard error that is a terminal; both says
// whether standard output is one, too.
func newProgress(std *streams, command, text string, both bool) *progress {
	p := &progress{w: std.err, command: command, text: printable(text), begun: time.Now(), stopped: make(chan struct{})}
	std.err = besideProgress{p, std.err}
	if both {
		std.out = besideProgress{p, std.out}
	}
	p.ticking.Go(func() {
		ticker := time.NewTicker(progressEvery)
		defer ticker.Stop()
		for {
			select {
			case <-p.stopped:
				return
			case <-ticker.C:
				p.draw()
			}
		}
	})
	return p
}

// set changes what the line says. The most important comes first, because a
// narrow terminal cuts the end off.
func (p *progress) set(text string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text = printable(text)
}

// stop erases the line for good.
func (p *progress) stop() {
	if p == nil {
		return
	}
	close(p.stopped)
	p.ticking.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
}

func (p *progress) draw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	elapsed := time.Since(p.begun)
	if elapsed < progressAfter || p.midLine {
		return
	}
	line := fmt.Sprintf("anpkg %s: %d s: %s", p.command, int(elapsed.Seconds()), p.text)
	if line == p.shown {
		return
	}
	// Without automatic margins the terminal cuts the line off at its width.
	fmt.Fprintf(p.w, "\r\x1b[?7l%s\x1b[K\x1b[?7h", line)
	p.shown = line
}

func (p *progress) erase() {
	if p.shown != "" {
		io.WriteString(p.w, "\r\x1b[K")
		p.shown = ""
	}
}

// besideProgress is a stream to the terminal that has a line of progress.
type besideProgress struct {
	p *progress
	w io.Writer
}

func (b besideProgress) Write(text []byte) (int, error) {
	b.p.mu.Lock()
	defer b.p.mu.Unlock()
	b.p.erase()
	if n := len(text); n > 0 {
		b.p.midLine = text[n-1] != '\n'
	}
	return b.w.Write(text)
}

// tellError reports on standard error why a command failed with something, such as
// a package with the nameOf its argument: an invalid one with all that is wrong
// with it, as validate does. An empty name is left out.
func tellError(std streams, command, name string, err error) {
	var invalid *handoff.InvalidError
	switch {
	case errors.Is(err, context.Canceled):
		fmt.Fprintf(std.err, "anpkg %s: interrupted\n", command)
		return
	case errors.As(err, &invalid) && invalid.Report != nil:
		invalid.Report.WriteText(std.err, takesColor(std.err))
		err = errors.New("is not valid; nothing was done with it")
	}
	place := ""
	if name != "" {
		place = printable(name) + ": "
	}
	fmt.Fprintf(std.err, "anpkg %s: %s%s\n", command, place, printable(reason(err)))
}

// reason is why a package could not be looked at, without the path that is said
// before it.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// tellProject is tellError for what may be the problems of a project.
func tellProject(std streams, command, dir string, err error) {
	var problems validator.ProblemList
	var invalid *handoff.InvalidError // has a list, too
	if errors.As(err, &invalid) || !errors.As(err, &problems) {
		tellError(std, command, dir, err)
		return
	}
	for _, p := range problems {
		fmt.Fprintln(std.err, printable(p.Error()))
	}
	tellError(std, command, dir, errors.New("the project cannot be exported: "+count(len(problems), "problem")))
}

// stdinName is how messages and reports call a package from standard input.
const stdinName = "standard input"

var errTerminal = errors.New("is a terminal; pipe a package into it")

// nameOf is how messages call the package of an argument.
func nameOf(arg string) string {
	if arg == dash {
		return stdinName
	}
	return arg
}

// openPackage opens the package of an argument: a file, the folder of an unpacked
// one, or "-" for standard input. The caller must call done when there is no
// error, and tell an error with tellError.
func openPackage(ctx context.Context, std streams, arg string, opts handoff.OpenOptions) (p *handoff.Package, done func(), err error) {
	if arg != dash {
		p, err := handoff.OpenPath(ctx, arg, opts)
		if err != nil {
			return nil, nil, err
		}
		return p, func() { p.Close() }, nil // it was only read
	}
	if isTerminal(std.in) {
		return nil, nil, errTerminal
	}
	p, err = handoff.OpenReader(ctx, std.in, opts)
	var invalid *handoff.InvalidError
	switch {
	case errors.As(err, &invalid):
		invalid.Report.Package = stdinName
	case err == nil:
		p.Report().Package = stdinName
		return p, func() { p.Close() }, nil
	}
	return nil, nil, err
}

// inOrder returns an error if a file stands where a folder is wanted and the other way
// round, so that the two were given in the wrong order.
func inOrder(file, folder string) error {
	f, err := os.Stat(file)
	if err != nil || !f.IsDir() {
		return nil
	}
	if d, err := os.Stat(folder); err != nil || !d.Mode().IsRegular() {
		return nil
	}
	return errors.New("the arguments are in the wrong order: " + folder + " is a file, and " + file + " is a folder")
}
