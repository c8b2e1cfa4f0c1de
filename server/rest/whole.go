// Package rest answers the rest of a whole spec: the operations of it that the server does not
// implement. It knows of the spec alone, and nothing of ours.
package rest

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"

	"attributed/openapi"
)

// How says what answers the operations that are not implemented, as x-attributed has it.
type How string

// The ways.
const (
	None  How = "none"  // they are not implemented
	Mock  How = "mock"  // their answers are made up
	Proxy How = "proxy" // a real Lightdash answers them
)

// Whole is a whole spec that is hosted.
type Whole struct {
	Document   []byte      // what the server does, in JSON, with x-attributed at each operation
	Operations []Operation // those that are not implemented, by path and method
	How        How
	Lowered    []openapi.Mended // what the file says as OpenAPI 3.1 alone does, and was put as 3.0 says it
	Seed       uint64           // of what is made up
	Upstream   *Upstream        // who answers where How is Proxy
}

// Operation is an operation that is not implemented.
type Operation struct {
	ID    string // its operationId, else method and path
	Route *routers.Route
}

// Read reads a whole spec, in JSON or YAML, gzipped or not, and puts right what upstream is known to get
// wrong, and as 3.0 says it what OpenAPI 3.1 says otherwise. Own is the spec of what is implemented, which stays as it is: that the whole spec says something
// else of it, or nothing, changes nothing. Its errors are one sentence that says what is wrong and where.
func Read(whole, own []byte, how How) (*Whole, error) {
	ours, err := openapi.Read(own)
	if err != nil {
		return nil, err
	}
	theirs, lowered, err := openapi.ReadAny(whole)
	if err != nil {
		return nil, err
	}
	theirs.Mend(nil)
	hosted, err := theirs.Host(ours, string(how))
	if err != nil {
		return nil, err
	}
	w := &Whole{Document: hosted.Root.Encode(), How: how, Lowered: lowered}
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = false
	spec, err := loader.LoadFromData(w.Document)
	if err != nil {
		return nil, fmt.Errorf("it cannot be read as OpenAPI 3.0: %w", err)
	}
	w.Operations, err = operationsOf(spec)
	return w, err
}

// routable matches a segment of a path that requests can be routed by.
var routable = regexp.MustCompile(`^[^{}*]*(\{[^{}]+\})?$`)

func operationsOf(spec *openapi3.T) (all []Operation, err error) {
	for _, path := range slices.Sorted(maps.Keys(spec.Paths.Map())) {
		item := spec.Paths.Value(path)
		for segment := range strings.SplitSeq(path, "/") {
			if !routable.MatchString(segment) {
				return nil, fmt.Errorf("%s: the segment %q has something behind its parameter, or a star, which is not supported", path, segment)
			}
		}
		for _, method := range slices.Sorted(maps.Keys(item.Operations())) {
			described := item.GetOperation(method)
			if described.Extensions[openapi.Answered] == openapi.Real {
				continue
			}
			all = append(all, Operation{
				ID:    cmp.Or(described.OperationID, method+" "+path),
				Route: &routers.Route{Spec: spec, Path: path, PathItem: item, Method: method, Operation: described},
			})
		}
	}
	return all, nil
}
