package display

import (
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// Views shows documents that belong together: what is a secret in one of them is
// hidden in all, wherever they repeat it. It is not safe for concurrent use.
type Views struct {
	hider *Hider
	secrets
}

// Views begins to show documents.
func (h *Hider) Views() *Views { return &Views{hider: h} }

// View shows the values of one document.
type View struct {
	*Views
	hidden map[*doc.Node]bool
}

// View looks for the secrets of a document. The name of its file matters to the
// policy. A nil root is an empty document. Look at all documents before the first
// one is shown.
func (v *Views) View(file string, root *doc.Node) *View {
	view := &View{v, map[*doc.Node]bool{}}
	if root == nil {
		return view
	}
	found := map[doc.Pos]bool{}
	for _, f := range v.hider.all.ScanNode(file, root) {
		found[doc.Pos{Line: f.Line, Column: f.Column}] = true
	}
	f := finder{view, found, map[visit]bool{}}
	f.find(root, false)
	return view
}

// Clean is that of the Hider, and hides also what repeats a secret of the
// documents.
func (v *Views) Clean(texts ...*string) {
	v.hider.Clean(texts...)
	for _, t := range texts {
		if v.shownIn(*t) {
			*t = Hidden
		}
	}
}

// finder looks at every value of a document once, however often aliases repeat it.
type finder struct {
	*View
	found map[doc.Pos]bool // what the policy found
	seen  map[visit]bool
}

type visit struct {
	n      *doc.Node
	secret bool
}

// find hides what was found, and whatever stands below the key of a secret.
func (v *finder) find(n *doc.Node, secret bool) {
	if v.seen[visit{n, secret}] {
		return
	}
	v.seen[visit{n, secret}] = true
	switch n.Kind {
	case doc.Null, doc.Bool:
		return
	case doc.Seq:
		for i, item := range n.Items {
			v.find(item, secret || i > 0 && v.isArgument(n.Items[i-1], item))
		}
	case doc.Map, doc.Set:
		named := v.namesSecret(n)
		for _, e := range n.Entries {
			v.find(e.Key, secret && (n.Kind == doc.Set || !isWordKey(e.Key)))
			key := doc.KeyText(e.Key)
			v.find(e.Value, secret || v.hider.isKey(key) || named && isValueKey(key))
		}
	default:
		if secret || v.found[n.Pos] || n.Kind == doc.String && v.hider.hasSecret(n.Text) {
			v.hide(n)
		}
	}
}

// isArgument reports whether an item of a list is a secret for the option before
// it.
func (v *View) isArgument(option, value *doc.Node) bool {
	return option.IsString() && v.hider.isOption(option.Text) && !isOtherOption(value.Text)
}

// namesSecret reports whether a mapping says that it is about a secret, as in
// {name: password, value: ...}.
func (v *View) namesSecret(n *doc.Node) bool {
	for _, key := range []string{"name", "key", "id"} {
		if name := n.Get(key); name.IsString() && v.hider.isKey(name.Text) {
			return true
		}
	}
	return false
}

func isValueKey(key string) bool { return key == "value" || key == "default" }

// isWordKey reports whether a key can be told from a secret: below a key such as
// tokens, it can be one itself.
func isWordKey(key *doc.Node) bool {
	return key.IsString() && len(key.Text) <= 20 && strings.Trim(key.Text, "abcdefghijklmnopqrstuvwxyz_-") == ""
}

// hide hides a scalar, also where it is a part of another one.
func (v *View) hide(n *doc.Node) {
	if !v.hidden[n] {
		v.hidden[n] = true
		v.add(n.Text)
		v.add(n.Source)
	}
}

// IsHidden reports whether a value of the document is a secret, or has one in the
// part of it that is shown.
func (v *View) IsHidden(n *doc.Node) bool {
	return n != nil && (v.hidden[n] || v.shownIn(beginning(n.Text)))
}
