package handoff_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/inspect"
	"github.com/anolishq/anolis-handoff/handoff/preflight"
	"github.com/anolishq/anolis-handoff/handoff/reproduce"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

// plantedSecrets are short and long, of one class of characters and of many, and
// with what paths and texts escape.
var plantedSecrets = []string{"hunter2-Zq83kd", "qZ8xK4", "ключ-Sékret-ß", `q"Z\8'x"K:4#wP "y`, "lettersonlyzq", "8392017465"}

// declared are places that tell what SECRET is, on top of a document; TEXT is the
// same inside of quotes.
var declared = map[string]string{
	"key":      "db_password: SECRET\n",
	"list":     "secrets: [a, SECRET]\n",
	"set":      "passwords: !!set {SECRET}\n",
	"name":     "env: [{name: DB_PASSWORD, value: SECRET}]\n",
	"argument": "more: [--password, SECRET]\n",
}

// repeated are places in other documents that repeat it: file, old text and new
// text. Without an old text there is a new file.
var repeated = [][3]string{
	{"machine-profile.yaml", "machine_id: rig", "machine_id: SECRET"},
	{"machine-profile.yaml", "display_name: Rig", `display_name: "the TEXT here"`},
	{"machine-profile.yaml", "  full: runtime/", "  SECRET: runtime/"},
	{"machine-profile.yaml", "    config: providers/heater.yaml", "    config: providers/heater.yaml\n    notes: \"x TEXT\"\n  SECRET: {}"},
	{"machine-profile.yaml", "version: '1.0'", "version: SECRET"},
	{"runtime/anolis-runtime.yaml", "- id: heater", "- id: SECRET"},
	{"runtime/anolis-runtime.yaml", "command: ./bin/heat", `command: "./bin/TEXT"`},
	{"runtime/anolis-runtime.yaml", "  - --verbose", `  - "/opt/TEXT"` + "\n" + `  - "/dev/TEXT"`},
	{"runtime/anolis-runtime.yaml", "bind: 127.0.0.1", "bind: SECRET"},
	{"runtime/anolis-runtime.full.yaml", "bucket: rig", "bucket: SECRET"},
	{"runtime/anolis-runtime.full.yaml", "behavior_tree: runtime/behaviors/a.xml", `behavior_tree: "runtime/behaviors/TEXT.xml"`},
	{"providers/heater.yaml", "bus_path: /dev/i2c-3", `bus_path: "/dev/TEXT"`},
	{"providers/heater.yaml", "spare:", "SECRET: 5\nmany: [{id: SECRET, x: 1}]\ndevices: [{id: SECRET, label: SECRET, address: SECRET}]\nspare:"},
	{"providers/other.yaml", "", "SECRET: 1\nSECRET: 2\n"}, // which cannot be read
	{"meta/provenance.json", `"source_project": "rig"`, `"source_project": "pTEXT"`},
	{"meta/provenance.json", `"omitted_variants": []`, `"omitted_variants": [SECRET]`},
	{"runtime/behaviors/SECRET.xml", "", "<root><a password=\"TEXT\"/></root>"},
	{"docs/SECRET.txt", "", "SECRET"},
}

// TestSecretsNowhere declares a secret in one document, repeats it everywhere else
// and looks for any part of it in all that any verb says.
func TestSecretsNowhere(t *testing.T) {
	clean := handofftest.ReleaseOf(t, handofftest.OpenVariants(t, handofftest.RigFiles(), "rig"))
	clean["providers/other.yaml"] = &fstest.MapFile{Data: []byte("a: 1\n")}
	for n, secret := range plantedSecrets {
		file := []string{"machine-profile.yaml", "runtime/anolis-runtime.yaml", "providers/heater.yaml"}[n%3]
		quoted, err := json.Marshal(secret) // which YAML reads, too
		if err != nil {
			t.Fatal(err)
		}
		plant := strings.NewReplacer("SECRET", string(quoted), "TEXT", string(quoted[1:len(quoted)-1])).Replace
		for place, text := range declared {
			files := fstest.MapFS{}
			for name, f := range clean {
				files[name] = &fstest.MapFile{Data: bytes.Clone(f.Data)}
			}
			for _, r := range repeated {
				if r[1] == "" && strings.Contains(r[0], "SECRET") {
					if !strings.ContainsAny(secret, `"\:`) {
						files[strings.ReplaceAll(r[0], "SECRET", secret)] = &fstest.MapFile{Data: []byte(plant(r[2]))}
					}
					continue
				}
				old := string(files[r[0]].Data)
				if r[1] != "" && strings.Count(old, r[1]) != 1 {
					t.Fatalf("%s has %q %d times", r[0], r[1], strings.Count(old, r[1]))
				}
				now := plant(r[2])
				if r[1] != "" {
					now = strings.Replace(old, r[1], now, 1)
				}
				files[r[0]] = &fstest.MapFile{Data: []byte(now)}
			}
			text := plant(text)
			files[file].Data = append([]byte(text), files[file].Data...)
			for verb, said := range saidOf(t, files, clean, text) {
				if part := partOf(secret, said); part > 0 {
					t.Errorf("%d bytes of the secret %d show in %s: declared as %s in %s", part, n, verb, place, file)
				}
			}
		}
	}
}

// partOf is the length of a part of a secret that a text shows, or 0.
func partOf(secret, text string) int {
	n := min(8, len(secret))
	for i := 0; i+n <= len(secret); i++ {
		if strings.Contains(text, secret[i:i+n]) {
			return n
		}
	}
	return 0
}

// saidOf is all that the verbs say of a package and of another version of it. The
// project has the same text on top of a document.
func saidOf(t *testing.T, files, other fstest.MapFS, text string) map[string]string {
	t.Helper()
	said := map[string]string{}
	type result interface {
		WriteText(w io.Writer, color bool) error
		WriteJSON(w io.Writer) error
	}
	say := func(verb string, r result, err error) {
		if err != nil { // the project cannot have every name
			said[verb] = err.Error()
			return
		}
		var out, object bytes.Buffer
		if err := errors.Join(r.WriteText(&out, true), r.WriteJSON(&object)); err != nil {
			t.Fatal(err)
		}
		said[verb] = out.String() + object.String() + decoded(t, object.Bytes())
	}
	ctx, p, q := t.Context(), handofftest.OpenFiles(t, files, true), handofftest.OpenFiles(t, other, true)
	s, err := handoff.Inspect(ctx, p)
	say("inspect", s, err)
	target := handofftest.ReadyMachine().Target("/opt/rig")
	ready, err := handoff.Preflight(ctx, p, target, preflight.Options{})
	say("preflight", ready, err)
	_, err = handoff.Preflight(ctx, p, target, preflight.Options{Profile: "another"})
	slots, slotsErr := inspect.Slots(ctx, p)
	said["profile"] = fmt.Sprint(err, slots, slotsErr)
	drift, err := handoff.Drift(ctx, p, other)
	say("drift from it", drift, err)
	drift, err = handoff.Drift(ctx, q, files)
	say("drift to it", drift, err)
	c, err := handoff.Diff(ctx, p, q)
	say("diff from it", c, err)
	c, err = handoff.Diff(ctx, q, p)
	say("diff to it", c, err)
	var markdown bytes.Buffer
	if err := c.WriteMarkdown(&markdown); err != nil {
		t.Fatal(err)
	}
	said["diff in Markdown"] = markdown.String()
	project := handofftest.RigFiles()
	project["heater.yaml"].Data = append([]byte(text), project["heater.yaml"].Data...)
	r, err := handoff.Reproduce(ctx, p, project, reproduce.Options{})
	say("reproduce", r, err)
	r, err = handoff.Reproduce(ctx, p, project, reproduce.Options{Options: exporter.Options{Name: "x"}, ManualOnly: true})
	say("reproduce as asked for", r, err)
	for _, verb := range []string{"inspect", "preflight", "drift from it", "drift to it", "diff from it", "diff to it", "reproduce as asked for"} {
		if !strings.Contains(said[verb], `"version":`) {
			t.Errorf("%s failed", verb)
		}
	}
	return said
}

// decoded is every text of a JSON value as it is.
func decoded(t *testing.T, data []byte) string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	var b strings.Builder
	for {
		token, err := d.Token()
		if err == io.EOF {
			return b.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := token.(string); ok {
			b.WriteString(text + "\n")
		}
	}
}
