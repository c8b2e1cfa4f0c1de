package contract

import (
	"context"

	"attributed/contract/cases"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// quiet reads and removes things without judging the answers.
type quiet struct{ *calls }

// elements reads a list without judging it.
func (r *quiet) elements(ctx context.Context, res *resource) []any {
	if res.list == nil || r.client.Deaf(res.list) {
		return nil
	}
	one, ok := r.call(res.list, nil)
	if !ok {
		return nil
	}
	a := r.client.Send(ctx, one)
	value, err := spec.DecodeJSON(a.Body)
	if !a.OK() || err != nil {
		return nil
	}
	all, _ := spec.Dig(value, res.listAt).([]any)
	return all
}

// conflicts reports whether a refusal as a conflict can be right: the list has a thing
// with one of the texts, or there is no list, or the texts are too short to be the
// check's own.
func (r *quiet) conflicts(ctx context.Context, res *resource, c cases.Case) bool {
	if !r.gen.HoldsMark(c.Raw) || res.list == nil {
		return true
	}
	sent, _ := c.Value.(map[string]any)
	all := r.elements(ctx, res)
	if all == nil {
		return true // it was not told
	}
	for _, element := range all {
		object, _ := element.(map[string]any)
		for name, value := range sent {
			if text, ok := value.(string); ok && text != "" && object[name] == text {
				return true
			}
		}
	}
	return false
}

// refresh takes a thing for what it is now, unjudged.
func (r *quiet) refresh(ctx context.Context, t *instance, told any) {
	t.value = told
	if t.of.get == nil {
		return
	}
	if a, got := r.peek(ctx, t); got != nil {
		t.value, t.version = got, a.Head.Get("ETag")
	}
}

// peek reads a thing without judging the answer; nil if that is not as the spec says,
// which tells nothing of the thing.
func (r *quiet) peek(ctx context.Context, t *instance) (a *wire.Answer, got any) {
	one, _ := r.call(t.of.get, t.values())
	a = r.client.Send(ctx, one)
	value, err := spec.DecodeJSON(a.Body)
	schema := t.of.get.Answered()
	if err != nil || !a.OK() || schema == nil {
		return a, nil
	}
	value, _ = spec.Spare(schema, value)
	return a, spec.Dig(value, t.of.getAt)
}

// drop removes a thing without judging the answer, and reports whether it is gone.
func (r *quiet) drop(ctx context.Context, t *instance) bool {
	if t.of.remove == nil || r.client.Deaf(t.of.remove) {
		return false
	}
	one, _ := r.call(t.of.remove, t.values())
	a := r.client.Send(ctx, one)
	t.removed = a.OK() || a.Gone()
	return t.removed
}
