package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/validator"
)

func validateCommand() command {
	return command{
		name:     "validate",
		operands: []operand{{name: "PACKAGE", repeated: true, stdin: true}},
		summary:  "tell whether packages are sound",
		about: `
A PACKAGE is an .anpkg file, the folder of an unpacked one, or - for a file from
standard input. The reports go to standard output in the order of the packages;
what cannot be read is told on standard error. There are colors on a terminal
unless NO_COLOR is set.`,
		exits:   "0 all valid, 1 at least one is not, 2 wrong use or unreadable",
		example: "anpkg validate --strict --runtime-bin ./anolis-runtime rig-1.anpkg",
		verb:    func() verb { return &validateVerb{} },
	}
}

type validateVerb struct {
	packages []string
	format   string
	strict   bool
	opts     validator.Options
	in       io.Reader
	queue    *queue
}

func (c *validateVerb) flags(set *flag.FlagSet) {
	formatVar(set, &c.format, "json has one object a line for each package, sarif is for code scanning", "text", "json", "sarif")
	set.BoolVar(&c.strict, "strict", false, "fail on warnings too")
	set.Func("runtime-bin", "`PATH` let this machine runtime check each runtime profile", func(name string) (err error) {
		c.opts.Runtime.Binary, err = findBinary(name)
		return err
	})
	set.Var(timeout{&c.opts.Runtime.Timeout}, "runtime-timeout", "`D` time for each of its runs, such as 1m (default 10s)")
	runtimeVersionVar(set, &c.opts.RuntimeVersion)
	rehearsalVars(set, &c.opts)
	policyVar(set, &c.opts.Policy)
	set.Var(limits{&c.opts.Limits}, "limit", "`NAME=VALUE` change a limit: entries=N, values=N, file=BYTES, total=BYTES "+
		"or document=BYTES, where a number may end in K, M or G; may be repeated")
}

func (c *validateVerb) run(ctx context.Context, args []string, std streams) int {
	c.packages, c.in = args, std.in
	color := takesColor(std.out)
	line := startProgress(&std, "validate", "reading")
	defer line.stop()
	c.queue = newQueue(line, args)
	p := &verdictPrinter{command: c, std: std, color: color}
	for v := range c.verdicts(ctx) {
		if !p.print(v) {
			break
		}
	}
	return p.finish()
}

// findBinary looks a bare name up in PATH, as a shell does, and makes sure that
// there is a program: a slip on the command line is not a fault of the packages.
func findBinary(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil {
		return path, nil
	}
	if _, missing := exec.LookPath("." + string(filepath.Separator) + name); missing == nil && filepath.Base(name) == name {
		return "", fmt.Errorf("not found in PATH; for the one in this directory write .%c%s", filepath.Separator, name)
	}
	var inExec *exec.Error
	var inPath *fs.PathError
	switch {
	case errors.As(err, &inPath):
		return "", inPath.Err
	case errors.Is(err, exec.ErrNotFound):
		return "", errors.New("not found in PATH")
	case errors.As(err, &inExec):
		return "", inExec.Err
	}
	return "", err
}

// timeout is a flag with a length of time above 0.
type timeout struct {
	to *time.Duration
}

func (t timeout) String() string { return "" }

func (t timeout) Set(s string) error {
	value, err := time.ParseDuration(s)
	if err != nil || value <= 0 {
		return errors.New("want a time above 0, such as 10s or 2m")
	}
	*t.to = value
	return nil
}

// limits is a repeated flag NAME=VALUE.
type limits struct {
	to *validator.Limits
}

func (l limits) String() string { return "" }

func (l limits) Set(s string) error {
	name, text, ok := strings.Cut(s, "=")
	if !ok {
		return errors.New("want NAME=VALUE")
	}
	var to *int64
	switch name {
	case "entries", "values":
		to = new(int64)
	case "file":
		to = &l.to.File
	case "total":
		to = &l.to.Total
	case "document":
		to = &l.to.Document
	default:
		return errors.New("want entries, file, total, document or values before the =")
	}
	value, err := parseSize(text)
	if err != nil {
		return err
	}
	*to = value
	switch count := int(min(value, 1<<31-1)); name {
	case "entries":
		l.to.Entries = count
	case "values":
		l.to.Values = count
	}
	return nil
}

// verdictPrinter writes verdicts as they come and keeps the exit code.
type verdictPrinter struct {
	command *validateVerb
	std     streams
	color   bool

	tally   tally
	code    int
	reports []*validator.Report // for SARIF, which is one document
	err     error               // of standard output
}

// print reports whether it wants more.
func (p *verdictPrinter) print(v verdict) bool {
	switch {
	case errors.Is(v.err, context.Canceled):
		return true // finish names all that are missing
	case v.err != nil:
		p.tally.unjudged++
		p.code = exitTrouble
		fmt.Fprintf(p.std.err, "anpkg validate: %s: %s\n", printable(v.path), printable(reason(v.err)))
		if p.command.format != "text" {
			p.report(unjudged(v))
		}
	default:
		p.tally.add(v.report)
		if p.fails(v.report) && p.code == exitOK {
			p.code = exitFailed
		}
		p.report(v.report)
	}
	return p.err == nil
}

// fails reports whether a package does not get through.
func (p *verdictPrinter) fails(r *validator.Report) bool {
	return !r.Valid || p.command.strict && r.Count(validator.Warning) > 0
}

func (p *verdictPrinter) report(r *validator.Report) {
	r.ToolVersion = toolVersion()
	switch p.command.format {
	case "json":
		p.err = r.WriteJSON(p.std.out)
	case "sarif":
		r.Package = filepath.ToSlash(filepath.Clean(r.Package)) // as code scanning wants it
		p.reports = append(p.reports, r)
	default:
		p.text(r)
	}
}

func (p *verdictPrinter) text(r *validator.Report) {
	if p.tally.judged() > 1 {
		fmt.Fprintln(p.std.out) // the next write fails too, if this one does
	}
	p.err = r.WriteText(p.std.out, p.color)
	if p.err == nil && r.Valid && p.fails(r) {
		_, p.err = fmt.Fprintln(p.std.out, "strict: refused, because there are warnings")
	}
}

// finish writes what comes last and gives the exit code.
func (p *verdictPrinter) finish() int {
	missing := len(p.command.packages) - p.tally.judged() - p.tally.unjudged
	switch {
	case p.err != nil || missing > 0: // half of a SARIF file would say that the rest is fine
	case p.command.format == "sarif":
		p.err = validator.WriteSARIF(p.std.out, p.reports...)
	case p.command.format == "text" && len(p.command.packages) > 1:
		_, p.err = fmt.Fprintf(p.std.out, "\n%s\n", p.tally)
	}
	if p.err != nil {
		tellOutput(p.std, "validate", p.err)
		return exitTrouble
	}
	if missing > 0 {
		fmt.Fprintf(p.std.err, "anpkg validate: interrupted; %s not validated\n", count(missing, "package"))
		return exitTrouble
	}
	return p.code
}

// unjudged says in the place of a report that there is none, so that whoever
// only reads the output does not take silence for consent.
func unjudged(v verdict) *validator.Report {
	info, _ := validator.Info(validator.CodeUnreadable)
	return &validator.Report{
		Version: validator.ReportVersion,
		Package: v.path,
		Problems: []validator.Problem{{
			Severity: validator.Error, Code: info.Code, Message: "could not be validated: " + reason(v.err), Hint: info.Fix,
		}},
	}
}

// maxAhead is how many verdicts are kept that wait for one before them.
const maxAhead = 64

// verdict is what became of one package.
type verdict struct {
	path   string            // of the package, as messages have it
	report *validator.Report // nil if there is an error
	err    error
}

// verdicts validates the packages side by side and yields the verdicts in the
// order of the arguments, each as soon as it and those before it are known. When
// ctx is done the last ones may be missing. Nothing goes on when it returns.
func (c *validateVerb) verdicts(ctx context.Context) iter.Seq[verdict] {
	return func(yield func(verdict) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var working sync.WaitGroup
		defer working.Wait()
		defer cancel()

		begun := make(chan chan verdict, maxAhead)
		slots := make(chan struct{}, runtime.GOMAXPROCS(0))
		working.Go(func() {
			defer close(begun)
			for i := range c.packages {
				result := make(chan verdict, 1)
				select {
				case begun <- result:
				case <-ctx.Done():
					return
				}
				slots <- struct{}{}
				working.Go(func() {
					defer func() { <-slots }()
					result <- c.validate(ctx, i)
				})
			}
		})
		for result := range begun {
			if !yield(<-result) {
				return
			}
		}
	}
}

// validate gives the verdict on the package of an argument.
func (c *validateVerb) validate(ctx context.Context, i int) verdict {
	arg := c.packages[i]
	v := verdict{path: nameOf(arg)}
	if v.err = ctx.Err(); v.err != nil {
		return v
	}
	c.queue.set(i, "reading")
	defer c.queue.finish(i)
	opts := c.opts
	opts.Progress = func(check string) { c.queue.set(i, check) }
	if arg == dash {
		v.report, v.err = validateInput(ctx, c.in, opts)
	} else {
		v.report, v.err = handoff.ValidatePath(ctx, arg, opts)
	}
	return v
}

func validateInput(ctx context.Context, in io.Reader, opts validator.Options) (*validator.Report, error) {
	if isTerminal(in) {
		return nil, errTerminal
	}
	report, err := handoff.ValidateReader(ctx, in, opts)
	if report != nil {
		report.Package = stdinName
	}
	return report, err
}

// tally counts verdicts.
type tally struct {
	valid, warned, invalid int
	unjudged               int // packages that could not be validated
}

func (t *tally) add(r *validator.Report) {
	switch {
	case !r.Valid:
		t.invalid++
	case r.Count(validator.Warning) > 0:
		t.warned++
	default:
		t.valid++
	}
}

// judged is the number of reports.
func (t tally) judged() int { return t.valid + t.warned + t.invalid }

// String is the tally on one line.
func (t tally) String() string {
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{
		{t.valid, "valid"}, {t.warned, "valid with warnings"}, {t.invalid, "INVALID"}, {t.unjudged, "not validated"},
	} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	return count(t.judged()+t.unjudged, "package") + ": " + strings.Join(parts, ", ")
}

// queue has a progress show the one of many packages that is waited for: the
// first in order that is not done.
type queue struct {
	p     *progress
	names []string

	mu    sync.Mutex
	doing []string // with each; "" if it has not begun
	done  []bool
	first int // not done
}

func newQueue(p *progress, args []string) *queue {
	q := &queue{p: p, doing: make([]string, len(args)), done: make([]bool, len(args))}
	for _, arg := range args {
		q.names = append(q.names, nameOf(arg))
	}
	return q
}

// set tells what is being done with a package.
func (q *queue) set(i int, doing string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.doing[i] = doing
	if i == q.first {
		q.show()
	}
}

// finish reports that nothing more is done with a package.
func (q *queue) finish(i int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.done[i] = true; q.first < len(q.done) && q.done[q.first]; q.first++ {
	}
	q.show()
}

func (q *queue) show() {
	if q.first == len(q.names) {
		return
	}
	text := q.names[q.first] + ": " + q.doing[q.first]
	if len(q.names) > 1 {
		text = fmt.Sprintf("%d of %d, %s", q.first+1, len(q.names), text)
	}
	q.p.set(text)
}

var errSize = errors.New("want a whole number above 0; bytes may end in K, M or G")

// parseSize reads a number of bytes or things: 500, 64K, 2M, 4G.
func parseSize(text string) (int64, error) {
	factor := int64(1)
	for i, unit := range []string{"K", "M", "G"} {
		if digits, ok := strings.CutSuffix(strings.ToUpper(text), unit); ok {
			text, factor = digits, 1<<(10*(i+1))
			break
		}
	}
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil || value <= 0 || value > math.MaxInt64/factor {
		return 0, errSize
	}
	return value * factor, nil
}

// byteSize is a number of bytes in a few characters, as in 2.1 GiB.
func byteSize(n int64) string {
	const step, rounded = 1 << 10, 1<<10 - 0.05 // which would be shown as 1024.0
	if n < step {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n)/step, 0
	for ; value >= rounded && unit < 3; unit++ {
		value /= step
	}
	return fmt.Sprintf("%.1f %ciB", value, "KMGT"[unit])
}
