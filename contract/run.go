package contract

import (
	"context"
	"fmt"
	"slices"

	"attributed/contract/cases"
	"attributed/contract/report"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// run is one check while it goes on.
type run struct {
	cfg        Config
	client     *wire.Client
	record     *report.Record
	gen        *cases.Generator
	operations []*spec.Operation
	resources  []*resource
	good       wire.Credential
	people     map[string]any              // what the lists tell of whom references refer to, by id
	instances  []*instance                 // that the check made, in that order
	met        map[string]bool             // ids of things with the check's mark that were there before it
	parameters map[string]any              // values of required parameters, by where they are and their names
	scope      string                      // the organization that everything shown must be of; "" as long as nothing was
	ruled      map[*spec.Operation]*ruling // by byRule
	pairs      map[spec.Pair]*pairing      // by agreement
	notes      []string
	unjudged   int // of the notes, those of what was not judged
}

// step is a part of a run. Steps follow one another: later ones build on what earlier
// ones made.
type step func(context.Context)

// instance is something that the check made.
type instance struct {
	of      *resource
	id      string
	made    wire.Call         // that created it
	path    map[string]string // the values of the collection's own parameters
	value   any               // as the server told it last
	version string            // its ETag, if it has one
	removed bool
	stray   bool // nobody knows what it should be; only to be removed at the end
}

// note keeps, once, that something was not judged.
func (r *run) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(r.notes, text) {
		r.notes = append(r.notes, text)
		r.unjudged++
	}
}

// ruling is what is known of an operation's rules.
type ruling struct {
	looks int
	found bool // some refusal was for one: so may those be that are not looked into
}
