package redact_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/redact"
)

func ExampleDefault() {
	files := fstest.MapFS{
		"providers/sim0.yaml":       {Data: []byte("auth:\n  api_token: not-for-you\n")},
		"runtime/behaviors/run.xml": {Data: []byte("<root>\n  <!-- password: hunter2now -->\n</root>\n")},
		"meta/provenance.json":      {Data: []byte(`{"telemetry_influxdb_token_removed": true}`)},
	}
	findings, err := redact.Default().Scan(context.Background(), files)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range findings {
		fmt.Println(f)
	}
	// Output:
	// providers/sim0.yaml:2:14: error: token-key: a string under a key that contains "token" (auth.api_token)
	// runtime/behaviors/run.xml:2:8: warning: password-key: a string under a key that names a password (assigned in text)
}

// Callers add rules of their own, and make warnings errors.
func ExamplePolicy_extend() {
	policy := redact.Default()
	policy.Shapes = append(policy.Shapes, redact.ShapeRule{
		ID:          "plant-badge",
		Description: "the number of a badge",
		Severity:    redact.Error,
		Pattern:     regexp.MustCompile(`\bBADGE-[0-9]{6}\b`),
		Anchors:     []string{"BADGE-"},
	})
	for i := range policy.Keys {
		policy.Keys[i].Severity = redact.Error
	}
	findings, err := policy.ScanFile(context.Background(), "notes.yaml", strings.NewReader("by: BADGE-123456\npassword: x\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range findings {
		fmt.Println(f)
	}
	// Output:
	// notes.yaml:1:5: error: plant-badge: the number of a badge (by)
	// notes.yaml:2:11: error: password-key: a string under a key that names a password (password)
}

// A finding that a person has looked at can be allowed, as narrowly as needed.
func ExampleAllow() {
	policy := redact.Default()
	policy.Allow = append(policy.Allow, redact.Allow{
		File: "providers/*.yaml",
		Path: "bus.token_ring",
		Rule: "token-key",
	})
	text := "bus:\n  token_ring: primary\n  token: leak\n"
	findings, err := policy.ScanFile(context.Background(), "providers/bus0.yaml", strings.NewReader(text))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range findings {
		fmt.Println(f)
	}
	// Output:
	// providers/bus0.yaml:3:10: error: token-key: a string under a key that contains "token" (bus.token)
}

// A Scanner searches a stream on its way to somewhere else.
func ExampleScanner() {
	scanner, err := redact.Default().NewScanner("runtime.env")
	if err != nil {
		fmt.Println(err)
		return
	}
	hash := sha256.New()
	if _, err := io.Copy(io.MultiWriter(hash, scanner), strings.NewReader("INFLUXDB_TOKEN=hunter2now\n")); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(scanner.Findings())
	// Output:
	// [runtime.env:1:1: warning: token-key: a string under a key that contains "token" (assigned in text)]
}

func ExamplePolicy_Redact() {
	text := "telemetry:\n  influxdb:\n    org: plant\n    token: not-for-you\n"
	clean, removed, err := redact.Default().Redact([]byte(text))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(string(clean))
	fmt.Println("removed", removed[0].Path, "in line", removed[0].Line)
	// Output:
	// telemetry:
	//   influxdb:
	//     org: plant
	// removed telemetry.influxdb.token in line 4
}

// A policy with a mistake is refused by every search; Validate says so early.
func ExamplePolicy_Validate() {
	policy := redact.Default()
	policy.Keys = append(policy.Keys, redact.KeyRule{ID: "door-code", Description: "codes of doors", Severity: redact.Error})
	fmt.Println(policy.Validate())
	// Output: redact: policy: Keys[9].Words: empty, as is Endings
}
