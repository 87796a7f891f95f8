package redact_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/anolishq/anolis-handoff/redact"
)

func TestReadPolicy(t *testing.T) {
	p, err := redact.ReadPolicy([]byte("version: 1\nallow:\n- {key: device_token, reason: a kind of device}\n" +
		"keys:\n- {id: badge, description: a badge, severity: warning, text: warning, words: [badge_no], numbers: true}\n" +
		"shapes:\n- {id: acme, severity: error, pattern: 'acme_[0-9a-f]{8}', anchors: [acme_], max_len: 40}\n"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.NewScanner("a.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s.Write([]byte("device_token: blue\nbadge_no: 1234\nx: acme_0123abcd\npassword: hunter2x\n")) // into memory
	var found, allowed []string
	for _, f := range s.Findings() {
		found = append(found, string(f.Severity)+" "+f.Rule+" "+f.Path)
	}
	for _, f := range s.Allowed() {
		allowed = append(allowed, f.Path+": "+f.Reason)
	}
	if diff := cmp.Diff([]string{"warning badge badge_no", "error acme x", "warning password-key password"}, found); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"device_token: a kind of device"}, allowed); diff != "" {
		t.Errorf("allowed (-want +got):\n%s", diff)
	}
}

func TestReadPolicyFaults(t *testing.T) {
	for text, want := range map[string]string{
		"[]":                                         "line 1: file: must be a mapping",
		"version: 2":                                 "line 1: version: must be 1",
		"allowed: []":                                "line 1: file: has a key that is not known",
		"allow: {}":                                  "line 1: allow: must be a list",
		"allow:\n- {key: a}":                         "line 2: allow[0].reason: is required",
		"allow:\n- {reason: ' '}":                    "line 2: allow[0].reason: is required",
		"allow:\n- {reason: a}":                      "Allow[0]",
		"allow:\n- {key: 1}":                         "line 2: allow[0].key: must be a text",
		"keys:\n- {id: x, sev: a}":                   "line 2: keys[0]: has a key that is not known",
		"keys:\n- {severity: note}":                  "line 2: keys[0].severity: must be error or warning",
		"keys:\n- {numbers: 1}":                      "line 2: keys[0].numbers: must be true or false",
		"shapes:\n- {id: x}":                         "line 2: shapes[0].pattern: is required",
		"shapes:\n- {pattern: '('}":                  "line 2: shapes[0].pattern: is not a regular expression",
		"shapes:\n- {max_len: small}":                "line 2: shapes[0].max_len: must be a number of bytes",
		"shapes:\n- {max_len: '64'}":                 "line 2: shapes[0].max_len: must be a number of bytes",
		"shapes:\n- {max_len: 99999999999999999999}": "line 2: shapes[0].max_len: must be a number of bytes",
	} {
		_, err := redact.ReadPolicy([]byte(text))
		var fault *redact.PolicyError
		if !errors.As(err, &fault) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	var unread *redact.ReadError
	if _, err := redact.ReadPolicy([]byte("a: [")); !errors.As(err, &unread) {
		t.Errorf("not YAML: %v", err)
	}
	if _, err := redact.ReadPolicy(make([]byte, redact.MaxPolicy+1)); err == nil {
		t.Error("a file that is too large")
	}
	if _, err := redact.ReadPolicy([]byte("#" + strings.Repeat(" ", redact.MaxPolicy-1))); err != nil {
		t.Errorf("a file that is just not too large: %v", err)
	}
	if p, err := redact.ReadPolicy(nil); err != nil || len(p.Keys) != len(redact.Default().Keys) {
		t.Errorf("an empty file: %v", err)
	}
}

// TestPolicySchema holds that the schema takes what ReadPolicy takes.
func TestPolicySchema(t *testing.T) {
	var schema any
	if err := json.Unmarshal(redact.PolicySchema(), &schema); err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("policy.json", schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("policy.json")
	if err != nil {
		t.Fatal(err)
	}
	for text, valid := range map[string]bool{
		`{"allow": [{"key": "a", "reason": "b"}]}`:                                                         true,
		`{"version": 1, "shapes": [{"id": "x", "severity": "error", "pattern": "y", "anchors": ["abc"]}]}`: true,
		`{"allow": [{"key": "a"}]}`:                                                                        false,
		`{"allow": [{"reason": "a"}]}`:                                                                     false,
		`{"more": 1}`:                                                                                      false,
	} {
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			t.Fatal(err)
		}
		_, readErr := redact.ReadPolicy([]byte(text))
		if err := compiled.Validate(value); (err == nil) != valid || (readErr == nil) != valid {
			t.Errorf("%s: schema %v, reading %v", text, err, readErr)
		}
	}
}
