package inspect

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/content"
	"github.com/anolishq/anolis-handoff/internal/display"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/hide"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/show"
	"github.com/anolishq/anolis-handoff/internal/tree"
	"github.com/anolishq/anolis-handoff/validator"
)

// fields takes values out of a document, safe to show, and remembers which. Its
// methods follow keys from a node. Whatever is not there, or of another type than
// it should be, is absent.
type fields struct {
	node  *doc.Node
	view  *display.View
	taken map[*doc.Node]bool
}

// read begins to read a document. There need not be one.
func read(d *content.Document) *fields {
	r := &fields{taken: map[*doc.Node]bool{}}
	if d != nil {
		r.node, r.view = d.Root, d.View
	}
	return r
}

func (r *fields) at(keys ...string) *fields {
	return &fields{content.Own(r.node, keys...), r.view, r.taken}
}

func (r *fields) has(keys ...string) bool { return content.Own(r.node, keys...).IsMap() }

// take is a value as it is shown.
func (r *fields) take(n *doc.Node) string {
	if n == nil || n.Kind == doc.Null {
		return ""
	}
	r.taken[n] = true
	return r.view.Text(n)
}

func (r *fields) text(keys ...string) string { return r.take(content.Own(r.node, keys...)) }

// spelling is a number as the file has it, in the base that people know it in.
func (r *fields) spelling(n *doc.Node) string {
	text := r.take(n)
	if n != nil && n.Kind == doc.Int && text != hide.Hidden && n.Source != "" {
		return n.Source
	}
	return text
}

// spelled is a value as the runtime reads it into a text, whatever its type: off is
// a name for it, too.
func (r *fields) spelled(v machine.Value) string {
	if r.view.IsHidden(v.Node) {
		return hide.Hidden
	}
	return show.Cut(v.Text(), longPiece)
}

// use is spelled for a value that the report has by that.
func (r *fields) use(v machine.Value) string {
	if v.Node != nil {
		r.taken[v.Node] = true
	}
	return r.spelled(v)
}

// texts are the items of a list, or a value that stands in the place of one.
func (r *fields) texts(keys ...string) []string {
	n := content.Own(r.node, keys...)
	if !n.IsSeq() {
		if text := r.take(n); text != "" {
			return []string{text}
		}
		return nil
	}
	var list []string
	for _, item := range n.Items {
		r.taken[item] = true
		list = append(list, r.view.Text(item))
	}
	return list
}

func (r *fields) number(keys ...string) *int64 { return r.integer(content.Own(r.node, keys...)) }

func (r *fields) integer(n *doc.Node) *int64 {
	if n == nil || n.Kind != doc.Int || r.view.IsHidden(n) {
		return nil
	}
	i, err := strconv.ParseInt(n.Text, 10, 64)
	if err != nil {
		return nil
	}
	r.taken[n] = true
	return &i
}

// numbers are the items of a list of nothing but integers.
func (r *fields) numbers(keys ...string) []int64 {
	n := content.Own(r.node, keys...)
	if !n.IsSeq() {
		return nil
	}
	var list []int64
	for _, item := range n.Items {
		i := r.integer(item)
		if i == nil {
			return nil
		}
		list = append(list, *i)
	}
	return list
}

func (r *fields) flag(keys ...string) *bool {
	n := content.Own(r.node, keys...)
	if n == nil || n.Kind != doc.Bool {
		return nil
	}
	r.taken[n] = true
	b := n.Bool
	return &b
}

// items are the fields of the items of a list.
func (r *fields) items(keys ...string) []*fields {
	n := content.Own(r.node, keys...)
	if !n.IsSeq() {
		return nil
	}
	var list []*fields
	for _, item := range n.Items {
		list = append(list, &fields{item, r.view, r.taken})
	}
	return list
}

// entries are the keys of a mapping, safe to show, and the fields of their
// values.
func (r *fields) entries(keys ...string) (names []string, values []*fields) {
	n := content.Own(r.node, keys...)
	if !n.IsMap() {
		return nil, nil
	}
	for _, e := range n.Entries {
		names = append(names, r.view.Text(e.Key))
		values = append(values, &fields{e.Value, r.view, r.taken})
	}
	return names, values
}

// rest is the number of values below the node that were not taken.
func (r *fields) rest() int {
	n := 0
	doc.Walk(r.node, func(path doc.Path, _, value *doc.Node) bool {
		if r.taken[value] {
			return false
		}
		if len(path) > 0 && len(value.Items)+len(value.Entries) == 0 {
			n++
		}
		return true
	})
	return n
}

func isTrue(b *bool) bool { return b != nil && *b }

// fill fills the report from the documents of a package.
func (s *Report) fill(c *content.Content, p *validator.Package) {
	profile := read(c.Documents[machine.ManifestFile])
	s.Machine.fill(profile)
	s.Pins = []Pin{}
	s.pins(profile, "compatibility", "providers")
	s.pin(profile, "components", "runtime")
	s.pins(profile, "components", "providers")
	s.pins(profile, "components", "optional")
	s.Providers = []Provider{}
	done := map[string]bool{} // thousands of providers can name one large config
	for _, p := range c.Machine.Providers {
		provider := &fields{p.Value.Node, profile.view, profile.taken}
		config := Provider{ID: profile.view.Text(p.Key), File: provider.text("config"), Notes: provider.text("notes"), Devices: []Device{}}
		if ref := p.Config; ref != nil && ref.File != "" && !done[ref.File] {
			done[ref.File] = true
			config.fill(read(c.Documents[ref.File]))
		}
		s.Providers = append(s.Providers, config)
	}
	profile.texts("runtime_profiles") // every profile below, and each behavior is a file
	profile.texts("behaviors")
	s.Machine.MoreValues = profile.rest()
	s.Provenance.fill(read(c.Documents[machine.ProvenanceFile]))
	s.behaviors(c, p, s.runtimes(c))
	s.rehearsal(p.Report())
	s.Slots = slotsOf(c)
}

// rehearsal says what the validation found out about the start.
func (s *Report) rehearsal(report *validator.Report) {
	starts := map[string]string{}
	if report.Rehearsal != nil {
		for _, start := range report.Rehearsal.Profiles {
			starts[start.Config] = start.Starts
		}
	}
	refused := map[string]bool{}
	for _, p := range report.Problems {
		refused[p.File] = refused[p.File] || p.Code == validator.CodeStartAuto
	}
	for i := range s.Profiles {
		p := &s.Profiles[i]
		p.Starts, p.AutoRefused = starts[show.Line(p.File)], refused[show.Line(p.File)]
	}
}

// trees adds the calls that behavior trees make.
func (s *Report) trees(ctx context.Context, c *content.Content, p *validator.Package) error {
	secret := p.Report().SecretFiles()
	byFile := map[string]int{}
	for i, b := range s.Behaviors {
		byFile[b.File] = i
	}
	var texts []*string
	done := map[string]bool{}
	for _, config := range c.Machine.Configs() {
		if config.Tree == nil || done[config.Tree.File] {
			continue
		}
		file := config.Tree.File
		done[file] = true
		i, listed := byFile[file]
		if !listed || secret[show.Line(file)] {
			continue
		}
		t, err := tree.Read(ctx, p.FS(), file, c.Machine.Version)
		if err != nil {
			return err
		}
		seen := map[[2]string]bool{}
		calls := []TreeCall{}
		for _, n := range t.Made {
			if n.Name != "CallDevice" {
				continue
			}
			device, _ := n.Get("device_handle")
			function, _ := n.Get("function_name")
			if key := [2]string{device.Value, function.Value}; !seen[key] {
				seen[key] = true
				calls = append(calls, TreeCall{show.Cut(device.Value, longPiece), show.Cut(function.Value, longPiece), n.Line})
			}
		}
		for j := range calls {
			texts = append(texts, &calls[j].Device, &calls[j].Function)
		}
		s.Behaviors[i].Calls = calls
	}
	c.Views.Clean(texts...)
	return nil
}

func (m *Machine) fill(r *fields) {
	m.ID = r.text("machine_id")
	m.DisplayName = r.text("display_name")
	m.EstopTopology = r.text("safety", "estop_topology")
	m.ExpectedProviders = r.texts("validation", "expected_providers")
	m.CheckHTTPScript = r.text("validation", "check_http_script")
	m.ConfigContract = r.text("compatibility", "runtime", "config_contract")
	m.HTTPContract = r.text("compatibility", "runtime", "http_contract")
	m.Notes = r.text("compatibility", "runtime", "notes")
	r.number("schema_version") // is 1, always
}

// pins adds the pins below some keys.
func (s *Report) pins(profile *fields, keys ...string) {
	names, values := profile.entries(keys...)
	for i, value := range values {
		s.addPin(value, append(keys[:len(keys):len(keys)], names[i])...)
	}
}

func (s *Report) pin(profile *fields, keys ...string) {
	if profile.has(keys...) {
		s.addPin(profile.at(keys...), keys...)
	}
}

func (s *Report) addPin(r *fields, keys ...string) {
	s.Pins = append(s.Pins, Pin{
		Path: strings.Join(keys, "."), Strategy: r.text("strategy"), Version: r.text("version"),
		Repo: r.text("repo"), Package: r.text("package"), Notes: r.text("notes"),
	})
}

func (p *Provenance) fill(r *fields) {
	p.SourceProject = r.text("source_project")
	p.ExportedAt = r.text("exported_at")
	p.FormatVersion = r.number("package_format_version")
	p.ExportedVariant = r.text("exported_variant")
	p.OmittedVariants = r.texts("omitted_variants")
	p.TokenRemoved = r.flag("redaction_policy", "telemetry_influxdb_token_removed")
	p.TokenVariable = r.text("redaction_policy", "deploy_time_env_var")
	p.MoreValues = r.rest()
}

// runtimes lists the runtime profiles, and returns where each config is in the list.
func (s *Report) runtimes(c *content.Content) (at map[string]int) {
	s.Profiles = []Profile{}
	at = map[string]int{} // thousands of profiles can name one large config
	runtimes := c.Runtimes()
	shown := make([]Profile, len(runtimes))
	var texts []*string
	for i, runtime := range runtimes {
		shown[i] = Profile{Name: runtime.Profile, File: runtime.File}
		texts = append(texts, &shown[i].Name, &shown[i].File)
	}
	c.Views.Clean(texts...) // all at once, because that is slow
	for i, runtime := range runtimes {
		profile := shown[i]
		if i, ok := at[runtime.File]; ok {
			s.Profiles[i].AlsoNamed = append(s.Profiles[i].AlsoNamed, profile.Name)
			continue
		}
		at[runtime.File] = len(s.Profiles)
		profile.fill(read(runtime.Document), runtime.Config, c.Machine.Version)
		s.Profiles = append(s.Profiles, profile)
	}
	s.SharedProviders = []string{}
	if len(s.Profiles) == 0 {
		return at
	}
	in := map[string]int{}
	for _, profile := range s.Profiles {
		seen := map[string]bool{}
		for _, process := range profile.Providers {
			if !seen[process.ID] {
				seen[process.ID] = true
				in[process.ID]++
			}
		}
	}
	for _, process := range s.Profiles[0].Providers {
		if in[process.ID] == len(s.Profiles) && process.ID != "" {
			s.SharedProviders = append(s.SharedProviders, process.ID)
			delete(in, process.ID)
		}
	}
	return at
}

// behaviors lists the files, with the profiles whose configs, found at that index,
// name them.
func (s *Report) behaviors(c *content.Content, p *validator.Package, at map[string]int) {
	s.Behaviors = []Behavior{}
	users := map[string][]string{}
	for _, config := range c.Machine.Configs() {
		if i, ok := at[config.File]; ok && config.Tree != nil && config.Tree.File != "" {
			profile := s.Profiles[i]
			users[config.Tree.File] = append(append(users[config.Tree.File], profile.Name), profile.AlsoNamed...)
		}
	}
	var names []*string
	for _, f := range p.Report().Files {
		if strings.HasPrefix(f.Path, machine.BehaviorsDir) || slices.Contains(c.Machine.Roles[f.Path], machine.Behavior) {
			s.Behaviors = append(s.Behaviors, Behavior{File: f.Path, Size: f.Size, SHA256: f.SHA256, Profiles: append([]string{}, users[f.Path]...)})
		}
	}
	for i := range s.Behaviors {
		names = append(names, &s.Behaviors[i].File)
	}
	c.Views.Clean(names...)
}
