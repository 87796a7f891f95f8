package validator

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const checksDoc = "../docs/checks.md"

const checksIntro = `<!-- Made by "go generate" in validator from the texts of validator.Codes. Change those. -->

# What the validator checks

A package is **valid** if no check finds an error. A **warning** leaves it valid: it is something that a person should look at, and ` + "`anpkg validate --strict`" + ` refuses it too. Every problem has a code. Codes are stable: scripts may match them, and a code never changes its meaning.

A problem looks like this:

` + "```text" + `
machine-profile.yaml:2:17: error: /schema_version: must be 1, not 2 [profile-schema]
` + "```" + `

That is the file in the package, the line and the column (from 1, in characters), how bad it is, the place in the document as a [JSON Pointer](https://www.rfc-editor.org/rfc/rfc6901), what is wrong, and the code. What is about a file has no line, and what is about the archive has the name of the package in place of the file.

Nearly always the right place for a fix is **the project, not the package**: change the project and export again. A package that was changed by hand no longer matches its checksums.

The checks run in the order of this page. One that cannot run, because an earlier one found too much wrong or because nobody asked for it, is listed as skipped with its reason. A package with a skipped check is invalid if an error was the cause.

The same texts are in the help of each rule of a SARIF report. In Go, ` + "`validator.Codes()`" + ` has them.

`

// checkTexts says what each check does.
var checkTexts = map[string]string{
	"export":             "Reads a project and makes the package of it: `anpkg check` and `anpkg export`. Its problems are at their places in the project. It does not run on a package.",
	"archive":            "Reads the zip file itself, strictly: whatever two readers could read differently, and whatever is unsafe to unpack, is an error. Nothing of such an archive can be trusted. It does not run on a directory.",
	"structure":          "Looks for the files that every package has, and for entries that no package can have.",
	"checksums":          "Reads `meta/checksums.sha256` and compares it with every file of the package, in both directions.",
	"documents":          "Reads every YAML and JSON file. YAML is read as YAML 1.1, as the machine's tools do; a key that stands twice is an error.",
	"secrets":            "Looks for passwords, tokens and keys in every file, whatever its kind. No message ever shows what was found.",
	"profile-schema":     "Holds `machine-profile.yaml`, the manifest, against its JSON Schema.",
	"profile-references": "Follows every path in the manifest to a file of the package.",
	"runtime-schema":     "Holds the config of each runtime profile against its JSON Schema.",
	"runtime-rules":      "Applies the rules of the machine runtime that its schema cannot say. The runtime would refuse the config, or, for a warning, not do what it says.",
	"runtime-references": "Compares the configs of the runtime profiles with the manifest, and follows their paths.",
	"providers":          "Looks at the config file of each provider.",
	"behaviors":          "Reads the behavior trees as XML, without document types and entities, and looks for those that nothing uses.",
	"rehearsal":          "Rehearses the start of every runtime profile without the machine: what the tree loader, the providers and the runtime would say. See [rehearsal.md](rehearsal.md). What it finds are warnings, since the contract calls such a package valid. `--rehearsal=off` leaves it out.",
	"provenance":         "Holds `meta/provenance.json`, which says where the package comes from, against its JSON Schema.",
	"unreferenced":       "Looks for files that nothing refers to.",
	"reader-dependent":   "Looks for YAML values that are one thing for one reader and another for the next.",
	"replay":             "Unpacks the package and asks the machine runtime itself about each runtime profile. It runs when a runtime was named (`--runtime-bin`) and no other check found an error.",
}

// checkNames are all checks, in the order in which they run.
func checkNames() []string {
	list := []string{exportCheck, archiveCheck}
	for _, c := range allChecks() {
		list = append(list, c.name)
	}
	return list
}

var exampleForm = regexp.MustCompile(`^[^:].*: (error|warning|note): (?:/\S*: )?\S.* \[([a-z0-9-]+)\]$`)

// examples are lines of a report, by code.
func examples(t *testing.T) map[Code]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "examples.txt"))
	if err != nil {
		t.Fatal(err)
	}
	list := map[Code]string{}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		m := exampleForm.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("%q is no line of a report", line)
			continue
		}
		info, ok := Info(Code(m[2]))
		if !ok || string(info.Severity) != m[1] {
			t.Errorf("%q: there is no such code of that severity", line)
		}
		if list[info.Code] != "" {
			t.Errorf("%s has two examples", info.Code)
		}
		list[info.Code] = line
	}
	return list
}

func checksMarkdown(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(checksIntro)
	b.WriteString("| check | codes |\n| --- | --- |\n")
	byCheck := map[string][]CodeInfo{}
	for _, info := range Codes() {
		byCheck[info.Check] = append(byCheck[info.Check], info)
	}
	for _, check := range checkNames() {
		var links []string
		for _, info := range byCheck[check] {
			links = append(links, fmt.Sprintf("[%s](#%s)", info.Code, info.Code))
		}
		fmt.Fprintf(&b, "| [%s](#check-%s) | %s |\n", check, check, strings.Join(links, ", "))
	}
	shown := examples(t)
	for _, check := range checkNames() {
		fmt.Fprintf(&b, "\n## Check: %s\n\n%s\n", check, checkTexts[check])
		for _, info := range byCheck[check] {
			fmt.Fprintf(&b, "\n### %s\n\n", info.Code)
			fmt.Fprintf(&b, "%s (%s, found by the check %s).\n\n", strings.TrimSuffix(info.Title, "."), info.Severity, info.Check)
			fmt.Fprintf(&b, "- **Why it matters:** %s\n- **How to fix it:** %s\n\n", info.Why, info.Fix)
			fmt.Fprintf(&b, "```text\n%s\n```\n", shown[info.Code])
		}
	}
	return b.String()
}

func TestChecksDocIsCurrent(t *testing.T) {
	want := checksMarkdown(t)
	if *update {
		if err := os.WriteFile(checksDoc, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(checksDoc)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("run go generate in validator (-generated +committed):\n%s", diff)
	}
}

func TestEveryCodeHasAnExample(t *testing.T) {
	shown := examples(t)
	for _, info := range Codes() {
		if shown[info.Code] == "" {
			t.Errorf("testdata/examples.txt has no line for %s", info.Code)
		}
	}
}

var kebab = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

func TestEveryCodeIsExplained(t *testing.T) {
	known := map[string]bool{}
	for _, name := range checkNames() {
		known[name] = true
		if checkTexts[name] == "" {
			t.Errorf("nothing says what the check %s does", name)
		}
	}
	if len(checkTexts) != len(known) {
		t.Error("there are texts of checks that do not exist")
	}
	seen := map[Code]bool{}
	for _, info := range Codes() {
		switch {
		case seen[info.Code]:
			t.Errorf("%s is there twice", info.Code)
		case !kebab.MatchString(string(info.Code)):
			t.Errorf("%s is not in kebab-case", info.Code)
		case !known[info.Check]:
			t.Errorf("%s is of the unknown check %q", info.Code, info.Check)
		case info.Severity != Error && info.Severity != Warning && info.Severity != Note:
			t.Errorf("%s has the severity %q", info.Code, info.Severity)
		}
		seen[info.Code] = true
		for what, text := range map[string]string{"title": info.Title, "reason": info.Why, "fix": info.Fix} {
			if strings.TrimSpace(text) != text || len(text) < 8 || strings.ContainsAny(text, "\n<>") {
				t.Errorf("%s has the %s %q", info.Code, what, text)
			}
		}
		if strings.HasSuffix(info.Title, ".") || !strings.HasSuffix(info.Why, ".") || !strings.HasSuffix(info.Fix, ".") {
			t.Errorf("%s: a title ends without a full stop, the other texts end with one", info.Code)
		}
	}
	if len(seen) < 60 {
		t.Errorf("only %d codes", len(seen))
	}
}

// TestEveryCodeIsListed reads the source: a constant of type Code that Codes does
// not know would be reported without a severity.
func TestEveryCodeIsListed(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	constants := 0
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != "Code" {
				return true
			}
			for i, value := range spec.Values {
				literal, ok := value.(*ast.BasicLit)
				if !ok {
					continue
				}
				constants++
				code, err := strconv.Unquote(literal.Value)
				if _, listed := Info(Code(code)); err != nil || !listed {
					t.Errorf("%s: %s is not in Codes", name, spec.Names[i].Name)
				}
			}
			return true
		})
	}
	if constants < 20 {
		t.Errorf("found only %d constants", constants)
	}
}
