package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/anolishq/anolis-handoff/validator"
)

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
		return true // finish tells of all that are missing
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
