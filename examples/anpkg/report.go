package main

import (
	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/validator"
)

// report is the JSON form of an export, an object on one line. Version counts
// incompatible changes.
type report struct {
	Version  int       `json:"version"`
	Package  string    `json:"package,omitempty"` // as written; absent when nothing was
	Size     int64     `json:"size,omitempty"`
	SHA256   string    `json:"sha256,omitempty"`
	Error    string    `json:"error,omitempty"` // absent when all went well
	Problems []problem `json:"problems"`
	Notes    []note    `json:"notes"`
	// Report is the verdict on the package; absent when there was none to judge.
	Report *validator.Report `json:"report,omitempty"`
}

// problem is an exporter.Problem. Line and column count from 1 and are absent
// when they are not known.
type problem struct {
	Code    string `json:"code"`
	File    string `json:"file,omitempty"`
	Pointer string `json:"pointer,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
}

// note is an exporter.Note.
type note struct {
	problem
	Source string `json:"source,omitempty"`
	Result string `json:"result,omitempty"`
}

func newReport(o outcome) report {
	r := report{Version: 1, Error: o.failure(), Problems: []problem{}, Notes: []note{}, Report: o.report()}
	for _, p := range o.problems() {
		r.Problems = append(r.Problems, problem{string(p.Code), p.File, p.Pointer, p.Line, p.Column, p.Message})
	}
	if o.result != nil {
		r.Package, r.Size, r.SHA256 = o.out, o.result.Size, o.result.SHA256
		for _, n := range o.result.Notes {
			r.Notes = append(r.Notes, newNote(n))
		}
	}
	return r
}

func newNote(n exporter.Note) note {
	return note{problem{string(n.Code), n.File, n.Pointer, n.Line, n.Column, n.Message}, n.Source, n.Result}
}

func (o outcome) printJSON(std streams) int {
	if err := writeJSON(std.out, newReport(o)); err != nil {
		return o.tellOutput(std, err)
	}
	if o.err != nil {
		return exitFailed
	}
	return exitOK
}
