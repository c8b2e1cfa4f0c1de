package bump

import (
	"slices"
	"strings"

	"attributed/openapi"
)

// security proves that whoever could call the operation still can: for each set of
// credentials that was enough there is one now that asks for no more.
func (c *comparison) security(before, after openapi.Operation) {
	was, is := alternatives(c.old.Security(before)), alternatives(c.new.Security(after))
	for _, had := range was {
		enough := slices.ContainsFunc(is, func(has *openapi.Value) bool { return c.covers(had, has) })
		if !enough {
			c.add(Breaking, "security", "security", "%s is no longer enough: the operation asks for %s", credentials(had), all(is))
		}
	}
	if c.old.Security(before).Canonical() != c.new.Security(after).Canonical() && !c.broken[c.operation+"\nsecurity"] {
		c.add(Compatible, "security", "security", "other credentials are enough as well, or the same are asked for in other words: %s", all(is))
	}
}

// alternatives gives the sets of credentials, of which no requirement at all is an empty one.
func alternatives(security *openapi.Value) []*openapi.Value {
	if len(security.Elements()) == 0 {
		return []*openapi.Value{openapi.Obj()}
	}
	return security.Items
}

// covers tells whether a client with the credentials had has those that are asked for.
func (c *comparison) covers(had, asked *openapi.Value) bool {
	for _, scheme := range asked.Fields() {
		scopes := had.Get(scheme.Name)
		if scopes == nil || !c.sameScheme(scheme.Name) {
			return false
		}
		for _, scope := range scheme.Value.Elements() {
			if !contains(scopes.Elements(), scope) {
				return false
			}
		}
	}
	return true
}

func (c *comparison) sameScheme(name string) bool {
	definition := func(spec *openapi.Spec) string {
		scheme := resolve(spec, spec.Root.At("components", "securitySchemes", name)).Clone()
		if scheme != nil {
			scheme.Delete("description")
		}
		return scheme.Canonical()
	}
	return definition(c.old) == definition(c.new)
}

func credentials(alternative *openapi.Value) string {
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

func all(alternatives []*openapi.Value) string {
	var texts []string
	for _, alternative := range alternatives {
		texts = append(texts, credentials(alternative))
	}
	return strings.Join(texts, ", or ")
}
