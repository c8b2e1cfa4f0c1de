package contract

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Check tells where the server at cfg.URL breaks the contract of cfg.Spec. It makes
// things there and removes them again, also when ctx ends before it is through. An
// error says what is wrong with cfg, or, as an [ErrUntestable], that there is nothing
// to test, or no more; when ctx ends, it is ctx's. With an error that came in the middle
// the report tells what was found so far.
func Check(ctx context.Context, cfg Config) (*Report, error) {
	cfg, operations, err := cfg.normal()
	if err != nil {
		return nil, err
	}
	start := time.Now()
	r := &run{
		cfg:        cfg,
		client:     newClient(cfg.URL, cfg.Timeout),
		record:     newRecord(operationIDs(operations)),
		gen:        newGenerator(cfg.Seed),
		operations: operations,
		resources:  resourcesOf(operations),
		people:     map[string]any{},
		met:        map[string]bool{},
		parameters: map[string]any{},
		ruled:      map[*operation]*ruling{},
		good:       credential{token: cfg.Token, name: "TOKEN"},
	}
	r.record.latest = cfg.OnFinding
	if err := r.probe(ctx); err != nil {
		return nil, err
	}
	r.learn(ctx)
	r.meet(ctx)
	steps := r.plan()
	for i, step := range steps {
		if ctx.Err() != nil || r.client.throttled {
			break
		}
		step(ctx)
		if cfg.Progress != nil {
			cfg.Progress(i+1, len(steps))
		}
	}
	throttled := r.client.throttled
	if !cfg.Keep {
		r.cleanUp(ctx)
	}
	report := &Report{
		URL:        r.cfg.URL,
		Seed:       cfg.Seed,
		Operations: r.record.answers,
		Requests:   r.client.sent,
		Findings:   r.record.sorted(),
		Notes:      slices.Concat(r.notes, r.record.unjudged()),
		Unjudged:   r.unjudged + len(r.record.unjudged()),
	}
	if cfg.Spec.Info != nil {
		report.Spec = cfg.Spec.Info.Title + " " + cfg.Spec.Info.Version
	}
	report.took(start)
	if throttled && ctx.Err() == nil {
		return report, untestable("%s has asked to wait for more than %s in all (429): raise its limit of requests; the rest was not checked", r.cfg.URL, maxWaiting)
	}
	return report, ctx.Err()
}

// run is one check while it goes on.
type run struct {
	cfg        Config
	client     *client
	record     *record
	gen        *generator
	operations []*operation
	resources  []*resource
	good       credential
	people     map[string]any         // what the lists tell of whom references refer to, by id
	things     []*thing               // that the check made, in that order
	met        map[string]bool        // ids of things with the check's mark that were there before it
	parameters map[string]any         // values of required parameters, by where they are and their names
	scope      string                 // the organization that everything shown must be of; "" as long as nothing was
	ruled      map[*operation]*ruling // by byRule
	notes      []string
	unjudged   int // of the notes, those of what was not judged
}

// step is a part of a run. Steps follow one another: later ones build on what earlier
// ones made.
type step func(context.Context)

// thing is something that the check made.
type thing struct {
	of      *resource
	id      string
	made    call              // that created it
	path    map[string]string // the values of the collection's own parameters
	value   any               // as the server told it last
	version string            // its ETag, if it has one
	removed bool
	stray   bool // nobody knows what it should be; only to be removed at the end
}

// note tells, once, of something that was not judged.
func (r *run) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(r.notes, text) {
		r.notes = append(r.notes, text)
		r.unjudged++
	}
}

// call makes a call of an operation. Path parameters that values does not have are
// taken from what is known; it is not ok if one is not known at all.
func (r *run) call(op *operation, values map[string]string) (one call, ok bool) {
	path := op.route.Path
	for _, name := range op.params {
		value, there := values[name]
		if known := r.gen.known[name]; !there && len(known) > 0 {
			value, there = known[0], true
		}
		if !there {
			return call{}, false
		}
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	one = call{op: op, method: op.method(), path: path, as: r.good, what: "a valid request", kind: "valid"}
	return r.withRequired(one), true
}

// withBody returns a call with a body, of JSON in the media type that the spec has for it.
func (one call) withBody(raw []byte, contentType string) call {
	one.body, one.contentType = raw, contentType
	if contentType == plainJSON {
		one.contentType = sendable(one.op.mediaKey)
	}
	return one
}

// withCase returns a call that sends a case.
func withCase(one call, c bodyCase) call {
	one = one.withBody(c.raw, c.contentType)
	one.what, one.kind, one.place = c.what, c.kind, c.place
	return one
}

// send sends a call and judges the answer. It gives the decoded body, and whether the
// request was taken.
func (r *run) send(ctx context.Context, one call, want expectation, before ...call) (a *answer, value any) {
	a = r.client.send(ctx, one)
	if ctx.Err() != nil {
		a.err, a.status = ctx.Err(), 0 // what was cut off by us says nothing of the server
		return a, nil
	}
	return a, r.judge(ctx, a, want, before)
}

// learn takes from the server's lists what references may refer to.
func (r *run) learn(ctx context.Context) {
	for name, values := range r.cfg.References {
		r.gen.known[name] = slices.Clone(values)
	}
	for _, name := range r.references() {
		for _, p := range providersOf(r.operations, name) {
			if len(r.gen.known[name]) > 0 {
				break
			}
			one, _ := r.call(p.list, nil)
			_, value := r.send(ctx, one, taken)
			elements, _ := dig(value, p.at).([]any)
			const most = 100
			for _, element := range elements[:min(len(elements), most)] {
				if id, ok := dig(element, []string{p.id}).(string); ok && !slices.Contains(r.gen.known[name], id) {
					r.gen.known[name] = append(r.gen.known[name], id)
					r.people[strings.ToLower(id)] = element
				}
			}
		}
	}
}
