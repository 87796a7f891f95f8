package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// script is a parsed file of testdata/script.
type script struct {
	steps []*step
	files []scriptFile
	tail  string // the files, as they are written
}

type scriptFile struct{ name, text string }

// step is a line of a script, and what is expected of it if it runs anpkg.
type step struct {
	line    int
	text    string   // without the "$ "
	args    []string // empty for a comment
	checked bool     // began with "$ "
	want    result
}

// result is what a run of anpkg does. In an expectation a line can be a
// pattern: it then begins with patternMark.
type result struct {
	code           int
	stdout, stderr []string
}

const patternMark = "\x00~"

// parseScript reads a script, a text of lines:
//
//	# a comment
//	project sim-quickstart rig    a command of scriptCommands
//	$ anpkg export rig            runs anpkg; at the end can be < FILE and > FILE
//	1| rig.anpkg                  the next line of its standard output
//	2| note: ...                  the next line of its standard error
//	1~ [a-z]+                     the same, as a regular expression for the line
//	? 1                           its exit code, if it is not 0
//
// Arguments are separated by spaces; one in double quotes is as in Go, one in
// single quotes is what stands between them. From a line "-- FILE --" on follow
// files to create at the start.
func parseScript(text string) (*script, error) {
	s := &script{}
	var last *step
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		line = strings.TrimSuffix(line, "\n")
		if fileName(line) != "" {
			s.addFiles(lines[i:])
			break
		}
		mark, rest, _ := strings.Cut(line, " ")
		if output, ok := map[string]bool{"1|": true, "2|": true, "1~": true, "2~": true, "?": true}[mark]; ok && output {
			if last == nil {
				return nil, fmt.Errorf("line %d: no anpkg before this", i+1)
			}
			if err := last.want.add(mark, rest); err != nil {
				return nil, fmt.Errorf("line %d: %v", i+1, err)
			}
			continue
		}
		st := &step{line: i + 1, text: line}
		if i == len(lines)-1 && line == "" {
			break
		}
		if mark == "$" {
			st.checked, st.text = true, rest
			last = st
		}
		var err error
		if !strings.HasPrefix(line, "#") {
			if st.args, err = splitArgs(st.text); err != nil {
				return nil, fmt.Errorf("line %d: %v", i+1, err)
			}
		}
		s.steps = append(s.steps, st)
	}
	return s, nil
}

func fileName(line string) string {
	name, ok := strings.CutPrefix(line, "-- ")
	if !ok {
		return ""
	}
	name, ok = strings.CutSuffix(name, " --")
	if !ok {
		return ""
	}
	return name
}

func (s *script) addFiles(lines []string) {
	s.tail = strings.Join(lines, "")
	for _, line := range lines {
		if name := fileName(strings.TrimSuffix(line, "\n")); name != "" {
			s.files = append(s.files, scriptFile{name: name})
			continue
		}
		s.files[len(s.files)-1].text += line
	}
}

func (w *result) add(mark, rest string) error {
	var err error
	switch mark {
	case "1|":
		w.stdout = append(w.stdout, rest)
	case "2|":
		w.stderr = append(w.stderr, rest)
	case "1~", "2~":
		_, err = regexp.Compile(rest)
		if mark == "1~" {
			w.stdout = append(w.stdout, patternMark+rest)
		} else {
			w.stderr = append(w.stderr, patternMark+rest)
		}
	case "?":
		w.code, err = strconv.Atoi(rest)
	}
	return err
}

// splitArgs splits a command line as parseScript says.
func splitArgs(text string) ([]string, error) {
	var args []string
	for text = strings.TrimLeft(text, " "); text != ""; text = strings.TrimLeft(text, " ") {
		var arg string
		switch text[0] {
		case '"':
			quoted, err := strconv.QuotedPrefix(text)
			if err != nil {
				return nil, fmt.Errorf("%s: %v", text, err)
			}
			if arg, err = strconv.Unquote(quoted); err != nil {
				return nil, fmt.Errorf("%s: %v", quoted, err)
			}
			text = text[len(quoted):]
		case '\'':
			end := strings.IndexByte(text[1:], '\'')
			if end < 0 {
				return nil, fmt.Errorf("%s: no closing quote", text)
			}
			arg, text = text[1:1+end], text[end+2:]
		default:
			arg, text, _ = strings.Cut(text, " ")
			args = append(args, arg)
			continue
		}
		if text != "" && text[0] != ' ' {
			return nil, fmt.Errorf("%s: no space after a quote", text)
		}
		args = append(args, arg)
	}
	return args, nil
}

// String is the script as parseScript reads it.
func (s *script) String() string {
	var b strings.Builder
	for _, st := range s.steps {
		if !st.checked {
			b.WriteString(st.text + "\n")
			continue
		}
		b.WriteString("$ " + st.text + "\n")
		write := func(stream string, lines []string) {
			for _, line := range lines {
				mark := "| "
				if pattern, ok := strings.CutPrefix(line, patternMark); ok {
					mark, line = "~ ", pattern
				}
				b.WriteString(strings.TrimRight(stream+mark+line, " ") + "\n")
			}
		}
		write("1", st.want.stdout)
		write("2", st.want.stderr)
		if st.want.code != 0 {
			fmt.Fprintf(&b, "? %d\n", st.want.code)
		}
	}
	return b.String() + s.tail
}

// diff tells how got differs from what w wants, or "".
func (w result) diff(got result) string {
	return cmp.Diff(w.updated(got).comparable(), w.comparable())
}

func (w result) comparable() map[string]any {
	return map[string]any{"exit code": w.code, "stdout": w.stdout, "stderr": w.stderr}
}

// updated is got, but for the lines that a pattern of w in their place matches.
func (w result) updated(got result) result {
	keep := func(want, got []string) []string {
		var lines []string
		for i, line := range got {
			if i < len(want) {
				if pattern, ok := strings.CutPrefix(want[i], patternMark); ok && regexp.MustCompile(`^(?:`+pattern+`)$`).MatchString(line) {
					line = want[i]
				}
			}
			lines = append(lines, strings.TrimRight(line, " "))
		}
		return lines
	}
	return result{got.code, keep(w.stdout, got.stdout), keep(w.stderr, got.stderr)}
}

// TestScriptFormat proves that the runner itself notices a difference.
func TestScriptFormat(t *testing.T) {
	const text = "# about\nproject a 'b c'\n\n$ anpkg export \"x\\n\"\n1| out\n1|\n2~ a+\n? 1\n-- f --\nl1\n-- g --\n"
	s, err := parseScript(text)
	if err != nil || s.String() != text {
		t.Fatalf("read and written again: %q, %v", s, err)
	}
	if diff := cmp.Diff(s.files, []scriptFile{{"f", "l1\n"}, {"g", ""}}, cmp.AllowUnexported(scriptFile{})); diff != "" {
		t.Error(diff)
	}
	run := s.steps[3]
	if diff := cmp.Diff(append(s.steps[1].args, run.args...), []string{"project", "a", "b c", "anpkg", "export", "x\n"}); diff != "" {
		t.Error(diff)
	}
	good := result{1, []string{"out", ""}, []string{"aaa"}}
	if diff := run.want.diff(good); diff != "" {
		t.Errorf("the same is different:\n%s", diff)
	}
	for _, bad := range []result{
		{0, []string{"out", ""}, []string{"aaa"}},
		{1, []string{"out"}, []string{"aaa"}},
		{1, []string{"out", "", ""}, []string{"aaa"}},
		{1, []string{"Out", ""}, []string{"aaa"}},
		{1, []string{"out", ""}, []string{"aab"}},
		{1, []string{"out", ""}, nil},
		{1, []string{"aaa"}, []string{"out", ""}},
	} {
		if run.want.diff(bad) == "" {
			t.Errorf("%v is taken for what is wanted", bad)
		}
	}
	for _, wrong := range []string{"1| x\n", "$ anpkg 'x\n", "$ anpkg \"x\n", "$ anpkg 'x'y\n", "$ anpkg\n? x\n", "$ anpkg\n1~ (\n"} {
		if _, err := parseScript(wrong); err == nil {
			t.Errorf("%q was read", wrong)
		}
	}
}
