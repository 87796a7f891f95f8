package exporter

import (
	"strings"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/internal/project"
	"github.com/anolishq/anolis-handoff/internal/pytext"
	"github.com/anolishq/anolis-handoff/redact"
)

// masked stands for a value that could be a secret.
const masked = "***"

// noteReaders tells of every value of a document that other readers could take
// for another one.
func (b *builder) noteReaders(file string, root *doc.Node) {
	remark := func(path doc.Path, n *doc.Node) {
		why := canonyaml.RemarkOn(n)
		// A number or word of a JSON file means the same to everyone.
		if why == canonyaml.NoRemark || b.project.Layout == project.System && why != canonyaml.NumberLike && why != canonyaml.Infinite || n.Pos.IsZero() {
			return
		}
		result := strings.TrimSuffix(strings.TrimSuffix(string(canonyaml.Append(nil, n)), "\n"), "\n...")
		source := n.Source
		if source == "" {
			source = n.Text
		}
		if b.mayBeSecret(path) {
			source, result = masked, masked
		}
		b.notes = append(b.notes, Note{
			Code: NoteReader, File: file, Line: n.Line, Column: n.Column, Path: path.String(), Pointer: path.Pointer(),
			Source: source, Result: result,
			Message: readerMessage(why, source, result),
		})
	}
	doc.Walk(root, func(path doc.Path, key, value *doc.Node) bool {
		path = b.pathOf(value, path)
		if key != nil {
			remark(path, key)
		}
		remark(path, value)
		for _, e := range value.Entries {
			if e.Replaced {
				at := b.pathOf(e.Key, path.Child(doc.KeyText(e.Key)))
				b.notes = append(b.notes, Note{
					Code: NoteReader, File: file, Line: e.Key.Line, Column: e.Key.Column, Path: at.String(), Pointer: at.Pointer(),
					Source: e.Key.Source, Result: doc.KeyText(e.Key),
					Message: "this key gets the value of a later key that equals it; other YAML readers keep both",
				})
			}
		}
		return true
	})
}

func readerMessage(why canonyaml.Remark, source, result string) string {
	if source == result {
		return string(why) + " " + source + ": other YAML readers may take it for another value"
	}
	return string(why) + " " + source + " is packaged as " + result + ": other YAML readers may take it for another value"
}

// mayBeSecret reports whether a key on the path is one that the policy has a
// rule about.
func (b *builder) mayBeSecret(path doc.Path) bool {
	for _, step := range path {
		key, ok := step.(string)
		if !ok {
			continue
		}
		key = pytext.Lower(key)
		for _, rule := range b.policy.Keys {
			for _, word := range rule.Words {
				if strings.Contains(key, word) {
					return true
				}
			}
		}
	}
	return false
}

// checkSecrets holds a document against the policy.
func (b *builder) checkSecrets(file string, root *doc.Node) {
	b.addFindings(b.search.ScanNode(file, root))
}

// addFindings sorts findings into problems and notes.
func (b *builder) addFindings(findings []redact.Finding) {
	for _, f := range findings {
		if f.Severity == redact.Error {
			b.faults.Add(fault.Fault{
				Code: fault.Secret, File: f.File, Pos: doc.Pos{Line: f.Line, Column: f.Column},
				Path: f.Path, Pointer: f.Pointer, Msg: f.Message + " (" + f.Rule + ")",
			})
			continue
		}
		b.notes = append(b.notes, Note{
			Code: NoteSuspicious, File: f.File, Line: f.Line, Column: f.Column, Path: f.Path, Pointer: f.Pointer,
			Message: f.Message + " (" + f.Rule + ")",
		})
	}
}
