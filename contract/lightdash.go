package contract

import (
	"errors"
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/openapi"
)

// Lightdash returns the spec to hold a Lightdash against: its own, of the operations that
// attributed has from it, without what attributed adds (operations, ETag, limits). One
// thing is mended: each operation wants a token, which its server does and its spec denies.
func Lightdash() (*openapi3.T, error) {
	vendored, copied := openapi.UpstreamSpecs()
	spec, err := ReadSpec(vendored)
	if err != nil {
		return nil, fmt.Errorf("the vendored spec: %w", err)
	}
	rest, err := ReadSpec(copied)
	if err != nil {
		return nil, fmt.Errorf("what is copied from upstream: %w", err)
	}
	addOperations(spec, rest)
	for _, item := range spec.Paths.Map() {
		for _, op := range item.Operations() {
			op.Security = nil
		}
	}
	scheme := openapi3.NewSecurityScheme().WithType("apiKey").WithIn("header").WithName("Authorization").
		WithDescription("Value should be 'ApiKey <your key>'")
	spec.Components.SecuritySchemes = openapi3.SecuritySchemes{"api_key": {Value: scheme}}
	spec.Security = openapi3.SecurityRequirements{{"api_key": {}}}
	return spec, nil
}

// addOperations adds another spec's operations where there is none. Their schemas stay
// those of the other, which may be of another version: what they refer to is read already.
func addOperations(spec, other *openapi3.T) {
	for path, item := range other.Paths.Map() {
		there := spec.Paths.Value(path)
		if there == nil {
			spec.Paths.Set(path, item)
			continue
		}
		for method, op := range item.Operations() {
			if there.GetOperation(method) == nil {
				there.SetOperation(method, op)
			}
		}
	}
	if spec.Info.Version != other.Info.Version {
		spec.Info.Version += " with operations of " + other.Info.Version
	}
}

// ReadSpec reads a spec, JSON or YAML, as upstream publishes it, mended as for a bump. Of OpenAPI 3.1 it takes
// what 3.0 can say.
// References to other files and hosts are never followed.
func ReadSpec(data []byte) (*openapi3.T, error) {
	read, _, err := openapi.ReadAny(data)
	if err != nil {
		return nil, err
	}
	read.Mend(nil)
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = false
	spec, err := loader.LoadFromData(read.Root.Encode())
	if err == nil && spec.Paths.Len() == 0 {
		err = errors.New("it has no paths")
	}
	return spec, err
}
