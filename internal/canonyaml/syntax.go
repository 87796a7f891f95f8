package canonyaml

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	yamlLine      = regexp.MustCompile(`^yaml: line ([0-9]+): (.*)$`)
	unknownAnchor = regexp.MustCompile(`^yaml: unknown anchor '(.*)' referenced$`)
	// badStart matches a character that is reserved at the start of a value.
	badStart = regexp.MustCompile("(?:^|[ \\[{,])[@`%]")
	// tabIndent matches a line that is indented with a tab.
	tabIndent = regexp.MustCompile(`^ *\t`)
)

// plainWords says what a message of yaml.v3 means to the person who typed the
// text.
var plainWords = strings.NewReplacer(
	"did not find expected ',' or ']'", "a list in brackets is not closed, or a comma is missing",
	"did not find expected ',' or '}'", "a mapping in braces is not closed, or a comma is missing",
	"did not find expected '-' indicator", "the list ends without an end of its indentation",
	"did not find expected key", "the indentation does not fit, or a key is missing",
	"could not find expected ':'", "a key without a colon",
	"found unexpected end of stream", "a quoted text is not closed",
	"found unknown escape character", "an unknown escape in double quotes",
	"mapping values are not allowed in this context", "a colon and a space where no key can be; quote the value or check the indentation",
)

// syntaxError gives a message of yaml.v3 a place. The tokenizer tells a line at
// best, often that of the collection which went wrong; the column is where that
// line's text begins, or where the character stands that is at fault.
func syntaxError(text string, e error) *Error {
	l := newLines(text)
	if m := unknownAnchor.FindStringSubmatch(e.Error()); m != nil {
		at := max(strings.Index(text, "*"+m[1]), 0)
		return &Error{Pos: l.pos(at), Msg: "alias to an anchor that is not defined before it"}
	}
	line, msg := 1, strings.TrimPrefix(e.Error(), "yaml: ")
	if m := yamlLine.FindStringSubmatch(e.Error()); m != nil {
		line, _ = strconv.Atoi(m[1])
		msg = m[2]
	}
	line = min(max(line, 1), len(l.start))
	switch {
	case strings.Contains(msg, "tab character"), strings.Contains(msg, "cannot start any token"):
		// The line is that of the construct around the fault.
		for i := line; i <= min(line+1, len(l.start)); i++ {
			at, rest := l.start[i-1], l.line(i)
			if m := tabIndent.FindStringIndex(rest); m != nil {
				return &Error{Pos: l.pos(at + m[1] - 1), Msg: "a tab in the indentation; use spaces"}
			}
			if m := badStart.FindStringIndex(rest); m != nil {
				column := m[1] - 1
				return &Error{Pos: l.pos(at + column), Msg: "a plain value cannot begin with " + strconv.QuoteRune(rune(rest[column])) + "; quote it"}
			}
		}
	}
	rest := l.line(line)
	column := len(rest) - len(strings.TrimLeft(rest, " \t"))
	return &Error{Pos: l.pos(l.start[line-1] + column), Msg: plainWords.Replace(msg)}
}
