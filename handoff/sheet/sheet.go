// Package sheet writes the handoff sheet of a package: one HTML document about the
// machine, to read, to print, to sign and to file with it.
//
// Write makes the document from an open package: what was validated and what a
// rehearsal of the start found, pictures of the machine and of its behavior trees,
// tables of devices, parameters, hooks, secrets to supply, versions and files, and a
// checklist for the hand-over. Pictures returns the pictures alone.
//
// The document is complete in itself: no script, nothing from another place. Nothing
// of the package is markup, a link or a style in it, no secret is shown, and what is
// too much to read is cut with a note. The same package gives the same bytes, under
// whatever name. The functions may be used by any number of goroutines at once, each
// with packages of its own.
package sheet

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/anolishq/anolis-handoff/handoff/diff"
	"github.com/anolishq/anolis-handoff/handoff/inspect"
	"github.com/anolishq/anolis-handoff/internal/content"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
	"github.com/anolishq/anolis-handoff/internal/show"
	"github.com/anolishq/anolis-handoff/internal/tree"
	"github.com/anolishq/anolis-handoff/validator"
)

// ErrLanguage reports that there is no sheet in a language.
var ErrLanguage = errors.New("the sheet is written in English only (en)")

// Options configures Write. The zero value writes a sheet in English about the package
// alone.
type Options struct {
	// Previous is the package that the machine had before. The sheet says what changed
	// since, and marks it in the pictures.
	Previous *validator.Package
	// Language is the language of the sheet, a tag of BCP 47: en, or "" for that.
	Language string
}

// Picture is a picture of the machine, or of a part of it.
type Picture struct {
	// Title says what it shows.
	Title string
	// SVG is a complete SVG document with its own style, light or dark as the reader
	// prefers. It has no script and refers to nothing.
	SVG []byte
}

// Write writes the sheet of a package to w. It returns ErrLanguage, the error of
// reading a package or of ctx, and errors from w; nothing is written before everything
// is read.
func Write(ctx context.Context, w io.Writer, p *validator.Package, opts Options) error {
	if opts.Language != "" && opts.Language != "en" {
		return ErrLanguage
	}
	s, err := read(ctx, p, opts.Previous)
	if err != nil {
		return err
	}
	return show.Write(w, s.page())
}

// Pictures returns the pictures of the sheet: first the machine, then each behavior tree,
// one of which can have several parts. It returns the error of reading the package or of ctx.
func Pictures(ctx context.Context, p *validator.Package) ([]Picture, error) {
	s, err := read(ctx, p, nil)
	if err != nil {
		return nil, err
	}
	machine, _ := s.machineFigures()
	list := []Picture{{"The machine", joinedFigures(machine).document()}}
	for _, t := range s.trees {
		for _, stack := range stacks(t.figures) {
			f := joinedFigures(stack)
			list = append(list, Picture{"Behavior tree " + t.file + ": " + f.title, f.document()})
		}
	}
	return list, nil
}

// usedHandle is a handle of a device that a tree names.
type usedHandle struct {
	text string
	tree.Place
}

// sheet is everything that the document says.
type sheet struct {
	report  *validator.Report
	info    *inspect.Report
	changes *diff.Report // nil without a package before
	content *content.Content
	marks   marks
	trees   []*drawnTree
	handles []usedHandle
}

func read(ctx context.Context, p, previous *validator.Package) (*sheet, error) {
	info, err := inspect.Package(ctx, p)
	if err != nil {
		return nil, err
	}
	s := &sheet{report: p.Report(), info: info}
	if previous != nil {
		if s.changes, err = diff.Packages(ctx, previous, p); err != nil {
			return nil, err
		}
	}
	s.content, err = content.Load(ctx, p.FS(), secretscan.Of(p.Policy()), p.Limits().Document, p.Limits().Values, p.RuntimeVersion())
	if err != nil {
		return nil, err
	}
	s.mark()
	if err := s.readTrees(ctx, p); err != nil {
		return nil, err
	}
	return s, nil
}

// mark is a place that a picture marks: that of a problem of the verdict, or of a
// change, by its number.
type mark struct {
	doc.Pos
	number int
	change bool
}

// String is what stands beside the place.
func (m mark) String() string {
	if m.change {
		return "Δ" + num(m.number)
	}
	return "!" + num(m.number)
}

// marks are in the order of their lines, by file.
type marks map[string][]mark

// mark finds the places.
func (s *sheet) mark() {
	s.marks = marks{}
	add := func(file string, m mark) {
		if m.Line > 0 {
			s.marks[file] = append(s.marks[file], m)
		}
	}
	for i, p := range s.report.Problems[:min(len(s.report.Problems), manyProblems)] {
		add(p.File, mark{doc.Pos{Line: p.Line, Column: p.Column}, i + 1, false})
	}
	if s.changes != nil {
		for i, c := range s.changes.Changes[:min(len(s.changes.Changes), manyProblems)] {
			if c.New != nil {
				add(show.Line(c.File), mark{doc.Pos{Line: c.New.Line, Column: c.New.Column}, i + 1, true})
			}
			for _, also := range c.Also {
				add(show.Line(also.File), mark{doc.Pos{Line: also.Line}, i + 1, true})
			}
		}
	}
	for _, list := range s.marks {
		slices.SortStableFunc(list, func(a, b mark) int { return a.Line - b.Line })
	}
}

// within returns the marks of a file from one line to another, each number once.
func (m marks) within(file string, from, to int) []mark {
	list := m[show.Line(file)]
	i, _ := slices.BinarySearchFunc(list, from, func(m mark, line int) int { return m.Line - line })
	var found []mark
	for ; i < len(list) && list[i].Line <= to && len(found) < manyMarks; i++ {
		found = addMark(found, list[i])
	}
	return found
}

// at returns the marks of one place: those in its line that name no column, or its own.
func (m marks) at(file string, pos doc.Pos) []mark {
	var found []mark
	for _, x := range m.within(file, pos.Line, pos.Line) {
		if x.Column == 0 || x.Column == pos.Column {
			found = append(found, x)
		}
	}
	return found
}

// manyMarks is how many stand at a place.
const manyMarks = 4

func addMark(list []mark, more ...mark) []mark {
	for _, m := range more {
		if !slices.ContainsFunc(list, func(x mark) bool { return x.number == m.number && x.change == m.change }) {
			list = append(list, m)
		}
	}
	return list
}

// of returns the marks of a value and of everything in it, and of its key if it has
// one.
func (m marks) of(file string, key, n *doc.Node) []mark {
	if n == nil || n.Line == 0 {
		return nil
	}
	first, last := n.Line, n.Line
	if key != nil && key.Line > 0 {
		first = min(first, key.Line)
	}
	doc.Walk(n, func(_ doc.Path, _, value *doc.Node) bool {
		if value.Line > last && value.Line < last+manyLines {
			last = value.Line
		}
		return value.Line >= n.Line // not where an alias leads
	})
	return m.within(file, first, last)
}

// manyLines is how far apart two lines of one value are at most.
const manyLines = 10_000

// class is a class of the style for what has marks: the worst of them decides.
func class(name string, list []mark) string {
	switch {
	case slices.ContainsFunc(list, func(m mark) bool { return !m.change }):
		return name + " bad"
	case len(list) > 0:
		return name + " changed"
	}
	return name
}
