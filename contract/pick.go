package contract

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"attributed/contract/spec"
)

// picking chooses of a large spec what can be checked without harm: reads, and whole lives of things that the
// check makes and removes again. Everything else is left, with the reason.
type picking struct {
	*run
	reads map[*spec.Operation]bool // of what the check did not make, or that is below what it makes
	left  map[string][]string      // ids of operations, by the reason
}

// lives keeps of each resource its life, where the spec lets what was made be removed again.
func (r *picking) lives() {
	for _, res := range r.resources {
		if res.create != nil && res.remove == nil {
			res.create = nil
		}
	}
	r.resources = slices.DeleteFunc(r.resources, func(res *resource) bool { return res.create == nil && res.list == nil })
}

// choose leaves, once it is known what paths can name, what cannot be called.
func (r *picking) choose() {
	var living []*resource
	for _, res := range r.resources {
		if res.create == nil {
			continue
		}
		if why := r.hindrance(res); why != "" {
			r.leave(why, res.create)
			res.create = nil
			continue
		}
		living = append(living, res)
	}
	r.resources = slices.DeleteFunc(r.resources, func(res *resource) bool { return res.create == nil && res.list == nil })
	for _, op := range r.operations {
		switch {
		case !op.Selected || isCovered(living, op):
		case !isRead(op):
			r.leave(whyNotSent(op), op)
		case r.unnamed(op, true) != "":
			r.leave(nothingFor(r.unnamed(op, true)), op)
		default:
			r.reads[op] = true
		}
	}
}

// hindrance says why nothing can be made of a resource, "" where it can.
func (r *picking) hindrance(res *resource) string {
	if _, ok := r.call(res.create, nil); !ok {
		return nothingFor(r.unnamed(res.create, false))
	}
	if _, err := r.gen.GoodBodies(res.create.Body, 0); err != nil {
		return fmt.Sprintf("no good body can be made for them (%v)", err)
	}
	return ""
}

func nothingFor(name string) string {
	return fmt.Sprintf("nothing is known that {%s} of their path could name", name)
}

// unnamed is the first parameter of an operation's path that nothing is known for, "" if there is none. A read may
// also be of what the check makes, or of an example of the spec's.
func (r *picking) unnamed(op *spec.Operation, read bool) string {
	for _, name := range op.Params {
		_, known := r.named(op, name)
		_, told := spec.Given(op.PathParameter(name))
		made := slices.ContainsFunc(r.resources, func(res *resource) bool { return res.create != nil && res.itemPath() == upTo(op, name) })
		if !known && !(read && (made || told)) {
			return name
		}
	}
	return ""
}

// leave does not call an operation, and keeps why.
func (r *picking) leave(why string, op *spec.Operation) {
	op.Selected = false
	r.left[why] = append(r.left[why], op.ID)
}

// tell notes what is left.
func (r *picking) tell() {
	for _, why := range slices.Sorted(maps.Keys(r.left)) {
		r.note("%d operations were not called, since %s: %s", len(r.left[why]), why, strings.Join(r.left[why], ", "))
	}
}

// isRead reports whether an operation changes nothing (RFC 9110, 9.2.1).
func isRead(op *spec.Operation) bool {
	return op.Method() == http.MethodGet || op.Method() == http.MethodHead
}

// whyNotSent is the reason not to call an operation that changes something.
func whyNotSent(op *spec.Operation) string {
	described := op.Route.Operation.RequestBody
	switch {
	case described != nil && described.Value != nil && described.Value.Required && op.Body == nil:
		return "only JSON is made, and their body is another"
	case op.Method() == http.MethodPost:
		return "what they make or do could not be undone: no DELETE below their path takes an id that they answer"
	}
	return "they change, or remove, what the check has not made"
}

// upTo is the path of an operation up to one of its parameters.
func upTo(op *spec.Operation, name string) string {
	before, _, _ := strings.Cut(op.Route.Path, "{"+name+"}")
	return before + "{" + name + "}"
}

// itemPath is the path of one thing of a resource.
func (r *resource) itemPath() string {
	return firstOf(r.create, r.list).Route.Path + "/{" + r.param + "}"
}

// owns reports whether an operation is about a thing of a resource: by its path, or by a parameter whose
// name says what it is of.
func (r *resource) owns(op *spec.Operation) bool {
	if r.param == "" {
		return false
	}
	return strings.HasPrefix(op.Route.Path+"/", r.itemPath()+"/") || spec.IsReference(r.param) && strings.Contains(op.Route.Path, "{"+r.param+"}")
}
