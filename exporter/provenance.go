package exporter

import (
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/archive"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/internal/isotime"
	"github.com/anolishq/anolis-handoff/internal/project"
	"github.com/anolishq/anolis-handoff/internal/strictjson"
)

// deployTimeEnv is the variable that gives the runtime its telemetry token.
const deployTimeEnv = "INFLUXDB_TOKEN"

// addProvenance writes where the package comes from.
func (b *builder) addProvenance(omitted []string) {
	b.notePins()
	if !utf8.ValidString(b.opts.Name) { // reported by checkOptions
		return
	}
	root := doc.NewMap(
		doc.Field("package_format_version", doc.NewInt(1)),
		doc.Field("exported_at", doc.NewString(b.exportedAt())),
		doc.Field("source_project", doc.NewString(b.opts.Name)),
		doc.Field("redaction_policy", doc.NewMap(
			doc.Field("deploy_time_env_var", doc.NewString(deployTimeEnv)),
			doc.Field("telemetry_influxdb_token_removed", doc.NewBool(b.redacted)),
		)),
		doc.Field("schema_versions", doc.NewMap(
			doc.Field("machine-profile", doc.NewInt(1)),
			doc.Field("runtime-config", doc.NewInt(1)),
		)),
	)
	if b.project.Layout == project.Canonical {
		list := doc.NewSeq()
		for _, name := range omitted {
			list.Items = append(list.Items, doc.NewString(name))
		}
		root.Set("exported_variant", doc.NewString(project.Manual))
		root.Set("omitted_variants", list)
	}
	text, err := strictjson.Append(nil, root)
	if err != nil {
		b.faults.Add(fault.Fault{Code: fault.Structure, Msg: "provenance cannot be written: " + err.Error(), Err: err})
		return
	}
	b.addFile(archive.FromBytes(provenanceFile, text))
}

// exportedAt is the project's creation time, so that the same project always
// makes the same package.
func (b *builder) exportedAt() string {
	created := b.project.Created
	if created == nil || created.Kind == doc.Null {
		return isotime.ExportedAt("")
	}
	at := &site{b.project.CreatedFile, created, doc.Path{"meta", "created"}}
	const msg = "is not a date; the package is dated " + isotime.Fallback
	if !created.IsString() {
		b.note(NoteCreated, at, msg)
		return isotime.ExportedAt("")
	}
	if _, err := isotime.Parse(created.Text); err != nil && created.Text != "" {
		b.note(NoteCreated, at, msg)
	}
	return isotime.ExportedAt(created.Text)
}
