package tree

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// script is what is known of a script without running it.
type script struct {
	fault    string // why no version of the loader takes it, or ""
	doubtful string // why some versions do not, or ""
	reads    []string
	writes   []string
}

// maxScript bounds how deeply the parts of a script may nest.
const maxScript = 200

// parseScript reads a script in the expression language of the loader. It runs
// nothing. Time is linear.
func parseScript(text string) script {
	p := parser{text: text}
	p.next()
	if p.token == "" && p.fault == "" {
		p.fail("is empty")
	}
	for p.fault == "" && p.token != "" {
		p.assignment(0)
		switch {
		case p.fault != "" || p.token == "":
		case p.token != ";":
			if !p.begins() {
				p.fail(fmt.Sprintf("has %s where an operator or \";\" must stand", p.shown()))
				break
			}
			p.doubt(`lacks ";" between two statements`)
		default:
			p.next()
			if p.token == "" {
				p.doubt(`ends with ";"`)
			}
		}
	}
	return p.script
}

type parser struct {
	script
	text  string
	at    int
	token string // "" at the end; a name, number or text begins with what it is
	kind  byte   // n name, 0 number, ' text, o operator
}

func (p *parser) fail(why string) {
	if p.fault == "" {
		p.fault = why
	}
}

func (p *parser) doubt(why string) {
	if p.doubtful == "" {
		p.doubtful = why
	}
}

func (p *parser) shown() string {
	if p.token == "" {
		return "an end"
	}
	if p.kind == 'o' {
		return strconv.Quote(p.token)
	}
	return map[byte]string{'n': "a name", '0': "a number", '\'': "a text"}[p.kind]
}

func isScriptName(c byte, first bool) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || first && c == '@' || !first && c >= '0' && c <= '9'
}

// operators are those of two characters.
var operators = [...]string{"..", "&&", "||", "==", "!=", "<=", ">=", ":=", "+=", "-=", "*=", "/="}

// next reads the next token.
func (p *parser) next() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
	p.token, p.kind = "", 'o'
	if p.at == len(p.text) || p.fault != "" {
		return
	}
	begin, c := p.at, p.text[p.at]
	take := func(n int, kind byte) { p.at += n; p.token, p.kind = p.text[begin:p.at], kind }
	switch {
	case c == '\'' || c == '"':
		if c == '"' {
			p.doubt("has a text in double quotes")
		}
		n := strings.IndexByte(p.text[begin+1:], c)
		if n < 0 {
			p.fail("has a text that is not closed")
			return
		}
		take(n+2, '\'')
		if !isASCII(p.token) {
			p.doubt("has a text with characters that are not ASCII")
		}
	case c >= '0' && c <= '9':
		take(p.number(), '0')
	case isScriptName(c, true) || c >= utf8.RuneSelf:
		n := 0
		for begin+n < len(p.text) {
			r, size := utf8.DecodeRuneInString(p.text[begin+n:])
			if size == 1 && !isScriptName(byte(r), n == 0) || size > 1 && !unicode.IsLetter(r) {
				break
			}
			n += size
		}
		if n == 0 {
			p.fail("has a character outside of a text, which scripts do not have")
			return
		}
		take(n, 'n')
		if !isASCII(p.token) {
			p.doubt("has a name with characters that are not ASCII")
		}
	default:
		for _, op := range operators {
			if strings.HasPrefix(p.text[begin:], op) {
				take(2, 'o')
				return
			}
		}
		if strings.IndexByte("+-*/&|^~!<>=?:();", c) < 0 {
			p.fail(fmt.Sprintf("has the character %q, which scripts do not have", c))
			return
		}
		take(1, 'o')
	}
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// number returns the length of the number that begins here.
func (p *parser) number() int {
	rest := p.text[p.at:]
	end := func(n int) int {
		if n < len(rest) && (isScriptName(rest[n], true) || rest[n] >= utf8.RuneSelf) {
			p.fail("has a letter directly behind a number")
		}
		return n
	}
	if strings.HasPrefix(rest, "0x") {
		n := 2
		for n < len(rest) && strings.IndexByte("0123456789abcdefABCDEF", rest[n]) >= 0 {
			n++
		}
		if n == 2 {
			p.fail("has 0x without a hexadecimal number behind it")
		} else if n > 2+15 {
			p.doubt("has an integer of more than 64 bits")
		}
		return end(n)
	}
	n := len(leadingDigits(rest))
	integer := true
	if n+1 < len(rest) && rest[n] == '.' && rest[n+1] >= '0' && rest[n+1] <= '9' {
		n += 1 + len(leadingDigits(rest[n+1:]))
		integer = false
	}
	if n < len(rest) && rest[n]|0x20 == 'e' {
		exponent := n + 1
		if exponent < len(rest) && (rest[exponent] == '-' || rest[exponent] == '+') {
			exponent++
		}
		if digits := leadingDigits(rest[exponent:]); digits != "" {
			n, integer = exponent+len(digits), false
		}
	}
	if integer {
		if _, err := strconv.ParseInt(rest[:n], 10, 64); err != nil {
			p.doubt("has an integer of more than 64 bits")
		}
	} else if f, err := strconv.ParseFloat(rest[:n], 64); err != nil || math.IsInf(f, 0) {
		p.fail("has a number that is too large")
	}
	return end(n)
}

// begins reports whether the token can begin an expression.
func (p *parser) begins() bool {
	switch p.token {
	case "-", "~", "!", "(", "+":
		return true
	}
	return p.token != "" && p.kind != 'o'
}

var assignments = [...]string{":=", "=", "+=", "-=", "*=", "/="}

// assignment reads a statement, or what stands in parentheses.
func (p *parser) assignment(depth int) {
	name, isName := p.token, p.kind == 'n'
	before := len(p.reads)
	p.conditional(depth, false)
	for n := 0; p.fault == ""; n++ {
		set := false
		for _, op := range assignments {
			set = set || p.token == op && p.kind == 'o'
		}
		if !set {
			return
		}
		if n > 0 {
			p.doubt("assigns twice in one statement")
		}
		if isName && len(p.reads) == before+1 {
			if p.token == ":=" || p.token == "=" {
				p.reads = p.reads[:before]
			}
			p.writes = append(p.writes, name)
		}
		p.next()
		name, isName = p.token, p.kind == 'n'
		before = len(p.reads)
		p.conditional(depth, false)
	}
}

// conditional reads an expression with "?:" or a simpler one.
func (p *parser) conditional(depth int, otherwise bool) {
	p.binary(depth)
	for p.fault == "" && p.token == "?" && p.kind == 'o' {
		if otherwise {
			p.doubt(`has "?" behind ":" without parentheses`)
		}
		if depth++; depth > maxScript {
			p.fail("nests too deeply")
			return
		}
		p.next()
		p.assignment(depth)
		if p.fault == "" && (p.token != ":" || p.kind != 'o') {
			p.fail(`has "?" without ":"`)
			return
		}
		p.next()
		p.binary(depth)
		otherwise = true
	}
}

// binary reads operands with operators between them. How tightly they bind does not
// decide what loads, so it takes them in their order.
func (p *parser) binary(depth int) {
	for {
		p.unary(depth)
		if p.fault != "" || p.kind != 'o' || !isBinary(p.token) {
			return
		}
		p.next()
	}
}

func isBinary(token string) bool {
	switch token {
	case "||", "&&", "==", "!=", "<", ">", "<=", ">=", "|", "^", "&", "+", "-", "..", "*", "/":
		return true
	}
	return false
}

func (p *parser) unary(depth int) {
	for p.fault == "" && p.kind == 'o' && (p.token == "-" || p.token == "~" || p.token == "!" || p.token == "+") {
		if p.token == "+" {
			p.doubt(`has "+" before an operand`)
		}
		p.next()
	}
	switch {
	case p.fault != "":
	case p.kind == 'o' && p.token == "(":
		if depth++; depth > maxScript {
			p.fail("nests too deeply")
			return
		}
		p.next()
		p.assignment(depth)
		if p.fault == "" && (p.kind != 'o' || p.token != ")") {
			p.fail(`has "(" without ")"`)
			return
		}
		p.next()
	case p.kind == 'o':
		p.fail(fmt.Sprintf("has %s where a value must stand", p.shown()))
	default:
		if p.kind == 'n' && p.token != "true" && p.token != "false" {
			p.reads = append(p.reads, p.token)
		}
		p.next()
	}
}
