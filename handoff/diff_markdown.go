package handoff

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/anolishq/anolis-handoff/internal/printable"
)

// WriteMarkdown writes the comparison for a change request: a heading, how many
// changes there are, and a table for each risk, in the Markdown that GitHub and
// GitLab share (GFM). Text from the packages is shown as it is and can do
// nothing: it makes no markup, no link, no mention and no further line. Equal
// comparisons give equal bytes. An error is that of w.
func (c *Comparison) WriteMarkdown(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "## Changes for machine %s\n\n", code(c.machine()))
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
					b.WriteString("| " + cell(text) + " ")
				}
				b.WriteString("|\n")
			}
		}
		b.WriteByte('\n')
	}
	for _, side := range []struct {
		name string
		ComparedPackage
	}{{"Old", c.Old}, {"New", c.New}} {
		fmt.Fprintf(&b, "- %s: %s, digest %s\n", side.name, code(cmp.Or(side.Package, "package")), code(side.Digest))
	}
	_, err := w.Write(b.Bytes())
	return err
}

func sentenceStart(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

func (c *Change) markdownMessage() string {
	text := prose(c.Message)
	if len(c.Profiles) > 0 {
		text += "<br>In " + codes(c.Profiles)
	}
	return text
}

func (c *Change) markdownPlace() string {
	text := code(c.place())
	if c.Path != "" {
		text += "<br>" + code(c.Path)
	}
	if also := c.otherPlaces(); len(also) > 0 {
		text += "<br>also " + codes(also)
	}
	return text
}

func codes(list []string) string {
	parts := make([]string, len(list))
	for i, text := range list {
		parts[i] = code(text)
	}
	return strings.Join(parts, ", ")
}

func codeValue(v *Value) string {
	if v == nil {
		return "–"
	}
	return code(v.Text)
}

// code shows text in a code span, in which nothing has a meaning: no mention, no
// link, no markup.
func code(text string) string {
	text = printable.Line(text)
	if strings.TrimSpace(text) == "" {
		text = fmt.Sprintf("%q", text)
	}
	run, longest := 0, 0 // of back quotes
	for i := range len(text) {
		if run++; text[i] != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	if longest > 0 {
		return fence + " " + text + " " + fence
	}
	return fence + text + fence
}

// cell escapes the bars in the cell of a table, which they would end even as
// code. A backslash before a bar would undo that, and is written as \x5c.
func cell(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, `\|`, `\x5c|`), "|", `\|`)
}

// prose shows a sentence with names in it: every word that is more than letters
// is shown as code.
func prose(text string) string {
	words := strings.Split(printable.Line(text), " ")
	for i, word := range words {
		body := strings.TrimRight(word, ".,;:")
		if strings.TrimFunc(body, unicode.IsLetter) != "" || len(body) > maxPlain {
			words[i] = code(body) + word[len(body):]
		}
	}
	return strings.Join(words, " ")
}

// maxPlain is the length of the longest word in our sentences, or more. Longer
// ones come from a package, and could be taken for the name of a commit.
const maxPlain = 20
