package xmltext

import (
	"context"
	"io"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// Include is an include element of a behavior tree.
type Include struct {
	Path    string // as the loader decodes it
	Package bool   // the path is relative to a ROS package
	doc.Pos        // of the element
}

const (
	maxIncludes    = 10_000   // of one file
	maxIncludePath = 64 << 10 // bytes
)

// Verdict is what Check found.
type Verdict struct {
	// Loose is what the loader accepts and an XML 1.0 reader refuses: the first place
	// of each kind, in the order of the text. A text that is refused has none.
	Loose []*Error
	// Includes are the include elements that the loader follows, at most 10,000, as
	// far as the text could be read.
	Includes []Include
}

// Check reads r to its end. The error is an *Error for a text that is refused, that
// of ctx, or that of r. Memory is bounded, and time is linear.
func Check(ctx context.Context, r io.Reader) (Verdict, error) {
	s := NewScanner(ctx, r)
	s.Want = func(name []byte, depth int) (int, bool) {
		return maxIncludePath, depth == 1 && s.roots == 1 && string(name) == "include"
	}
	var v Verdict
	for s.Next() {
		e := &s.Element
		if s.End || e.Attrs == nil || len(v.Includes) == maxIncludes {
			continue
		}
		inc := Include{Pos: e.Pos}
		found := false
		for _, a := range e.Attrs {
			switch a.Name {
			case "path":
				inc.Path, found = a.Value(), !a.Cut
			case "ros_pkg":
				inc.Package = true
			}
		}
		if found {
			v.Includes = append(v.Includes, inc)
		}
	}
	if s.Err() == nil {
		v.Loose = s.Loose()
	}
	return v, s.Err()
}
