package redact

import (
	"iter"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// hidden stands for a name that may not be shown.
const hidden = "***"

const (
	// fragment is how many bytes of a secret may not show.
	fragment = 8
	// shortest is the length of the shortest secret that is hidden where else it
	// appears: shorter ones cannot be told from the words of any key.
	shortest = 6
)

// fragments finds out which of many texts share a fragment with a secret.
type fragments map[string][]int

// add enters every fragment of text, under a number that is not lower than those
// before.
func (f *fragments) add(text string, owner int) {
	if *f == nil {
		*f = fragments{}
	}
	for n := shortest; n <= fragment; n++ {
		for i := 0; i+n <= len(text); i++ {
			owners := (*f)[text[i:i+n]]
			if len(owners) == 0 || owners[len(owners)-1] != owner {
				(*f)[text[i:i+n]] = append(owners, owner)
			}
		}
	}
}

// shared yields the fragments that secret has in common with the texts.
func (f fragments) shared(secret string) iter.Seq[string] {
	return func(yield func(string) bool) {
		n := min(len(secret), fragment)
		if n < shortest || len(f) == 0 {
			return
		}
		for i := 0; i+n <= len(secret); i++ {
			if _, ok := f[secret[i:i+n]]; ok && !yield(secret[i:i+n]) {
				return
			}
		}
	}
}

// take calls visit with the number of every text that shares a fragment with
// secret, some numbers more than once, and forgets these fragments: thousands of
// secrets and texts can have the same ones.
func (f fragments) take(secret string, visit func(owner int)) {
	for part := range f.shared(secret) {
		for _, owner := range f[part] {
			visit(owner)
		}
		delete(f, part)
	}
}

func (f fragments) any(secret string) bool {
	for range f.shared(secret) {
		return true
	}
	return false
}

// hideSteps hides the keys of a path.
func hideSteps(p doc.Path) doc.Path {
	out := make(doc.Path, len(p))
	for i, step := range p {
		if _, ok := step.(string); ok {
			step = hidden
		}
		out[i] = step
	}
	return out
}

// hideElements hides the elements of a file name that share a fragment with
// secret; the whole name when only several of them together do.
func hideElements(name, secret string) string {
	elements := strings.Split(name, "/")
	for i, e := range elements {
		var f fragments
		f.add(e, 0)
		if f.any(secret) {
			elements[i] = hidden
		}
	}
	name = strings.Join(elements, "/")
	var f fragments
	f.add(name, 0)
	if f.any(secret) {
		return hidden
	}
	return name
}

// hideRanges hides the parts of a file name that were found to be secrets.
func hideRanges(name string, hits []hit) string {
	hits = slices.Clone(hits)
	slices.SortFunc(hits, func(a, b hit) int { return a.start - b.start })
	var b strings.Builder
	last := 0
	for _, h := range hits {
		if h.start >= last {
			b.WriteString(name[last:h.start] + hidden)
		}
		last = max(last, h.end)
	}
	return b.String() + name[last:]
}

// plainKeys are the names that may show below a key such as "tokens", where
// any other name could be the secret.
func plainKey(key string) bool {
	switch strings.ToLower(key) {
	case "token", "tokens", "value", "values", "name", "key", "keys", "id", "type", "kind", "user", "username",
		"password", "passwd", "secret", "secrets", "credential", "credentials", "api_key", "apikey", "access_key",
		"private_key", "url", "host", "port", "org", "bucket", "path", "file", "env", "influxdb", "auth", "default",
		"read", "write", "admin", "primary", "secondary", "description", "enabled":
		return true
	}
	return false
}
