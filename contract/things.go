package contract

import "attributed/contract/wire"

// things are what the check made, in that order.
type things struct{ all []*instance }

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

// values are those of a thing's path.
func (t *instance) values() map[string]string {
	values := map[string]string{t.of.param: t.id}
	for name, value := range t.path {
		values[name] = value
	}
	return values
}

// named is the thing of a resource with an id, nil if the check made none.
func (made *things) named(res *resource, id string) *instance {
	for _, t := range made.all {
		if t.of == res && t.id == id {
			return t
		}
	}
	return nil
}

// alive lists the things of a resource that are still to be there.
func (made *things) alive(res *resource) []*instance {
	var all []*instance
	for _, t := range made.all {
		if t.of == res && !t.removed && !t.stray {
			all = append(all, t)
		}
	}
	return all
}

// anyOf is one of the things that are there, nil if none is. The first is left alone:
// at the end it shows whether something changed that nobody spoke of.
func (made *things) anyOf(res *resource, i int) *instance {
	all := made.alive(res)
	if len(all) == 0 {
		return nil
	}
	if len(all) == 1 {
		return all[0]
	}
	return all[1+i%(len(all)-1)]
}
