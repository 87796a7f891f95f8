package validator

import (
	"slices"
	"strings"
	"sync"

	"github.com/anolishq/anolis-handoff/internal/rehearsal"
	"github.com/anolishq/anolis-handoff/internal/runtimerule"
	"github.com/anolishq/anolis-handoff/internal/zipfile"
)

// Code is the stable name of a kind of problem.
type Code string

// CodeInfo explains a code.
type CodeInfo struct {
	Code Code
	// Check is the check that reports it.
	Check string
	// Severity applies to its problems.
	Severity Severity
	// Title is what it means, in a few words.
	Title string
	// Why says why it matters.
	Why string
	// Fix says what to do.
	Fix string
}

// Codes explains every code, sorted by code. It is the one table of codes: the
// hints of problems, the rules of a SARIF report and docs/checks.md are made
// from it.
func Codes() []CodeInfo {
	list := codeTable()
	slices.SortFunc(list, func(a, b CodeInfo) int { return strings.Compare(string(a.Code), string(b.Code)) })
	return list
}

// Info explains one code.
func Info(code Code) (CodeInfo, bool) {
	info, ok := infos()[code]
	return info, ok
}

// infos is built once and never changed.
var infos = sync.OnceValue(func() map[Code]CodeInfo {
	byCode := map[Code]CodeInfo{}
	for _, info := range codeTable() {
		byCode[info.Code] = info
	}
	return byCode
})

// The names of the checks at both ends: the one that reads a project, which does
// not run on a package, and the one that reads the zip file itself.
const (
	exportCheck  = "export"
	archiveCheck = "archive"
)

// Codes of the checks of a package.
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
	CodeLeadingDot       Code = "name-leading-dot"
	CodeUnchecked        Code = "unchecked"

	CodeStartTree             Code = rehearsal.Tree
	CodeStartDevice           Code = rehearsal.Device
	CodeStartParameter        Code = rehearsal.Parameter
	CodeStartProvider         Code = rehearsal.Provider
	CodeStartBus              Code = rehearsal.Bus
	CodeStartCall             Code = rehearsal.Call
	CodeStartHook             Code = rehearsal.Hook
	CodeStartLoop             Code = rehearsal.Loop
	CodeStartThrow            Code = rehearsal.Throw
	CodeStartSubtree          Code = rehearsal.Subtree
	CodeStartArguments        Code = rehearsal.Arguments
	CodeStartCommand          Code = rehearsal.Command
	CodeStartNoDevice         Code = rehearsal.NoDevice
	CodeStartSimulation       Code = rehearsal.Simulation
	CodeStartEmergencyStop    Code = rehearsal.EmergencyStop
	CodeStartAuto             Code = rehearsal.Auto
	CodeStartParameterDefault Code = rehearsal.ParameterDefault
	CodeStartDoubtful         Code = rehearsal.Doubtful

	CodeReplayRefused Code = "replay-refused"
	CodeReplayTimeout Code = "replay-timeout"
	CodeReplayCrashed Code = "replay-crashed"
	CodeReplayFailed  Code = "replay-failed"
)

// Codes of what the runtime demands beyond the schema. What each means stands in
// [Codes].
const (
	CodeRuntimeDuplicateProvider = Code(runtimerule.CodeDuplicateProvider)
	CodeRuntimeBackoffLength     = Code(runtimerule.CodeBackoffLength)
	CodeRuntimeHookFunction      = Code(runtimerule.CodeHookFunction)
	CodeRuntimeParameterRange    = Code(runtimerule.CodeParameterRange)
	CodeRuntimeParameterDefault  = Code(runtimerule.CodeParameterDefault)
	CodeRuntimeBehaviorTree      = Code(runtimerule.CodeBehaviorTree)
	CodeRuntimeHTTPPort          = Code(runtimerule.CodeHTTPPort)
	CodeRuntimeHTTPThreads       = Code(runtimerule.CodeHTTPThreads)
	CodeRuntimeHTTPWildcard      = Code(runtimerule.CodeHTTPWildcard)
	CodeRuntimeNumberSpelling    = Code(runtimerule.CodeNumberSpelling)
	CodeRuntimeNumberRange       = Code(runtimerule.CodeNumberRange)
	CodeRuntimeMergeKey          = Code(runtimerule.CodeMergeKey)
	CodeRuntimeUnknownKey        = Code(runtimerule.CodeUnknownKey)
	CodeRuntimeVersion           = Code(runtimerule.CodeVersion)
	CodeRuntimeType              = Code(runtimerule.CodeType)
	CodeRuntimeSafeState         = Code(runtimerule.CodeSafeState)
	CodeRuntimeInsecureBind      = Code(runtimerule.CodeInsecureBind)
	CodeRuntimePlaintextToken    = Code(runtimerule.CodePlaintextToken)
	CodeRuntimeTLSPair           = Code(runtimerule.CodeTLSPair)
	CodeRuntimeStaleness         = Code(runtimerule.CodeStaleness)
)

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

// Codes of the zip reader. The rules for names hold for folders too.
const (
	CodeZipArchiveTooLarge   Code = zipfile.CodeArchiveTooLarge
	CodeZipBadZip64          Code = zipfile.CodeBadZip64
	CodeZipCaseCollision     Code = zipfile.CodeCaseCollision
	CodeZipComment           Code = zipfile.CodeComment
	CodeZipCRC               Code = zipfile.CodeCRC
	CodeZipDataDescriptor    Code = zipfile.CodeDataDescriptor
	CodeZipDeflate           Code = zipfile.CodeDeflate
	CodeZipDevice            Code = zipfile.CodeDevice
	CodeZipDirectory         Code = zipfile.CodeDirectory
	CodeZipDirectoryContent  Code = zipfile.CodeDirectoryContent
	CodeZipDirectoryTooLarge Code = zipfile.CodeDirectoryTooLarge
	CodeZipDuplicate         Code = zipfile.CodeDuplicate
	CodeZipEncrypted         Code = zipfile.CodeEncrypted
	CodeZipExtra             Code = zipfile.CodeExtra
	CodeZipFileIsDirectory   Code = zipfile.CodeFileIsDirectory
	CodeZipFileTooLarge      Code = zipfile.CodeFileTooLarge
	CodeZipFlags             Code = zipfile.CodeFlags
	CodeZipGap               Code = zipfile.CodeGap
	CodeZipLeadingData       Code = zipfile.CodeLeadingData
	CodeZipLocalMismatch     Code = zipfile.CodeLocalMismatch
	CodeZipMethod            Code = zipfile.CodeMethod
	CodeZipMode              Code = zipfile.CodeMode
	CodeZipMultiDisk         Code = zipfile.CodeMultiDisk
	CodeZipNameAbsolute      Code = zipfile.CodeNameAbsolute
	CodeZipNameBackslash     Code = zipfile.CodeNameBackslash
	CodeZipNameCharacter     Code = zipfile.CodeNameCharacter
	CodeZipNameControl       Code = zipfile.CodeNameControl
	CodeZipNameDrive         Code = zipfile.CodeNameDrive
	CodeZipNamePath          Code = zipfile.CodeNamePath
	CodeZipNameRename        Code = zipfile.CodeNameRename
	CodeZipNameReserved      Code = zipfile.CodeNameReserved
	CodeZipNameTooLong       Code = zipfile.CodeNameTooLong
	CodeZipNameTrailing      Code = zipfile.CodeNameTrailing
	CodeZipNameTraversal     Code = zipfile.CodeNameTraversal
	CodeZipNameUTF8          Code = zipfile.CodeNameUTF8
	CodeZipNameVersion       Code = zipfile.CodeNameVersion
	CodeZipNoEndRecord       Code = zipfile.CodeNoEndRecord
	CodeZipOverlap           Code = zipfile.CodeOverlap
	CodeZipRatio             Code = zipfile.CodeRatio
	CodeZipSize              Code = zipfile.CodeSize
	CodeZipSymlink           Code = zipfile.CodeSymlink
	CodeZipTooManyEntries    Code = zipfile.CodeTooManyEntries
	CodeZipTooManyFaults     Code = zipfile.CodeTooManyFaults
	CodeZipTotalTooLarge     Code = zipfile.CodeTotalTooLarge
	CodeZipTrailingData      Code = zipfile.CodeTrailingData
	CodeZipTruncated         Code = zipfile.CodeTruncated
	CodeZipTwoEndRecords     Code = zipfile.CodeTwoEndRecords
	CodeZipUnicodeCollision  Code = zipfile.CodeUnicodeCollision
	CodeZipVersion           Code = zipfile.CodeVersion
)

// codeTable has a row for every code.
func codeTable() []CodeInfo {
	const refuses = "The runtime refuses the config and the machine does not start."
	list := []CodeInfo{
		{
			CodeMissingFile, "structure", Error, "A file that every package has is not there",
			"The target machine starts from these files; without one of them there is nothing to install.",
			"Export the project again; do not assemble packages by hand.",
		},
		{
			CodeFileType, "structure", Error, "A symbolic link, device or other irregular file",
			"Such a file means something else on every machine, and a link can lead out of the package.",
			"Replace it by a regular file, or validate the archive instead of the folder.",
		},
		{
			CodeTooLarge, "structure", Error, "More files or bytes than the limits allow",
			"The check of a package must not exhaust the machine it runs on.",
			"Raise the limit if the package is really that large and you trust its source.",
		},
		{
			CodeUnreadable, "structure", Error, "A file that cannot be read",
			"A file that cannot be read cannot be checked.",
			"Put a file there that can be read: no folder, no device. If it is one, look at its permissions and at the health of the disk.",
		},
		{
			CodeChecksumsSyntax, "checksums", Error, "A line of the checksum file is not a checksum",
			"A line that cannot be read vouches for nothing.",
			"Export again. By hand: 64 lower-case hexadecimal digits, two spaces, the path.",
		},
		{
			CodeChecksumsForm, "checksums", Warning, "The checksum file is not in canonical form",
			"Somebody or something rewrote the file after the export; its content still holds.",
			"Export again, and copy packages as binary files.",
		},
		{
			CodeChecksumsItself, "checksums", Error, "The checksum file lists itself",
			"No file can hold its own digest, so the line is wrong by nature.",
			"Remove the line, or export again.",
		},
		{
			CodeChecksumsMissing, "checksums", Error, "A listed file is not in the package",
			"The package has lost a file since it was made.",
			"Copy or export the package again.",
		},
		{
			CodeChecksumsUnlisted, "checksums", Error, "A file without a checksum",
			"The file was added after the export; nothing vouches for it.",
			"Remove it, or add it to the project and export again.",
		},
		{
			CodeChecksumsMismatch, "checksums", Error, "A file that is not what was exported",
			"The file was changed or damaged after the export.",
			"Change the project instead of the package and export again.",
		},
		{
			CodeYAMLSyntax, "documents", Error, "A YAML file that cannot be read",
			"The runtime or a provider would stop at this file.",
			"Correct the file in the project at the given line and export again.",
		},
		{
			CodeJSONSyntax, "documents", Error, "A JSON file that cannot be read",
			"Tools would stop at this file, or each read something else.",
			"Correct the file at the given line and export again.",
		},
		{
			CodeDuplicateKey, "documents", Error, "A key that appears twice in one mapping",
			"One reader takes the first value, another the last; which the machine uses depends on its version.",
			"Keep one of the two.",
		},
		{
			CodeDocumentLimit, "documents", Error, "A document that is too large, too deep, or explodes",
			"Aliases and nesting can make a small file cost all memory of the machine.",
			"Make the document smaller, with less nesting and fewer aliases.",
		},
		{
			CodeSecret, "secrets", Error, "A secret in the package",
			"Packages are copied, mailed and kept; a secret in one is public.",
			"Remove it from the project, supply it on the target (INFLUXDB_TOKEN for telemetry), and replace the secret if the package was shared.",
		},
		{
			CodeSuspicious, "secrets", Warning, "Something that may be a secret",
			"The name of the key says secret; only a person can tell whether the value is one.",
			"Look at it, and remove it if it is a secret.",
		},
		{
			CodeProfileSchema, "profile-schema", Error, "The machine profile breaks its schema",
			"The installer and the fleet tools rely on the form of the manifest.",
			"Correct machine-profile.yaml in the project at the given place.",
		},
		{
			CodeUnsafePath, "profile-references", Error, "A path that leaves the package",
			"On the target it would read or run a file that is not in the package.",
			"Use a relative path with / between its elements that does not leave the folder.",
		},
		{
			CodeReferenceMissing, "profile-references", Error, "A path that does not lead to a file of the package",
			"The machine would stop at it.",
			"Add the file to the project, or remove the reference, and export again.",
		},
		{
			CodeReferencePlace, "profile-references", Error, "A file in another folder than the contract says",
			"Provider configs belong to providers/ and behavior trees to runtime/behaviors/; installers look there.",
			"Export again; the exporter puts every file where it belongs.",
		},
		{
			CodeTwoReadings, "documents", Error, "A config that the runtime's YAML reader reads differently, or not at all",
			"What was checked is not what the machine would run.",
			"Write the value in double quotes, with \\u2028 and the like for line breaks, and without a tag or anchor; then export again.",
		},
		{
			CodeNotNFC, "structure", Warning, "A file name that is not in Unicode normalization form C",
			"Some tools that unpack archives compose the characters of a name, and then the paths in the configs lead nowhere.",
			"Rename the file in the project, for example with convmv --nfc, and export again.",
		},
		{
			CodeLeadingDot, "structure", Warning, "A file name that begins with a dot",
			"miniunzip drops the dot when it unpacks, and file managers hide the file.",
			"Rename the file in the project and export again.",
		},
		{
			CodeTwoRoles, "documents", Error, "A file that is two things at once",
			"One program would read it as one thing and another as something else; only one of them can be right.",
			"Give each its own file in the project, and export again.",
		},
		{
			CodeConfigAgain, "runtime-references", Warning, "A provider with more than one --config",
			"The package is checked with the first one. The provider may read the last one.",
			"Keep the one that the provider should read.",
		},
		{
			CodeUnchecked, "structure", Error, "A check that could not run",
			"What was not checked may be wrong.",
			"Correct what the message names, and validate again.",
		},
		{
			CodeRuntimeSchema, "runtime-schema", Error, "A runtime config breaks its schema",
			"The runtime would refuse the config or run with other values than intended.",
			"Correct the runtime config in the project at the given place.",
		},
		{
			CodeRuntimeArgs, "runtime-references", Error, "A provider without its --config argument",
			"The provider would start without the config of this machine.",
			"Export again; the exporter adds the argument. By hand: --config providers/ID.yaml.",
		},
		{
			CodeProviderMissing, "runtime-references", Error, "A provider of the manifest that a runtime profile lacks",
			"The machine would run without a part that it is said to have.",
			"Add the provider to the runtime config, or remove it from the machine profile.",
		},
		{
			CodeProviderUnlisted, "runtime-references", Warning, "A provider that the manifest does not list",
			"Installers look at the manifest and would not install it.",
			"Add the provider to the machine profile.",
		},
		{
			CodeProviderConfig, "providers", Warning, "A provider config that is not a mapping",
			"No known provider takes such a config; what a provider takes is its own business, so this is not an error.",
			"Correct the provider's config in the project.",
		},
		{
			CodeBehaviorXML, "behaviors", Error, "A behavior tree that the tree loader cannot read",
			"The runtime would not start with it; and a document type or another encoding makes readers see different trees.",
			"Correct the file at the given place. Remove a document type, and save the file as UTF-8.",
		},
		{
			CodeBehaviorXMLLoose, "behaviors", Warning, "A behavior tree that XML readers refuse",
			"The tree loader accepts it, so the machine runs it; editors and other tools do not.",
			"Correct the file at the given place, as the message says.",
		},
		{
			CodeBehaviorUnused, "behaviors", Warning, "A behavior tree that no runtime profile uses",
			"It is carried along and never runs, which is seldom meant.",
			"Use it in a runtime profile, or remove it from the profile's behaviors.",
		},
		{
			CodeProvenance, "provenance", Error, "Provenance that does not say where the package comes from",
			"Without it the project and the format of the package are not known.",
			"Export again.",
		},
		{
			CodeUnreferenced, "unreferenced", Warning, "A file that nothing refers to",
			"It has no effect on the machine and may have come along by mistake.",
			"Remove it, or refer to it.",
		},
		{
			CodeReader, "reader-dependent", Warning, "A value that YAML readers disagree about",
			"The exporter, the runtime and an editor can each take it for another value.",
			"Quote it if it is meant as text, or write it in plain decimal digits, true or false.",
		},
		{
			CodeNotCanonical, archiveCheck, Warning, "An archive that is not byte for byte the exporter's",
			"The content holds, but the file was packed again by another tool, so its digest cannot be reproduced.",
			"Distribute the exported file as it is.",
		},
		{
			CodeStartTree, "rehearsal", Warning, "A behavior tree that the tree loader refuses",
			"The contract allows the package, but the runtime ends at its start: it does not run without its tree.",
			"Correct the tree at the given place and export again.",
		},
		{
			CodeStartDevice, "rehearsal", Warning, "A device that the profile does not have",
			"The machine starts, and every call of the device fails: the node returns FAILURE, or the change of mode is blocked.",
			"Correct the handle, or add the device to the config of the provider.",
		},
		{
			CodeStartParameter, "rehearsal", Warning, "A parameter that the profile does not define, or of another type",
			"The machine starts, and the node that reads the parameter fails at every tick.",
			"Correct the name, or define the parameter in automation.parameters with the type that the node reads.",
		},
		{
			CodeStartProvider, "rehearsal", Warning, "A config that the provider refuses",
			"The provider ends at its start, and the runtime with it.",
			"Correct the config of the provider at the given place and export again.",
		},
		{
			CodeStartBus, "rehearsal", Warning, "Two devices with one address on one bus",
			"The runtime refuses two devices at one address and ends at its start.",
			"Give one of the two another address, or remove it.",
		},
		{
			CodeStartCall, "rehearsal", Warning, "A call that the device refuses",
			"The machine starts, and the call fails each time.",
			"Call a function that the device has, with all of its arguments in the type that it takes.",
		},
		{
			CodeStartHook, "rehearsal", Warning, "A mode hook that does nothing, or that keeps the machine in IDLE",
			"A hook that does not run protects nothing.",
			"Correct from, to or fail_on_error of the hook.",
		},
		{
			CodeStartLoop, "rehearsal", Warning, "A tick of the behavior tree that never ends",
			"The machine calls its devices thousands of times a second and does not obey a stop.",
			"Use KeepRunningUntilFailure, or put a Sleep inside.",
		},
		{
			CodeStartThrow, "rehearsal", Warning, "A node that throws when it is ticked",
			"The machine starts and goes to FAULT, or ends, when the node is reached.",
			"Correct the node at the given place.",
		},
		{
			CodeStartSubtree, "rehearsal", Warning, "A subtree that does not find the devices and parameters",
			"Its nodes look on their own blackboard, where the runtime has put nothing, and always fail.",
			"Set _autoremap=\"true\" on the SubTree.",
		},
		{
			CodeStartArguments, "rehearsal", Warning, "A provider that ends because of its arguments",
			"The provider prints its usage and ends, and the runtime with it.",
			"Remove the argument, or give the one that is missing.",
		},
		{
			CodeStartCommand, "rehearsal", Warning, "A command that is not found",
			"The runtime does not look for programs in PATH.",
			"Write the path of the program.",
		},
		{
			CodeStartNoDevice, "rehearsal", Warning, "A provider without a device",
			"The provider ends at its start when it finds no device, and the runtime with it.",
			"List a device that the bus has.",
		},
		{
			CodeStartSimulation, "rehearsal", Warning, "A simulation that does not start",
			"With startup_policy strict, the provider ends at a device that it cannot make.",
			"Correct the value, or set startup_policy to degraded.",
		},
		{
			CodeStartEmergencyStop, "rehearsal", Warning, "An emergency stop that drives nothing",
			"Whoever presses it expects the machine to stop moving and heating.",
			"List the calls that stop the machine in safety.safe_state.hooks.",
		},
		{
			CodeStartAuto, "rehearsal", Warning, "AUTO is refused",
			"The runtime enters AUTO only when a hook says what happens at a fault.",
			"Add a hook from AUTO to FAULT that stops the machine.",
		},
		{
			CodeStartParameterDefault, "rehearsal", Warning, "A parameter whose default its own limits forbid",
			"The runtime leaves the parameter out, and nodes that read it fail.",
			"Choose a default within min and max, or among allowed_values.",
		},
		{
			CodeStartDoubtful, "rehearsal", Warning, "Something that only some versions accept",
			"Whether the machine starts depends on the versions of the runtime, the tree loader or the provider.",
			"Write it in a way that all versions accept, or pin the version of the component.",
		},
		{
			CodeReplayRefused, "replay", Error, "The runtime refuses the config",
			"This is the program that will run the machine; it would not start.",
			"Read its output in the report and correct the config in the project.",
		},
		{
			CodeReplayTimeout, "replay", Error, "The runtime did not answer in time",
			"A check that did not finish has not passed.",
			"Try the runtime by hand, or give it more time.",
		},
		{
			CodeReplayCrashed, "replay", Error, "The runtime crashed on the config",
			"It would crash on the machine too.",
			"Report the config to the makers of the runtime.",
		},
		{
			CodeReplayFailed, "replay", Error, "The runtime could not be asked",
			"A check that did not run has not passed.",
			"Look at the path and the permissions of the runtime, and whether it is built for this machine.",
		},

		{CodeRuntimeDuplicateProvider, "runtime-rules", Error, "Two providers with one id", refuses, "Give each provider an id of its own."},
		{CodeRuntimeBackoffLength, "runtime-rules", Error, "Not one pause for each restart attempt", refuses, "Make backoff_ms as long as max_attempts says."},
		{CodeRuntimeHookFunction, "runtime-rules", Error, "A hook call that names no function", refuses, "Give the call a function_name, or a function_id other than 0."},
		{CodeRuntimeParameterRange, "runtime-rules", Error, "A parameter whose min is above its max", refuses, "Exchange the two, or correct one of them."},
		{CodeRuntimeParameterDefault, "runtime-rules", Error, "A default that is not of the parameter's type", refuses, "Correct the default or the type."},
		{CodeRuntimeBehaviorTree, "runtime-rules", Error, "Automation without a behavior tree", refuses, "Set automation.behavior_tree, or switch automation off."},
		{CodeRuntimeHTTPPort, "runtime-rules", Error, "An HTTP port outside 1 to 65535", refuses, "Use a port from 1 to 65535, or set http.enabled to false."},
		{CodeRuntimeHTTPThreads, "runtime-rules", Error, "An HTTP server without a thread", refuses, "Set http.thread_pool_size to 1 or more."},
		{CodeRuntimeHTTPWildcard, "runtime-rules", Error, "Credentials for every origin", "Any web page could use the machine with the visitor's rights; the runtime refuses that.", "List the allowed origins, or set cors_allow_credentials to false."},
		{CodeRuntimeNumberSpelling, "runtime-rules", Error, "A number the runtime cannot read as it is spelled", refuses, "Write it in plain decimal digits."},
		{CodeRuntimeNumberRange, "runtime-rules", Error, "A number that does not fit its type", refuses, "Use a smaller number."},
		{CodeRuntimeMergeKey, "runtime-rules", Error, "A key that only a merge key brings", "The runtime does not follow YAML merge keys, so the key is missing for it.", "Write the key out, or export the project again: the exporter does."},
		{CodeRuntimeUnknownKey, "runtime-rules", Warning, "A key the runtime does not know", "It is ignored, so the machine runs without what it was meant to say; often it is misspelled.", "Correct the spelling. If a newer runtime reads the key, leave it."},
		{CodeRuntimeVersion, "runtime-rules", Warning, "A key that depends on the version of the runtime", "Some versions of the runtime read the key and others ignore it, so the machine may run without what it says.", "Pin the version of the runtime in components.runtime.version of the machine profile."},
		{CodeRuntimeType, "runtime-rules", Error, "A value of the wrong type for the runtime", refuses, "Write a value of the type that the message names."},
		{CodeRuntimeSafeState, "runtime-rules", Error, "A call of the safe state that names no device or no function", refuses + " An emergency stop could not run the call.", "Give the call a device_handle and a function_name."},
		{CodeRuntimeInsecureBind, "runtime-rules", Error, "Other machines can reach the HTTP interface without a token", refuses, "Set http.auth_enabled to true, or bind 127.0.0.1."},
		{CodeRuntimePlaintextToken, "runtime-rules", Warning, "The token of the HTTP interface travels unencrypted", "Whoever listens on the network can command the machine.", "Set http.tls_cert_path and http.tls_key_path, or put a proxy with TLS in front."},
		{CodeRuntimeTLSPair, "runtime-rules", Error, "A TLS certificate without its key, or a key without its certificate", refuses, "Set both http.tls_cert_path and http.tls_key_path."},
		{CodeRuntimeStaleness, "runtime-rules", Error, "Limits of stale values that contradict each other", refuses, "Use limits of 0 or more, with stale_after_ms above warn_after_ms."},

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
			CodeDanglingReference, exportCheck, Note, "An optional path does not lead to a file of the package",
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
			"Supply it on the target machine as the message says.",
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
	return append(list, zipCodes()...)
}

// zipCodes are the rows of the zip reader, which gives a hint of its own.
func zipCodes() []CodeInfo {
	const (
		views      = "Two zip readers would see different packages here, so that one checks what the other does not install."
		bounds     = "Reading it could exhaust the machine that does."
		damage     = "The content is not what was packed."
		kinds      = "Unpacking it does more, or less, than writing plain files."
		collisions = "On some systems one of the files would silently take the place of the other."
		names      = "It would be unpacked elsewhere than it says, under another name, or not at all, depending on the system."
	)
	zip := func(code Code, title, why string) CodeInfo {
		fix := sentence(zipfile.Hint(string(code)))
		if fix == "" {
			fix = "Correct the listed faults first."
		}
		return CodeInfo{code, archiveCheck, Error, title, why, fix}
	}
	return []CodeInfo{
		zip(CodeZipArchiveTooLarge, "The archive has more bytes than the limit", bounds),
		zip(CodeZipBadZip64, "A Zip64 record or field is missing, superfluous or contradicts another", views),
		zip(CodeZipCaseCollision, "Two names differ only in upper and lower case", collisions),
		zip(CodeZipComment, "The archive comment hides an end record", views),
		zip(CodeZipCRC, "The content does not have the stated CRC-32", damage),
		zip(CodeZipDataDescriptor, "A data descriptor is missing, wrong or cannot be found by all readers", views),
		zip(CodeZipDeflate, "The compressed data is damaged, or goes on after its end", damage),
		zip(CodeZipDevice, "An entry is a device, pipe or socket", kinds),
		zip(CodeZipDirectory, "The central directory is not what the end record says", views),
		zip(CodeZipDirectoryContent, "A directory entry has content", kinds),
		zip(CodeZipDirectoryTooLarge, "The central directory has more bytes than the limit", bounds),
		zip(CodeZipDuplicate, "Two entries have the same name", collisions),
		zip(CodeZipEncrypted, "An entry, or the directory, is encrypted", kinds),
		zip(CodeZipExtra, "An extra field is damaged, unknown or given twice", views),
		zip(CodeZipFileIsDirectory, "A name stands for a file and for a directory", collisions),
		zip(CodeZipFileTooLarge, "A file has more bytes than the limit", bounds),
		zip(CodeZipFlags, "A flag has no meaning here, or one that readers do not share", kinds),
		zip(CodeZipGap, "There are bytes between two records", views),
		zip(CodeZipLeadingData, "There are bytes before the first record", views),
		zip(CodeZipLocalMismatch, "A local header contradicts the central one", views),
		zip(CodeZipMethod, "A compression method other than STORED and DEFLATE", kinds),
		zip(CodeZipMode, "File attributes with special effects, or against the name", kinds),
		zip(CodeZipMultiDisk, "The archive claims to have several parts", views),
		zip(CodeZipNameAbsolute, "A name starts at the root", names),
		zip(CodeZipNameBackslash, "A name has a backslash", names),
		zip(CodeZipNameCharacter, "A name has a character that Windows cannot hold", names),
		zip(CodeZipNameControl, "A name has NUL or another control character", names),
		zip(CodeZipNameDrive, "A name has a drive letter or another colon", names),
		zip(CodeZipNamePath, "A name is empty or has an empty or \".\" element", names),
		zip(CodeZipNameRename, "An extra field gives the entry another name", names),
		zip(CodeZipNameReserved, "A name is a device on Windows, such as NUL or COM1.txt", names),
		zip(CodeZipNameTooLong, "A name, or one element of it, is longer than the limit", names),
		zip(CodeZipNameTrailing, "An element of a name ends in a dot or a space", names),
		zip(CodeZipNameTraversal, "A name has \"..\" in an element", names),
		zip(CodeZipNameVersion, "A name ends like the version of a file, such as X;1", names),
		zip(CodeZipNameUTF8, "A name is not UTF-8, or not marked as such", names),
		zip(CodeZipNoEndRecord, "This is not a zip archive", damage),
		zip(CodeZipOverlap, "Two records share bytes", views),
		zip(CodeZipRatio, "The content is too many times larger than its compressed data", bounds),
		zip(CodeZipSize, "The content does not have the stated size", damage),
		zip(CodeZipSymlink, "An entry is a symbolic link", kinds),
		zip(CodeZipTooManyEntries, "There are more entries than the limit", bounds),
		zip(CodeZipTooManyFaults, "The rest of the faults is not listed", bounds),
		zip(CodeZipTotalTooLarge, "All files together have more bytes than the limit", bounds),
		zip(CodeZipTrailingData, "There are bytes after the end record", views),
		zip(CodeZipTruncated, "The archive ends too early", damage),
		zip(CodeZipTwoEndRecords, "Readers could take either of two end records", views),
		zip(CodeZipUnicodeCollision, "Two names differ only in how Unicode spells them", collisions),
		zip(CodeZipVersion, "An entry needs a reader newer than version 4.5", kinds),
	}
}

// sentence makes a hint stand alone.
func sentence(hint string) string {
	if hint == "" {
		return ""
	}
	return strings.ToUpper(hint[:1]) + hint[1:] + "."
}
