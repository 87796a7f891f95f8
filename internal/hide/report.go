package hide

import (
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// Document is what may not be shown of a document in what is said about it. A nil
// Document hides nothing. It is not safe for concurrent use.
type Document struct {
	hider *Hider
	at    map[doc.Pos]bool
	secrets
}

// Document begins a document that has no secrets yet.
func (h *Hider) Document() *Document { return &Document{hider: h, at: map[doc.Pos]bool{}} }

// Add looks for the secrets below a root. The name of the file matters to the policy.
func (d *Document) Add(file string, root *doc.Node) {
	shown := map[doc.Pos]string{} // the pointer, as far as it may be shown
	for _, f := range d.hider.policy.ScanNode(file, root) {
		if f.Line > 0 { // not made by a program, whose values have no place
			shown[doc.Pos{Line: f.Line, Column: f.Column}] = f.Pointer
		}
	}
	if len(shown) == 0 {
		return
	}
	doc.Walk(root, func(path doc.Path, key, value *doc.Node) bool {
		for _, n := range []*doc.Node{key, value} {
			if n == nil || !n.IsString() {
				continue
			}
			if pointer, ok := shown[n.Pos]; ok {
				d.addEnds(n.Text)
				d.addSteps(path, pointer)
			}
		}
		return true
	})
	for at := range shown {
		d.at[at] = true
	}
}

// longSecret is how much of a secret is remembered at both of its ends. No message
// quotes from the middle of a long text.
const longSecret = 4 << 10

func (d *Document) addEnds(text string) {
	if len(text) > 2*longSecret {
		d.add(text[:longSecret])
		text = text[len(text)-longSecret:]
	}
	d.add(text)
}

// addSteps adds the keys that findings do not show: they can be the secret.
func (d *Document) addSteps(path doc.Path, shown string) {
	for i, step := range strings.Split(shown, "/")[1:] {
		if step == Hidden && i < len(path) {
			if key, ok := path[i].(string); ok {
				d.addEnds(key)
			}
		}
	}
}

// IsAt reports whether a secret begins at a place. What a message about it quotes
// may not be shown, however short it is or cut short: see Quotes.
func (d *Document) IsAt(at doc.Pos) bool { return d != nil && d.at[at] }

func (d *Document) in(text string) bool { return d != nil && d.shownIn(text) }

// Report hides the secrets in the texts of a report, many at once, because that is
// slow. It is not safe for concurrent use.
type Report struct {
	hider *Hider
	texts []reportText
}

type reportText struct {
	at   *string
	of   *Document
	hide func(*Report, string, *Document) string
}

// Report begins a report.
func (h *Hider) Report() *Report { return &Report{hider: h} }

// Message adds a message about a document, which may be nil. What it quotes is
// hidden if there is a secret in it, and all of it if that does not help.
func (r *Report) Message(text *string, of *Document) {
	r.texts = append(r.texts, reportText{text, of, (*Report).message})
}

// Name adds a path or a pointer. The elements that are secrets are hidden, or all of
// them.
func (r *Report) Name(text *string, of *Document) {
	r.texts = append(r.texts, reportText{text, of, (*Report).name})
}

// Hide hides the secrets in all texts. The names are pairs as of strings.NewReplacer:
// what is a secret in any text, and what may be shown of it.
func (r *Report) Hide(names ...string) {
	const together = 1000 // more would only take memory
	shown := strings.NewReplacer(names...)
	for texts := range slices.Chunk(r.texts, together) {
		plain := make([]string, len(texts))
		for i, t := range texts {
			plain[i] = plainPointer(*t.at)
		}
		looks := r.hider.suspects(plain...)
		for i, t := range texts {
			if looks[i] || t.of.in(plain[i]) {
				*t.at = t.hide(r, *t.at, t.of)
			}
			*t.at = shown.Replace(*t.at)
		}
	}
}

// plainPointer undoes the escapes of a JSON Pointer, behind which a secret could
// hide.
func plainPointer(p string) string {
	return strings.ReplaceAll(strings.ReplaceAll(p, "~1", "/"), "~0", "~")
}

func (r *Report) isSecret(text string, of *Document) bool {
	text = plainPointer(text)
	return of.in(text) || r.hider.suspects(text)[0]
}

func (r *Report) message(text string, of *Document) string {
	if text = Quotes(text); !r.isSecret(text, of) {
		return text
	}
	return "cannot be shown, because it would show a secret"
}

func (r *Report) name(text string, of *Document) string {
	elements := strings.Split(text, "/")
	for i, e := range elements {
		if r.isSecret(e, of) {
			elements[i] = Hidden
		}
	}
	if some := strings.Join(elements, "/"); !r.isSecret(some, of) {
		return some
	}
	return Elements(text)
}
