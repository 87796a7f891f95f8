package canonyaml

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// The parser turns tokens into syntax nodes, with anchors and tags resolved.

type nodeKind uint8

const (
	scalarNode nodeKind = iota
	seqNode
	mapNode
	aliasNode
)

// node is one node of the text, before it is known what it means.
type node struct {
	kind     nodeKind
	style    scalarStyle
	anchored bool
	tag      string // "" without a tag, "!" for the tag that names none
	value    string // of a scalar
	mark     mark   // of its anchor or tag, if it has one
	content  []*node
	target   *node // of an alias
	built    built // what it means, once that is known
	quirks   quirk
}

func (n *node) pos() doc.Pos { return n.mark.pos() }

// resolved follows an alias.
func (n *node) resolved() *node {
	if n.kind == aliasNode {
		return n.target
	}
	return n
}

const (
	tooDeep    = "nested deeper than 200 levels"
	tagPrefix  = "tag:yaml.org,2002:"
	nodeChunk  = 64
	stackFirst = 64
)

type parser struct {
	*scanner
	tags    map[string]string // prefixes by handle
	anchors map[string]*node
	depth   int
	count   int // nodes so far
	last    mark
	free    []node
	lists   []*node // memory for contents
	stack   []*node // contents of the collections at work
}

// parse returns the root node of the one document of text, nil if the text is
// empty, and the parser for what it noticed besides.
func parse(ctx context.Context, text string) (*node, *parser, error) {
	p := &parser{scanner: newScanner(ctx, text), anchors: map[string]*node{}, stack: make([]*node, 0, stackFirst)}
	root := p.document()
	if p.err == nil {
		return root, p, nil
	}
	if e, ok := p.err.(*Error); ok {
		return nil, p, conflict(text, e)
	}
	return nil, p, p.err
}

// conflict puts the blame on what a merge of Git left in the text, if there is
// such a line before the fault or right behind it.
func conflict(text string, e *Error) *Error {
	if e.Err != nil {
		return e
	}
	line := 1
	for l := range strings.Lines(text) {
		if line > e.Pos.Line+1 {
			break
		}
		if strings.HasPrefix(l, "<<<<<<< ") || strings.HasPrefix(l, ">>>>>>> ") || strings.TrimRight(l, "\r\n") == "=======" {
			return &Error{Pos: doc.Pos{Line: line, Column: 1}, Msg: "a conflict marker of Git; choose one of the two versions and remove the lines that begin with <<<<<<<, ======= and >>>>>>>"}
		}
		line++
	}
	return e
}

// document reads the stream, which must hold at most one document.
func (p *parser) document() *node {
	var root *node
	switch p.peek().kind {
	case streamEnd:
		return nil
	case directiveToken, documentStart:
		if !p.directives() {
			return nil
		}
		switch p.peek().kind {
		case directiveToken, documentStart, documentEnd, streamEnd:
			root = p.empty(p.last, "")
		default:
			root = p.node(true, false)
		}
	default:
		root = p.node(true, false)
	}
	ended := false
	for p.peek().kind == documentEnd {
		p.take()
		ended = true
	}
	switch t := p.peek(); {
	case t.kind == streamEnd:
	case t.kind == documentStart || t.kind == directiveToken || ended:
		p.fail(t.start, "a second document; only one is allowed")
	default:
		p.fail(t.start, "unexpected "+names[t.kind]+" behind the end of the document")
	}
	return root
}

// directives reads what stands before "---", and the mark itself.
func (p *parser) directives() bool {
	p.tags = map[string]string{}
	version := false
	for p.peek().kind == directiveToken {
		switch t := p.take(); t.value {
		case "YAML":
			if version {
				p.fail(t.start, "a second %YAML directive")
			}
			version = true
			if strings.TrimLeft(t.handle, "0") != "1" {
				p.fail(t.start, "only YAML 1.x can be read; write %YAML 1.1")
			}
		case "TAG":
			handle, prefix, _ := strings.Cut(t.handle, " ")
			if _, twice := p.tags[handle]; twice {
				p.fail(t.start, "a second %TAG directive for one handle")
			}
			p.tags[handle] = prefix
		}
	}
	t := p.take()
	if p.err == nil && t.kind != documentStart {
		p.fail(t.start, "a line with --- must follow the % directives")
	}
	p.last = t.end
	return p.err == nil
}

func (p *parser) newNode(kind nodeKind, at mark) *node {
	if len(p.free) == 0 {
		p.free = make([]node, min(nodeChunk, 4+(len(p.text)-at.offset)/16)) // for what is left
	}
	n := &p.free[0]
	p.free = p.free[1:]
	n.kind, n.mark = kind, at
	if p.count++; p.count > MaxValues {
		p.fail(at, fmt.Sprintf("holds more than %d keys and values", MaxValues)).Err = ErrLimit
	}
	return n
}

// empty is a node without text, which stands where the last token ended.
func (p *parser) empty(at mark, tag string) *node {
	n := p.newNode(scalarNode, at)
	n.tag = tag
	return n
}

func (p *parser) next() token {
	t := p.take()
	p.last = t.end
	return t
}

// node reads one node. In a block context block collections may begin;
// indentless: a list may begin at the indentation of its key.
func (p *parser) node(block, indentless bool) *node {
	start := *p.peek()
	if start.kind == aliasToken {
		t := p.next()
		n := p.newNode(aliasNode, t.start)
		n.quirks = t.quirks
		target, ok := p.anchors[t.value]
		if !ok {
			p.fail(t.start, "alias to an anchor that is not defined before it")
			target = n
		}
		n.target = target
		return n
	}
	var tag, anchor string
	tagged, anchored := false, false
	var quirks quirk
	for {
		t := p.peek()
		if t.kind == anchorToken && !anchored {
			quirks = t.quirks
			anchor, anchored = p.next().value, true
		} else if t.kind == tagToken && !tagged {
			tag, tagged = p.tag(p.next()), true
		} else {
			break
		}
	}
	if p.err != nil {
		return p.empty(start.start, "")
	}
	t := *p.peek()
	at := t.start
	if tagged || anchored {
		at = start.start
	}
	var n *node
	switch {
	case t.kind == scalarToken:
		p.next()
		n = p.newNode(scalarNode, at)
		n.value, n.style = t.value, t.style
		quirks |= t.quirks
		if (tagged || anchored) && start.keyed && t.style >= literalStyle &&
			start.start.line == t.start.line && t.indent >= 0 && t.indent <= start.start.column {
			quirks |= outdented
		}
	case t.kind == entryToken && indentless,
		t.kind == blockSeqStart && block, t.kind == blockMapStart && block, t.kind == flowSeqStart, t.kind == flowMapStart:
		n = p.newNode(seqNode, at)
		if t.kind == blockMapStart || t.kind == flowMapStart {
			n.kind = mapNode
		}
	case tagged || anchored:
		n = p.empty(at, "")
	default:
		what := "a value is missing before " + names[t.kind]
		if t.kind == blockSeqStart || t.kind == blockMapStart || t.kind == entryToken {
			what = names[t.kind] + " in block form cannot begin here"
		}
		p.fail(t.start, what)
		return p.empty(at, "")
	}
	n.tag, n.quirks = tag, quirks
	if anchored {
		if first, twice := p.anchors[anchor]; twice {
			p.fail(start.start, "anchor is defined twice (first at "+place(first.pos())+")")
		}
		n.anchored = true
		p.anchors[anchor] = n
	}
	if n.kind == scalarNode {
		return n
	}
	if p.depth++; p.depth > MaxDepth {
		p.fail(at, tooDeep).Err = ErrLimit
		return n
	}
	base := len(p.stack)
	switch t.kind {
	case entryToken:
		p.indentless()
	case blockSeqStart:
		p.blockSeq()
	case blockMapStart:
		p.blockMap()
	case flowSeqStart:
		p.flowSeq()
	default:
		p.flowMap()
	}
	p.depth--
	n.content = p.popContent(base)
	return n
}

// popContent takes the nodes above base from the stack.
func (p *parser) popContent(base int) []*node {
	size := len(p.stack) - base
	if size > len(p.lists) {
		p.lists = make([]*node, max(size, min(4*nodeChunk, 4+len(p.text)/16)))
	}
	content := p.lists[:size:size]
	p.lists = p.lists[size:]
	copy(content, p.stack[base:])
	p.stack = p.stack[:base]
	return content
}

func (p *parser) push(n *node) { p.stack = append(p.stack, n) }

// tag spells a tag token out.
func (p *parser) tag(t token) string {
	if t.handle == "" {
		return t.value
	}
	prefix, ok := p.tags[t.handle]
	if !ok {
		switch t.handle {
		case "!":
			prefix = "!"
		case "!!":
			prefix = tagPrefix
		default:
			p.fail(t.start, "the handle of this tag is not defined")
		}
	}
	return prefix + t.value
}

// valueUnless reads a node, or takes an empty one if a token of a kind in ends
// is next.
func (p *parser) valueUnless(block, indentless bool, ends ...tokenKind) {
	if slices.Contains(ends, p.peek().kind) {
		p.push(p.empty(p.last, ""))
		return
	}
	p.push(p.node(block, indentless))
}

func (p *parser) blockSeq() {
	p.next()
	for p.peek().kind == entryToken {
		p.next()
		p.valueUnless(true, false, entryToken, blockEnd)
	}
	p.endBlock("the list goes on with - at the indentation of its first item")
}

func (p *parser) indentless() {
	for p.peek().kind == entryToken {
		p.next()
		p.valueUnless(true, false, entryToken, keyToken, valueToken, blockEnd)
	}
}

func (p *parser) blockMap() {
	p.next()
	for p.peek().kind == keyToken {
		p.next()
		p.valueUnless(true, true, keyToken, valueToken, blockEnd)
		if p.peek().kind != valueToken {
			p.push(p.empty(p.last, ""))
			continue
		}
		p.next()
		p.valueUnless(true, true, keyToken, valueToken, blockEnd)
	}
	p.endBlock("the mapping goes on with a key at the indentation of its first key")
}

// endBlock takes the end of a block collection, or says what should stand there.
func (p *parser) endBlock(expected string) {
	if t := p.next(); t.kind != blockEnd {
		what := names[t.kind]
		p.fail(t.start, what+" does not fit here: "+expected)
	}
}

func (p *parser) flowSeq() {
	open := p.next()
	for first := true; p.peek().kind != flowSeqEnd; first = false {
		if p.unclosed(open, flowSeqEnd) || !first && !p.comma(open, flowSeqEnd) || p.unclosed(open, flowSeqEnd) {
			return
		}
		switch t := *p.peek(); t.kind {
		case keyToken:
			p.next()
			pair := p.newNode(mapNode, t.start)
			if p.depth++; p.depth > MaxDepth {
				p.fail(t.start, tooDeep).Err = ErrLimit
			}
			base := len(p.stack)
			p.valueUnless(false, false, valueToken, commaToken, flowSeqEnd)
			p.flowValue(flowSeqEnd)
			p.depth--
			pair.content = p.popContent(base)
			p.push(pair)
		case flowSeqEnd:
		default:
			p.push(p.node(false, false))
		}
		if p.err != nil {
			return
		}
	}
	p.next()
}

func (p *parser) flowMap() {
	open := p.next()
	for first := true; p.peek().kind != flowMapEnd; first = false {
		if p.unclosed(open, flowMapEnd) || !first && !p.comma(open, flowMapEnd) || p.unclosed(open, flowMapEnd) {
			return
		}
		switch p.peek().kind {
		case keyToken:
			p.next()
			p.valueUnless(false, false, valueToken, commaToken, flowMapEnd)
			p.flowValue(flowMapEnd)
		case flowMapEnd:
		default:
			p.push(p.node(false, false))
			p.push(p.empty(p.last, ""))
		}
		if p.err != nil {
			return
		}
	}
	p.next()
}

// flowValue reads ":" and the value behind it, both of which may be missing.
func (p *parser) flowValue(end tokenKind) {
	if p.peek().kind != valueToken {
		p.push(p.empty(p.last, ""))
		return
	}
	p.next()
	p.valueUnless(false, false, commaToken, end)
}

// comma takes the comma between two items within brackets or braces. What
// stands there instead shows whether a comma is missing or the end.
func (p *parser) comma(open token, end tokenKind) bool {
	t := *p.peek()
	if t.kind == commaToken {
		p.next()
		return p.err == nil
	}
	if p.err != nil {
		return false
	}
	if t.kind == valueToken || t.start.line > open.start.line && t.start.column <= max(p.indent, 0) {
		p.fail(open.start, "this "+flowName(end)+" is not closed before "+place(t.start.pos()))
		return false
	}
	p.fail(t.start, "a comma or "+names[end]+" is missing before "+names[t.kind]+" in the "+flowName(end)+" that begins at "+place(open.start.pos()))
	return false
}

// unclosed reports whether the text ends within brackets or braces.
func (p *parser) unclosed(open token, end tokenKind) bool {
	if p.peek().kind == streamEnd {
		p.fail(open.start, "this "+flowName(end)+" is not closed")
	}
	return p.err != nil
}

func flowName(end tokenKind) string {
	if end == flowMapEnd {
		return "mapping in braces"
	}
	return "list in brackets"
}

// checkText refuses what no YAML text may contain.
func checkText(text string) *Error {
	for i := 0; i < len(text); {
		c := text[i]
		if c >= ' ' && c < 0x7F || c == '\n' || c == '\t' || c == '\r' {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && n <= 1:
			return &Error{Pos: posOf(text, i), Msg: "not UTF-8 text"}
		case r < 0x20, r >= 0x7F && r < 0xA0 && r != 0x85, r == 0xFFFE, r == 0xFFFF:
			return &Error{Pos: posOf(text, i), Msg: fmt.Sprintf("character U+%04X is not allowed in YAML", r)}
		}
		i += n
	}
	return nil
}

// posOf is the place of an offset.
func posOf(text string, offset int) doc.Pos {
	p := doc.Pos{Line: 1, Column: 1}
	for i := 0; i < offset; {
		if n := breakLen(text[i:]); n > 0 {
			i += n
			p.Line++
			p.Column = 1
			continue
		}
		_, n := utf8.DecodeRuneInString(text[i:])
		i += n
		p.Column++
	}
	return p
}
