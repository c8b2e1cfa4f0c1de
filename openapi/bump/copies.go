package bump

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"attributed/openapi"
)

// originals gives the spec that has the operations of upstream's which a tree's overlay copies,
// as they were when they were copied. A tree that does not keep them has the copies alone.
func originals(tree string) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(tree, copied))
	if !errors.Is(err, fs.ErrNotExist) {
		return data, err
	}
	slice, err := mendedSlice(tree)
	if err != nil {
		return nil, err
	}
	actions, err := os.ReadFile(filepath.Join(tree, overlayFile))
	if errors.Is(err, fs.ErrNotExist) {
		return slice.Root.Encode(), nil
	}
	if err != nil {
		return nil, err
	}
	ours, _, err := slice.WithOverlay(actions)
	if err != nil {
		return nil, err
	}
	return ours.Root.Encode(), nil
}

// copies compares upstream's own operations, of which the overlay has copies, in two specs. Those
// that before lacks are taken from the originals. Where after is a mere slice, nothing can
// be said of what it lacks.
func copies(before, after, originals []byte, served []openapi.ServedOperation) (*Report, error) {
	all := &Report{Wire: WireUnchanged, Go: GoUnchanged}
	old, err := openapi.Read(before)
	if err != nil {
		return nil, &SpecError{Err: err}
	}
	new, err := openapi.Read(after)
	if err != nil {
		return nil, &SpecError{New: true, Err: err}
	}
	var has, lacks []openapi.ServedOperation
	for _, l := range old.Locate(watched(served)) {
		switch {
		case !l.Missing():
			has = append(has, l.Served)
		case !isSlice(new, served) || !new.Locate([]openapi.ServedOperation{l.Served})[0].Missing():
			lacks = append(lacks, l.Served)
		}
	}
	for _, group := range []struct {
		before []byte
		served []openapi.ServedOperation
	}{{before, has}, {originals, lacks}} {
		if err := all.watch(group.before, after, group.served); err != nil {
			return nil, err
		}
	}
	all.count()
	all.settle()
	return all, nil
}

// watched gives the operations that the overlay copies, as ones of upstream's.
func watched(served []openapi.ServedOperation) []openapi.ServedOperation {
	var all []openapi.ServedOperation
	for _, operation := range served {
		if operation.From == openapi.Overlay && operation.Copy {
			operation.From = openapi.Upstream
			all = append(all, operation)
		}
	}
	return all
}

// isSlice tells that a spec has no operations but served ones.
func isSlice(spec *openapi.Spec, served []openapi.ServedOperation) bool {
	return !slices.ContainsFunc(spec.Operations(), func(o openapi.Operation) bool {
		return !slices.ContainsFunc(served, func(want openapi.ServedOperation) bool {
			return o.Method == want.Method && openapi.Template(o.Path) == openapi.Template(want.Path)
		})
	})
}

// watch adds what befell operations between two specs. Go is not touched by it: the code
// comes from the copies.
func (r *Report) watch(before, after []byte, served []openapi.ServedOperation) error {
	if len(served) == 0 {
		return nil
	}
	was, err := newSide(before, served)
	if err != nil {
		return &SpecError{Err: err}
	}
	now, located := []openapi.ServedOperation{}, []openapi.Location{}
	for _, l := range was.located {
		if !l.Missing() {
			located = append(located, l)
			now = append(now, l.Now())
		}
	}
	was.located = located
	is, err := newSide(after, now)
	if err != nil {
		r.Findings = append(r.Findings, Finding{"", "slice", "unreadable", Breaking, GoUnchanged, "the operations that the overlay copies cannot be compared: " + err.Error()})
		return nil
	}
	b := bump{before: was, after: is}
	c, missing := b.wire()
	for _, f := range c.findings {
		if f.Kind == "security" && f.Wire == Compatible { // the copies alone say that a token is needed
			continue
		}
		f.Go = GoUnchanged
		r.Findings = append(r.Findings, f)
	}
	r.Missing = append(r.Missing, missing...)
	return nil
}

// add takes the findings of another report in.
func (r *Report) add(other *Report) {
	r.Findings = append(r.Findings, other.Findings...)
	r.Missing = append(r.Missing, other.Missing...)
	r.count()
	r.settle()
}

// newOriginals gives what the tree keeps of the operations that are copied once the
// new spec is taken in, or nil where that is a mere slice that lacks one.
func newOriginals(after []byte, served []openapi.ServedOperation) ([]byte, error) {
	spec, err := openapi.Read(after)
	if err != nil {
		return nil, err
	}
	located := spec.Locate(watched(served))
	if isSlice(spec, served) && slices.ContainsFunc(located, openapi.Location.Missing) {
		return nil, nil
	}
	cut, err := spec.Cut(located)
	if err != nil {
		return nil, err
	}
	return cut.Root.Encode(), nil
}
