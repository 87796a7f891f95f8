package validator

import (
	"errors"
	"io"
	"path"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/project"
	"github.com/anolishq/anolis-handoff/internal/xmlcheck"
)

// checkBehaviors demands well-formed behavior trees without any trick of DTDs
// and entities, and tells of those that nothing uses.
func checkBehaviors(v *validation) string {
	found, left := map[string][]xmlcheck.Include{}, maxIncludes
	for _, f := range v.report.Files {
		if v.ctx.Err() != nil {
			return ""
		}
		if strings.EqualFold(path.Ext(f.Path), ".xml") || strings.HasPrefix(f.Path, behaviorsDir) && v.used[f.Path] {
			list := v.checkXML(f.Path)
			if left -= len(list); left >= 0 && len(list) > 0 {
				found[f.Path] = list
			}
		}
	}
	v.followIncludes(found)
	return v.unusedBehaviors()
}

// checkXML checks a behavior tree and returns what it includes.
func (v *validation) checkXML(name string) []xmlcheck.Include {
	f, err := v.files.Open(name)
	if err != nil {
		v.err = err
		return nil
	}
	defer f.Close()
	var includes xmlcheck.Includes
	err = xmlcheck.Check(v.ctx, io.TeeReader(f, &includes))
	var fault *xmlcheck.Error
	switch {
	case err == nil || v.ctx.Err() != nil:
	case errors.As(err, &fault):
		v.at(CodeBehaviorXML, name, nil, doc.Pos{Line: fault.Line, Column: fault.Column}, fault.Msg)
	default:
		v.err = err
	}
	return includes.Found
}

// unusedBehaviors warns of trees that the profile lists and no runtime profile
// runs.
func (v *validation) unusedBehaviors() string {
	if v.gap != "" {
		return v.gap + ", so it is unknown which behaviors are used"
	}
	behaviors := v.profile().Get("behaviors")
	if !behaviors.IsSeq() {
		return ""
	}
	run := map[string]bool{}
	v.eachConfig(func(r runtimeConfig) {
		if ref := r.root.Get("automation").Get("behavior_tree"); ref.IsString() {
			if file, err := project.Clean(ref.Text); err == nil {
				run[file] = true
			}
		}
	})
	for i, ref := range behaviors.Items {
		if !ref.IsString() {
			continue
		}
		if file, err := project.Clean(ref.Text); err == nil && v.has(file) && !run[file] {
			v.at(CodeBehaviorUnused, profileFile, doc.Path{"behaviors", i}, ref.Pos, showName(file)+" is used by no runtime profile")
		}
	}
	return ""
}
