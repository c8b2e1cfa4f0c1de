package diff

import (
	"slices"
	"strings"

	"attributed/openapi"
	"attributed/openapi/tree"
)

// security proves that whoever could call the operation still can: for each set of
// credentials that was enough there is one now that asks for no more.
func (c *comparison) security(before, after openapi.Operation) {
	was, is := alternatives(c.old.Security(before)), alternatives(c.new.Security(after))
	for _, had := range was {
		enough := slices.ContainsFunc(is, func(has *tree.Value) bool { return c.covers(had, has) })
		if !enough {
			c.add(Breaking, "security", "security", "%s is no longer enough: the operation asks for %s", credentials(had), all(is))
		}
	}
	if c.old.Security(before).Canonical() != c.new.Security(after).Canonical() && !c.broken[c.operation+"\nsecurity"] {
		c.add(Compatible, "security", "security", "other credentials are enough as well, or the same are asked for in other words: %s", all(is))
	}
}

// alternatives returns the sets of credentials, of which no requirement at all is an empty one.
func alternatives(security *tree.Value) []*tree.Value {
	if len(security.Elements()) == 0 {
		return []*tree.Value{tree.Obj()}
	}
	return security.Items
}

// covers reports whether a client with the credentials had has those that are asked for.
func (c *comparison) covers(had, asked *tree.Value) bool {
	return !slices.ContainsFunc(asked.Fields(), func(scheme tree.Member) bool {
		return !slices.ContainsFunc(had.Fields(), func(has tree.Member) bool { return c.suffices(has, scheme) })
	})
}

// suffices reports whether whoever has one credential has the other, by what the schemes of
// the two say: their names are no part of a request.
func (c *comparison) suffices(has, asked tree.Member) bool {
	was, is := definition(c.old, has.Name), definition(c.new, asked.Name)
	if was != is || was == "" && has.Name != asked.Name {
		return false
	}
	return !slices.ContainsFunc(asked.Value.Elements(), func(scope *tree.Value) bool {
		return !contains(has.Value.Elements(), scope)
	})
}

// definition returns a security scheme without what is a hint to people: which scopes there
// are is one, for an operation says which ones it needs.
func definition(spec *openapi.Spec, name string) string {
	scheme := spec.Resolved(spec.Root.At("components", "securitySchemes", name)).Clone()
	for _, m := range scheme.Clone().Fields() {
		if isText(m.Name) || m.Name == "bearerFormat" {
			scheme.Delete(m.Name)
		}
	}
	for _, flow := range scheme.Get("flows").Fields() {
		flow.Value.Delete("scopes")
	}
	return scheme.Canonical()
}

func credentials(alternative *tree.Value) string {
	var names []string
	for _, scheme := range alternative.Fields() {
		name := scheme.Name
		for _, scope := range scheme.Value.Elements() {
			name += " " + scope.Str()
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return "no credentials"
	}
	return strings.Join(names, " with ")
}

func all(alternatives []*tree.Value) string {
	var texts []string
	for _, alternative := range alternatives {
		texts = append(texts, credentials(alternative))
	}
	return strings.Join(texts, ", or ")
}

func contains(list []*tree.Value, v *tree.Value) bool {
	text := v.Canonical()
	return slices.ContainsFunc(list, func(item *tree.Value) bool { return item.Canonical() == text })
}
