package canonyaml

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// lines finds places in a text. Its line breaks are those of YAML 1.1.
type lines struct {
	text  string
	start []int // offset of each line

	// marks has the offset of every markStep-th character of long lines, so
	// that finding a place in one takes no longer than in a short one.
	marks map[int][]int
}

const (
	longLine = 1024
	markStep = 128
)

func newLines(text string) lines {
	l := lines{text: text, start: []int{0}, marks: map[int][]int{}}
	for i := 0; i < len(text); {
		n := breakLen(text[i:])
		if n > 0 {
			l.start = append(l.start, i+n)
			i += n
			continue
		}
		i++
	}
	return l
}

// breakLen is the length of the line break s begins with, or 0.
func breakLen(s string) int {
	switch {
	case s == "":
		return 0
	case s[0] == '\n':
		return 1
	case s[0] == '\r':
		if len(s) > 1 && s[1] == '\n' {
			return 2
		}
		return 1
	case s[0] == 0xC2 && len(s) > 1 && s[1] == 0x85: // NEL
		return 2
	case s[0] == 0xE2 && len(s) > 2 && s[1] == 0x80 && (s[2] == 0xA8 || s[2] == 0xA9): // LS, PS
		return 3
	}
	return 0
}

// offset is where p stands in the text, or the end of the text if it is beyond.
func (l lines) offset(p doc.Pos) int {
	if p.Line < 1 || p.Line > len(l.start) {
		return len(l.text)
	}
	i, skip := l.start[p.Line-1], p.Column-1
	if marks := l.marked(p.Line); marks != nil {
		mark := min(skip/markStep, len(marks)-1)
		i, skip = marks[mark], skip-mark*markStep
	}
	for ; skip > 0 && i < len(l.text); skip-- {
		_, n := utf8.DecodeRuneInString(l.text[i:])
		i += n
	}
	return i
}

// marked gives the marks of a long line, nil for any other.
func (l lines) marked(line int) []int {
	begin, end := l.start[line-1], len(l.text)
	if line < len(l.start) {
		end = l.start[line]
	}
	if end-begin < longLine {
		return nil
	}
	marks, ok := l.marks[line]
	if !ok {
		count := 0
		for i := range l.text[begin:end] {
			if count%markStep == 0 {
				marks = append(marks, begin+i)
			}
			count++
		}
		l.marks[line] = marks
	}
	return marks
}

// line is the text of a line, from 1, without its break.
func (l lines) line(n int) string {
	end := len(l.text)
	if n < len(l.start) {
		end = l.start[n]
	}
	return strings.TrimRight(l.text[l.start[n-1]:end], "\n\r\u0085\u2028\u2029")
}

// pos is the place of an offset.
func (l lines) pos(offset int) doc.Pos {
	line := 0
	for lo, hi := 0, len(l.start); lo < hi; {
		mid := (lo + hi) / 2
		if l.start[mid] <= offset {
			line, lo = mid, mid+1
		} else {
			hi = mid
		}
	}
	return doc.Pos{Line: line + 1, Column: utf8.RuneCountInString(l.text[l.start[line]:offset]) + 1}
}

func place(p doc.Pos) string {
	return "line " + strconv.Itoa(p.Line) + ", column " + strconv.Itoa(p.Column)
}
