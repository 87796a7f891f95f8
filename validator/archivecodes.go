package validator

import (
	"strings"

	"github.com/anolishq/anolis-handoff/internal/archive"
)

// archiveCodes explains the codes of the zip reader. The rules for names hold
// for folders too.
func archiveCodes() []CodeInfo {
	const (
		views      = "Two zip readers would see different packages here, so that one checks what the other does not install."
		bounds     = "Reading it could exhaust the machine that does."
		damage     = "The content is not what was packed."
		kinds      = "Unpacking it does more, or less, than writing plain files."
		collisions = "On some systems one of the files would silently take the place of the other."
		names      = "It would be unpacked elsewhere than it says, under another name, or not at all, depending on the system."
	)
	var list []CodeInfo
	for _, c := range []struct{ code, title, why string }{
		{archive.CodeArchiveTooLarge, "The archive has more bytes than the limit", bounds},
		{archive.CodeBadZip64, "A Zip64 record or field is missing, superfluous or contradicts another", views},
		{archive.CodeCaseCollision, "Two names differ only in upper and lower case", collisions},
		{archive.CodeComment, "The archive comment hides an end record", views},
		{archive.CodeCRC, "The content does not have the stated CRC-32", damage},
		{archive.CodeDataDescriptor, "A data descriptor is missing, wrong or cannot be found by all readers", views},
		{archive.CodeDeflate, "The compressed data is damaged, or goes on after its end", damage},
		{archive.CodeDevice, "An entry is a device, pipe or socket", kinds},
		{archive.CodeDirectory, "The central directory is not what the end record says", views},
		{archive.CodeDirectoryContent, "A directory entry has content", kinds},
		{archive.CodeDirectoryTooLarge, "The central directory has more bytes than the limit", bounds},
		{archive.CodeDuplicate, "Two entries have the same name", collisions},
		{archive.CodeEncrypted, "An entry, or the directory, is encrypted", kinds},
		{archive.CodeExtra, "An extra field is damaged, unknown or given twice", views},
		{archive.CodeFileIsDirectory, "A name stands for a file and for a directory", collisions},
		{archive.CodeFileTooLarge, "A file has more bytes than the limit", bounds},
		{archive.CodeFlags, "A flag has no meaning here, or one that readers do not share", kinds},
		{archive.CodeGap, "There are bytes between two records", views},
		{archive.CodeLeadingData, "There are bytes before the first record", views},
		{archive.CodeLocalMismatch, "A local header contradicts the central one", views},
		{archive.CodeMethod, "A compression method other than STORED and DEFLATE", kinds},
		{archive.CodeMode, "File attributes with special effects, or against the name", kinds},
		{archive.CodeMultiDisk, "The archive claims to have several parts", views},
		{archive.CodeNameAbsolute, "A name starts at the root", names},
		{archive.CodeNameBackslash, "A name has a backslash", names},
		{archive.CodeNameCharacter, "A name has a character that Windows cannot hold", names},
		{archive.CodeNameControl, "A name has NUL or another control character", names},
		{archive.CodeNameDrive, "A name has a drive letter or another colon", names},
		{archive.CodeNamePath, "A name is empty or has an empty or \".\" element", names},
		{archive.CodeNameRename, "An extra field gives the entry another name", names},
		{archive.CodeNameReserved, "A name is a device on Windows, such as NUL or COM1.txt", names},
		{archive.CodeNameTooLong, "A name, or one element of it, is longer than the limit", names},
		{archive.CodeNameTrailing, "An element of a name ends in a dot or a space", names},
		{archive.CodeNameTraversal, "A name has \"..\" in an element", names},
		{archive.CodeNameVersion, "A name ends like the version of a file, such as X;1", names},
		{archive.CodeNameUTF8, "A name is no UTF-8, or not marked as such", names},
		{archive.CodeNoEndRecord, "This is no zip archive", damage},
		{archive.CodeOverlap, "Two records share bytes", views},
		{archive.CodeRatio, "The content is too many times larger than its compressed data", bounds},
		{archive.CodeSize, "The content does not have the stated size", damage},
		{archive.CodeSymlink, "An entry is a symbolic link", kinds},
		{archive.CodeTooManyEntries, "There are more entries than the limit", bounds},
		{archive.CodeTooManyFaults, "The rest of the faults is not listed", bounds},
		{archive.CodeTotalTooLarge, "All files together have more bytes than the limit", bounds},
		{archive.CodeTrailingData, "There are bytes after the end record", views},
		{archive.CodeTruncated, "The archive ends too early", damage},
		{archive.CodeTwoEndRecords, "Readers could take either of two end records", views},
		{archive.CodeUnicodeCollision, "Two names differ only in how Unicode spells them", collisions},
		{archive.CodeVersion, "An entry needs a reader newer than version 4.5", kinds},
	} {
		fix := sentence(archive.Hint(c.code))
		if fix == "" {
			fix = "Mend the listed faults first."
		}
		list = append(list, CodeInfo{Code(c.code), archiveCheck, Error, c.title, c.why, fix})
	}
	return list
}

// sentence makes a hint stand alone.
func sentence(hint string) string {
	if hint == "" {
		return ""
	}
	return strings.ToUpper(hint[:1]) + hint[1:] + "."
}
