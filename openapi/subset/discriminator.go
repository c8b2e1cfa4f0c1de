package subset

import (
	"maps"
	"slices"
	"strings"

	"attributed/openapi"
	"attributed/openapi/tree"
)

// discriminator proves that a value names its branch as b requires.
func (p *Prover) discriminator(s *shape, b *tree.Value, place string) []Failure {
	name := b.At("discriminator", "propertyName").Str()
	if name == "" {
		return nil
	}
	wanted := discriminated(b)
	for _, part := range s.parts {
		if part.At("discriminator", "propertyName").Str() != name {
			continue
		}
		has := discriminated(part)
		for _, key := range slices.Sorted(maps.Keys(has)) {
			switch {
			case wanted[key] == nil:
				return fail(place, "discriminator", "the value %q of %s, which chooses a branch, is %s", key, name, p.was("known", "possible"))
			case !p.allows(p.sets.of(has[key]).withoutNull(), wanted[key]):
				return fail(place, "discriminator", "the value %q of %s chooses another branch now", key, name)
			}
		}
		return nil
	}
	values := p.sets.shape(p.property(s, name).values)
	if s.types != objectType || !s.required[name] || values.enum == nil || values.null {
		return fail(place, "discriminator", "the property %s must choose a branch now, and values without it are %s", name, p.was("allowed", "possible"))
	}
	for _, v := range values.enum {
		if wanted[v.Str()] == nil {
			return fail(place, "discriminator", "the value %q of %s, which chooses a branch, is %s", v.Str(), name, p.was("known", "possible"))
		}
	}
	return nil
}

// discriminated returns the values by which a schema's branches are chosen, and references to
// those: what the mapping says, and the names of the components that it does not mention.
func discriminated(schema *tree.Value) map[string]*tree.Value {
	chosen, mapped := map[string]*tree.Value{}, map[string]bool{}
	for _, entry := range schema.At("discriminator", "mapping").Fields() {
		ref := entry.Value.Str()
		if !strings.Contains(ref, "#") {
			ref = "#/components/schemas/" + ref
		}
		chosen[entry.Name] = tree.Obj(tree.Member{Name: "$ref", Value: tree.Text(ref)})
		mapped[openapi.ComponentName(ref)] = true
	}
	for _, keyword := range []string{"oneOf", "anyOf"} {
		for _, branch := range schema.Get(keyword).Elements() {
			if name := openapi.ComponentName(branch.Ref()); name != "" && !mapped[name] {
				chosen[name] = branch
			}
		}
	}
	return chosen
}
