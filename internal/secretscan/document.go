package secretscan

import (
	"cmp"
	"slices"
	"sort"
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
	if f.values == nil {
		f.values, f.keys = newTextSearch(f.e), map[string]keyMatch{}
	}
	f.values.arguments = false
	w := walker{f: f, search: f.values, texts: map[*doc.Node]*known{}, keys: map[*doc.Node]keyMatch{}}
	w.value(root, noScope)
	f.spots.collect(root)
}

// scope is what stands above or beside a value and says something about it.
type scope struct {
	keyMatch        // of the key that counts; its rule is -1 if there is none
	key      string // that key
	inside   bool   // a mapping stands between the key and the value
	pair     bool   // not a key of a mapping but an option or a name beside the value
	command  bool   // the value is a command line or a list of arguments
}

var noScope = scope{keyMatch: keyMatch{rule: -1}}

// walker visits the values of a document. Documents are at most 200 levels
// deep, and hold a bounded number of values, aliases followed: the parsers see
// to that. It searches the text of a long shared node once.
type walker struct {
	f      *fileSearch
	search *textSearch
	path   doc.Path // with the keys that must not show already hidden
	above  []string // the keys of the path as they are
	texts  map[*doc.Node]*known
	keys   map[*doc.Node]keyMatch // of long keys
	buf    []byte                 // the text that is searched
}

// known is what the walker keeps about a long text, as aliases could repeat it
// a hundred thousand times.
type known struct {
	blank, sensitive, hidden bool
	// hits are matches that were allowed where the text stood first; they need
	// not be at an alias.
	hits []textHit
}

type textHit struct {
	hit
	secret string
}

const (
	longText = 64
	// manyHits is how many matches of a text are kept for its aliases.
	manyHits = 256
)

func (w *walker) value(n *doc.Node, s scope) {
	switch n.Kind {
	case doc.String:
		w.search.arguments = s.command
		if k := w.text(n, bySelf); s.rule >= 0 && !k.blank && w.counts(n, s) {
			w.secret(n, s, s.how())
		}
	case doc.Int, doc.Float, doc.Timestamp:
		if s.rule >= 0 && !s.inside && w.countsAsNumber(n, s) {
			w.secret(n, s, byNumber)
		}
	case doc.Binary:
		w.text(n, bySelf)
	case doc.Seq:
		w.list(n, s)
	case doc.Map, doc.Set:
		pair := w.pair(n)
		for _, e := range n.Entries {
			w.entry(e, s, pair)
		}
	}
}

func (s scope) how() cause {
	switch {
	case s.pair:
		return byPair
	case s.inside:
		return byMapping
	}
	return bySelf
}

// secret reports a value that is a secret as a whole.
func (w *walker) secret(n *doc.Node, s scope, how cause) {
	w.hide(n)
	w.f.add(found{rule: s.rule, how: how, path: w.here(), inPath: true, key: s.key, line: n.Line, column: n.Column})
}

// counts reports whether a string that is not blank is a secret for what stands
// above or beside it. Under a key of a rule that is an error, every string is.
func (w *walker) counts(n *doc.Node, s scope) bool {
	if !s.pair && w.f.e.key(s.rule).Severity == Error {
		return true
	}
	text := []byte(pytext.Strip(beginning(n.Text)))
	switch {
	case s.pair:
		return s.wants(s.key, text) || s.isNumber(text)
	case !s.inside && aboutSecret(s.key), reference(text), masked(text):
		return false
	case s.ending:
		return !plainWord(text) && !isPath(text)
	}
	return true
}

// beginning is as much of a text as a judgment needs.
func beginning(text string) string {
	return text[:min(len(text), lookaround)]
}

// countsAsNumber reports whether a number is a secret that somebody forgot to
// quote.
func (w *walker) countsAsNumber(n *doc.Node, s scope) bool {
	text := n.Source
	if text == "" {
		text = n.Text
	}
	return s.isNumber([]byte(text)) && !aboutSecret(s.key)
}

// isNumber reports whether a value is a number that can be a secret: a PIN or a
// password of digits.
func (s scope) isNumber(text []byte) bool {
	n := 0
	for _, c := range text {
		if digits[c] {
			n++
		}
	}
	if s.plain || len(text) > 64 || !numeric(text) {
		return false
	}
	return s.numbers && n >= 4 || s.pair && n >= 6
}

// list visits the items of a list. The item behind an option is its value.
func (w *walker) list(n *doc.Node, s scope) {
	inner := s
	inner.command = s.command || hasOption(n.Items)
	for i, item := range n.Items {
		at := inner
		if i > 0 && s.rule < 0 {
			if p, ok := w.option(n.Items[i-1], item); ok {
				p.command = inner.command
				at = p
			}
		}
		w.path = append(w.path, i)
		w.value(item, at)
		w.path = w.path[:len(w.path)-1]
	}
}

func hasOption(items []*doc.Node) bool {
	for _, item := range items {
		if item.IsString() && isOption(item.Text) {
			return true
		}
	}
	return false
}

func isOption(text string) bool {
	return len(text) > 1 && text[0] == '-' && !digits[text[1]] && len(text) <= maxKey
}

// option returns what an option says about the item behind it.
func (w *walker) option(option, value *doc.Node) (scope, bool) {
	if !option.IsString() || !isOption(option.Text) || strings.ContainsAny(option.Text, "= \t\n") {
		return noScope, false
	}
	if value.IsString() && (strings.HasPrefix(value.Text, "--") || len(value.Text) == 2 && value.Text[0] == '-') {
		return noScope, false // the next option
	}
	m := w.f.e.match(option.Text)
	if m.rule < 0 || aboutSecret(option.Text) {
		return noScope, false
	}
	return scope{keyMatch: m, key: strings.TrimLeft(option.Text, "-"), pair: true}, true
}

// pair returns what a mapping such as {name: password, value: ...} says about its
// value.
func (w *walker) pair(n *doc.Node) scope {
	for _, e := range n.Entries {
		if !e.Key.IsString() || !e.Value.IsString() || len(e.Value.Text) > maxKey || !nameKeys[strings.ToLower(e.Key.Text)] {
			continue
		}
		if m := w.f.e.match(e.Value.Text); m.rule >= 0 && !aboutSecret(e.Value.Text) {
			return scope{keyMatch: m, key: e.Value.Text, pair: true}
		}
	}
	return noScope
}

var (
	nameKeys    = wordSet("name key id variable env option param parameter field property")
	valueKeys   = wordSet("value default val default_value defaultvalue content")
	commandKeys = wordSet("command cmd args argv arguments exec execstart exec_start run script entrypoint shell options")
)

func (w *walker) entry(e doc.Entry, s, pair scope) {
	text := keyText(e.Key)
	step, sub := doc.KeyText(e.Key), noScope
	low := ""
	if len(text) <= maxKey {
		low = strings.ToLower(text)
	}
	if m := w.match(e.Key, text); m.rule >= 0 {
		sub = scope{keyMatch: m, key: text}
	} else if s.rule >= 0 {
		sub = scope{keyMatch: s.keyMatch, key: s.key, inside: true}
	} else if pair.rule >= 0 && valueKeys[low] {
		sub = pair
	}
	sub.command = commandKeys[low]
	scalar := e.Key.Kind == doc.String || e.Key.Kind == doc.Binary
	w.path = append(w.path, Hidden)
	w.above = append(w.above, text)
	if len(text) > maxKey || s.rule >= 0 && !plainKey(text) || !scalar && (len(e.Key.Items) > 0 || len(e.Key.Entries) > 0) {
		step = Hidden
	}
	if scalar {
		if w.text(e.Key, byKeyText).sensitive {
			step = Hidden
		}
	} else {
		w.value(e.Key, noScope)
	}
	w.path[len(w.path)-1] = step
	w.value(e.Value, sub)
	w.path = w.path[:len(w.path)-1]
	w.above = w.above[:len(w.above)-1]
}

// maxShort is how many short keys are remembered.
const maxShort = 1 << 10

func (w *walker) match(key *doc.Node, text string) keyMatch {
	if len(text) <= longText {
		m, ok := w.f.keys[text]
		if !ok {
			if m = w.f.e.match(text); len(w.f.keys) < maxShort {
				w.f.keys[text] = m
			}
		}
		return m
	}
	m, ok := w.keys[key]
	if !ok {
		m = w.f.e.match(text)
		w.keys[key] = m
	}
	return m
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
		if k := w.texts[n]; k != nil {
			for _, h := range k.hits {
				w.hit(n, h, how)
			}
			return *k
		}
	}
	blank := pytext.IsBlank(n.Text)
	w.buf = append(w.buf[:0], n.Text...)
	if !long && !mayHide(n.Text) && !w.search.touches(w.buf) {
		return known{blank: blank} // as nearly every value
	}
	k := &known{blank: blank}
	w.search.reset(everywhere)
	w.search.context = ""
	if long {
		w.search.context = w.context()
	}
	w.search.report = func(v *view, h hit, _ int, _ func() int) bool {
		k.sensitive = true
		x := textHit{h, string(v.buf[h.start:h.end])}
		dropped, more := w.hit(n, x, how)
		if dropped && long && len(k.hits) < manyHits {
			k.hits = append(k.hits, x)
		}
		return more
	}
	if mayHide(n.Text) {
		w.search.all(plainXML(w.buf))
	} else {
		w.search.all(w.buf)
	}
	if long {
		w.texts[n] = k
	}
	return *k
}

// context is the keys above a value, the nearest ones.
func (w *walker) context() string {
	var b strings.Builder
	for _, key := range w.above[max(0, len(w.above)-4):] {
		b.WriteString(key[:min(len(key), longText)] + " ")
	}
	return b.String()
}

// hit takes a match in the text of a node.
func (w *walker) hit(n *doc.Node, h textHit, how cause) (isDropped, more bool) {
	if how == bySelf {
		how = h.how
	}
	if w.f.spots.reported(h.rule, h.secret, n.Pos) {
		return false, true // again in this value, or again through an alias
	}
	path := w.here()
	x := found{rule: h.rule, how: how, path: path, inPath: true, key: h.key, line: n.Line, column: n.Column}
	if x.key == "" && len(w.above) > 0 {
		x.key = w.above[len(w.above)-1]
	}
	if h.weak {
		x.severity = Warning
	}
	w.f.hide(h.secret)
	index, more := w.f.add(x)
	if index != surplus {
		w.f.spots.add(h.rule, h.secret, &spot{pos: n.Pos, path: path, index: index})
	}
	return index == dropped, more
}

// hide remembers the text of a value that is a secret as a whole.
func (w *walker) hide(n *doc.Node) {
	if k := w.texts[n]; k != nil {
		if k.hidden {
			return
		}
		k.hidden = true
	}
	w.f.hide(pytext.Strip(n.Text))
	if n.Source != "" && n.Source != n.Text {
		w.f.hide(n.Source)
	}
}

// spots remembers the matches in the keys and values of a document, so that the
// same matches in its text are not findings of their own. The zero spots
// remembers none.
type spots struct {
	found  map[spotKey][]*spot
	starts []doc.Pos // of all nodes, in order
}

type spotKey struct {
	rule   int
	secret string
}

// spot is a match in the key or value that begins at pos.
type spot struct {
	pos   doc.Pos
	path  doc.Path
	index int  // of the finding, or dropped
	moved bool // the finding has the place that the text knows
}

func (s *spots) add(rule int, secret string, x *spot) {
	if s.found == nil {
		s.found = map[spotKey][]*spot{}
	}
	k := spotKey{rule, secret}
	s.found[k] = append(s.found[k], x)
}

// reported reports whether the last match of a rule was this secret in the value
// at pos, and is listed. A node made by a program has no place and never is.
func (s *spots) reported(rule int, secret string, pos doc.Pos) bool {
	list := s.found[spotKey{rule, secret}]
	if len(list) == 0 || pos.IsZero() {
		return false
	}
	last := list[len(list)-1]
	return last.pos == pos && last.index != dropped
}

// collect notes where the nodes of a document begin. It must be called after
// the last add; shared nodes are seen once.
func (s *spots) collect(root *doc.Node) {
	if len(s.found) == 0 {
		return
	}
	seen := map[*doc.Node]bool{}
	var visit func(n *doc.Node)
	visit = func(n *doc.Node) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		s.starts = append(s.starts, n.Pos)
		for _, item := range n.Items {
			visit(item)
		}
		for _, e := range n.Entries {
			visit(e.Key)
			visit(e.Value)
		}
	}
	visit(root)
	slices.SortFunc(s.starts, comparePos)
	for _, list := range s.found {
		slices.SortStableFunc(list, func(a, b *spot) int { return comparePos(a.pos, b.pos) })
	}
}

// at is the spot for a match at a place of the text, or nil: the last one
// before it, unless another node begins on a line between the two.
func (s *spots) at(rule int, secret string, pos doc.Pos) *spot {
	list := s.found[spotKey{rule, secret}]
	i := sort.Search(len(list), func(i int) bool { return comparePos(list[i].pos, pos) > 0 })
	if i == 0 {
		return nil
	}
	x := list[i-1]
	next := sort.Search(len(s.starts), func(i int) bool { return comparePos(s.starts[i], x.pos) > 0 })
	if next < len(s.starts) && s.starts[next].Line < pos.Line {
		return nil
	}
	return x
}

func comparePos(a, b doc.Pos) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}
