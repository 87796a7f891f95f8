package validator

// Codes of package exporter, which reads a project. Where export and validation
// find the same thing, they report the same code: reference-missing, unreadable,
// unsafe-path, yaml-syntax, json-syntax, duplicate-key, document-limit, secret,
// suspicious, profile-schema, too-large and reader-dependent.
const (
	CodeLayout    Code = "layout"
	CodeStructure Code = "structure"
	CodeConflict  Code = "conflict"
	CodeOption    Code = "option"
	CodeChanged   Code = "changed"

	CodeOmittedVariant    Code = "omitted-variant"
	CodeMissingVariant    Code = "missing-variant"
	CodeUnusedProvider    Code = "unused-provider"
	CodeUnusedPin         Code = "unused-pin"
	CodeDeployToken       Code = "deploy-token"
	CodeDanglingReference Code = "dangling-reference"
	CodeConfigReplaced    Code = "config-replaced"
	CodeSecretRemoved     Code = "secret-removed"
	CodeSidecarIgnored    Code = "sidecar-ignored"
	CodeCreatedUnreadable Code = "created-unreadable"
	CodeIncludeNotPacked  Code = "include-not-packed"
)

// exportCheck is the name of the check that reads a project.
const exportCheck = "export"

// exportCodes explains the codes that only a project can have.
func exportCodes() []CodeInfo {
	return []CodeInfo{
		{
			CodeLayout, exportCheck, Error, "The directory is not a project",
			"A project has machine-profile.yaml, or system.json from before the canonical layout.",
			"Name the directory that has one of these two files.",
		},
		{
			CodeStructure, exportCheck, Error, "A value is missing or has the wrong type",
			"The package is made from this value.",
			"Correct the value at the given place.",
		},
		{
			CodeConflict, exportCheck, Error, "Two things need one name in the package",
			"One of them would replace the other.",
			"Rename one of the two in the project.",
		},
		{
			CodeOption, exportCheck, Error, "An option asks for something the project does not have",
			"The export would not be what was asked for.",
			"Correct the option.",
		},
		{
			CodeChanged, exportCheck, Error, "A file changed during the export",
			"The package would mix two states of the project.",
			"Export again when nothing writes to the project.",
		},
		{
			CodeOmittedVariant, exportCheck, Note, "A runtime profile is not in the package",
			"A default export packages the manual profile only, as the workbench does.",
			"Use --variants all to package every runtime profile.",
		},
		{
			CodeMissingVariant, exportCheck, Error, "A runtime profile names a file that does not exist",
			"The profile cannot be packaged.",
			"Add the file to the project, or remove the profile from runtime_profiles.",
		},
		{
			CodeUnusedProvider, exportCheck, Note, "A declared provider is not in the package",
			"No packaged runtime profile uses it, so the export drops it from the manifest, as the workbench does.",
			"List the provider in a packaged runtime profile if the machine needs it.",
		},
		{
			CodeUnusedPin, exportCheck, Note, "A component pin has no effect",
			"Nothing in the package is built from that component.",
			"Remove the pin from the command.",
		},
		{
			CodeDeployToken, exportCheck, Note, "A path on the target was read as a file of this project",
			"The runtime config names the behavior by its place on the target machine.",
			"Nothing needs to be done if the named file is the right one.",
		},
		{
			CodeDanglingReference, exportCheck, Note, "An optional path leads to no file of the package",
			"The machine starts without the file, but a person may look for it.",
			"Correct the path, or keep the file elsewhere.",
		},
		{
			CodeConfigReplaced, exportCheck, Note, "A provider gets another config than its arguments name",
			"The machine profile decides which config is packaged.",
			"Name the same file in the machine profile and in the arguments.",
		},
		{
			CodeSecretRemoved, exportCheck, Note, "A secret was removed from the package",
			"Packages are copied, mailed and kept; the secret stays on the target.",
			"Set INFLUXDB_TOKEN on the target machine.",
		},
		{
			CodeSidecarIgnored, exportCheck, Note, "workbench.json was ignored",
			"Its creation date is missing in the package, which is dated 1970-01-01.",
			"Correct the file so that it is a JSON object, or delete it.",
		},
		{
			CodeCreatedUnreadable, exportCheck, Note, "The creation date cannot be read",
			"The package is dated 1970-01-01 instead.",
			"Write the date as 2026-04-03T12:00:00Z.",
		},
		{
			CodeIncludeNotPacked, "behaviors", Warning, "A behavior tree includes a file that is not packed",
			"The machine cannot load the tree without the file.",
			"Add the file to the project if it is missing, and export with --with-includes.",
		},
	}
}
