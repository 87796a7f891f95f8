// Package display shows values of documents to people: on one line, not too
// long, and never a secret.
//
// It hides more than package redact reports: a value that only might be a secret
// costs nothing when it is not shown.
package display

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
	"github.com/anolishq/anolis-handoff/internal/show"
)

// Hidden stands for what may not be shown.
const Hidden = "***"

// Hider knows by a policy what to hide. It is immutable and safe for concurrent
// use.
type Hider struct {
	all   *secretscan.Engine // by key and by look
	looks *secretscan.Engine // by look alone
}

// New makes the hider of a policy. It hides all that the policy finds, whatever
// its severity, also what the policy allows: to be handed on and to be shown on a
// screen are two things. It returns the error of secretscan.New.
func New(policy secretscan.Config) (*Hider, error) {
	policy.Allow = nil
	policy.Limits.Findings = secretscan.All
	policy.Keys = slices.Clone(policy.Keys)
	h := &Hider{}
	for i := range policy.Keys {
		policy.Keys[i].Inside, policy.Keys[i].Text = secretscan.Error, secretscan.Error
	}
	var err error
	if h.all, err = secretscan.New(policy); err != nil {
		return nil, err
	}
	policy.Keys = nil
	h.looks, err = secretscan.New(policy)
	return h, err
}

// Clean replaces every text that looks like a secret by Hidden. It is for names
// and keys, which have no document to be judged in.
func (h *Hider) Clean(texts ...*string) {
	items := make([]*doc.Node, len(texts))
	for i, t := range texts {
		items[i] = doc.NewString(*t)
		items[i].Pos = doc.Pos{Line: 1, Column: i + 1}
	}
	for _, f := range h.looks.ScanNode("", doc.NewSeq(items...)) {
		*texts[f.Column-1] = Hidden
	}
	for _, t := range texts {
		if h.hasAssignment(*t) || hasUserinfo(*t) {
			*t = Hidden
		}
	}
}

// isKey reports whether a key is one of a secret.
func (h *Hider) isKey(key string) bool { return h.all.NamesSecret(beginning(key)) }

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

const (
	// fragment is how many bytes of a secret may not show where else it stands, as
	// in package redact.
	fragment = 8
	// shortest is the length of the shortest secret that is looked for elsewhere:
	// shorter ones cannot be told from words.
	shortest = 6
	// manySecrets is how many bytes of secrets the documents may have. Beyond that
	// no text is compared any more, and none is shown.
	manySecrets = 256 << 10
)

// secrets are the texts that must not show, not even in part.
type secrets struct {
	known map[string]bool
	// parts are the pieces of fragment bytes, and secrets that are shorter, by
	// their length.
	parts [fragment + 1]map[string]bool
	size  int
}

func (s *secrets) add(text string) {
	text = strings.TrimSpace(text)
	if len(text) < shortest || s.known[text] || s.tooMany() {
		return
	}
	if s.size += len(text); s.tooMany() {
		*s = secrets{size: s.size}
		return
	}
	if s.known == nil {
		s.known = map[string]bool{}
	}
	s.known[text] = true
	s.split(text)
	quoted := strconv.QuoteToGraphic(text) // as paths and values show it
	s.split(quoted[1 : len(quoted)-1])
}

func (s *secrets) split(text string) {
	n := min(len(text), fragment)
	if s.parts[n] == nil {
		s.parts[n] = map[string]bool{}
	}
	for i := 0; i+n <= len(text); i++ {
		s.parts[n][text[i:i+n]] = true
	}
}

func (s *secrets) tooMany() bool { return s.size > manySecrets }

// shownIn reports whether a text shows a secret or a part of one.
func (s *secrets) shownIn(text string) bool {
	if s.tooMany() {
		return len(text) >= shortest
	}
	for n, parts := range s.parts {
		for i := 0; parts != nil && i+n <= len(text); i++ {
			if parts[text[i:i+n]] {
				return true
			}
		}
	}
	return false
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

const (
	// maxValue is how many characters of a value are shown.
	maxValue = 160
	// maxText is how many of a text are shown that stands for itself.
	maxText = 1000
)

// Value shows a value on one line: text in quotes where it needs them, lists and
// mappings in the flow style of YAML, cut after 160 characters. A nil value is
// empty.
func (v *View) Value(n *doc.Node) string {
	if n == nil {
		return ""
	}
	w := writer{view: v}
	w.value(n)
	text := w.String()
	if len(n.Items)+len(n.Entries) > 0 {
		v.Clean(&text) // what looks like a secret only together
	}
	return show.Cut(text, maxValue)
}

// Text is a string value as it is, cut after 1000 characters, for where quotes
// would be in the way; every other value is shown as by Value.
func (v *View) Text(n *doc.Node) string {
	if !n.IsString() || v.IsHidden(n) {
		return v.Value(n)
	}
	return show.Cut(n.Text, maxText)
}

// beginning is more than is ever shown of a text. Nothing else of it is looked at:
// aliases could repeat a long one a hundred thousand times.
func beginning(text string) string { return show.Head(text, maxText+1) }

// writer stops when it has more than is shown.
type writer struct {
	strings.Builder
	view *View
}

func (w *writer) full() bool { return w.Len() > 4*maxValue }

func (w *writer) value(n *doc.Node) {
	switch {
	case w.full():
	case w.view.IsHidden(n):
		w.WriteString(Hidden)
	case n.Kind == doc.Seq:
		w.WriteByte('[')
		for i, item := range n.Items {
			if w.full() {
				break
			}
			w.comma(i)
			w.value(item)
		}
		w.WriteByte(']')
	case n.Kind == doc.Map, n.Kind == doc.Set:
		w.WriteByte('{')
		for i, e := range n.Entries {
			if w.full() {
				break
			}
			w.comma(i)
			w.value(e.Key)
			if n.Kind == doc.Map {
				w.WriteString(": ")
				w.value(e.Value)
			}
		}
		w.WriteByte('}')
	default:
		w.WriteString(scalar(n))
	}
}

func (w *writer) comma(i int) {
	if i > 0 {
		w.WriteString(", ")
	}
}

func scalar(n *doc.Node) string {
	switch n.Kind {
	case doc.Null:
		return "null"
	case doc.Bool:
		return strconv.FormatBool(n.Bool)
	case doc.Float:
		return canonyaml.FormatFloat(n.Float)
	case doc.String:
		text := beginning(n.Text)
		if isWord(text) && !n.Quoted {
			return text
		}
		return strconv.QuoteToGraphic(text)
	case doc.Binary:
		return "binary data of " + strconv.Itoa(len(n.Text)) + " bytes"
	}
	return n.Text
}

// isWord reports whether a text can stand without quotes and be told from
// everything around it.
func isWord(text string) bool {
	if text == "" || !utf8.ValidString(text) {
		return false
	}
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-./+@%~<>$:=*", r) {
			continue
		}
		return false
	}
	return true
}
