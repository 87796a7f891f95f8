// Package display shows values of documents to people: on one line, not too
// long, and never a secret.
//
// It hides more than package redact reports: a value that only might be a secret
// costs nothing when it is not shown.
package display

import (
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/redact"
)

// Hidden stands for what may not be shown.
const Hidden = "***"

// everyFinding is a limit that no document reaches: what is listed no more must
// be hidden, too.
const everyFinding = 1 << 30

// Hider knows by a policy what to hide. It is immutable and safe for concurrent
// use.
type Hider struct {
	all   *redact.Searcher // by key and by look
	looks *redact.Searcher // by look alone
	words []string         // of the keys of secrets, in lower case
}

// New makes the hider of a policy; nil means redact.Default(). It hides all that
// the policy finds, whatever its severity, also what the policy allows: to be
// handed on and to be shown on a screen are two things. The error is that of
// redact.Policy.Validate.
func New(policy *redact.Policy) (*Hider, error) {
	p := redact.Default()
	if policy != nil {
		p = *policy
	}
	p.Allow = nil
	p.Limits.Findings = everyFinding
	p.Keys = slices.Clone(p.Keys)
	h := &Hider{}
	for i := range p.Keys {
		p.Keys[i].Inside, p.Keys[i].Text = redact.Error, redact.Error
		h.words = append(h.words, p.Keys[i].Words...)
	}
	var err error
	if h.all, err = p.Searcher(); err != nil {
		return nil, err
	}
	p.Keys = nil
	h.looks, err = p.Searcher()
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
func (h *Hider) isKey(key string) bool {
	key = strings.ToLower(beginning(key))
	return slices.ContainsFunc(h.words, func(word string) bool { return strings.Contains(key, word) })
}
