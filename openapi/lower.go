package openapi

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"attributed/openapi/tree"
)

// The kinds of what is said in OpenAPI 3.1 alone, and put as 3.0 says it.
const (
	TypeList       = "OpenAPI 3.1: type with null"
	Const          = "OpenAPI 3.1: const"
	SchemaExamples = "OpenAPI 3.1: examples of a schema"
	ExclusiveBound = "OpenAPI 3.1: exclusive bound that is a number"
)

// only31 are the keywords of schemas that 3.0 has nothing for.
var only31 = []string{
	"prefixItems", "contains", "minContains", "maxContains", "patternProperties", "propertyNames", "if", "then", "else", "dependentSchemas",
	"dependentRequired", "unevaluatedProperties", "unevaluatedItems", "$defs", "$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$schema",
}

// ReadAny is [Read] for specs of OpenAPI 3.1, too: what can be said in 3.0 without a loss is put so, and
// returned. It returns an error with the place of what cannot.
func ReadAny(data []byte) (*Spec, []Mended, error) {
	root, err := parse(data)
	if err != nil {
		return nil, nil, err
	}
	if !strings.HasPrefix(root.Get("openapi").Str(), "3.1") {
		return &Spec{root}, nil, supported(root)
	}
	root.Set("openapi", tree.Text("3.0.3"))
	s := &Spec{root}
	if err := supported(root); err != nil {
		return nil, nil, err
	}
	for _, place := range [][]string{{"webhooks"}, {"components", "pathItems"}, {"jsonSchemaDialect"}} {
		if root.At(place...) != nil {
			return nil, nil, no30(place, "")
		}
	}
	l := mender{spec: s}
	for _, part := range []string{"paths", "components"} {
		walk(root.Get(part), []string{part}, part == "paths", func(v *tree.Value, names []string, inMap bool) {
			if err == nil && !inMap && v.Is(tree.Object) {
				err = l.lower(v, names)
			}
		})
	}
	return s, l.found, err
}

// no30 is the error of what 3.0 cannot say.
func no30(names []string, keyword string) error {
	if keyword != "" {
		names = append(slices.Clone(names), keyword)
	}
	return fmt.Errorf("%s: OpenAPI 3.1 says this, and 3.0, which is what is worked with, cannot", pointer(names))
}

// lower puts one object of the description as 3.0 says it.
func (m *mender) lower(v *tree.Value, names []string) error {
	for _, keyword := range only31 {
		if v.Get(keyword) != nil {
			return no30(names, keyword)
		}
	}
	if v.Get("type").Is(tree.Array) {
		if err := m.lowerType(v, names); err != nil {
			return err
		}
	} else if v.Get("type").Str() == "null" {
		return no30(names, "type")
	}
	if value := v.Get("const"); value != nil {
		if value.Is(tree.Null) || v.Get("enum") != nil {
			return no30(names, "const")
		}
		v.Set("enum", tree.List(value))
		v.Delete("const")
		m.note(Const, append(names, "const")...)
	}
	if examples := v.Get("examples"); examples.Is(tree.Array) {
		if len(examples.Items) > 0 && v.Get("example") == nil {
			v.Set("example", examples.Items[0])
		}
		v.Delete("examples")
		m.note(SchemaExamples, append(names, "examples")...)
	}
	m.lowerBound(v, names, "minimum", "exclusiveMinimum", 1)
	m.lowerBound(v, names, "maximum", "exclusiveMaximum", -1)
	return nil
}

// lowerType makes one type, and nullable, of a type and null.
func (m *mender) lowerType(v *tree.Value, names []string) error {
	var types []*tree.Value
	nullable := false
	for _, item := range v.Get("type").Items {
		if item.Str() == "null" {
			nullable = true
		} else {
			types = append(types, item)
		}
	}
	if len(types) != 1 || v.Get("const") != nil && nullable {
		return no30(names, "type")
	}
	v.Set("type", types[0])
	enum := v.Get("enum")
	if nullable && (enum == nil || slices.ContainsFunc(enum.Elements(), func(item *tree.Value) bool { return item.Is(tree.Null) })) {
		v.Set("nullable", tree.Flag(true))
	}
	m.note(TypeList, append(names, "type")...)
	return nil
}

// lowerBound makes a bound, and a flag that it is excluded, of an exclusive bound. Of the two that 3.1 may
// have, the narrower counts: side is 1 for that from below, and -1 for that from above.
func (m *mender) lowerBound(v *tree.Value, names []string, bound, exclusive string, side int) {
	excluded := v.Get(exclusive)
	if !excluded.Is(tree.Number) {
		return
	}
	m.note(ExclusiveBound, append(names, exclusive)...)
	if other := v.Get(bound); other.Is(tree.Number) && side*compare(excluded.Rat(), other.Rat()) < 0 {
		v.Delete(exclusive)
		return
	}
	v.Set(bound, excluded)
	v.Set(exclusive, tree.Flag(true))
}

// compare is Cmp; what is no number that can be computed with is equal to all.
func compare(a, b *big.Rat) int {
	if a == nil || b == nil {
		return 0
	}
	return a.Cmp(b)
}
