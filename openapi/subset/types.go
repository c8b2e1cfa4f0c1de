package subset

import (
	"slices"
	"strings"

	"attributed/openapi"
	"attributed/openapi/tree"
)

// The types of values other than null. A number is an integer or a fraction.
const (
	boolType = 1 << iota
	integerType
	fractionType
	stringType
	arrayType
	objectType
	allTypes = 1<<iota - 1
)

var typeBits = map[string]int{
	"boolean": boolType, "integer": integerType, "number": integerType | fractionType,
	"string": stringType, "array": arrayType, "object": objectType,
}

// typesOf returns the types of a schema's own keyword.
func typesOf(schema *tree.Value) int {
	if name := schema.Get("type"); name != nil {
		return typeBits[name.Str()]
	}
	return allTypes
}

// typeNames words types.
func typeNames(types int) string {
	if types == allTypes {
		return "any type"
	}
	var names []string
	for _, name := range []string{"boolean", "number", "integer", "string", "array", "object"} {
		if bits := typeBits[name]; types&bits == bits {
			names = append(names, name)
			types &^= bits
		}
	}
	if types&fractionType != 0 {
		names = append(names, "fraction")
	}
	return strings.Join(names, " or ")
}

func typeOf(v *tree.Value) int {
	switch {
	case v.Is(tree.Bool):
		return boolType
	case v.Is(tree.String):
		return stringType
	case v.Is(tree.Array):
		return arrayType
	case v.Is(tree.Object):
		return objectType
	case v.Is(tree.Number):
		if r := v.Rat(); r != nil && r.IsInt() {
			return integerType
		}
		return fractionType
	}
	return 0
}

// admitsNull reports whether null is allowed. As upstream and our validator mean it,
// nullable allows null whatever stands beside it.
func admitsNull(spec *openapi.Spec, schema *tree.Value, depth int) bool {
	schema = spec.Resolved(schema)
	switch {
	case schema == nil || schema.Get("nullable").True():
		return true
	case schema.Get("type") != nil || depth > 100:
		return false
	case schema.Get("enum") != nil:
		return slices.ContainsFunc(schema.Get("enum").Elements(), func(v *tree.Value) bool { return v.Is(tree.Null) })
	}
	admits := func(branch *tree.Value) bool { return admitsNull(spec, branch, depth+1) }
	refuses := func(branch *tree.Value) bool { return !admits(branch) }
	if slices.ContainsFunc(schema.Get("allOf").Elements(), refuses) {
		return false
	}
	for _, keyword := range []string{"anyOf", "oneOf"} {
		if union := schema.Get(keyword); union.Is(tree.Array) && !slices.ContainsFunc(union.Items, admits) {
			return false
		}
	}
	return true
}

// isAnyText reports whether a parameter may be any text, as the texts of numbers are.
func isAnyText(b *tree.Value) bool {
	if b.Get("type").Str() != "string" {
		return false
	}
	return !slices.ContainsFunc(b.Members, func(m tree.Member) bool {
		return slices.Contains([]string{"enum", "pattern", "minLength", "maxLength", "format", "allOf", "anyOf", "oneOf", "not"}, m.Name)
	})
}

// listed words values, as many as a reader can take in.
func listed(values []*tree.Value) string {
	var text string
	for i, v := range values {
		switch {
		case i == 8:
			return text + ", …"
		case i > 0:
			text += ", "
		}
		text += v.Literal()
	}
	return text
}

// index returns the values of a list in their canonical form.
func index(list []*tree.Value) map[string]bool {
	all := make(map[string]bool, len(list))
	for _, v := range list {
		all[v.Canonical()] = true
	}
	return all
}
