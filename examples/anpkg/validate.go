package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

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
// there is a program: a slip on the command line is no fault of the packages.
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
