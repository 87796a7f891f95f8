package checksum

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/steady"
)

// SyntaxError is one fault in the text of a manifest.
type SyntaxError struct {
	Line int // from 1
	Msg  string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Msg) }

// maxFaults limits how many faults of a text are reported.
const maxFaults = 100

// Faults of form: the text is not canonical, but what it means is beyond doubt.
const (
	formCR      = "line ends in CR LF"
	formBlank   = "blank line"
	formOrder   = "path is not in byte order"
	formNewline = "no newline at the end"
)

// Parse reads a manifest in its canonical form and nothing else: what it accepts,
// [Manifest.WriteTo] writes back byte for byte. An empty text is an empty
// manifest.
//
// All faults of the text, up to a limit of 100, are in the error as a
// [*SyntaxError] each, joined in the order of lines. A text larger than [MaxSize]
// is [ErrTooLarge]; an error of r is wrapped.
func Parse(r io.Reader) (Manifest, error) {
	p, err := parse(r)
	if err != nil {
		return nil, err
	}
	faults := append(p.faults, p.form...)
	slices.SortStableFunc(faults, func(a, b *SyntaxError) int { return cmp.Compare(a.Line, b.Line) })
	if err := join(faults); err != nil {
		return nil, err
	}
	return p.entries, nil
}

// ParseLenient reads a manifest like [Parse], but forgives what does not change
// its meaning: lines ending in CR LF, blank lines, lines in another order, and no
// newline at the end. Each is returned as a deviation from the canonical form, up
// to a limit of 100 in the order of lines; there is none exactly when Parse would
// accept the text. All other faults are errors as in Parse.
//
// Faults of one kind have the same Msg. The manifest is sorted.
func ParseLenient(r io.Reader) (m Manifest, deviations []*SyntaxError, err error) {
	p, err := parse(r)
	if err != nil {
		return nil, nil, err
	}
	if err := join(p.faults); err != nil {
		return nil, nil, err
	}
	slices.SortFunc(p.entries, byPath)
	return p.entries, p.form[:min(len(p.form), maxFaults)], nil
}

func join(faults []*SyntaxError) error {
	if len(faults) > maxFaults {
		more := &SyntaxError{faults[maxFaults].Line, "more faults from here on"}
		faults = append(faults[:maxFaults:maxFaults], more)
	}
	errs := make([]error, len(faults))
	for i, f := range faults {
		errs[i] = f
	}
	return errors.Join(errs...)
}

// parser collects what a text says and what is wrong with it.
type parser struct {
	entries Manifest
	lines   []int // of the entries
	// known has the line of each path, once there is one in disorder. Before, a path
	// can only repeat the last one.
	known  map[string]int
	faults []*SyntaxError
	form   []*SyntaxError // both at most one longer than maxFaults
}

// parse reads a text line by line, because the paths take a quarter of it.
func parse(r io.Reader) (*parser, error) {
	text := bufio.NewReader(io.LimitReader(steady.Reader(r), MaxSize+1))
	p := &parser{}
	var line []byte
	size := 0
	for n := 1; ; n++ {
		err := error(bufio.ErrBufferFull)
		for line = line[:0]; err == bufio.ErrBufferFull; {
			var part []byte
			part, err = text.ReadSlice('\n')
			line = append(line, part...)
		}
		size += len(line)
		switch {
		case err != nil && err != io.EOF:
			return nil, fmt.Errorf("checksum manifest: %w", err)
		case size > MaxSize:
			return nil, ErrTooLarge
		case len(line) > 0 && len(p.faults) <= maxFaults:
			p.take(n, line)
		}
		if err == io.EOF {
			return p, nil
		}
	}
}

// take reads one line with its end.
func (p *parser) take(n int, line []byte) {
	line, ended := bytes.CutSuffix(line, []byte("\n"))
	if !ended {
		p.deviates(n, formNewline)
	}
	if cut, ok := bytes.CutSuffix(line, []byte("\r")); ok && ended {
		p.deviates(n, formCR)
		line = cut
	}
	if len(bytes.Trim(line, " \t")) == 0 {
		p.deviates(n, formBlank)
	} else if fault := p.line(n, line); fault != "" {
		p.faults = append(p.faults, &SyntaxError{n, fault})
	}
}

func (p *parser) deviates(line int, msg string) {
	if len(p.form) <= maxFaults {
		p.form = append(p.form, &SyntaxError{line, msg})
	}
}

// line reads one line without its end and returns what is wrong with it.
func (p *parser) line(n int, line []byte) string {
	const digits = 2 * sha256.Size
	var e Entry
	for i := range min(digits, len(line)) {
		value := strings.IndexByte("0123456789abcdef", line[i])
		if value < 0 {
			return fmt.Sprintf("want %d lower-case hexadecimal digits", digits)
		}
		e.Digest[i/2] = e.Digest[i/2]<<4 | byte(value)
	}
	if len(line) < digits {
		return fmt.Sprintf("want %d lower-case hexadecimal digits", digits)
	}
	path, spaced := bytes.CutPrefix(line[digits:], []byte("  "))
	if !spaced {
		return "want two spaces after the digest"
	}
	e.Path = string(path)
	if fault := pathFault(e.Path); fault != "" {
		return fault
	}
	if last := len(p.entries) - 1; last >= 0 && e.Path <= p.entries[last].Path || p.known != nil {
		if first, ok := p.find(e.Path); ok {
			return fmt.Sprintf("same path as in line %d", first)
		}
		p.known[e.Path] = n
		if p.entries[last].Path > e.Path {
			p.deviates(n, formOrder)
		}
	}
	p.entries, p.lines = append(p.entries, e), append(p.lines, n)
	return ""
}

// find returns the line of a path.
func (p *parser) find(path string) (line int, ok bool) {
	if p.known == nil {
		p.known = make(map[string]int, len(p.entries))
		for i, e := range p.entries {
			p.known[e.Path] = p.lines[i]
		}
	}
	line, ok = p.known[path]
	return line, ok
}
