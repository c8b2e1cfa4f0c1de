package report

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// BodyFile stands for a body that a curl line does not hold.
const BodyFile = "@body.json"

// Quote makes a text one word of a shell.
func Quote(text string) string {
	plain := utf8.ValidString(text) && bytes.IndexFunc([]byte(text), func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfeff }) < 0
	if plain {
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	var word strings.Builder
	word.WriteString("$'")
	for _, b := range []byte(text) {
		switch {
		case b == '\'' || b == '\\':
			word.WriteString(`\` + string(rune(b)))
		case b < ' ' || b >= 0x7f:
			fmt.Fprintf(&word, `\x%02x`, b)
		default:
			word.WriteByte(b)
		}
	}
	return word.String() + "'"
}
