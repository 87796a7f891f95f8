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

type validateCommand struct {
	packages []string
	format   choice
	strict   bool
	opts     validator.Options
}

func runValidate(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c, err := parseValidate(args)
	switch {
	case errors.Is(err, errHelp):
		fmt.Fprint(stdout, validateHelp)
		return exitOK
	case err != nil:
		return usageError(stderr, "validate", err)
	}
	p := &verdictPrinter{command: c, stdout: stdout, stderr: stderr, color: isTerminal(stdout)}
	for v := range c.verdicts(ctx) {
		if !p.print(v) {
			break
		}
	}
	return p.finish()
}

func parseValidate(args []string) (*validateCommand, error) {
	c := &validateCommand{format: choice{"text", []string{"text", "json", "sarif"}}}
	flags := flag.NewFlagSet("validate", flag.ContinueOnError)
	flags.Var(&c.format, "format", "")
	flags.BoolVar(&c.strict, "strict", false, "")
	binary := flags.String("runtime-bin", "", "")
	flags.Var(timeout{&c.opts.Runtime.Timeout}, "runtime-timeout", "")
	flags.Var(limits{&c.opts.Limits}, "limit", "")
	packages, err := parseFlags(flags, args)
	if err != nil {
		return nil, err
	}
	if c.packages = packages; len(packages) == 0 {
		return nil, errors.New("PACKAGE is missing")
	}
	for _, path := range packages {
		if path == "" {
			return nil, errors.New("PACKAGE is empty")
		}
	}
	flags.Visit(func(f *flag.Flag) {
		if f.Name == "runtime-bin" { // an empty one is no wish to leave the replay out
			c.opts.Runtime.Binary, err = findBinary(*binary)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("--runtime-bin %q: %w", *binary, err)
	}
	return c, nil
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
