package contract

import (
	"context"
	"slices"
	"strings"
	"time"

	"attributed/contract/cases"
	"attributed/contract/report"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// Check finds where the server at cfg.URL breaks the contract of cfg.Spec. It makes
// things there and removes them again, also when ctx ends before it is through. An
// error says what is wrong with cfg, or, as an [ErrUntestable], that there is nothing
// to test, or no more; when ctx ends, it is ctx's. With an error that came in the middle
// the report has what was found so far.
func Check(ctx context.Context, cfg Config) (*report.Report, error) {
	cfg, operations, err := cfg.normal()
	if err != nil {
		return nil, err
	}
	start := time.Now()
	r := &run{
		cfg:        cfg,
		client:     wire.NewClient(cfg.URL, cfg.Timeout),
		record:     report.NewRecord(spec.OperationIDs(operations)),
		gen:        cases.New(cfg.Seed),
		operations: operations,
		resources:  resourcesOf(operations),
		people:     map[string]any{},
		met:        map[string]bool{},
		parameters: map[string]any{},
		ruled:      map[*spec.Operation]*ruling{},
		pairs:      map[spec.Pair]*pairing{},
		good:       wire.Credential{Token: cfg.Token, Name: "TOKEN"},
	}
	r.record.Latest = cfg.OnFinding
	if err := r.probe(ctx); err != nil {
		return nil, err
	}
	r.learn(ctx)
	r.meet(ctx)
	steps := r.plan()
	for i, step := range steps {
		if ctx.Err() != nil || r.client.Throttled {
			break
		}
		step(ctx)
		if cfg.Progress != nil {
			cfg.Progress(i+1, len(steps))
		}
	}
	throttled := r.client.Throttled
	if !cfg.Keep {
		r.cleanUp(ctx)
	}
	result := &report.Report{
		URL:        r.cfg.URL,
		Seed:       cfg.Seed,
		Operations: r.record.Answers,
		Requests:   r.client.Sent,
		Findings:   r.record.Sorted(),
		Notes:      slices.Concat(r.notes, r.record.Unjudged()),
		Unjudged:   r.unjudged + len(r.record.Unjudged()),
	}
	if cfg.Spec.Info != nil {
		result.Spec = cfg.Spec.Info.Title + " " + cfg.Spec.Info.Version
	}
	result.Took(start)
	if throttled && ctx.Err() == nil {
		return result, untestable("%s has asked to wait for more than %s in all (429): raise its limit of requests; the rest was not checked", r.cfg.URL, wire.MaxWaiting)
	}
	return result, ctx.Err()
}

// learn takes from the server's lists what references may refer to.
func (r *run) learn(ctx context.Context) {
	for name, values := range r.cfg.References {
		r.gen.Known[name] = slices.Clone(values)
	}
	for _, name := range r.references() {
		for _, p := range providersOf(r.operations, name) {
			if len(r.gen.Known[name]) > 0 {
				break
			}
			one, _ := r.call(p.list, nil)
			_, value := r.send(ctx, one, cases.Taken)
			elements, _ := spec.Dig(value, p.at).([]any)
			const most = 100
			for _, element := range elements[:min(len(elements), most)] {
				if id, ok := spec.Dig(element, []string{p.id}).(string); ok && !slices.Contains(r.gen.Known[name], id) {
					r.gen.Known[name] = append(r.gen.Known[name], id)
					r.people[strings.ToLower(id)] = element
				}
			}
		}
	}
}
