package openapi

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"attributed/openapi/tree"
)

// Resolve follows v, and what it leads to, while that is a reference. Its errors
// name at, the place of v.
func (s *Spec) Resolve(v *tree.Value, at string) (*tree.Value, error) {
	for range tree.MaxDepth {
		ref := v.Ref()
		if ref == "" {
			return v, nil
		}
		target, _, err := s.follow(ref)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", at, err)
		}
		v = target
	}
	return nil, fmt.Errorf("%s: $ref %q leads in a circle", at, v.Ref())
}

// follow returns the value that ref points to, and the names on the way to it, spelled as
// in the document.
func (s *Spec) follow(ref string) (*tree.Value, []string, error) {
	fragment, local := strings.CutPrefix(ref, "#")
	if !local {
		return nil, nil, fmt.Errorf("$ref %q leads out of the document; other documents are never fetched", ref)
	}
	if fragment == "" {
		return nil, nil, fmt.Errorf("$ref %q leads to the whole document", ref)
	}
	v, names := s.Root, []string{}
	for token := range strings.SplitSeq(strings.TrimPrefix(fragment, "/"), "/") {
		next, name := child(v, token)
		if next == nil {
			return nil, nil, fmt.Errorf("$ref %q leads nowhere: there is no %s", ref, pointer(append(names, unescape(token))))
		}
		v, names = next, append(names, name)
	}
	return v, names, nil
}

// child returns what a token of a JSON pointer leads to. Upstream has component keys
// that are percent-encoded, and references to them that are so once, or twice, or not.
func child(v *tree.Value, token string) (*tree.Value, string) {
	name := unescape(token)
	if v.Is(tree.Array) {
		if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(v.Items) {
			return v.Items[i], name
		}
		return nil, ""
	}
	decoded, err := url.PathUnescape(name)
	if err != nil {
		decoded = name
	}
	for _, candidate := range []string{name, decoded, unescape(decoded)} {
		if child := v.Get(candidate); child != nil {
			return child, candidate
		}
	}
	for _, m := range v.Fields() {
		if key, err := url.PathUnescape(m.Name); err == nil && key == decoded {
			return m.Value, m.Name
		}
	}
	return nil, ""
}

// Target returns what the reference v leads to, which may be one itself.
func (s *Spec) Target(v *tree.Value) (*tree.Value, error) {
	target, _, err := s.follow(v.Ref())
	return target, err
}

// Resolved is [Spec.Resolve] for a slice, which has been seen to have no reference that
// leads nowhere, and for the nil that a missing value is: where it cannot be resolved, it
// returns nil.
func (s *Spec) Resolved(v *tree.Value) *tree.Value {
	resolved, err := s.Resolve(v, "")
	if err != nil {
		return nil
	}
	return resolved
}

// ComponentName returns the name of the component that a reference leads to: what follows
// its last slash, as it is written.
func ComponentName(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }
