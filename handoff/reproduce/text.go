package reproduce

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/show"
)

// causeLines is how many causes are shown to people.
const causeLines = 20

// WriteText writes the result for people: the verdict on its first line, how the
// project was exported on its second, then each cause,
//
//	layer: file:line: path: message
//
// with what to do about it below the first of its kind. Long lists are cut; the
// JSON form has more.
//
// With color, the verdict and the layers have ANSI colors. All text from the
// package and the project is made safe for a terminal. Equal results give equal
// bytes. It returns errors from w.
func (r *Report) WriteText(w io.Writer, color bool) error {
	t := writer{show.Text{Color: color}}
	t.verdict(r)
	t.Line("exported with ", r.Exported.text())
	shown := map[string]bool{}
	for _, c := range r.Causes[:min(len(r.Causes), causeLines)] {
		t.Paint(show.Yellow, string(c.Layer))
		t.Line(": ", c.text())
		if c.Hint != "" && !shown[c.Hint] {
			shown[c.Hint] = true
			t.Line("    fix: ", c.Hint)
		}
	}
	if more := len(r.Causes) - causeLines; more > 0 || r.More > 0 {
		t.Line("and ", fmt.Sprint(max(more, 0)+r.More), " more")
	}
	if r.Identical {
		t.Line("sha256: ", r.SHA256)
	}
	return show.Write(w, t.Bytes())
}

// WriteJSON writes the result as one JSON object on one line, with a line feed at
// its end. Lists are never null. The text has no character that a terminal acts
// on, and equal results give equal bytes. It returns errors from w.
func (r *Report) WriteJSON(w io.Writer) error { return show.JSON(w, r, "") }

type writer struct{ show.Text }

func (t *writer) verdict(r *Report) {
	t.Paint(show.Bold, cmp.Or(r.Package, "package"))
	t.WriteString(": ")
	project := cmp.Or(r.Project, "the project")
	switch {
	case r.Identical && r.ContentOnly:
		t.Paint(show.Green, "the same files")
		t.Line(" as in the export of ", project, " (there is no archive to compare)")
	case r.Identical:
		t.Paint(show.Green, "identical")
		t.Line(" to the export of ", project)
	default:
		t.Paint(show.Red, "DIFFERENT")
		t.Line(" from the export of ", project, ": ", show.Count(len(r.Causes)+r.More, "cause"))
	}
}

// text is how a project was exported.
func (e Exported) text() string {
	parts := []string{"name " + e.Name, "variants " + e.Variants}
	var pins []string
	for _, component := range slices.Sorted(maps.Keys(e.Pins)) {
		pins = append(pins, component+"="+e.Pins[component])
	}
	if len(pins) > 0 {
		parts = append(parts, "pins "+strings.Join(pins, ","))
	}
	text := strings.Join(parts, ", ")
	told := slices.Clone(e.Told)
	if len(pins) == 0 {
		told = slices.DeleteFunc(told, func(option string) bool { return option == optionPins })
	}
	switch {
	case len(told) == len(parts):
		text += ", as the package was"
	case len(told) > 0:
		text += " (" + strings.Join(told, " and ") + " as the package was)"
	}
	return text
}

// text is a cause on one line.
func (c Cause) text() string {
	var parts []string
	switch {
	case c.File != "" && c.Line > 0:
		parts = append(parts, fmt.Sprintf("%s:%d", c.File, c.Line))
	case c.File != "":
		parts = append(parts, c.File)
	}
	if c.Path != "" {
		parts = append(parts, c.Path)
	}
	return strings.Join(append(parts, c.Message), ": ")
}
