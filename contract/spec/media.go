package spec

import (
	"maps"
	"mime"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// mediaType is one that a header or a key of the spec names, in the form in which
// RFC 9110, 8.3.1 compares them: names without case, parameters in any order.
type mediaType struct {
	Name       string
	parameters map[string]string
}

func parseMediaType(text string) (m mediaType, ok bool) {
	name, parameters, err := mime.ParseMediaType(text)
	return mediaType{name, parameters}, err == nil && strings.Contains(name, "/")
}

// IsJSON reports whether a body of this media type is a JSON text: RFC 8259, and the
// suffix of RFC 6839.
func (m mediaType) IsJSON() bool {
	return m.Name == "application/json" || m.Name == "text/json" || strings.HasSuffix(m.Name, "+json")
}

// isRange reports whether it stands for several.
func (m mediaType) isRange() bool { return strings.Contains(m.Name, "*") }

// covers reports whether a spec that lists m means given too.
func (m mediaType) covers(given mediaType) bool {
	kind, rest, _ := strings.Cut(m.Name, "/")
	givenKind, givenRest, _ := strings.Cut(given.Name, "/")
	suffix, ending := strings.CutPrefix(rest, "*")
	if kind != "*" && kind != givenKind || !ending && rest != givenRest || ending && !strings.HasSuffix(givenRest, suffix) {
		return false
	}
	for name, value := range m.parameters {
		told, there := given.parameters[name]
		switch {
		case name == "q" && m.isRange():
		case name == "charset" && (!there || strings.EqualFold(value, told)) && given.IsJSON():
			// JSON has one charset, and no parameter for it (RFC 8259, 11)
		case name == "charset" && strings.EqualFold(value, told):
		case !there || value != told:
			return false
		}
	}
	return true
}

// rank orders keys that cover the same: the narrower is meant (OpenAPI 3.0.3, Response Object).
func (m mediaType) rank() int {
	return len(m.parameters) - 100*strings.Count(m.Name, "*")
}

// Listed finds what the spec says of a content type; nil if nothing.
func Listed(content openapi3.Content, contentType string) (found *openapi3.MediaType, given mediaType) {
	given, ok := parseMediaType(contentType)
	if !ok {
		return nil, given
	}
	best := 0
	for _, key := range slices.Sorted(maps.Keys(content)) {
		m, ok := parseMediaType(key)
		if ok && content[key] != nil && m.covers(given) && (found == nil || m.rank() > best) {
			found, best = content[key], m.rank()
		}
	}
	return found, given
}

// jsonOf finds what the spec says of JSON in some content, and its key there: plain JSON
// before what is built on it. It returns nil where there is none.
func jsonOf(content openapi3.Content) (key string, found *openapi3.MediaType) {
	best := 0
	for _, k := range slices.Sorted(maps.Keys(content)) {
		m, ok := parseMediaType(k)
		rank := m.rank()
		switch {
		case !ok || content[k] == nil:
			continue
		case m.Name == "application/json":
			rank += 10
		case !m.IsJSON() && !m.covers(mediaType{Name: "application/json"}):
			continue
		}
		if found == nil || rank > best {
			key, found, best = k, content[k], rank
		}
	}
	return key, found
}

// Sendable is a media type to send as one that a key of the spec covers.
func Sendable(key string) string {
	m, _ := parseMediaType(key)
	switch {
	case !m.isRange():
		return key
	case strings.HasSuffix(m.Name, "+json"):
		return strings.ReplaceAll(m.Name, "*", "vnd.contract")
	}
	return "application/json"
}

// acceptable is the Accept header for an operation: what the spec lists of its answers,
// JSON alone where there is any.
func acceptable(described *openapi3.Operation) string {
	var inJSON, others []string
	if described.Responses != nil {
		for _, code := range slices.Sorted(maps.Keys(described.Responses.Map())) {
			response := described.Responses.Value(code)
			if response == nil || response.Value == nil {
				continue
			}
			for _, key := range slices.Sorted(maps.Keys(response.Value.Content)) {
				m, ok := parseMediaType(key)
				delete(m.parameters, "charset") // says how, not what
				name := mime.FormatMediaType(m.Name, m.parameters)
				switch {
				case !ok || name == "" || slices.Contains(inJSON, name) || slices.Contains(others, name):
				case m.IsJSON():
					inJSON = append(inJSON, name)
				default:
					others = append(others, name)
				}
			}
		}
	}
	switch {
	case len(inJSON) > 0:
		return strings.Join(inJSON, ", ")
	case len(others) > 0:
		return strings.Join(others, ", ")
	}
	return "application/json"
}

// PlainJSON is what a body is sent as, unless the spec lists another spelling of JSON.
const PlainJSON = "application/json"

func keyOfMedia(content openapi3.Content, media *openapi3.MediaType) string {
	for key, other := range content {
		if other == media {
			return key
		}
	}
	return ""
}
