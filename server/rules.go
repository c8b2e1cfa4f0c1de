package server

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/store"
)

// bodyRules are what the store needs of a body beyond its schema. They are all that is
// written beside the spec about its properties, and so the one table in which those are
// named: at start each name is looked up in the compiled spec, and one that it lacks
// stops the program (see fit).
type bodyRules struct {
	once   []identity     // each element of a list names another thing
	atMost map[string]int // characters that a text may have, by the place of its property in the body
}

// identity is the member by which the elements of a list name their things.
type identity struct{ list, member string }

var (
	userIdentity  = identity{list: "users", member: "userUuid"}
	groupIdentity = identity{list: "groups", member: "groupUuid"}

	userAttributeRules = bodyRules{
		once: []identity{userIdentity, groupIdentity},
		atMost: map[string]int{
			"name":              store.NameLimit,
			"description":       store.DescriptionLimit,
			"groups[].value":    store.GroupValueLimit,
			"groups[].values[]": store.GroupValueLimit,
		},
	}

	// rules has those of each operation, by operationId.
	rules = map[string]bodyRules{
		"createUserAttribute": userAttributeRules,
		"updateUserAttribute": userAttributeRules,
		"setUserAttributeValues": {
			once:   []identity{userIdentity, groupIdentity},
			atMost: map[string]int{"groups[].value": store.GroupValueLimit, "groups[].values[]": store.GroupValueLimit},
		},
		"setUserAttributeGroupValue": {atMost: map[string]int{"value": store.GroupValueLimit, "values[]": store.GroupValueLimit}},
	}
)

// fit fails if the spec has no such properties, or lets a text pass that is longer than it
// may be: where its column does not hold it, a client would get a 500.
func (r bodyRules) fit(body *shape) error {
	for _, id := range r.once {
		place := id.list + "[]." + id.member
		if member := body.at(place); member == nil || !member.always(openapi3.TypeString) {
			return fmt.Errorf("body.%s: a rule is about this property, and the spec has no such text", place)
		}
	}
	for _, place := range slices.Sorted(maps.Keys(r.atMost)) {
		limit := r.atMost[place]
		property := body.at(place)
		if property == nil || !property.always(openapi3.TypeString) {
			return fmt.Errorf("body.%s: a rule is about this property, and the spec has no such text", place)
		}
		if longest, limited := property.maxLength(); !limited || longest > uint64(limit) {
			return fmt.Errorf("body.%s: a text has at most %d characters there, and the spec lets more pass", place, limit)
		}
	}
	return nil
}

// check adds the faults that the schema cannot express. It takes bodies that the schema
// refuses, too, since a client is told of all faults at once.
func (r bodyRules) check(body any, f *faults) {
	object, _ := body.(map[string]any)
	for _, id := range r.once {
		id.check(object[id.list], f)
	}
}

// check adds a fault for each element whose member is no uuid, or one that an earlier
// element has, in whatever case. What is no string is the schema's to refuse.
func (id identity) check(list any, f *faults) {
	elements, _ := list.([]any)
	seen := make(map[string]bool, len(elements))
	for i, element := range elements {
		if f.full() {
			return
		}
		object, _ := element.(map[string]any)
		text, ok := object[id.member].(string)
		if !ok {
			continue
		}
		text = strings.ToLower(text)
		if !store.IsUUID(text) {
			f.add(id.place(i), "must be a UUID, written with 36 characters")
		} else if seen[text] {
			f.add(id.place(i), "is there a second time")
		}
		seen[text] = true
	}
}

// place names the member of one element.
func (id identity) place(index int) string {
	return memberPlace(elementPlace(memberPlace("body", id.list), index), id.member)
}

// at finds the shape of a property by its place, as in users[].userUuid. It returns nil
// if there is none, or if the schema is too involved for shapes.
func (sh *shape) at(place string) *shape {
	for step := range strings.SplitSeq(place, ".") {
		name, elements := strings.CutSuffix(step, "[]")
		if sh = sh.members[name].shape; sh != nil && elements {
			sh = sh.elements
		}
		if sh == nil || sh.opaque {
			return nil
		}
	}
	return sh
}

// always reports whether the schema takes no value but of this type, or null.
func (sh *shape) always(kind string) bool {
	return slices.ContainsFunc(flatten(nil, sh.schema), func(part *openapi3.Schema) bool { return part.Type.Is(kind) })
}

// maxLength returns the most characters that the schema lets a text have.
func (sh *shape) maxLength() (longest uint64, limited bool) {
	for _, part := range flatten(nil, sh.schema) {
		if part.MaxLength != nil && (!limited || *part.MaxLength < longest) {
			longest, limited = *part.MaxLength, true
		}
	}
	return longest, limited
}
