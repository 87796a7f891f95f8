package tree

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/xmltext"
)

// File is a file of a tree: its elements, and what other readers make of its text.
type File struct {
	xmltext.Verdict
	// Fault is why the loader cannot read the file, or nil.
	Fault *xmltext.Error

	name string
	root *Node   // its first element; nil if the file is refused or a limit was reached
	over Finding // the limit that was reached
	budget
}

// budget is what the files of a tree have in common.
type budget struct {
	parts, bytes int
	full         bool // a limit was reached
}

// Parse reads the text of a file once, for a Tree if that is asked for. The error is
// that of r, or what ended ctx.
func Parse(ctx context.Context, r io.Reader, name string, forTree bool) (*File, error) {
	return parse(ctx, r, name, budget{full: !forTree})
}

// Size returns about how many bytes of memory f holds.
func (f *File) Size() int {
	if f.root == nil {
		return 0
	}
	return 80*f.parts + f.bytes
}

// open reads a file of fsys, when others have used a part of the budget.
func open(ctx context.Context, fsys fs.FS, name string, used budget) (*File, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return parse(ctx, f, name, used)
}

func parse(ctx context.Context, r io.Reader, name string, used budget) (*File, error) {
	f := &File{name: name, budget: used}
	s := xmltext.NewScanner(ctx, r)
	s.Limit = MaxBytes + 1
	var m memory
	var read []*Node // the first element, those that are open, and those directly inside of these
	var open []int   // where in read that begins which is inside of each
	for s.Next() {
		switch {
		case f.full:
			s.Limit = 0 // the rest is only read as XML
		case s.End:
			inside := open[len(open)-1]
			open = open[:len(open)-1]
			n := read[inside-1]
			n.Children = m.lists.cut(len(read) - inside)
			copy(n.Children, read[inside:])
			read = read[:inside]
		default:
			read = append(read, f.element(&s.Element, &m))
			if !s.Element.Empty {
				open = append(open, len(read))
			}
		}
	}
	f.Verdict = s.Verdict()
	switch err := s.Err(); {
	case errors.As(err, &f.Fault):
	case err != nil:
		return nil, err
	case !f.full:
		f.root = read[0]
	}
	return f, nil
}

// element makes the node of an element.
func (f *File) element(e *xmltext.Element, m *memory) *Node {
	n := &m.nodes.cut(1)[0]
	n.Name, n.Place = e.Name, Place{f.name, e.Pos}
	limit := func(format string, most int) {
		if !f.full {
			f.full = true
			f.over = Finding{Place: n.Place, Message: fmt.Sprintf(format, most)}
		}
	}
	if f.parts += 1 + len(e.Attrs); f.parts > MaxParts {
		limit("the tree has more than %d elements and attributes", MaxParts)
	}
	n.Attrs = m.attrs.cut(len(e.Attrs))
	for i, a := range e.Attrs {
		if f.bytes += len(a.Raw); f.bytes > MaxBytes {
			limit("the attributes of the tree have more than %d bytes", MaxBytes)
			break
		}
		value := ""
		if a.Plain {
			value = m.text(a.Raw)
		} else {
			value = a.Value()
		}
		n.Attrs[i] = Attr{a.Name, value, a.Pos}
	}
	return n
}

// memory holds what a tree is made of in large pieces.
type memory struct {
	nodes slab[Node]
	attrs slab[Attr]
	lists slab[*Node]
	texts strings.Builder
}

// text returns a text as a string that shares its memory with others.
func (m *memory) text(p []byte) string {
	b := &m.texts
	if b.Cap()-b.Len() < len(p) {
		size := min(max(512, 2*b.Cap()), 64<<10)
		if len(p) > size/8 {
			return string(p)
		}
		*b = strings.Builder{}
		b.Grow(size)
	}
	begin := b.Len()
	b.Write(p) // which never moves what was written before
	return b.String()[begin:]
}

// slab cuts slices from larger ones.
type slab[T any] struct {
	free []T
	size int
}

func (s *slab[T]) cut(n int) []T {
	if n > len(s.free) {
		s.size = min(max(16, 2*s.size), 512)
		s.free = make([]T, max(n, s.size))
	}
	cut := s.free[:n:n]
	s.free = s.free[n:]
	return cut
}
