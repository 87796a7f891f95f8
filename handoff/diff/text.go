package diff

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/content"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/show"
)

// WriteJSON writes the report as one JSON object on one line, with a line
// feed at its end. The text is valid UTF-8, has no character that a terminal acts
// on, and equal reports give equal bytes. It returns errors from w.
func (c *Report) WriteJSON(w io.Writer) error {
	return show.JSON(w, c, "")
}

// WriteText writes the report for people: what was compared and how many
// changes there are, then the changes by risk, each with its old and new value
// and its place in the new package (in the old one when it is gone).
//
// With color, the risks have ANSI colors. All text from the packages is made safe
// for a terminal. Equal reports give equal bytes. It returns errors from w.
func (c *Report) WriteText(w io.Writer, color bool) error {
	t := writer{show.Text{Color: color}}
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
	return show.Write(w, t.Bytes())
}

func allRisks() []Risk { return []Risk{High, Medium, Low} }

type writer struct{ show.Text }

func riskStyle(r Risk) show.Style {
	switch r {
	case High:
		return show.Red
	case Medium:
		return show.Yellow
	}
	return show.Dim
}

func riskText(r Risk) string {
	switch r {
	case High:
		return "the machine can move, heat or be reached differently, or the effect is not known"
	case Medium:
		return "the machine times, restarts, records or is built differently, or only the provider knows"
	}
	return "the machine does what it did"
}

func (t *writer) head(c *Report) {
	t.Paint(show.Bold, cmp.Or(c.Old.Package, "old")+" -> "+cmp.Or(c.New.Package, "new"))
	t.WriteString(": ")
	if c.Identical {
		t.Paint(show.Green, "no difference")
		t.WriteByte('\n')
	} else {
		t.Line(c.tally())
	}
	t.Line("machine: ", c.machine())
}

func (c *Report) machine() string {
	old, new := cmp.Or(c.Old.MachineID, "unknown"), cmp.Or(c.New.MachineID, "unknown")
	if old == new {
		return new
	}
	return old + " -> " + new
}

// tally is how many changes of each risk there are.
func (c *Report) tally() string {
	var parts []string
	for _, risk := range allRisks() {
		if n := c.Count(risk); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, risk))
		}
	}
	return show.Count(len(c.Changes), "change") + ": " + strings.Join(parts, ", ") + " risk"
}

// shortValues stand on the line of the message.
const shortValues = 56

func (t *writer) change(c *Change) {
	title, values := c.title()
	t.WriteString("\n  ")
	t.Paint(show.Bold, title)
	t.WriteByte(' ')
	t.Paint(show.Dim, "["+string(c.Kind)+"]")
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

func (t *writer) row(name, text string) { t.Line(fmt.Sprintf("    %-6s", name), text) }

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
		list = append(list, show.Count(left, "more place"))
	}
	return list
}

// WriteMarkdown writes the report for a change request: a heading, how many
// changes there are, and a table for each risk, in the Markdown that GitHub and
// GitLab share (GFM). Text from the packages is shown as it is and can do
// nothing: it makes no markup, no link, no mention and no further line. Equal
// reports give equal bytes. It returns errors from w.
func (c *Report) WriteMarkdown(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "## Changes for machine %s\n\n", show.Code(c.machine()))
	if c.Identical {
		b.WriteString("No difference: the packages are identical.\n\n")
	} else {
		fmt.Fprintf(&b, "**%s**\n\n", c.tally())
	}
	for _, risk := range allRisks() {
		if c.Count(risk) == 0 {
			continue
		}
		fmt.Fprintf(&b, "### %s risk\n\n", strings.ToUpper(string(risk[:1]))+string(risk[1:]))
		fmt.Fprintf(&b, "%s.\n\n", sentenceStart(riskText(risk)))
		b.WriteString("| Change | Old | New | Where |\n| --- | --- | --- | --- |\n")
		for i := range c.Changes {
			if x := &c.Changes[i]; x.Risk == risk {
				for _, text := range []string{x.markdownMessage(), codeValue(x.Old), codeValue(x.New), x.markdownPlace()} {
					b.WriteString("| " + show.Cell(text) + " ")
				}
				b.WriteString("|\n")
			}
		}
		b.WriteByte('\n')
	}
	for _, side := range []struct {
		name string
		Side
	}{{"Old", c.Old}, {"New", c.New}} {
		fmt.Fprintf(&b, "- %s: %s, digest %s\n", side.name, show.Code(cmp.Or(side.Package, "package")), show.Code(side.Digest))
	}
	return show.Write(w, b.Bytes())
}

func sentenceStart(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

func (c *Change) markdownMessage() string {
	text := show.Prose(c.Message)
	if len(c.Profiles) > 0 {
		text += "<br>In " + codes(c.Profiles)
	}
	return text
}

func (c *Change) markdownPlace() string {
	text := show.Code(c.place())
	if c.Path != "" {
		text += "<br>" + show.Code(c.Path)
	}
	if also := c.otherPlaces(); len(also) > 0 {
		text += "<br>also " + codes(also)
	}
	return text
}

func codes(list []string) string {
	parts := make([]string, len(list))
	for i, text := range list {
		parts[i] = show.Code(text)
	}
	return strings.Join(parts, ", ")
}

func codeValue(v *Value) string {
	if v == nil {
		return "–"
	}
	return show.Code(v.Text)
}

// saying makes a sentence of what a change is about and how the value changed:
// "The limit max of parameter speed goes up."
func saying(noun string) func(*delta, *Change) string {
	return func(x *delta, c *Change) string { return noun + " " + x.label(c) + x.became() }
}

// sayingOnly is saying for what needs no key to be known.
func sayingOnly(noun string) func(*delta, *Change) string {
	return func(x *delta, c *Change) string { return noun + x.became() }
}

// sayingDefault is sayingOnly for what has a value also when it is left out.
func sayingDefault(noun, value string) func(*delta, *Change) string {
	return func(x *delta, c *Change) string {
		switch {
		case x.old == nil:
			return noun + " changes from the default, " + value + "."
		case x.new == nil:
			return noun + " changes to the default, " + value + "."
		}
		return noun + x.became()
	}
}

// label is a key with what it belongs to.
func (x *delta) label(c *Change) string {
	keys, owner := x.path, ""
	rest := func(n int, what string) {
		owner += " of " + what
		keys = keys[n:]
	}
	steps := stepsOf(x.path)
	at := func(i int, key string) bool { return len(steps) > i+2 && steps[i] == key }
	switch {
	case x.pair.role == roleRuntime && at(0, "providers"):
		rest(2, providersText(c.Providers))
	case x.pair.role == roleRuntime && len(steps) > 3 && steps[0] == "automation" && steps[1] == "parameters":
		rest(3, "parameter "+spokenName(steps[2]))
	case x.pair.role == roleProvider && at(0, "devices"):
		rest(2, deviceText(x, c))
	case x.pair.role == roleProvider:
		rest(0, providersText(c.Providers))
	}
	return content.PathText(keys) + owner
}

func deviceText(x *delta, c *Change) string {
	return "device " + spokenName(stepsOf(x.path)[1]) + " of " + providersText(c.Providers)
}

func providersText(ids []string) string { return nounList("provider", ids) }

// nounList is a list as a sentence has it: providers a, b and c.
func nounList(noun string, list []string) string {
	names := make([]string, len(list))
	for i, name := range list {
		names[i] = spokenName(name)
	}
	switch n := len(names); n {
	case 0:
		return "a " + noun
	case 1:
		return noun + " " + names[0]
	default:
		return noun + "s " + strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}

// spokenName is a name in a sentence, in quotes if it could be taken for a part of
// the sentence.
func spokenName(name string) string {
	name = content.ShortName(name)
	odd := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) || r == '"' }
	if name == "" || strings.ContainsFunc(name, odd) {
		return strconv.QuoteToGraphic(name)
	}
	return name
}

// became says how a value changed, as the end of a sentence.
func (x *delta) became() string {
	switch {
	case x.old == nil:
		return " is new."
	case x.new == nil:
		return " is gone."
	}
	a, ok1 := number(x.old)
	b, ok2 := number(x.new)
	switch {
	case x.kind == HTTPMoved || x.kind == AddressChanged || !ok1 || !ok2:
	case a < b:
		return " goes up."
	case a > b:
		return " goes down."
	}
	return " changes."
}

func number(n *doc.Node) (float64, bool) {
	switch {
	case n == nil:
		return 0, false
	case n.Kind == doc.Float:
		return n.Float, true
	case n.Kind == doc.Int:
		f, err := strconv.ParseFloat(n.Text, 64)
		return f, err == nil
	}
	return 0, false
}
