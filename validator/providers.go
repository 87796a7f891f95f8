package validator

import "strings"

// checkProviders warns of provider configs that are no mappings, also of such
// that nothing refers to.
func checkProviders(v *validation) string {
	skipped := ""
	for _, f := range v.report.Files {
		if !strings.HasPrefix(f.Path, providersDir) {
			continue
		}
		root, ok := v.documents[f.Path]
		switch {
		case v.unread[f.Path] && skipped == "":
			skipped = showName(f.Path) + " could not be read"
		case ok && !root.IsMap():
			v.at(CodeProviderConfig, f.Path, nil, root.Pos, "a provider config should be a mapping, not "+root.Kind.String())
		}
	}
	return skipped
}
