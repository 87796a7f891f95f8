// Package display shows values of documents to people: on one line, not too
// long, and never a secret.
//
// It hides more than package redact reports: a value that only might be a secret
// costs nothing when it is not shown.
package display

import (
	"slices"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
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
// screen are two things. The error is that of secretscan.New.
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
