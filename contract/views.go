package contract

import (
	"context"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/cases"
	"attributed/contract/report"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// views holds what somebody is shown of all things against the things themselves.
type views struct{ *run }

// seen checks that a value that was just set for somebody is in their view, and in nobody
// else's.
func (r *views) seen(ctx context.Context, res *resource, t *instance, v *value, owner string, want any, one wire.Call) {
	text, _ := want.(string)
	for _, w := range res.views {
		if w.param != v.param || !r.gen.HoldsMark([]byte(text)) {
			continue
		}
		if element, read, ok := r.look(ctx, res, w, t, owner); ok && !holds(element, text) {
			r.find(spec.Problem{Class: report.UpdateLost, Key: "view", Fault: "does not show a value that was set", Expected: text, Got: spec.Excerpt(element), Place: w.get.Place}, read, t.made, one)
		} else if ok {
			r.comesFrom(w, element, v, text, read, t.made, one)
		}
		for _, other := range r.gen.Known[v.param] {
			if other == owner {
				continue
			}
			if element, read, ok := r.look(ctx, res, w, t, other); ok && holds(element, text) {
				r.find(spec.Problem{Class: report.ForeignData, Key: "view", Fault: "shows somebody a value that is another's", Expected: "nothing of " + text, Got: spec.Excerpt(element), Place: w.get.Place}, read, t.made, one)
			}
			break
		}
	}
}

func (r *views) notSeen(ctx context.Context, res *resource, t *instance, v *value, owner string, want any, one wire.Call) {
	text, _ := want.(string)
	for _, w := range res.views {
		if w.param != v.param || !r.gen.HoldsMark([]byte(text)) {
			continue
		}
		if element, read, ok := r.look(ctx, res, w, t, owner); ok && holds(element, text) {
			r.find(spec.Problem{Class: report.NotRemoved, Key: "view", Fault: "still shows a value that was cleared", Expected: "nothing of " + text, Got: spec.Excerpt(element), Place: w.get.Place}, read, t.made, one)
		} else if ok {
			r.comesFrom(w, element, v, "", read, t.made, one)
			r.fromThing(w, element, t, read, t.made, one)
		}
	}
}

// look reads, in somebody's view, what is about a thing; nil if nothing is.
func (r *views) look(ctx context.Context, res *resource, w *view, t *instance, owner string) (element any, read wire.Call, ok bool) {
	read, ok = r.call(w.get, map[string]string{w.param: owner})
	if !ok {
		return nil, read, false
	}
	a, value := r.send(ctx, read, cases.Taken)
	at, _ := spec.ListIn(w.get.Answered())
	list := spec.Dig(value, at)
	all, _ := list.([]any)
	for _, element := range all {
		if id, _ := spec.Dig(element, []string{res.param}).(string); strings.EqualFold(id, t.id) {
			return element, read, a.OK()
		}
	}
	return nil, read, a.OK() && value != nil && !spec.Untold(list, res.param)
}

// check checks that nobody's view has a thing twice, and that each thing is called there as it is.
func (r *views) check(ctx context.Context, res *resource) {
	t := r.things.anyOf(res, 0)
	for _, w := range res.views {
		known := r.gen.Known[w.param]
		if t == nil || len(known) == 0 {
			continue
		}
		element, read, ok := r.look(ctx, res, w, t, known[0])
		if !ok || element == nil {
			continue
		}
		schema := elementSchema(w.get)
		for _, d := range (comparison{}).differences(t.value, element, res.created(), schema) {
			if d.want != nil && d.got != nil {
				r.find(spec.Problem{Class: report.ValueChanged, Key: "view " + d.place, Fault: d.place + " differs from what the thing itself is", Expected: spec.Excerpt(d.want), Got: spec.Excerpt(d.got), Place: w.get.Place}, read, t.made)
			}
		}
	}
}

// comesFrom holds what a view says of where a value comes from against where it does: somebody's
// own (user, for a userUuid) where text was just set, from elsewhere where text is "" and it
// was cleared. The word is one that the spec lists among others, beside the value.
func (r *views) comesFrom(w *view, element any, v *value, text string, one wire.Call, before ...wire.Call) {
	who := spec.Stem(v.param)
	eachWord(elementSchema(w.get), element, spec.MaxDepth, func(name, word string, listed []any, object map[string]any) {
		about := text == "" || hasText(object, text)
		if about && slices.Contains(listed, any(who)) && (word == who) != (text != "") {
			expected := map[bool]string{true: who, false: "another than " + who}[text != ""]
			r.find(spec.Problem{Class: report.ValueChanged, Key: name, Fault: "tells another " + name + " of a value than it has", Expected: expected, Got: spec.Excerpt(object), Place: w.get.Place}, one, before...)
		}
	})
}

// fromThing holds a value that a view says to come from the thing itself (default, where that has
// an attributeDefault) against what the thing has.
func (r *views) fromThing(w *view, element any, t *instance, one wire.Call, before ...wire.Call) {
	own, _ := t.value.(map[string]any)
	eachWord(elementSchema(w.get), element, spec.MaxDepth, func(_, word string, _ []any, object map[string]any) {
		var texts []string
		for name, member := range own {
			all, _ := member.([]any)
			if strings.HasSuffix(strings.TrimSuffix(strings.ToLower(name), "s"), word) {
				for _, text := range append(slices.Clone(all), member) {
					if text, ok := text.(string); ok {
						texts = append(texts, text)
					}
				}
			}
		}
		if len(texts) > 0 && !slices.ContainsFunc(texts, func(text string) bool { return hasText(object, text) }) {
			r.find(spec.Problem{Class: report.ValueChanged, Key: word, Fault: "tells another " + word + " than the thing has", Expected: spec.Excerpt(texts), Got: spec.Excerpt(object), Place: w.get.Place}, one, before...)
		}
	})
}

// eachWord visits the members of objects for which the spec lists several words.
func eachWord(ref *openapi3.SchemaRef, value any, depth int, visit func(name, word string, listed []any, object map[string]any)) {
	s := spec.Outline(ref)
	if s == nil || depth == 0 {
		return
	}
	all, _ := value.([]any)
	for _, member := range all {
		eachWord(s.Items, member, depth-1, visit)
	}
	object, _ := value.(map[string]any)
	for name, member := range object {
		property := spec.Outline(s.Properties[name])
		word, ok := member.(string)
		if !ok || property == nil {
			eachWord(s.Properties[name], member, depth-1, visit)
		} else if len(property.Enum) > 1 {
			visit(name, word, property.Enum, object)
		}
	}
}

// holds reports whether a text is anywhere in a value.
func holds(value any, text string) bool {
	switch v := value.(type) {
	case string:
		return v == text
	case []any:
		for _, element := range v {
			if holds(element, text) {
				return true
			}
		}
	case map[string]any:
		for _, member := range v {
			if holds(member, text) {
				return true
			}
		}
	}
	return false
}

func elementSchema(op *spec.Operation) *openapi3.SchemaRef {
	at, _ := spec.ListIn(op.Answered())
	if list := spec.Merged(under(op.Answered(), at)); list != nil {
		return list.Items
	}
	return nil
}

// hasText reports whether one of an object's own members is a text.
func hasText(object map[string]any, text string) bool {
	for _, member := range object {
		if member == text {
			return true
		}
	}
	return false
}
