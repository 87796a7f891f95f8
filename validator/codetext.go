package validator

// checkCodes explains the codes of everything but the zip reader and the rules of
// the runtime.
func checkCodes() []CodeInfo {
	return []CodeInfo{
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
			"What nobody can read, nobody can check.",
			"Look at the permissions and the health of the disk.",
		},
		{
			CodeChecksumsSyntax, "checksums", Error, "A line of the checksum file is no checksum",
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
			"Mend the file in the project at the given line and export again.",
		},
		{
			CodeJSONSyntax, "documents", Error, "A JSON file that cannot be read",
			"Tools would stop at this file, or each read something else.",
			"Mend the file at the given line and export again.",
		},
		{
			CodeDuplicateKey, "documents", Error, "A key that appears twice in one mapping",
			"One reader takes the first value, another the last; nobody knows which the machine will use.",
			"Keep one of the two.",
		},
		{
			CodeDocumentLimit, "documents", Error, "A document that is too large, too deep, or explodes",
			"Aliases and nesting can make a small file cost all memory of the machine.",
			"Make the document smaller, or raise the limit if you trust its source.",
		},
		{
			CodeSecret, "secrets", Error, "A secret in the package",
			"Packages are copied, mailed and kept; a secret in one is public.",
			"Remove it from the project, supply it on the target (INFLUXDB_TOKEN for telemetry), and replace the secret if the package was shared.",
		},
		{
			CodeSuspicious, "secrets", Warning, "Something that may be a secret",
			"The name of the key says secret; only a person can tell whether the value is one.",
			"Look at it. Remove it, or allow it in the policy.",
		},
		{
			CodeProfileSchema, "profile-schema", Error, "The machine profile breaks its schema",
			"The installer and the fleet tools rely on the form of the manifest.",
			"Mend machine-profile.yaml in the project at the given place.",
		},
		{
			CodeUnsafePath, "profile-references", Error, "A path that leaves the package",
			"On the target it would read or run a file that nobody packaged.",
			"Use a relative path with / between its elements that does not leave the folder.",
		},
		{
			CodeReferenceMissing, "profile-references", Error, "A path that leads to no file of the package",
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
			"Mend the runtime config in the project at the given place.",
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
			CodeProviderConfig, "providers", Warning, "A provider config that is no mapping",
			"No known provider takes such a config; what a provider takes is its own business, so this is no error.",
			"Mend the provider's config in the project.",
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
			"Without it nobody can tell which project and which format this is.",
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
			CodeReplayRefused, "replay", Error, "The runtime refuses the config",
			"This is the program that will run the machine; it would not start.",
			"Read its output in the report and mend the config in the project.",
		},
		{
			CodeReplayTimeout, "replay", Error, "The runtime did not answer in time",
			"A check that did not finish is no pass.",
			"Try the runtime by hand, or give it more time.",
		},
		{
			CodeReplayCrashed, "replay", Error, "The runtime crashed on the config",
			"It would crash on the machine too.",
			"Report the config to the makers of the runtime.",
		},
		{
			CodeReplayFailed, "replay", Error, "The runtime could not be asked",
			"A check that did not run is no pass.",
			"Look at the path and the permissions of the runtime, and whether it is built for this machine.",
		},
	}
}
