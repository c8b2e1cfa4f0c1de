package openapi

import (
	"bytes"
	"fmt"

	"gopkg.in/yaml.v3"
)

// Origin is where the definition of an operation comes from.
type Origin string

const (
	Upstream Origin = "upstream" // of the vendored spec
	Overlay  Origin = "overlay"  // ours
)

// ServedOperation is an operation that we serve.
type ServedOperation struct {
	OperationID string `yaml:"operationId"`
	Method      string `yaml:"method"` // in capitals
	Path        string `yaml:"path"`   // as in the spec: /api/v1/org/attributes/{userAttributeUuid}
	From        Origin `yaml:"from"`
	Copy        bool   `yaml:"upstream"` // the overlay's is a copy of one of upstream's
}

// ParseServed reads served.yaml. A member that it does not know is an error.
func ParseServed(data []byte) ([]ServedOperation, error) {
	var file struct {
		Operations []ServedOperation `yaml:"operations"`
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		return nil, fmt.Errorf("served operations: %w", err)
	}
	for i, operation := range file.Operations {
		if operation.OperationID == "" || operation.Method == "" || operation.Path == "" || (operation.From != Upstream && operation.From != Overlay) {
			return nil, fmt.Errorf("served operations: number %d needs operationId, method, path, and from: upstream or overlay", i+1)
		}
	}
	return file.Operations, nil
}
