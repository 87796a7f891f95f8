package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/validator"
)

func TestSchema(t *testing.T) {
	names := []string{"machine-profile", "provenance", "provider-bread", "provider-ezo", "provider-sim", "report", "runtime-config"}
	if got := validator.SchemaNames(); !slices.Equal(got, names) {
		t.Fatalf("schemas %q", got)
	}
	drafts := []string{"https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/draft-07/schema#"}
	ids := map[string]bool{}
	for _, name := range names {
		code, stdout, stderr := anpkg("schema", name)
		if code != 0 || stderr != "" || !strings.HasSuffix(stdout, "}\n") {
			t.Errorf("%s: exit %d, stderr %q", name, code, stderr)
		}
		var schema struct {
			Schema string `json:"$schema"`
			ID     string `json:"$id"`
		}
		if err := json.Unmarshal([]byte(stdout), &schema); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !slices.Contains(drafts, schema.Schema) || schema.ID == "" || ids[schema.ID] {
			t.Errorf("%s: %+v", name, schema)
		}
		ids[schema.ID] = true
		if _, help, _ := anpkg("help", "schema"); !strings.Contains(help, name) {
			t.Errorf("the help does not name %s", name)
		}

		var broken bytes.Buffer
		if code := run(t.Context(), []string{"schema", name}, streams{noInput{}, brokenPipe{}, &broken}); code != 1 || broken.String() != "anpkg schema: standard output: broken\\x1b pipe\n" {
			t.Errorf("%s: exit %d, stderr %q", name, code, &broken)
		}
	}
}
