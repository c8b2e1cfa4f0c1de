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

// AsTexts makes p compare values as text, which is what parameters and headers are on the
// wire: a schema that allows any text allows all numbers, too. It must be called before the
// first proof. It returns p.
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

// exhausted counts a step, and reports whether that was one too many.
func (p *Prover) exhausted() bool {
	*p.steps++
	return *p.steps > p.most
}

func (p *Prover) undecided(place string) []Failure {
	return fail(place, "undecided", "the schemas are too involved to be compared: that takes more than %d steps", p.most)
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

// admitsNull reports whether a schema that must allow values allows null.
func (p *Prover) admitsNull(schema *tree.Value) bool { return admitsNull(p.to, schema, 0) }

// distinct leaves out what was said before.
func distinct(failures []Failure) []Failure {
	seen := map[Failure]bool{}
	return slices.DeleteFunc(failures, func(f Failure) bool {
		again := seen[f]
		seen[f] = true
		return again
	})
}
