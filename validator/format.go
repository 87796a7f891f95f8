package validator

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/sarif"
	"github.com/anolishq/anolis-handoff/internal/show"
)

//go:generate go test -run=^(TestReportSchemaIsCurrent|TestChecksDocIsCurrent)$ . -update

// skippedGroup is what was skipped for one reason.
type skippedGroup struct {
	reason string
	checks []string
}

// skippedGroups joins the checks that have the same reason, in the order of the
// first: a refused archive has one reason for all of them.
func (r *Report) skippedGroups() []skippedGroup {
	var groups []skippedGroup
	at := map[string]int{}
	for _, s := range r.Skipped {
		i, ok := at[s.Reason]
		if !ok {
			i = len(groups)
			at[s.Reason] = i
			groups = append(groups, skippedGroup{reason: s.Reason})
		}
		groups[i].checks = append(groups[i].checks, s.Check)
	}
	return groups
}

// name is the package's, also if the caller gave none.
func (r *Report) name() string {
	if r.Package == "" {
		return "package"
	}
	return r.Package
}

// located is the message after the place in the document that it speaks about.
func (p Problem) located() string {
	if p.Pointer == "" {
		return p.Message
	}
	return p.Pointer + ": " + p.Message
}

//go:embed report.schema.json
var reportSchema string

// ReportSchema is the JSON Schema (draft 2020-12) of what Report.WriteJSON
// writes. It is generated from the type Report. A document of a later minor
// version of this library may have further properties, and the schema allows
// them.
func ReportSchema() []byte { return []byte(reportSchema) }

// WriteJSON writes the report as one JSON object on one line, with a line feed
// at its end. Its form is ReportSchema; the property version marks
// incompatible changes.
//
// Lists are never null, though replay is left out if there was none. The text is
// valid UTF-8 whatever the report holds, has no character that a terminal acts
// on, and equal reports give equal bytes. It returns errors from w.
func (r *Report) WriteJSON(w io.Writer) error {
	out := *r
	out.Files = notNil(out.Files)
	out.Problems = notNil(out.Problems)
	out.Checks = notNil(out.Checks)
	out.Skipped = notNil(out.Skipped)
	return show.JSON(w, out, "")
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

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
// comes from w.
func (r *Report) WriteText(w io.Writer, color bool) error {
	t := textWriter{show.Text{Color: color}}
	t.verdict(r)
	t.problems(r)
	for _, g := range r.skippedGroups() {
		t.Line("skipped: ", strings.Join(g.checks, ", "), ": ", g.reason)
	}
	for _, a := range r.Allowed {
		t.Line("allowed: ", a.File, place(a.Line, a.Column), " (", a.Rule, "): ", a.Reason)
	}
	for _, line := range r.Rehearsal.Lines() {
		t.Line("rehearsal: ", line)
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
	return show.Write(w, t.Bytes())
}

type textWriter struct{ show.Text }

func (t *textWriter) verdict(r *Report) {
	t.Paint(show.Bold, r.name())
	t.WriteString(": ")
	style := show.Green
	switch {
	case !r.Valid:
		style = show.Red
	case len(r.Problems) > 0:
		style = show.Yellow
	}
	t.Paint(style, r.Verdict())
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

func place(line, column int) string {
	if line == 0 {
		return ""
	}
	return fmt.Sprintf(":%d:%d", line, column)
}

// Verdict returns the verdict in words: valid, valid with 2 warnings, INVALID: 1 error,
// or that it is valid and the machine will not start all the same.
func (r *Report) Verdict() string {
	warnings := ""
	if n := r.Count(Warning); n > 0 {
		warnings = show.Count(n, "warning")
	}
	switch {
	case !r.Valid && warnings == "":
		return "INVALID: " + show.Count(r.Count(Error), "error")
	case !r.Valid:
		return "INVALID: " + show.Count(r.Count(Error), "error") + ", " + warnings
	case r.Rehearsal != nil && !r.Rehearsal.Starts:
		faults := 0
		for _, p := range r.Problems {
			if strings.HasPrefix(string(p.Code), "start-") && p.Code != CodeStartDoubtful {
				faults++
			}
		}
		return "valid, but it will not start: " + show.Count(faults, "fault")
	case warnings != "":
		return "valid with " + warnings
	}
	return "valid"
}

// Lines says in words, a line each, which runtime profiles start, and what that rests
// on. Of none, nothing is said.
func (r *Rehearsal) Lines() []string {
	if r == nil || len(r.Profiles) == 0 {
		return nil
	}
	var lines []string
	switch all := !slices.ContainsFunc(r.Profiles, func(s Start) bool { return s.Starts != "yes" }); {
	case all && len(r.Profiles) == 1:
		lines = append(lines, "the runtime profile starts, as far as the package can say")
	case all:
		lines = append(lines, "all "+strconv.Itoa(len(r.Profiles))+" runtime profiles start, as far as the package can say")
	default:
		for _, s := range r.Profiles {
			verdict := map[string]string{"yes": "starts", "no": "does not start"}[s.Starts]
			if verdict == "" {
				verdict = "may not start"
			}
			lines = append(lines, s.Profile+" ("+s.Config+"): "+verdict)
		}
	}
	lines = append(lines, r.Remarks...)
	for _, text := range r.Unjudged {
		lines = append(lines, "not judged: "+text)
	}
	return lines
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

const (
	projectURI   = "https://github.com/anolishq/anolis-handoff"
	checksDocURI = projectURI + "/blob/main/docs/checks.md"
)

// Kinds of notification.
const (
	noteSkipped = iota
	noteLeftOut
)

// WriteSARIF writes the reports as one run of a SARIF 2.1.0 file, in a form that
// GitHub code scanning accepts.
//
// The location of a problem is the file in the package, written as if the
// archive were a directory: rig.anpkg/machine-profile.yaml. Report.Package should
// therefore be the package's slash path from the root of the repository. A
// problem of no known line is put on line 1, since code scanning wants one. A
// file whose name leads out of the package is only named in the message.
//
// Code scanning refuses a file with more than 25,000 results. What goes beyond
// is left out, errors last, and a notification says so. A report that is nil
// is ignored. The version of the tool is the first ToolVersion of a report. Equal
// reports give equal bytes. It returns errors from w.
func WriteSARIF(w io.Writer, reports ...*Report) error {
	return show.JSON(w, sarifLog(sarif.MaxResults, reports), "  ")
}

func sarifLog(limit int, reports []*Report) sarif.Log {
	s := sarifWriter{infos: map[Code]CodeInfo{}, rules: map[string]int{}, seen: map[string]int{}, artifacts: map[string]bool{}}
	for _, info := range Codes() {
		s.infos[info.Code] = info
	}
	errors, total := 0, 0
	for _, r := range reports {
		if r != nil {
			s.run.Tool.Driver.Version = cmp.Or(s.run.Tool.Driver.Version, r.ToolVersion)
			errors += r.Count(Error)
			total += len(r.Problems)
		}
	}
	s.errorsLeft = min(errors, limit)
	s.othersLeft = limit - s.errorsLeft
	s.run.Results, s.run.Tool.Driver.Rules = []sarif.Result{}, []sarif.Descriptor{}
	for _, r := range reports {
		if r != nil {
			s.report(r)
		}
	}
	if total > limit {
		s.notify(noteLeftOut, sarif.LevelError, nil,
			fmt.Sprintf("%d of %d problems are left out: code scanning takes no more", total-limit, total))
	}
	return s.log()
}

type sarifWriter struct {
	infos      map[Code]CodeInfo
	run        sarif.Run
	notes      []sarif.Notification
	rules      map[string]int  // index of the rule of an id
	seen       map[string]int  // how often a fingerprint was given
	artifacts  map[string]bool // packages that are listed
	errorsLeft int
	othersLeft int
}

func (s *sarifWriter) log() sarif.Log {
	s.run.ColumnKind = sarif.UnicodeCodePoints
	s.run.Invocations = []sarif.Invocation{{ExecutionSuccessful: true, ToolConfigurationNotifications: s.notes}}
	driver := &s.run.Tool.Driver
	driver.Name, driver.InformationURI = "anpkg", projectURI
	driver.Notifications = []sarif.Descriptor{
		noteSkipped: {ID: "check-skipped", Name: "CheckSkipped", ShortDescription: &sarif.Message{Text: "A check did not run."}},
		noteLeftOut: {ID: "results-left-out", Name: "ResultsLeftOut", ShortDescription: &sarif.Message{Text: "Some problems are not listed."}},
	}
	return sarif.Log{Schema: sarif.Schema, Version: sarif.Version, Runs: []sarif.Run{s.run}}
}

func (s *sarifWriter) notify(kind int, level string, locations []sarif.Location, text string) {
	id := [...]string{noteSkipped: "check-skipped", noteLeftOut: "results-left-out"}[kind]
	s.notes = append(s.notes, sarif.Notification{
		Descriptor: sarif.Reference{ID: id, Index: kind}, Level: level,
		Message: sarif.Message{Text: plainText(text)}, Locations: locations,
	})
}

func (s *sarifWriter) report(r *Report) {
	uri := sarif.URI(r.Package, "")
	if r.SHA256 != "" && !s.artifacts[uri+" "+r.SHA256] {
		s.artifacts[uri+" "+r.SHA256] = true
		s.run.Artifacts = append(s.run.Artifacts, sarif.Artifact{
			Location: sarif.ArtifactLocation{URI: uri}, Length: r.Size,
			Roles: []string{"analysisTarget"}, Hashes: map[string]string{"sha-256": r.SHA256},
		})
	}
	for _, g := range r.skippedGroups() {
		s.notify(noteSkipped, sarif.LevelNote, []sarif.Location{fileLocation(uri)},
			r.name()+": skipped "+strings.Join(g.checks, ", ")+": "+g.reason)
	}
	for _, p := range r.Problems {
		left := &s.othersLeft
		if p.Severity == Error {
			left = &s.errorsLeft
		}
		if *left > 0 {
			*left--
			s.run.Results = append(s.run.Results, s.result(r, p))
		}
	}
}

func fileLocation(uri string) sarif.Location {
	return sarif.Location{PhysicalLocation: sarif.PhysicalLocation{ArtifactLocation: sarif.ArtifactLocation{URI: uri}}}
}

func (s *sarifWriter) result(r *Report, p Problem) sarif.Result {
	text, inner := p.located(), p.File
	if inner != "" && (inner == "." || !fs.ValidPath(inner)) {
		text, inner = inner+": "+text, ""
	}
	location := fileLocation(sarif.URI(r.Package, inner))
	region := sarif.Region{StartLine: max(p.Line, 1)}
	if p.Line > 0 {
		region.StartColumn = max(p.Column, 0)
	}
	location.PhysicalLocation.Region = &region
	if p.Pointer != "" {
		location.LogicalLocations = []sarif.LogicalLocation{{FullyQualifiedName: show.Line(p.Pointer), Kind: "value"}}
	}
	return sarif.Result{
		RuleID: show.Line(string(p.Code)), RuleIndex: s.rule(p), Level: sarifLevel(p.Severity),
		Message:             sarif.Message{Text: plainText(text)},
		Locations:           []sarif.Location{location},
		PartialFingerprints: map[string]string{sarif.LineHash: s.fingerprint(r, p)},
	}
}

// fingerprint stays the same when lines move. Problems that only differ by their
// line are counted.
func (s *sarifWriter) fingerprint(r *Report, p Problem) string {
	h := sha256.New()
	for _, part := range []string{r.Package, string(p.Code), p.File, p.Pointer, p.Message} {
		h.Write([]byte(strconv.Quote(part)))
	}
	sum := hex.EncodeToString(h.Sum(nil)[:8])
	s.seen[sum]++
	return sum + ":" + strconv.Itoa(s.seen[sum])
}

// plainText is text on one line without the links that SARIF has in messages: a
// name in a package must not become one.
func plainText(text string) string {
	return strings.ReplaceAll(show.Line(text), "](", "] (")
}

func sarifLevel(s Severity) string {
	switch s {
	case Error:
		return sarif.LevelError
	case Warning:
		return sarif.LevelWarning
	}
	return sarif.LevelNote
}

// rule is the index of the rule of a problem, which is added when it is the
// first of its code.
func (s *sarifWriter) rule(p Problem) int {
	id := show.Line(string(p.Code))
	i, ok := s.rules[id]
	if !ok {
		i = len(s.run.Tool.Driver.Rules)
		s.rules[id] = i
		s.run.Tool.Driver.Rules = append(s.run.Tool.Driver.Rules, s.newRule(id, p))
	}
	return i
}

func (s *sarifWriter) newRule(id string, p Problem) sarif.Descriptor {
	info, ok := s.infos[p.Code]
	if ok {
		return sarifRule(info)
	}
	// A report of another version of this library.
	const title = "A problem that this version has no words for."
	text := &sarif.Message{Text: title}
	return sarif.Descriptor{
		ID: id, ShortDescription: text, FullDescription: text, Help: text, HelpURI: checksDocURI,
		DefaultConfiguration: &sarif.Configuration{Level: sarifLevel(p.Severity)},
		Properties:           &sarif.Properties{Tags: []string{"handoff-package"}},
	}
}

func sarifRule(info CodeInfo) sarif.Descriptor {
	code := string(info.Code)
	rule := sarif.Descriptor{
		ID:                   code,
		Name:                 pascalCase(code),
		ShortDescription:     &sarif.Message{Text: info.Title},
		FullDescription:      &sarif.Message{Text: joinSentences(info.Title, info.Why)},
		HelpURI:              checksDocURI + "#" + code,
		DefaultConfiguration: &sarif.Configuration{Level: sarifLevel(info.Severity)},
		Help: &sarif.Message{
			Text:     joinSentences(info.Why, info.Fix),
			Markdown: "**Why it matters:** " + info.Why + "\n\n**How to fix it:** " + info.Fix + "\n\n[All checks](" + checksDocURI + ")",
		},
		Properties: &sarif.Properties{
			Tags:             []string{"handoff-package", info.Check},
			Precision:        "very-high",
			ProblemSeverity:  problemSeverity(info.Severity),
			SecuritySeverity: securitySeverity(info),
		},
	}
	if rule.Properties.SecuritySeverity != "" {
		rule.Properties.Tags = append(rule.Properties.Tags, "security")
	}
	if info.Code == CodeSuspicious {
		rule.Properties.Precision = "medium"
	}
	return rule
}

// problemSeverity is the severity in the terms of code scanning.
func problemSeverity(s Severity) string {
	if s == Note {
		return "recommendation"
	}
	return sarifLevel(s)
}

// securitySeverity is how bad a problem is for security, on the scale of CVSS:
// from 7.0 on code scanning calls it high. Empty means that it is about
// something else.
func securitySeverity(info CodeInfo) string {
	switch {
	case info.Code == CodeSecret:
		return "8.0"
	case info.Code == CodeSuspicious:
		return "5.0"
	case info.Check == archiveCheck && info.Severity == Error, info.Code == CodeUnsafePath:
		return "7.0"
	}
	return ""
}

// pascalCase turns a-b into AB, the form that SARIF wants for names.
func pascalCase(code string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(code, "-") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}

// joinSentences puts a full stop after each part that has none.
func joinSentences(parts ...string) string {
	var b strings.Builder
	for _, part := range parts {
		if part == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(part)
		if !strings.HasSuffix(part, ".") {
			b.WriteByte('.')
		}
	}
	return b.String()
}
