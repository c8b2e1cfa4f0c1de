package diff

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"attributed/openapi"
)

// Pair is an old and a new spec, cut to what is served.
type Pair struct{ Before, After Side }

// Side is one of the two specs.
type Side struct {
	Located []openapi.Location // where it has each operation; both sides have them in one order
	Raw     *openapi.Spec      // the slice as upstream wrote it
	Slice   *openapi.Spec      // the slice mended
	mended  []openapi.Mended
	doubled [][]string // the other operations that have the same operationId, of each that is located
	paths   []string   // of every operation of the whole spec
}

// NewPair reads two specs and cuts them to the operations that are served from upstream. It
// returns a [SpecError] where one of the two cannot be read or cut, where both lack one of the
// operations, and where after has none of them.
func NewPair(before, after []byte, served []openapi.ServedOperation) (*Pair, error) {
	var upstream []openapi.ServedOperation
	for _, operation := range served {
		if operation.From == openapi.Upstream {
			upstream = append(upstream, operation)
		}
	}
	if len(upstream) == 0 {
		return nil, errors.New("no operation of upstream's is served: there is nothing to compare")
	}
	var p Pair
	var err error
	if p.Before, err = newSide(before, upstream); err != nil {
		return nil, &SpecError{Err: err}
	}
	now := make([]openapi.ServedOperation, len(upstream)) // where clients of the old spec look for them
	for i, l := range p.Before.Located {
		now[i] = l.Served // which is new to them where the old spec lacks it
		if !l.Missing() {
			now[i] = l.Now()
		}
	}
	if p.After, err = newSide(after, now); err != nil {
		return nil, &SpecError{New: true, Err: err}
	}
	for i, l := range p.Before.Located {
		if l.Missing() && p.After.Located[i].Missing() {
			return nil, &SpecError{New: true, Err: fmt.Errorf("it has no operation %s (%s %s), nor has the old spec", l.Served.OperationID, l.Served.Method, l.Served.Path)}
		}
	}
	if !slices.ContainsFunc(p.After.Located, func(l openapi.Location) bool { return !l.Missing() }) && !p.related(served) {
		return nil, &SpecError{New: true, Err: fmt.Errorf("it has none of the served operations (%s): is it this API's?", strings.Join(ids(p.After.Located), ", "))}
	}
	return &p, nil
}

// related reports whether a spec that lacks the served operations is of the same API
// all the same, for it has one of the paths: where one operation alone is served, it may be gone.
func (p *Pair) related(served []openapi.ServedOperation) bool {
	known := map[string]bool{}
	for _, path := range p.Before.paths {
		known[openapi.Template(path)] = true
	}
	for _, operation := range served {
		known[openapi.Template(operation.Path)] = true
	}
	return len(p.After.Located) == 1 && slices.ContainsFunc(p.After.paths, func(path string) bool { return known[openapi.Template(path)] })
}

func ids(located []openapi.Location) []string {
	var all []string
	for _, l := range located {
		all = append(all, l.Served.OperationID)
	}
	return all
}

func newSide(data []byte, served []openapi.ServedOperation) (Side, error) {
	spec, err := openapi.Read(data)
	if err != nil {
		return Side{}, err
	}
	s := Side{Located: spec.Locate(served)}
	for _, l := range s.Located {
		s.doubled = append(s.doubled, spec.Locate([]openapi.ServedOperation{l.Now()})[0].Also)
	}
	for _, o := range spec.Operations() {
		s.paths = append(s.paths, o.Path)
	}
	if s.Raw, err = spec.Cut(s.Located); err != nil {
		return Side{}, err
	}
	s.mended = spec.Mend(s.Located)
	s.Slice, err = spec.Cut(s.Located)
	return s, err
}

// Equal reports whether what is served is described in the same way.
func (p *Pair) Equal() bool { return p.Before.Raw.Slice() == p.After.Raw.Slice() }
