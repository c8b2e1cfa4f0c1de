package bump

import (
	"encoding/json"
	"fmt"
	"sync"

	"attributed/openapi"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
)

// generating keeps two calls of oapi-codegen apart, which keeps its state in variables.
var generating sync.Mutex

// generateGo returns the Go code of a mended slice, as gen/ has it but without the overlay.
func generateGo(slice *openapi.Spec) (code string, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			code, err = "", fmt.Errorf("oapi-codegen breaks down: %v", broken)
		}
	}()
	if err := generatable(slice); err != nil {
		return "", err
	}
	spec, err := loaded(slice)
	if err != nil {
		return "", err
	}
	generating.Lock()
	defer generating.Unlock()
	return codegen.Generate(spec, codegen.Configuration{
		PackageName: "gen",
		Generate:    codegen.GenerateOptions{Models: true, EchoServer: true, Strict: true},
		// It is parsed and no more; to format it would ask for a Go toolchain.
		OutputOptions: codegen.OutputOptions{SkipFmt: true},
	}.UpdateDefaults())
}

// loaded returns a slice as kin-openapi's type; nothing outside of it is read.
func loaded(slice *openapi.Spec) (*openapi3.T, error) {
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = false
	spec := &openapi3.T{}
	// The loader would read it as YAML, and compare each name in an object with each other one.
	if err := json.Unmarshal(slice.Bare().Root.Encode(), spec); err != nil {
		return nil, err
	}
	return spec, loader.ResolveRefsIn(spec, nil)
}
