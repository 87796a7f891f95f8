package handoff

import (
	"errors"
	"io/fs"
	"regexp"
	"strconv"

	"github.com/anolishq/anolis-handoff/internal/cause"
	"github.com/anolishq/anolis-handoff/internal/display"
	"github.com/anolishq/anolis-handoff/internal/docfile"
	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/internal/nodediff"
	"github.com/anolishq/anolis-handoff/validator"
)

// Hints of a drift.
const (
	hintSecret     = "*** stands for a secret, which does not belong in a file. Take it out and supply it when the runtime starts, in " + tokenVariable + "."
	hintPermission = "Compare as a user who may read all of the release."
)

// compare compares a file of the package with the release. The result is nil if
// they are the same. The error is that of ctx or of the package.
func (d *drifter) compare(want validator.File) (*DriftFile, error) {
	f := &DriftFile{Path: want.Path, Packaged: packagedVersion(want)}
	switch at := d.at(want.Path); {
	case at.err != nil:
		return f.unreadable(at.err), nil
	case at.kind == "":
		f.State, f.Message = DriftMissing, at.why
		return f, nil
	case at.kind != typeFile:
		f.State, f.Type, f.Message = DriftChanged, at.kind, "is a "+at.kind+" now"
		if at.kind == typeLink {
			f.Message += ", which is not followed"
		}
		return f, nil
	}
	f.Type = typeFile
	got, err := d.read(want)
	switch {
	case d.ctx.Err() != nil:
		return nil, d.ctx.Err()
	case errors.Is(err, fs.ErrNotExist): // it went away meanwhile
		f.State, f.Type = DriftMissing, ""
		return f, nil
	case err != nil:
		return f.unreadable(err), nil
	case got.SHA256 == want.SHA256:
		return nil, nil
	}
	f.State, f.Released = DriftChanged, &got.FileVersion
	if f.Line, err = d.firstLine(want.Path, got); err != nil {
		return nil, err
	}
	d.compareValues(f, got)
	return f, nil
}

func (f *DriftFile) unreadable(err error) *DriftFile {
	f.State, f.Message = DriftUnreadable, "cannot be read: "+cause.Of(err).Error()
	if errors.Is(err, fs.ErrPermission) {
		f.Hint = hintPermission
	}
	return f
}

// compareValues says what a changed document says now.
func (d *drifter) compareValues(f *DriftFile, got reading) {
	kind, old := docfile.KindOf(f.Path), d.content.documents[f.Path]
	switch {
	case kind == docfile.None:
		return
	case got.data == nil:
		f.Message = "is too large to compare its values"
		return
	case old == nil: // of an invalid package
		f.Message = "cannot be read in the package"
		return
	}
	new, err := parse(d.p, d.content.views, f.Path, kind, got.data)
	if err != nil {
		f.Message = unparsed(f.Path, err)
		return
	}
	changes := nodediff.Compare(old.root, new.root, itemName)
	if len(changes) == 0 {
		f.Message = "no value has changed, only comments, order or spelling"
	}
	for i, c := range changes {
		if d.values == 0 {
			d.report.MoreValues += len(changes) - i
			break
		}
		d.values--
		f.Values = append(f.Values, valueChange(c, old.view, new.view))
	}
}

// unparsed says where and why a document cannot be read. It repeats no key: which
// of them is a secret, only a document can tell.
func unparsed(file string, err error) string {
	var faults fault.List
	faults.Document(file, err)
	first := faults.Sorted()[0]
	msg := "cannot be read any more: "
	if first.Pos.Line > 0 {
		msg += "line " + strconv.Itoa(first.Pos.Line) + ": "
	}
	return msg + quoted.ReplaceAllString(first.Msg, display.Hidden)
}

var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
