package validator

// Codes of the checks. Those of the zip reader are listed by archiveCodes.
const (
	CodeMissingFile Code = "missing-file"
	CodeFileType    Code = "file-type"
	CodeTooLarge    Code = "too-large"
	CodeUnreadable  Code = "unreadable"

	CodeChecksumsSyntax   Code = "checksums-syntax"
	CodeChecksumsForm     Code = "checksums-form"
	CodeChecksumsItself   Code = "checksums-itself"
	CodeChecksumsMissing  Code = "checksums-missing"
	CodeChecksumsUnlisted Code = "checksums-unlisted"
	CodeChecksumsMismatch Code = "checksums-mismatch"

	CodeYAMLSyntax    Code = "yaml-syntax"
	CodeJSONSyntax    Code = "json-syntax"
	CodeDuplicateKey  Code = "duplicate-key"
	CodeDocumentLimit Code = "document-limit"
	CodeTwoReadings   Code = "two-readings"

	CodeSecret     Code = "secret"
	CodeSuspicious Code = "suspicious"

	CodeProfileSchema    Code = "profile-schema"
	CodeUnsafePath       Code = "unsafe-path"
	CodeReferenceMissing Code = "reference-missing"
	CodeReferencePlace   Code = "reference-place"
	CodeTwoRoles         Code = "two-roles"

	CodeRuntimeSchema    Code = "runtime-schema"
	CodeRuntimeArgs      Code = "runtime-args"
	CodeConfigAgain      Code = "runtime-config-again"
	CodeProviderMissing  Code = "provider-missing"
	CodeProviderUnlisted Code = "provider-unlisted"
	CodeProviderConfig   Code = "provider-config"

	CodeBehaviorXML      Code = "behavior-xml"
	CodeBehaviorXMLLoose Code = "behavior-xml-loose"
	CodeBehaviorUnused   Code = "behavior-unused"
	CodeProvenance       Code = "provenance"
	CodeUnreferenced     Code = "unreferenced-file"
	CodeReader           Code = "reader-dependent"
	CodeNotCanonical     Code = "not-canonical"
	CodeNotNFC           Code = "name-not-nfc"
	CodeUnchecked        Code = "unchecked"

	CodeReplayRefused Code = "replay-refused"
	CodeReplayTimeout Code = "replay-timeout"
	CodeReplayCrashed Code = "replay-crashed"
	CodeReplayFailed  Code = "replay-failed"
)
