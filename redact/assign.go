package redact

import (
	"bytes"

	"github.com/anolishq/anolis-handoff/internal/anchors"
)

const (
	maxKey   = 128 // bytes of a key to each side of the word in it
	maxValue = 256 // bytes of a value that are looked at
)

// assignment is a key and its value in a window of text.
type assignment struct {
	keyStart, keyEnd     int
	valueStart, valueEnd int
	style                style
}

// style is how sure it is that the value is one, not the next word of a
// sentence.
type style uint8

const (
	quoted  style = iota // key="value", key: 'value'
	tight                // key=value, <key>value</key>
	loose                // key: value, key = value, --key value
	ini                  // key = value, alone on its line
	literal              // in a document that could not be read: anything at all
)

// keyAround is the key that contains the n bytes at at.
func keyAround(win []byte, at, n int) (start, end int) {
	left := max(0, at-maxKey)
	start = left + runStart(win[left:], at-left, keyChar)
	end = runEnd(win[:min(len(win), at+n+maxKey)], at+n, keyChar)
	for end > at+n && win[end-1] == '.' { // the end of a sentence
		end--
	}
	return start, end
}

// assigned finds the value of the key that stands at keyStart to keyEnd, if
// something is assigned to it. With lenient every value counts.
func assigned(win []byte, keyStart, keyEnd int, lenient bool) (assignment, bool) {
	a := assignment{keyStart: keyStart, keyEnd: keyEnd}
	if a.element(win) || a.attribute(win) {
		return a, true
	}
	i := keyEnd
	for i < len(win) && i < keyEnd+2 && in(win, i, quotes) { // a quoted key, an escaped quote
		i++
	}
	spaceBefore := runEnd(win, i, spaces)
	switch {
	case in(win, spaceBefore, separators) && win[spaceBefore] != ',':
		i = spaceBefore + 1
		if win[i-1] == ':' && in(win, i, assigns) || win[i-1] == '=' && in(win, i, greater) {
			i++ // := and =>
		} else if win[i-1] == '=' && in(win, i, assigns) || win[i-1] == ':' && in(win, i, colon) {
			return a, false // == and ::
		}
	case spaceBefore > i && bytes.HasPrefix(win[keyStart:], []byte("--")):
		if in(win, spaceBefore, flagEnd) {
			return a, false
		}
		i = spaceBefore // --key value
	default:
		return a, false
	}
	separator := win[i-1]
	a.valueStart = runEnd(win, i, spaces)
	a.style = loose
	switch {
	case a.valueStart < len(win) && (in(win, a.valueStart, quotes) && win[a.valueStart] != '\\' || bytes.HasPrefix(win[a.valueStart:], []byte(`\"`))):
		a.quote(win)
	case lenient:
		a.bare(win)
	case a.valueStart == i && spaceBefore == keyEnd && separator == '=':
		a.style = tight
		a.bare(win)
	default:
		a.bare(win)
		if separator == '=' && onlyBefore(win, keyStart) && runEnd(win, a.valueEnd, spaces) == len(win) {
			a.style = ini
		}
	}
	if lenient {
		a.style = literal
	}
	return a, true
}

// quote takes the value up to the quote that ends it. A quote behind a backslash
// ends only what such a quote began.
func (a *assignment) quote(win []byte) {
	escaped := win[a.valueStart] == '\\'
	if escaped {
		a.valueStart++
	}
	mark := win[a.valueStart]
	a.valueStart++
	a.valueEnd = a.valueStart
	for a.valueEnd < len(win) && a.valueEnd < a.valueStart+maxValue && win[a.valueEnd] != mark {
		if win[a.valueEnd] == '\\' && in(win, a.valueEnd+1, quotes) {
			if escaped {
				break
			}
			a.valueEnd++
		}
		a.valueEnd++
	}
	a.valueEnd = min(a.valueEnd, len(win))
	a.style = quoted
}

// bare takes the value up to what ends a word in most notations.
func (a *assignment) bare(win []byte) {
	a.valueEnd = a.valueStart
	for a.valueEnd < len(win) && a.valueEnd < a.valueStart+maxValue && !bareEnd[win[a.valueEnd]] {
		a.valueEnd++
	}
	// A reference keeps its brackets: ${NAME}, {port}, $(command), <word>.
	if opening := in(win, a.valueEnd, brackets); opening && (a.valueEnd == a.valueStart || win[a.valueEnd-1] == '$') {
		for a.valueEnd < len(win) && a.valueEnd < a.valueStart+maxValue && !spaces[win[a.valueEnd]] {
			a.valueEnd++
		}
	}
}

// element recognizes <key>value</key>.
func (a *assignment) element(win []byte) bool {
	open := runStart(win, a.keyStart, nameSpace)
	if !in(win, open-1, less) || !in(win, a.keyEnd, greater) {
		return false
	}
	a.valueStart = a.keyEnd + 1
	limit := min(len(win), a.valueStart+maxValue)
	i := bytes.IndexByte(win[a.valueStart:limit], '<')
	if i < 0 || !bytes.HasPrefix(win[a.valueStart+i:], append([]byte("</"), win[open:a.keyEnd]...)) {
		return false
	}
	a.valueEnd = a.valueStart + i
	a.style = quoted
	return true
}

// attribute recognizes a tag that has the key as one attribute and its value as
// another: <SetBlackboard output_key="password" value="..."/>.
func (a *assignment) attribute(win []byte) bool {
	if !in(win, a.keyStart-1, quotes) || !in(win, a.keyStart-2, assigns) || !in(win, a.keyEnd, quotes) {
		return false
	}
	name := runStart(win, a.keyStart-2, keyChar)
	switch string(bytes.ToLower(win[name : a.keyStart-2])) {
	case "name", "key", "id", "output_key", "port", "param", "parameter", "field", "property":
	default:
		return false
	}
	from := max(0, a.keyStart-maxValue)
	from += bytes.LastIndexByte(win[from:a.keyStart], '<') + 1
	to := min(len(win), a.keyEnd+maxValue)
	for _, attribute := range [...]string{" value=", " default=", " defaultValue="} {
		i := bytes.Index(win[from:to], []byte(attribute))
		if i < 0 || bytes.IndexByte(win[min(a.keyEnd, from+i):from+i], '>') >= 0 {
			continue
		}
		a.valueStart = from + i + len(attribute)
		if in(win, a.valueStart, quotes) {
			a.quote(win)
			return true
		}
	}
	return false
}

// onlyBefore reports whether nothing but spaces and a comment sign stands
// before the key.
func onlyBefore(win []byte, keyStart int) bool {
	return only(win[:keyStart], lineLead)
}

var (
	quotes    = set("\"'\\`")
	assigns   = set("=")
	colon     = set(":")
	greater   = set(">")
	less      = set("<")
	brackets  = set("({[<")
	flagEnd   = set("-<[|>\\")
	nameSpace = set("A-Za-z0-9_:")
	lineLead  = set(" \t#;/")
	bareEnd   = bareEnds()
)

func bareEnds() *anchors.Set {
	s := set(" \t\r,;&<>()[]{}|\"'`")
	s[0] = true
	return s
}
