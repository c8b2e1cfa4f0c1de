package subset

import (
	"fmt"
	"slices"

	"attributed/openapi"
	"attributed/openapi/tree"
)

// Prover proves that the values which schemas of one spec allow are allowed by schemas of
// another one. It remembers what it has proven, and is not for use by several goroutines.
type Prover struct {
	from, to *openapi.Spec // whose values they are, and who must allow them
	request  bool          // else they are answers
	text     bool          // values of a parameter, which are written as texts
	sets     *sets
	lists    map[*tree.Value]map[string]bool // the values of an enum
	known    map[string]bool                 // pairs that are proven or being proven
	trail    []string                        // the same in order, to take back what rests on a pair that failed
	steps    *int
	most     int // the bound on steps
	turns    int // how many times the direction was turned on the way here
}

// maxSteps bounds the work on one pair of schemas, but for a step for each value that there
// is: what takes longer is not proven.
const maxSteps = 50_000

// maxTurns bounds how deep proofs of what is ruled out lie in each other.
const maxTurns = 10

// OfRequests returns a prover of what clients send: each value that a client may send by
// the slice from is to be allowed by the slice to. Both must be mended, and cut with
// [openapi.Spec.Cut], which refuses references that lead nowhere.
func OfRequests(from, to *openapi.Spec) *Prover { return newProver(from, to, true) }

// OfAnswers returns a prover of what servers answer: each value that a server may answer
// by the slice from is to be allowed by the slice to. It requires what [OfRequests] does.
func OfAnswers(from, to *openapi.Spec) *Prover { return newProver(from, to, false) }

// AsTexts has the prover p, which is new, take values for texts, as those of parameters and
// headers are: what may be any text allows all numbers, too. It returns p.
func (p *Prover) AsTexts() *Prover {
	p.text = true
	return p
}

func newProver(from, to *openapi.Spec, request bool) *Prover {
	return &Prover{
		from: from, to: to, request: request, sets: newSets(from), known: map[string]bool{}, lists: map[*tree.Value]map[string]bool{},
		steps: new(int), most: maxSteps + from.Root.Size() + to.Root.Size(),
	}
}

// Failure is a place where a value that must be allowed may not be.
type Failure struct {
	Place  string // the place that Prove was called with, then as in ".users[].value"
	Kind   string // the keyword that stands in the way, or "undecided"
	Detail string // what may be refused, in words
}

func fail(place, kind, format string, args ...any) []Failure {
	return []Failure{{place, kind, fmt.Sprintf(format, args...)}}
}

// Prove returns the places where a value of schema a, of the spec from, may be none of schema b,
// of the spec to: none where there is a proof. A nil schema allows everything. Places start
// with place.
func (p *Prover) Prove(a, b *tree.Value, place string) []Failure {
	*p.steps = 0
	return p.within(p.sets.of(a), b, place)
}

// within is Prove for a set. It assumes a pair that it is already about, as
// recursive schemas need.
func (p *Prover) within(a set, b *tree.Value, place string) []Failure {
	b = p.to.Resolved(b)
	s := p.sets.shape(a)
	if s.nothing() || b == nil {
		return nil
	}
	if !b.Is(tree.Object) {
		return fail(place, "undecided", "there is something else than a schema")
	}
	if p.exhausted() {
		return p.undecided(place)
	}
	key := fmt.Sprintf("%s %p", a.key(), b)
	if p.known[key] {
		return nil
	}
	p.known[key] = true
	mark := len(p.trail)
	p.trail = append(p.trail, key)
	failures := p.keywords(a, s, b, place)
	if len(failures) > 0 {
		for _, resting := range p.trail[mark:] {
			delete(p.known, resting)
		}
		p.trail = p.trail[:mark]
	}
	return failures
}

// exhausted counts a step, and reports whether that was one too many.
func (p *Prover) exhausted() bool {
	*p.steps++
	return *p.steps > p.most
}

func (p *Prover) undecided(place string) []Failure {
	return fail(place, "undecided", "the schemas are too involved to be compared: that takes more than %d steps", p.most)
}

// allows reports whether there is a proof, without saying where there is none.
func (p *Prover) allows(a set, b *tree.Value) bool { return len(p.within(a, b, "")) == 0 }

func (p *Prover) keywords(a set, s *shape, b *tree.Value, place string) []Failure {
	for _, part := range p.parts(b) {
		if failures := p.discriminator(s, part, place); failures != nil {
			return failures
		}
	}
	if !s.null {
		return p.notNull(a, s, b, place)
	}
	var failures []Failure
	if !p.admitsNull(b) {
		failures = fail(place, "null", "null is %s", p.was("allowed", "sent"))
	}
	a = a.withoutNull()
	return append(failures, p.notNull(a, p.sets.shape(a), b, place)...)
}

// notNull is keywords for a set without null.
func (p *Prover) notNull(a set, s *shape, b *tree.Value, place string) []Failure {
	if s.nothing() {
		return nil
	}
	var failures []Failure
	parts := p.parts(b)
	for _, part := range parts {
		failures = append(failures, p.cases(a, s, goal{part, parts, place})...)
	}
	return distinct(failures)
}

// parts returns a schema and, of its allOf, all that it is put together from: a part can
// require what another part describes.
func (p *Prover) parts(schema *tree.Value) []*tree.Value {
	schema = p.to.Resolved(schema)
	all := []*tree.Value{schema}
	for _, part := range schema.Get("allOf").Elements() {
		for _, below := range p.parts(part) {
			if !slices.Contains(all, below) {
				all = append(all, below)
			}
		}
	}
	return all
}

// part is notNull for a set without unions and one part of a schema, but for what is required.
func (p *Prover) part(a set, s *shape, b *tree.Value, place string) []Failure {
	if b != nil && !b.Is(tree.Object) {
		return fail(place, "undecided", "there is something else than a schema")
	}
	if p.exhausted() {
		return p.undecided(place)
	}
	if refused := s.types &^ typesOf(b); refused != 0 && !(p.text && isAnyText(b)) {
		was, is := s.types, typesOf(b)
		if !p.request {
			was, is = is, was
		}
		return fail(place, "type", "it was of type %s and is of type %s: %s is %s", typeNames(was), typeNames(is), typeNames(refused), p.was("allowed", "possible"))
	}
	if s.enum != nil {
		return p.values(s, b, place)
	}
	failures := p.scalars(s, b, place)
	if s.types&objectType != 0 {
		failures = append(failures, p.object(a, s, b, place)...)
	}
	if s.types&arrayType != 0 {
		failures = append(failures, p.array(s, b, place)...)
	}
	for _, keyword := range []string{"anyOf", "oneOf"} {
		if union := b.Get(keyword); union.Is(tree.Array) {
			failures = append(failures, p.union(a, s, b, keyword, place)...)
		}
	}
	failures = append(failures, p.not(s, b, place)...)
	return append(failures, p.opaque(s, b, place)...)
}

func distinct(failures []Failure) []Failure {
	seen := map[Failure]bool{}
	return slices.DeleteFunc(failures, func(f Failure) bool {
		again := seen[f]
		seen[f] = true
		return again
	})
}

// values proves it for a set of which each value is listed.
func (p *Prover) values(s *shape, b *tree.Value, place string) []Failure {
	var refused []*tree.Value
	for _, v := range s.enum {
		if s.types&typeOf(v) != 0 && !p.valid(v, b) {
			refused = append(refused, v)
		}
	}
	if len(refused) == 0 {
		return nil
	}
	return fail(place, "enum", "%s: %s", p.was("allowed", "possible"), listed(refused))
}

// isListed reports whether an enum has a value.
func (p *Prover) isListed(enum, v *tree.Value) bool {
	if p.lists[enum] == nil {
		p.lists[enum] = index(enum.Elements())
	}
	return p.lists[enum][v.Canonical()]
}

// was words what is refused from where a client stands.
func (p *Prover) was(request, response string) string {
	if p.request {
		return "no longer " + request
	}
	return "now " + response + ", which was ruled out"
}

// admitsNull reports whether null is allowed. As upstream and our validator mean it,
// nullable allows null whatever stands beside it.
func (p *Prover) admitsNull(schema *tree.Value) bool { return admitsNull(p.to, schema, 0) }

func admitsNull(spec *openapi.Spec, schema *tree.Value, depth int) bool {
	schema = spec.Resolved(schema)
	switch {
	case schema == nil || schema.Get("nullable").True():
		return true
	case schema.Get("type") != nil || depth > 100:
		return false
	case schema.Get("enum") != nil:
		return slices.ContainsFunc(schema.Get("enum").Elements(), func(v *tree.Value) bool { return v.Is(tree.Null) })
	}
	admits := func(branch *tree.Value) bool { return admitsNull(spec, branch, depth+1) }
	refuses := func(branch *tree.Value) bool { return !admits(branch) }
	if slices.ContainsFunc(schema.Get("allOf").Elements(), refuses) {
		return false
	}
	for _, keyword := range []string{"anyOf", "oneOf"} {
		if union := schema.Get(keyword); union.Is(tree.Array) && !slices.ContainsFunc(union.Items, admits) {
			return false
		}
	}
	return true
}
