package exporter

import (
	"fmt"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/internal/hide"
	"github.com/anolishq/anolis-handoff/internal/project"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
	"github.com/anolishq/anolis-handoff/validator"
)

// refusal is the error of a project that cannot be exported.
type refusal struct {
	validator.ProblemList
	causes []error
}

// Unwrap lets errors.As find the list and errors.Is the causes.
func (r *refusal) Unwrap() []error { return append([]error{r.ProblemList}, r.causes...) }

// problems are all faults as a caller may see them, and the errors behind them.
func (b *builder) problems() (list validator.ProblemList, causes []error) {
	faults := b.faults.Sorted()
	b.hideSecrets(faults)
	for _, f := range faults {
		info, _ := validator.Info(validator.Code(f.Code))
		list = append(list, validator.Problem{
			Severity: validator.Severity(f.Severity), Code: info.Code, File: f.File, Pointer: f.Pointer,
			Line: f.Pos.Line, Column: f.Pos.Column, Message: f.Msg, Hint: info.Fix + f.Hint,
		})
		if f.Err != nil {
			causes = append(causes, f.Err)
		}
	}
	return list, causes
}

// noteReaders notes every value of a document that YAML readers disagree about.
func (b *builder) noteReaders(file string, root *doc.Node) {
	remark := func(path doc.Path, n *doc.Node) {
		why := canonyaml.RemarkOn(n)
		switch {
		case why == canonyaml.NoRemark, n.Pos.IsZero(), project.IsWord(n): // the last was noted when it was read
			return
		case b.project.Layout == project.System && why != canonyaml.NumberLike && why != canonyaml.Infinite:
			return // a number or word of a JSON file means the same to everyone
		}
		result := strings.TrimSuffix(strings.TrimSuffix(string(canonyaml.Append(nil, n)), "\n"), "\n...")
		source := n.Source
		if source == "" {
			source = n.Text
		}
		if b.mayBeSecret(path) {
			source, result = hide.Hidden, hide.Hidden
		}
		msg := fmt.Sprintf("%s %s is packaged as %s: other YAML readers may take it for another value", why, source, result)
		if source == result {
			msg = fmt.Sprintf("%s %s: other YAML readers may take it for another value", why, source)
		}
		b.faults.Note(fault.Reader, file, n, path, msg)
	}
	seen := map[*doc.Node]bool{} // behind aliases
	doc.Walk(root, func(path doc.Path, key, value *doc.Node) bool {
		if seen[value] {
			return false
		}
		seen[value] = true
		path = b.pathOf(value, path)
		if key != nil {
			remark(path, key)
		}
		remark(path, value)
		for _, e := range value.Entries {
			if e.Replaced {
				b.faults.Note(fault.Reader, file, e.Key, b.pathOf(e.Key, path.Child(doc.KeyText(e.Key))),
					"this key gets the value of a later key that equals it; other YAML readers keep both")
			}
		}
		return b.ctx.Err() == nil
	})
}

// mayBeSecret reports whether a key on the path is one that the policy has a
// rule about.
func (b *builder) mayBeSecret(path doc.Path) bool {
	for _, step := range path {
		key, ok := step.(string)
		if !ok {
			continue
		}
		if b.search.NamesSecret(key) {
			return true
		}
	}
	return false
}

// addFindings adds what the policy found in a file of the project, as bad as validation
// finds it. The findings may have the name of the file in the package.
func (b *builder) addFindings(file string, findings []secretscan.Finding) {
	for _, f := range findings {
		found := fault.Fault{
			Code: fault.Secret, File: b.search.ShownName(file), Pos: doc.Pos{Line: f.Line, Column: f.Column},
			Pointer: f.Pointer, Msg: f.Message + " (" + f.Rule + ")", Hint: f.AllowHint(),
		}
		if f.Severity != secretscan.Error {
			found.Severity, found.Code = fault.Warning, fault.Suspicious
		}
		b.faults.Add(found)
	}
}

// hideSecrets takes secrets out of the words of faults: those who write them quote
// values and know nothing of secrets.
func (b *builder) hideSecrets(faults []fault.Fault) {
	if b.hider == nil {
		return
	}
	documents := map[string]*hide.Document{}
	for _, f := range faults {
		if documents[f.File] == nil {
			documents[f.File] = b.hider.Document()
			for _, root := range b.roots[f.File] {
				documents[f.File].Add(f.File, root)
			}
		}
	}
	shown := b.hider.Report()
	for i := range faults {
		f := &faults[i]
		of := documents[f.File]
		// What a finding of the search says quotes nothing, and may use the words that
		// stand around the secret.
		words := of
		if f.Code == fault.Secret || f.Code == fault.Suspicious {
			words = nil
		} else if of.IsAt(f.Pos) {
			f.Msg = hide.Quotes(f.Msg)
		}
		shown.Message(&f.Msg, words)
		shown.Name(&f.Pointer, of)
		shown.Name(&f.File, of)
	}
	shown.Hide()
}

// hideNames hides the names of project files that are secrets.
func (b *builder) hideNames() {
	if b.hider == nil {
		return
	}
	shown := b.hider.Report()
	for _, o := range b.sources.files {
		shown.Name(&o.file, nil)
	}
	shown.Hide()
}
