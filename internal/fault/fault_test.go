package fault_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/internal/strictjson"
)

func at(code fault.Code, file string, line, column int, path doc.Path, msg string) fault.Fault {
	return fault.Fault{Severity: fault.Error, Code: code, File: file, Pos: doc.Pos{Line: line, Column: column}, Msg: msg}.In(path)
}

// TestSorted shuffles faults and expects one order, and each of them once.
func TestSorted(t *testing.T) {
	want := []fault.Fault{
		at(fault.Option, "", 0, 0, nil, "a"),
		at(fault.Option, "", 0, 0, nil, "b"),
		at(fault.MissingFile, "a.yaml", 0, 0, nil, "m"),
		at(fault.Structure, "a.yaml", 2, 1, doc.Path{"a"}, "m"),
		at(fault.Structure, "a.yaml", 2, 1, doc.Path{"b"}, "m"),
		at(fault.Secret, "a.yaml", 2, 10, nil, "m"),
		at(fault.Structure, "a.yaml", 2, 10, nil, "m"),
		at(fault.Structure, "a.yaml", 10, 1, nil, "m"),
		at(fault.Structure, "b.yaml", 1, 1, nil, "m"),
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		var list fault.List
		for range 2 {
			for _, i := range random.Perm(len(want)) {
				list.Add(want[i])
			}
		}
		if list.Errors() != 2*len(want) {
			t.Fatalf("%d errors", list.Errors())
		}
		if diff := cmp.Diff(want, list.Sorted()); diff != "" {
			t.Fatalf("want -, got +\n%s", diff)
		}
	}
}

func TestSortedKeepsTheList(t *testing.T) {
	var list fault.List
	if list.Errors() != 0 || len(list.Sorted()) != 0 {
		t.Error("an empty list has faults")
	}
	list.At(fault.Structure, "b", nil, nil, "second")
	list.At(fault.Structure, "a", &doc.Node{Pos: doc.Pos{Line: 2, Column: 3}}, doc.Path{"x", 0}, "first")
	for range 2 {
		want := []fault.Fault{
			{Severity: fault.Error, Code: fault.Structure, File: "a", Pos: doc.Pos{Line: 2, Column: 3}, Pointer: "/x/0", Msg: "first"},
			{Severity: fault.Error, Code: fault.Structure, File: "b", Msg: "second"},
		}
		if diff := cmp.Diff(want, list.Sorted()); diff != "" {
			t.Errorf("want -, got +\n%s", diff)
		}
	}
}

// TestDocument turns what the readers say into faults, one for each.
func TestDocument(t *testing.T) {
	_, yamlDuplicates := canonyaml.Read([]byte("a: 1\nb: {c: 1, c: 2}\na: 2\n"))
	_, yamlSyntax := canonyaml.Read([]byte("a: [\n"))
	_, jsonDuplicates := strictjson.Read([]byte("{\"a\": [{\"b\": 1, \"b\": 2}],\n \"a\": 1}"))
	_, jsonEmpty := strictjson.Read(nil)
	for _, test := range []struct {
		name string
		err  error
		want []fault.Fault
	}{
		{"yaml duplicates", yamlDuplicates, []fault.Fault{
			at(fault.DuplicateKey, "f", 2, 11, doc.Path{"b", "c"}, `duplicate key "c" (first at line 2, column 5)`),
			at(fault.DuplicateKey, "f", 3, 1, doc.Path{"a"}, `duplicate key "a" (first at line 1, column 1)`),
		}},
		{"json duplicates", jsonDuplicates, []fault.Fault{
			at(fault.DuplicateKey, "f", 1, 17, doc.Path{"a", 0}, `duplicate key "b" (first at line 1, column 9)`),
			at(fault.DuplicateKey, "f", 2, 2, nil, `duplicate key "a" (first at line 1, column 2)`),
		}},
		{"json empty", jsonEmpty, []fault.Fault{at(fault.JSONSyntax, "f", 1, 1, nil, "expected a value, found the end of the text")}},
		{"joined with a foreign error", errors.Join(fs.ErrInvalid, &canonyaml.Error{Msg: "deep", Err: canonyaml.ErrLimit}), []fault.Fault{
			{Severity: fault.Error, Code: fault.Limit, File: "f", Msg: "deep"},
			{Severity: fault.Error, Code: fault.JSONSyntax, File: "f", Msg: fs.ErrInvalid.Error()},
		}},
		{"json limit", fmt.Errorf("wrapped: %w", &strictjson.Error{Msg: "deep", Err: strictjson.ErrLimit}), []fault.Fault{
			{Severity: fault.Error, Code: fault.Limit, File: "f", Msg: "deep"},
		}},
	} {
		var list fault.List
		list.Document("f", fault.JSONSyntax, test.err)
		got := list.Sorted()
		for i := range got {
			if got[i].Err == nil || !errors.Is(test.err, got[i].Err) {
				t.Errorf("%s: cause %v is not of %v", test.name, got[i].Err, test.err)
			}
			got[i].Err = nil
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: want -, got +\n%s", test.name, diff)
		}
	}

	var list fault.List
	list.Document("f", fault.YAMLSyntax, yamlSyntax)
	if got := list.Sorted(); len(got) != 1 || got[0].Code != fault.YAMLSyntax || got[0].Pos.IsZero() {
		t.Errorf("syntax error %v becomes %v", yamlSyntax, got)
	}
}

// TestUnpackaged makes notes of duplicate keys, and of nothing else.
func TestUnpackaged(t *testing.T) {
	var found, list fault.List
	_, err := canonyaml.Read([]byte("a: 1\na: 2\n"))
	found.Document("unused.yaml", fault.YAMLSyntax, err)
	found.At(fault.Structure, "other.yaml", nil, nil, "must be a mapping")
	found.Note(fault.UnusedProvider, "p", nil, nil, "is not in the package")
	list.Unpackaged(&found)
	got := map[fault.Code]fault.Severity{}
	for _, f := range list.Sorted() {
		got[f.Code] = f.Severity
	}
	want := map[fault.Code]fault.Severity{fault.DuplicateKey: fault.Note, fault.Structure: fault.Error, fault.UnusedProvider: fault.Note}
	if diff := cmp.Diff(want, got); diff != "" || list.Errors() != 1 {
		t.Errorf("%d errors; want -, got +\n%s", list.Errors(), diff)
	}
}

// TestMost bounds what a hostile project can make a list hold.
func TestMost(t *testing.T) {
	var list fault.List
	for i := range 5000 {
		list.At(fault.Structure, "a.yaml", &doc.Node{Pos: doc.Pos{Line: i + 1, Column: 1}}, nil, "m")
		list.Note(fault.Structure, "a.yaml", nil, doc.Path{i}, "m")
	}
	sorted := list.Sorted()
	if len(sorted) != 2*1001 || list.Errors() != 5000 {
		t.Fatalf("%d faults, %d errors", len(sorted), list.Errors())
	}
	if f := sorted[0]; f.File != "" || f.Severity != fault.Error || f.Msg != "4000 more problems of this kind are not listed" {
		t.Errorf("first %+v", f)
	}
}
