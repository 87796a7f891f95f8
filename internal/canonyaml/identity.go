package canonyaml

import (
	"math"
	"math/big"
	"strconv"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// identity is a text that two keys share exactly when the reference holds them
// for the same key: 1, 1.0 and true are one key, "1" is another.
func identity(n *doc.Node) string {
	switch n.Kind {
	case doc.Null:
		return "null"
	case doc.Bool:
		if n.Bool {
			return "n1"
		}
		return "n0"
	case doc.Int:
		return "n" + n.Text
	case doc.Float:
		if math.IsNaN(n.Float) {
			return "nan at " + place(n.Pos) // equal to nothing, not even itself
		}
		if n.Float == math.Trunc(n.Float) && !math.IsInf(n.Float, 0) {
			i, _ := big.NewFloat(n.Float).Int(nil)
			return "n" + i.String()
		}
		return "n" + strconv.FormatFloat(n.Float, 'g', -1, 64)
	case doc.Binary:
		return "b" + n.Text
	case doc.Timestamp:
		return "t" + n.Text
	default:
		return "s" + n.Text
	}
}
