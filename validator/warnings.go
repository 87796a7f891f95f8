package validator

import (
	"path"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
)

// checkUnreferenced tells of files that nothing leads to.
func checkUnreferenced(v *validation) string {
	if v.gap != "" {
		return v.gap + ", so it is unknown what it refers to"
	}
	for _, f := range v.report.Files {
		switch f.Path {
		case profileFile, runtimeFile, provenanceFile, checksumsFile:
			continue
		}
		if !v.used[f.Path] {
			v.problem(CodeUnreferenced, f.Path, "nothing in the package refers to this file")
		}
	}
	return ""
}

// checkReaders tells of YAML values that another reader takes for another value.
func checkReaders(v *validation) string {
	skipped := ""
	for _, f := range v.report.Files {
		root, ok := v.documents[f.Path]
		switch {
		case strings.EqualFold(path.Ext(f.Path), ".json"): // has one meaning only
		case ok:
			v.readers(f.Path, root)
		case v.unread[f.Path] && skipped == "":
			skipped = showName(f.Path) + " could not be read"
		}
	}
	return skipped
}

func (v *validation) readers(file string, root *doc.Node) {
	seen := map[*doc.Node]bool{}
	remark := func(path doc.Path, n *doc.Node) {
		why := canonyaml.RemarkOn(n)
		if why == canonyaml.NoRemark || n.Quoted || seen[n] {
			return
		}
		seen[n] = true
		v.at(CodeReader, file, path, n.Pos, article(string(why))+": other YAML readers may take it for another value")
	}
	doc.Walk(root, func(path doc.Path, key, value *doc.Node) bool {
		if key != nil {
			remark(path, key)
		}
		remark(path, value)
		return true
	})
}

func article(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}
