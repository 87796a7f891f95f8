package canonyaml

import (
	"cmp"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

const (
	// MaxDepth is how deep collections may nest, aliases followed.
	MaxDepth = 200
	// MaxNodes is how many values a document may hold, aliases followed.
	MaxNodes = 1_000_000

	// MaxTokens is how many indicators a text may hold that could begin a value.
	// Each may cost some 350 bytes of memory before anything can be checked.
	MaxTokens = 50_000

	// maxErrors bounds the report on a text that is wrong all over.
	maxErrors = 100
)

// Read parses the one document of data. An empty text is a null. The error is
// Errors, which holds at least one *Error.
func Read(data []byte) (*doc.Node, error) {
	text, err := normalize(data)
	if err != nil {
		return nil, Errors{err}
	}
	if err := checkTokens(text); err != nil {
		return nil, Errors{err}
	}
	root, err := parse(text)
	if err != nil {
		return nil, Errors{err}
	}
	if root == nil {
		return &doc.Node{Kind: doc.Null, Pos: doc.Pos{Line: 1, Column: 1}}, nil
	}
	if err := checkStrict(text, root); err != nil {
		return nil, Errors{err}
	}
	r := reader{text: newLines(text), built: map[*yaml.Node]built{}, anchors: map[string]*yaml.Node{}}
	b := r.node(root)
	if len(r.errs) > 0 {
		slices.SortStableFunc(r.errs, func(a, b *Error) int {
			return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
		})
		return nil, r.errs
	}
	return b.node, nil
}

// built is a finished node with what its expansion weighs.
type built struct {
	node   *doc.Node
	size   int // values, aliases followed
	height int // levels of collections
}

// reader turns yaml.v3 nodes into doc nodes.
type reader struct {
	text    lines
	built   map[*yaml.Node]built
	anchors map[string]*yaml.Node
	path    doc.Path
	depth   int
	errs    Errors
}

func (r *reader) fail(pos doc.Pos, msg string, reason error) {
	if len(r.errs) < maxErrors {
		r.errs = append(r.errs, &Error{Pos: pos, Path: slices.Clone(r.path), Msg: msg, Err: reason})
	}
}

// node builds n. It always returns a node, also after a fault, so that the
// faults behind it are found too.
func (r *reader) node(n *yaml.Node) built {
	if n.Kind == yaml.AliasNode {
		return r.alias(n)
	}
	if n.Anchor != "" {
		if first, ok := r.anchors[n.Anchor]; ok && first != n {
			r.fail(pos(n), "anchor is defined twice (first at "+place(pos(first))+")", nil)
		}
		r.anchors[n.Anchor] = n
	}
	if n.Kind == yaml.ScalarNode {
		b := built{r.scalar(n), 1, 0}
		if n.Anchor != "" {
			r.built[n] = b
		}
		return b
	}
	r.built[n] = built{} // open: an alias to it from within is a cycle
	r.depth++
	b := built{node: &doc.Node{Kind: doc.Null, Pos: pos(n)}, size: 1}
	if r.depth > MaxDepth {
		r.fail(pos(n), "nested deeper than 200 levels", ErrLimit)
	} else if n.Kind == yaml.MappingNode {
		b = r.mapping(n)
	} else {
		b = r.sequence(n)
	}
	r.depth--
	if b.size > MaxNodes {
		r.fail(pos(n), "holds more than 1000000 values, aliases followed", ErrLimit)
		b.size = 1 // report once, not for every parent
	}
	r.built[n] = b
	return b
}

func (r *reader) alias(n *yaml.Node) built {
	b, ok := r.built[n.Alias]
	if !ok || b.node == nil {
		r.fail(pos(n), "alias to a collection that contains it", nil)
		return built{node: &doc.Node{Kind: doc.Null, Pos: pos(n)}, size: 1}
	}
	if r.depth+b.height > MaxDepth {
		r.fail(pos(n), "nested deeper than 200 levels, aliases followed", ErrLimit)
	}
	return b
}

// add accounts for a child of a collection.
func (b *built) add(child built) {
	b.size = min(b.size+child.size, MaxNodes+1)
	b.height = max(b.height, child.height+1)
}

func pos(n *yaml.Node) doc.Pos { return doc.Pos{Line: n.Line, Column: n.Column} }
