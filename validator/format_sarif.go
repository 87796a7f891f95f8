package validator

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/sarif"
	"github.com/anolishq/anolis-handoff/internal/show"
)

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
// is ignored. Equal reports give equal bytes. An error is that of w.
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
