package handoff

import (
	"slices"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// What the runtime takes for what its config leaves out.
const (
	defaultBind = "127.0.0.1"
	defaultPort = 8080
)

// own follows keys as the runtime does, which knows no merge keys (<<).
func own(n *doc.Node, keys ...string) *doc.Node {
	for _, key := range keys {
		if !n.IsMap() {
			return nil
		}
		i := slices.IndexFunc(n.Entries, func(e doc.Entry) bool { return e.Key.IsString() && e.Key.Text == key && !e.Merged })
		if i < 0 {
			return nil
		}
		n = n.Entries[i].Value
	}
	return n
}

func isOn(n *doc.Node) bool { return n != nil && n.Kind == doc.Bool && n.Bool }

func isOff(n *doc.Node) bool { return n != nil && n.Kind == doc.Bool && !n.Bool }
