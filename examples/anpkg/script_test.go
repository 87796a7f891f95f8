package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"
)

var update = flag.Bool("update", false, "write what the scripts in testdata/script should expect")

// TestScripts runs each script of testdata/script in a directory of its own.
// See parseScript for what a script is, and scriptCommands for its commands.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/script/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d scripts, %v", len(files), err)
	}
	projects, err := filepath.Abs("../projects")
	if err != nil {
		t.Fatal(err)
	}
	source, err := filepath.Abs(standinSource)
	if err != nil {
		t.Fatal(err)
	}
	standin := sync.OnceValue(func() string { return build(t, "standin", source) })
	for _, file := range files {
		if strings.HasSuffix(file, "_unix.txt") && runtime.GOOS == "windows" {
			continue // its file names cannot be there
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			path, err := filepath.Abs(file)
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			script, err := parseScript(string(text))
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			r := &runner{t: t, file: file, projects: projects, work: t.TempDir(), standin: standin}
			r.run(script)
			if *update {
				if err := os.WriteFile(path, []byte(script.String()), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

type runner struct {
	t        *testing.T
	file     string
	projects string
	work     string
	standin  func() string // the path of a stand-in for a machine runtime
}

func (r *runner) run(s *script) {
	r.t.Chdir(r.work)
	r.t.Setenv("SSH_AUTH_SOCK", "")
	r.t.Setenv("ANOLIS_DATA_DIR", "")
	for _, f := range s.files {
		r.must(0, writeNew(f.name, f.text))
	}
	for _, step := range s.steps {
		switch {
		case len(step.args) == 0: // a comment
		case !step.checked:
			command, ok := scriptCommands[step.args[0]]
			if !ok {
				r.t.Fatalf("%s:%d: there is no command %s", r.file, step.line, step.args[0])
			}
			r.must(step.line, command(r, r.expand(step.args[1:])))
		default:
			r.check(step)
		}
	}
}

func (r *runner) must(line int, err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatalf("%s:%d: %v", r.file, line, err)
	}
}

func (r *runner) expand(args []string) []string {
	args = slices.Clone(args)
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "$WORK", r.work)
		if strings.Contains(args[i], "$STANDIN") {
			args[i] = strings.ReplaceAll(args[i], "$STANDIN", r.standin())
		}
	}
	return args
}

// check runs anpkg and compares all it does with what the script says.
func (r *runner) check(s *step) {
	if s.args[0] != "anpkg" {
		r.t.Fatalf("%s:%d: only anpkg can be run", r.file, s.line)
	}
	var stdout, stderr bytes.Buffer
	std := streams{noInput{}, &stdout, &stderr}
	args, input, output := redirections(r.expand(s.args[1:]))
	if input != "" {
		f, err := os.Open(input)
		r.must(s.line, err)
		defer f.Close()
		std.in = f
	}
	code := run(context.Background(), args, std)
	if output != "" {
		r.must(s.line, os.WriteFile(output, stdout.Bytes(), 0o666))
		stdout.Reset()
	}
	got := result{code, r.lines(stdout.String()), r.lines(stderr.String())}
	if *update {
		s.want = s.want.updated(got)
		return
	}
	if diff := s.want.diff(got); diff != "" {
		r.t.Errorf("%s:%d: $ %s\n%s", r.file, s.line, s.text, diff)
	}
}

// redirections takes "< FILE" and "> FILE" from the end of a command line.
func redirections(args []string) (rest []string, input, output string) {
	for len(args) >= 2 {
		name := args[len(args)-1]
		switch args[len(args)-2] {
		case "<":
			input = name
		case ">":
			output = name
		default:
			return args, input, output
		}
		args = args[:len(args)-2]
	}
	return args, input, output
}

// lines splits an output and makes the directory of the test a fixed one.
func (r *runner) lines(text string) []string {
	if text == "" {
		return nil
	}
	text = maskVersion(strings.ReplaceAll(text, r.work, "$WORK"))
	end := "\n"
	if !strings.HasSuffix(text, "\n") {
		text, end = text+`\ no newline at the end`, ""
	}
	return strings.Split(strings.TrimSuffix(text, end), "\n")
}

// maskVersion makes the version of the program a fixed one in JSON and SARIF.
func maskVersion(text string) string {
	text = strings.ReplaceAll(text, `"toolVersion":"`+toolVersion()+`"`, `"toolVersion":"$VERSION"`)
	return strings.ReplaceAll(text, `"version": "`+toolVersion()+`"`, `"version": "$VERSION"`)
}

// scriptCommands prepare projects and look at files.
var scriptCommands = map[string]func(r *runner, args []string) error{
	// project EXAMPLE DIR copies an example project.
	"project": func(r *runner, args []string) error {
		return os.CopyFS(args[1], os.DirFS(filepath.Join(r.projects, args[0])))
	},
	// sshkey SEED FILE makes an Ed25519 key, FILE and FILE.pub, always the same for a
	// seed of one character.
	"sshkey": func(r *runner, args []string) error {
		private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte(args[0]), ed25519.SeedSize))
		block, err := ssh.MarshalPrivateKey(private, "")
		if err != nil {
			return err
		}
		public, err := ssh.NewPublicKey(private.Public())
		if err != nil {
			return err
		}
		if err := writeNew(args[1], string(pem.EncodeToMemory(block))); err != nil {
			return err
		}
		return writeNew(args[1]+".pub", string(ssh.MarshalAuthorizedKey(public)))
	},
	// allow FILE KEY WORDS... appends a line to a list of allowed signers.
	"allow": func(r *runner, args []string) error {
		public, err := os.ReadFile(args[1] + ".pub")
		if err != nil {
			return err
		}
		list, err := os.ReadFile(args[0])
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return os.WriteFile(args[0], []byte(string(list)+strings.Join(args[2:], " ")+" "+string(public)), 0o666)
	},
	// mkdir DIR...
	"mkdir": func(r *runner, args []string) error {
		for _, dir := range args {
			if err := os.MkdirAll(dir, 0o777); err != nil {
				return err
			}
		}
		return nil
	},
	// unpack PACKAGE DIR
	"unpack": func(r *runner, args []string) error {
		z, err := zip.OpenReader(args[0])
		if err != nil {
			return err
		}
		defer z.Close()
		return os.CopyFS(args[1], z)
	},
	// repack DIR PACKAGE makes an archive with another tool. Nothing is compressed,
	// which could come out differently with another version of Go.
	"repack": func(r *runner, args []string) error {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		files := os.DirFS(args[0])
		err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(files, name)
			if err != nil {
				return err
			}
			w, err := z.CreateHeader(&zip.FileHeader{Name: name})
			if err != nil {
				return err
			}
			_, err = w.Write(data)
			return err
		})
		return errors.Join(err, z.Close(), writeNew(args[1], b.String()))
	},
	// cut FILE SIZE keeps the first bytes of a file.
	"cut": func(r *runner, args []string) error {
		size, err := strconv.ParseInt(args[1], 10, 64)
		if err != nil {
			return err
		}
		return os.Truncate(args[0], size)
	},
	// symlink TARGET NAME
	"symlink": func(r *runner, args []string) error { return os.Symlink(args[0], args[1]) },
	// rm FILE...
	"rm": func(r *runner, args []string) error {
		for _, name := range args {
			if _, err := os.Lstat(name); err != nil {
				return err
			}
			if err := os.RemoveAll(name); err != nil {
				return err
			}
		}
		return nil
	},
	// cd DIR
	"cd": func(r *runner, args []string) error {
		r.t.Chdir(args[0])
		return nil
	},
	// write FILE TEXT
	"write": func(r *runner, args []string) error { return writeNew(args[0], args[1]) },
	// replace FILE OLD NEW changes the one place where OLD stands.
	"replace": func(r *runner, args []string) error {
		text, err := os.ReadFile(args[0])
		if err != nil {
			return err
		}
		if n := strings.Count(string(text), args[1]); n != 1 {
			return fmt.Errorf("%q is %d times in %s", args[1], n, args[0])
		}
		return os.WriteFile(args[0], []byte(strings.Replace(string(text), args[1], args[2], 1)), 0o666)
	},
	// has FILE TEXT looks for a text in a file.
	"has": func(r *runner, args []string) error {
		text, err := os.ReadFile(args[0])
		if err == nil && !strings.Contains(string(text), args[1]) {
			err = fmt.Errorf("%q is not in %s", args[1], args[0])
		}
		return err
	},
	// same FILE FILE compares two files, whether they are equal.
	"same": func(r *runner, args []string) error {
		a, b, err := readTwo(args[0], args[1])
		if err == nil && !bytes.Equal(a, b) {
			err = fmt.Errorf("%s and %s differ", args[0], args[1])
		}
		return err
	},
	// differ FILE FILE is the opposite of same.
	"differ": func(r *runner, args []string) error {
		a, b, err := readTwo(args[0], args[1])
		if err == nil && bytes.Equal(a, b) {
			err = fmt.Errorf("%s and %s are the same", args[0], args[1])
		}
		return err
	},
	// ls DIR NAME... wants exactly these names in a directory.
	"ls": func(r *runner, args []string) error {
		entries, err := os.ReadDir(args[0])
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		if err == nil && !slices.Equal(names, args[1:]) {
			err = fmt.Errorf("%s has %q, want %q", args[0], names, args[1:])
		}
		return err
	},
}

func writeNew(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fs.FileMode(0o666))
	if err != nil {
		return err
	}
	if _, err := f.WriteString(text); err != nil {
		return err
	}
	return f.Close()
}

func readTwo(a, b string) (x, y []byte, err error) {
	if x, err = os.ReadFile(a); err == nil {
		y, err = os.ReadFile(b)
	}
	return x, y, err
}

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
