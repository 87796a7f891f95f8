package inspect

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/show"
)

const (
	// Lines of a summary break between words at softWidth, and within words at
	// hardWidth: a path in one piece can be copied.
	softWidth, hardWidth = 80, 100
	// labelWidth is the column of the values, behind a label and its indent.
	labelWidth = 16
	// shortPiece is how many characters of a text stay together on a line, and
	// longPiece how many are shown.
	shortPiece, longPiece = 44, 300
	// manyItems of a list are shown, and manyNames of one in a line.
	manyItems, manyNames = 20, 8
)

// layout writes labels and values in two columns.
type layout struct {
	show.Text
	column int // of the values
}

// section begins a section with labels of its own.
func (t *layout) section(heading string, labels ...string) {
	t.WriteByte('\n')
	t.Paint(show.Bold, heading)
	t.WriteByte('\n')
	t.column = labelWidth
	for _, label := range labels {
		if n := width(show.Line(label)) + 4; n > t.column && n <= 2*labelWidth {
			t.column = n
		}
	}
}

// row writes pieces behind a label. Without pieces that are not empty it writes
// nothing.
func (t *layout) row(indent int, label string, pieces ...string) {
	var words []string
	for _, piece := range pieces {
		if piece == "" {
			continue
		}
		if len(words) > 0 {
			words[len(words)-1] += ","
		}
		if piece = show.Cut(show.Line(piece), longPiece); width(piece) <= shortPiece {
			words = append(words, piece) // stays together
		} else {
			words = append(words, strings.Split(piece, " ")...)
		}
	}
	if len(words) == 0 {
		return
	}
	head := strings.Repeat(" ", indent) + show.Cut(show.Line(label), 2*labelWidth)
	t.flow(head+strings.Repeat(" ", max(t.column-width(head), 2)), words...)
}

// flow writes words behind a head, in lines that begin at the column.
func (t *layout) flow(head string, words ...string) {
	line, used, empty := head, width(head), true
	next := func() {
		t.WriteString(strings.TrimRight(line, " ") + "\n")
		line, used, empty = strings.Repeat(" ", t.column), t.column, true
	}
	for _, word := range words {
		n := width(word)
		if !empty && used+1+n > softWidth || empty && used > t.column && used+n > hardWidth {
			next()
		}
		if !empty {
			line, used = line+" ", used+1
		}
		for used+n > hardWidth { // a line of its own is not enough
			cut := len(string([]rune(word)[:max(1, hardWidth-used)]))
			line += word[:cut]
			word = word[cut:]
			n = width(word)
			next()
		}
		line, used, empty = line+word, used+n, false
	}
	next()
}

// width is the number of characters.
func width(text string) int { return utf8.RuneCountInString(text) }

// more says that a list goes on.
func (t *layout) more(indent, left int, noun string) {
	if left > 0 {
		t.Line(strings.Repeat(" ", indent), "and ", show.Count(left, "more "+noun))
	}
}

// joined are the texts that are not empty.
func joined(separator string, texts ...string) string {
	var list []string
	for _, text := range texts {
		if text != "" {
			list = append(list, show.Cut(text, longPiece))
		}
	}
	return strings.Join(list, separator)
}

// some are the first names of a list, and how many more there are.
func some(names []string) []string {
	list := slices.Clone(names[:min(len(names), manyNames)])
	if left := len(names) - len(list); left > 0 {
		list = append(list, fmt.Sprintf("and %d more", left))
	}
	return list
}

// idOf is an id, also of what has none.
func idOf(id string) string {
	if id == "" {
		return "(no id)"
	}
	return id
}

func namesOf[T any](list []T, name func(T) string) []string {
	var names []string
	for _, item := range list {
		names = append(names, name(item))
	}
	return names
}

// named is a text behind its name, or nothing.
func named(name, text string) string {
	if text == "" {
		return ""
	}
	return name + " " + text
}

// counted is a number between what it is of, or nothing.
func counted(before string, n *int64, after string) string {
	if n == nil {
		return ""
	}
	return fmt.Sprintf("%s%d%s", before, *n, after)
}
