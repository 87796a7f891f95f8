package canonyaml

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// normalize refuses what no YAML text may contain and settles line breaks.
func normalize(data []byte) (string, *Error) {
	text := string(data)
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && n <= 1:
			return "", &Error{Pos: newLines(text).pos(i), Msg: "not UTF-8 text"}
		case r == '\uFEFF' && i > 0:
			return "", &Error{Pos: newLines(text).pos(i), Msg: "byte order mark inside the text"}
		case !printable(r):
			return "", &Error{Pos: newLines(text).pos(i), Msg: fmt.Sprintf("character U+%04X is not allowed in YAML", r)}
		}
		i += n
	}
	text = strings.TrimPrefix(text, "\uFEFF")
	if strings.ContainsRune(text, '\r') {
		text = strings.ReplaceAll(text, "\r\n", "\n")
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	return text, nil
}

func printable(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r', r == 0x85:
		return true
	case r < 0x20, r >= 0x7F && r < 0xA0:
		return false
	case r == 0xFFFE, r == 0xFFFF:
		return false
	}
	return true
}

// versionDirective matches the minor version of a leading %YAML directive.
var versionDirective = regexp.MustCompile(`^(?:(?:[ ]*(?:#.*)?|%[A-Z]+ .*)\n)*%YAML +1\.([0-9]+)`)

// parse has yaml.v3 build its nodes. A nil node means an empty text.
func parse(text string) (root *yaml.Node, err *Error) {
	defer func() {
		// A panic of the tokenizer must not take the host down with it.
		if p := recover(); p != nil {
			root, err = nil, &Error{Pos: doc.Pos{Line: 1, Column: 1}, Msg: "the text confuses the YAML tokenizer"}
		}
	}()
	if m := versionDirective.FindStringSubmatchIndex(text); m != nil {
		// Any 1.x is read by the rules of 1.1; yaml.v3 insists on the digit.
		minor := "1" + strings.Repeat(" ", m[3]-m[2]-1)
		text = text[:m[2]] + minor + text[m[3]:]
	}
	text, marker := markSlashes(text)
	d := yaml.NewDecoder(strings.NewReader(text))
	var first, second yaml.Node
	switch e := d.Decode(&first); {
	case errors.Is(e, io.EOF):
		return nil, nil
	case e != nil:
		return nil, syntaxError(text, e)
	}
	switch e := d.Decode(&second); {
	case e == nil:
		clamp(second.Content[0], newLines(text))
		return nil, &Error{Pos: pos(second.Content[0]), Msg: "a second document; only one is allowed"}
	case !errors.Is(e, io.EOF):
		return nil, syntaxError(text, e)
	}
	clamp(first.Content[0], newLines(text))
	if marker != 0 {
		unmarkSlashes(first.Content[0], string(marker))
	}
	return first.Content[0], nil
}

// clamp moves the places of empty values, which yaml.v3 can put behind the last
// line, to the end of the text.
func clamp(n *yaml.Node, l lines) {
	if n.Line > len(l.start) {
		end := l.pos(len(l.text))
		n.Line, n.Column = end.Line, end.Column
	}
	if n.Kind == yaml.AliasNode {
		return
	}
	for _, c := range n.Content {
		clamp(c, l)
	}
}

// markSlashes makes the escape \/ bearable for yaml.v3, which does not know it:
// a character that the text does not use takes the place of the backslash, so
// that no column moves.
func markSlashes(text string) (marked string, marker rune) {
	if !strings.Contains(text, `\/`) {
		return text, 0
	}
	if marker = unusedRune(text); marker == 0 {
		return text, 0
	}
	var b strings.Builder
	run := 0 // backslashes before i
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' {
			run++
			if run%2 == 1 && strings.HasPrefix(text[i+1:], "/") {
				b.WriteRune(marker)
				continue
			}
		} else {
			run = 0
		}
		b.WriteByte(text[i])
	}
	return b.String(), marker
}

// unusedRune is a character that neither stands in the text nor could come out of
// an escape in it; 0 if a few tries find none.
func unusedRune(text string) rune {
	lower := strings.ToLower(text)
	for r := rune(0xE000); r < 0xE020; r++ {
		if !strings.ContainsRune(text, r) && !strings.Contains(lower, strconv.FormatInt(int64(r), 16)) {
			return r
		}
	}
	return 0
}

// unmarkSlashes undoes markSlashes: nothing is left of the backslash in double
// quotes, and all of it elsewhere.
func unmarkSlashes(n *yaml.Node, marker string) {
	if n.Kind == yaml.AliasNode {
		return
	}
	backslash := `\`
	if n.Style&yaml.DoubleQuotedStyle != 0 {
		backslash = ""
	}
	n.Value = strings.ReplaceAll(n.Value, marker, backslash)
	for _, c := range n.Content {
		unmarkSlashes(c, marker)
	}
}
