package tree

import (
	"bytes"
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Encode writes the value as upstream writes its spec: in JSON, with four spaces a
// level and a line break at the end.
func (v *Value) Encode() []byte {
	var b bytes.Buffer
	v.write(&b, "\n", quote)
	b.WriteByte('\n')
	return b.Bytes()
}

const indent = "    "

// write writes each name as key has it.
func (v *Value) write(b *bytes.Buffer, newline string, key func(name string) string) {
	var open, end byte
	var n int
	switch v.Kind {
	case Object:
		open, end, n = '{', '}', len(v.Members)
	case Array:
		open, end, n = '[', ']', len(v.Items)
	default:
		b.WriteString(v.literal)
		return
	}
	b.WriteByte(open)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(newline + indent)
		if v.Kind == Array {
			v.Items[i].write(b, newline+indent, key)
			continue
		}
		b.WriteString(key(v.Members[i].Name))
		b.WriteString(": ")
		v.Members[i].Value.write(b, newline+indent, key)
	}
	if n > 0 {
		b.WriteString(newline)
	}
	b.WriteByte(end)
}

// EncodeForYAML writes the value as YAML that is JSON but for what YAML parsers read otherwise. A
// text that JSON may hold is not always one to them: they know no escaped surrogate
// pairs, fold line breaks that JSON does not have, and refuse what cannot be printed, and
// a long name that no "?" announces.
func (v *Value) EncodeForYAML() []byte {
	plain := v.Clone()
	plain.plain()
	var written, b bytes.Buffer
	plain.write(&written, "\n", announced)
	for _, r := range written.String() {
		if r >= 0x7f && r <= 0x9f || slices.Contains(strange, r) { // they can only be in texts
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.Bytes()
}

// announced writes a name as YAML has it: within 1,024 characters, escapes counted, a colon must
// follow a name that is not announced. The limit is that of the usual encoders.
func announced(name string) string {
	if len(name) > 128 {
		return "? " + quote(name)
	}
	return quote(name)
}

// strange is what YAML takes for line breaks, for a mark of the byte order, or for none.
var strange = []rune{0x2028, 0x2029, 0xfeff, 0xfffe, 0xffff}

// plain writes each text anew, with no more escaped than must be.
func (v *Value) plain() {
	if v.Kind == String {
		v.literal = quote(v.Str())
	}
	for _, m := range v.Members {
		m.Value.plain()
	}
	for _, item := range v.Items {
		item.plain()
	}
}

// Canonical returns a text that two values share where they are equal: the order of
// members and of names in required, and the way in which a text or a number is
// written, aside.
func (v *Value) Canonical() string {
	var b strings.Builder
	v.canonical(&b, "")
	return b.String()
}

func (v *Value) canonical(b *strings.Builder, name string) {
	switch {
	case v == nil:
	case v.Kind == Object:
		members := slices.Clone(v.Members)
		slices.SortStableFunc(members, func(a, b Member) int { return cmp.Compare(a.Name, b.Name) })
		b.WriteByte('{')
		for _, m := range members {
			b.WriteString(quote(m.Name) + ":")
			m.Value.canonical(b, m.Name)
			b.WriteByte(',')
		}
		b.WriteByte('}')
	case v.Kind == Array:
		var items []string
		for _, item := range v.Items {
			items = append(items, item.Canonical())
		}
		if name == "required" {
			slices.Sort(items)
		}
		b.WriteString("[" + strings.Join(items, ",") + "]")
	case v.Kind == String:
		b.WriteString(quote(v.Str()))
	case v.Kind == Number:
		b.WriteString(canonicalNumber(v.literal))
	default:
		b.WriteString(v.literal)
	}
}

func canonicalNumber(literal string) string {
	if r := parseNumber(literal); r != nil {
		return r.RatString()
	}
	return literal
}

// Rat returns the exact value of a Number, or nil where it is none, or one with an
// exponent that no constraint has.
func (v *Value) Rat() *big.Rat {
	if !v.Is(Number) {
		return nil
	}
	return parseNumber(v.literal)
}

func parseNumber(literal string) *big.Rat {
	if _, exponent, found := strings.Cut(strings.ToLower(literal), "e"); found {
		if n, err := strconv.Atoi(exponent); err != nil || n > 400 || n < -400 {
			return nil
		}
	}
	if r, ok := new(big.Rat).SetString(literal); ok && len(literal) < 1000 {
		return r
	}
	return nil
}
