package handoff

import (
	"io"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/printable"
)

// WriteText writes the summary for people: the machine and the verdict on the
// first line, then what to pay attention to, then the details. It fits a terminal
// of 100 columns, and mostly one of 80. Long lists end with the number of what is
// left out; the JSON form has all of it.
//
// With color, headings and the verdict have ANSI colors. All text from the package
// is made safe for a terminal. Equal summaries give equal bytes. An error is that
// of w.
func (s *Summary) WriteText(w io.Writer, color bool) error {
	t := &summaryText{layout{printable.Text{Color: color}, labelWidth}, s}
	t.verdict()
	t.facts()
	t.attention()
	t.profiles()
	t.providers()
	t.behaviors()
	t.pins()
	t.rest()
	_, err := w.Write(t.Bytes())
	return err
}

type summaryText struct {
	layout
	*Summary
}

func (t *summaryText) verdict() {
	name := clipped(printable.Line(t.Machine.DisplayName), hardWidth)
	if id := clipped(printable.Line(t.Machine.ID), hardWidth); name == "" {
		name = id
	} else if id != "" {
		name += " (" + id + ")"
	}
	if name == "" {
		name = "a machine without a name"
	}
	t.Paint(printable.Bold, name)
	t.WriteString(": ")
	warnings := ""
	if t.Warnings > 0 {
		warnings = printable.Count(t.Warnings, "warning")
	}
	switch {
	case !t.Valid:
		t.Paint(printable.Red, "INVALID: "+joined(", ", printable.Count(t.Errors, "error"), warnings))
		t.WriteString("\n\n")
		t.Paint(printable.Red, "DO NOT DEPLOY THIS PACKAGE.")
		t.WriteString(" What follows is only what could be read.")
	case warnings != "":
		t.Paint(printable.Yellow, "valid with "+warnings)
	default:
		t.Paint(printable.Green, "valid")
	}
	t.WriteString("\n\n")
}

func (t *summaryText) facts() {
	p := &t.Provenance
	t.row(2, "package", t.Package, printable.Count(t.Files, "file"), printable.Count(t.Size, "byte"), counted("format ", p.FormatVersion, ""))
	if a := t.Archive; a != nil {
		form := "not canonical"
		if a.Canonical {
			form = "canonical"
		}
		t.row(2, "archive", printable.Count(a.Size, "byte"), form)
	}
	t.row(2, "digest", t.Digest)
	at := named("state of", p.ExportedAt)
	if p.ExportedAt == unknownTime {
		at = "of unknown time"
	}
	removed := ""
	if isTrue(p.TokenRemoved) {
		removed = "telemetry token taken out"
	}
	t.row(2, "from", named("project", p.SourceProject), at, removed)
	t.row(2, "left out", some(p.OmittedVariants)...)
	m := &t.Machine
	t.row(2, "e-stop", estop(m.EstopTopology))
	t.row(2, "must run", some(m.ExpectedProviders)...)
	t.row(2, "checked by", m.CheckHTTPScript)
	t.row(2, "contracts", m.ConfigContract, m.HTTPContract)
	t.row(2, "note", m.Notes)
}

// unknownTime is the exported_at of a project that does not say when it was made.
const unknownTime = "1970-01-01T00:00:00Z"

func estop(topology string) string {
	switch topology {
	case "power_cut":
		return "cuts the power of the actuator boards"
	case "signal":
		return "signals the actuator boards to stop; they keep their power"
	}
	return topology
}

func (t *summaryText) attention() {
	list := t.Summary.attention()
	if len(list) == 0 {
		return
	}
	t.section("Attention")
	t.column = 4
	for _, text := range list[:min(len(list), manyItems)] {
		t.WriteString("  ")
		t.Paint(printable.Yellow, "!")
		t.flow(" ", strings.Fields(printable.Line(text))...)
	}
	t.more(4, len(list)-manyItems, "point")
}

func (t *summaryText) behaviors() {
	if len(t.Behaviors) == 0 {
		return
	}
	t.section("Behaviors")
	for _, b := range t.Behaviors[:min(len(t.Behaviors), manyItems)] {
		use := "used by no profile"
		if len(b.Profiles) > 0 {
			use = "used by " + strings.Join(some(b.Profiles), ", ")
		}
		t.column = 2
		t.row(0, "", b.File, printable.Count(b.Size, "byte"), "sha256 "+clipped(b.SHA256, 16), use)
	}
	t.more(2, len(t.Behaviors)-manyItems, "behavior")
}

// pins shows what the machine was built with apart from what is to be installed.
func (t *summaryText) pins() {
	for _, group := range [][2]string{{"compatibility.providers.", "Commissioned with"}, {"components.", "Releases to install"}} {
		var names []string
		var pins []Pin
		for _, p := range t.Pins {
			if name, ok := strings.CutPrefix(p.Path, group[0]); ok {
				names = append(names, strings.TrimPrefix(strings.TrimPrefix(name, "providers."), "optional."))
				pins = append(pins, p)
			}
		}
		if len(pins) == 0 {
			continue
		}
		shown := min(len(pins), manyItems)
		t.section(group[1], names[:shown]...)
		for i, p := range pins[:shown] {
			strategy := ""
			if p.Strategy != "" {
				strategy = "(" + p.Strategy + ")"
			}
			t.row(2, names[i], joined(" ", p.Version, strategy), p.Repo, p.Package, p.Notes)
		}
		t.more(2, len(pins)-shown, "version")
	}
}

// rest says how much the summary does not show.
func (t *summaryText) rest() {
	n := t.Machine.MoreValues + t.Provenance.MoreValues
	for _, p := range t.Profiles {
		n += p.MoreValues
	}
	for _, p := range t.Providers {
		n += p.MoreValues
	}
	if n > 0 {
		t.WriteByte('\n')
		t.Paint(printable.Dim, "Not shown: "+printable.Count(n, "more value")+" of the documents. The JSON form counts them by file.")
		t.WriteByte('\n')
	}
}
