package display

import (
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// View shows the values of one document.
type View struct {
	hider   *Hider
	hidden  map[*doc.Node]bool
	secrets // the texts of what is hidden
}

// View looks for the secrets of a document. The name of its file matters to the
// policy. A nil root is an empty document.
//
// What is a secret is hidden wherever the document repeats it.
func (h *Hider) View(file string, root *doc.Node) *View {
	v := &View{hider: h, hidden: map[*doc.Node]bool{}}
	if root == nil {
		return v
	}
	found := map[doc.Pos]bool{}
	for _, f := range h.all.ScanNode(file, root) {
		found[doc.Pos{Line: f.Line, Column: f.Column}] = true
	}
	f := finder{v, found, map[visit]bool{}}
	f.find(root, false)
	return v
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
			key := doc.KeyText(e.Key)
			if v.found[e.Key.Pos] || secret && !isWordKey(e.Key) {
				v.hide(e.Key)
			}
			v.find(e.Value, secret || v.hider.isKey(key) || named && isValueKey(key))
		}
	default:
		if secret || v.found[n.Pos] || n.Kind == doc.String && (v.hider.hasOption(n.Text) || hasUserinfo(n.Text)) {
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
	return key.IsString() && strings.Trim(key.Text, "abcdefghijklmnopqrstuvwxyz_-") == "" && len(key.Text) <= 20
}

// hide hides a scalar, also where it is a part of another one.
func (v *View) hide(n *doc.Node) {
	if !v.hidden[n] {
		v.hidden[n] = true
		v.add(n.Text)
		v.add(n.Source)
	}
}

// IsHidden reports whether a value of the document is a secret, or has one in it.
func (v *View) IsHidden(n *doc.Node) bool { return n != nil && (v.hidden[n] || v.shownIn(n.Text)) }

// Clean is that of the Hider, and hides also what repeats a secret of the
// document.
func (v *View) Clean(texts ...*string) {
	v.hider.Clean(texts...)
	for _, t := range texts {
		if v.shownIn(*t) {
			*t = Hidden
		}
	}
}
