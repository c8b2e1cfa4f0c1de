package diff

import (
	"regexp"
	"strings"

	"attributed/openapi/tree"
)

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
