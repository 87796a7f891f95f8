package sarif

import (
	"net/url"
	"strings"
	"testing"
)

func TestURI(t *testing.T) {
	for _, tt := range []struct{ name, inner, want string }{
		{"rig.anpkg", "", "rig.anpkg"},
		{"rig.anpkg", "meta/provenance.json", "rig.anpkg/meta/provenance.json"},
		{"./out//rig.anpkg", "", "out/rig.anpkg"},
		{"out/", "a", "out/a"},
		{"", "", "package"},
		{"", "a", "a"},
		{".", "", "package"},
		{".", "a", "a"},
		{"..", "", "package"},
		{"..", "a", "a"},
		{"../../x/rig.anpkg", "a", "x/rig.anpkg/a"},
		{"a/../../b", "", "b"},
		{"..rig", "", "..rig"},
		{"c:rig", "", "c%3Arig"},
		{"http://x", "", "http%3A/x"},
		{"a b", "ü?#%[]\\", "a%20b/%C3%BC%3F%23%25%5B%5D%5C"},
		{"a\xff\n", "", "a%FF%0A"},
		{"/", "", "file:///"},
		{"/", "a", "file:///a"},
		{"//srv/../rig.anpkg", "a", "file:///rig.anpkg/a"},
		{`C:\out\my rig.anpkg`, "a", "file:///C:/out/my%20rig.anpkg/a"},
		{"c:/../rig.anpkg", "", "file:///c:/rig.anpkg"},
		{"~user/-_.~", "", "~user/-_.~"},
	} {
		if got := URI(tt.name, tt.inner); got != tt.want {
			t.Errorf("URI(%q, %q) = %q, want %q", tt.name, tt.inner, got, tt.want)
		}
	}
}

// FuzzURI: whatever the names are, the URI is one, is relative unless the path
// is absolute, and says the same path.
func FuzzURI(f *testing.F) {
	f.Add("rig.anpkg", "a/b")
	f.Add("C:\\x", "")
	f.Add("..//../:", "\xff")
	f.Fuzz(func(t *testing.T, name, inner string) {
		uri := URI(name, inner)
		u, err := url.Parse(uri)
		if err != nil || uri == "" {
			t.Fatalf("%q: %v", uri, err)
		}
		absolute := strings.HasPrefix(name, "/") || drive(name)
		if u.IsAbs() != absolute || absolute && u.Scheme != "file" || u.Host != "" || u.RawQuery != "" || u.Fragment != "" {
			t.Errorf("%q is %#v", uri, u)
		}
		if inner != "" && !strings.HasSuffix(u.Path, inner) {
			t.Errorf("%q does not end in %q", u.Path, inner)
		}
	})
}
