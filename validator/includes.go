package validator

import (
	"path"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/project"
	"github.com/anolishq/anolis-handoff/internal/xmlcheck"
)

// maxIncludes is how many include elements of all behavior trees are followed.
const maxIncludes = 100_000

// followIncludes counts the files that used behavior trees include as used, and
// warns of those that the package lacks. found has the include elements of each
// tree.
func (v *validation) followIncludes(found map[string][]xmlcheck.Include) {
	var queue []string
	for _, f := range v.report.Files {
		if v.used[f.Path] && len(found[f.Path]) > 0 {
			queue = append(queue, f.Path)
		}
	}
	seen := map[string]bool{}
	for i := 0; i < len(queue); i++ { // the queue grows
		name := queue[i]
		if seen[name] || v.ctx.Err() != nil {
			continue
		}
		seen[name] = true
		for _, inc := range found[name] {
			target := path.Join(path.Dir(name), inc.Path)
			if inc.Package || project.CheckRelative(inc.Path) != nil || !strings.HasPrefix(target, machine.BehaviorsDir) || !v.has(target) {
				v.at(CodeIncludeNotPacked, name, nil, doc.Pos{Line: inc.Line, Column: inc.Column},
					"includes "+quote(inc.Path)+", which is not in the package")
				continue
			}
			v.used[target] = true
			queue = append(queue, target)
		}
	}
}
