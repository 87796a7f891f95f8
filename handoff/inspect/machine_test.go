package inspect_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/handoff/inspect"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
	"github.com/anolishq/anolis-handoff/validator"
)

// rigWith is what inspect says of a machine with a version of the runtime and a
// runtime config, whose file has the name of no document.
func rigWith(t *testing.T, version, config string) *inspect.Report {
	t.Helper()
	profile := "machine_id: rig\nruntime_profiles: {manual: runtime/rt.conf}\n"
	if version != "" {
		profile += "components: {runtime: {version: '" + version + "'}}\n"
	}
	return inspected(t, handofftest.OpenFiles(t, fstest.MapFS{
		"machine-profile.yaml": {Data: []byte(profile)},
		"runtime/rt.conf":      {Data: []byte("providers: [{id: heat, command: bin/heat}]\n" + config)},
	}, true))
}

// TestRuntimeVersion believes the caller, who knows the machine, more than the pin.
func TestRuntimeVersion(t *testing.T) {
	files := fstest.MapFS{
		"machine-profile.yaml": {Data: []byte("runtime_profiles: {manual: rt}\ncomponents: {runtime: {version: 0.1.40}}\n")},
		"rt":                   {Data: []byte("http: {auth_enabled: true}\nproviders: []\n")},
	}
	for version, want := range map[string]bool{"": true, "0.1.21": false, "0.1.40": true} {
		p, err := validator.OpenFS(t.Context(), files, validator.OpenOptions{Options: validator.Options{RuntimeVersion: version}, AllowInvalid: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := inspected(t, p).Profiles[0].HTTP.Authentication; got != want {
			t.Errorf("runtime %q: authentication %v", version, got)
		}
	}
}

func TestEmergencyStop(t *testing.T) {
	const (
		hooks     = "hooks: [{device_handle: heat/x, function_name: off}, {device_handle: heat/y, function_id: 7}]"
		setpoints = "setpoints: [{device_handle: heat/x, function_name: set}]"
		fault     = "automation: {enabled: true, mode_transition_hooks: {before_transition: [{to: FAULT, calls: [{device_handle: heat/z, function_name: park}]}]}}\n"
		newest    = "0.1.40"
	)
	safe := func(state string) string { return "safety: {safe_state: {" + state + "}}\n" }
	for _, test := range []struct {
		name, version, config string
		want                  *inspect.EmergencyStop
		attention             string // "" for none
	}{
		{"hooks first", newest, safe(hooks + ", " + setpoints + ", zero_is_safe: true"),
			&inspect.EmergencyStop{Drives: "hooks", Calls: []string{"heat/x off", "heat/y function 7"}, Declared: true}, ""},
		{"setpoints", newest, safe(setpoints + ", zero_is_safe: true"),
			&inspect.EmergencyStop{Drives: "setpoints", Calls: []string{"heat/x set"}, Declared: true}, ""},
		{"zero", newest, safe("zero_is_safe: true"), &inspect.EmergencyStop{Drives: "zero", Declared: true}, ""},
		{"mode hooks", newest, fault, &inspect.EmergencyStop{Drives: "fault-hooks", Calls: []string{"heat/z park"}}, ""},
		{"mode hooks with automation off", newest, strings.Replace(fault, "true", "false", 1),
			&inspect.EmergencyStop{Drives: "nothing"}, "there is no safety section"},
		{"an empty section", newest, fault + "safety: {}\n", &inspect.EmergencyStop{Drives: "nothing", Declared: true}, "zero_is_safe is not true"},
		{"nothing", newest, "", &inspect.EmergencyStop{Drives: "nothing"}, "there is no safety section"},
		{"nothing, and nobody knows the runtime", "", "", &inspect.EmergencyStop{Drives: "nothing", FromVersion: newest}, ""},
		{"hooks, and nobody knows the runtime", "main", safe(hooks),
			&inspect.EmergencyStop{Drives: "hooks", Calls: []string{"heat/x off", "heat/y function 7"}, Declared: true, FromVersion: newest}, ""},
		{"between versions", "0.1.39", safe("zero_is_safe: true"), &inspect.EmergencyStop{Drives: "zero", Declared: true, FromVersion: newest}, ""},
		{"an old runtime", "0.1.38", safe(hooks), nil, ""},
		{"a merge key", newest, "base: &b {zero_is_safe: true}\nsafety: {safe_state: {<<: *b}}\n",
			&inspect.EmergencyStop{Drives: "nothing", Declared: true}, "drives nothing"},
	} {
		s := rigWith(t, test.version, test.config)
		if diff := cmp.Diff(test.want, s.Profiles[0].EmergencyStop); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		text, _ := summaryText(t, s)
		text = strings.Join(strings.Fields(text), " ")
		if strings.Contains(text, "an emergency stop drives nothing") != (test.attention != "") || !strings.Contains(text, test.attention) {
			t.Errorf("%s: want %q in\n%s", test.name, test.attention, text)
		}
		if test.want != nil && len(test.want.Calls) > 0 && !strings.Contains(text, test.want.Calls[0]) {
			t.Errorf("%s: no calls in\n%s", test.name, text)
		}
	}
}

// TestAuthentication believes a config only as far as its runtime reads it.
func TestAuthentication(t *testing.T) {
	const all = "http: {bind: 0.0.0.0, auth_enabled: true, allow_insecure_bind: true, tls_cert_path: c, tls_key_path: k}\n"
	for _, test := range []struct {
		version, config     string
		auth, insecure, tls bool
		attention           string
	}{
		{"0.1.40", all, true, true, true, "other machines can reach HTTP: it is bound to 0.0.0.0"},
		{"", all, true, true, true, "other machines can reach HTTP: it is bound to 0.0.0.0"},
		{"0.1.21", all, false, false, false, "other machines can reach HTTP without a token: it is bound to 0.0.0.0"},
		{"0.1.40", "http: {bind: 0.0.0.0, auth_enabled: true, tls_cert_path: c}\n", true, false, false,
			"other machines can reach HTTP, and their token travels unencrypted: it is bound to 0.0.0.0"},
		{"0.1.40", "http: {bind: 0.0.0.0}\n", false, false, false, "other machines can reach HTTP without a token: it is bound to 0.0.0.0"},
		{"0.1.40", "http: {bind: ''}\n", false, false, false, "other machines can reach HTTP without a token: it is bound to an empty address"},
	} {
		s := rigWith(t, test.version, test.config)
		h := s.Profiles[0].HTTP
		if h.Authentication != test.auth || h.InsecureBindAllowed != test.insecure || h.TLS != test.tls || !h.Exposed {
			t.Errorf("%s with %s: %+v", test.config, test.version, h)
		}
		text, _ := summaryText(t, s)
		if text = strings.Join(strings.Fields(text), " "); !strings.Contains(text, test.attention) {
			t.Errorf("%s with %s: no %q in\n%s", test.config, test.version, test.attention, text)
		}
	}
}

// TestTokenSlot asks for the token of the HTTP interface where it is needed.
func TestTokenSlot(t *testing.T) {
	for config, needed := range map[string]bool{
		"http: {auth_enabled: true}\n":                                 true,
		"http: {auth_enabled: true, auth_token: ''}\n":                 true,
		"http: {auth_enabled: true, auth_token: ~}\n":                  true,
		"http: {auth_enabled: true, auth_token: given}\n":              false,
		"http: {auth_enabled: true, enabled: false}\n":                 false,
		"http: {auth_enabled: false}\n":                                false,
		"http: {<<: {auth_enabled: true}}\n":                           false,
		"telemetry: {enabled: false}\n":                                false,
		"http: {auth_enabled: true, auth_token: ' ', enabled: true}\n": true,
	} {
		want := []inspect.Slot{}
		if needed {
			want = append(want, inspect.Slot{Variable: "ANOLIS_API_TOKEN", Profile: "manual", File: "runtime/rt.conf", Path: "http.auth_token"})
		}
		if diff := cmp.Diff(want, rigWith(t, "0.1.40", config).Slots); diff != "" {
			t.Errorf("%s (-want +got):\n%s", config, diff)
		}
	}
}
