package subset

import (
	"fmt"
	"slices"
	"strings"

	"attributed/openapi"
	"attributed/openapi/tree"
)

// set is the values that all of some schemas allow.
type set struct {
	schemas []*tree.Value // references followed
	chosen  []*tree.Value // anyOf and oneOf lists of which a branch is among schemas
	noNull  bool
	whole   bool // unions of which no branch is chosen are not looked into
}

func (a set) key() string {
	var parts []string
	for _, schema := range a.schemas {
		parts = append(parts, fmt.Sprintf("%p", schema))
	}
	slices.Sort(parts)
	parts = slices.Compact(parts)
	for _, union := range a.chosen {
		parts = append(parts, fmt.Sprintf("!%p", union))
	}
	return fmt.Sprintf("%v%v%s", a.noNull, a.whole, strings.Join(parts, "&"))
}

func (a set) withoutNull() set {
	a.noNull = true
	return a
}

// and is a with one more schema.
func (a set) and(schema *tree.Value) set {
	a.schemas = append(slices.Clone(a.schemas), schema)
	return a
}

// branch is a where branch i of its union holds.
func (a set) branch(union *tree.Value, i int) set {
	a = a.and(union.Items[i])
	a.chosen = append(slices.Clone(a.chosen), union)
	return a
}

// shape is a set as one schema: what its schemas and all in their allOf say together.
type shape struct {
	parts    []*tree.Value
	null     bool
	types    int
	enum     []*tree.Value // nil is no list, else the values but null
	unions   []*tree.Value // anyOf and oneOf lists of which no branch is chosen
	required map[string]bool
	hidden   []string // properties that unions name which are not looked into
}

func (s *shape) nothing() bool { return !s.null && s.types == 0 }

// names returns the properties that a set can have a say of, in the order of its schemas.
func (s *shape) names() []string { return append(PropertyNames(s.parts), s.hidden...) }

// PropertyNames returns the names in the properties of schemas, each once, in their order.
func PropertyNames(schemas []*tree.Value) []string {
	var names []string
	seen := map[string]bool{}
	for _, part := range schemas {
		for _, m := range part.Get("properties").Fields() {
			if !seen[m.Name] {
				seen[m.Name] = true
				names = append(names, m.Name)
			}
		}
	}
	return names
}

// closed reports whether there are no other properties than those that are named.
func (s *shape) closed() bool {
	return slices.ContainsFunc(s.parts, func(part *tree.Value) bool { return part.Get("additionalProperties").False() })
}

// sets makes sets from the schemas of one spec, and caches their shapes.
type sets struct {
	spec   *openapi.Spec
	shapes map[string]*shape
	made   map[string]*tree.Value // schemas that no spec has, by what they say
	oneOfs map[*tree.Value]bool   // the lists of these shapes that are a oneOf
}

func newSets(spec *openapi.Spec) *sets {
	return &sets{spec: spec, shapes: map[string]*shape{}, made: map[string]*tree.Value{}, oneOfs: map[*tree.Value]bool{}}
}

// of returns the set that schemas describe together.
func (x *sets) of(schemas ...*tree.Value) set {
	var a set
	for _, schema := range schemas {
		if resolved := x.spec.Resolved(schema); resolved.Is(tree.Object) {
			a.schemas = append(a.schemas, resolved)
		}
	}
	return a
}

func (x *sets) shape(a set) *shape {
	key := a.key()
	if s := x.shapes[key]; s != nil {
		return s
	}
	s := &shape{null: !a.noNull, types: allTypes, required: map[string]bool{}}
	for _, schema := range a.schemas {
		s.null = s.null && admitsNull(x.spec, schema, 0)
		x.flatten(s, schema, 0)
	}
	for _, part := range s.parts {
		if types := typesOf(part); types != 0 { // of a type that there is not, nothing is known
			s.types &= types
		}
		if step := part.Get("multipleOf").Rat(); step != nil && step.Sign() > 0 && step.IsInt() {
			s.types &^= fractionType
		}
		s.narrow(part.Get("enum"))
		if union := part.Get("oneOf"); union != nil {
			x.oneOfs[union] = true
		}
		for _, keyword := range []string{"anyOf", "oneOf"} {
			if union := part.Get(keyword); union.Is(tree.Array) && !slices.Contains(a.chosen, union) {
				s.unions = append(s.unions, union)
			}
		}
		for _, name := range part.Get("required").Elements() {
			s.required[name.Str()] = true
		}
	}
	if a.whole {
		s.hidden = x.hidden(s)
	}
	if s.enum == nil && s.types == boolType {
		s.enum = []*tree.Value{tree.Flag(true), tree.Flag(false)}
	}
	if s.enum != nil {
		listed := 0
		for _, v := range s.enum {
			listed |= typeOf(v)
		}
		s.types &= listed
	}
	x.shapes[key] = s
	return s
}

// flatten takes the schema and, of its allOf, all parts.
func (x *sets) flatten(s *shape, schema *tree.Value, depth int) {
	schema = x.spec.Resolved(schema)
	if schema == nil || depth > 100 || slices.Contains(s.parts, schema) {
		return
	}
	s.parts = append(s.parts, schema)
	for _, part := range schema.Get("allOf").Elements() {
		x.flatten(s, part, depth+1)
	}
}

// hidden returns the properties that the branches of a shape's unions name: a client may send
// them, with whatever values.
func (x *sets) hidden(s *shape) []string {
	known := map[string]bool{}
	for _, name := range s.names() {
		known[name] = true
	}
	var names []string
	seen := map[*tree.Value]bool{}
	var collect func(schema *tree.Value)
	collect = func(schema *tree.Value) {
		schema = x.spec.Resolved(schema)
		if schema == nil || seen[schema] {
			return
		}
		seen[schema] = true
		for _, m := range schema.Get("properties").Fields() {
			if !known[m.Name] {
				known[m.Name] = true
				names = append(names, m.Name)
			}
		}
		for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
			for _, branch := range schema.Get(keyword).Elements() {
				collect(branch)
			}
		}
	}
	for _, union := range s.unions {
		for _, branch := range union.Elements() {
			collect(branch)
		}
	}
	return names
}

// narrow keeps of the listed values those that another list has too.
func (s *shape) narrow(enum *tree.Value) {
	if !enum.Is(tree.Array) {
		return
	}
	known := index(s.enum)
	narrowed := []*tree.Value{}
	for _, v := range enum.Items {
		if !v.Is(tree.Null) && (s.enum == nil || known[v.Canonical()]) {
			narrowed = append(narrowed, v)
		}
	}
	s.enum = narrowed
}

// said returns the schema that build makes, and the same one each time: by key, which is
// what the schema says.
func (x *sets) said(key string, build func() *tree.Value) *tree.Value {
	if x.made[key] == nil {
		x.made[key] = build()
	}
	return x.made[key]
}

// OnlyScalars reports whether a schema is known to allow neither lists nor objects.
func OnlyScalars(spec *openapi.Spec, schema *tree.Value) bool {
	sets := newSets(spec)
	return schema != nil && sets.shape(sets.of(schema)).types&(arrayType|objectType) == 0
}
