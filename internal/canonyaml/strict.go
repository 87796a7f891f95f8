package canonyaml

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// checkStrict refuses what yaml.v3 lets pass and the reference does not or reads
// as something else, so that no file means one thing here and another there:
//
//   - a tab between tokens (in quoted or block scalars and comments it is content)
//   - the escape \' in double quotes
//   - a comment that touches the header of a block scalar
//   - a colon at the end of a plain scalar within brackets or braces
func checkStrict(text string, root *yaml.Node) *Error {
	s := strict{lines: newLines(text), masked: []byte(text)}
	if err := s.check(root, false); err != nil {
		return err
	}
	for i := 0; i < len(s.masked); i++ {
		switch c := s.masked[i]; {
		case c == '#' && (i == 0 || s.masked[i-1] == ' ' || s.masked[i-1] == '\t' || breakBefore(text, i)):
			for i+1 < len(s.masked) && breakLen(text[i+1:]) == 0 {
				i++
			}
		case c == '\t':
			return s.fault(i, "a tab separates values; use spaces")
		}
	}
	return nil
}

type strict struct {
	lines
	masked []byte // the text with scalars blanked in which a tab is content
}

func (s *strict) fault(offset int, msg string) *Error {
	return &Error{Pos: s.pos(offset), Msg: msg}
}

func (s *strict) check(n *yaml.Node, inFlow bool) *Error {
	if n.Kind == yaml.AliasNode {
		return nil
	}
	flow := inFlow || n.Style&yaml.FlowStyle != 0
	for _, c := range n.Content {
		if err := s.check(c, flow); err != nil {
			return err
		}
	}
	if n.Kind != yaml.ScalarNode {
		return nil
	}
	begin := skipProperties(s.text, s.offset(pos(n)))
	end := begin
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		end = quotedEnd(s.text, begin, '"')
		if i := badEscape(s.text[begin:end]); i >= 0 {
			return s.fault(begin+i, `\' is no escape in YAML; write ' alone`)
		}
	case n.Style&yaml.SingleQuotedStyle != 0:
		end = quotedEnd(s.text, begin, '\'')
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		header := strings.TrimLeft(s.text[begin:], "|>+-123456789")
		if header != "" && header[0] != ' ' && breakLen(header) == 0 {
			return s.fault(len(s.text)-len(header), "unexpected text behind the block scalar indicator")
		}
		if strings.Trim(n.Value, "\n") != "" {
			end = blockEnd(s.lines, begin)
		}
	case inFlow && strings.HasSuffix(n.Value, ":"):
		return s.fault(begin, "readers disagree whether the colon belongs to the value; quote it or put a space behind the colon")
	}
	for i := begin; i < end; i++ {
		if s.masked[i] == '\t' || s.masked[i] == '#' {
			s.masked[i] = 'x'
		}
	}
	return nil
}

// breakBefore reports whether a line begins at offset i.
func breakBefore(text string, i int) bool {
	for n := 1; n <= 3 && n <= i; n++ {
		if breakLen(text[i-n:i]) == n {
			return true
		}
	}
	return false
}

// badEscape finds \' in a double-quoted scalar.
func badEscape(quoted string) int {
	for i := 0; i+1 < len(quoted); i++ {
		if quoted[i] == '\\' {
			if quoted[i+1] == '\'' {
				return i
			}
			i++
		}
	}
	return -1
}

// skipProperties is the offset of a node's content behind its tag and anchor.
func skipProperties(text string, i int) int {
	for i < len(text) && (text[i] == '!' || text[i] == '&') {
		for i < len(text) && text[i] != ' ' && text[i] != '\t' && breakLen(text[i:]) == 0 {
			i++
		}
		for i < len(text) {
			if text[i] == ' ' || text[i] == '\t' {
				i++
			} else if n := breakLen(text[i:]); n > 0 {
				i += n
			} else if text[i] == '#' {
				for i < len(text) && breakLen(text[i:]) == 0 {
					i++
				}
			} else {
				break
			}
		}
	}
	return i
}

func quotedEnd(text string, begin int, quote byte) int {
	for i := begin + 1; i < len(text); i++ {
		switch {
		case quote == '"' && text[i] == '\\':
			i++
		case text[i] == quote && quote == '\'' && i+1 < len(text) && text[i+1] == quote:
			i++
		case text[i] == quote:
			return i + 1
		}
	}
	return len(text)
}

// blockEnd is where a literal or folded scalar ends: before the first line that
// has text and less indentation than its first line of text.
func blockEnd(l lines, begin int) int {
	line := l.pos(begin).Line // index of the line behind the header
	indent := -1
	for ; line < len(l.start); line++ {
		body := l.line(line + 1)
		spaces := len(body) - len(strings.TrimLeft(body, " "))
		if spaces == len(body) {
			continue
		}
		if indent < 0 {
			indent = spaces
			if n := explicitIndent(l.text[begin:]); n > 0 {
				indent = n // relative to the parent: a lower bound will do
			}
		}
		if spaces < indent {
			return l.start[line]
		}
	}
	return len(l.text)
}

func explicitIndent(header string) int {
	for i := 1; i < len(header) && i < 3; i++ {
		if c := header[i]; c >= '1' && c <= '9' {
			return int(c - '0')
		}
	}
	return 0
}
