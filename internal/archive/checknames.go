package archive

import "iter"

// CheckNames returns what is wrong with the names of the files of a package that
// is no archive, by the rules that [Open] has for names and with the same codes.
// Names are slash-separated paths of files; a trailing slash marks a directory.
// The Offset of a fault is the index of the name: Name itself may have been made
// safe to print. Like [Open] it lists at most 1000 faults.
func CheckNames(names iter.Seq[string]) []Fault {
	var list faults
	var records []*record
	longest := Limits{}.orDefault().Name
	reject := func(r *record, code, msg string) {
		r.rejected = true
		list.add(Fault{Code: code, Name: r.name, Offset: r.at, Msg: msg})
	}
	for name := range names {
		r := &record{header: header{name: name}, at: int64(len(records))}
		records = append(records, r)
		nameFaults(name, true, longest, func(code, msg string) { reject(r, code, msg) })
	}
	collisions(records, reject)
	return list.sorted()
}
