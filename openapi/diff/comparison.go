package diff

import (
	"fmt"
	"slices"
	"strings"

	"attributed/openapi"
	"attributed/openapi/subset"
	"attributed/openapi/tree"
)

// comparison collects what differs between two slices.
type comparison struct {
	old, new                *openapi.Spec // mended slices
	request, answer, header *subset.Prover
	operation               string // the one that is compared
	findings                []Finding
	said                    map[Finding]bool
	broken                  map[string]bool // operation and place of what breaks
}

func newComparison(before, after *openapi.Spec) *comparison {
	return &comparison{
		old: before, new: after,
		request: subset.OfRequests(before, after), answer: subset.OfAnswers(after, before), header: subset.OfAnswers(after, before).AsTexts(),
		said: map[Finding]bool{}, broken: map[string]bool{},
	}
}

func (c *comparison) add(wire Wire, place, kind, format string, args ...any) {
	place = tidy(place)
	if wire == Breaking {
		c.broken[c.operation+"\n"+place] = true
	}
	finding := Finding{Operation: c.operation, Place: place, Kind: kind, Wire: wire, Detail: fmt.Sprintf(format, args...)}
	if !c.said[finding] {
		c.said[finding] = true
		c.findings = append(c.findings, finding)
	}
}

// tidy writes a place as people read it: "request body: users[].value".
func tidy(place string) string {
	return strings.TrimSuffix(strings.Replace(place, ":.", ": ", 1), ":")
}

func (c *comparison) fail(failures []subset.Failure) {
	for _, f := range failures {
		c.add(Breaking, f.Place, f.Kind, "%s", f.Detail)
	}
}

// texts reports the members that differ and that no client can be harmed by, but
// those that are compared elsewhere.
func (c *comparison) texts(before, after *tree.Value, place string, elsewhere ...string) {
	for _, name := range memberNames(before, after) {
		a, b := before.Get(name), after.Get(name)
		if slices.Contains(elsewhere, name) || a.Canonical() == b.Canonical() {
			continue
		}
		c.add(Compatible, place, name, "%s", change(name, a, b))
	}
}

func memberNames(values ...*tree.Value) []string {
	var names []string
	for _, v := range values {
		for _, m := range v.Fields() {
			if !slices.Contains(names, m.Name) {
				names = append(names, m.Name)
			}
		}
	}
	return names
}

// change words how a member differs.
func change(name string, a, b *tree.Value) string {
	switch {
	case a == nil:
		return fmt.Sprintf("%s is there now%s", name, b.Brief(": "))
	case b == nil:
		return fmt.Sprintf("%s is gone%s", name, a.Brief(": "))
	}
	return fmt.Sprintf("%s differs%s%s", name, a.Brief(": "), b.Brief(" became "))
}

// isText reports whether a keyword says nothing of values.
func isText(name string) bool {
	return slices.Contains([]string{"description", "title", "summary", "example", "default", "externalDocs", "deprecated"}, name) || strings.HasPrefix(name, "x-")
}
