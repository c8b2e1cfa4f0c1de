package bump

import (
	"os"
	"path/filepath"

	"attributed/openapi"
	"attributed/openapi/diff"
)

// Theirs is an operation that the overlay adds and that the new spec has, too.
type Theirs struct {
	Operation string         `json:"operation"`
	Agrees    bool           `json:"agrees"`   // a client of upstream's can use ours
	Findings  []diff.Finding `json:"findings"` // where it cannot, or would notice; old is upstream's, new is ours
}

// theirs compares the overlay's own operations with those of a new spec. That all of
// ours need a token, which upstream does not say, is no difference.
func theirs(tree string, after []byte, served []openapi.ServedOperation, slice *openapi.Spec) ([]Theirs, error) {
	var own []openapi.ServedOperation
	for _, operation := range served {
		if operation.From == openapi.Overlay {
			own = append(own, operation)
		}
	}
	upstream, err := openapi.Read(after)
	if err != nil {
		return nil, err
	}
	actions, err := os.ReadFile(filepath.Join(tree, overlayFile))
	if err != nil {
		return nil, err
	}
	ours, _, err := slice.WithOverlay(actions)
	if err != nil {
		return nil, err
	}
	all := []Theirs{}
	for _, operation := range own {
		found, err := compareOwn(upstream, ours, operation)
		if err != nil {
			return nil, err
		}
		if found != nil {
			all = append(all, *found)
		}
	}
	return all, nil
}

func compareOwn(upstream, ours *openapi.Spec, operation openapi.ServedOperation) (*Theirs, error) {
	one := []openapi.ServedOperation{operation}
	a, b := upstream.Locate(one), ours.Locate(one)
	if a[0].Missing() || b[0].Missing() {
		return nil, nil
	}
	result := &Theirs{Operation: operation.OperationID, Agrees: true, Findings: []diff.Finding{}}
	was, err := upstream.Cut(a)
	if err != nil { // their own trouble, which is none of ours until we serve it
		result.Agrees = false
		result.Findings = append(result.Findings, diff.Finding{
			Operation: operation.OperationID, Place: "operation", Kind: "unreadable", Wire: diff.Breaking, Go: diff.GoUnchanged, Detail: err.Error(),
		})
		return result, nil
	}
	is, err := ours.Cut(b)
	if err != nil {
		return nil, err
	}
	was.Mend(a)
	is.Mend(b)
	for _, f := range diff.Operation(was, is, a[0], b[0]) {
		if f.Kind != "security" && f.Wire == diff.Breaking {
			f.Go = diff.GoUnchanged
			result.Agrees = false
			result.Findings = append(result.Findings, f)
		}
	}
	return result, nil
}
