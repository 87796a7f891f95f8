package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
)

// outcome is what became of an export.
type outcome struct {
	dir, out string
	variants exporter.Variants // as asked for
	result   *handoff.Result   // nil unless the package was written
	err      error
}

// problems are the reasons in the project for a failure.
func (o outcome) problems() exporter.Problems {
	var list exporter.Problems
	errors.As(o.err, &list)
	return list
}

// failure is why the export failed, in one line; "" when it did not.
func (o outcome) failure() string {
	var why string
	switch {
	case o.err == nil:
		return ""
	case errors.Is(o.err, context.Canceled):
		why = "interrupted"
	case len(o.problems()) > 0:
		why = o.dir + ": " + count(len(o.problems()), "problem")
	case errors.Is(o.err, exporter.ErrChanged):
		why = o.err.Error() + " (export again)"
	default:
		why = o.err.Error()
	}
	if o.result == nil {
		why += "; nothing was written"
	}
	return why
}

// printText writes the path to stdout and everything said about it to stderr.
func printText(stdout, stderr io.Writer, o outcome) int {
	if o.result != nil {
		for _, n := range o.result.Notes {
			fmt.Fprintf(stderr, "note: %s\n", printable(n.String()))
		}
		if hint := variantsHint(o.variants, o.result.Notes); hint != "" {
			fmt.Fprintf(stderr, "note: %s\n", printable(hint))
		}
	}
	for _, p := range o.problems() {
		fmt.Fprintf(stderr, "error: %s\n", printable(p.Error()))
	}
	if o.err != nil {
		fmt.Fprintf(stderr, "anpkg export: %s\n", printable(o.failure()))
		return exitFailed
	}
	if _, err := fmt.Fprintln(stdout, printable(o.out)); err != nil {
		return outputError(stderr, o, err)
	}
	return exitOK
}

// outputError reports that the answer could not be told.
func outputError(stderr io.Writer, o outcome, err error) int {
	fmt.Fprintf(stderr, "anpkg export: standard output: %s", printable(err.Error()))
	if o.result != nil {
		fmt.Fprintf(stderr, " (the package is at %s)", printable(o.out))
	}
	fmt.Fprintln(stderr)
	return exitFailed
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
