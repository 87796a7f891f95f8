package handoff

import (
	"io"
	"path/filepath"

	"github.com/anolishq/anolis-handoff/internal/printable"
)

// WriteJSON writes the release as one line of JSON.
func (r *Release) WriteJSON(w io.Writer) error { return printable.JSON(w, r, "") }

// WriteText writes for people what is current now and what was before, with
// colors of ANSI terminals if wanted.
func (r *Release) WriteText(w io.Writer, color bool) error {
	t := &printable.Text{Color: color}
	row := func(label, text, remark string) {
		t.WriteString(label)
		t.Paint(printable.Bold, text)
		t.Line(remark)
	}
	switch {
	case r.Link == "":
		row("unpacked: ", r.Path, "")
	default:
		remark := ""
		if r.Reused {
			remark = " (was there already; checked)"
		}
		row("current:  ", r.Path, remark)
		previous := "none"
		if r.Previous != "" {
			previous = r.beside(r.Previous)
		}
		t.Line("previous: ", previous)
		for _, digest := range r.Removed {
			t.Line("removed:  ", r.beside(digest))
		}
	}
	_, err := w.Write(t.Bytes())
	return err
}

// beside is the path of another release.
func (r *Release) beside(digest string) string {
	return filepath.Join(filepath.Dir(r.Path), digest)
}
