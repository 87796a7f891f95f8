package canonyaml

import (
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// The scanner turns a text into tokens by the rules of YAML 1.1 as the reference
// applies them: a tab separates nothing, "?" ends a plain scalar within brackets,
// a key on one line with its value has at most 1024 characters. Each byte is
// looked at a bounded number of times, so that the work is linear in the text.

type tokenKind uint8

const (
	streamEnd tokenKind = iota // also what a failed scanner delivers for ever
	directiveToken
	documentStart
	documentEnd
	blockSeqStart
	blockMapStart
	blockEnd
	flowSeqStart
	flowSeqEnd
	flowMapStart
	flowMapEnd
	entryToken // "-" of a list
	commaToken
	keyToken   // "?", or put before a key without it
	valueToken // ":"
	aliasToken
	anchorToken
	tagToken
	scalarToken
)

// names says how a message calls a token.
var names = [...]string{
	"the end of the text", "a % directive", "a document mark", "a document end mark", "a list", "a mapping", "the end of the indented block",
	"an opening bracket", "a closing bracket", "an opening brace", "a closing brace",
	"a list item", "a comma", "a key", "a colon", "an alias", "an anchor", "a tag", "a value",
}

type scalarStyle uint8

const (
	plainStyle scalarStyle = iota
	singleStyle
	doubleStyle
	literalStyle
	foldedStyle
)

// mark is a place in the text. Line and column count from 0, columns in characters.
type mark struct{ offset, line, column int }

func (m mark) pos() doc.Pos { return doc.Pos{Line: m.line + 1, Column: m.column + 1} }

type token struct {
	kind   tokenKind
	style  scalarStyle
	keyed  bool // stands where a key could begin
	start  mark
	end    mark
	value  string // of a scalar; the name of an anchor, alias or directive; the suffix of a tag
	handle string // of a tag; "" if the suffix is all of it. The value of a directive
	indent int    // of a block scalar's text, -1 without text
	quirks quirk
}

// quirk is what yaml-cpp reads in another way.
type quirk uint8

const (
	outdented    quirk = 1 << iota // a block scalar not indented deeper than its tag or anchor
	gluedName                      // an alias or anchor whose name yaml-cpp reads on
	lostBreaks                     // line breaks at the end of a folded scalar
	bareMark                       // a "?" without a space behind it
	brokenEscape                   // \N or \_, which yaml-cpp makes one byte that is not UTF-8
)

// simpleKey is a token that becomes a key if ":" follows.
type simpleKey struct {
	possible bool
	required bool // nothing else can stand there
	number   int  // of the token
	at       mark
}

type scanner struct {
	ctx  context.Context
	text string
	i    int // offset of the next byte
	line int
	// lineStart is the offset of the line; wide counts its bytes before i that
	// begin no character.
	lineStart, wide int

	indent   int // of the block collection at work, -1 outside of all
	indents  []int
	flow     int // brackets and braces that are open
	allowKey bool
	keys     []simpleKey // by level of flow
	low      int         // no key below this level is possible

	queue     []token
	head      int // of the queue
	delivered int // tokens that left the queue

	bareMarks []mark       // of "?" without a space behind it
	alike     map[int]bool // offsets of U+2028 and U+2029 that are themselves in a text for every reader

	steps int // work done besides that of going over the text
	limit int
	next  int // number of steps at which to look at the context again
	err   error
}

// checkEvery is how many steps are done between two looks at the context.
const checkEvery = 1 << 15

func newScanner(ctx context.Context, text string) *scanner {
	return &scanner{ctx: ctx, text: text, indent: -1, allowKey: true, keys: make([]simpleKey, 1, 8), limit: stepLimit(len(text))}
}

// spent is the work done so far: a step for each byte, and those that were counted.
func (s *scanner) spent() int { return s.i + s.steps }

// work counts steps besides those over the text and reports whether to go on.
func (s *scanner) work(n int) bool {
	s.steps += n
	if s.spent() < s.next {
		return s.err == nil
	}
	s.next = s.spent() + checkEvery
	if s.err == nil {
		if err := s.ctx.Err(); err != nil {
			s.err = err
		} else if s.spent() > s.limit {
			s.fail(s.mark(), "takes more than "+strconv.Itoa(s.limit)+" steps to read").Err = ErrLimit
		}
	}
	return s.err == nil
}

// fail ends the scanning. The first failure counts.
func (s *scanner) fail(at mark, msg string) *Error {
	e := &Error{Pos: at.pos(), Msg: msg}
	if s.err == nil {
		s.err = e
	}
	return e
}

func (s *scanner) mark() mark {
	return mark{s.i, s.line, s.i - s.lineStart - s.wide}
}

func (s *scanner) column() int { return s.i - s.lineStart - s.wide }

// at is the byte n behind the next one, and 0 beyond the end. A real NUL is in
// no YAML text.
func (s *scanner) at(n int) byte {
	if s.i+n < len(s.text) {
		return s.text[s.i+n]
	}
	return 0
}

// breakLen is the length of the line break s begins with, or 0.
func breakLen(s string) int {
	if s == "" {
		return 0
	}
	switch s[0] {
	case '\n':
		return 1
	case '\r':
		if len(s) > 1 && s[1] == '\n' {
			return 2
		}
		return 1
	case 0xC2: // NEL
		if len(s) > 1 && s[1] == 0x85 {
			return 2
		}
	case 0xE2: // LS, PS
		if len(s) > 2 && s[1] == 0x80 && (s[2] == 0xA8 || s[2] == 0xA9) {
			return 3
		}
	}
	return 0
}

func (s *scanner) breakAt(n int) bool { return s.i+n < len(s.text) && breakLen(s.text[s.i+n:]) > 0 }

// endAt reports whether the text or the line ends n bytes on.
func (s *scanner) endAt(n int) bool { return s.i+n >= len(s.text) || s.breakAt(n) }

// blankAt reports whether a space, a tab, a line end or the end is n bytes on.
func (s *scanner) blankAt(n int) bool {
	c := s.at(n)
	return c == ' ' || c == '\t' || s.endAt(n)
}

// skip advances over one character that is not a line break.
func (s *scanner) skip() {
	if s.i < len(s.text) {
		r, n := utf8.DecodeRuneInString(s.text[s.i:])
		s.i += n
		s.wide += n - 1
		if r == '\uFEFF' {
			s.wide++ // a byte order mark takes no column
		}
	}
}

// lineBreak advances over a line break, if one is next, and returns what it
// stands for in a scalar.
func (s *scanner) lineBreak() string {
	n := breakLen(s.text[s.i:])
	if n == 0 || !s.work(1) {
		return ""
	}
	text := "\n"
	if n == 3 {
		text = s.text[s.i : s.i+n]
	}
	s.i += n
	s.line++
	s.lineStart, s.wide = s.i, 0
	return text
}

func (s *scanner) spaces() {
	for s.at(0) == ' ' {
		s.i++
	}
}

// restOfLine advances to the end of the line.
func (s *scanner) restOfLine() {
	for s.i < len(s.text) {
		switch c := s.text[s.i]; {
		case c == '\n' || c == '\r':
			return
		case c < utf8.RuneSelf:
			s.i++
		case s.breakAt(0):
			return
		default:
			s.skip()
		}
	}
}

// separator reports whether "---" or "..." stands here as a document mark; the
// caller knows that a line begins here.
func (s *scanner) separator() bool {
	rest := s.text[s.i:]
	return (strings.HasPrefix(rest, "---") || strings.HasPrefix(rest, "...")) && s.blankAt(3)
}

// peek returns the next token without taking it.
func (s *scanner) peek() *token {
	for s.err == nil && s.needMore() {
		s.fetch()
	}
	if s.err != nil {
		s.queue, s.head = append(s.queue[:0], token{start: s.mark(), end: s.mark()}), 0
	}
	return &s.queue[s.head]
}

// take returns the next token and goes on to the one behind it.
func (s *scanner) take() token {
	t := *s.peek()
	if t.kind != streamEnd {
		s.head++
		s.delivered++
	}
	return t
}

// needMore reports whether the next token is unknown, or could still get a key
// mark put before it.
func (s *scanner) needMore() bool {
	if s.head == len(s.queue) {
		return true
	}
	s.dropStale()
	for s.low < len(s.keys) && !s.keys[s.low].possible {
		s.low++
	}
	return s.low < len(s.keys) && s.keys[s.low].number == s.delivered
}

// dropStale gives up keys whose ":" can no longer come: it must be on the same
// line and within 1024 characters.
func (s *scanner) dropStale() {
	for level := s.low; level < len(s.keys); level++ {
		k := &s.keys[level]
		if !k.possible {
			if level == s.low {
				s.low++
			}
			continue
		}
		if k.at.line == s.line && s.column()-k.at.column <= 1024 {
			return // the keys of inner levels began later
		}
		k.possible = false
		if k.required {
			s.noColon(k)
			return
		}
	}
}

func (s *scanner) noColon(k *simpleKey) {
	if k.at.line == s.line && s.column()-k.at.column > 1024 {
		s.fail(k.at, "a key of more than 1024 characters; write a question mark and a space before it, and the colon on the next line")
		return
	}
	s.fail(k.at, "a key without a colon, or a value that is not indented")
}

func (s *scanner) add(t token) {
	if s.head == len(s.queue) {
		s.queue, s.head = s.queue[:0], 0
	}
	s.queue = append(s.queue, t)
}

// saveKey notes that the next token could be a key.
func (s *scanner) saveKey() {
	if !s.allowKey {
		return
	}
	s.dropKey()
	at := s.mark()
	s.keys[s.flow] = simpleKey{
		possible: true, required: s.flow == 0 && s.indent == at.column,
		number: s.delivered + len(s.queue) - s.head, at: at,
	}
	s.low = min(s.low, s.flow)
}

// dropKey: what came last at this level is not a key.
func (s *scanner) dropKey() {
	k := &s.keys[s.flow]
	if k.possible && k.required {
		s.noColon(k)
	}
	k.possible = false
}

func (s *scanner) unwind(column int) {
	if s.flow > 0 {
		return
	}
	for s.indent > column {
		s.indent = s.indents[len(s.indents)-1]
		s.indents = s.indents[:len(s.indents)-1]
		at := s.mark()
		s.add(token{kind: blockEnd, start: at, end: at})
	}
}

// pushIndent begins a block collection if column is deeper than the last one.
func (s *scanner) pushIndent(column int) bool {
	if s.indent >= column {
		return false
	}
	s.indents = append(s.indents, s.indent)
	s.indent = column
	return true
}

// fetch scans one token, sometimes with others that it brings along.
func (s *scanner) fetch() {
	s.toNextToken()
	if !s.work(1) {
		return
	}
	if s.dropStale(); s.err != nil {
		return
	}
	column := s.column()
	s.unwind(column)
	start := s.mark()
	if s.i >= len(s.text) {
		s.unwind(-1)
		s.dropKey()
		s.allowKey = false
		clear(s.keys)
		s.add(token{kind: streamEnd, start: start, end: start})
		return
	}
	c := s.text[s.i]
	if column == 0 {
		switch {
		case c == '%':
			s.unwind(-1)
			s.dropKey()
			s.allowKey = false
			s.directive()
			return
		case (c == '-' || c == '.') && s.separator():
			kind := documentStart
			if c == '.' {
				kind = documentEnd
			}
			s.unwind(-1)
			s.dropKey()
			s.allowKey = false
			s.punctuation(kind, 3)
			return
		}
	}
	switch {
	case c == '[':
		s.openFlow(flowSeqStart)
	case c == '{':
		s.openFlow(flowMapStart)
	case c == ']':
		s.closeFlow(flowSeqEnd)
	case c == '}':
		s.closeFlow(flowMapEnd)
	case c == ',':
		s.dropKey()
		s.allowKey = true
		s.punctuation(commaToken, 1)
	case c == '-' && s.blankAt(1):
		s.entry()
	case c == '?' && (s.flow > 0 || s.blankAt(1)):
		s.explicitKey()
	case c == ':' && (s.flow > 0 || s.blankAt(1)):
		s.colon()
	case c == '*' || c == '&':
		s.saveKey()
		keyed := s.allowKey
		s.allowKey = false
		s.anchor(keyed)
	case c == '!':
		s.saveKey()
		keyed := s.allowKey
		s.allowKey = false
		s.tag(keyed)
	case (c == '|' || c == '>') && s.flow == 0:
		s.allowKey = true
		s.dropKey()
		s.blockScalar()
	case c == '\'' || c == '"':
		s.saveKey()
		s.allowKey = false
		s.quoted()
	case s.plainStart(c):
		s.saveKey()
		s.allowKey = false
		s.plain()
	case c == '\t':
		s.fail(start, "a tab where a key, a value or a comment begins; use spaces")
	case c == '|' || c == '>':
		s.fail(start, "a value within brackets or braces cannot begin with "+strconv.QuoteRune(rune(c))+"; quote it")
	default:
		s.fail(start, "a plain value cannot begin with "+strconv.QuoteRune(rune(c))+"; quote it")
	}
}

// plainStart reports whether c begins a plain scalar.
func (s *scanner) plainStart(c byte) bool {
	if c == '-' || s.flow == 0 && (c == '?' || c == ':') {
		return !s.blankAt(1)
	}
	return strings.IndexByte("\t-?:,[]{}#&*!|>'\"%@`", c) < 0
}

// toNextToken skips spaces, comments and line breaks. Tabs are none of these.
func (s *scanner) toNextToken() {
	if s.i == 0 && strings.HasPrefix(s.text, "\uFEFF") {
		s.skip()
	}
	for {
		s.spaces()
		if s.at(0) == '#' {
			s.restOfLine()
		}
		if s.lineBreak() == "" {
			return
		}
		if s.flow == 0 {
			s.allowKey = true
		}
	}
}

func (s *scanner) punctuation(kind tokenKind, length int) {
	start := s.mark()
	s.i += length
	s.add(token{kind: kind, start: start, end: s.mark()})
}

func (s *scanner) openFlow(kind tokenKind) {
	s.saveKey()
	if s.flow+len(s.indents) >= MaxDepth { // the scanner may be ahead of the parser
		s.fail(s.mark(), tooDeep).Err = ErrLimit
		return
	}
	s.flow++
	s.keys = append(s.keys[:s.flow], simpleKey{})
	s.allowKey = true
	s.punctuation(kind, 1)
}

func (s *scanner) closeFlow(kind tokenKind) {
	s.dropKey()
	if s.flow > 0 {
		s.flow--
		s.keys = s.keys[:s.flow+1]
		s.low = min(s.low, s.flow)
	}
	s.allowKey = false
	s.punctuation(kind, 1)
}

func (s *scanner) entry() {
	if s.flow == 0 {
		if !s.allowKey {
			s.fail(s.mark(), "a list item cannot begin here; put it on a line of its own, or quote the value")
			return
		}
		if at := s.mark(); s.pushIndent(at.column) {
			s.add(token{kind: blockSeqStart, start: at, end: at})
		}
	}
	s.allowKey = true
	s.dropKey()
	s.punctuation(entryToken, 1)
}

func (s *scanner) explicitKey() {
	if s.flow == 0 {
		if !s.allowKey {
			s.fail(s.mark(), "a key cannot begin here; put it on a line of its own, or quote the value")
			return
		}
		if at := s.mark(); s.pushIndent(at.column) {
			s.add(token{kind: blockMapStart, start: at, end: at})
		}
	}
	if s.at(1) == 0 || !s.blankAt(1) {
		s.bareMarks = append(s.bareMarks, s.mark())
	}
	s.allowKey = s.flow == 0
	s.dropKey()
	s.punctuation(keyToken, 1)
}

func (s *scanner) colon() {
	if k := &s.keys[s.flow]; k.possible {
		k.possible = false
		marks := []token{{kind: keyToken, start: k.at, end: k.at}}
		if s.flow == 0 && s.pushIndent(k.at.column) {
			marks = append([]token{{kind: blockMapStart, start: k.at, end: k.at}}, marks...)
		}
		s.insert(s.head+k.number-s.delivered, marks)
		s.allowKey = false
	} else {
		if s.flow == 0 {
			if !s.allowKey {
				s.fail(s.mark(), "a colon and a space where no key can be; quote the value or check the indentation")
				return
			}
			if at := s.mark(); s.pushIndent(at.column) {
				s.add(token{kind: blockMapStart, start: at, end: at})
			}
		}
		s.allowKey = s.flow == 0
		s.dropKey()
	}
	s.punctuation(valueToken, 1)
}

// insert puts tokens before a key. The queue is short: a key and its colon are
// at most 1024 characters apart.
func (s *scanner) insert(at int, marks []token) {
	s.work(len(s.queue) - at)
	s.queue = append(s.queue, marks...)
	copy(s.queue[at+len(marks):], s.queue[at:])
	copy(s.queue[at:], marks)
}

func wordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '-' || c == '_'
}

// word advances over letters, digits, "-" and "_".
func (s *scanner) word() string {
	begin := s.i
	for wordByte(s.at(0)) {
		s.i++
	}
	return s.text[begin:s.i]
}

func (s *scanner) directive() {
	t := token{kind: directiveToken, start: s.mark()}
	s.i++
	t.value = s.word()
	if t.value == "" || s.at(0) != ' ' && !s.endAt(0) {
		s.fail(s.mark(), "a line that begins with % must be a directive such as %YAML 1.1")
		return
	}
	switch t.value {
	case "YAML":
		s.spaces()
		for i := range 2 {
			begin := s.i
			for s.at(0) >= '0' && s.at(0) <= '9' {
				s.i++
			}
			if i == 0 {
				t.handle = s.text[begin:s.i]
			}
			if begin == s.i || i == 0 && s.at(0) != '.' || i == 1 && s.at(0) != ' ' && !s.endAt(0) {
				s.fail(s.mark(), "the version of a %YAML directive must be two numbers, such as 1.1")
				return
			}
			if i == 0 {
				s.i++
			}
		}
	case "TAG":
		s.spaces()
		handle := s.tagHandle()
		if s.err == nil && s.at(0) != ' ' {
			s.fail(s.mark(), "a %TAG directive needs a space behind the handle")
		}
		s.spaces()
		prefix := s.tagURI()
		if s.err == nil && s.at(0) != ' ' && !s.endAt(0) {
			s.fail(s.mark(), "unexpected text in a %TAG directive")
		}
		t.handle, t.value = handle+" "+prefix, "TAG"
	default:
		s.restOfLine()
	}
	t.end = s.mark()
	s.restOfHeader("a directive")
	s.add(t)
}

// restOfHeader takes spaces and a comment to the end of the line.
func (s *scanner) restOfHeader(of string) {
	s.spaces()
	if s.at(0) == '#' {
		s.restOfLine()
	}
	if !s.endAt(0) {
		s.fail(s.mark(), "unexpected text behind "+of+"; only a comment may follow")
		return
	}
	s.lineBreak()
}

func (s *scanner) anchor(keyed bool) {
	t := token{kind: anchorToken, start: s.mark(), keyed: keyed}
	what := "an anchor"
	if s.text[s.i] == '*' {
		t.kind, what = aliasToken, "an alias"
	}
	s.i++
	t.value = s.word()
	if t.value == "" || !s.blankAt(0) && strings.IndexByte("?:,]}%@`", s.at(0)) < 0 {
		s.fail(s.mark(), "the name of "+what+" may have only ASCII letters, digits, - and _; quote the value if it is not "+what)
		return
	}
	if c := s.at(0); !s.blankAt(0) && c != ',' && c != ']' && c != '}' {
		t.quirks = gluedName
	}
	t.end = s.mark()
	s.add(t)
}

func (s *scanner) tag(keyed bool) {
	t := token{kind: tagToken, start: s.mark(), keyed: keyed}
	switch {
	case s.at(1) == '<':
		s.i += 2
		t.value = s.tagURI()
		if s.err == nil && s.at(0) != '>' {
			s.fail(s.mark(), "a tag that begins with !< must end with >")
			return
		}
		s.i++
	case s.blankAt(1):
		t.value = "!"
		s.i++
	default:
		n := 1
		for s.at(n) != ' ' && s.at(n) != '!' && !s.endAt(n) {
			n++
		}
		s.work(n)
		if s.at(n) == '!' {
			t.handle = s.tagHandle()
		} else {
			t.handle = "!"
			s.i++
		}
		t.value = s.tagURI()
	}
	if s.err == nil && s.at(0) != ' ' && !s.endAt(0) {
		s.fail(s.mark(), "a space must follow a tag; quote the value if it is not a tag")
		return
	}
	t.end = s.mark()
	s.add(t)
}

// tagHandle reads "!", "!!" or "!name!".
func (s *scanner) tagHandle() string {
	begin := s.i
	if s.at(0) != '!' {
		s.fail(s.mark(), "a tag must begin with !")
		return ""
	}
	s.i++
	if s.at(0) != ' ' {
		s.word()
		if s.at(0) != '!' {
			s.fail(s.mark(), "the handle of a tag must end with !")
			return ""
		}
		s.i++
	}
	return s.text[begin:s.i]
}

func (s *scanner) tagURI() string {
	if s.err != nil {
		return ""
	}
	var uri []byte
	for {
		c := s.at(0)
		switch {
		case c == '%':
			escaped := s.mark()
			var raw []byte
			for s.at(0) == '%' {
				code, err := strconv.ParseUint(s.text[min(s.i+1, len(s.text)):min(s.i+3, len(s.text))], 16, 8)
				if err != nil || s.i+3 > len(s.text) || !isHex(s.at(1)) || !isHex(s.at(2)) {
					s.i++
					s.fail(s.mark(), "% in a tag must be followed by two hexadecimal digits")
					return ""
				}
				raw = append(raw, byte(code))
				s.i += 3
			}
			if !utf8.Valid(raw) {
				s.fail(escaped, "the escapes of a tag are not UTF-8")
				return ""
			}
			uri = append(uri, raw...)
			continue
		case wordByte(c), c != 0 && strings.IndexByte("-;/?:@&=+$,_.!~*'()[]", c) >= 0:
			uri = append(uri, c)
			s.i++
			continue
		}
		if len(uri) == 0 {
			s.fail(s.mark(), "a tag without a name; quote the value if it is not a tag")
		}
		return string(uri)
	}
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
