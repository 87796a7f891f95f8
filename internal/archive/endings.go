package archive

import "bytes"

// endings looks in the content of a STORED entry with a data descriptor for what
// a reader of streams would take for its end: the signature of a record. Without
// one, all readers find the same end.
type endings struct {
	off   bool
	found bool
	tail  []byte // the last bytes before p
}

const signatureLen = 4

func (e *endings) add(p []byte) {
	if e.off || e.found {
		return
	}
	head := append(e.tail, p[:min(len(p), signatureLen-1)]...)
	e.found = hasSignature(head) || hasSignature(p)
	if len(p) >= signatureLen-1 {
		head = p
	}
	e.tail = append([]byte(nil), head[max(0, len(head)-(signatureLen-1)):]...)
}

// hasSignature looks for "PK" and two numbers as all records have them.
func hasSignature(p []byte) bool {
	for {
		i := bytes.Index(p, []byte("PK"))
		if i < 0 || i+signatureLen > len(p) {
			return false
		}
		if p[i+2] < 0x10 && p[i+3] < 0x10 {
			return true
		}
		p = p[i+2:]
	}
}
