package diff

import (
	"attributed/openapi"
	"attributed/openapi/tree"
)

// Operation compares one operation of two mended slices, which is at was in one and at is
// in the other. The findings have its served operationId.
func Operation(before, after *openapi.Spec, was, is openapi.Location) []Finding {
	c := newComparison(before, after)
	c.operation = was.Served.OperationID
	c.compare(operationAt(before, was), operationAt(after, is))
	return c.findings
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

func operationAt(spec *openapi.Spec, l openapi.Location) openapi.Operation {
	for _, o := range spec.Operations() {
		if o.Path == l.Path && o.Method == l.Method {
			return o
		}
	}
	return openapi.Operation{Path: l.Path, Method: l.Method}
}
