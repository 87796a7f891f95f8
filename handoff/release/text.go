package release

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/content"
	"github.com/anolishq/anolis-handoff/internal/show"
)

// WriteJSON writes the release as one line of JSON.
func (r *Result) WriteJSON(w io.Writer) error { return show.JSON(w, r, "") }

// WriteText writes for people what is current now and what was before, with
// colors of ANSI terminals if wanted.
func (r *Result) WriteText(w io.Writer, color bool) error {
	t := &show.Text{Color: color}
	row := func(label, text, remark string) {
		t.WriteString(label)
		t.Paint(show.Bold, text)
		t.Line(remark)
	}
	switch {
	case r.Link == "":
		row("unpacked: ", r.Path, "")
	default:
		remark := ""
		switch {
		case r.Kept != "":
			remark = " (was edited; written again)"
		case len(r.Edits) > 0:
			remark = " (edited, and current as it is)"
		case r.Reused:
			remark = " (was there already; checked)"
		}
		row("current:  ", r.Path, remark)
		if r.Kept != "" {
			t.Line("edited:   ", r.Kept, " (kept; a later unpack --prune removes it)")
			r.edits(t)
		}
		previous := "none"
		if r.Previous != "" {
			previous = r.beside(r.Previous)
		}
		t.Line("previous: ", previous)
		for _, digest := range r.Removed {
			t.Line("removed:  ", r.beside(digest))
		}
		for _, name := range r.RemovedEdits {
			t.Line("removed:  ", r.beside(name))
		}
	}
	return show.Write(w, t.Bytes())
}

// edits lists how the release was edited that was replaced. Rollback has its caller
// say it before.
func (r *Result) edits(t *show.Text) {
	for i, edit := range r.Edits {
		if i == editLines {
			t.Line("    and ", show.Count(len(r.Edits)-editLines, "more edit"))
			break
		}
		t.Line("    ", edit)
	}
}

// beside is the path of another release.
func (r *Result) beside(digest string) string {
	return filepath.Join(filepath.Dir(r.Path), digest)
}

const (
	// editLines is how many edits of a release are shown to people.
	editLines = 10
	// driftLines is how many files of a state are shown to people. A wrong folder
	// has thousands.
	driftLines = 25
	// valueLines is how many values of a file are.
	valueLines = 25
)

// WriteText writes the report for people: the verdict on its first line, then
// each file with what has changed in it, and last what to do. Long lists are cut;
// the JSON form has everything.
//
// With color, the verdict and the states have ANSI colors. All text from the
// package and the release is made safe for a terminal. Equal reports give equal
// bytes. It returns errors from w.
func (r *DriftReport) WriteText(w io.Writer, color bool) error {
	t := driftWriter{show.Text{Color: color}}
	t.verdict(r)
	if r.isOther() {
		t.Line("another release: the folder is named ", r.ReleaseDigest, ", the package is ", r.Digest)
	}
	for _, state := range driftOrder {
		t.files(r, state)
	}
	if r.MoreValues > 0 {
		t.Line("and ", show.Count(r.MoreValues, "more changed value"))
	}
	for _, fix := range r.fixes() {
		t.Line("fix: ", fix)
	}
	return show.Write(w, t.Bytes())
}

// WriteJSON writes the report as one JSON object on one line, with a line feed at
// its end. Lists are never null. The text has no character that a terminal acts
// on, and equal reports give equal bytes. It returns errors from w.
func (r *DriftReport) WriteJSON(w io.Writer) error { return show.JSON(w, r, "") }

type driftWriter struct{ show.Text }

func (t *driftWriter) verdict(r *DriftReport) {
	t.Paint(show.Bold, cmp.Or(r.Release, "release"))
	t.WriteString(": ")
	name := cmp.Or(r.Package, "the package")
	if !r.Drifted {
		t.Paint(show.Green, "no drift")
		t.Line(" from ", name, ": ", show.Count(r.Unchanged, "file"), ", all as packaged")
		return
	}
	t.Paint(show.Red, "DRIFT")
	var counts []string
	for _, state := range driftOrder {
		if n := r.Count(state); n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, state))
		}
	}
	t.Line(" from ", name, ": ", strings.Join(counts, ", "), fmt.Sprintf(", %d unchanged", r.Unchanged))
}

func (t *driftWriter) files(r *DriftReport, state State) {
	n := 0
	for _, f := range r.Files {
		if f.State != state {
			continue
		}
		if n++; n <= driftLines {
			t.file(f)
		}
	}
	if n > driftLines {
		t.Line("and ", fmt.Sprint(n-driftLines), " more ", string(state), "; the JSON form has all")
	}
}

func (t *driftWriter) file(f File) {
	style := show.Red
	if f.State == Extra {
		style = show.Yellow
	}
	t.Paint(style, string(f.State))
	t.Line(": ", f.Path, f.about())
	for i, v := range f.Values {
		if i == valueLines {
			t.Line("    and ", show.Count(len(f.Values)-valueLines, "more changed value"))
			break
		}
		t.Line("    ", v.String())
	}
	if f.Hint != "" {
		t.Line("    fix: ", f.Hint)
	}
}

// about is what a line says of a file behind its name.
func (f File) about() string {
	var parts []string
	switch {
	case f.State == Extra && f.Type != content.TypeFile && f.Message != "":
		parts = append(parts, f.Type+", "+f.Message)
	case f.State == Extra && f.Type != content.TypeFile:
		parts = append(parts, f.Type)
	case f.Message != "":
		parts = append(parts, f.Message)
	}
	if f.Line > 0 && len(f.Values) == 0 {
		parts = append(parts, fmt.Sprintf("line %d is the first that differs", f.Line))
	}
	if f.Released != nil && len(f.Values) == 0 && f.Message == "" {
		size := show.Count(f.Released.Size, "byte")
		if f.Packaged != nil && f.Packaged.Size != f.Released.Size {
			size += fmt.Sprintf(", %d in the package", f.Packaged.Size)
		}
		parts = append(parts, size)
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, "; ")
}

// isOther reports whether the folder is named by the digest of another package.
func (r *DriftReport) isOther() bool { return r.ReleaseDigest != "" && r.ReleaseDigest != r.Digest }

// fixes are what to do about a drift: sentences, and commands that a shell takes as
// they are.
func (r *DriftReport) fixes() []string {
	name := show.PackageWord(r.Package, r.Flags)
	unpack := "anpkg unpack " + name + " " + show.Word(r.Dir, "DIR") + "  # "
	switch {
	case !r.Drifted, len(r.Files) == r.Count(Unreadable): // each says what to do
		return nil
	case r.isOther() && r.Dir != "":
		return []string{unpack + "makes this package current; or compare with the package of that release"}
	case r.isOther():
		return []string{"Compare with the package of that release."}
	case r.Unchanged == 0 && r.Count(Missing) > 0 && r.Dir == "": // such as that of the project
		return []string{"No file is as in the package. Name the folder that it was unpacked to."}
	case len(r.Files) == r.Count(Extra):
		return []string{"Keep files of the site outside of the release: an update leaves them behind."}
	}
	list := []string{"Bring what should stay into the project, and export and unpack a new package."}
	switch folder := filepath.Clean(r.Release); {
	case r.Dir != "":
		list = append(list, unpack+"writes the release again and makes it current; the edited files are kept beside it")
	case r.Release == "" || isKept(filepath.Base(folder)) || filepath.Base(folder) == "." || filepath.Base(folder) == "..":
	default:
		from, to := show.Word(folder, "DIR"), show.Word(folder+".mine", "DIR.mine")
		list = append(list, "mv "+from+" "+to+" && anpkg unpack --plain "+name+" "+from+"  # undoes the changes, and keeps the edited files in "+to)
	}
	return list
}
