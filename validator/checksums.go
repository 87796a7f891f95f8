package validator

import (
	"errors"
	"fmt"

	"github.com/anolishq/anolis-handoff/checksum"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/machine"
)

// checkChecksums compares meta/checksums.sha256 with what is there. The digests
// of the files are those taken when the package was read.
func checkChecksums(v *validation) string {
	if !v.has(machine.ChecksumsFile) {
		return machine.ChecksumsFile + " is missing"
	}
	f, err := v.files.Open(machine.ChecksumsFile)
	if err != nil {
		v.err = err
		return ""
	}
	defer f.Close()
	manifest, deviations, err := checksum.ParseLenient(f)
	for _, d := range deviations {
		v.at(CodeChecksumsForm, machine.ChecksumsFile, nil, doc.Pos{Line: d.Line, Column: 1}, d.Msg)
	}
	var faults *checksum.SyntaxError
	switch {
	case err == nil:
	case errors.As(err, &faults):
		v.syntaxErrors(err)
		return machine.ChecksumsFile + " could not be read"
	case errors.Is(err, checksum.ErrTooLarge):
		v.problem(CodeChecksumsSyntax, machine.ChecksumsFile, err.Error())
		return machine.ChecksumsFile + " could not be read"
	default:
		v.err = err
		return ""
	}
	listed := map[string]checksum.Digest{}
	for _, e := range manifest {
		listed[e.Path] = e.Digest
		if e.Path == machine.ChecksumsFile {
			v.problem(CodeChecksumsItself, machine.ChecksumsFile, "lists itself")
		} else if v.missing(e.Path) && !v.enough(CodeChecksumsMissing, 1) {
			v.problem(CodeChecksumsMissing, e.Path, "is listed in "+machine.ChecksumsFile+" and not in the package"+v.near(e.Path))
		}
	}
	for _, f := range v.report.Files {
		if f.Path == machine.ChecksumsFile {
			continue
		}
		want, ok := listed[f.Path]
		switch {
		case !ok:
			v.problem(CodeChecksumsUnlisted, f.Path, "is not listed in "+machine.ChecksumsFile)
		case want.String() != f.SHA256:
			v.problem(CodeChecksumsMismatch, f.Path, fmt.Sprintf("has a SHA-256 that begins with %.12s, and %s says %.12s", f.SHA256, machine.ChecksumsFile, want))
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
		v.at(CodeChecksumsSyntax, machine.ChecksumsFile, nil, doc.Pos{Line: s.Line, Column: 1}, s.Msg)
	}
}
