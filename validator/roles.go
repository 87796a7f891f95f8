package validator

import (
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/cause"
	"github.com/anolishq/anolis-handoff/internal/contract"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/docfile"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/project"
	"github.com/anolishq/anolis-handoff/internal/runtimerule"
	"github.com/anolishq/anolis-handoff/internal/strictjson"
	"github.com/anolishq/anolis-handoff/internal/tree"
	"github.com/anolishq/anolis-handoff/internal/xmltext"
)

// A document is what the manifest or a config says it is, whatever its name. The
// checks in this file ask the model of the machine which file has which role; the
// ending of a name only adds to that: a file that another tool would take for a
// document must be readable as one.

// reading is one way to read a file.
type reading struct {
	file string
	kind docfile.Kind
}

// checkDocuments reads every document of the package once: those with a role as
// what their role says, then those with the ending of a document.
func checkDocuments(v *validation) string {
	v.machine = machine.Read(v.names, v.opts.RuntimeVersion, v.roleDocument)
	for _, f := range v.report.Files {
		for _, role := range v.machine.Roles[f.Path] {
			v.roleDocument(f.Path, role)
		}
		if kind := docfile.KindOf(f.Path); kind != docfile.None {
			v.document(f.Path, kind)
		}
		if v.err != nil || v.ctx.Err() != nil {
			return ""
		}
	}
	return v.checkRoles()
}

// roleDocument returns the root of a file that has a role, or nil.
func (v *validation) roleDocument(file string, role machine.Role) *doc.Node {
	switch role {
	case machine.RuntimeConfig, machine.ProviderConfig:
		if v.running[file] != machine.RuntimeConfig {
			v.running[file] = role
		}
		return v.document(file, docfile.YAML)
	case machine.Manifest:
		return v.document(file, docfile.YAML)
	case machine.Provenance:
		return v.document(file, docfile.JSON)
	}
	return nil
}

// document reads a file once in each way that somebody reads it. The first way that
// succeeds is the document that secrets are searched in.
func (v *validation) document(file string, kind docfile.Kind) *doc.Node {
	key := reading{file, kind}
	root, done := v.readings[key]
	if !done && v.err == nil {
		root = v.readDocument(file, kind)
		v.readings[key] = root
		if root != nil && v.documents[file] == nil {
			v.documents[file] = root
		}
		v.unread[file] = v.documents[file] == nil
	}
	return root
}

func (v *validation) readDocument(file string, kind docfile.Kind) *doc.Node {
	if size := v.size(file); size > v.limits.Document {
		v.problem(CodeDocumentLimit, file, fmt.Sprintf("is larger than %d bytes, the limit for a document", v.limits.Document))
		return nil
	}
	f, err := v.files.Open(file)
	if err != nil {
		v.err = err
		return nil
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		v.err = err
		return nil
	}
	_, running := v.running[file]
	running = running && kind == docfile.YAML
	var root *doc.Node
	var found []canonyaml.Difference
	if running {
		root, found, err = canonyaml.ReadWithDifferences(v.ctx, data)
	} else {
		root, err = kind.ParseContext(v.ctx, data)
	}
	if v.ctx.Err() != nil {
		return nil
	}
	if err != nil {
		syntax := CodeYAMLSyntax
		if kind == docfile.JSON {
			syntax = CodeJSONSyntax
		}
		v.parseErrors(file, syntax, err)
		return nil
	}
	if running {
		v.differences(file, found)
	}
	v.visited("parsed", file)
	if v.values += doc.Count(root, v.limits.Values+1); v.values > v.limits.Values {
		v.problem(CodeDocumentLimit, file, fmt.Sprintf("the documents of the package hold more than %d values together", v.limits.Values))
		return nil
	}
	return root
}

// differences reports where the runtime reads another document, each kind once: a
// file with line ends of another system has one on every line. What the reader
// refuses as a whole is a warning in a provider config: the runtime takes the
// package, and each provider has a reader of its own.
func (v *validation) differences(file string, found []canonyaml.Difference) {
	times := map[string]int{}
	for _, d := range found {
		times[d.Msg]++
	}
	for _, d := range found {
		n := times[d.Msg]
		if n == 0 {
			continue
		}
		times[d.Msg] = 0
		msg := d.Msg
		if n > 1 {
			msg += fmt.Sprintf(" (%d places, this is the first)", n)
		}
		info, _ := Info(CodeTwoReadings)
		p := Problem{
			Severity: info.Severity, Code: info.Code, File: showName(file), Pointer: d.Path.Pointer(),
			Line: d.Pos.Line, Column: d.Pos.Column, Message: msg, Hint: info.Fix,
		}
		switch {
		case d.Effect == canonyaml.Altered: // the message says what to do: the hint of the code is about other values
			p.Severity, p.Code, p.Hint = Warning, CodeReader, ""
		case d.Effect == canonyaml.Refused && v.running[file] == machine.ProviderConfig:
			p.Severity = Warning
		}
		v.add(p)
	}
}

// parseErrors reports each fault that a parser found.
func (v *validation) parseErrors(file string, syntax Code, err error) {
	var list interface{ Unwrap() []error }
	if errors.As(err, &list) {
		for _, e := range list.Unwrap() {
			v.parseErrors(file, syntax, e)
		}
		return
	}
	code := syntax
	switch {
	case errors.Is(err, canonyaml.ErrDuplicateKey), errors.Is(err, strictjson.ErrDuplicateKey):
		code = CodeDuplicateKey
	case errors.Is(err, canonyaml.ErrLimit), errors.Is(err, strictjson.ErrLimit):
		code = CodeDocumentLimit
	}
	var y *canonyaml.Error
	var j *strictjson.Error
	switch {
	case errors.As(err, &y):
		v.at(code, file, y.Path, y.Pos, y.Msg)
	case errors.As(err, &j):
		v.at(code, file, j.Path, j.Pos, j.Msg)
	default:
		v.problem(code, file, cause.Of(err).Error())
	}
}

// checkRoles refuses a file that is two things at once, and finds out whether every
// runtime profile has a config that the other checks can look at.
func (v *validation) checkRoles() string {
	for _, f := range v.report.Files {
		if roles := v.machine.Roles[f.Path]; len(roles) > 1 {
			v.problem(CodeTwoRoles, f.Path, "is both "+roles[0].String()+" and "+roles[1].String())
		}
	}
	m := v.machine
	switch {
	case !m.Manifest.Node.IsMap():
		v.gap = machine.ManifestFile + " could not be read"
	case !m.Manifest.Node.Get("runtime_profiles").IsMap():
		v.gap = machine.ManifestFile + " has no runtime_profiles"
	}
	for _, p := range m.Profiles {
		switch {
		case v.gap != "":
		case p.Ref == nil:
			v.gap = "runtime profile " + quote(p.Name) + " is not a path"
		case p.Ref.File == "":
			v.gap = "runtime profile " + quote(p.Name) + " leads to no file of the package"
		case p.Root.Node == nil:
			v.gap = showName(p.File) + " could not be read"
		}
	}
	return ""
}

// checkProfileSchema holds the machine profile against its schema.
func checkProfileSchema(v *validation) string {
	if v.machine.Manifest.Node == nil {
		return machine.ManifestFile + " could not be read"
	}
	v.violations(CodeProfileSchema, machine.ManifestFile, v.schemas.profile, v.machine.Manifest.Node)
	return ""
}

func (v *validation) violations(code Code, file string, schema *contract.Schema, root *doc.Node) {
	v.visited("held against a schema", file)
	found, _ := schema.Check(v.ctx, root) // who asked for the check sees that the context is done
	for _, x := range found {
		v.at(code, file, x.Path, x.Pos, x.Message)
	}
}

// checkProfileReferences follows every path in the machine profile. Values that are
// no paths at all are left to the schema.
func checkProfileReferences(v *validation) string {
	if !v.machine.Manifest.Node.IsMap() {
		return machine.ManifestFile + " could not be read"
	}
	for _, r := range v.machine.References() {
		switch {
		case r.In != machine.ManifestFile || r.Fault == machine.Empty: // the schema refuses an empty one
		case r.Role == machine.Script:
			v.script(r)
		default:
			v.reference(r)
		}
	}
	return ""
}

// reference reports what is wrong with a path.
func (v *validation) reference(r *machine.Reference) {
	text, _ := r.AsString()
	if r.File != "" {
		v.used[r.File] = true
	}
	code := CodeReferenceMissing
	switch r.Fault {
	case machine.Sound:
		return
	case machine.WrongPlace:
		code = CodeReferencePlace
	case machine.Unsafe:
		code = CodeUnsafePath
	case machine.Missing:
		if !v.missing(path.Clean(text)) {
			return // it is there and was refused
		}
	}
	if v.enough(code, 1) {
		return
	}
	msg := quote(text) + " " + r.Describe()
	if r.Fault == machine.Missing {
		msg += v.near(path.Clean(text))
	}
	v.at(code, r.In, r.Path, r.Pos(), msg)
}

// near names the file that a missing one is probably meant to be, to be read after
// what is missing.
func (v *validation) near(name string) string {
	if near := v.names.Near(name); near != "" {
		return "; " + near
	}
	return ""
}

// script judges the path of the script that checks the HTTP interface. It is for
// people: it may lie outside of what was packaged, but not outside of the package.
func (v *validation) script(r *machine.Reference) {
	text, _ := r.AsString()
	if r.Fault == machine.TooLong {
		v.reference(r)
		return
	}
	slashed := strings.ReplaceAll(text, `\`, "/")
	drive := len(slashed) > 2 && slashed[1] == ':' && slashed[2] == '/' && (slashed[0]|0x20 >= 'a' && slashed[0]|0x20 <= 'z')
	clean := path.Clean(slashed)
	switch {
	case strings.HasPrefix(slashed, "/"), drive, clean == "..", strings.HasPrefix(clean, "../"):
		v.at(CodeUnsafePath, r.In, r.Path, r.Pos(), quote(text)+" leaves the package")
	case strings.ContainsRune(text, 0):
		v.at(CodeUnsafePath, r.In, r.Path, r.Pos(), quote(text)+" has a NUL character, so no system has such a file")
	case r.Fault == machine.Folder:
		v.at(CodeReferenceMissing, r.In, r.Path, r.Pos(), quote(text)+" "+r.Describe())
	case r.Fault == machine.Sound:
		v.used[r.File] = true
	}
}

// checkRuntimeSchema holds every runtime config against its schema.
func checkRuntimeSchema(v *validation) string {
	for _, c := range v.machine.Configs() {
		if c.Root.Node != nil && v.ctx.Err() == nil {
			v.violations(CodeRuntimeSchema, c.File, v.schemas.runtime, c.Root.Node)
		}
	}
	return v.gap
}

// checkRuntimeRules applies what the runtime demands beyond the schema.
func checkRuntimeRules(v *validation) string {
	for _, c := range v.machine.Configs() {
		if v.ctx.Err() != nil {
			return ""
		}
		v.visited("held against the rules", c.File)
		for _, x := range runtimerule.Check(c.Root, v.machine.Version) {
			// The schema and the runtime object to some things both.
			if x.Warning || !v.bySchema[showName(c.File)+"\x00"+x.Path.Pointer()] {
				v.runtimeRule(c.File, x)
			}
		}
	}
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
	listed := map[string]bool{}
	for _, p := range v.machine.Providers {
		if p.Key.IsString() {
			listed[p.ID] = true
		}
	}
	for _, c := range v.machine.Configs() {
		if v.ctx.Err() != nil {
			return ""
		}
		if c.Tree != nil {
			v.reference(c.Tree)
		}
		if !c.Root.Key("providers").Node.IsSeq() {
			continue // the schema objects
		}
		runs, left := map[string]bool{}, len(listed)
		for _, p := range c.Processes {
			if id, ok := p.ID.AsString(); ok {
				if listed[id] && !runs[id] {
					left--
				}
				runs[id] = true
				if !listed[id] && v.machine.Manifest.Node.Get("providers").IsMap() {
					v.at(CodeProviderUnlisted, c.File, p.ID.Path, p.ID.Pos(), "provider "+quote(id)+" is not in "+machine.ManifestFile)
				}
			}
			v.runtimeArgs(c, p)
		}
		if left == 0 || v.enough(CodeProviderMissing, left) {
			continue // not to compare thousands of profiles with thousands of providers
		}
		for _, p := range v.machine.Providers {
			if p.Key.IsString() && !runs[p.ID] {
				v.at(CodeProviderMissing, machine.ManifestFile, p.Path, p.Key.Pos, "provider "+quote(p.ID)+" is missing in "+showName(c.File))
			}
		}
	}
	return v.gap
}

// runtimeArgs demands a --config that leads to a file of the package.
func (v *validation) runtimeArgs(c *machine.Config, p *machine.Process) {
	if !p.Node.IsMap() {
		return // the schema objects
	}
	switch {
	case !p.Args.Node.IsSeq():
		pos := p.Value.Pos()
		if p.Args.Present() {
			pos = p.Args.Pos()
		}
		v.at(CodeRuntimeArgs, c.File, p.Args.Path, pos, "must be a list with --config and the provider's config")
	case p.Flag.Node == nil:
		v.at(CodeRuntimeArgs, c.File, p.Args.Path, p.Args.Pos(), "has no --config")
	case p.Config == nil && p.Last:
		v.at(CodeRuntimeArgs, c.File, p.Flag.Path, p.Flag.Pos(), "--config has no value behind it")
	case p.Config == nil: // the schema objects
	case p.Config.Fault == machine.Empty:
		v.at(CodeRuntimeArgs, c.File, p.Config.Path, p.Config.Pos(), "the path behind --config is empty")
	default:
		v.reference(p.Config)
	}
	for _, again := range p.Again {
		v.at(CodeConfigAgain, c.File, again.Path, again.Pos(), "--config is given again; the provider decides which one it reads")
	}
}

// checkProviders warns of provider configs that are not mappings: those that a
// config or the manifest names, and what else lies in the folder.
func checkProviders(v *validation) string {
	skipped := ""
	for _, f := range v.report.Files {
		if !slices.Contains(v.machine.Roles[f.Path], machine.ProviderConfig) && !strings.HasPrefix(f.Path, machine.ProvidersDir) {
			continue
		}
		root := v.documents[f.Path]
		switch {
		case v.unread[f.Path] && skipped == "":
			skipped = showName(f.Path) + " could not be read"
		case root != nil && !root.IsMap():
			v.at(CodeProviderConfig, f.Path, nil, root.Pos, "a provider config should be a mapping, not "+root.Kind.String())
		}
	}
	return skipped
}

// checkBehaviors demands behavior trees that the tree loader reads, whatever the
// files are called, follows what they include, and reports those that nothing uses.
func checkBehaviors(v *validation) string {
	for _, c := range v.machine.Configs() {
		if c.Tree != nil && c.Automation() && !v.opts.NoRehearsal {
			v.trees[c.Tree.File] = nil
		}
	}
	includes := map[string][]xmltext.Include{}
	for _, f := range v.report.Files {
		roles := v.machine.Roles[f.Path]
		if slices.Contains(roles, machine.Behavior) || len(roles) == 0 && strings.EqualFold(path.Ext(f.Path), ".xml") {
			includes[f.Path] = v.checkXML(f.Path)
		}
		if v.err != nil || v.ctx.Err() != nil {
			return ""
		}
	}
	if skipped := v.followIncludes(includes); skipped != "" {
		return skipped
	}
	if v.gap != "" {
		return v.gap + ", so it is unknown which behaviors are used"
	}
	run := map[string]bool{}
	for _, c := range v.machine.Configs() {
		if c.Tree != nil {
			run[c.Tree.File] = true
		}
	}
	for _, r := range v.machine.Behaviors {
		if r.File != "" && !run[r.File] {
			v.at(CodeBehaviorUnused, r.In, r.Path, r.Pos(), showName(r.File)+" is used by no runtime profile")
		}
	}
	return ""
}

// maxIncludes is how many include elements of all behavior trees are followed.
const maxIncludes = 100_000

// followIncludes counts the files that used behavior trees include as used, checks
// them as trees whatever their names are, and warns of those that the package lacks.
// includes has the include elements of each tree that was checked.
func (v *validation) followIncludes(includes map[string][]xmltext.Include) (skipped string) {
	var queue []string
	for _, f := range v.report.Files {
		if v.used[f.Path] && len(includes[f.Path]) > 0 {
			queue = append(queue, f.Path)
		}
	}
	seen, left := map[string]bool{}, maxIncludes
	for i := 0; i < len(queue); i++ { // the queue grows
		name := queue[i]
		if seen[name] {
			continue
		}
		seen[name] = true
		list, checked := includes[name]
		if !checked {
			list = v.checkXML(name)
		}
		if left -= len(list); left < 0 {
			return fmt.Sprintf("the behavior trees include files more than %d times", maxIncludes)
		}
		for _, inc := range list {
			if v.err != nil || v.ctx.Err() != nil {
				return ""
			}
			target := path.Join(path.Dir(name), inc.Path)
			sound := !inc.Package && project.CheckRelative(inc.Path) == nil
			switch {
			case sound && v.has(target):
				v.used[target] = true
				queue = append(queue, target)
			case !v.enough(CodeIncludeNotPacked, 1):
				msg := "includes " + quote(inc.Path) + ", which is not in the package"
				if sound {
					msg += v.near(target)
				}
				v.at(CodeIncludeNotPacked, name, nil, inc.Pos, msg)
			}
		}
	}
	return ""
}

// maxTreeSize is how many bytes of trees are kept from their check to the rehearsal
// before more of them are left to be read again.
const maxTreeSize = 32 << 20

// checkXML checks a behavior tree and returns what it includes.
func (v *validation) checkXML(name string) []xmltext.Include {
	f, err := v.files.Open(name)
	if err != nil {
		v.err = err
		return nil
	}
	defer f.Close()
	v.visited("read as a tree", name)
	_, keep := v.trees[name]
	keep = keep && v.treeSize < maxTreeSize
	parsed, err := tree.Parse(v.ctx, f, name, keep)
	if err != nil {
		v.err = err
		return nil
	}
	if keep {
		v.trees[name] = parsed
		v.treeSize += parsed.Size()
	}
	if parsed.Fault != nil {
		v.at(CodeBehaviorXML, name, nil, parsed.Fault.Pos, parsed.Fault.Msg)
	}
	for _, loose := range parsed.Loose {
		v.at(CodeBehaviorXMLLoose, name, nil, loose.Pos, loose.Msg)
	}
	return parsed.Includes
}

// checkProvenance holds meta/provenance.json against what the contract asks.
func checkProvenance(v *validation) string {
	root := v.readings[reading{machine.ProvenanceFile, docfile.JSON}]
	if root == nil {
		return machine.ProvenanceFile + " could not be read"
	}
	v.violations(CodeProvenance, machine.ProvenanceFile, v.schemas.provenance, root)
	return ""
}

// checkUnreferenced reports files that nothing leads to.
func checkUnreferenced(v *validation) string {
	if v.gap != "" {
		return v.gap + ", so it is unknown what it refers to"
	}
	for _, f := range v.report.Files {
		switch f.Path {
		case machine.ManifestFile, machine.RuntimeFile, machine.ProvenanceFile, machine.ChecksumsFile:
			continue
		}
		if !v.used[f.Path] {
			v.problem(CodeUnreferenced, f.Path, "nothing in the package refers to this file")
		}
	}
	return ""
}

// checkReaders reports YAML values that another reader takes for another value.
func checkReaders(v *validation) string {
	skipped := ""
	for _, f := range v.report.Files {
		root, read := v.readings[reading{f.Path, docfile.YAML}]
		switch {
		case root != nil:
			v.readers(f.Path, root)
		case read && skipped == "":
			skipped = showName(f.Path) + " could not be read"
		}
	}
	return skipped
}

func (v *validation) readers(file string, root *doc.Node) {
	seen := map[*doc.Node]bool{}
	remark := func(path doc.Path, n *doc.Node) {
		why := canonyaml.RemarkOn(n)
		if why == canonyaml.NoRemark || n.Quoted || seen[n] {
			return
		}
		seen[n] = true
		v.at(CodeReader, file, path, n.Pos, article(string(why))+": other YAML readers may take it for another value")
	}
	doc.Walk(root, func(path doc.Path, key, value *doc.Node) bool {
		if key != nil {
			remark(path, key)
		}
		remark(path, value)
		return true
	})
}

func article(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}
