package validator

import (
	"strings"

	"github.com/anolishq/anolis-handoff/internal/contract"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/project"
)

// checkProfileSchema holds the machine profile against its schema.
func checkProfileSchema(v *validation) string {
	root, ok := v.documents[profileFile]
	if !ok {
		return profileFile + " could not be read"
	}
	v.violations(CodeProfileSchema, profileFile, v.schemas.profile, root)
	return ""
}

func (v *validation) violations(code Code, file string, schema *contract.Schema, root *doc.Node) {
	for _, x := range schema.Check(root) {
		v.at(code, file, x.Path, x.Pos, x.Message)
	}
}

// checkProfileReferences follows every path in the machine profile. Values that
// are no paths at all are left to the schema.
func checkProfileReferences(v *validation) string {
	root := v.profile()
	if root == nil {
		return profileFile + " could not be read"
	}
	if profiles := root.Get("runtime_profiles"); profiles.IsMap() {
		for _, e := range profiles.Entries {
			v.reference(e.Value, doc.Path{"runtime_profiles", doc.KeyText(e.Key)}, "")
		}
	}
	if providers := root.Get("providers"); providers.IsMap() {
		for _, e := range providers.Entries {
			v.reference(e.Value.Get("config"), doc.Path{"providers", doc.KeyText(e.Key), "config"}, providersDir)
		}
	}
	if behaviors := root.Get("behaviors"); behaviors.IsSeq() {
		for i, ref := range behaviors.Items {
			v.reference(ref, doc.Path{"behaviors", i}, behaviorsDir)
		}
	}
	v.reference(root.Get("validation").Get("check_http_script"), doc.Path{"validation", "check_http_script"}, "")
	return ""
}

// reference checks a path of the machine profile, which must lead to a file of
// the package, in the folder below if one is given.
func (v *validation) reference(ref *doc.Node, at doc.Path, below string) {
	v.follow(profileFile, ref, at, below)
}

// maxPath is the length in bytes of the longest name in a zip file.
const maxPath = 1<<16 - 1

// follow returns the file a path leads to, or "" with a problem.
func (v *validation) follow(file string, ref *doc.Node, at doc.Path, below string) string {
	if !ref.IsString() || ref.Text == "" {
		return ""
	}
	shown := quote(ref.Text)
	if len(ref.Text) > maxPath {
		v.at(CodeReferenceMissing, file, at, ref.Pos, shown+" is longer than the name of any file")
		return ""
	}
	clean, err := project.Clean(ref.Text)
	if err != nil {
		v.at(CodeUnsafePath, file, at, ref.Pos, shown+" "+strings.ReplaceAll(err.Error(), "project", "package"))
		return ""
	}
	if below != "" && !strings.HasPrefix(clean, below) {
		v.at(CodeReferencePlace, file, at, ref.Pos, shown+" must lie in "+below)
	}
	switch {
	case v.has(clean):
		v.used[clean] = true
		return clean
	case clean == "." || v.hasBelow(clean):
		v.at(CodeReferenceMissing, file, at, ref.Pos, shown+" is a folder, not a file")
	case v.missing(clean):
		v.at(CodeReferenceMissing, file, at, ref.Pos, shown+" is not in the package")
	}
	return ""
}

// providerIDs are the keys of the profile's providers.
func (v *validation) providerIDs() []*doc.Node {
	var ids []*doc.Node
	if providers := v.profile().Get("providers"); providers.IsMap() {
		for _, e := range providers.Entries {
			if e.Key.IsString() {
				ids = append(ids, e.Key)
			}
		}
	}
	return ids
}
