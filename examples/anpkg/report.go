package main

import (
	"github.com/anolishq/anolis-handoff/validator"
)

// report is the JSON form of an export, an object on one line. Version counts
// incompatible changes.
type report struct {
	Version  int                 `json:"version"`
	Package  string              `json:"package,omitempty"` // as written; absent when nothing was
	Size     int64               `json:"size,omitempty"`
	SHA256   string              `json:"sha256,omitempty"`
	Error    string              `json:"error,omitempty"` // absent when all went well
	Problems []validator.Problem `json:"problems"`
	Notes    []validator.Problem `json:"notes"`
	// Report is the verdict on the package; absent when there was none to judge.
	Report *validator.Report `json:"report,omitempty"`
}

func newReport(o outcome) report {
	r := report{Version: 1, Error: o.failure(), Problems: []validator.Problem{}, Notes: []validator.Problem{}, Report: o.report()}
	r.Problems = append(r.Problems, o.problems()...)
	if o.result != nil {
		r.Package, r.Size, r.SHA256 = o.out, o.result.Size, o.result.SHA256
		r.Notes = append(r.Notes, o.result.Notes...)
	}
	return r
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
