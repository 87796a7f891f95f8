package hide

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/show"
)

// Clean replaces every text that looks like a secret by Hidden. It is for names
// and keys, which have no document to be judged in.
func (h *Hider) Clean(texts ...*string) {
	plain := make([]string, len(texts))
	for i, t := range texts {
		plain[i] = *t
	}
	looks := h.suspects(plain...)
	for i, t := range texts {
		if looks[i] || h.hasAssignment(*t) || hasUserinfo(*t) {
			*t = Hidden
		}
	}
}

// isKey reports whether a key is one of a secret.
func (h *Hider) isKey(key string) bool { return h.wide.NamesSecret(beginning(key)) }

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
	for _, f := range v.hider.wide.ScanNode(file, root) {
		found[doc.Pos{Line: f.Line, Column: f.Column}] = true
	}
	f := finder{view, found, map[visit]bool{}}
	f.find(root, false)
	return view
}

// Clean is the Clean of the Hider, and hides also what repeats a secret of the
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

// isOption reports whether a text is an option whose value is a secret, and not
// the place of one, as behind --token-file.
func (h *Hider) isOption(text string) bool {
	return strings.HasPrefix(text, "-") && !strings.Contains(text, "=") && h.isSecretName(text)
}

func (h *Hider) isSecretName(name string) bool {
	if !h.isKey(name) {
		return false
	}
	last := name[strings.LastIndexAny(name, "-_")+1:]
	return !slices.Contains([]string{"file", "path", "dir", "env", "var", "name", "url"}, strings.ToLower(last))
}

// hasSecret reports whether a text has a secret in it for what stands before it.
func (h *Hider) hasSecret(text string) bool {
	return h.hasOption(text) || h.hasAssignment(text) || hasUserinfo(text)
}

// hasOption reports whether a text has an option with a secret behind it: --token
// value.
func (h *Hider) hasOption(text string) bool {
	fields := words(text)
	for i, field := range fields {
		if i > 0 && h.isOption(fields[i-1]) && !isOtherOption(field) {
			return true
		}
	}
	return false
}

// hasAssignment reports whether a text has an assignment with a secret in it:
// --token=value, url?token=value.
func (h *Hider) hasAssignment(text string) bool {
	for _, field := range words(text) {
		name, value, ok := strings.Cut(field, "=")
		if ok && value != Hidden && (value != "" || !strings.HasSuffix(text, field)) && h.isSecretName(name) {
			return true
		}
	}
	return false
}

func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n&?;,|\"'`(){}[]<>", r) })
}

// isOtherOption reports whether an argument is the next option, not the value of
// the one before it.
func isOtherOption(text string) bool {
	return strings.HasPrefix(text, "--") || len(text) == 2 && text[0] == '-'
}

// hasUserinfo reports whether a text has a URL with a user in it, who could be a
// token. A password with a slash in it does not belong there, and is there all the
// same.
func hasUserinfo(text string) bool {
	return strings.Contains(text, "://") && userinfo().MatchString(text)
}

var userinfo = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`://[^/?#\s]*@|://\S*:\S*@`) })

// MaxShown is how many characters of a text may be shown at most.
const MaxShown = 1000

// beginning is what is looked at of a text: aliases could repeat a long one a
// hundred thousand times.
func beginning(text string) string { return show.Head(text, MaxShown+1) }
