package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// fieldComments maps Type.Field, and Type. for the type itself, to the text of
// its comment on one line, without the Go name it starts with: a person who
// edits YAML never sees that name.
func fieldComments(dir string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	comments := map[string]string{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		for _, decl := range f.Decls {
			if d, ok := decl.(*ast.GenDecl); ok && len(d.Specs) == 1 {
				addComments(comments, d)
			}
		}
	}
	return comments, nil
}

func addComments(comments map[string]string, d *ast.GenDecl) {
	spec, ok := d.Specs[0].(*ast.TypeSpec)
	if !ok {
		return
	}
	name := spec.Name.Name
	comments[name+"."] = sentence(d.Doc.Text(), name)
	s, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, field := range s.Fields.List {
		for _, id := range field.Names {
			comments[name+"."+id.Name] = sentence(field.Doc.Text(), id.Name)
		}
	}
}

// sentence turns "Name is the text." into "The text.", and any other verb into
// the start of the description.
func sentence(comment, name string) string {
	text := strings.Join(strings.Fields(comment), " ")
	text = strings.TrimPrefix(text, name+" ")
	text = strings.TrimPrefix(text, "is ")
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
