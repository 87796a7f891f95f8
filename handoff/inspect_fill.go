package handoff

import (
	"path"
	"strings"
)

// fill fills the summary from the documents of a package.
func (s *Summary) fill(c *content, p *Package) {
	profile := c.documents[profileFile].read()
	s.Machine.fill(profile)
	s.Pins = []Pin{}
	s.pins(profile, "compatibility", "providers")
	s.pin(profile, "components", "runtime")
	s.pins(profile, "components", "providers")
	s.pins(profile, "components", "optional")
	s.Providers = []ProviderConfig{}
	ids, providers := profile.entries("providers")
	read := map[string]bool{} // thousands of providers can name one large config
	for i, provider := range providers {
		config := ProviderConfig{ID: ids[i], File: provider.text("config"), Notes: provider.text("notes"), Devices: []Device{}}
		if file := own(provider.node, "config"); file.IsString() && !read[file.Text] {
			read[file.Text] = true
			config.fill(c.documents[file.Text].read())
		}
		s.Providers = append(s.Providers, config)
	}
	profile.texts("runtime_profiles") // every profile below, and each behavior is a file
	profile.texts("behaviors")
	s.Machine.MoreValues = profile.rest()
	s.Provenance.fill(c.documents[provenanceFile].read())
	s.runtimes(c)
	s.behaviors(c, p)
	s.Slots = c.slots()
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
func (s *Summary) pins(profile *fields, keys ...string) {
	names, values := profile.entries(keys...)
	for i, value := range values {
		s.addPin(value, append(keys[:len(keys):len(keys)], names[i])...)
	}
}

func (s *Summary) pin(profile *fields, keys ...string) {
	if profile.has(keys...) {
		s.addPin(profile.at(keys...), keys...)
	}
}

func (s *Summary) addPin(r *fields, keys ...string) {
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

func (s *Summary) runtimes(c *content) {
	s.Profiles = []RuntimeProfile{}
	at := map[string]int{} // thousands of profiles can name one large config
	runtimes := c.runtimes()
	shown := make([]RuntimeProfile, len(runtimes))
	var texts []*string
	for i, runtime := range runtimes {
		shown[i] = RuntimeProfile{Name: runtime.profile, File: runtime.file}
		texts = append(texts, &shown[i].Name, &shown[i].File)
	}
	c.views.Clean(texts...) // all at once, because that is slow
	for i, runtime := range runtimes {
		profile := shown[i]
		if i, ok := at[runtime.file]; ok {
			s.Profiles[i].AlsoNamed = append(s.Profiles[i].AlsoNamed, profile.Name)
			continue
		}
		at[runtime.file] = len(s.Profiles)
		profile.fill(runtime.document.read())
		s.Profiles = append(s.Profiles, profile)
	}
	s.SharedProviders = []string{}
	if len(s.Profiles) == 0 {
		return
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
}

// behaviors lists the files; which profile uses one is a matter of its path.
func (s *Summary) behaviors(c *content, p *Package) {
	s.Behaviors = []Behavior{}
	users := map[string][]string{}
	for _, profile := range s.Profiles {
		tree := path.Clean(profile.Automation.BehaviorTree)
		users[tree] = append(append(users[tree], profile.Name), profile.AlsoNamed...)
	}
	var names []*string
	for _, f := range p.Report().Files {
		if strings.HasPrefix(f.Path, behaviorsDir) {
			s.Behaviors = append(s.Behaviors, Behavior{f.Path, f.Size, f.SHA256, append([]string{}, users[f.Path]...)})
		}
	}
	for i := range s.Behaviors {
		names = append(names, &s.Behaviors[i].File)
	}
	c.views.Clean(names...)
}
