package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/checksum"
	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/internal/zipfile"
	"github.com/anolishq/anolis-handoff/validator"
)

// benchCase is a project, a package, or both, and what is done with them.
type benchCase struct {
	name  string
	tasks func() ([]task, error)
}

// typicalProject is where the example machine lies, seen from the top of the
// repository.
const typicalProject = "examples/projects/bioreactor-bench"

func (b *bench) cases() []benchCase {
	project := func(name string, make func(dir string) error) benchCase {
		return benchCase{name, func() ([]task, error) {
			dir := filepath.Join(b.dir, name)
			if err := os.CopyFS(filepath.Join(dir, "project"), os.DirFS(typicalProject)); err != nil {
				return nil, err
			}
			if err := make(filepath.Join(dir, "project")); err != nil {
				return nil, err
			}
			t := task{Project: filepath.Join(dir, "project"), Package: filepath.Join(dir, "p.anpkg"), Other: filepath.Join(dir, "q.anpkg")}
			return t.kinds("export", "check", "validate", "open", "diff"), t.export()
		}}
	}
	added := func(name string, make func() ([]zipfile.File, error)) benchCase {
		return benchCase{name, func() ([]task, error) {
			dir := filepath.Join(b.dir, name)
			t := task{Project: typicalProject, Package: filepath.Join(dir, "p.anpkg"), Other: filepath.Join(dir, "q.anpkg")}
			if err := os.Mkdir(dir, 0o755); err != nil {
				return nil, err
			}
			if err := t.export(); err != nil {
				return nil, err
			}
			return t.kinds("validate", "open", "diff"), t.add(make)
		}}
	}
	return []benchCase{
		project("typical", func(string) error { return nil }),
		project("providers-10", func(dir string) error { return manyProviders(dir, 10) }),
		project("providers-100", func(dir string) error { return manyProviders(dir, 100) }),
		project("providers-1000", func(dir string) error { return manyProviders(dir, 1000/b.divide) }),
		project("tree-64MiB", func(dir string) error { return largeTree(dir, 63<<20/int64(b.divide)) }),
		project("behavior-1GiB", func(dir string) error { return largeTree(dir, 1<<30/int64(b.divide)) }),
		added("file-1GiB", func() ([]zipfile.File, error) {
			size := int64(1<<30) / int64(b.divide)
			f, err := zipfile.Hash(context.Background(), "zz/data.bin", func() (io.ReadCloser, error) {
				return io.NopCloser(io.LimitReader(&noise{}, size)), nil
			}, nil)
			return []zipfile.File{f}, err
		}),
		added("entries-600", pages(600)),
		added("entries-6000", pages(6000)),
		added("entries-60000", pages(60_000/b.divide)),
	}
}

// export writes the package of the project twice, for the comparison with a machine
// of another name.
func (t task) export() error {
	for out, name := range map[string]string{t.Package: "one", t.Other: "two"} {
		f, err := os.Create(out)
		if err != nil {
			return err
		}
		p, err := exporter.Build(context.Background(), os.DirFS(t.Project), exporter.Options{Name: name, Variants: exporter.AllVariants()})
		if err != nil {
			return err
		}
		if _, err := p.WriteTo(f); err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

func manyProviders(dir string, count int) error {
	var profile, versions, config strings.Builder
	config.WriteString("runtime: {name: big}\nhttp: {enabled: true, bind: 127.0.0.1, port: 8080}\nlogging: {level: info}\nproviders:\n")
	for i := range count {
		fmt.Fprintf(&profile, "  bus%d: {config: config/bus%d.yaml}\n", i, i)
		fmt.Fprintf(&versions, "    bus%d: {strategy: local-build, version: dev}\n", i)
		fmt.Fprintf(&config, "- id: bus%d\n  command: /opt/anolis/bin/anolis-provider-bread\n  args: [--config, config/bus%d.yaml]\n  timeout_ms: 5000\n", i, i)
		text := fmt.Sprintf("provider: {name: bus%d}\nhardware:\n  bus_path: /dev/i2c-%d\n  require_live_session: false\n  query_delay_us: 10000\n  timeout_ms: 100\n  retry_count: 2\n"+
			"discovery:\n  mode: manual\n  addresses: [0x0A, 0x14]\ndevices:\n- {id: rlht%d, type: RLHT, label: Heater, address: 0x0A}\n- {id: dcmt%d, type: DCMT, label: Motors, address: 0x14}\n", i, i, i, i)
		if err := os.WriteFile(filepath.Join(dir, "config", fmt.Sprintf("bus%d.yaml", i)), []byte(text), 0o644); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "config/manual.yaml"), []byte(config.String()), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "machine-profile.yaml"), []byte(
		"schema_version: 1\nmachine_id: big\ndisplay_name: Big\nruntime_profiles: {manual: config/manual.yaml}\nproviders:\n"+profile.String()+
			"compatibility:\n  runtime: {config_contract: 01-runtime-config, http_contract: 02-runtime-http}\n  providers:\n"+versions.String()), 0o644)
}

// largeTree makes the behavior tree of the project size bytes long.
func largeTree(dir string, size int64) error {
	f, err := os.Create(filepath.Join(dir, "behaviors/fed_batch.xml"))
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	n, _ := w.WriteString("<root BTCPP_format=\"4\" main_tree_to_execute=\"MainTree\">\n<BehaviorTree ID=\"MainTree\">\n<Sequence>\n")
	for i, written := 0, int64(n); written < size; i++ {
		n, _ := fmt.Fprintf(w, "  <CallDevice name=\"step %d\" device_handle=\"tempctl0/RTD%d\" function_name=\"read\" value=\"{value_%d}\"/>\n", i, i%8, i)
		written += int64(n)
	}
	w.WriteString("</Sequence>\n</BehaviorTree>\n</root>\n")
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

func pages(count int) func() ([]zipfile.File, error) {
	return func() (files []zipfile.File, err error) {
		for i := range count {
			files = append(files, zipfile.FromBytes(fmt.Sprintf("zz/page-%05d.txt", i), fmt.Appendf(nil, "This is page %d of the manual.\n", i)))
		}
		return files, nil
	}
}

// add puts more files into both packages, and into their checksums.
func (t task) add(more func() ([]zipfile.File, error)) error {
	files, err := more()
	if err != nil {
		return err
	}
	for _, file := range []string{t.Package, t.Other} {
		p, err := handoff.OpenPath(context.Background(), file, handoff.OpenOptions{})
		if err != nil {
			return err
		}
		err = rewrite(p, file+".new", files)
		p.Close() // read only
		if err != nil {
			return err
		}
		if err := os.Rename(file+".new", file); err != nil {
			return err
		}
	}
	return nil
}

func rewrite(p *handoff.Package, out string, files []zipfile.File) error {
	const sums = "meta/checksums.sha256"
	var list checksum.Manifest
	files = slices.Clone(files)
	for _, file := range p.Report().Files {
		if file.Path == sums {
			continue
		}
		data, err := fs.ReadFile(p.FS(), file.Path)
		if err != nil {
			return err
		}
		files = append(files, zipfile.FromBytes(file.Path, data))
	}
	for _, file := range files {
		list = append(list, checksum.Entry{Path: file.Name, Digest: file.SHA256})
	}
	text, err := list.MarshalText()
	if err != nil {
		return err
	}
	set, err := zipfile.NewSet(append(files, zipfile.FromBytes(sums, text))...)
	if err != nil {
		return err
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	_, err = set.WriteTo(f)
	return errors.Join(err, f.Close())
}

// noise yields letters and digits without end, always the same MiB of them: in a GiB
// of others, some look like the tokens of a vendor.
type noise struct {
	seed uint64
	at   int
}

func (n *noise) Read(p []byte) (int, error) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for i := range p {
		if n.at%(1<<20) == 0 {
			n.seed = 9
		}
		n.at++
		n.seed = n.seed*6364136223846793005 + 1442695040888963407
		p[i] = alphabet[n.seed>>58]
	}
	return len(p), nil
}

func (t task) limits() validator.Limits { return validator.Limits{Entries: 70_000} }
