package spec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// BasePaths lists where the spec's paths may begin: at what was said, else at what the
// spec's servers say, and at the address itself. There is always one.
func BasePaths(said *string, spec *openapi3.T) []string {
	if said != nil {
		return []string{asBase(*said)}
	}
	var all []string
	for _, server := range append(slices.Clone(spec.Servers), &openapi3.Server{URL: "/"}) {
		path, err := server.BasePath() // with the defaults of its variables
		if err == nil && !strings.ContainsAny(path, "{}") && !slices.Contains(all, asBase(path)) {
			all = append(all, asBase(path))
		}
	}
	return all
}

// asBase writes a base path as it stands before the spec's paths, which begin with a slash.
func asBase(path string) string {
	if path = strings.Trim(path, "/"); path == "" {
		return ""
	}
	return "/" + path
}

// CheckBasePath returns an error for what is no base path.
func CheckBasePath(said *string) error {
	if said != nil && (strings.ContainsAny(*said, "?#{} ") || strings.Contains(*said, "://")) {
		return fmt.Errorf("%q is no base path: write what stands before the spec's paths, as in /v2/api, or nothing", *said)
	}
	return nil
}

// UnderBase returns a request's path as the spec writes it, and whether it is under that base.
func UnderBase(base, path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, base)
	return rest, ok && strings.HasPrefix(rest, "/")
}
