package contract

import (
	"context"
	"fmt"
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

// run is one check while it goes on.
type run struct {
	cfg        Config
	client     *wire.Client
	record     *report.Record
	gen        *cases.Generator
	operations []*spec.Operation
	resources  []*resource
	good       wire.Credential
	people     map[string]any              // what the lists tell of whom references refer to, by id
	instances  []*instance                 // that the check made, in that order
	met        map[string]bool             // ids of things with the check's mark that were there before it
	parameters map[string]any              // values of required parameters, by where they are and their names
	scope      string                      // the organization that everything shown must be of; "" as long as nothing was
	ruled      map[*spec.Operation]*ruling // by byRule
	notes      []string
	unjudged   int // of the notes, those of what was not judged
}

// step is a part of a run. Steps follow one another: later ones build on what earlier
// ones made.
type step func(context.Context)

// instance is something that the check made.
type instance struct {
	of      *resource
	id      string
	made    wire.Call         // that created it
	path    map[string]string // the values of the collection's own parameters
	value   any               // as the server told it last
	version string            // its ETag, if it has one
	removed bool
	stray   bool // nobody knows what it should be; only to be removed at the end
}

// note keeps, once, that something was not judged.
func (r *run) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(r.notes, text) {
		r.notes = append(r.notes, text)
		r.unjudged++
	}
}

// call makes a call of an operation. Path parameters that values does not have are
// taken from what is known; it is not ok if one is not known at all.
func (r *run) call(op *spec.Operation, values map[string]string) (one wire.Call, ok bool) {
	path := op.Route.Path
	for _, name := range op.Params {
		value, there := values[name]
		if known := r.gen.Known[name]; !there && len(known) > 0 {
			value, there = known[0], true
		}
		if !there {
			return wire.Call{}, false
		}
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	one = wire.Call{Op: op, Method: op.Method(), Path: path, As: r.good, What: "a valid request", Kind: "valid"}
	return r.withRequired(one), true
}

// withCase returns a call that sends a case.
func withCase(one wire.Call, c cases.Case) wire.Call {
	one = one.WithBody(c.Raw, c.ContentType)
	one.What, one.Kind, one.Place = c.What, c.Kind, c.Place
	return one
}

// send sends a call and judges the answer. It returns the decoded body, and whether the
// request was taken.
func (r *run) send(ctx context.Context, one wire.Call, want cases.Expectation, before ...wire.Call) (a *wire.Answer, value any) {
	a = r.client.Send(ctx, one)
	if ctx.Err() != nil {
		a.Err, a.Status = ctx.Err(), 0 // what was cut off by us says nothing of the server
		return a, nil
	}
	return a, r.judge(ctx, a, want, before)
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
