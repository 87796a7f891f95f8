package validator_test

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/validator"
)

// TestUpstream validates a real machine, where it lies beside the repository, with
// the safe state that its runtime reads: nothing is worth a warning.
func TestUpstream(t *testing.T) {
	const project = "../../shared/upstream/projects/imported-profile"
	if _, err := os.Stat(project); errors.Is(err, fs.ErrNotExist) {
		t.Logf("nothing was validated: no %s", project)
		return
	}
	const safety = `
safety:
  safe_state:
    hooks:
      - {device_handle: bread0/dcmt0, function_name: set_open_loop, args: {motor1_pwm: 0, motor2_pwm: 0}}
      - {device_handle: bread0/rlht0, function_name: set_mode, args: {mode: open_loop}}
    zero_is_safe: false
`
	for _, version := range []string{"0.1.39", "0.1.40", "0.2.0"} {
		files := contentOf(t, os.DirFS(project))
		for name := range files {
			if strings.HasPrefix(path.Base(name), "anolis-runtime.") {
				files.add(name, safety)
			}
		}
		files.replace(profileYAML, `version: "0.1.39"`, `version: "`+version+`"`)
		built, err := exporter.Build(t.Context(), files.fs(), exporter.Options{Name: "imported-profile", Variants: exporter.AllVariants()})
		if err != nil {
			t.Fatal(err)
		}
		report := ofFS(t, built.FS(), validator.Options{})
		if !report.Valid || len(report.Problems) > 0 {
			t.Errorf("%s: %v", version, report.Problems)
		}
	}
}
