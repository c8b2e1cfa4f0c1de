package openapi

import (
	"strconv"
	"strings"

	"attributed/openapi/tree"
)

// maps are the members whose own members are named by the spec's author, so that
// none of them is a keyword.
var maps = map[string]bool{
	"properties": true, "patternProperties": true, "paths": true, "responses": true, "content": true, "headers": true,
	"encoding": true, "links": true, "callbacks": true, "mapping": true, "variables": true, "scopes": true,
	"schemas": true, "securitySchemes": true, "requestBodies": true,
}

// data are the members that hold values of the API, in which nothing is a keyword.
var data = map[string]bool{"example": true, "examples": true, "default": true, "enum": true}

// walk calls visit with v and all below it that is part of the description: neither
// examples nor extensions, in which a $ref is none. The names are the way to the value;
// visit must not keep them. inMap is true where the members of v are named by the author.
func walk(v *tree.Value, names []string, inMap bool, visit func(v *tree.Value, names []string, inMap bool)) {
	if v == nil {
		return
	}
	visit(v, names, inMap)
	for _, m := range v.Fields() {
		if !inMap && (data[m.Name] || strings.HasPrefix(m.Name, "x-")) {
			continue
		}
		section := len(names) == 1 && names[0] == "components"
		walk(m.Value, append(names, m.Name), !inMap && (section || maps[m.Name]), visit)
	}
	for i, item := range v.Elements() {
		walk(item, append(names, strconv.Itoa(i)), false, visit)
	}
}

// eachRef calls visit with each object below v that is a reference.
func eachRef(v *tree.Value, names []string, inMap bool, visit func(v *tree.Value, names []string)) {
	walk(v, names, inMap, func(v *tree.Value, names []string, inMap bool) {
		if !inMap && v.Ref() != "" {
			visit(v, names)
		}
	})
}
