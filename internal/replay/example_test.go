package replay_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/internal/replay"
)

// The runtime is a stand-in that does what a comment in the config says.
func ExampleCheck() {
	dir, err := os.MkdirTemp("", "example-*")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "anolis-runtime.exe")
	if err := exec.Command("go", "build", "-o", binary, "./testdata/standin").Run(); err != nil {
		fmt.Println(err)
		return
	}

	pkg := fstest.MapFS{
		"runtime/anolis-runtime.yaml":      {Data: []byte("runtime: {name: bench}\n")},
		"runtime/anolis-runtime.mock.yaml": {Data: []byte("# standin: refuse bad token 'hunter2'\n")},
	}
	configs := []string{"runtime/anolis-runtime.yaml", "runtime/anolis-runtime.mock.yaml"}
	runs, err := replay.Check(context.Background(), pkg, configs, replay.Options{
		Binary: binary,
		Mask:   func(s string) string { return strings.ReplaceAll(s, "hunter2", "***") },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, run := range runs {
		fmt.Printf("%s: %s: %s\n", run.Config, run.Outcome, run.Message)
	}
	// Output:
	// runtime/anolis-runtime.yaml: accepted: Config valid: bench, 0 provider(s), port 8080
	// runtime/anolis-runtime.mock.yaml: refused: ERROR: bad token '***'
}
