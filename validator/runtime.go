package validator

import (
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/project"
	"github.com/anolishq/anolis-handoff/internal/pytext"
	"github.com/anolishq/anolis-handoff/internal/runtimerule"
)

// findRuntimes lists the runtime configs of the profile that could be read, and
// why the first of the others could not.
func (v *validation) findRuntimes() {
	root := v.profile()
	if root == nil {
		v.gap = profileFile + " could not be read"
		return
	}
	profiles := root.Get("runtime_profiles")
	if !profiles.IsMap() {
		v.gap = profileFile + " has no runtime_profiles"
		return
	}
	for _, e := range profiles.Entries {
		name := doc.KeyText(e.Key)
		if file, why := v.runtimeFile(name, e.Value); why == "" {
			v.runtimes = append(v.runtimes, runtimeConfig{name, file, v.documents[file]})
		} else if v.gap == "" {
			v.gap = why
		}
	}
}

// runtimeFile is the file of a runtime profile, or why it cannot be checked.
func (v *validation) runtimeFile(name string, ref *doc.Node) (file, why string) {
	if !ref.IsString() {
		return "", "runtime profile " + quote(name) + " is no path"
	}
	file, err := project.Clean(ref.Text)
	if err != nil || !v.has(file) {
		return "", "runtime profile " + quote(name) + " leads to no file of the package"
	}
	if v.documents[file] == nil {
		return "", showName(file) + " could not be read"
	}
	return file, ""
}

// eachConfig calls do for every runtime config once, also when two profiles
// share a file.
func (v *validation) eachConfig(do func(runtimeConfig)) {
	seen := map[string]bool{}
	for _, r := range v.runtimes {
		if !seen[r.file] {
			seen[r.file] = true
			do(r)
		}
	}
}

// checkRuntimeSchema holds every runtime config against its schema.
func checkRuntimeSchema(v *validation) string {
	v.findRuntimes()
	v.eachConfig(func(r runtimeConfig) {
		v.violations(CodeRuntimeSchema, r.file, v.schemas.runtime, r.root)
	})
	return v.gap
}

// checkRuntimeRules applies what the runtime demands beyond the schema.
func checkRuntimeRules(v *validation) string {
	v.eachConfig(func(r runtimeConfig) {
		for _, x := range runtimerule.Check(r.root) {
			// The schema and the runtime object to some things both.
			if x.Warning || !v.bySchema[showName(r.file)+"\x00"+x.Path.Pointer()] {
				v.runtimeRule(r.file, x)
			}
		}
	})
	return v.gap
}

func (v *validation) runtimeRule(file string, x runtimerule.Violation) {
	p := Problem{
		Severity: Error, Code: Code(x.Code), File: showName(file), Pointer: x.Path.Pointer(),
		Line: x.Pos.Line, Column: x.Pos.Column, Message: x.Message, Hint: sentence(x.Hint),
	}
	if x.Warning {
		p.Severity = Warning
	}
	if p.Hint == "" {
		info, _ := Info(p.Code)
		p.Hint = info.Fix
	}
	v.add(p)
}

// checkRuntimeReferences follows every path in the runtime configs and compares
// their providers with the machine profile's.
func checkRuntimeReferences(v *validation) string {
	v.eachConfig(func(r runtimeConfig) {
		ids := v.runtimeProviders(r)
		if ids == nil {
			return
		}
		for _, key := range v.providerIDs() {
			if !ids[key.Text] {
				v.at(CodeProviderMissing, profileFile, doc.Path{"providers", key.Text}, key.Pos,
					"provider "+quote(key.Text)+" is missing in "+showName(r.file))
			}
		}
		v.follow(r.file, r.root.Get("automation").Get("behavior_tree"), doc.Path{"automation", "behavior_tree"}, "")
	})
	return v.gap
}

// runtimeProviders checks the providers of a config and returns their ids, nil
// if there is no list of them, which the schema objects to.
func (v *validation) runtimeProviders(r runtimeConfig) map[string]bool {
	list := r.root.Get("providers")
	if !list.IsSeq() {
		return nil
	}
	ids := map[string]bool{}
	listed := map[string]bool{}
	for _, key := range v.providerIDs() {
		listed[key.Text] = true
	}
	for i, entry := range list.Items {
		at := doc.Path{"providers", i}
		if id := entry.Get("id"); id.IsString() {
			name := pytext.Strip(id.Text)
			ids[name] = true
			if !listed[name] && v.profile().Get("providers").IsMap() {
				v.at(CodeProviderUnlisted, r.file, at.Child("id"), id.Pos, "provider "+quote(name)+" is not in "+profileFile)
			}
		}
		v.runtimeArgs(r, entry, at)
	}
	return ids
}

// runtimeArgs demands a --config that leads to a file of the package.
func (v *validation) runtimeArgs(r runtimeConfig, entry *doc.Node, at doc.Path) {
	if !entry.IsMap() {
		return
	}
	args := entry.Get("args")
	at = at.Child("args")
	if !args.IsSeq() {
		pos := entry.Pos
		if args != nil {
			pos = args.Pos
		}
		v.at(CodeRuntimeArgs, r.file, at, pos, "must be a list with --config and the provider's config")
		return
	}
	for i, arg := range args.Items {
		if !arg.IsString() || arg.Text != "--config" {
			continue
		}
		if i+1 == len(args.Items) {
			v.at(CodeRuntimeArgs, r.file, at.Child(i), arg.Pos, "--config has no value behind it")
			return
		}
		v.follow(r.file, args.Items[i+1], at.Child(i+1), "")
		return
	}
	v.at(CodeRuntimeArgs, r.file, at, args.Pos, "has no --config")
}
