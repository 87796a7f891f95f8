// Command embed uses every public package of the library as a program of somebody
// else would: through its documented entry points, from a module of its own.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing/fstest"
	"time"

	"github.com/anolishq/anolis-handoff/checksum"
	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/diff"
	"github.com/anolishq/anolis-handoff/handoff/inspect"
	"github.com/anolishq/anolis-handoff/handoff/preflight"
	"github.com/anolishq/anolis-handoff/handoff/release"
	"github.com/anolishq/anolis-handoff/handoff/reproduce"
	"github.com/anolishq/anolis-handoff/handoff/sheet"
	"github.com/anolishq/anolis-handoff/handoff/signature"
	"github.com/anolishq/anolis-handoff/redact"
	"github.com/anolishq/anolis-handoff/validator"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: embed PROJECT")
	}
	if err := run(context.Background(), os.DirFS(os.Args[1])); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, source fs.FS) error {
	// A project in memory.
	project := fstest.MapFS{}
	err := fs.WalkDir(source, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(source, name)
		project[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		return err
	}

	// Export in memory, with a policy of our own and schemas of our own.
	policy := redact.Default()
	policy.Keys = append(policy.Keys, redact.KeyRule{ID: "door", Description: "door codes", Severity: redact.Error, Words: []string{"door_code"}})
	schema, err := validator.Schema(validator.SchemaNames()[0])
	if err != nil {
		return err
	}
	opts := handoff.ExportOptions{Options: exporter.Options{Name: "rig", Policy: &policy}}
	var archive bytes.Buffer
	result, err := handoff.Export(ctx, &archive, project, opts)
	if err != nil {
		return err
	}
	fmt.Println("exported:", result.Report.Valid, int64(archive.Len()) == result.Size, len(schema) > 0)

	// What the policy calls a secret is refused.
	leaky := fstest.MapFS{}
	for name, file := range project {
		leaky[name] = &fstest.MapFile{Data: bytes.Clone(file.Data)}
	}
	const config = "config/provider-sim.yaml"
	leaky[config].Data = append(leaky[config].Data, "door_code: kW7xQ2pLm9vRt4Yz\n"...)
	_, err = handoff.Export(ctx, io.Discard, leaky, opts)
	var problems validator.ProblemList
	if !errors.As(err, &problems) {
		return fmt.Errorf("a secret was exported: %w", err)
	}
	fmt.Println("refused:", problems[0].Code, strings.Contains(err.Error(), "kW7xQ2pL"))

	// The problems of a broken package as JSON.
	broken := archive.Bytes()[:archive.Len()-1]
	verdict, err := handoff.Validate(ctx, bytes.NewReader(broken), int64(len(broken)), validator.Options{})
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := verdict.WriteJSON(&text); err != nil {
		return err
	}
	var report validator.Report
	if err := json.Unmarshal(text.Bytes(), &report); err != nil {
		return err
	}
	fmt.Println("broken:", report.Valid, report.Problems[0].Code)

	// Nobody signed the package.
	allowed := "*@example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs\n"
	verifier, err := signature.NewSSH([]byte(allowed), signature.SSHOptions{Time: time.Now()})
	if err != nil {
		return err
	}
	_, err = verifier.Verify(ctx, bytes.NewReader(archive.Bytes()), nil)
	fmt.Println("unsigned:", errors.Is(err, signature.ErrMissing))

	// Findings without a package.
	findings, err := policy.Scan(ctx, leaky)
	if err != nil {
		return err
	}
	fmt.Println("found:", findings[0].Rule)

	// An upload: nothing but a stream.
	p, err := handoff.OpenReader(ctx, io.MultiReader(&archive), handoff.OpenOptions{Options: validator.Options{
		Policy: &policy, Schemas: validator.Schemas{MachineProfile: schemaOf("machine-profile")},
	}})
	if err != nil {
		return err
	}
	defer p.Close()
	sums, err := checksum.Sum(ctx, p.FS())
	if err != nil {
		return err
	}
	summary, err := inspect.Package(ctx, p)
	if err != nil {
		return err
	}
	fmt.Println("opened:", len(sums) == len(p.Report().Files), summary.Machine.ID, len(summary.Slots))
	if err := handoff.WriteJSON(io.Discard, summary); err != nil {
		return err
	}
	var page bytes.Buffer
	if err := sheet.Write(ctx, &page, p, sheet.Options{}); err != nil {
		return err
	}
	pictures, err := sheet.Pictures(ctx, p)
	if err != nil {
		return err
	}
	fmt.Println("sheet:", bytes.HasPrefix(page.Bytes(), []byte("<!DOCTYPE html>")), len(pictures))

	// Another version of it.
	const runtime = "config/anolis-runtime.manual.yaml"
	project[runtime].Data = bytes.Replace(project[runtime].Data, []byte("interval_ms: 250"), []byte("interval_ms: 500"), 1)
	next, err := handoff.OpenProject(ctx, project, opts)
	if err != nil {
		return err
	}
	changes, err := diff.Packages(ctx, p, next)
	if err != nil {
		return err
	}
	for _, c := range changes.Changes {
		fmt.Println("changed:", c.Risk, c.Kind, c.Old.Text, "->", c.New.Text)
	}
	again, err := reproduce.Project(ctx, p, project, reproduce.Options{Options: exporter.Options{Policy: &policy}})
	if err != nil {
		return err
	}
	fmt.Println("reproduced:", again.Identical, again.Causes[0].Layer)

	// Onto a machine, and back.
	work, err := os.MkdirTemp("", "embed-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	dir := filepath.Join(work, "rig")
	first, err := release.Unpack(ctx, p, dir, release.UnpackOptions{})
	if err != nil {
		return err
	}
	if _, err := release.Unpack(ctx, next, dir, release.UnpackOptions{}); err != nil {
		return err
	}
	back, err := release.Rollback(ctx, dir, release.RollbackOptions{})
	if err != nil {
		return err
	}
	_, nowhere := release.Rollback(ctx, dir, release.RollbackOptions{To: first.Digest})
	fmt.Println("back:", back.Digest == first.Digest, errors.Is(nowhere, release.ErrCurrent))
	drift, err := release.DriftPath(ctx, p, dir)
	if err != nil {
		return err
	}
	fmt.Println("drifted:", drift.Drifted)
	ready, err := preflight.Check(ctx, p, preflight.Local(back.Path), preflight.Options{})
	if err != nil {
		return err
	}
	for _, item := range ready.Checks {
		if item.Status == preflight.Failed && item.Kind == "command" {
			fmt.Println("preflight:", item.Subject, item.Message)
		}
	}
	return nil
}

func schemaOf(name string) []byte {
	text, err := validator.Schema(name)
	if err != nil {
		log.Fatal(err)
	}
	return text
}
