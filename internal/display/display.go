// Package display shows values of documents to people: on one line, not too
// long, and never a secret.
package display

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/hide"
	"github.com/anolishq/anolis-handoff/internal/show"
)

// View shows the values of one document.
type View struct{ *hide.View }

const (
	// maxValue is how many characters of a value are shown.
	maxValue = 160
	// maxText is how many of a text are shown that stands for itself.
	maxText = hide.MaxShown
)

// Value shows a value on one line: text in quotes where it needs them, lists and
// mappings in the flow style of YAML, cut after 160 characters. A nil value is
// empty.
func (v *View) Value(n *doc.Node) string {
	if n == nil {
		return ""
	}
	w := writer{view: v}
	w.value(n)
	text := w.String()
	if len(n.Items)+len(n.Entries) > 0 {
		v.Clean(&text) // what looks like a secret only together
	}
	return show.Cut(text, maxValue)
}

// Text is a string value as it is, cut after 1000 characters, for where quotes
// would be in the way; every other value is shown as by Value.
func (v *View) Text(n *doc.Node) string {
	if !n.IsString() || v.IsHidden(n) {
		return v.Value(n)
	}
	return show.Cut(n.Text, maxText)
}

// writer stops when it has more than is shown.
type writer struct {
	strings.Builder
	view *View
}

func (w *writer) full() bool { return w.Len() > 4*maxValue }

func (w *writer) value(n *doc.Node) {
	switch {
	case w.full():
	case w.view.IsHidden(n):
		w.WriteString(hide.Hidden)
	case n.Kind == doc.Seq:
		w.WriteByte('[')
		for i, item := range n.Items {
			if w.full() {
				break
			}
			w.comma(i)
			w.value(item)
		}
		w.WriteByte(']')
	case n.Kind == doc.Map, n.Kind == doc.Set:
		w.WriteByte('{')
		for i, e := range n.Entries {
			if w.full() {
				break
			}
			w.comma(i)
			w.value(e.Key)
			if n.Kind == doc.Map {
				w.WriteString(": ")
				w.value(e.Value)
			}
		}
		w.WriteByte('}')
	default:
		w.WriteString(scalar(n))
	}
}

func (w *writer) comma(i int) {
	if i > 0 {
		w.WriteString(", ")
	}
}

func scalar(n *doc.Node) string {
	switch n.Kind {
	case doc.Null:
		return "null"
	case doc.Bool:
		return strconv.FormatBool(n.Bool)
	case doc.Float:
		return canonyaml.FormatFloat(n.Float)
	case doc.String:
		text := show.Head(n.Text, maxText+1)
		if isWord(text) && !n.Quoted {
			return text
		}
		return strconv.QuoteToGraphic(text)
	case doc.Binary:
		return "binary data of " + strconv.Itoa(len(n.Text)) + " bytes"
	}
	return n.Text
}

// isWord reports whether a text can stand without quotes and be told from
// everything around it.
func isWord(text string) bool {
	if text == "" || !utf8.ValidString(text) {
		return false
	}
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-./+@%~<>$:=*", r) {
			continue
		}
		return false
	}
	return true
}
