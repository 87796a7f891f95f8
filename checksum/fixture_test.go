package checksum

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// tree has names whose byte order is not the order of a walk, and names that are
// harmless however odd they look.
func tree() fstest.MapFS {
	return fstest.MapFS{
		"a/b":        {Data: []byte("b")},
		"a-":         {Data: []byte("dash")},
		"a.b/c":      {Data: nil},
		"B":          {Data: []byte("upper")},
		"größe.xml":  {Data: []byte("umlaut")},
		" two words": {Data: []byte("spaces")},
		"*star":      {Data: []byte("star")},
	}
}

// treeText is what the sha256sum of the GNU coreutils prints for tree.
const treeText = "" +
	"ff6f0e9a530a025ad61dbea8fefa873faf153860b184d14af9bb4f57354f93cd   two words\n" +
	"525eca1d5089dbdcbb6700d910c5e0bc23fbaa23ee026c0e224c2b45490e5f29  *star\n" +
	"aee610558292023758a4229ddcf75f167c9904313a83cf795232ed7f7e2131c9  B\n" +
	"af9d2c92ddc38ca77b3cd29e944c9b61928032808d3a3cb6c3a3c8965067291e  a-\n" +
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a.b/c\n" +
	"3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d  a/b\n" +
	"46265dd2e7076be5d1b793a7042ca66a0e7cbea186cdf38c335d6425ab6e01b4  größe.xml\n"

func mustSum(t testing.TB, fsys fs.FS, skip ...string) Manifest {
	t.Helper()
	m, err := Sum(t.Context(), fsys, skip...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func text(t testing.TB, m Manifest) string {
	t.Helper()
	data, err := m.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func mustParse(t testing.TB, s string) Manifest {
	t.Helper()
	m, err := Parse(strings.NewReader(s))
	if err != nil {
		t.Fatal(err)
	}
	return m
}
