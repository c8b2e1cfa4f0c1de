package contract

import (
	"context"
	"slices"
	"time"

	"attributed/contract/report"
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
	askWhoAnswers(ctx, cfg, operations)
	if err := cfg.choose(operations); err != nil {
		return nil, err
	}
	r := newRun(cfg, operations)
	if err := (&probe{r.calls}).best(ctx); err != nil {
		return nil, err
	}
	plan := newPlan(r)
	if r.picks {
		plan.picking.lives()
	}
	plan.people.learn(ctx)
	if r.picks {
		plan.people.learnPaths(ctx)
		plan.picking.choose()
	}
	plan.lists.meet(ctx)
	steps := plan.steps()
	for i, step := range steps {
		if ctx.Err() != nil || r.client.Throttled {
			break
		}
		step.do(ctx)
		if cfg.Progress != nil {
			cfg.Progress(i+1, len(steps))
		}
	}
	throttled := r.client.Throttled
	if !cfg.Keep {
		plan.cleanUp.all(ctx)
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
