package bump

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"attributed/openapi"
	"attributed/openapi/diff"
)

// originals returns the spec that has the operations of upstream's which a tree's overlay copies,
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
func copies(before, after, originals []byte, served []openapi.ServedOperation) (*diff.Report, error) {
	all := &diff.Report{Wire: diff.WireUnchanged, Go: diff.GoUnchanged}
	old, err := openapi.Read(before)
	if err != nil {
		return nil, &diff.SpecError{Err: err}
	}
	new, err := openapi.Read(after)
	if err != nil {
		return nil, &diff.SpecError{New: true, Err: err}
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
		if err := all.Watch(group.before, after, group.served); err != nil {
			return nil, err
		}
	}
	all.Settle()
	return all, nil
}

// watched returns the operations that the overlay copies, as ones of upstream's.
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

// isSlice reports whether a spec has no operations but served ones.
func isSlice(spec *openapi.Spec, served []openapi.ServedOperation) bool {
	return !slices.ContainsFunc(spec.Operations(), func(o openapi.Operation) bool {
		return !slices.ContainsFunc(served, func(want openapi.ServedOperation) bool {
			return o.Method == want.Method && openapi.Template(o.Path) == openapi.Template(want.Path)
		})
	})
}

// newOriginals returns what the tree keeps of the operations that are copied once the
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
