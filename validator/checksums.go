package validator

import (
	"errors"
	"fmt"

	"github.com/anolishq/anolis-handoff/checksum"
	"github.com/anolishq/anolis-handoff/internal/doc"
)

// checkChecksums compares meta/checksums.sha256 with what is there. The digests
// of the files are those taken when the package was read.
func checkChecksums(v *validation) string {
	if !v.has(checksumsFile) {
		return checksumsFile + " is missing"
	}
	f, err := v.files.Open(checksumsFile)
	if err != nil {
		v.err = err
		return ""
	}
	defer f.Close()
	manifest, deviations, err := checksum.ParseLenient(f)
	for _, d := range deviations {
		v.at(CodeChecksumsForm, checksumsFile, nil, doc.Pos{Line: d.Line, Column: 1}, d.Msg)
	}
	var faults *checksum.SyntaxError
	switch {
	case err == nil:
	case errors.As(err, &faults):
		v.syntaxErrors(err)
		return checksumsFile + " could not be read"
	case errors.Is(err, checksum.ErrTooLarge):
		v.problem(CodeChecksumsSyntax, checksumsFile, err.Error())
		return checksumsFile + " could not be read"
	default:
		v.err = err
		return ""
	}
	listed := map[string]checksum.Digest{}
	for _, e := range manifest {
		listed[e.Path] = e.Digest
		if e.Path == checksumsFile {
			v.problem(CodeChecksumsItself, checksumsFile, "lists itself")
		} else if v.missing(e.Path) {
			v.problem(CodeChecksumsMissing, e.Path, "is listed in "+checksumsFile+" and not in the package")
		}
	}
	for _, f := range v.report.Files {
		if f.Path == checksumsFile {
			continue
		}
		want, ok := listed[f.Path]
		switch {
		case !ok:
			v.problem(CodeChecksumsUnlisted, f.Path, "is not listed in "+checksumsFile)
		case want.String() != f.SHA256:
			v.problem(CodeChecksumsMismatch, f.Path, fmt.Sprintf("has a SHA-256 that begins with %.12s, and %s says %.12s", f.SHA256, checksumsFile, want))
		}
	}
	return ""
}

func (v *validation) syntaxErrors(err error) {
	var list interface{ Unwrap() []error }
	if errors.As(err, &list) {
		for _, e := range list.Unwrap() {
			v.syntaxErrors(e)
		}
		return
	}
	var s *checksum.SyntaxError
	if errors.As(err, &s) {
		v.at(CodeChecksumsSyntax, checksumsFile, nil, doc.Pos{Line: s.Line, Column: 1}, s.Msg)
	}
}
