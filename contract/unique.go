package contract

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// unique holds a server to its own word: where it answers 409 to a second thing with the same
// name, it must to each. Whether names are unique is not the spec's to say.
func (r *run) unique(ctx context.Context, res *resource) {
	c, ok := r.createFull(ctx, res, text{})
	if !ok {
		return
	}
	holder, _ := c.value.(map[string]any)
	body := outline(res.create.body)
	for _, name := range slices.Sorted(maps.Keys(holder)) {
		value, ok := holder[name].(string)
		if !ok || body.Properties[name] == nil || !isFree(merged(body.Properties[name])) {
			continue
		}
		second, ok := r.sameName(res.create, name, value)
		if !ok {
			continue
		}
		one, _ := r.call(res.create, nil)
		if a := r.try(ctx, one, second.value); a != nil && a.status == http.StatusConflict {
			r.eachRefused(ctx, res, name)
		}
	}
}

// eachRefused creates things with names of many kinds, and wants each name to be refused to
// a second one, and to another thing's update.
func (r *run) eachRefused(ctx context.Context, res *resource, name string) {
	for i, kind := range append([]text{{}}, texts...) {
		c, ok := r.createFull(ctx, res, kind)
		value, _ := dig(c.value, []string{name}).(string)
		if !ok || !r.gen.holdsMark([]byte(value)) {
			continue
		}
		if c, ok := r.sameName(res.create, name, value); ok {
			r.create(ctx, res, c)
		}
		t := r.some(res, 0)
		if i > 0 || t == nil || res.update == nil || dig(t.value, []string{name}) == value {
			continue
		}
		if c, ok := r.sameName(res.update, name, value); ok {
			r.refuseChange(ctx, t, res.update, c)
		}
	}
}

// sameName is a body for an operation with the name of another thing.
func (r *run) sameName(op *operation, name, value string) (c bodyCase, ok bool) {
	made, err := r.gen.value(op.body, "", full)
	if err != nil {
		return bodyCase{}, false
	}
	set(made, []string{name}, value)
	return newBody(fmt.Sprintf("a request with another thing's %s, which it answers 409 to elsewhere", name), "unique", refused, made), true
}
