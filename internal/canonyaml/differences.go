package canonyaml

import (
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// Effect says what the YAML reader of the runtime and the providers (yaml-cpp
// 0.7 to 0.9) does with a text that Read accepts.
type Effect uint8

const (
	// Differs: it reads another document.
	Differs Effect = iota
	// Refused: it does not read the text at all.
	Refused
)

// Difference is one place where the reader of the runtime and the providers
// does not read what Read reads. It makes the file unfit for them.
type Difference struct {
	Pos    doc.Pos
	Path   doc.Path // of the value, for Refused; nil where only the place is known
	Effect Effect
	Msg    string // never repeats a value of the document
}

// Differences returns the places of data, in source order, where the YAML reader
// of the runtime and the providers differs from Read. data must be a text that
// Read accepts; for any other the result is what could be found, perhaps nil. At
// most 100 places are returned. Time and memory are linear in len(data), and a
// text without suspicious characters is not parsed again.
//
// Differs: U+0085, U+2028, U+2029 or a lone carriage return, which end a line for
// one reader only; written as an escape in double quotes they are harmless and
// not returned. Refused: a tag or an anchor before a block scalar that stands in a list
// item or behind "? " or ": " and is not indented deeper than the tag.
//
// The exporter asks about the text it wrote, the validator about the text in the
// package.
func Differences(data []byte) []Difference {
	var found []Difference
	text := string(data)
	suspicious := false
	l := lines{}
	for i := 0; i < len(text) && len(found) < maxErrors; i++ {
		var char string
		switch {
		case text[i] == '|' || text[i] == '>':
			suspicious = true
			continue
		case text[i] == '\r' && breakLen(text[i:]) == 1:
			char = "a lone carriage return"
		case text[i] == 0xC2 && breakLen(text[i:]) > 0:
			char = "U+0085"
		case text[i] == 0xE2 && breakLen(text[i:]) > 0:
			r, _ := utf8.DecodeRuneInString(text[i:])
			char = "U+2028"
			if r == '\u2029' {
				char = "U+2029"
			}
		default:
			continue
		}
		if l.start == nil {
			l = newLines(text)
		}
		found = append(found, Difference{Pos: l.pos(i), Effect: Differs,
			Msg: char + " ends a line for one YAML reader and not for another; remove it, or write it as an escape in double quotes"})
	}
	if !suspicious || !strings.ContainsAny(text, "!&") {
		return found
	}
	normal, err := normalize(data)
	if err != nil {
		return found
	}
	root, err := parse(normal)
	if err != nil || root == nil {
		return found
	}
	l = newLines(normal)
	walkScalars(root, nil, func(n *yaml.Node, path doc.Path) {
		if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 && len(found) < maxErrors && refusedBlock(l, n) {
			found = append(found, Difference{Pos: pos(n), Path: path, Effect: Refused,
				Msg: "the YAML reader of the runtime refuses a tag or an anchor before a block scalar here; remove the tag or the anchor, or write the value in quotes"})
		}
	})
	return found
}

// walkScalars visits the scalars below n in source order, keys included.
func walkScalars(n *yaml.Node, path doc.Path, visit func(*yaml.Node, doc.Path)) {
	switch n.Kind {
	case yaml.ScalarNode:
		visit(n, path)
	case yaml.SequenceNode:
		for i, item := range n.Content {
			walkScalars(item, path.Child(i), visit)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			child := path.Child(n.Content[i].Value)
			walkScalars(n.Content[i], child, visit)
			walkScalars(n.Content[i+1], child, visit)
		}
	}
}

// refusedBlock reports whether a property where a key could begin stands before
// the block scalar n, whose text is not indented deeper than the property:
// yaml-cpp takes the column of the property for the indentation of a mapping.
func refusedBlock(l lines, n *yaml.Node) bool {
	line := l.line(n.Line)
	i := len(line) - len(strings.TrimLeft(line, " -?:"))
	if utf8.RuneCountInString(line[:i]) != n.Column-1 || i == len(line) || line[i] != '!' && line[i] != '&' {
		return false
	}
	for _, indicator := range strings.Fields(line[:i]) {
		if len(indicator) != 1 {
			return false // the start of a document
		}
	}
	if header := strings.IndexAny(line[i:], "|>"); header < 0 {
		return false // the header is on a line of its own
	}
	for next := n.Line + 1; next <= len(l.start); next++ {
		body := l.line(next)
		if spaces := len(body) - len(strings.TrimLeft(body, " ")); spaces < len(body) {
			return spaces <= n.Column-1 && strings.Trim(n.Value, "\n") != ""
		}
	}
	return false
}
