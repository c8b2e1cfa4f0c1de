package openapi

import (
	"fmt"
	"slices"
	"strings"

	"attributed/openapi/tree"
)

// Cut returns the slice of s that the operations reach: they alone in paths, in
// components what they lead to, and all else as it is. Where a reference leads
// nowhere, out of the document or in a circle, or OpenAPI 3.0 does not have values of
// this kind, it returns an error with the place.
func (s *Spec) Cut(operations []Location) (*Spec, error) {
	paths := &tree.Value{Kind: tree.Object}
	for _, path := range s.Root.Get("paths").Fields() {
		item := &tree.Value{Kind: tree.Object}
		kept := false
		for _, m := range path.Value.Fields() {
			isMethod := slices.Contains(methods, m.Name)
			serves := slices.ContainsFunc(operations, func(l Location) bool {
				return l.Path == path.Name && l.Method == strings.ToUpper(m.Name)
			})
			kept = kept || serves
			if !isMethod || serves {
				item.Members = append(item.Members, tree.Member{Name: m.Name, Value: m.Value.Clone()})
			}
		}
		if kept {
			if ref := item.Get("$ref"); ref != nil {
				return nil, fmt.Errorf("%s: a path that is a $ref is not supported", pointer([]string{"paths", path.Name}))
			}
			paths.Members = append(paths.Members, tree.Member{Name: path.Name, Value: item})
		}
	}
	r := reach{spec: s, kept: map[string]bool{}}
	if err := r.from(paths); err != nil {
		return nil, err
	}
	slice := &tree.Value{Kind: tree.Object}
	for _, m := range s.Root.Members {
		switch m.Name {
		case "paths":
			m.Value = paths
		case "components":
			m.Value = r.components()
		}
		if m.Value != nil {
			slice.Members = append(slice.Members, m)
		}
	}
	if paths.Size()+slice.Get("components").Size() > maxSlice {
		return nil, fmt.Errorf("the served operations reach more than %d values", maxSlice)
	}
	cut := &Spec{slice}
	return cut, cut.circles()
}

// reach collects the components that are led to.
type reach struct {
	spec  *Spec
	kept  map[string]bool // by pointer
	queue [][2]string     // section and name
	err   error
}

func (r *reach) from(paths *tree.Value) error {
	r.scan(paths, []string{"paths"}, true)
	for _, path := range paths.Members {
		for _, m := range path.Value.Members {
			if slices.Contains(methods, m.Name) {
				r.security(Operation{Value: m.Value})
			}
		}
	}
	return r.all()
}

// all takes what the components that were taken lead to.
func (r *reach) all() error {
	for len(r.queue) > 0 && r.err == nil {
		section, name := r.queue[0][0], r.queue[0][1]
		r.queue = r.queue[1:]
		r.scan(r.spec.Root.At("components", section, name), []string{"components", section, name}, false)
	}
	return r.err
}

// scan takes what v leads to.
func (r *reach) scan(v *tree.Value, names []string, inMap bool) {
	walk(v, names, inMap, func(v *tree.Value, names []string, inMap bool) {
		if r.err != nil || inMap || !v.Is(tree.Object) {
			return
		}
		if r.err = wrongKind(v, names); r.err != nil {
			return
		}
		if v.Ref() != "" {
			r.follow(v.Ref(), names)
		} else if ref := v.Get("$ref"); ref != nil && !ref.Is(tree.Object) {
			r.err = fmt.Errorf("%s: the $ref is not a text that leads anywhere", pointer(names))
		}
		for _, example := range v.Get("examples").Fields() { // of a parameter or a media type: it may be a component
			if ref := example.Value.Ref(); ref != "" {
				r.follow(ref, append(names, "examples", example.Name))
			}
		}
		for _, entry := range v.At("discriminator", "mapping").Fields() {
			if target := entry.Value.Str(); strings.Contains(target, "#") {
				r.follow(target, append(names, "discriminator", "mapping", entry.Name))
			} else if r.spec.Root.At("components", "schemas", target) != nil {
				r.take("schemas", target)
			}
		}
	})
}

func (r *reach) follow(ref string, at []string) {
	target, names, err := r.spec.follow(ref)
	switch {
	case err != nil:
		r.err = fmt.Errorf("%s: %w", pointer(at), err)
	case len(names) < 3 || names[0] != "components":
		r.err = fmt.Errorf("%s: $ref %q leads to something else than a component, which is not supported", pointer(at), ref)
	case target.Kind != tree.Object:
		r.err = fmt.Errorf("%s: $ref %q leads to what is no object", pointer(at), ref)
	default:
		r.take(names[1], names[2])
	}
}

// maxSlice is how many values the paths and components of a slice may have: some times
// what upstream's whole spec has, for libraries take much memory for each.
const maxSlice = 100_000

// maxReached is how many components a slice may have. Upstream's whole spec has
// fewer; libraries follow chains of them with their stack.
const maxReached = 5000

func (r *reach) take(section, name string) {
	if len(r.kept) == maxReached {
		r.err = fmt.Errorf("the served operations reach more than %d components", maxReached)
	}
	if key := pointer([]string{section, name}); !r.kept[key] {
		r.kept[key] = true
		r.queue = append(r.queue, [2]string{section, name})
	}
}

// security takes the security schemes that an operation names.
func (r *reach) security(op Operation) {
	for _, alternative := range r.spec.Security(op).Elements() {
		for _, scheme := range alternative.Fields() {
			if r.spec.Root.At("components", "securitySchemes", scheme.Name) != nil {
				r.take("securitySchemes", scheme.Name)
			}
		}
	}
}

// Security returns the requirements that hold for an operation: its own, or the document's.
func (s *Spec) Security(op Operation) *tree.Value {
	if own := op.Value.Get("security"); own != nil {
		return own
	}
	return s.Root.Get("security")
}

// components returns those that are kept, or nil where there are none.
func (r *reach) components() *tree.Value {
	all := &tree.Value{Kind: tree.Object}
	for _, section := range r.spec.Root.Get("components").Fields() {
		some := &tree.Value{Kind: tree.Object}
		for _, component := range section.Value.Fields() {
			if r.kept[pointer([]string{section.Name, component.Name})] {
				some.Members = append(some.Members, tree.Member{Name: component.Name, Value: component.Value.Clone()})
			}
		}
		if len(some.Members) > 0 {
			all.Members = append(all.Members, tree.Member{Name: section.Name, Value: some})
		}
	}
	if len(all.Members) == 0 {
		return nil
	}
	return all
}

// Slice returns the canonical text of what the served operations of a cut spec are: two
// slices are equal where these texts are. Everything beside paths and components
// is no part of it, but for a security that the operations do not state themselves.
func (s *Spec) Slice() string {
	slice := tree.Obj(tree.Member{Name: "paths", Value: s.Root.Get("paths")})
	if components := s.Root.Get("components"); components != nil {
		slice.Members = append(slice.Members, tree.Member{Name: "components", Value: components})
	}
	for _, op := range s.Operations() {
		if security := s.Root.Get("security"); op.Value.Get("security") == nil && len(security.Elements()) > 0 {
			slice.Set("security", security)
		}
	}
	return slice.Canonical()
}

// Canonical is [Value.Canonical] for the member of an object, together with the components
// that it reaches: equal references can lead to what differs. Where one leads nowhere,
// what follows it is left out.
func (s *Spec) Canonical(object *tree.Value, member string) string {
	v := object.Get(member)
	if v == nil {
		return ""
	}
	r := reach{spec: s, kept: map[string]bool{}}
	r.scan(tree.Obj(tree.Member{Name: member, Value: v}), nil, false)
	if r.all(); len(r.kept) == 0 {
		return v.Canonical()
	}
	return v.Canonical() + r.components().Canonical()
}
