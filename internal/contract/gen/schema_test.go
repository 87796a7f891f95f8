package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"
)

func TestCommittedSchemaIsGenerated(t *testing.T) {
	var files []string
	for _, d := range documents() {
		files = append(files, filepath.Join("..", d.file()))
		want, err := d.generate("..")
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", d.file()))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s: run go generate in internal/contract (-generated +committed):\n%s", d.name, diff)
		}
	}
	committed, err := filepath.Glob("../*.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(files, committed); diff != "" {
		t.Errorf("schemas (-generated +committed):\n%s", diff)
	}
}

func TestGenerateRefusesUnknownTags(t *testing.T) {
	for name, root := range map[string]any{
		"unknown": struct {
			A string `json:"a" jsonschema:"minLenght=1"`
		}{},
		"of another type": struct {
			A []string `json:"a" jsonschema:"minProperties=1"`
		}{},
		"no number": struct {
			A map[string]string `json:"a" jsonschema:"minProperties=few"`
		}{},
		"below": struct {
			A map[string][]struct {
				B int `json:"b" jsonschema:"minLength=1"`
			} `json:"a"`
		}{},
		"without a name": struct {
			A string `json:"-"`
		}{},
	} {
		if out, err := (document{name: "test", root: root}).generate(".."); err == nil {
			t.Errorf("%s: made %s", name, out)
		}
	}
}

func TestDescriptions(t *testing.T) {
	comments, err := fieldComments("..")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Profile.MachineID": "Names the machine in file names and on the network.",
		"Release.Repo":      "The repository, as owner/name.",
	} {
		if comments[name] != want {
			t.Errorf("%s is %q, want %q", name, comments[name], want)
		}
	}
}

func TestEveryFieldIsDescribed(t *testing.T) {
	var fields int
	var walk func(path string, s *jsonschema.Schema)
	walk = func(path string, s *jsonschema.Schema) {
		if s == nil || s.Type == "" {
			return
		}
		walk(path+".*", s.AdditionalProperties)
		walk(path+"[]", s.Items)
		if s.Properties == nil {
			return
		}
		for p := s.Properties.Oldest(); p != nil; p = p.Next() {
			fields++
			if path == "runtime-config.runtime" && p.Key == "mode" {
				continue // there to be refused
			}
			if d := p.Value.Description; !strings.HasSuffix(d, ".") {
				t.Errorf("%s.%s is described as %q", path, p.Key, d)
			}
			walk(path+"."+p.Key, p.Value)
		}
	}
	for _, d := range documents() {
		data, err := d.generate("..")
		if err != nil {
			t.Fatal(err)
		}
		var s jsonschema.Schema
		if err := s.UnmarshalJSON(data); err != nil {
			t.Fatal(err)
		}
		walk(d.name, &s)
	}
	if fields < 100 {
		t.Errorf("only %d fields", fields)
	}
}

func TestApplyTagKnowsNoOtherKind(t *testing.T) {
	if err := applyTag(&jsonschema.Schema{}, reflect.Bool, "const", "true"); err == nil {
		t.Error("applied")
	}
}
