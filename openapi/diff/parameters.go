package diff

import (
	"slices"
	"strings"

	"attributed/openapi"
	"attributed/openapi/subset"
	"attributed/openapi/tree"
)

// parameter is a parameter of an operation, with what OpenAPI supposes where it says nothing.
type parameter struct {
	value          *tree.Value
	in, name       string
	required       bool
	style, explode string
}

// parametersOf returns the parameters of an operation by where and how they are sent, in order. Those
// in the path go by their position: their names are no part of a request.
func parametersOf(spec *openapi.Spec, o openapi.Operation) (keys []string, byKey map[string]parameter) {
	byKey = map[string]parameter{}
	for _, list := range []*tree.Value{o.Item.Get("parameters"), o.Value.Get("parameters")} {
		for _, item := range list.Elements() {
			p := parameterOf(spec.Resolved(item))
			key := p.in + " " + p.name
			switch p.in {
			case "path":
				key = "path " + position(o.Path, p.name)
			case "header":
				key = strings.ToLower(key)
				if slices.Contains([]string{"header accept", "header content-type", "header authorization"}, key) {
					continue // OpenAPI ignores them
				}
			}
			if _, again := byKey[key]; !again {
				keys = append(keys, key)
			}
			byKey[key] = p
		}
	}
	return keys, byKey
}

// position returns which of the path's parameters has the name.
func position(path, name string) string {
	before, _, found := strings.Cut(path, "{"+name+"}")
	if !found {
		return "without place: " + name
	}
	return strings.Repeat("{}", strings.Count(before, "{")+1)
}

func parameterOf(v *tree.Value) parameter {
	p := parameter{value: v, in: v.Get("in").Str(), name: v.Get("name").Str(), required: v.Get("required").True(), style: v.Get("style").Str()}
	p.required = p.required || p.in == "path"
	if p.style == "" {
		p.style = map[string]string{"query": "form", "cookie": "form"}[p.in]
		if p.style == "" {
			p.style = "simple"
		}
	}
	p.explode = "false"
	if explode := v.Get("explode"); explode.True() || explode == nil && p.style == "form" {
		p.explode = "true"
	}
	return p
}

func (p parameter) place() string { return p.in + " parameter " + p.name }

func (c *comparison) parameters(before, after openapi.Operation) {
	oldKeys, was := parametersOf(c.old, before)
	newKeys, is := parametersOf(c.new, after)
	for _, key := range oldKeys {
		if now, found := is[key]; found {
			c.parameter(was[key], now)
			continue
		}
		if was[key].in == "path" {
			c.add(Breaking, was[key].place(), "removed", "the path has this parameter no longer")
			continue
		}
		c.add(Compatible, was[key].place(), "removed", "the parameter is gone: a server does not look at it; clients that count on it must do without")
	}
	for _, key := range newKeys {
		if _, found := was[key]; found {
			continue
		}
		if is[key].required {
			c.add(Breaking, is[key].place(), "required", "the request gains this required parameter: clients that do not know it are refused")
		} else {
			c.add(Compatible, is[key].place(), "added", "the parameter may be sent now")
		}
	}
	if slices.Sorted(slices.Values(oldKeys)) != nil && slices.Equal(slices.Sorted(slices.Values(oldKeys)), slices.Sorted(slices.Values(newKeys))) && !slices.Equal(oldKeys, newKeys) {
		c.add(Compatible, "parameters", "order", "the parameters are in another order, and so are those of Go functions")
	}
}

func (c *comparison) parameter(was, is parameter) {
	place := was.place()
	switch {
	case is.required && !was.required:
		c.add(Breaking, place, "required", "the parameter is required now: requests without it are refused")
	case was.required && !is.required:
		c.add(Compatible, place, "required", "the parameter may be left out now")
	}
	if is.name != was.name {
		c.add(Compatible, place, "name", "it is called %s now, which no request tells", is.name)
	}
	oldSchema, newSchema := c.old.Resolved(was.value.Get("schema")), c.new.Resolved(is.value.Get("schema"))
	if is.style != was.style {
		c.add(Breaking, place, "style", "it is written in the style %s, no longer %s", is.style, was.style)
	} else if is.explode != was.explode && !(subset.OnlyScalars(c.old, oldSchema) && subset.OnlyScalars(c.new, newSchema)) {
		c.add(Breaking, place, "explode", "a list or an object is written otherwise: explode is %s now", is.explode)
	}
	for _, flag := range []string{"allowEmptyValue", "allowReserved"} {
		a, b := was.value.Get(flag).True(), is.value.Get(flag).True()
		if a && !b {
			c.add(Breaking, place, flag, "%s is gone: what it allowed may be refused", flag)
		} else if b && !a {
			c.add(Compatible, place, flag, "%s is there now", flag)
		}
	}
	oldContent, newContent := was.value.Get("content"), is.value.Get("content")
	switch {
	case oldContent == nil && newContent == nil:
		c.fail(subset.OfRequests(c.old, c.new).AsTexts().Prove(was.value.Get("schema"), is.value.Get("schema"), place+":"))
		c.schemas(was.value.Get("schema"), is.value.Get("schema"), place+":")
	default:
		c.parameterContent(oldContent, newContent, place)
	}
	c.texts(was.value, is.value, place, "name", "in", "required", "schema", "content", "style", "explode", "allowEmptyValue", "allowReserved")
}

// parameterContent compares parameters that are written in a media type.
func (c *comparison) parameterContent(was, is *tree.Value, place string) {
	for _, media := range was.Fields() {
		now := is.Get(media.Name)
		if now == nil {
			c.add(Breaking, place, "media type", "the parameter is no longer written as %s", media.Name)
			continue
		}
		c.fail(c.request.Prove(media.Value.Get("schema"), now.Get("schema"), place+":"))
		c.schemas(media.Value.Get("schema"), now.Get("schema"), place+":")
	}
	if was == nil {
		c.add(Breaking, place, "media type", "the parameter is written in a media type now")
	}
}
