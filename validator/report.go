package validator

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/contract"
	"github.com/anolishq/anolis-handoff/internal/show"
	"github.com/anolishq/anolis-handoff/redact"
)

// ReportVersion is the version of the report's form. It changes when a field
// changes its meaning or goes away, not when one is added.
const ReportVersion = 1

// Severity says what a problem does to the verdict.
type Severity string

const (
	// Error makes a package invalid.
	Error Severity = "error"
	// Warning does not, but a person should look at it.
	Warning Severity = "warning"
	// Note is something to know. Only the reading of a project reports it, and no
	// strictness makes it an error.
	Note Severity = "note"
)

// rank orders severities, the worst first.
func (s Severity) rank() int {
	switch s {
	case Error:
		return 0
	case Warning:
		return 1
	}
	return 2
}

// Problem is one thing to know about a package, or about a project: an error, a
// warning or a note.
type Problem struct {
	Severity Severity `json:"severity"`
	// Code is the stable name of the kind of problem; Codes lists them all.
	Code Code `json:"code"`
	// File is the slash path in the package or the project, empty for the whole. A
	// name that could do harm on a terminal is quoted.
	File string `json:"file"`
	// Pointer is the JSON Pointer (RFC 6901) of the value in File, empty for the
	// file as a whole.
	Pointer string `json:"pointer"`
	// Line and Column count from 1, columns in characters; 0 is unknown.
	Line   int `json:"line"`
	Column int `json:"column"`
	// Message says what is wrong, for people. It never contains a secret.
	Message string `json:"message"`
	// Hint says what to do about it. It may be empty.
	Hint string `json:"hint,omitempty"`
}

// Error is the problem on one line:
// file:line:column: severity: /pointer: message [code].
func (p Problem) Error() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
		}
		b.WriteString(": ")
	}
	b.WriteString(string(p.Severity))
	b.WriteString(": ")
	b.WriteString(p.located())
	b.WriteString(" [")
	b.WriteString(string(p.Code))
	b.WriteString("]")
	return b.String()
}

// Skipped is a check that did not run.
type Skipped struct {
	Check  string `json:"check"`
	Reason string `json:"reason"`
}

// File is a file of the package.
type File struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // lower-case hexadecimal
}

// Replay is one run of the machine runtime on the package.
type Replay struct {
	Profile string `json:"profile"` // the runtime profile
	Config  string `json:"config"`  // its file in the package
	// Outcome is accepted, refused, timeout, crashed, odd or not-run.
	Outcome   string `json:"outcome"`
	ExitCode  int    `json:"exitCode"`
	Signal    string `json:"signal,omitempty"`
	Stdout    string `json:"stdout"`
	Stderr    string `json:"stderr"`
	Truncated bool   `json:"truncated,omitempty"`
}

// Allowed is a finding about a secret that the policy allows.
type Allowed struct {
	File    string `json:"file"`
	Pointer string `json:"pointer"`
	// Line and Column count from 1; 0 is unknown.
	Line   int `json:"line"`
	Column int `json:"column"`
	// Rule is the ID of the rule that found it, and Reason why it is allowed.
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
}

// Rehearsal is what happens when the machine starts, as far as the package alone can
// say. What goes wrong is in the problems of the report; their codes begin with start-.
type Rehearsal struct {
	// Starts reports whether nothing was found that stops the machine from starting,
	// whichever runtime profile it starts with.
	Starts bool `json:"starts"`
	// Unjudged says what could not be judged, and why, a sentence each.
	Unjudged []string `json:"unjudged"`
	// Remarks say what the judgment rests on, such as the version of a schema that is
	// not the pinned one.
	Remarks []string `json:"remarks,omitempty"`
	// Profiles are the runtime profiles in the order of the manifest.
	Profiles []Start `json:"profiles"`
}

// Start is what happens when the machine starts with a runtime profile.
type Start struct {
	Profile string `json:"profile"` // the runtime profile
	Config  string `json:"config"`  // its file in the package
	// Starts is yes, no or unknown. Yes means that nothing was found that stops it.
	Starts string `json:"starts"`
	// Automation reports whether the profile runs a behavior tree.
	Automation bool `json:"automation"`
}

// Report is the verdict on a package and everything it rests on. Two reports on
// the same package with the same options are equal.
type Report struct {
	Version int `json:"version"` // ReportVersion
	// ToolVersion is the version of the program that made it, as its caller says; the
	// library leaves it empty.
	ToolVersion string `json:"toolVersion,omitempty"`
	// Package is the name the caller gave it; the library leaves it empty.
	Package string `json:"package"`
	// Valid says that no problem is an Error.
	Valid bool `json:"valid"`
	// Canonical says that an archive is byte for byte what the exporter writes
	// for its files. It is false for a directory, which has no bytes.
	Canonical bool `json:"canonical"`
	// Size and SHA256 are those of the archive; zero for a directory.
	Size   int64  `json:"size,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	// Files is what the package holds, sorted by path.
	Files []File `json:"files"`
	// Problems is everything that is wrong, errors first.
	Problems []Problem `json:"problems"`
	// Checks are the names of the checks that ran to their end.
	Checks []string `json:"checks"`
	// Skipped are those that did not. Errors explain why, except for checks that
	// nobody asked for.
	Skipped []Skipped `json:"skipped"`
	// Allowed is what the policy allows, in the order of the files.
	Allowed []Allowed `json:"allowed,omitempty"`
	// Rehearsal is what happens at the start; nil if that was not asked or not known.
	Rehearsal *Rehearsal `json:"rehearsal,omitempty"`
	// Replay is the evidence of the runtime, if it was asked.
	Replay []Replay `json:"replay,omitempty"`
}

// Err is nil for a valid package, and otherwise a ProblemList of the errors.
func (r *Report) Err() error {
	var list ProblemList
	for _, p := range r.Problems {
		if p.Severity == Error {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list
}

// Count is the number of problems of a severity.
func (r *Report) Count(s Severity) int {
	n := 0
	for _, p := range r.Problems {
		if p.Severity == s {
			n++
		}
	}
	return n
}

// SecretFiles returns the files in which there is a secret, or what may be one, by the
// names that the problems have for them. What they hold is not to be shown beyond what
// the report says.
func (r *Report) SecretFiles() map[string]bool {
	files := map[string]bool{}
	for _, p := range r.Problems {
		if p.Code == CodeSecret || p.Code == CodeSuspicious {
			files[p.File] = true
		}
	}
	return files
}

// ProblemList is the error that a report on an invalid package turns into.
// errors.As finds it, and each Problem in it.
type ProblemList []Problem

// Error has one line for each problem.
func (l ProblemList) Error() string {
	lines := make([]string, len(l))
	for i, p := range l {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As look at each problem.
func (l ProblemList) Unwrap() []error {
	errs := make([]error, len(l))
	for i, p := range l {
		errs[i] = p
	}
	return errs
}

// Add adds problems, each once, in the order of a report, and decides Valid anew:
// no problem is an Error.
func (r *Report) Add(problems ...Problem) {
	r.Problems = append(r.Problems, problems...)
	r.finish()
}

// finish puts everything in its stable order and decides the verdict.
func (r *Report) finish() {
	slices.SortStableFunc(r.Problems, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.Severity.rank(), b.Severity.rank()),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Pointer, b.Pointer),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Message, b.Message),
		)
	})
	r.Problems = slices.Compact(r.Problems)
	r.Valid = r.Count(Error) == 0
}

// reportSchemaName is the schema that describes what Report.WriteJSON writes.
const reportSchemaName = "report"

// policySchemaName is the schema of a policy file, see redact.ReadPolicy.
const policySchemaName = "policy"

// SchemaNames lists the documents that Schema knows, sorted.
func SchemaNames() []string {
	names := append(contract.Names(), reportSchemaName, policySchemaName)
	slices.Sort(names)
	return names
}

// Schema is the JSON Schema of a document, for editors and other tools. It is
// what packages are checked with unless Options.Schemas replaces it.
func Schema(name string) ([]byte, error) {
	switch name {
	case reportSchemaName:
		return ReportSchema(), nil
	case policySchemaName:
		return redact.PolicySchema(), nil
	}
	if !slices.Contains(contract.Names(), name) {
		return nil, fmt.Errorf("no schema is called %q; there are %s", name, strings.Join(SchemaNames(), ", "))
	}
	return contract.Source(name)
}

// quote shows a value of a document, cut: aliases can repeat a long one thousands of
// times.
func quote(text string) string { return show.Quote(text, 400) }

// showName shows the name of a file.
func showName(name string) string { return show.Line(name) }
