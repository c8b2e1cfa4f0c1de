package contract

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"attributed/contract/cases"
	"attributed/contract/spec"
)

// uniqueness makes things that have another's name.
type uniqueness struct {
	*run
	creation *creation
	updates  *updates
}

// check holds a server to its own word: where it answers 409 to a second thing with the same
// name, it must to each. Whether names are unique is not the spec's to say.
func (r *uniqueness) check(ctx context.Context, res *resource) {
	c, ok := r.creation.createFull(ctx, res, cases.Text{})
	if !ok {
		return
	}
	holder, _ := c.Value.(map[string]any)
	body := spec.Outline(res.create.Body)
	for _, name := range slices.Sorted(maps.Keys(holder)) {
		value, ok := holder[name].(string)
		if !ok || body.Properties[name] == nil || !spec.IsFree(spec.Merged(body.Properties[name])) {
			continue
		}
		second, ok := r.sameName(res.create, name, value)
		if !ok {
			continue
		}
		one, _ := r.call(res.create, nil)
		if a := r.rules.try(ctx, one, second.Value); a != nil && a.Status == http.StatusConflict {
			r.eachRefused(ctx, res, name)
		}
	}
}

// eachRefused creates things with names of many kinds, and checks that each name is refused to
// a second one, and to another thing's update.
func (r *uniqueness) eachRefused(ctx context.Context, res *resource, name string) {
	for i, kind := range append([]cases.Text{{}}, cases.Texts...) {
		c, ok := r.creation.createFull(ctx, res, kind)
		value, _ := spec.Dig(c.Value, []string{name}).(string)
		if !ok || !r.gen.HoldsMark([]byte(value)) {
			continue
		}
		if c, ok := r.sameName(res.create, name, value); ok {
			r.creation.create(ctx, res, c)
		}
		t := r.things.anyOf(res, 0)
		if i > 0 || t == nil || res.update == nil || spec.Dig(t.value, []string{name}) == value {
			continue
		}
		if c, ok := r.sameName(res.update, name, value); ok {
			r.updates.refuseChange(ctx, t, res.update, c)
		}
	}
}

// sameName is a body for an operation with the name of another thing.
func (r *uniqueness) sameName(op *spec.Operation, name, value string) (c cases.Case, ok bool) {
	made, err := r.gen.Value(op.Body, "", cases.Full)
	if err != nil {
		return cases.Case{}, false
	}
	cases.Set(made, []string{name}, value)
	return cases.NewCase(fmt.Sprintf("a request with another thing's %s, which it answers 409 to elsewhere", name), "unique", cases.Refused, made), true
}
