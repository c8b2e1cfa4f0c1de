package openapi

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/speakeasy-api/openapi/overlay"
	"gopkg.in/yaml.v3"
)

// conditional is how the description of an action starts that may match nothing:
// it adds what upstream lacks, and does nothing once upstream has it.
const conditional = "If missing"

// Effect says what one action of an overlay did.
type Effect struct {
	Target      string // RFC 9535
	Description string
	Matches     int
}

// Idle tells whether the action matched nothing although it should have: what it
// corrects is no longer where it was.
func (e Effect) Idle() bool {
	return e.Matches == 0 && !strings.HasPrefix(e.Description, conditional)
}

// ApplyOverlay gives spec as the actions of an OpenAPI Overlay 1.0 leave it, in YAML
// (of which JSON is a part), and what each action did, in their order. Its errors say
// which of the two documents cannot be read, or which action has a target that is no JSONPath.
func ApplyOverlay(spec, actions []byte) (effective []byte, effects []Effect, err error) {
	var root yaml.Node
	if err := yaml.Unmarshal(spec, &root); err != nil {
		return nil, nil, fmt.Errorf("spec: %w", err)
	}
	whole, err := overlay.ParseReader(bytes.NewReader(actions))
	if err != nil {
		return nil, nil, fmt.Errorf("overlay: %w", err)
	}
	if err := whole.Validate(); err != nil {
		return nil, nil, fmt.Errorf("overlay: %w", err)
	}
	for _, action := range whole.Actions {
		target, err := whole.NewPath(action.Target, nil)
		if err != nil {
			return nil, nil, fmt.Errorf("overlay action %q: %w", action.Target, err)
		}
		effects = append(effects, Effect{action.Target, action.Description, len(target.Query(&root))})
		one := *whole
		one.Actions = []overlay.Action{action}
		if err := one.ApplyTo(&root); err != nil {
			return nil, nil, fmt.Errorf("overlay action %q: %w", action.Target, err)
		}
	}
	effective, err = yaml.Marshal(&root)
	return effective, effects, err
}
