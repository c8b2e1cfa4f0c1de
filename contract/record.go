package contract

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// record collects findings, each once, however many cases meet it.
type record struct {
	mu       sync.Mutex
	order    map[string]int // of the operations
	findings map[string]*Finding
	answers  map[string]int
	left     map[string]int // bodies that were not held against a schema, by what they are

	telling sync.Mutex
	latest  func(Finding) // told of each new finding, one at a time; may be nil
}

func newRecord(operations []string) *record {
	r := &record{order: map[string]int{}, findings: map[string]*Finding{}, answers: map[string]int{}, left: map[string]int{}}
	for i, id := range operations {
		r.order[id] = i
	}
	return r
}

// add records a finding. Its key tells it from others of its class and operation;
// curl makes its line where it is new.
func (r *record) add(key string, f Finding, curl func() string) {
	f.Cause = key
	key = string(f.Class) + " " + f.Operation + " " + key
	if !r.isNew(key, &f, curl) || r.latest == nil {
		return
	}
	r.telling.Lock()
	defer r.telling.Unlock()
	r.latest(f)
}

func (r *record) isNew(key string, f *Finding, curl func() string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if there := r.findings[key]; there != nil {
		there.Cases++
		return false
	}
	f.Cases, f.Curl = 1, curl()
	kept := *f
	r.findings[key] = &kept
	return true
}

// answered counts an answer that was held against the spec.
func (r *record) answered(operation string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers[operation]++
}

// counts are the answers that were held against the spec, by operation.
func (r *record) counts() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.answers)
}

// sorted lists the findings, the worst first.
func (r *record) sorted() []Finding {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := []Finding{}
	for _, f := range r.findings {
		all = append(all, *f)
	}
	slices.SortFunc(all, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(a.Class.rank(), b.Class.rank()),
			cmp.Compare(r.order[a.Operation], r.order[b.Operation]),
			cmp.Compare(a.Operation, b.Operation),
			cmp.Compare(a.Fault, b.Fault),
			cmp.Compare(a.Cause, b.Cause),
		)
	})
	return all
}

// leave counts a body of a media type that is not judged.
func (r *record) leave(operation, media string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left[operation+": bodies in "+media]++
}

// unjudged names what was left, for notes.
func (r *record) unjudged() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var notes []string
	for _, what := range slices.Sorted(maps.Keys(r.left)) {
		notes = append(notes, fmt.Sprintf("%s were not judged (%d of them): only JSON is", what, r.left[what]))
	}
	return notes
}
