package openapi

import (
	"fmt"
	"slices"
	"strings"

	"attributed/openapi/tree"
)

// Answered is the member of an operation that says who answers it, where a whole spec is hosted.
const Answered = "x-attributed"

// Real is what [Answered] is of an operation that the server implements.
const Real = "real"

// Host returns the description of a server that answers own's operations itself, and the others of s in
// the way that rest names: s with own's operations in the place of those that it has at the same method and
// path, as own describes them. Each operation has [Answered]. A token is asked for everywhere as own does,
// and no server is named but own's. A component of own's gets another name where s has another of its name.
// It changes s, which was mended, and own. Its errors are those of [Spec.Cut], and two operations of s that
// have one method and path, whatever their parameters are called.
func (s *Spec) Host(own *Spec, rest string) (*Spec, error) {
	if err := s.distinct(); err != nil {
		return nil, err
	}
	s.yield(own)
	var others []Location
	for _, op := range s.Operations() {
		op.Value.Set(Answered, tree.Text(rest))
		op.Item.Delete("servers")
		op.Value.Delete("servers")
		op.Value.Delete("security")
		others = append(others, Location{Path: op.Path, Method: op.Method})
	}
	for _, member := range []string{"security", "servers"} {
		s.Root.Delete(member)
		if value := own.Root.Get(member); value != nil {
			s.Root.Set(member, value)
		}
	}
	hosted, err := s.Cut(others)
	if err != nil {
		return nil, err
	}
	hosted.adopt(own)
	var ours []Location
	for _, op := range own.Operations() {
		ours = append(ours, Location{Path: op.Path, Method: op.Method})
	}
	unique := mender{spec: hosted}
	unique.operationIDs(ours)
	return hosted, nil
}

// distinct returns an error where it is not clear which operation a request is for.
func (s *Spec) distinct() error {
	for _, path := range s.Root.Get("paths").Fields() {
		if path.Value.Get("$ref") != nil {
			return fmt.Errorf("%s: a path that is a $ref is not supported", pointer([]string{"paths", path.Name}))
		}
	}
	seen := map[string]Operation{}
	for _, op := range s.Operations() {
		key := op.Method + " " + Template(op.Path)
		if other, there := seen[key]; there {
			return fmt.Errorf("it has two operations at one method and path: %s and %s", other, op)
		}
		seen[key] = op
	}
	return nil
}

// yield removes what own has an operation for. Where a path stays, with what own lacks, its parameters are
// those of each operation, since own's has its own.
func (s *Spec) yield(own *Spec) {
	for _, ours := range own.Operations() {
		for _, path := range s.Root.Get("paths").Fields() {
			if Template(path.Name) != Template(ours.Path) {
				continue
			}
			path.Value.Delete(ours.member())
			shared := path.Value.Get("parameters").Elements()
			path.Value.Delete("parameters")
			for _, m := range path.Value.Fields() {
				if slices.Contains(methods, m.Name) && len(shared) > 0 {
					m.Value.Set("parameters", tree.List(s.withShared(m.Value.Get("parameters").Elements(), shared)...))
				}
			}
		}
	}
}

// withShared adds to an operation's parameters those of its path that it does not have itself.
func (s *Spec) withShared(parameters, shared []*tree.Value) []*tree.Value {
	key := func(parameter *tree.Value) string {
		resolved := s.Resolved(parameter)
		return resolved.Get("in").Str() + " " + resolved.Get("name").Str()
	}
	all := slices.Clone(parameters)
	for _, parameter := range shared {
		if !slices.ContainsFunc(parameters, func(other *tree.Value) bool { return key(other) == key(parameter) }) {
			all = append(all, parameter)
		}
	}
	return all
}

// adopt takes in own's operations, and the components that they lead to.
func (s *Spec) adopt(own *Spec) {
	renamer := mender{spec: own}
	for _, section := range own.Root.Get("components").Fields() {
		theirs := s.Root.At("components", section.Name)
		for i, component := range section.Value.Fields() {
			if theirs.Get(component.Name) == nil || s.Canonical(theirs, component.Name) == own.Canonical(section.Value, component.Name) {
				continue
			}
			name := component.Name + "_attributed"
			for theirs.Get(name) != nil || section.Value.Get(name) != nil {
				name += "_"
			}
			renamer.rename(section.Name, component.Name, name)
			section.Value.Rename(i, name)
		}
	}
	for _, section := range own.Root.Get("components").Fields() {
		for _, component := range section.Value.Fields() {
			object(object(s.Root, "components"), section.Name).Set(component.Name, component.Value)
		}
	}
	for _, ours := range own.Operations() {
		ours.Value.Set(Answered, tree.Text(Real))
		item := object(s.Root.Get("paths"), ours.Path)
		item.Set(strings.ToLower(ours.Method), ours.Value)
		if shared := ours.Item.Get("parameters").Elements(); len(shared) > 0 {
			ours.Value.Set("parameters", tree.List(own.withShared(ours.Value.Get("parameters").Elements(), shared)...))
		}
	}
}

// object returns a member that is an object, which it makes where there is none.
func object(v *tree.Value, name string) *tree.Value {
	if v.Get(name) == nil {
		v.Set(name, tree.Obj())
	}
	return v.Get(name)
}
