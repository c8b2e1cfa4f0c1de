package server

import (
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"

	"attributed/openapi/tree"
	"attributed/store"
)

// What beside a Lightdash is otherwise: its database may have no room for what was answered to a call, nor
// for several values of one user.

// fitted returns a spec, ours or one that has it, without what a store has no room for.
func fitted(spec []byte, st *store.Store) ([]byte, error) {
	if st.KeepsAnswers() && !st.OneValueEach() {
		return spec, nil
	}
	root, err := tree.ParseJSON(spec)
	if err != nil {
		return nil, err
	}
	if !st.KeepsAnswers() {
		for _, path := range root.Get("paths").Fields() {
			for _, operation := range path.Value.Fields() {
				withoutKey(operation.Value)
			}
		}
	}
	if st.OneValueEach() {
		for _, schema := range root.At("components", "schemas").Fields() {
			oneValue(schema.Value)
		}
	}
	return root.Encode(), nil
}

// withoutKey takes the parameter of an idempotency key away from an operation.
func withoutKey(operation *tree.Value) {
	parameters := operation.Get("parameters")
	var kept []*tree.Value
	for _, parameter := range parameters.Elements() {
		if parameter.Get("in").Str() != openapi3.ParameterInHeader || parameter.Get("name").Str() != keyHeader {
			kept = append(kept, parameter)
		}
	}
	if len(kept) < len(parameters.Elements()) {
		operation.Set("parameters", tree.List(kept...))
	}
}

// listsOfValues are the properties in which the values of one user, group or default are.
var listsOfValues = map[string]bool{"values": true, "attributeDefaults": true, "attributeDefault": true}

// oneValue lets the lists of texts have one, wherever a schema has properties of values.
func oneValue(schema *tree.Value) {
	for _, property := range schema.Get("properties").Fields() {
		if listsOfValues[property.Name] {
			atMostOne(property.Value)
		} else {
			oneValue(property.Value)
		}
	}
	for _, composed := range []string{"allOf", "anyOf", "oneOf"} {
		for _, part := range schema.Get(composed).Elements() {
			oneValue(part)
		}
	}
	if items := schema.Get("items"); items != nil {
		oneValue(items)
	}
}

// atMostOne bounds a list of texts, also where it is one of several forms. Its text is not empty: that is how
// such a database keeps that there is none, so that the list would be read as one without any.
func atMostOne(schema *tree.Value) {
	if items := schema.Get("items"); items.Get("type").Str() == openapi3.TypeString {
		schema.Set("maxItems", tree.Whole(1))
		items.Set("minLength", tree.Whole(1))
	}
	for _, composed := range []string{"allOf", "anyOf", "oneOf"} {
		for _, part := range schema.Get(composed).Elements() {
			atMostOne(part)
		}
	}
}

// withoutKeys refuses a change that comes with an idempotency key, where no answer can be kept: to make it
// all the same would be unsafe, since its caller relies on being able to send it again.
func withoutKeys(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if len(c.Request().Header.Values(keyHeader)) > 0 {
			return errNoKeys
		}
		return next(c)
	}
}
