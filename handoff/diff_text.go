package handoff

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/printable"
)

// WriteJSON writes the comparison as one JSON object on one line, with a line
// feed at its end. The text is valid UTF-8, has no character that a terminal acts
// on, and equal comparisons give equal bytes. An error is that of w.
func (c *Comparison) WriteJSON(w io.Writer) error {
	return printable.JSON(w, c, "")
}

// WriteText writes the comparison for people: what was compared and how many
// changes there are, then the changes by risk, each with its old and new value
// and its place in the new package (in the old one when it is gone).
//
// With color, the risks have ANSI colors. All text from the packages is made safe
// for a terminal. Equal comparisons give equal bytes. An error is that of w.
func (c *Comparison) WriteText(w io.Writer, color bool) error {
	t := diffText{printable.Text{Color: color}}
	t.head(c)
	for _, risk := range allRisks() {
		if c.Count(risk) == 0 {
			continue
		}
		t.WriteByte('\n')
		t.Paint(riskStyle(risk), strings.ToUpper(string(risk))+" RISK")
		t.Line(" (", riskText(risk), ")")
		for i := range c.Changes {
			if c.Changes[i].Risk == risk {
				t.change(&c.Changes[i])
			}
		}
	}
	_, err := w.Write(t.Bytes())
	return err
}

func allRisks() []Risk { return []Risk{RiskHigh, RiskMedium, RiskLow} }

type diffText struct{ printable.Text }

func riskStyle(r Risk) printable.Style {
	switch r {
	case RiskHigh:
		return printable.Red
	case RiskMedium:
		return printable.Yellow
	}
	return printable.Dim
}

func riskText(r Risk) string {
	switch r {
	case RiskHigh:
		return "the machine can move, heat or be reached differently, or nobody can tell"
	case RiskMedium:
		return "the machine times, restarts, records or is built differently, or only the provider knows"
	}
	return "the machine does what it did"
}

func (t *diffText) head(c *Comparison) {
	t.Paint(printable.Bold, cmp.Or(c.Old.Package, "old")+" -> "+cmp.Or(c.New.Package, "new"))
	t.WriteString(": ")
	if c.Identical {
		t.Paint(printable.Green, "no difference")
		t.WriteByte('\n')
	} else {
		t.Line(c.tally())
	}
	t.Line("machine: ", c.machine())
}

func (c *Comparison) machine() string {
	old, new := cmp.Or(c.Old.MachineID, "unknown"), cmp.Or(c.New.MachineID, "unknown")
	if old == new {
		return new
	}
	return old + " -> " + new
}

// tally is how many changes of each risk there are.
func (c *Comparison) tally() string {
	var parts []string
	for _, risk := range allRisks() {
		if n := c.Count(risk); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, risk))
		}
	}
	return printable.Count(len(c.Changes), "change") + ": " + strings.Join(parts, ", ") + " risk"
}

// shortValues stand on the line of the message.
const shortValues = 56

func (t *diffText) change(c *Change) {
	title, values := c.title()
	t.WriteString("\n  ")
	t.Paint(printable.Bold, title)
	t.WriteByte(' ')
	t.Paint(printable.Dim, "["+string(c.Kind)+"]")
	t.WriteByte('\n')
	if !values {
		if c.Old != nil {
			t.row("old", c.Old.Text)
		}
		if c.New != nil {
			t.row("new", c.New.Text)
		}
	}
	place := c.place()
	if c.Path != "" {
		place += "  " + c.Path
	}
	t.row("at", place)
	if len(c.Profiles) > 0 {
		t.row("in", strings.Join(c.Profiles, ", "))
	}
	for _, also := range c.otherPlaces() {
		t.row("also", also)
	}
}

// title is the message with the values, if there are two short ones.
func (c *Change) title() (text string, values bool) {
	if c.Old == nil || c.New == nil || utf8.RuneCountInString(c.Old.Text)+utf8.RuneCountInString(c.New.Text) > shortValues {
		return c.Message, false
	}
	return strings.TrimSuffix(c.Message, ".") + ": " + c.Old.Text + " -> " + c.New.Text, true
}

func (t *diffText) row(name, text string) { t.Line(fmt.Sprintf("    %-6s", name), text) }

// place is file:line in the new package, or in the old one when it is gone.
func (c *Change) place() string {
	line := 0
	switch {
	case c.New != nil:
		line = c.New.Line
	case c.Old != nil:
		line = c.Old.Line
	}
	return placeText(c.File, line)
}

func placeText(file string, line int) string {
	if line > 0 {
		return fmt.Sprintf("%s:%d", file, line)
	}
	return file
}

// otherPlaces are the further places for people: the same key in the configs of
// further runtime profiles goes without saying, and there are not too many.
func (c *Change) otherPlaces() []string {
	const most = 4
	known := map[string]bool{}
	if c.Path != "" {
		known[c.Path] = true
	}
	var list []string
	left := 0
	for _, p := range c.Also {
		if p.Path != "" && known[p.Path] {
			continue
		}
		known[p.Path] = p.Path != ""
		if len(list) == most {
			left++
			continue
		}
		text := placeText(p.File, p.Line)
		if p.Path != "" {
			text += "  " + p.Path
		}
		list = append(list, text)
	}
	if left > 0 {
		list = append(list, printable.Count(left, "more place"))
	}
	return list
}
