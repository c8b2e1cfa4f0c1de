package contract

import (
	"maps"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/report"
	"attributed/contract/spec"
)

// A property may have got a newer one beside it, for several of what it has one: value and
// values. No schema says that the one is the first of the others. So it is learned: two such
// are forms of the same as long as all answers have them so, and where they once were and
// are not, that is a finding. Which of the two counts in a request that has both is
// nobody's to say but the server's, as long as its answer has one of them in both forms.

// pairing is what the answers have shown of a pair.
type pairing struct{ agreed, parted bool }

// paired reports whether a pair is two forms of the same, as far as was seen.
func (r *run) paired(p spec.Pair) bool {
	known := r.pairs[p]
	return known != nil && known.agreed && !known.parted
}

// agreement learns from an answer which properties are two forms of the same, and returns a
// problem for each place where two that were are not.
func (r *run) agreement(ref *openapi3.SchemaRef, value any) []spec.Problem {
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
				if r.parts(p, value) {
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
func (r *run) parts(p spec.Pair, object map[string]any) bool {
	one, there := object[p.One]
	several, list := object[p.Several].([]any)
	if !there || one == (any)(spec.Unjudged{}) || !list || len(several) == 0 && nothing(one) {
		return false // nothing is to be learned
	}
	agree := len(several) > 0 && equal(several[0], one, nil, "")
	known := r.pairs[p]
	if known == nil {
		known = &pairing{agreed: agree, parted: !agree}
		r.pairs[p] = known
	}
	return !agree && !known.parted
}

// bothForms is what was sent with each of its paired properties in both forms: as the newer, if
// that has any, else as the older. Where neither has any the answer may say it in some way of
// its own, and what was sent in both forms is left out.
func bothForms(sent map[string]any, pairs []spec.Pair, paired func(spec.Pair) bool) map[string]any {
	sent = maps.Clone(sent)
	for _, p := range pairs {
		one, hasOne := sent[p.One]
		several, hasSeveral := sent[p.Several]
		list, _ := several.([]any)
		older, isList := one.([]any) // which the older form may take, too
		switch {
		case !paired(p) || !hasOne && !hasSeveral:
		case len(list) > 0:
			sent[p.One] = list[0]
		case hasOne && hasSeveral:
			delete(sent, p.One)
			delete(sent, p.Several)
		case len(older) > 0:
			sent[p.One], sent[p.Several] = older[0], older
		case isList:
			delete(sent, p.One)
		case hasOne && !nothing(one):
			sent[p.Several] = []any{one}
		}
	}
	return sent
}

// inOtherForm reports whether a body has a property in the other form of its pair.
func (r *run) inOtherForm(body map[string]any, name string, pairs []spec.Pair) bool {
	for _, p := range pairs {
		other := map[string]string{p.One: p.Several, p.Several: p.One}[name]
		if _, there := body[other]; there && r.paired(p) {
			return true
		}
	}
	return false
}

// valueSent is the one value that a body sets; it is unjudged where the body does not tell it.
func (r *run) valueSent(body any, v *value) any {
	object, _ := body.(map[string]any)
	value, there := bothForms(object, []spec.Pair{{One: v.member, Several: v.member + "s"}}, r.paired)[v.member]
	if !there {
		return spec.Unjudged{}
	}
	return value
}
