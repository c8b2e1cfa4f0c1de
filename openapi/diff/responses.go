package diff

import (
	"slices"
	"strings"

	"attributed/openapi/tree"
)

// responses compares, for each status that either spec knows of, what it may answer.
func (c *comparison) responses(before, after *tree.Value) {
	statuses := memberNames(before, after)
	for _, status := range statuses {
		if strings.HasPrefix(status, "x-") {
			continue
		}
		now, is := responseTo(after, status)
		was, had := responseTo(before, status)
		place := "response " + status
		switch {
		case is == nil:
			c.add(Compatible, place, "removed", "there is no such answer anymore")
		case had == nil:
			c.add(Breaking, place, "status", "the answer %s is possible now, which no client of the old spec expects", status)
		default:
			if now != was {
				c.add(Compatible, place, "status", "what was described under %s is described under %s now", was, now)
			}
			c.response(c.old.Resolved(had), c.new.Resolved(is), place)
		}
	}
	if succeeds(before) && !succeeds(after) {
		c.add(Breaking, "responses", "status", "no answer that tells of success is left")
	}
}

// responseTo returns the response that a status falls under: its own, its range or default.
func responseTo(responses *tree.Value, status string) (string, *tree.Value) {
	for _, m := range responses.Fields() {
		if strings.EqualFold(m.Name, status) {
			return m.Name, m.Value
		}
	}
	for _, m := range responses.Fields() {
		if len(status) == 3 && strings.EqualFold(m.Name, status[:1]+"XX") {
			return m.Name, m.Value
		}
	}
	return "default", responses.Get("default")
}

func succeeds(responses *tree.Value) bool {
	return slices.ContainsFunc(responses.Fields(), func(m tree.Member) bool {
		return strings.HasPrefix(m.Name, "2") || strings.HasPrefix(m.Name, "3") || m.Name == "default"
	})
}

func (c *comparison) response(before, after *tree.Value, place string) {
	c.headers(before.Get("headers"), after.Get("headers"), place)
	c.texts(before, after, place, "headers", "content", "$ref")
	was, is := before.Get("content"), after.Get("content")
	switch {
	case len(was.Fields()) == 0 && len(is.Fields()) == 0:
		return
	case len(was.Fields()) == 0:
		c.add(Compatible, place, "added", "the answer has a body now, which the old spec does not describe")
		return
	case len(is.Fields()) == 0:
		c.add(Breaking, place, "removed", "the answer has no body anymore")
		return
	}
	kept := map[*tree.Value]bool{} // old responses that a new one corresponds to
	for _, media := range is.Fields() {
		_, had := mediaType(was, media.Name)
		if had == nil {
			continue
		}
		kept[had] = true
		at := placeOf(place, media.Name, was, is)
		c.fail(c.answer.Prove(media.Value.Get("schema"), had.Get("schema"), at+":"))
		c.texts(had, media.Value, at, "schema")
		c.schemas(had.Get("schema"), media.Value.Get("schema"), at+":")
	}
	for _, media := range was.Fields() {
		if _, has := mediaType(is, media.Name); has == nil && !kept[media.Value] {
			c.add(Breaking, place, "media type", "the answer is no longer to be had as %s", media.Name)
		}
	}
	c.newMediaTypes(was, is, place, Breaking, "is a type that the answer may have now, which no client of the old spec expects")
}

func (c *comparison) headers(was, is *tree.Value, place string) {
	find := func(headers *tree.Value, name string) *tree.Value {
		for _, m := range headers.Fields() {
			if strings.EqualFold(m.Name, name) {
				return m.Value
			}
		}
		return nil
	}
	for _, m := range was.Fields() {
		at := place + " header " + m.Name
		had, has := c.old.Resolved(m.Value), c.new.Resolved(find(is, m.Name))
		switch {
		case has == nil && had.Get("required").True():
			c.add(Breaking, at, "required", "the answer loses this header, which was required")
			continue
		case has == nil:
			c.add(Compatible, at, "removed", "the answer has this header no longer; it could be missing before")
			continue
		case had.Get("required").True() && !has.Get("required").True():
			c.add(Breaking, at, "required", "the header may be missing now")
		case has.Get("required").True() && !had.Get("required").True():
			c.add(Compatible, at, "required", "the header is always there now")
		}
		c.fail(c.header.Prove(has.Get("schema"), had.Get("schema"), at+":"))
		c.schemas(had.Get("schema"), has.Get("schema"), at+":")
		if had.Get("explode").Canonical() != has.Get("explode").Canonical() {
			c.add(Breaking, at, "style", "the header is written otherwise")
		}
		c.headerContent(had.Get("content"), has.Get("content"), at)
		c.texts(had, has, at, "required", "schema", "content", "explode")
	}
	for _, m := range is.Fields() {
		if find(was, m.Name) == nil {
			c.add(Compatible, place+" header "+m.Name, "added", "the answer may have this header now")
		}
	}
}

// headerContent compares headers that are written in a media type.
func (c *comparison) headerContent(was, is *tree.Value, place string) {
	for _, media := range memberNames(was, is) {
		had, has := was.Get(media), is.Get(media)
		if had == nil || has == nil {
			c.add(Breaking, place, "media type", "the header is written otherwise: as %s only %s", media, map[bool]string{true: "now", false: "before"}[had == nil])
			continue
		}
		c.fail(c.answer.Prove(has.Get("schema"), had.Get("schema"), place+":"))
		c.schemas(had.Get("schema"), has.Get("schema"), place+":")
	}
}
