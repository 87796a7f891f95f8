package main

import (
	"context"
	"errors"

	"github.com/anolishq/anolis-handoff/handoff"
)

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
