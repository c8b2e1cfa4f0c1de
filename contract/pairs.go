package contract

import (
	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/report"
	"attributed/contract/spec"
)

// A property may have got a newer one beside it, for several of what it has one: value and
// values. No schema says that the one is the first of the others. So it is learned: two such
// are forms of the same as long as all answers have them so, and where they once were and
// are not, that is a finding. Which of the two counts in a request that has both is
// nobody's to say but the server's, as long as its answer has one of them in both forms.

// pairs are what was learned of each pair that the answers have had.
type pairs map[spec.Pair]*pairing

// pairing is what the answers have shown of a pair.
type pairing struct{ agreed, parted bool }

// paired reports whether a pair is two forms of the same, as far as was seen.
func (known pairs) paired(p spec.Pair) bool {
	seen := known[p]
	return seen != nil && seen.agreed && !seen.parted
}

// agreement learns from an answer which properties are two forms of the same, and returns a
// problem for each place where two that were are not.
func (known pairs) agreement(ref *openapi3.SchemaRef, value any) []spec.Problem {
	var problems []spec.Problem
	var look func(ref *openapi3.SchemaRef, value any, depth int)
	look = func(ref *openapi3.SchemaRef, value any, depth int) {
		s := spec.MergedFor(ref, value, openapi3.VisitAsResponse())
		if s == nil || depth == 0 {
			return
		}
		switch value := value.(type) {
		case []any:
			for _, element := range value {
				look(s.Items, element, depth-1)
			}
		case map[string]any:
			for _, p := range spec.Pairs(s) {
				if known.parts(p, value) {
					problems = append(problems, spec.Problem{
						Class: report.ValueChanged, Key: "pair " + p.One, Fault: p.One + " is not the first of " + p.Several,
						Expected: spec.Excerpt(value[p.Several]), Got: spec.Excerpt(value[p.One]),
					})
				}
			}
			for name, member := range value {
				look(s.Properties[name], member, depth-1)
			}
		}
	}
	look(ref, value, spec.MaxDepth)
	return problems
}

// parts reports whether an object has two forms of the same that are not.
func (known pairs) parts(p spec.Pair, object map[string]any) bool {
	one, there := object[p.One]
	several, list := object[p.Several].([]any)
	if !there || one == (any)(spec.Unjudged{}) || !list || len(several) == 0 && nothing(one) {
		return false // nothing is to be learned
	}
	agree := len(several) > 0 && equal(several[0], one, nil, "")
	seen := known[p]
	if seen == nil {
		seen = &pairing{agreed: agree, parted: !agree}
		known[p] = seen
	}
	return !agree && !seen.parted
}

// inOtherForm reports whether a body has a property in the other form of its pair.
func (known pairs) inOtherForm(body map[string]any, name string, pairs []spec.Pair) bool {
	for _, p := range pairs {
		other := map[string]string{p.One: p.Several, p.Several: p.One}[name]
		if _, there := body[other]; there && known.paired(p) {
			return true
		}
	}
	return false
}

// valueSent is the one value that a body sets; it is unjudged where the body does not tell it.
func (known pairs) valueSent(body any, v *value) any {
	object, _ := body.(map[string]any)
	value, there := bothForms(object, []spec.Pair{{One: v.member, Several: v.member + "s"}}, known.paired)[v.member]
	if !there {
		return spec.Unjudged{}
	}
	return value
}
