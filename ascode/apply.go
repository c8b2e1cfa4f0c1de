package ascode

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Result is what became of each change of a plan, in its order.
type Result struct {
	Outcomes []Outcome
	Met      []string // what somebody else changed meanwhile, in sentences
}

// Outcome is what became of a change.
type Outcome struct {
	Change
	Status Status
	Err    error // where Status is Failed, or it is not known whether it was done
}

// Status is how far a change has come.
type Status string

// How far a change has come. Where it failed because a connection broke, it is not known
// whether the server made it.
const (
	Undone  Status = "not done"
	Done    Status = "done"
	Already Status = "was so already"
	Failed  Status = "failed"
	Unknown Status = "not known whether it was done"
)

// Whole reports whether all was done, and nobody else changed the same.
func (r *Result) Whole() bool {
	for _, o := range r.Outcomes {
		if o.Status != Done && o.Status != Already {
			return false
		}
	}
	return len(r.Met) == 0
}

// errMet is why a change is not made: somebody else has changed the same.
var errMet = errors.New("somebody else changed the same in the meantime")

// Apply carries out a plan that was made from state. It stops at the first failure;
// what was done until then stays, and a second plan from the same files does the rest.
// Progress is called with how many changes are done, and how many there are.
//
// A server that answers an attribute with its version is sent each change bound to it: what
// others change at the same time stays, unless it is the same, and then the change is not
// made. At another server the whole attribute is sent, and one list afterwards shows whether
// somebody else changed the same.
func (s *Server) Apply(ctx context.Context, plan *Plan, state *State, progress func(done, total int)) (*Result, error) {
	result := &Result{}
	for _, c := range plan.Changes {
		result.Outcomes = append(result.Outcomes, Outcome{c, Undone, nil})
	}
	finals := map[string]*attribute{}
	for i := range result.Outcomes {
		o := &result.Outcomes[i]
		if err := ctx.Err(); err != nil {
			return result, err
		}
		if plan.done(o.Change, state) {
			o.Status = Already
			continue
		}
		final, err := s.do(ctx, o.Change, state.attribute(o.Name))
		o.Status, o.Err = statusOf(err), err
		if errors.Is(err, errMet) {
			result.Met = append(result.Met, fmt.Sprintf("%q: %v: it was not touched", o.Name, err))
			continue
		}
		if err != nil {
			return result, fmt.Errorf("%s attribute %q: %w", o.Action, o.Name, err)
		}
		finals[o.Name] = final
		progress(i+1, len(result.Outcomes))
	}
	if s.features.one || len(finals) == 0 {
		return result, nil
	}
	return result, s.meet(ctx, result, finals)
}

func statusOf(err error) Status {
	refusal, refused := errors.AsType[*Refusal](err)
	switch {
	case err == nil:
		return Done
	case errors.Is(err, errMet), refused && refusal.Status != http.StatusInternalServerError && refusal.Status < 502:
		return Failed
	}
	return Unknown
}

// meet reads all attributes again, and reports those that somebody else has changed since they
// were written.
func (s *Server) meet(ctx context.Context, result *Result, finals map[string]*attribute) error {
	after := &State{}
	if err := s.list(ctx, after); err != nil {
		return fmt.Errorf("what was written could not be read back: %w", err)
	}
	for _, o := range result.Outcomes {
		final, written := finals[o.Name]
		if !written {
			continue
		}
		if is := after.attribute(o.Name); is.digest() != final.digest() {
			result.Met = append(result.Met, fmt.Sprintf("%q is not as it was written: somebody else changed it in the meantime (%s)", o.Name, difference(final, is)))
		}
	}
	return nil
}

// difference names what differs of an attribute, without a value.
func difference(a, b *attribute) string {
	if a == nil || b == nil {
		return "it was removed, or made again"
	}
	c, _ := change(a, b, &directory{})
	var parts []string
	if c.Description != nil {
		parts = append(parts, "description")
	}
	if c.Default != nil {
		parts = append(parts, "default")
	}
	for i, v := range c.Values {
		if i == differencesTold {
			parts = append(parts, fmt.Sprintf("and %d more", len(c.Values)-i))
			break
		}
		name := v.UUID
		if email := a.emails[v.UUID] + b.emails[v.UUID]; email != "" && b.emails[v.UUID] != "" {
			name = b.emails[v.UUID]
		}
		parts = append(parts, string(v.Kind)+" "+name)
	}
	return strings.Join(parts, ", ")
}

// differencesTold is how many are listed, so that they can be read.
const differencesTold = 10

// do makes a change, and returns the attribute as it is then.
func (s *Server) do(ctx context.Context, c Change, is *attribute) (*attribute, error) {
	switch {
	case c.Action == Create:
		return s.createWhole(ctx, c.onto(nil))
	case s.features.one:
		return s.changeVersion(ctx, c)
	case c.Action == Remove:
		return nil, s.remove(ctx, c.UUID, "")
	}
	final := c.onto(is)
	_, err := s.update(ctx, final, c.Description != nil, "")
	return final, err
}

// attempts is how often a change is tried because somebody else keeps coming first.
const attempts = 20

// changeVersion makes a change to whatever version is current, as long as nobody else has
// changed the same.
func (s *Server) changeVersion(ctx context.Context, c Change) (*attribute, error) {
	for attempt := 1; ; attempt++ {
		is, err := s.get(ctx, c.UUID)
		if err != nil {
			return nil, err
		}
		if met := c.meets(is); met != "" {
			return nil, fmt.Errorf("%w (%s)", errMet, met)
		}
		var final *attribute
		if c.Action == Remove {
			err = s.remove(ctx, c.UUID, is.version)
		} else {
			final = c.onto(is)
			err = s.write(ctx, c, final, is.version)
		}
		refusal, refused := errors.AsType[*Refusal](err)
		if !refused || refusal.Status != http.StatusPreconditionFailed || attempt == attempts {
			return final, err
		}
	}
}

// write makes an attribute what it shall be: by its values alone, where nothing else changes
// and the server takes many of them.
func (s *Server) write(ctx context.Context, c Change, final *attribute, version string) error {
	severalOfOne := slices.ContainsFunc(c.Values, func(v ValueChange) bool { return len(v.New) > 1 })
	if s.takesMany(severalOfOne) && c.Description == nil && c.Default == nil {
		return s.setMany(ctx, c.UUID, c.Values, version)
	}
	_, err := s.update(ctx, final, c.Description != nil, version)
	return err
}

// takesMany reports whether the server sets many values in one call, also several of one
// user or group where there are such.
func (s *Server) takesMany(severalOfOne bool) bool {
	return s.features.many && (!severalOfOne || s.features.manySeveral)
}

// createWhole creates an attribute, also with more values than one call takes.
func (s *Server) createWhole(ctx context.Context, a *attribute) (*attribute, error) {
	severalOfOne := false
	for _, v := range a.values {
		severalOfOne = severalOfOne || len(v) > 1
	}
	if !s.takesMany(severalOfOne) || len(a.values) <= manyLimit {
		_, err := s.create(ctx, a)
		return a, err
	}
	bare := a.copy()
	bare.values = nil
	created, err := s.create(ctx, bare)
	if err != nil {
		return nil, err
	}
	var values []ValueChange
	for w, v := range a.values {
		values = append(values, ValueChange{Kind: w.Kind, UUID: w.UUID, Lists: Lists{New: v}})
	}
	return a, s.setMany(ctx, created.uuid, values, created.version)
}

// meets names what somebody else has changed that this changes too, or "".
func (c Change) meets(is *attribute) string {
	if c.Action == Remove {
		if is.digest() != c.Before {
			return "it was changed, and is to be removed"
		}
		return ""
	}
	if is.name != c.Name {
		return "its name"
	}
	if d := c.Description; d != nil && is.description != d.Old && is.description != d.New {
		return "description"
	}
	if d := c.Default; d != nil && !sameValues(is.defaults, d.Old) && !sameValues(is.defaults, d.New) {
		return "default"
	}
	for _, v := range c.Values {
		if has := is.values[v.who()]; !sameValues(has, v.Old) && !sameValues(has, v.New) {
			return fmt.Sprintf("%s %q", v.Kind, v.Name)
		}
	}
	return ""
}
