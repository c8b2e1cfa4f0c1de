package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// Record collects findings, each once, however many cases meet it.
type Record struct {
	mu       sync.Mutex
	order    map[string]int // of the operations
	findings map[string]*Finding
	Answers  map[string]int
	left     map[string]int // bodies that were not held against a schema, by what they are

	telling sync.Mutex
	Latest  func(Finding) // is called with each new finding, one at a time; may be nil
}

// NewRecord returns an empty record; findings are sorted in the order of the operations.
func NewRecord(operations []string) *Record {
	r := &Record{order: map[string]int{}, findings: map[string]*Finding{}, Answers: map[string]int{}, left: map[string]int{}}
	for i, id := range operations {
		r.order[id] = i
	}
	return r
}

// Add records a finding. Its key tells it from others of its class and operation;
// curl makes its line where it is new.
func (r *Record) Add(key string, f Finding, curl func() string) {
	f.Cause = key
	key = string(f.Class) + " " + f.Operation + " " + key
	if !r.isNew(key, &f, curl) || r.Latest == nil {
		return
	}
	r.telling.Lock()
	defer r.telling.Unlock()
	r.Latest(f)
}

func (r *Record) isNew(key string, f *Finding, curl func() string) bool {
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

// Answered counts an answer that was held against the spec.
func (r *Record) Answered(operation string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Answers[operation]++
}

// Counts are the answers that were held against the spec, by operation.
func (r *Record) Counts() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.Answers)
}

// Sorted lists the findings, the worst first.
func (r *Record) Sorted() []Finding {
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

// Leave counts a body of a media type that is not judged.
func (r *Record) Leave(operation, media string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left[operation+": bodies in "+media]++
}

// Unjudged names what was left, for notes.
func (r *Record) Unjudged() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var notes []string
	for _, what := range slices.Sorted(maps.Keys(r.left)) {
		notes = append(notes, fmt.Sprintf("%s were not judged (%d of them): only JSON is", what, r.left[what]))
	}
	return notes
}
