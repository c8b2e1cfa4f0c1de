// Package cases makes from schemas the bodies that a server is tried with: good ones, and bad
// ones with one fault each.
package cases

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/spec"
	"attributed/openapi/alternatives"
)

// Generator makes values from schemas. All of its texts are its own: they hold a mark
// of the run and a number, so that nothing of it is taken for anything else.
type Generator struct {
	Rand   *rand.Rand
	Mark   string
	Made   int
	Known  map[string][]string                       // what references may refer to, by their name
	branch *openapi3.SchemaRef                       // of a union, that is to be made where it is one of its
	Plain  bool                                      // texts are of ASCII alone
	Text   Text                                      // of which kind texts are made
	Length func(s *openapi3.Schema) (n int, ok bool) // of texts, where a case is about lengths

	exceeded map[*openapi3.Schema]bool // arrays of which a body with too many elements was made
}

// Text is a kind of texts: what stands before and after the mark.
type Text struct{ what, before, after string }

// New returns a generator of which the same seed makes the same values.
func New(seed uint64) *Generator {
	return &Generator{
		Rand:  rand.New(rand.NewPCG(seed, 0x617474726962)),
		Mark:  fmt.Sprintf("Check-%08x", uint32(seed*0x9E3779B1)),
		Known: map[string][]string{},

		exceeded: map[*openapi3.Schema]bool{},
	}
}

// Style says how much of what is optional a value has.
type Style int

const (
	Minimal Style = iota // nothing, and null where it may be
	Full                 // everything
	Random
)

// unknownReference is a value that cannot be made, since nothing is known that it
// could refer to.
type unknownReference string

func (u unknownReference) Error() string { return "no value is known for " + string(u) }

// Value makes a value that the schema allows; an error where it does not know how.
func (g *Generator) Value(ref *openapi3.SchemaRef, name string, how Style) (any, error) {
	made, err := g.at(ref, name, how, spec.MaxDepth)
	if err == nil && ref != nil && ref.Value != nil && !spec.Accepts(ref.Value, NewCase("", "", Taken, made).Value, openapi3.VisitAsRequest()) {
		return nil, errors.New("the schema asks for more than can be made up")
	}
	return made, err
}

func (g *Generator) at(ref *openapi3.SchemaRef, name string, how Style, depth int) (any, error) {
	s := spec.Merged(ref)
	switch {
	case depth == 0:
		return nil, fmt.Errorf("%s nests too deep", name)
	case s == nil:
		return "anything", nil
	case spec.TakesNull(s) && (how == Minimal || how == Random && g.Rand.IntN(3) == 0):
		return nil, nil
	case len(s.Enum) > 0:
		return s.Enum[g.Rand.IntN(len(s.Enum))], nil
	case len(s.OneOf)+len(s.AnyOf) > 0:
		return g.union(s, name, how, depth)
	case spec.IsObject(s):
		return g.object(s, how, depth)
	case spec.IsArray(s):
		return g.array(s, name, how, depth)
	case s.Type.Is(openapi3.TypeString):
		return g.string(s, name)
	case s.Type.Is(openapi3.TypeInteger), s.Type.Is(openapi3.TypeNumber):
		return g.number(s, name), nil
	case s.Type.Is(openapi3.TypeBoolean):
		return g.Rand.IntN(2) == 0, nil
	}
	return "anything", nil
}

// union makes a value of one of a schema's branches, and of what stands beside them.
func (g *Generator) union(s *openapi3.Schema, name string, how Style, depth int) (any, error) {
	branches := slices.Concat(s.OneOf, s.AnyOf)
	order := g.Rand.Perm(len(branches))
	if first := slices.Index(branches, g.branch); first >= 0 {
		order = append([]int{first}, order...)
	}
	var failed error
	for _, i := range order {
		made, err := g.at(branches[i], name, how, depth-1)
		if err != nil {
			failed = err
			continue
		}
		object, ok := made.(map[string]any)
		if !ok {
			return made, nil
		}
		beside, err := g.object(s, how, depth)
		if err != nil {
			return nil, err
		}
		for member, value := range beside.(map[string]any) {
			if _, there := object[member]; !there {
				object[member] = value
			}
		}
		if told := spec.Discriminating(s, branches[i]); told != "" {
			object[spec.PropertyName(s)] = told
		}
		return object, nil
	}
	return nil, failed
}

func (g *Generator) object(s *openapi3.Schema, how Style, depth int) (any, error) {
	made := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		property := s.Properties[name]
		required := slices.Contains(s.Required, name)
		if p := spec.Merged(property); p != nil && p.ReadOnly || !required && (how == Minimal || how == Random && g.Rand.IntN(2) == 0) {
			continue
		}
		member, err := g.at(property, name, how, depth-1)
		if err == nil {
			made[name] = member
		} else if required {
			return nil, err
		}
	}
	return made, g.oneOf(alternatives.Of(s), s, made, how, depth)
}

// array makes an array whose objects each refer to something else.
func (g *Generator) array(s *openapi3.Schema, name string, how Style, depth int) (any, error) {
	key := referenceOf(spec.Merged(s.Items))
	count := 2
	if key != "" {
		count = len(g.Known[key])
	}
	switch how {
	case Minimal:
		count = 0
	case Random:
		count = g.Rand.IntN(min(count, 5) + 1)
	default:
		count = min(count, 5)
	}
	count = max(count, int(s.MinItems))
	if s.MaxItems != nil {
		count = min(count, int(*s.MaxItems))
	}
	return g.elements(s, name, key, count, how, depth)
}

func (g *Generator) elements(s *openapi3.Schema, name, key string, count int, how Style, depth int) (any, error) {
	made := []any{}
	if key != "" && count > len(g.Known[key]) {
		return nil, unknownReference(key)
	}
	chosen := g.Rand.Perm(len(g.Known[key]))
	for i := range count {
		element, err := g.at(s.Items, name, how, depth-1)
		if err != nil {
			return nil, err
		}
		if object, ok := element.(map[string]any); ok && key != "" {
			object[key] = g.Known[key][chosen[i]]
		}
		made = append(made, element)
	}
	return made, nil
}

// referenceOf is the property of an array's objects that must refer to something.
func referenceOf(element *openapi3.Schema) string {
	if !spec.IsObject(element) {
		return ""
	}
	for _, name := range slices.Sorted(maps.Keys(element.Properties)) {
		if spec.IsReference(name) && slices.Contains(element.Required, name) && spec.IsText(spec.Merged(element.Properties[name])) {
			return name
		}
	}
	return ""
}
