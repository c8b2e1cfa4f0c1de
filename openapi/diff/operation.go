package diff

import (
	"fmt"
	"regexp"
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

// compare compares an operation that both slices have.
func (c *comparison) compare(before, after openapi.Operation) {
	c.parameters(before, after)
	c.requestBody(before.Value.Get("requestBody"), after.Value.Get("requestBody"))
	c.responses(before.Value.Get("responses"), after.Value.Get("responses"))
	c.security(before, after)
	c.whole(before, after, "callbacks", "callbacks")
	c.servers(before, after)
	c.texts(before.Value, after.Value, "operation", "parameters", "requestBody", "responses", "security", "callbacks", "operationId", "servers")
	c.texts(before.Item, after.Item, "path", append([]string{"parameters", "servers"}, members(before.Item, after.Item)...)...)
}

// members returns the methods of path items, which are operations of their own.
func members(items ...*tree.Value) []string {
	var names []string
	for _, item := range items {
		for _, m := range item.Fields() {
			if m.Value.Is(tree.Object) {
				names = append(names, m.Name)
			}
		}
	}
	return names
}

// whole compares what is not looked into.
func (c *comparison) whole(before, after openapi.Operation, member, place string) {
	if c.old.Canonical(before.Value, member) != c.new.Canonical(after.Value, member) {
		c.add(Breaking, place, member, "they differ, and are not looked into: compare them by hand")
	}
}

// servers compares where requests to the operation go, if it does not leave that to the document.
func (c *comparison) servers(before, after openapi.Operation) {
	if servers(before).Canonical() != servers(after).Canonical() {
		c.add(Breaking, "servers", "servers", "the operation has other servers of its own: requests may go elsewhere")
	}
}

func servers(o openapi.Operation) *tree.Value {
	if own := o.Value.Get("servers"); own != nil {
		return own
	}
	return o.Item.Get("servers")
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

// requestBody compares what a client may send.
func (c *comparison) requestBody(before, after *tree.Value) {
	before, after = c.old.Resolved(before), c.new.Resolved(after)
	const place = "request body"
	switch {
	case before == nil && after == nil:
		return
	case before == nil && after.Get("required").True():
		c.add(Breaking, place, "required", "the request gains a required body: requests without it are refused")
		return
	case before == nil:
		c.add(Compatible, place, "added", "the request may have a body now")
		return
	case after == nil:
		c.add(Breaking, place, "removed", "the request has no body anymore: one that is sent may be refused")
		return
	}
	if after.Get("required").True() != before.Get("required").True() {
		if after.Get("required").True() {
			c.add(Breaking, place, "required", "the body is required now: requests without it are refused")
		} else {
			c.add(Compatible, place, "required", "the body may be left out now")
		}
	}
	c.texts(before, after, place, "required", "content")
	was, is := before.Get("content"), after.Get("content")
	for _, media := range was.Fields() {
		name, accepted := mediaType(is, media.Name)
		if accepted == nil {
			c.add(Breaking, place, "media type", "%s is no longer accepted", media.Name)
			continue
		}
		at := placeOf(place, media.Name, was, is)
		if name != media.Name {
			c.add(Compatible, at, "media type", "%s is accepted as %s now", media.Name, name)
		}
		c.fail(c.request.Prove(media.Value.Get("schema"), accepted.Get("schema"), at+":"))
		if c.old.Canonical(media.Value, "encoding") != c.new.Canonical(accepted, "encoding") {
			c.add(Breaking, at, "encoding", "the parts of the body are to be encoded otherwise")
		}
		c.texts(media.Value, accepted, at, "schema", "encoding")
		c.schemas(media.Value.Get("schema"), accepted.Get("schema"), at+":")
	}
	c.newMediaTypes(was, is, place, Compatible, "is accepted now too")
}

// newMediaTypes reports those that only the new spec has.
func (c *comparison) newMediaTypes(was, is *tree.Value, place string, wire Wire, detail string) {
	for _, media := range is.Fields() {
		if _, had := mediaType(was, media.Name); had == nil {
			c.add(wire, place, "media type", "%s %s", media.Name, detail)
		}
	}
}

// placeOf names the media type where there is more than one.
func placeOf(place, name string, contents ...*tree.Value) string {
	for _, content := range contents {
		if len(content.Fields()) > 1 {
			return place + " " + name
		}
	}
	return place
}

var parameterOfType = regexp.MustCompile(`\s*;.*$`)

// mediaType returns the entry of content that a media type falls under: its own, one
// without parameters, or a range.
func mediaType(content *tree.Value, name string) (string, *tree.Value) {
	bare := strings.ToLower(parameterOfType.ReplaceAllString(name, ""))
	kind, _, _ := strings.Cut(bare, "/")
	for _, candidate := range []string{strings.ToLower(name), bare, kind + "/*", "*/*"} {
		for _, m := range content.Fields() {
			if strings.ToLower(m.Name) == candidate {
				return m.Name, m.Value
			}
		}
	}
	return "", nil
}
