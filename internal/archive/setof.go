package archive

import "io/fs"

// SetOf returns the set behind a file system that Set.FS returned. It spares
// hashing again what was hashed already and is verified on every reading.
func SetOf(fsys fs.FS) (*Set, bool) {
	if own, ok := fsys.(*fileSystem); ok {
		return own.set, true
	}
	return nil, false
}
