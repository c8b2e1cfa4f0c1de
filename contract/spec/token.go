package spec

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// TokenPlace is where a token is sent, and how.
type TokenPlace struct {
	In, Name string // the kind of parameter, and its name
	Scheme   string // before the token, as in Bearer; "" is none
	Basic    bool   // the token is a user, a colon and a password, and is sent in base64 (RFC 7617)
}

// Value is what is sent of a token.
func (p TokenPlace) Value(token string) string {
	if p.Basic {
		token = base64.StdEncoding.EncodeToString([]byte(token))
	}
	if p.Scheme == "" {
		return token
	}
	return p.Scheme + " " + token
}

// lightdash is where Lightdash takes a token.
var lightdash = TokenPlace{In: openapi3.ParameterInHeader, Name: "Authorization", Scheme: "ApiKey"}

// requirements are those of the operation, else those of the whole spec.
func (op *Operation) requirements() openapi3.SecurityRequirements {
	if own := op.Route.Operation.Security; own != nil {
		return *own
	}
	return op.Route.Spec.Security
}

// needsToken reports whether an operation is not to be called without one.
func (op *Operation) needsToken() bool {
	for _, r := range op.requirements() {
		if len(r) == 0 {
			return false // one of the ways is to send nothing
		}
	}
	return len(op.requirements()) > 0
}

// TokenPlace returns where a token is sent, as the first security scheme says that is known: the
// operation's, or the whole spec's where the operation asks for none; else as Lightdash takes it.
func (op *Operation) TokenPlace() TokenPlace {
	return append(op.places(slices.Concat(op.requirements(), op.Route.Spec.Security)), lightdash)[0]
}

// Takes reports whether any of the operation's requirements has a token of a scheme in Authorization. "" is
// none: beside other schemes, a key there need not have before it what Lightdash's has.
func (op *Operation) Takes(scheme string) bool {
	places := op.places(op.requirements())
	if scheme == "" {
		return len(places) > 1 && slices.Contains(places, lightdash)
	}
	return slices.ContainsFunc(places, func(p TokenPlace) bool { return p.Scheme == scheme })
}

// places are where requirements have a token, one after the other.
func (op *Operation) places(requirements openapi3.SecurityRequirements) (all []TokenPlace) {
	components := op.Route.Spec.Components
	if components == nil {
		return nil
	}
	for _, requirement := range requirements {
		for _, name := range slices.Sorted(maps.Keys(requirement)) {
			scheme := components.SecuritySchemes[name]
			if scheme == nil || scheme.Value == nil {
				continue
			}
			if place, known := placeOf(scheme.Value); known {
				all = append(all, place)
			}
		}
	}
	return all
}

// placeOf is where a scheme has its token. What OAuth 2.0 and OpenID Connect give out is sent as
// Bearer (RFC 6750).
func placeOf(s *openapi3.SecurityScheme) (place TokenPlace, known bool) {
	http := TokenPlace{In: openapi3.ParameterInHeader, Name: "Authorization", Scheme: "Bearer"}
	switch {
	case s.Type == "http" && strings.EqualFold(s.Scheme, "bearer"), s.Type == "oauth2", s.Type == "openIdConnect":
		return http, true
	case s.Type == "http" && strings.EqualFold(s.Scheme, "basic"):
		http.Scheme, http.Basic = "Basic", true
		return http, true
	case s.Type == "apiKey" && s.In == openapi3.ParameterInHeader && strings.EqualFold(s.Name, "Authorization"):
		// The spec has no place for what stands before the token there, but in words.
		if strings.Contains(s.Description, "Bearer") {
			return http, true
		}
		return lightdash, true
	case s.Type == "apiKey":
		return TokenPlace{In: s.In, Name: s.Name}, true
	}
	return TokenPlace{}, false
}
