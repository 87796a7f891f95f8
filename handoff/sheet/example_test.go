package sheet_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/sheet"
)

// A sheet is made from an open package, here of one that was exported in memory.
func ExampleWrite() {
	ctx := context.Background()
	p, err := handoff.OpenProject(ctx, os.DirFS("../../examples/projects/bioreactor-bench"), handoff.ExportOptions{
		Options: exporter.Options{Name: "bioreactor-bench"},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	var page bytes.Buffer
	if err := sheet.Write(ctx, &page, p, sheet.Options{}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(bytes.Contains(page.Bytes(), []byte("<h1>Bench Bioreactor, 2 L</h1>")))
	// Output: true
}
