// Package xmlcheck says whether a text is well-formed XML that every parser
// reads alike: no document type, and so no entities but the five of XML itself,
// UTF-8 only, and nothing that grows beyond bounds.
package xmlcheck

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	// MaxDepth is how deep elements may nest.
	MaxDepth = 1000
	// MaxToken is the size in bytes of the largest tag, text or comment, give or
	// take what the decoder reads ahead (4 KiB).
	MaxToken = 1 << 20
)

// Error is why a text is refused, and where. It repeats nothing of the text but
// names.
type Error struct {
	Line   int // from 1
	Column int // from 1, in characters; 0 is unknown
	Msg    string
}

func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Msg)
}

// Check reads r to its end. The error is an *Error for a text that is refused,
// that of ctx, or that of r. Memory is bounded by MaxToken and MaxDepth.
func Check(ctx context.Context, r io.Reader) error {
	source := &source{r: r}
	c := &checker{source: source, decoder: xml.NewDecoder(source)}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		done, err := c.token()
		if done || err != nil {
			return err
		}
	}
}

type checker struct {
	source  *source
	decoder *xml.Decoder
	depth   int
	roots   int
}

func (c *checker) fault(format string, args ...any) error {
	line, _ := c.decoder.InputPos()
	return &Error{line, c.source.column(c.decoder.InputOffset()), fmt.Sprintf(format, args...)}
}

// token checks the next token; done is the end of the text.
func (c *checker) token() (done bool, err error) {
	c.source.left = MaxToken
	begin := c.decoder.InputOffset()
	token, err := c.decoder.Token()
	switch {
	case err == io.EOF && c.roots == 0:
		return true, c.fault("there is no root element")
	case err == io.EOF:
		return true, nil
	case errors.Is(err, errTooLarge):
		return false, c.fault("a tag, text or comment of more than %d bytes", MaxToken)
	case c.source.err != nil:
		return false, c.source.err
	case err != nil:
		return false, c.fault("%s", reason(err))
	}
	switch t := token.(type) {
	case xml.StartElement:
		return false, c.start(t)
	case xml.EndElement:
		c.depth--
	case xml.CharData:
		text := string(t)
		if begin == 0 {
			text = strings.TrimPrefix(text, "\ufeff")
		}
		if c.depth == 0 && strings.Trim(text, " \t\r\n") != "" {
			return false, c.fault("text outside of the root element")
		}
	case xml.Directive:
		return false, c.fault("a document type or other directive, which could define entities")
	case xml.ProcInst:
		if strings.EqualFold(t.Target, "xml") && begin > int64(len("\ufeff")) {
			return false, c.fault("an XML declaration that is not at the start")
		}
		if name := declaredEncoding(string(t.Inst)); strings.EqualFold(t.Target, "xml") && name != "" && !strings.EqualFold(name, "UTF-8") {
			return false, c.fault("an encoding other than UTF-8")
		}
	}
	return false, nil
}

// declaredEncoding returns the encoding that an XML declaration names, or "".
// encoding/xml overlooks one with white space or a line break around the =.
func declaredEncoding(declaration string) string {
	const space = " \t\r\n"
	for rest := declaration; ; {
		_, after, found := strings.Cut(rest, "encoding")
		if !found {
			return ""
		}
		rest = after
		value, found := strings.CutPrefix(strings.TrimLeft(after, space), "=")
		value = strings.TrimLeft(value, space)
		if !found || value == "" || value[0] != '"' && value[0] != '\'' {
			continue
		}
		name, _, _ := strings.Cut(value[1:], value[:1])
		return name
	}
}

func (c *checker) start(t xml.StartElement) error {
	if c.depth++; c.depth > MaxDepth {
		return c.fault("elements nest deeper than %d", MaxDepth)
	}
	if c.depth == 1 {
		if c.roots++; c.roots > 1 {
			return c.fault("a second root element")
		}
	}
	if len(t.Attr) < 2 {
		return nil
	}
	seen := make(map[xml.Name]bool, len(t.Attr))
	for _, a := range t.Attr {
		if seen[a.Name] {
			return c.fault("attribute %q stands twice in one tag", a.Name.Local)
		}
		seen[a.Name] = true
	}
	return nil
}

// reason is what encoding/xml says, without its own idea of the line. What it
// quotes are names of elements and entities, which an entity name could abuse:
// a stray & before a value makes that value the name.
func reason(err error) string {
	var s *xml.SyntaxError
	if !errors.As(err, &s) {
		return "an encoding other than UTF-8"
	}
	if strings.HasPrefix(s.Msg, "invalid character entity") {
		return "an entity that XML does not define, or a bare &"
	}
	return s.Msg
}
