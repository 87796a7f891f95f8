package canonyaml

import (
	"encoding/base64"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// quoted are the styles of what is text for every reader.
const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

// tag is what a scalar is, by its own tag or else by its form.
func (r *reader) tag(n *yaml.Node) string {
	switch {
	case n.Style&yaml.TaggedStyle != 0:
		return n.Tag
	case n.Style&quoted != 0 && !r.nonSpecific(n):
		return "!!str"
	}
	return resolve(n.Value)
}

// nonSpecific reports whether the node carries the tag "!", which makes the
// reference read even a quoted scalar by its form. yaml.v3 drops that tag.
func (r *reader) nonSpecific(n *yaml.Node) bool {
	i := r.text.offset(pos(n))
	head := r.text.text[i:skipProperties(r.text.text, i)]
	for _, property := range strings.Fields(head) {
		if property == "!" {
			return true
		}
	}
	return false
}

// scalar builds a scalar node; a fault yields a null.
func (r *reader) scalar(n *yaml.Node) *doc.Node {
	node := &doc.Node{Pos: pos(n), Source: n.Value}
	fault := ""
	switch tag := r.tag(n); tag {
	case "!!str":
		node.Kind, node.Text = doc.String, n.Value
		node.Quoted = n.Style&quoted != 0
	case "!!null":
		node.Kind = doc.Null
	case "!!bool":
		node.Kind = doc.Bool
		node.Bool, fault = parseBool(n.Value)
	case "!!int":
		node.Kind = doc.Int
		node.Text, fault = parseInt(n.Value)
	case "!!float":
		node.Kind = doc.Float
		node.Float, fault = parseFloat(n.Value)
	case "!!timestamp":
		node.Kind = doc.Timestamp
		node.Text, fault = parseTimestamp(n.Value)
	case "!!binary":
		node.Kind = doc.Binary
		node.Text, fault = parseBinary(n.Value)
	case "!!merge", "!!value":
		fault = "the words << and = have a meaning of their own; quote them"
	default:
		fault = "unknown or unfitting tag"
	}
	if fault != "" {
		r.fail(node.Pos, fault, nil)
		return &doc.Node{Kind: doc.Null, Pos: node.Pos}
	}
	return node
}

func parseBool(s string) (value bool, fault string) {
	switch strings.ToLower(s) {
	case "yes", "true", "on":
		return true, ""
	case "no", "false", "off":
		return false, ""
	}
	return false, "not a boolean"
}

// parseBinary decodes base64 as leniently as the reference: characters outside
// the alphabet are skipped, and what follows the padding is ignored.
func parseBinary(s string) (data, fault string) {
	var clean strings.Builder
	pad := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 0x80:
			return "", "binary data must be ASCII"
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '+', c == '/':
			if pad > 0 {
				pad = 0
			}
			clean.WriteByte(c)
		case c == '=':
			pad++
			if quads := clean.Len() % 4; quads >= 2 && quads+pad >= 4 {
				i = len(s)
			}
		}
	}
	if n := clean.Len() % 4; n == 1 || n > 1 && n+pad < 4 {
		return "", "not base64 data"
	}
	raw, err := base64.RawStdEncoding.DecodeString(clean.String())
	if err != nil {
		return "", "not base64 data"
	}
	return string(raw), ""
}
