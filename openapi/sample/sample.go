// Package sample makes up values that a schema allows, such as a server might answer.
package sample

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/openapi/merged"
)

// Maker makes values. One of the same seed makes the same values in the same order.
type Maker struct {
	Rand *rand.Rand

	// Given are texts that stand where a property of their name may have them, as a text or as what
	// they say: the id that was asked for is the id that comes back.
	Given map[string]string

	within map[*openapi3.Schema]bool // what is being made
	made   int
}

// Unmade is why there is no value that can be made.
type Unmade struct {
	Place string // as in results.users[].name; "" is the whole
	Why   string
}

// Error says where no value can be made, and why.
func (u *Unmade) Error() string {
	if u.Place == "" {
		return u.Why
	}
	return u.Place + ": " + u.Why
}

const (
	plenty   = 2000  // values, from which on none is made that need not be
	tooMany  = 20000 // values, of which a sample is none anymore
	deepest  = 40    // objects and arrays within each other
	elements = 2     // of an array, where it may have so many
)

// Answer makes a value that an answer may have: an example or default where there is one, else one that is
// made up. It returns an [*Unmade] where it cannot, and never a value that the schema refuses.
func (m *Maker) Answer(ref *openapi3.SchemaRef) (any, error) {
	m.within, m.made = map[*openapi3.Schema]bool{}, 0
	value, err := m.at(ref, "", nil)
	if err != nil && len(m.Given) > 0 { // which may be what does not fit together
		m.Given = nil
		return m.Answer(ref)
	} else if err != nil {
		return nil, err
	}
	if ref != nil && ref.Value != nil {
		if err := Refusal(ref.Value, value); err != nil {
			return nil, err
		}
	}
	return value, nil
}

// Refusal is why an answer may not have a value, nil if it may.
func Refusal(s *openapi3.Schema, value any) *Unmade {
	if allows(s, value) {
		return nil
	}
	err := s.VisitJSON(value, openapi3.VisitAsResponse(), openapi3.EnableFormatValidation())
	if refused, ok := errors.AsType[*openapi3.SchemaError](err); ok {
		place := strings.Join(refused.JSONPointer(), ".") // an element by its index
		return &Unmade{place, "no value that was tried is what its " + refused.SchemaField + " asks for"}
	}
	return &Unmade{"", "no value that was tried is what its schema asks for"}
}

// allows reports whether an answer may have a value.
func allows(s *openapi3.Schema, value any) bool {
	return s.VisitJSON(value, openapi3.VisitAsResponse(), openapi3.FailFast(), openapi3.EnableFormatValidation()) == nil
}

// at makes a value of ref, for the property of this name.
func (m *Maker) at(ref *openapi3.SchemaRef, name string, place []string) (any, error) {
	if m.made++; m.made > tooMany || len(place) > deepest {
		return nil, unmade(place, "it comes to more than a sample can have")
	}
	if ref == nil || ref.Value == nil {
		return map[string]any{}, nil
	}
	if value, ok := m.ready(ref.Value, name); ok {
		return value, nil
	}
	if m.within[ref.Value] {
		return nil, unmade(place, "it contains itself without an end")
	}
	m.within[ref.Value] = true
	defer delete(m.within, ref.Value)
	value, err := m.madeUp(ref, name, place)
	if err != nil && ref.Value.Nullable {
		return nil, nil
	}
	return value, err
}

func (m *Maker) madeUp(ref *openapi3.SchemaRef, name string, place []string) (any, error) {
	s := merged.Of(ref)
	switch {
	case s == nil:
		return nil, unmade(place, "it is put together of too many parts")
	case len(s.OneOf)+len(s.AnyOf) > 0:
		return m.union(ref, s, name, place)
	case len(s.Enum) > 0:
		return s.Enum[m.Rand.IntN(len(s.Enum))], nil
	case s.Enum != nil && s.Nullable: // of null alone, once it was mended
		return nil, nil
	case s.Type.Is(openapi3.TypeArray):
		return m.array(s, name, place)
	case s.Type.Is(openapi3.TypeString):
		return m.text(s, name, place)
	case s.Type.Is(openapi3.TypeInteger), s.Type.Is(openapi3.TypeNumber):
		return m.number(s, place)
	case s.Type.Is(openapi3.TypeBoolean):
		return m.Rand.IntN(2) == 0, nil
	}
	return m.object(s, place)
}

// union makes a value of the first branch that has one, and of what stands beside the branches.
func (m *Maker) union(ref *openapi3.SchemaRef, s *openapi3.Schema, name string, place []string) (any, error) {
	failed := unmade(place, "it is of no branch")
	for _, branch := range slices.Concat(s.OneOf, s.AnyOf) {
		one := *s
		one.OneOf, one.AnyOf, one.Discriminator = nil, nil, nil
		narrowed := openapi3.NewSchemaRef("", &openapi3.Schema{AllOf: openapi3.SchemaRefs{branch, openapi3.NewSchemaRef("", &one)}})
		if one.Type == nil && len(one.Properties)+len(one.Required)+len(one.Enum) == 0 {
			narrowed = branch // nothing stands beside
		}
		value, err := m.branch(branch, narrowed, name, place)
		if err != nil {
			failed = err
			continue
		}
		if object, is := value.(map[string]any); is && s.Discriminator != nil {
			object[s.Discriminator.PropertyName] = discriminating(s, branch)
		}
		if refused := Refusal(ref.Value, value); refused != nil {
			failed = unmade(append(slices.Clone(place), strings.Fields(refused.Place)...), refused.Why)
			continue
		}
		return value, nil
	}
	return nil, failed
}

// branch makes a value of a union's branch, with what stands beside it. A branch within itself is none.
func (m *Maker) branch(branch, narrowed *openapi3.SchemaRef, name string, place []string) (any, error) {
	if branch != narrowed && branch.Value != nil {
		if m.within[branch.Value] {
			return nil, unmade(place, "it contains itself without an end")
		}
		m.within[branch.Value] = true
		defer delete(m.within, branch.Value)
	}
	return m.at(narrowed, name, place)
}

// discriminating is what a discriminator has for a branch (OpenAPI 3.0.3, Discriminator Object).
func discriminating(s *openapi3.Schema, branch *openapi3.SchemaRef) string {
	own := branch.Ref[strings.LastIndexByte(branch.Ref, '/')+1:]
	for _, name := range slices.Sorted(maps.Keys(s.Discriminator.Mapping)) {
		if mapped := s.Discriminator.Mapping[name].Ref; mapped == branch.Ref || mapped == own {
			return name
		}
	}
	return own
}

func (m *Maker) object(s *openapi3.Schema, place []string) (any, error) {
	made := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		required := slices.Contains(s.Required, name)
		if p := merged.Of(s.Properties[name]); p != nil && p.WriteOnly || !required && m.made > plenty {
			continue
		}
		member, err := m.at(s.Properties[name], name, append(place, name))
		if err == nil {
			made[name] = member
		} else if required {
			return nil, err
		}
	}
	least := int(s.MinProps)
	if additional := s.AdditionalProperties.Schema; additional != nil && m.made <= plenty {
		least = max(least, len(made)+1)
	}
	for _, name := range s.Required {
		if s.Properties[name] == nil {
			if err := m.additional(s, made, name, place); err != nil {
				return nil, err
			}
		}
	}
	for n := 1; len(made) < least; n++ {
		if s.MaxProps != nil && len(made) >= int(*s.MaxProps) {
			break
		}
		err := m.additional(s, made, fmt.Sprintf("key%d", n), place)
		if err != nil && len(made) < int(s.MinProps) {
			return nil, err
		} else if err != nil {
			break
		}
	}
	return made, nil
}

// additional adds a member that is no property of the schema.
func (m *Maker) additional(s *openapi3.Schema, made map[string]any, name string, place []string) error {
	value, err := m.at(s.AdditionalProperties.Schema, name, append(place, name))
	if err == nil {
		made[name] = value
	}
	return err
}

func (m *Maker) array(s *openapi3.Schema, name string, place []string) (any, error) {
	count := max(elements, int(s.MinItems))
	if m.made > plenty {
		count = int(s.MinItems)
	}
	if s.MaxItems != nil {
		count = min(count, int(*s.MaxItems))
	}
	if count < int(s.MinItems) {
		return nil, unmade(place, "it must have more elements than it may have")
	}
	made, seen := []any{}, map[string]bool{}
	for tried := 0; len(made) < count && tried < 10*count; tried++ {
		element, err := m.at(s.Items, strings.TrimSuffix(name, "s"), append(place, "[]"))
		if err != nil && len(made) < int(s.MinItems) {
			return nil, err
		} else if err != nil {
			break
		}
		if key := fmt.Sprint(element); !s.UniqueItems || !seen[key] {
			seen[key] = true
			made = append(made, element)
		}
	}
	return made, nil
}

func unmade(place []string, why string) error {
	return &Unmade{strings.ReplaceAll(strings.Join(place, "."), ".[]", "[]"), why}
}
