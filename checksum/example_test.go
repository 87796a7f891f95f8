package checksum_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/checksum"
)

func ExampleSum() {
	files := fstest.MapFS{
		"machine-profile.yaml":  {Data: []byte("schema_version: 1\n")},
		"meta/checksums.sha256": {Data: []byte("does not list itself")},
		"meta/provenance.json":  {Data: []byte("{}\n")},
	}
	m, err := checksum.Sum(context.Background(), files, "meta/checksums.sha256")
	if err != nil {
		fmt.Println(err)
		return
	}
	m.WriteTo(os.Stdout)
	// Output:
	// 5c9536c0f64193f535c425baf9f2c7431b89eb46bab5fb85d4bfcffabb565f43  machine-profile.yaml
	// ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356  meta/provenance.json
}

func ExampleManifest_Verify() {
	m, err := checksum.Parse(strings.NewReader("" +
		"ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356  a.json\n" +
		"ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356  b.json\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	err = m.Verify(context.Background(), fstest.MapFS{
		"a.json": {Data: []byte("{}\n")},
		"c.json": {Data: []byte("{}\n")},
	})
	var diff *checksum.VerifyError
	if errors.As(err, &diff) {
		fmt.Println("missing:", diff.Missing)
		fmt.Println("extra:", diff.Extra)
		fmt.Println("changed:", len(diff.Changed))
	}
	// Output:
	// missing: [b.json]
	// extra: [c.json]
	// changed: 0
}

func ExampleParse() {
	_, err := checksum.Parse(strings.NewReader("" +
		"CA3D163BAB055381827226140568F3BEF7EAAC187CEBD76878E0B63E9E442356  a.json\n" +
		"ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356 b.json\n"))
	fmt.Println(err)
	// Output:
	// line 1: want 64 lower-case hexadecimal digits
	// line 2: want two spaces after the digest
}

// A manifest that went through another editor still means the same, and the
// deviations tell what it went through.
func ExampleParseLenient() {
	m, deviations, err := checksum.ParseLenient(strings.NewReader("" +
		"ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356  b.json\r\n" +
		"ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356  a.json\r\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, d := range deviations {
		fmt.Println(d)
	}
	m.WriteTo(os.Stdout)
	// Output:
	// line 1: line ends in CR LF
	// line 2: line ends in CR LF
	// line 2: path is not in byte order
	// ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356  a.json
	// ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356  b.json
}
