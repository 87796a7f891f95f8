package checksum

import (
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
	lines   map[string]int // where a path stands
	faults  []*SyntaxError
	form    []*SyntaxError // both at most one longer than maxFaults
}

func parse(r io.Reader) (*parser, error) {
	data, err := io.ReadAll(io.LimitReader(steady.Reader(r), MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("checksum manifest: %w", err)
	}
	if len(data) > MaxSize {
		return nil, ErrTooLarge
	}
	p := &parser{lines: map[string]int{}}
	rest := string(data)
	for n := 1; rest != "" && len(p.faults) <= maxFaults; n++ {
		line, after, ended := strings.Cut(rest, "\n")
		rest = after
		if !ended {
			p.deviates(n, formNewline)
		}
		if cut, ok := strings.CutSuffix(line, "\r"); ok && ended {
			p.deviates(n, formCR)
			line = cut
		}
		if strings.Trim(line, " \t") == "" {
			p.deviates(n, formBlank)
			continue
		}
		if fault := p.line(n, line); fault != "" {
			p.faults = append(p.faults, &SyntaxError{n, fault})
		}
	}
	return p, nil
}

func (p *parser) deviates(line int, msg string) {
	if len(p.form) <= maxFaults {
		p.form = append(p.form, &SyntaxError{line, msg})
	}
}

// line reads one line without its end and returns what is wrong with it.
func (p *parser) line(n int, line string) string {
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
	var spaced bool
	if e.Path, spaced = strings.CutPrefix(line[digits:], "  "); !spaced {
		return "want two spaces after the digest"
	}
	if fault := pathFault(e.Path); fault != "" {
		return fault
	}
	if first, ok := p.lines[e.Path]; ok {
		return fmt.Sprintf("same path as in line %d", first)
	}
	p.lines[e.Path] = n
	if last := len(p.entries) - 1; last >= 0 && p.entries[last].Path > e.Path {
		p.deviates(n, formOrder)
	}
	p.entries = append(p.entries, e)
	return ""
}
