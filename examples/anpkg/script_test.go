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
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

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
	text = strings.ReplaceAll(text, r.work, "$WORK")
	end := "\n"
	if !strings.HasSuffix(text, "\n") {
		text, end = text+`\ no newline at the end`, ""
	}
	return strings.Split(strings.TrimSuffix(text, end), "\n")
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
