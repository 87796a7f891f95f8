package validator

import (
	"fmt"
	"io"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/show"
)

const (
	// manyProblems fill a screen; the verdict is then said again after them.
	manyProblems = 20
	// outputLines of each output of the runtime are shown. They are the last,
	// because what ends a program comes at its end.
	outputLines = 20
)

// WriteText writes the report for people: the verdict on its first line, then a
// line for each problem,
//
//	file:line:column: error: /json/pointer: message [code]
//
// with what to do about it below the first of its kind, then what was skipped
// and what the runtime said, and last the digest of the archive. The digests of
// the files are in the JSON form only.
//
// With color, the verdict and the severities have ANSI colors. All text from the
// package is made safe for a terminal. Equal reports give equal bytes. An error
// is that of w.
func (r *Report) WriteText(w io.Writer, color bool) error {
	t := textWriter{show.Text{Color: color}}
	t.verdict(r)
	t.problems(r)
	for _, g := range r.skippedGroups() {
		t.Line("skipped: ", strings.Join(g.checks, ", "), ": ", g.reason)
	}
	for _, run := range r.Replay {
		t.replay(run)
	}
	if r.SHA256 != "" {
		t.Line("sha256: ", r.SHA256, ", ", show.Count(r.Size, "byte"), ", ", show.Count(len(r.Files), "file"))
	}
	if len(r.Problems) > manyProblems {
		t.verdict(r)
	}
	_, err := w.Write(t.Bytes())
	return err
}

type textWriter struct{ show.Text }

func (t *textWriter) verdict(r *Report) {
	t.Paint(show.Bold, r.name())
	t.WriteString(": ")
	errors, warnings := int64(r.Count(Error)), int64(r.Count(Warning))
	switch {
	case !r.Valid && warnings == 0:
		t.Paint(show.Red, "INVALID: "+show.Count(errors, "error"))
	case !r.Valid:
		t.Paint(show.Red, "INVALID: "+show.Count(errors, "error")+", "+show.Count(warnings, "warning"))
	case warnings > 0:
		t.Paint(show.Yellow, "valid with "+show.Count(warnings, "warning"))
	default:
		t.Paint(show.Green, "valid")
	}
	switch {
	case r.Canonical:
		t.WriteString(" (canonical)")
	case r.SHA256 != "": // a directory cannot be
		t.WriteString(" (not canonical)")
	}
	t.WriteByte('\n')
}

func (t *textWriter) problems(r *Report) {
	type hint struct {
		code Code
		text string
	}
	shown := map[hint]bool{}
	for _, p := range r.Problems {
		file := p.File
		if file == "" {
			file = r.name()
		}
		t.WriteString(show.Line(file))
		if p.Line > 0 {
			fmt.Fprintf(t, ":%d", p.Line)
			if p.Column > 0 {
				fmt.Fprintf(t, ":%d", p.Column)
			}
		}
		t.WriteString(": ")
		switch p.Severity {
		case Error:
			t.Paint(show.Red, string(p.Severity))
		case Warning:
			t.Paint(show.Yellow, string(p.Severity))
		default:
			t.WriteString(show.Line(string(p.Severity)))
		}
		t.Line(": ", p.located(), " [", string(p.Code), "]")
		if h := (hint{p.Code, p.Hint}); p.Hint != "" && !shown[h] {
			shown[h] = true
			t.Line("    fix: ", p.Hint)
		}
	}
}

func (t *textWriter) replay(run Replay) {
	detail := ""
	switch {
	case run.Signal != "":
		detail = " (" + run.Signal + ")"
	case run.ExitCode > 0:
		detail = fmt.Sprintf(" (exit code %d)", run.ExitCode)
	}
	t.Line("replay: ", run.Profile, " (", run.Config, "): ", run.Outcome, detail)
	t.output("stdout", run.Stdout)
	t.output("stderr", run.Stderr)
	if run.Truncated {
		t.Line("    the output is not complete")
	}
}

func (t *textWriter) output(stream, text string) {
	text = strings.TrimRight(text, "\n")
	if text == "" {
		return
	}
	lines := strings.Split(text, "\n")
	if left := len(lines) - outputLines; left > 0 {
		t.Line("    ", stream, ": ", show.Count(left, "earlier line"), " left out, the JSON form has them")
		lines = lines[left:]
	}
	for _, line := range lines {
		t.Line("    ", stream, ": ", strings.ReplaceAll(strings.TrimRight(line, "\r"), "\t", "    "))
	}
}
