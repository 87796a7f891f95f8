package contract

import (
	"context"
	"fmt"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/jsonschema"
)

const (
	// maxNodes bounds what Check looks at. Aliases make a tree from little
	// text, and every place a shared node stands in counts.
	maxNodes = 1_000_000
	// maxDepth bounds nesting, far beyond what any contract has.
	maxDepth = 200
)

// measure walks a document before it is held against a schema: it finds out whether
// it is small enough, and finds the keys that are not strings.
type measure struct {
	ctx        context.Context
	root       *doc.Node
	stringKeys bool // any other key is a violation

	nodes int
	path  []jsonschema.Step
	found violations
	limit *Violation // why the walk stopped, if it did
}

func (m *measure) violation(n *doc.Node, format string, args ...any) Violation {
	p := (&collector{root: m.root}).find(m.path)
	return Violation{Path: p.path, Pos: n.Pos, At: n.Pos, Message: fmt.Sprintf(format, args...)}
}

func (m *measure) walk(n *doc.Node) {
	if m.limit != nil {
		return
	}
	if m.nodes++; m.nodes > maxNodes || m.nodes%1024 == 0 && m.ctx.Err() != nil {
		// Where the count ran out says nothing: the whole document is too large.
		m.limit = &Violation{Message: fmt.Sprintf("must not hold more than %d values, counting each alias", maxNodes)}
		return
	}
	if !n.IsSeq() && !n.IsMap() {
		return
	}
	if len(m.path) == maxDepth {
		v := m.violation(n, "must not be nested deeper than %d levels", maxDepth)
		m.limit = &v
		return
	}
	m.path = append(m.path, jsonschema.Step{})
	last := len(m.path) - 1
	for i, item := range n.Items {
		m.path[last].Index = i
		m.walk(present(item))
	}
	for i, e := range n.Entries {
		if m.stringKeys && !e.Key.IsString() {
			// Nothing is said about what stands under it.
			m.path = m.path[:last]
			v := m.violation(e.Key, "must not have the key %s", otherKey(e.Key))
			m.path = m.path[:last+1]
			v.Rule, v.Key = Unknown, doc.KeyText(e.Key)
			m.found = append(m.found, v)
			continue
		}
		m.path[last].Index = i
		m.walk(present(e.Value))
	}
	m.path = m.path[:last]
}

// otherKey shows a key that is not a string.
func otherKey(key *doc.Node) string {
	return fmt.Sprintf("%s, which is %s and not a string", quote(doc.KeyText(key)), key.Kind)
}
