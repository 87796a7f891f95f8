package redact

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
)

//go:embed policy.schema.json
var policySchema string

// PolicySchema returns the JSON Schema (draft 2020-12) of a policy file, for editors.
func PolicySchema() []byte { return []byte(policySchema) }

// MaxPolicy is the size limit, in bytes, of a policy file.
const MaxPolicy = 1 << 20

// ReadPolicy reads a policy file: YAML with what it adds to Default.
//
//	allow:
//	- {key: token_ring, reason: a kind of network}
//	keys:
//	- {id: badge, description: the number of a badge, severity: error, words: [badge_no]}
//	shapes:
//	- {id: acme, description: a key of Acme, severity: error, pattern: 'acme_[0-9a-f]{32}', anchors: [acme_]}
//
// The keys are those of Allow, KeyRule and ShapeRule in lower case; max_len stands for
// MaxLen, and an entry of allow needs a reason. A key that is not known is an error.
//
// The error is a *ReadError for a text that is not YAML, and joins a *PolicyError for
// each fault otherwise; its Field has the place, such as line 3: allow[0].reason.
func ReadPolicy(text []byte) (Policy, error) {
	if len(text) > MaxPolicy {
		return Policy{}, &PolicyError{"file", fmt.Sprintf("is larger than %d bytes", MaxPolicy)}
	}
	root, err := canonyaml.Read(text)
	if err != nil {
		e := secretscan.ReadErrorOf(err)
		return Policy{}, &ReadError{e.Line, e.Column, e.Reason}
	}
	p := Default()
	r := policyReader{}
	if root.Kind == doc.Null {
		return p, nil
	}
	r.mapping("", root, map[string]func(at string, n *doc.Node){
		"version": func(at string, n *doc.Node) {
			if n.Kind != doc.Int || n.Text != "1" {
				r.fail(at, n, "must be 1")
			}
		},
		"allow": func(at string, n *doc.Node) {
			r.items(at, n, func(at string, n *doc.Node) {
				var a Allow
				r.mapping(at, n, map[string]func(string, *doc.Node){
					"file": r.text(&a.File), "path": r.text(&a.Path), "key": r.text(&a.Key), "rule": r.text(&a.Rule), "reason": r.text(&a.Reason),
				})
				if n.IsMap() && strings.TrimSpace(a.Reason) == "" {
					r.fail(at+".reason", n, "is required: say why the finding is not a secret")
				}
				p.Allow = append(p.Allow, a)
			})
		},
		"keys": func(at string, n *doc.Node) {
			r.items(at, n, func(at string, n *doc.Node) {
				var k KeyRule
				r.mapping(at, n, map[string]func(string, *doc.Node){
					"id": r.text(&k.ID), "description": r.text(&k.Description),
					"severity": r.severity(&k.Severity), "inside": r.severity(&k.Inside), "text": r.severity(&k.Text),
					"words": r.texts(&k.Words), "endings": r.texts(&k.Endings),
					"numbers": func(at string, n *doc.Node) {
						if k.Numbers = n.Bool; n.Kind != doc.Bool {
							r.fail(at, n, "must be true or false")
						}
					},
				})
				p.Keys = append(p.Keys, k)
			})
		},
		"shapes": func(at string, n *doc.Node) {
			r.items(at, n, func(at string, n *doc.Node) {
				var s ShapeRule
				r.mapping(at, n, map[string]func(string, *doc.Node){
					"id": r.text(&s.ID), "description": r.text(&s.Description), "severity": r.severity(&s.Severity), "anchors": r.texts(&s.Anchors),
					"pattern": func(at string, n *doc.Node) {
						var pattern string
						r.text(&pattern)(at, n)
						var err error
						if s.Pattern, err = regexp.Compile(pattern); err != nil {
							r.fail(at, n, "is not a regular expression: "+err.Error())
						}
					},
					"max_len": func(at string, n *doc.Node) {
						var err error
						if s.MaxLen, err = strconv.Atoi(n.Text); n.Kind != doc.Int || err != nil {
							r.fail(at, n, "must be a number of bytes")
						}
					},
				})
				if n.IsMap() && s.Pattern == nil {
					r.fail(at+".pattern", n, "is required")
				}
				p.Shapes = append(p.Shapes, s)
			})
		},
	})
	if len(r.errs) == 0 {
		r.errs = append(r.errs, p.Validate())
	}
	if err := errors.Join(r.errs...); err != nil {
		return Policy{}, err
	}
	return p, nil
}

// policyReader reads the document of a policy, and gathers what is wrong with it.
type policyReader struct{ errs []error }

func (r *policyReader) fail(at string, n *doc.Node, msg string) {
	if at = strings.TrimPrefix(at, "."); at == "" {
		at = "file"
	}
	r.errs = append(r.errs, &PolicyError{fmt.Sprintf("line %d: %s", n.Pos.Line, at), msg})
}

// mapping gives each value to the function of its key.
func (r *policyReader) mapping(at string, n *doc.Node, keys map[string]func(at string, n *doc.Node)) {
	if !n.IsMap() {
		r.fail(at, n, "must be a mapping")
		return
	}
	for _, e := range n.Entries {
		name := doc.KeyText(e.Key)
		if read, known := keys[name]; known {
			read(at+"."+name, e.Value)
		} else {
			r.fail(at, e.Key, "has a key that is not known")
		}
	}
}

func (r *policyReader) items(at string, n *doc.Node, read func(at string, n *doc.Node)) {
	if !n.IsSeq() {
		r.fail(at, n, "must be a list")
		return
	}
	for i, item := range n.Items {
		read(fmt.Sprintf("%s[%d]", at, i), item)
	}
}

func (r *policyReader) text(to *string) func(string, *doc.Node) {
	return func(at string, n *doc.Node) {
		if *to = n.Text; !n.IsString() || n.Text == "" {
			r.fail(at, n, "must be a text that is not empty")
		}
	}
}

func (r *policyReader) texts(to *[]string) func(string, *doc.Node) {
	return func(at string, n *doc.Node) {
		r.items(at, n, func(at string, n *doc.Node) {
			var text string
			r.text(&text)(at, n)
			*to = append(*to, text)
		})
	}
}

func (r *policyReader) severity(to *Severity) func(string, *doc.Node) {
	return func(at string, n *doc.Node) {
		if *to = Severity(n.Text); !n.IsString() || *to != Error && *to != Warning {
			r.fail(at, n, "must be error or warning")
		}
	}
}
