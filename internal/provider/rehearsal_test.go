package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/conformance"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/provider"
)

// TestRehearsal holds everything that needs no behavior tree against the recorded
// answers.
func TestRehearsal(t *testing.T) {
	starts := map[string]int{}
	for i, c := range conformance.RehearsalCases(t) {
		found, stops, doubtful := rehearse(t, c.Files)
		onlyTrees := func(f conformance.RehearsalFinding) bool {
			return f.Kind == "provider-config" || f.Kind == "bus" || f.Kind == "device" && strings.HasSuffix(f.File, ".yaml")
		}
		for _, d := range c.Compare(found, onlyTrees) {
			t.Errorf("case %d %q: %s", i, c.Mutations, d)
		}
		tree := slices.ContainsFunc(c.Expect.Findings, func(f conformance.RehearsalFinding) bool { return f.Kind == "tree" })
		want := "true"
		switch {
		case tree:
			continue
		case c.Expect.Starts == nil:
			want = "null"
		case !*c.Expect.Starts:
			want = "false"
		}
		got := "true"
		if stops {
			got = "false"
		} else if doubtful {
			got = "null"
		}
		starts[want]++
		if got != want {
			t.Errorf("case %d %q: starts %s, want %s", i, c.Mutations, got, want)
		}
	}
	if starts["true"] < 100 || starts["false"] < 60 || starts["null"] < 5 {
		t.Errorf("too few cases tell anything: %v", starts)
	}
}

// rehearse starts every profile of a package on paper, without its trees. It reports
// whether a profile stops, and whether one might.
func rehearse(t *testing.T, files conformance.Files) (found []conformance.RehearsalFinding, stops, might bool) {
	t.Helper()
	read := func(name string) *doc.Node {
		text, ok := files[name]
		if !ok {
			return nil
		}
		root, err := canonyaml.Read([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return root
	}
	add := func(kind, file string, pos doc.Pos, about string) {
		found = append(found, conformance.RehearsalFinding{Kind: kind, RehearsalPlace: conformance.RehearsalPlace{File: file, Line: pos.Line}, About: about})
	}
	configs := map[string]*provider.Config{}
	for _, profile := range read("machine-profile.yaml").Get("runtime_profiles").Entries {
		file := profile.Value.Text
		runtime := read(file)
		var instances []provider.Instance
		paths := map[*provider.Config]string{}
		for _, process := range runtime.Get("providers").Items {
			instance := provider.Instance{ID: process.Get("id").Text}
			args := process.Get("args").Items
			for i, arg := range args {
				if arg.Text != "--config" || i+1 == len(args) {
					continue
				}
				path := args[i+1].Text
				kind := provider.Kind(process.Get("command").Text)
				config := configs[kind+" "+path]
				if config == nil {
					var err error
					if config, err = provider.Read(t.Context(), kind, read(path), provider.Options{}); err != nil {
						t.Fatal(err)
					}
					configs[kind+" "+path] = config
					for _, f := range config.Findings {
						if f.Certainty != provider.Doubtful {
							add("provider-config", path, f.Pos, f.Path.String()+": "+f.Message)
						}
					}
				}
				instance.Config = config
				paths[config] = path
				stops = stops || config.Stops()
				might = might || !config.Sound()
			}
			instances = append(instances, instance)
		}
		for _, c := range provider.Collisions(instances) {
			add("bus", paths[c.Later.Config], c.Later.Device.AddressPos, c.Bus)
			stops = stops || c.Stops
		}
		handle := func(call *doc.Node) {
			text := call.Get("device_handle").Text
			id, device, ok := strings.Cut(text, "/")
			i := slices.IndexFunc(instances, func(in provider.Instance) bool { return in.ID == id })
			if !ok || i < 0 || instances[i].Config != nil && instances[i].Config.Has(device) == provider.No {
				pos := doc.Pos{}
				for _, e := range call.Entries {
					if e.Key.Text == "device_handle" {
						pos = e.Key.Pos
					}
				}
				add("device", file, pos, text)
			}
		}
		if automation := runtime.Get("automation"); automation.Get("enabled") != nil && automation.Get("enabled").Bool {
			for _, when := range []string{"before_transition", "after_transition"} {
				hooks := automation.Get("mode_transition_hooks").Get(when)
				if hooks == nil {
					continue
				}
				for _, hook := range hooks.Items {
					for _, call := range hook.Get("calls").Items {
						handle(call)
					}
				}
			}
		}
		for _, list := range []string{"hooks", "setpoints"} {
			if calls := runtime.Get("safety").Get("safe_state").Get(list); calls != nil {
				for _, call := range calls.Items {
					handle(call)
				}
			}
		}
	}
	return found, stops, might
}
