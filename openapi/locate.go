package openapi

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"attributed/openapi/tree"
)

// Operation is an operation of a spec.
type Operation struct {
	Path, Method string      // the method in capitals
	Item, Value  *tree.Value // the path item, and the operation in it
}

// ID returns the operationId.
func (o Operation) ID() string { return o.Value.Get("operationId").Str() }

func (o Operation) member() string { return strings.ToLower(o.Method) }

// String returns the method and the path, as in "GET /path".
func (o Operation) String() string { return o.Method + " " + o.Path }

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// Operations returns the operations in the document's order.
func (s *Spec) Operations() []Operation {
	var all []Operation
	for _, path := range s.Root.Get("paths").Fields() {
		for _, m := range path.Value.Fields() {
			if slices.Contains(methods, m.Name) && m.Value.Is(tree.Object) {
				all = append(all, Operation{path.Name, strings.ToUpper(m.Name), path.Value, m.Value})
			}
		}
	}
	return all
}

// Location is where a spec has an operation that we serve.
type Location struct {
	Served ServedOperation
	Path   string   // "" where the spec lacks the operation
	Method string   // in capitals
	ID     string   // the operationId that it has there
	Also   []string // other operations with the same operationId, as "GET /path"
}

// Missing reports whether the spec lacks the operation.
func (l Location) Missing() bool { return l.Path == "" }

// Moved reports whether the operation has another method, or a path that other requests
// have; the names of path parameters are no part of a request.
func (l Location) Moved() bool {
	return !l.Missing() && (l.Method != l.Served.Method || Template(l.Path) != Template(l.Served.Path))
}

// Renamed reports whether the operation has another operationId.
func (l Location) Renamed() bool { return !l.Missing() && l.ID != l.Served.OperationID }

// Now is the operation as one of upstream's, where the spec has it.
func (l Location) Now() ServedOperation {
	return ServedOperation{OperationID: l.ID, Method: l.Method, Path: l.Path, From: Upstream}
}

// Replaced reports whether another operation is where this one is looked for, and this one,
// by its operationId, elsewhere.
func (l Location) Replaced() bool { return l.Renamed() && len(l.Also) > 0 }

var parameterName = regexp.MustCompile(`\{[^{}]*\}`)

// Template returns a path without the names of its parameters.
func Template(path string) string { return parameterName.ReplaceAllString(path, "{}") }

// Locate finds the served operations by method and path and, failing that, by operationId.
func (s *Spec) Locate(served []ServedOperation) []Location {
	all := s.Operations()
	var found []Location
	for _, want := range served {
		l := Location{Served: want}
		take := func(match func(Operation) bool) {
			if i := slices.IndexFunc(all, match); i >= 0 && l.Missing() {
				l.Path, l.Method, l.ID = all[i].Path, all[i].Method, all[i].ID()
			}
		}
		take(func(o Operation) bool { return o.Method == want.Method && o.Path == want.Path })
		take(func(o Operation) bool { return o.Method == want.Method && Template(o.Path) == Template(want.Path) })
		isNamed := func(o Operation) bool { return want.OperationID != "" && o.ID() == want.OperationID }
		take(isNamed)
		for _, o := range all {
			if isNamed(o) && (o.Path != l.Path || o.Method != l.Method) {
				l.Also = append(l.Also, o.String())
			}
		}
		found = append(found, l)
	}
	return found
}

// ServedByID returns the operations of s with these operationIds, as if they were listed in
// served.yaml. It returns an error if s lacks one of them, or has two with the same operationId.
func (s *Spec) ServedByID(ids []string) ([]ServedOperation, error) {
	var served []ServedOperation
	for _, id := range ids {
		var has []Operation
		for _, o := range s.Operations() {
			if o.ID() == id {
				has = append(has, o)
			}
		}
		switch len(has) {
		case 0:
			return nil, fmt.Errorf("it has no operation %q", id)
		case 1:
		default:
			return nil, fmt.Errorf("it has the operation %q at %s and at %s: which one is meant?", id, has[0], has[1])
		}
		if !slices.ContainsFunc(served, func(o ServedOperation) bool { return o.OperationID == id }) {
			served = append(served, ServedOperation{OperationID: id, Method: has[0].Method, Path: has[0].Path, From: Upstream})
		}
	}
	return served, nil
}
