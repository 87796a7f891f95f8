package validator

import (
	"sync"

	"github.com/anolishq/anolis-handoff/internal/secretscan"
	"github.com/anolishq/anolis-handoff/redact"
)

// searchers are a policy made ready to search.
type searchers struct {
	policy secretscan.Config
	all    *secretscan.Engine
	looks  *secretscan.Engine // for what looks like a secret, wherever it is
}

func newSearchers(policy redact.Policy) (s searchers, err error) {
	if err := policy.Validate(); err != nil {
		return s, err
	}
	s.policy = secretscan.Of(&policy)
	if s.all, err = secretscan.New(s.policy); err != nil {
		return s, err
	}
	looks := s.policy
	looks.Keys, looks.Allow = nil, nil
	looks.Limits.Findings = secretscan.All
	s.looks, err = secretscan.New(looks)
	return s, err
}

// defaultSearchers are those of most validations, which take longer to make than
// a small package to check.
var defaultSearchers = sync.OnceValues(func() (searchers, error) {
	policy := redact.Default()
	policy.Limits.Document = defaultDocument
	return newSearchers(policy)
})

func searchersFor(opts Options, limits Limits) (searchers, error) {
	if opts.Policy == nil && limits.Document == defaultDocument {
		return defaultSearchers()
	}
	policy := redact.Default()
	if opts.Policy != nil {
		policy = *opts.Policy
	}
	// What is read as a document here must be searched as one.
	policy.Limits.Document = int(max(limits.Document, int64(policy.Limits.Document)))
	return newSearchers(policy)
}

// checkSecrets searches every file for what must not leave the desk.
func checkSecrets(v *validation) string {
	for _, f := range v.report.Files {
		if v.searchFile(f.Path); v.err != nil {
			return ""
		}
	}
	return ""
}

func (v *validation) searchFile(name string) {
	f, err := v.files.Open(name)
	if err != nil {
		v.err = err
		return
	}
	defer f.Close()
	scanner := v.search.all.NewScanner(name)
	if root := v.documents[name]; root != nil {
		scanner = v.search.all.NewDocumentScanner(name, root)
	}
	if v.err = v.copy(scanner, f); v.err == nil {
		v.visited("searched", name)
		findings := scanner.Findings()
		v.secrets(findings)
		for _, f := range findings {
			if f.File != name { // a secret is part of the name
				v.hiddenNames = append(v.hiddenNames, name, f.File, showName(name), showName(f.File))
				break
			}
		}
	}
}

// secrets reports findings.
func (v *validation) secrets(findings []secretscan.Finding) {
	for _, f := range findings {
		if f.Rule == secretscan.Unread && v.unread[f.File] {
			continue // checkDocuments said why
		}
		if v.unread[f.File] {
			v.secretLines[fileLine{showName(f.File), f.Line}] = true
		}
		code := CodeSuspicious
		if f.Severity == secretscan.Error {
			code = CodeSecret
		}
		info, _ := Info(code)
		v.add(Problem{
			Severity: info.Severity, Code: code, File: showName(f.File), Pointer: f.Pointer, Line: f.Line, Column: f.Column,
			Message: f.Message + " (" + f.Rule + ")", Hint: info.Fix,
		})
	}
}
