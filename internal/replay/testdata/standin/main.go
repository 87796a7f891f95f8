// Command standin takes the place of a machine runtime in tests. It has the
// command line of the real one, and finds what to do in the config:
//
//	runtime: {name: bench}
//	# standin: accept
//
// A config may have several such lines; each names an action and its argument.
// Without any the answer is "accept".
package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == "child" {
		hold(os.Args[2])
		return
	}
	if len(os.Args) != 3 || os.Args[1] != "--check-config" {
		refuse("usage: --check-config PATH")
	}
	config, err := os.ReadFile(os.Args[2])
	if err != nil {
		refuse("Config file not found: " + os.Args[2])
	}
	fmt.Fprintln(os.Stderr, "[WARN] this is a stand-in")
	for line := range strings.Lines(string(config)) {
		if action, ok := strings.CutPrefix(strings.TrimSpace(line), "# standin: "); ok {
			verb, arg, _ := strings.Cut(action, " ")
			do(verb, arg)
		}
	}
	accept()
}

func accept() {
	fmt.Println("Config valid: bench, 0 provider(s), port 8080")
	os.Exit(0)
}

func refuse(message string) {
	fmt.Fprintln(os.Stderr, "ERROR: "+message)
	os.Exit(1)
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "standin:", err)
		os.Exit(99)
	}
}

func do(verb, arg string) {
	switch verb {
	case "accept":
		accept()
	case "refuse":
		refuse(arg)
	case "exit":
		code, err := strconv.Atoi(arg)
		must(err)
		os.Exit(code)
	case "hang":
		time.Sleep(time.Hour)
	case "ignore": // the polite signals
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	case "kill":
		self, err := os.FindProcess(os.Getpid())
		must(err)
		must(self.Signal(os.Kill))
		time.Sleep(time.Hour)
	case "await": // the test
		io.Copy(io.Discard, dial(arg))
	case "child", "runaway":
		child := exec.Command(os.Args[0], "child", arg)
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		if verb == "runaway" {
			leave(child)
		}
		must(child.Start())
	case "flood": // MiB to both outputs
		mib, err := strconv.Atoi(arg)
		must(err)
		block := bytes.Repeat([]byte("0123456789abcde\n"), 1<<16)
		for range mib {
			os.Stdout.Write(block)
			os.Stderr.Write(block)
		}
	case "stdout", "stderr": // a Go string literal
		text, err := strconv.Unquote(arg)
		must(err)
		if verb == "stdout" {
			os.Stdout.WriteString(text)
		} else {
			os.Stderr.WriteString(text)
		}
	case "env":
		for _, v := range os.Environ() {
			fmt.Println(v)
		}
	case "where":
		dir, err := os.Getwd()
		must(err)
		fmt.Println(dir)
		fmt.Println(filepath.Join(os.TempDir(), "x"))
		fmt.Println(filepath.Base(filepath.Dir(dir)))
	case "stdin":
		n, err := io.Copy(io.Discard, os.Stdin)
		must(err)
		fmt.Println("stdin:", n)
	case "list":
		must(fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				fmt.Println(name)
				return err
			}
			data, err := os.ReadFile(name)
			fmt.Printf("%s %x\n", name, sha256.Sum256(data))
			return err
		}))
	case "spoil": // everything that a clean directory must not show later
		must(os.WriteFile("new-file", []byte("x"), 0o644))
		must(os.MkdirAll("new-dir/sub", 0o755))
		must(os.WriteFile("machine-profile.yaml", []byte("changed"), 0o644))
		must(os.RemoveAll("providers"))
		must(os.WriteFile(filepath.Join(os.TempDir(), "left-behind"), []byte("x"), 0o600))
	case "lock": // directories that nobody can enter or change
		must(os.MkdirAll("locked/sub", 0o755))
		must(os.WriteFile("locked/sub/file", nil, 0o400))
		must(os.Chmod("locked/sub", 0))
		must(os.Chmod("locked", 0o500))
		must(os.Chmod("runtime", 0o500))
		must(os.Chmod("..", 0o500))
		must(os.Chmod(".", 0))
	default:
		must(fmt.Errorf("unknown action %q", verb))
	}
}

// dial connects to the test; the connection ends with this process.
func dial(address string) net.Conn {
	conn, err := net.Dial("tcp", address)
	must(err)
	return conn
}

// hold is the child: it lives, with the outputs of its parent, until the test
// ends the connection.
func hold(address string) {
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	io.Copy(io.Discard, dial(address))
}
