package bump

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"attributed/openapi"
)

// ActionEffect is an action of the overlay that a bump touches.
type ActionEffect struct {
	Target     string   `json:"target"`
	Idle       bool     `json:"idle"`                 // it should match and does not
	Superseded bool     `json:"superseded,omitempty"` // it did something, and upstream has that now, or not anymore what it was about
	Overlaps   []string `json:"overlaps,omitempty"`   // places that upstream describes itself
}

// overlayEffects looks at what the overlay does to the candidate's spec, and no longer does that
// it did to the tree's.
func overlayEffects(tree, candidate string) ([]ActionEffect, error) {
	before, err := effectsIn(tree)
	if err != nil {
		return nil, err
	}
	after, err := effectsIn(candidate)
	if err != nil {
		return nil, err
	}
	all := []ActionEffect{}
	for i, effect := range after {
		superseded := effect.Matches == 0 && before[i].Matches > 0 && !effect.Idle()
		if effect.Idle() || superseded || len(effect.Overlaps) > 0 {
			all = append(all, ActionEffect{effect.Target, effect.Idle(), superseded, effect.Overlaps})
		}
	}
	return all, nil
}

// effectsIn returns what the overlay does to the vendored spec of a tree.
func effectsIn(tree string) ([]openapi.Effect, error) {
	slice, err := mendedSlice(tree)
	if err != nil {
		return nil, err
	}
	actions, err := os.ReadFile(filepath.Join(tree, overlayFile))
	if err != nil {
		return nil, err
	}
	_, effects, err := slice.Bare().WithOverlay(actions)
	return effects, err
}

// idle returns an error if an action matches nothing: what it should correct would
// be served uncorrected.
func idle(effects []ActionEffect) error {
	var targets []string
	for _, effect := range effects {
		if effect.Idle {
			targets = append(targets, effect.Target)
		}
	}
	if len(targets) == 0 {
		return nil
	}
	return fmt.Errorf("these actions of %s match nothing anymore:\n%s", overlayFile, strings.Join(targets, "\n"))
}
