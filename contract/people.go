package contract

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/cases"
	"attributed/contract/report"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// people are those, and whatever else, that references refer to.
type people struct {
	*run
	known map[string]any // by id, as the server's lists have them
}

// learn takes from the server's lists what references may refer to.
func (r *people) learn(ctx context.Context) {
	for name, values := range r.cfg.References {
		r.gen.Known[name] = slices.Clone(values)
	}
	for _, name := range r.references() {
		for _, p := range providersOf(r.operations, name) {
			if len(r.gen.Known[name]) > 0 {
				break
			}
			one, _ := r.call(p.list, nil)
			_, value := r.send(ctx, one, cases.Taken)
			elements, _ := spec.Dig(value, p.at).([]any)
			const most = 100
			for _, element := range elements[:min(len(elements), most)] {
				if id := spec.IDIn(element, p.id); id != "" && !slices.Contains(r.gen.Known[name], id) {
					r.gen.Known[name] = append(r.gen.Known[name], id)
					r.known[strings.ToLower(id)] = element
				}
			}
		}
	}
}

// learnPaths takes from lists, the outer ones first, what paths may name that go on behind the list's own.
func (r *people) learnPaths(ctx context.Context) {
	lists := slices.Clone(r.operations)
	slices.SortStableFunc(lists, func(a, b *spec.Operation) int { return len(a.Params) - len(b.Params) })
	for _, list := range lists {
		if list.Method() != http.MethodGet {
			continue
		}
		for _, op := range r.operations {
			rest, below := strings.CutPrefix(op.Route.Path, list.Route.Path+"/{")
			param, _, _ := strings.Cut(rest, "}")
			key := list.Route.Path + "/{" + param + "}"
			if _, asked := r.listed[key]; !below || asked {
				continue
			}
			r.listed[key] = r.idsIn(ctx, list, param)
		}
	}
}

// idsIn are the ids that a list has of what a parameter names; none where it cannot be asked, or has no ids.
func (r *people) idsIn(ctx context.Context, list *spec.Operation, param string) (ids []string) {
	at, element := spec.ObjectIn(list.Answered(), param, true)
	one, ok := r.call(list, nil)
	if element == nil || !ok {
		return nil
	}
	_, value := r.send(ctx, one, cases.Taken)
	elements, _ := spec.Dig(value, at).([]any)
	for _, e := range elements {
		if id := spec.IDIn(e, spec.IDOf(element, param)); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// references lists all names by which operations refer to things.
func (r *people) references() []string {
	found := names{}
	for _, op := range r.operations {
		for _, name := range op.Params {
			found[name] = true
		}
		found.collect(op.Body, "", spec.MaxDepth)
	}
	for _, res := range r.resources {
		if res.create != nil {
			delete(found, res.param) // those are made, never taken
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// provider is a list from which the values of a reference can be taken.
type provider struct {
	list *spec.Operation
	at   []string
	id   string
}

// providersOf finds, for a reference, the lists that tell what it may refer to.
func providersOf(all []*spec.Operation, reference string) []provider {
	var found []provider
	for _, op := range all {
		if op.Method() != http.MethodGet || len(op.Params) > 0 {
			continue
		}
		if at, element := spec.ObjectIn(op.Answered(), reference, true); element != nil {
			last := strings.ToLower(op.Route.Path[strings.LastIndexByte(op.Route.Path, '/')+1:])
			named := last == spec.Stem(reference)+"s" || last == spec.Stem(reference)+"es"
			if id := spec.IDOf(element, reference); id == reference || named {
				found = append(found, provider{op, at, id})
			}
		}
	}
	return found
}

// names collects the names in a schema that refer to something.
type names map[string]bool

func (n names) collect(ref *openapi3.SchemaRef, name string, depth int) {
	s := spec.Outline(ref)
	if s == nil || depth == 0 {
		return
	}
	if spec.IsReference(name) && (spec.IsText(s) || s.Type.Is(openapi3.TypeInteger)) {
		n[name] = true
	}
	for member, property := range s.Properties {
		n.collect(property, member, depth-1)
	}
	n.collect(s.Items, name, depth-1)
}

// sameEmails checks that whoever is named in a thing has there the e-mail that the list of
// people has.
func (r *people) sameEmails(op *spec.Operation, value any, one wire.Call) {
	object, _ := value.(map[string]any)
	for _, list := range object {
		elements, _ := list.([]any)
		for _, element := range elements {
			email, id := "", ""
			named, _ := element.(map[string]any)
			for name, member := range named {
				text, _ := member.(string)
				if spec.IsReference(name) {
					id = text
				} else if name == "email" {
					email = text
				}
			}
			if told, ok := spec.Dig(r.known[strings.ToLower(id)], []string{"email"}).(string); ok && email != "" && !strings.EqualFold(email, told) {
				r.find(spec.Problem{Class: report.ValueChanged, Key: "email", Fault: "tells another e-mail of somebody than the list of people does", Expected: told, Got: email, Place: op.Place}, one)
			}
		}
	}
}
