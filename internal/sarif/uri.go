package sarif

import (
	"path"
	"strings"
)

// unnamed stands for a file without a name: GitHub refuses an empty URI.
const unnamed = "package"

// URI is the URI of the file with this slash path, or of the file inner inside
// of it (an archive or a directory) if inner is not empty.
//
// A relative path becomes a relative reference (RFC 3986), which code scanning
// resolves against the root of the repository. Nothing outside of that root can
// be named relatively: a path that leads out of it loses its "..". An absolute
// path, or one with a Windows drive, becomes a file: URI. A name may have any
// bytes in it.
func URI(name, inner string) string {
	prefix := ""
	if drive(name) {
		prefix, name = "file:///"+name[:2], "/"+strings.ReplaceAll(name[2:], `\`, "/")
	} else if strings.HasPrefix(name, "/") {
		prefix = "file://"
	}
	if name != "" || inner == "" {
		name = path.Clean(name)
	}
	if prefix == "" {
		for name == ".." || strings.HasPrefix(name, "../") {
			name = strings.TrimPrefix(name[2:], "/")
		}
		if name == "." {
			name = ""
		}
	}
	switch {
	case inner == "" && name == "":
		name = unnamed
	case name == "" && strings.HasPrefix(inner, "/"): // two slashes would begin a host
		name = unnamed + "/" + inner
	case inner != "" && name == "":
		name = inner
	case inner != "":
		name = strings.TrimSuffix(name, "/") + "/" + inner
	}
	return prefix + escape(name)
}

// drive reports whether name begins as C:\ or C:/ does.
func drive(name string) bool {
	return len(name) > 2 && name[1] == ':' && (name[2] == '\\' || name[2] == '/') &&
		('a' <= name[0]|0x20 && name[0]|0x20 <= 'z')
}

// escape encodes everything but slashes and what RFC 3986 calls unreserved. A
// colon must not stay: in the first segment it would end a scheme.
func escape(name string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("/-._~", c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}
