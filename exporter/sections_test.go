package exporter_test

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/exporter"
)

// section is one file of a text that holds several.
type section struct {
	name string
	text []byte
}

// splitSections cuts a text at its lines "-- name --". What stands before the
// first one is the head.
func splitSections(text []byte) (head []byte, list []section) {
	at := &head
	for len(text) > 0 {
		line := text
		if i := bytes.IndexByte(text, '\n'); i >= 0 {
			line = text[:i+1]
		}
		text = text[len(line):]
		mark := bytes.TrimSuffix(line, []byte("\n"))
		if len(mark) > 6 && bytes.HasPrefix(mark, []byte("-- ")) && bytes.HasSuffix(mark, []byte(" --")) {
			list = append(list, section{name: string(mark[3 : len(mark)-3])})
			at = &list[len(list)-1].text
			continue
		}
		*at = append(*at, line...)
	}
	return head, list
}

// caseFile is a project, how to export it, and what the export has to say.
//
// The head holds settings, one "key: value" on a line, and comment lines that
// begin with #. The section want is the expectation, a section data:NAME is a
// file of the data root, and every other one a file of the project. The setting
// "base" adds the files of testdata/base that have no section of their own.
type caseFile struct {
	file    string
	text    []byte // before the want section
	project fstest.MapFS
	opts    exporter.Options
	want    string
}

func readCase(t testing.TB, file string) caseFile {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := caseFile{file: file, project: fstest.MapFS{}, opts: exporter.Options{Name: "rig-1"}}
	head, sections := splitSections(text)
	data := fstest.MapFS{}
	c.text = text
	if i := bytes.Index(text, []byte("-- want --\n")); i >= 0 {
		c.text = text[:i]
	}
	if err := c.settings(t, string(head)); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	for _, s := range sections {
		f := &fstest.MapFile{Data: s.text, Mode: 0o644}
		if name, ok := strings.CutPrefix(s.name, "data:"); ok {
			data[name] = f
			c.opts.DataRoot = data
		} else if s.name == "want" {
			c.want = string(s.text)
		} else {
			c.project[s.name] = f
		}
	}
	return c
}

func (c *caseFile) settings(t testing.TB, head string) error {
	for line := range strings.Lines(head) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, ok := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		var err error
		switch key {
		case "base":
			for name, f := range readBase(t, value) {
				c.project[name] = f
			}
		case "name":
			c.opts.Name, err = strconv.Unquote(value)
		case "variants":
			c.opts.Variants, err = exporter.ParseVariants(value)
		case "pin":
			component, version, _ := strings.Cut(value, "=")
			if c.opts.Pins == nil {
				c.opts.Pins = map[string]string{}
			}
			c.opts.Pins[component] = version
		case "with-includes":
			c.opts.WithIncludes = value == "true"
		case "allow-missing-variants":
			c.opts.AllowMissingVariants = value == "true"
		case "project-path":
			c.opts.ProjectPath = value
		case "limit-document":
			c.opts.Limits.Document, err = strconv.ParseInt(value, 10, 64)
		case "limit-documents":
			c.opts.Limits.Documents, err = strconv.ParseInt(value, 10, 64)
		default:
			ok = false
		}
		if err != nil || !ok {
			return fmt.Errorf("setting %q: %v", line, err)
		}
	}
	return nil
}

// readBase is one of the sound projects under testdata/base.
func readBase(t testing.TB, name string) fstest.MapFS {
	t.Helper()
	text, err := os.ReadFile("testdata/base/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	return mapFS(text)
}

// mapFS is the project of a text with sections.
func mapFS(text []byte) fstest.MapFS {
	fsys := fstest.MapFS{}
	_, sections := splitSections(text)
	for _, s := range sections {
		fsys[s.name] = &fstest.MapFile{Data: s.text, Mode: 0o644}
	}
	return fsys
}
