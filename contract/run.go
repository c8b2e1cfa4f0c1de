package contract

import (
	"context"

	"attributed/contract/cases"
	"attributed/contract/report"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// run is what the steps of a check have in common: it sends calls and judges their answers.
// Each kind of step is a type of its own, which embeds it, calls it r, and has what only such
// steps need.
type run struct {
	*quiet
	record   *report.Record
	pairs    pairs
	versions versions
	rules    *rules
}

// newRun returns a run that has sent nothing.
func newRun(cfg Config, all []*spec.Operation) *run {
	own, elsewhere := split(all)
	q := &quiet{calls: &calls{
		cfg:        cfg,
		client:     wire.NewClient(cfg.URL, cfg.Timeout),
		gen:        cases.New(cfg.Seed),
		operations: own,
		elsewhere:  elsewhere,
		resources:  resourcesOf(own),
		things:     &things{},
		good:       wire.Credential{Token: cfg.Token, Name: "TOKEN"},
		parameters: map[string]any{},
		listed:     map[string][]string{},
		picks:      len(cfg.Operations) == 0 && len(own) > manyOperations,
	}}
	r := &run{
		quiet:    q,
		record:   report.NewRecord(spec.OperationIDs(all)),
		pairs:    pairs{},
		versions: versions{},
		rules:    &rules{quiet: q, ruled: map[*spec.Operation]*ruling{}},
	}
	r.record.Latest = cfg.OnFinding
	return r
}

// step is a part of a run. Steps follow one another: later ones build on what earlier
// ones made.
type step struct {
	name string // of its kind
	do   func(context.Context)
}

// about is a step about a resource or an operation.
func about[T any](it T, name string, do func(context.Context, T)) step {
	return step{name, func(ctx context.Context) { do(ctx, it) }}
}
