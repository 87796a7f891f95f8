package replay

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// slack is how much more is kept of an output than is shown, in bytes: no secret
// up to this length can be cut in two by the bound before the mask sees it.
const slack = 16 << 10

// capture is an output: it keeps the beginning and notes whether there is a line
// that begins with want, which may well come later.
type capture struct {
	keep  int
	kept  []byte
	more  bool // there was more than that
	want  string
	found bool
	at    int // bytes of want that this line has so far; -1 when it is another line
}

// Write never fails: a runtime that cannot write might not end.
func (c *capture) Write(p []byte) (int, error) {
	n := min(len(p), c.keep-len(c.kept))
	c.kept = append(c.kept, p[:n]...)
	c.more = c.more || n < len(p)
	c.look(p)
	return len(p), nil
}

func (c *capture) look(p []byte) {
	for !c.found && len(p) > 0 {
		switch {
		case c.at < 0:
			end := bytes.IndexByte(p, '\n')
			if end < 0 {
				return
			}
			p, c.at = p[end+1:], 0
		case p[0] != c.want[c.at]:
			c.at = -1 // p stays: it may begin with the line feed
		default:
			p, c.at = p[1:], c.at+1
			c.found = c.at == len(c.want)
		}
	}
}

// text is what may be shown of the output, and whether something is missing.
//
// The mask sees all that was kept. Only then the end is cut off, since what is
// left of a secret that goes on after the end is not recognised: that is the
// slack if there was more, and the last line if it stopped in the middle because
// the process was ended (whole is false). Cutting by the slack and not at the
// bound matters where masks are shorter than what they cover: everything behind
// them moves up.
func (c *capture) text(whole bool, names *strings.Replacer, opts Options) (text string, cut bool) {
	text = string(c.kept)
	unfinished := !whole && !c.more && text != "" && !strings.HasSuffix(text, "\n")
	text = names.Replace(text)
	if opts.Mask != nil {
		text = opts.Mask(text)
	}
	switch {
	case c.more:
		text = text[:max(0, len(text)-slack)]
	case unfinished:
		text = text[:strings.LastIndexByte(text, '\n')+1]
	}
	text = printable(text)
	short := clip(text, opts.MaxOutput)
	return short, c.more || unfinished || len(short) < len(text)
}

// printable makes text safe to show: everything that a terminal or an editor
// would act on becomes visible.
func printable(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n") {
		switch {
		case r == '\n', r == '\t':
			b.WriteRune(r)
		case unicode.IsControl(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		case unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// clip cuts text to at most n bytes, between two characters.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// lineWith is the first line that begins with prefix, or empty.
func lineWith(text, prefix string) string {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, prefix) {
			return strings.TrimSuffix(line, "\n")
		}
	}
	return ""
}
