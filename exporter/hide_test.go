package exporter_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/exporter"
)

// TestMessagesHideSecrets plants a secret where messages quote what is wrong.
func TestMessagesHideSecrets(t *testing.T) {
	secret := "AKIA" + "Q3EGXKZ7" + "WJ5MV2TB" // in parts, so that scanners of code hosts stay calm
	project := fstest.MapFS{
		"machine-profile.yaml": {Data: []byte("schema_version: 1\nmachine_id: " + secret + "\n" + secret + ": 1\n" +
			"runtime_profiles: {manual: run.yaml, extra: " + secret + "}\nproviders: {p: {config: " + secret + ".yaml}}\n")},
		"run.yaml": {Data: []byte("providers: [{id: p, command: x}, {id: " + secret + "}]\nautomation: {behavior_tree: ../" + secret + "}\n")},
	}
	_, err := exporter.Build(t.Context(), project, exporter.Options{Name: "rig"})
	if err == nil {
		t.Fatal("was exported")
	}
	if strings.Contains(err.Error(), secret) {
		t.Errorf("the error shows the secret:\n%v", err)
	}
	for _, want := range []string{"machine_id", "/providers/p/config", "/automation/behavior_tree"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nothing is said of %s:\n%v", want, err)
		}
	}
}
