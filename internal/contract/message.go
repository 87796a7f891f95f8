package contract

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/show"
)

const (
	// maxShownValue keeps messages from showing what could be a secret put in
	// the wrong place: ids and versions are shorter than keys and tokens.
	maxShownValue = 32
	// maxShownKey keeps a message readable whatever the document's keys are.
	maxShownKey = 64
)

// quote shows a key or a word of the schema.
func quote(s string) string { return show.Quote(s, maxShownKey) }

// short is a short scalar as a message may show it.
func short(n *doc.Node) (string, bool) {
	switch {
	case n.Kind == doc.String && utf8.RuneCountInString(n.Text) <= maxShownValue:
		return strconv.QuoteToGraphic(n.Text), true
	case n.Kind == doc.Int && len(n.Text) <= maxShownValue, n.Kind == doc.Bool, n.Kind == doc.Float, n.Kind == doc.Null:
		return doc.KeyText(n), true
	}
	return "", false
}

// subject starts a sentence about a value.
func subject(n *doc.Node) string {
	if s, ok := short(n); ok {
		return s
	}
	return "the text"
}

// instead ends a sentence about what a value should have been.
func instead(n *doc.Node) string {
	if s, ok := short(n); ok {
		return ", not " + s
	}
	return ""
}

func atLeast(n int, unit string) string {
	if n == 1 {
		return "must not be empty"
	}
	return fmt.Sprintf("must have at least %d %s", n, strings.Replace(unit+"s", "ys", "ies", 1))
}

// typeNames names JSON types as doc.Kind names what stands there.
func typeNames(types []string) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = typeName(t)
	}
	return strings.Join(names, " or ")
}

func typeName(t string) string {
	switch t {
	case "null":
		return "null"
	case "boolean":
		return "a boolean"
	case "integer":
		return "an integer"
	case "number":
		return "a number"
	case "string":
		return "a string"
	case "array":
		return "a list"
	case "object":
		return "a mapping"
	}
	return t
}
