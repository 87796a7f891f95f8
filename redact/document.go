package redact

import (
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/pytext"
)

// document searches the keys and values of a document.
func (f *fileSearch) document(root *doc.Node) {
	f.isDocument = true
	if root == nil {
		return
	}
	w := walker{f: f, search: newTextSearch(f.e, everywhere), known: map[*doc.Node]known{}, rules: map[*doc.Node]int{}}
	w.value(root, scope{rule: -1})
	f.spots.collect(root)
}

// scope is what the keys above a value say about it.
type scope struct {
	rule   int  // the key rule that counts, or -1
	inside bool // a mapping stands between its key and the value
}

// walker visits the values of a document. Documents are at most 200 levels
// deep, and hold a bounded number of values, aliases followed: the parsers see
// to that. It searches the text of a long shared node once.
type walker struct {
	f      *fileSearch
	search *textSearch
	path   doc.Path // with the keys that must not show already hidden
	known  map[*doc.Node]known
	rules  map[*doc.Node]int // the key rule of a long key

	dropped bool // a match in the text at hand was allowed there
}

// known is what the walker keeps about a long text, as aliases could repeat it
// a hundred thousand times.
type known struct{ blank, sensitive, hidden bool }

const longText = 64

func (w *walker) value(n *doc.Node, s scope) {
	switch n.Kind {
	case doc.String:
		k := w.text(n, bySelf)
		if s.rule >= 0 && !k.blank {
			how := bySelf
			if s.inside {
				how = byMapping
			}
			w.hide(n)
			w.f.add(found{rule: s.rule, how: how, path: w.here(), inPath: true, line: n.Line, column: n.Column})
		}
	case doc.Binary:
		w.text(n, bySelf)
	case doc.Seq:
		for i, item := range n.Items {
			w.path = append(w.path, i)
			w.value(item, s)
			w.path = w.path[:len(w.path)-1]
		}
	case doc.Map, doc.Set:
		for _, e := range n.Entries {
			w.entry(e, s)
		}
	}
}

func (w *walker) entry(e doc.Entry, s scope) {
	text := keyText(e.Key)
	step, sub := doc.KeyText(e.Key), scope{rule: -1}
	if rule := w.keyRule(e.Key, text); rule >= 0 {
		sub = scope{rule: rule}
	} else if s.rule >= 0 {
		sub = scope{s.rule, true}
	}
	scalar := e.Key.Kind == doc.String || e.Key.Kind == doc.Binary
	w.path = append(w.path, hidden)
	if len(text) > maxKey || s.rule >= 0 && !plainKey(text) || !scalar && (len(e.Key.Items) > 0 || len(e.Key.Entries) > 0) {
		step = hidden
	}
	if scalar {
		if w.text(e.Key, byKeyText).sensitive {
			step = hidden
		}
	} else {
		w.value(e.Key, scope{rule: -1})
	}
	w.path[len(w.path)-1] = step
	w.value(e.Value, sub)
	w.path = w.path[:len(w.path)-1]
}

func (w *walker) keyRule(key *doc.Node, text string) int {
	if len(text) <= longText {
		return w.f.e.keyRule(text)
	}
	rule, ok := w.rules[key]
	if !ok {
		rule = w.f.e.keyRule(text)
		w.rules[key] = rule
	}
	return rule
}

// keyText is a key as key rules see it. A collection is a key of the texts in
// it.
func keyText(key *doc.Node) string {
	if len(key.Items) == 0 && len(key.Entries) == 0 {
		if key.Kind == doc.Binary {
			return key.Text
		}
		return doc.KeyText(key)
	}
	var b strings.Builder
	doc.Walk(key, func(_ doc.Path, k, n *doc.Node) bool {
		if k != nil {
			b.WriteString(doc.KeyText(k) + " ")
		}
		if b.Len() <= maxValue {
			b.WriteString(doc.KeyText(n) + " ")
		}
		return b.Len() <= maxValue
	})
	return strings.TrimSuffix(b.String(), " ")
}

// here is a copy of the path.
func (w *walker) here() doc.Path { return append(doc.Path(nil), w.path...) }

// text applies all rules to the text of a node.
func (w *walker) text(n *doc.Node, how cause) known {
	long := len(n.Text) > longText
	if long {
		if k, ok := w.known[n]; ok {
			return k
		}
	}
	k := known{blank: pytext.IsBlank(n.Text)}
	w.dropped = false
	w.search.reset()
	w.search.report = func(v *view, h hit, _ int, _ func() int) bool {
		k.sensitive = true
		return w.hit(n, h, how)
	}
	w.search.all([]byte(n.Text))
	if long && !w.dropped { // what is allowed here need not be at an alias
		w.known[n] = k
	}
	return k
}

// hit takes a match in the text of a node.
func (w *walker) hit(n *doc.Node, h hit, how cause) bool {
	secret := n.Text[h.start:h.end]
	if how == bySelf {
		how = h.how
	}
	if w.f.spots.reported(h.rule, secret, n.Pos) {
		return true // again in this value, or again through an alias
	}
	path := w.here()
	w.f.hide(secret)
	index, more := w.f.add(found{rule: h.rule, how: how, path: path, inPath: true, line: n.Line, column: n.Column})
	w.dropped = w.dropped || index == dropped
	if index != surplus {
		w.f.spots.add(h.rule, secret, &spot{pos: n.Pos, path: path, index: index})
	}
	return more
}

// hide remembers the text of a value that is a secret as a whole.
func (w *walker) hide(n *doc.Node) {
	if k, ok := w.known[n]; ok {
		if k.hidden {
			return
		}
		k.hidden = true
		w.known[n] = k
	}
	w.f.hide(pytext.Strip(n.Text))
}
