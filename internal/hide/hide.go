// Package hide decides what of a text may be shown, given the values that must not
// be.
//
// Those who write messages quote values, and know nothing of secrets. Before a text
// leaves the library, it comes here, and there are two ways:
//
//   - A Report shows as much as it can. It hides what the policy calls a secret:
//     what looks like one wherever it is, and what is one for its key or its place
//     in the problems of its Document.
//   - Views show the values of documents. They hide more: a value that only might
//     be a secret costs nothing when it is not shown.
//
// What the policy allows is hidden, too. Of a secret, no part of
// secretscan.Fragment bytes shows, and a shorter one not at all where it has at
// least secretscan.Shortest bytes.
//
//	hide.go    what looks like a secret, and what takes its place
//	secrets.go texts that must not show, not even in part
//	report.go  messages and names
//	view.go    values of documents
//	output.go  what a program printed
package hide

import (
	"strings"
	"sync"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
)

// Hidden stands for what may not be shown.
const Hidden = secretscan.Hidden

// Hider knows by a policy what to hide. It is immutable and safe for concurrent
// use.
type Hider struct {
	policy *secretscan.Engine        // what the policy calls a secret
	wide   *secretscan.Engine        // what might be one, too
	looks  func() *secretscan.Engine // by look alone
}

// New returns the hider of a policy.
func New(e *secretscan.Engine) *Hider {
	return &Hider{e.Hiding(), e.Wide(), sync.OnceValue(e.Looks)}
}

// suspects returns which of many texts have something in them that looks like a
// secret.
func (h *Hider) suspects(texts ...string) map[int]bool {
	items := make([]*doc.Node, len(texts))
	for i, t := range texts {
		items[i] = doc.NewString(t)
		items[i].Pos = doc.Pos{Line: 1, Column: i + 1}
	}
	found := map[int]bool{}
	for _, f := range h.looks().ScanNode("", doc.NewSeq(items...)) {
		found[f.Column-1] = true
	}
	return found
}

// Quotes hides what a text has in double quotes. A quote that does not end reaches
// to the end of the text.
func Quotes(text string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, `"`)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString(`"` + Hidden + `"`)
		end := 0
		for end < len(rest) && rest[end] != '"' {
			if rest[end] == '\\' {
				end++
			}
			end++
		}
		text = rest[min(end+1, len(rest)):]
	}
}

// Elements hides every element of a path or pointer, and keeps its slashes.
func Elements(text string) string {
	elements := strings.Split(text, "/")
	for i, e := range elements {
		if e != "" {
			elements[i] = Hidden
		}
	}
	return strings.Join(elements, "/")
}
