package handoff

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// uses finds the files of the package that providers run or read although the
// machine profile does not name them: a change of one is no less than a change of
// a config. Relative paths start at the root of the package, where the runtime
// runs; those in a config may start beside it, too.
func (s *diffSide) uses() {
	s.readers, s.programs = map[string][]string{}, map[string]bool{}
	known := map[[2]string]bool{}
	read := func(text, id string) bool {
		file := path.Clean(text)
		if text == "" || !s.has(file) || s.used[file] || s.trees[file] != nil {
			return false
		}
		if !known[[2]string{file, id}] {
			known[[2]string{file, id}] = true
			s.readers[file] = append(s.readers[file], id)
		}
		return true
	}
	for _, name := range slices.SortedFunc(maps.Keys(s.profiles), compareProfiles) {
		for _, p := range itemsOf(own(s.root(s.profiles[name]), "providers")) {
			id, command := p.Get("id"), p.Get("command")
			if !id.IsString() {
				continue
			}
			if command.IsString() && read(command.Text, id.Text) {
				s.programs[path.Clean(command.Text)] = true
			}
			for _, arg := range itemsOf(p.Get("args")) {
				if arg.IsString() {
					_, value, _ := strings.Cut(arg.Text, "=")
					read(arg.Text, id.Text)
					read(value, id.Text)
				}
			}
		}
	}
	configs := maps.Clone(s.readers)
	for id, file := range s.providers {
		configs[file] = append(configs[file], id)
	}
	for _, config := range slices.Sorted(maps.Keys(configs)) {
		slices.Sort(configs[config])
		doc.Walk(s.root(config), func(_ doc.Path, _, n *doc.Node) bool {
			if n.IsString() {
				for _, file := range []string{path.Clean(n.Text), path.Join(path.Dir(config), n.Text)} {
					if n.Text != "" && s.has(file) && !s.used[file] && s.readers[file] == nil {
						s.readers[file] = configs[config]
					}
				}
			}
			return true
		})
	}
}

// reads are the providers that read a file in one of the packages.
func (d *differ) reads(file string) []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(d.old.readers[file], d.new.readers[file]))))
}
