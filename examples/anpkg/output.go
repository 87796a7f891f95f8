package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/validator"
)

// outcome is what became of an export.
type outcome struct {
	dir, out string
	sent     *sentPackage
	variants exporter.Variants // as asked for
	result   *handoff.Result   // nil unless the package was written
	err      error
}

// problems are the reasons in the project for a failure that left no report.
func (o outcome) problems() validator.ProblemList {
	var list validator.ProblemList
	if o.report() == nil {
		errors.As(o.err, &list)
	}
	return list
}

// report is the verdict for which the package was not written, or with which it
// was written; nil when there is none.
func (o outcome) report() *validator.Report {
	var refused *handoff.InvalidError
	var strict *handoff.StrictError
	switch {
	case errors.As(o.err, &refused):
		return refused.Report
	case errors.As(o.err, &strict):
		return strict.Report
	case o.result != nil:
		return o.result.Report
	}
	return nil
}

// refused reports whether the verdict kept the package from being written.
func (o outcome) refused() bool { return o.result == nil && o.report() != nil && !o.report().Valid }

// strict reports whether warnings kept the package from being written.
func (o outcome) strict() bool {
	var strict *handoff.StrictError
	return errors.As(o.err, &strict)
}

// verdict is what the report adds to problems and notes: the notes, which come
// with a written package, know already what could be a secret or is read
// differently.
func (o outcome) verdict() []validator.Problem {
	var list []validator.Problem
	if r := o.report(); r != nil {
		for _, p := range r.Problems {
			if o.result == nil || p.Code != validator.CodeReader && p.Code != validator.CodeSuspicious {
				list = append(list, p)
			}
		}
	}
	return list
}

// verdictLine is a problem of the verdict. Its place is in the project when the
// package was refused, and in the package when it was written.
func (o outcome) verdictLine(p validator.Problem) string {
	if o.result != nil {
		return "in the package: " + p.Error()
	}
	return p.Error()
}

// failure is why the export failed, in one line; "" when it did not.
func (o outcome) failure() string {
	var why string
	switch {
	case o.err == nil:
		return ""
	case errors.Is(o.err, context.Canceled):
		why = "interrupted"
	case o.sent.err != nil:
		why = "standard output: " + o.sent.err.Error()
	case len(o.problems()) > 0:
		why = o.dir + ": " + count(len(o.problems()), "problem")
	case o.strict():
		why = o.dir + ": " + count(o.report().Count(validator.Warning), "warning") + ", which --strict refuses"
	case o.refused():
		why = o.dir + ": the package would be invalid: " + count(o.report().Count(validator.Error), "error")
	case errors.Is(o.err, exporter.ErrChanged):
		why = o.err.Error() + " (export again)"
	default:
		why = o.err.Error()
	}
	switch {
	case o.result != nil:
	case o.sent.size > 0:
		why += "; what was written is no complete package"
	default:
		why += "; nothing was written"
	}
	if o.refused() {
		why += " (--allow-invalid writes it all the same)"
	}
	return why
}

// printText writes the path to standard output, and everything said
// about it to standard error.
func (o outcome) printText(std streams) int {
	if o.result != nil {
		for _, n := range o.result.Notes {
			fmt.Fprintln(std.err, printable(n.Error()))
		}
		if hint := variantsHint(o.variants, o.result.Notes); hint != "" {
			fmt.Fprintf(std.err, "note: %s\n", printable(hint))
		}
	}
	for _, p := range o.problems() {
		fmt.Fprintln(std.err, printable(p.Error()))
	}
	for _, p := range o.verdict() {
		fmt.Fprintln(std.err, printable(o.verdictLine(p)))
	}
	if o.err != nil {
		fmt.Fprintf(std.err, "anpkg export: %s\n", printable(o.failure()))
		return exitFailed
	}
	if r := o.report(); r != nil && !r.Valid {
		fmt.Fprintf(std.err, "warning: the package is invalid: %s; --allow-invalid wrote it all the same\n",
			count(r.Count(validator.Error), "error"))
	}
	if o.out == dash {
		return exitOK
	}
	if _, err := fmt.Fprintln(std.out, printable(o.out)); err != nil {
		return o.tellOutput(std, err)
	}
	return exitOK
}

// tellOutput reports that the answer could not be told.
func (o outcome) tellOutput(std streams, err error) int {
	if o.result != nil {
		err = fmt.Errorf("%w (the package is at %s)", err, o.out)
	}
	tellOutput(std, "export", err)
	return exitFailed
}
