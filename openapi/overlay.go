package openapi

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"attributed/openapi/tree"

	"github.com/speakeasy-api/openapi/overlay"
	"gopkg.in/yaml.v3"
)

// conditional is how the description of an action starts that may match nothing:
// it adds what upstream lacks, and does nothing once upstream has it.
const conditional = "If missing"

// Effect is what one action of an overlay did.
type Effect struct {
	Target      string // RFC 9535
	Description string
	Matches     int
	Overlaps    []string // what it sets and the spec has too, as places below a match
}

// Idle reports whether the action matched nothing although it should have: what it
// corrects is no longer where it was.
func (e Effect) Idle() bool {
	return e.Matches == 0 && !strings.HasPrefix(e.Description, conditional)
}

// ApplyOverlay returns spec as the actions of an OpenAPI Overlay 1.0 leave it, in YAML
// (of which JSON is a part), and what each action did, in their order. Its errors say
// which of the two documents cannot be read, or which action has a target that is no JSONPath.
func ApplyOverlay(spec, actions []byte) (effective []byte, effects []Effect, err error) {
	if read, err := tree.ParseJSON(spec); err == nil {
		spec = read.EncodeForYAML()
	}
	var root yaml.Node
	if err := yaml.Unmarshal(spec, &root); err != nil {
		return nil, nil, fmt.Errorf("spec: %w", err)
	}
	var pristine yaml.Node
	if err := yaml.Unmarshal(spec, &pristine); err != nil {
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
		effect := Effect{Target: action.Target, Description: action.Description, Matches: len(target.Query(&root))}
		for _, own := range target.Query(&pristine) {
			effect.Overlaps = overlaps(effect.Overlaps, own, &action.Update, "")
		}
		effects = append(effects, effect)
		one := *whole
		one.Actions = []overlay.Action{action}
		if err := one.ApplyTo(&root); err != nil {
			return nil, nil, fmt.Errorf("overlay action %q: %w", action.Target, err)
		}
	}
	effective, err = yaml.Marshal(&root)
	return effective, effects, err
}

// overlaps adds the places below an upstream value that an update sets as well. What
// both say in the same way is one, too: the action has become idle there.
func overlaps(found []string, own, update *yaml.Node, place string) []string {
	if own.Kind != yaml.MappingNode || update.Kind != yaml.MappingNode {
		if update.Kind == yaml.ScalarNode && own.Kind == yaml.ScalarNode && !slices.Contains(found, place) {
			return append(found, place)
		}
		return found
	}
	for i := 0; i+1 < len(update.Content); i += 2 {
		for j := 0; j+1 < len(own.Content); j += 2 {
			if name := update.Content[i].Value; name == own.Content[j].Value {
				found = overlaps(found, own.Content[j+1], update.Content[i+1], place+"/"+escape(name))
			}
		}
	}
	return found
}

// WithOverlay is [ApplyOverlay] for a spec that was read.
func (s *Spec) WithOverlay(actions []byte) (*Spec, []Effect, error) {
	effective, effects, err := ApplyOverlay(s.Root.Encode(), actions)
	if err != nil {
		return nil, nil, err
	}
	root, err := tree.ParseYAML(effective)
	if err != nil {
		return nil, nil, err
	}
	return &Spec{root}, effects, nil
}
