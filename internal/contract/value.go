package contract

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

const (
	// maxNodes bounds what Check looks at. Aliases make a tree from little
	// text, and every place a shared node stands in counts.
	maxNodes = 1_000_000
	// maxDepth bounds nesting, far beyond what any contract has.
	maxDepth = 200
)

// notJSON stands for a value of no JSON type; the validator refuses it wherever
// a type is asked for.
type notJSON struct{}

// notFinite stands for infinities and NaN: a number that is not an integer, beyond
// every bound of a contract. The validator cannot compute with the real ones.
const notFinite json.Number = "1000000000000000000000000000000.5"

// converter turns nodes into the values that the validator reads.
type converter struct {
	stringKeys bool // any other key is a violation

	nodes int
	path  doc.Path
	found violations
	limit *Violation // why the conversion stopped, if it did
}

func (c *converter) violation(n *doc.Node, format string, args ...any) Violation {
	return Violation{Path: slices.Clone(c.path), Pos: n.Pos, At: n.Pos, Message: fmt.Sprintf(format, args...)}
}

func (c *converter) convert(n *doc.Node) any {
	if n == nil || c.limit != nil {
		return nil
	}
	if c.nodes++; c.nodes > maxNodes {
		// Where the count ran out says nothing: the whole document is too large.
		c.limit = &Violation{Message: fmt.Sprintf("must not hold more than %d values, counting each alias", maxNodes)}
		return nil
	}
	switch n.Kind {
	case doc.Null:
		return nil
	case doc.Bool:
		return n.Bool
	case doc.Int:
		return json.Number(n.Text)
	case doc.Float:
		if math.IsInf(n.Float, 0) || math.IsNaN(n.Float) {
			if n.Float < 0 {
				return "-" + notFinite
			}
			return notFinite
		}
		return n.Float
	case doc.String:
		return n.Text
	case doc.Seq, doc.Map:
		if len(c.path) == maxDepth {
			v := c.violation(n, "must not be nested deeper than %d levels", maxDepth)
			c.limit = &v
			return nil
		}
		if n.Kind == doc.Seq {
			return c.list(n)
		}
		return c.object(n)
	}
	return notJSON{}
}

func (c *converter) list(n *doc.Node) any {
	list := make([]any, len(n.Items))
	for i, item := range n.Items {
		c.path = append(c.path, i)
		list[i] = c.convert(item)
		c.path = c.path[:len(c.path)-1]
	}
	return list
}

// object leaves out what stands under keys that are not strings where those are
// violations; elsewhere such a key gets a name that no string in a document has.
func (c *converter) object(n *doc.Node) any {
	object := make(map[string]any, len(n.Entries))
	for i, e := range n.Entries {
		name := e.Key.Text
		if !e.Key.IsString() {
			if c.stringKeys {
				v := c.violation(e.Key, "must not have the key %s", otherKey(e.Key))
				v.Rule, v.Key = Unknown, doc.KeyText(e.Key)
				c.found = append(c.found, v)
				continue
			}
			name = otherKeyMark + strconv.Itoa(i)
		}
		c.path = append(c.path, doc.KeyText(e.Key))
		object[name] = c.convert(e.Value)
		c.path = c.path[:len(c.path)-1]
	}
	return object
}

// otherKeyMark starts the name of a key that is not a string: the index of its
// entry follows. No reader makes such a text, which is not UTF-8.
const otherKeyMark = "\xff"

// otherKey shows a key that is not a string.
func otherKey(key *doc.Node) string {
	return fmt.Sprintf("%s, which is %s and not a string", quote(doc.KeyText(key)), key.Kind)
}
