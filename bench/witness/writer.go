package witness

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
)

// Writer changes attributes of its own, one call after the other, and keeps what was acknowledged.
type Writer struct {
	number int
	made   int                   // names and values so far, each of which is another
	known  map[string]*Attribute // by name
	doubt  *change               // the last one, if it was not acknowledged

	lastName string // of what the last change that was acknowledged was about
	last     *Attribute
}

// change is what a call is to do to an attribute.
type change struct {
	name          string
	before, after *Attribute // nil: it is not there
	method, path  string
	body          any
}

// most is how many attributes a writer has at a time.
const most = 6

func (w *Writer) text(of string) string {
	w.made++
	return fmt.Sprintf("%s %d of %d", of, w.made, w.number)
}

func (w *Writer) values(uuids []string) map[string]string {
	values := map[string]string{}
	for _, uuid := range uuids {
		values[uuid] = w.text("value")
	}
	return values
}

// next chooses a change: a create, an update, a change of one value or of many, or a delete.
func (w *Writer) next() *change {
	names := slices.Collect(maps.Keys(w.known))
	kind := rand.IntN(5)
	switch {
	case len(names) == 0:
		kind = 0
	case len(names) == most && kind == 0:
		kind = 4
	}
	if kind == 0 {
		a := &Attribute{name: w.text("attribute"), description: w.text("description"), users: w.values(users), groups: w.values(groups)}
		return &change{name: a.name, after: a, method: http.MethodPost, path: AttributesPath, body: a.body()}
	}
	before := w.known[names[rand.IntN(len(names))]]
	c := &change{name: before.name, before: before, after: before.clone(), method: http.MethodPut, path: AttributesPath + "/" + before.UUID}
	switch kind {
	case 1:
		c.after.description, c.after.users, c.after.groups = w.text("description"), w.values(users[rand.IntN(3):]), w.values(groups[rand.IntN(2):])
		c.body = c.after.body()
	case 2:
		user, value := users[rand.IntN(3)], w.text("value")
		c.after.users[user] = value
		c.path, c.body = c.path+"/users/"+user, map[string]string{"value": value}
	case 3:
		set, cleared := w.values(users), groups[rand.IntN(2)]
		list := []map[string]string{}
		for user, value := range set {
			list = append(list, map[string]string{"userUuid": user, "value": value})
		}
		c.after.users = set
		delete(c.after.groups, cleared)
		c.path, c.body = c.path+"/values", map[string]any{"users": list, "groups": []map[string]any{{"groupUuid": cleared, "value": nil}}}
	default:
		c.after, c.method = nil, http.MethodDelete
	}
	return c
}

// Write makes a change, and keeps it if it was acknowledged; else it is in doubt, and the next
// Write makes it once more.
func (w *Writer) Write(ctx context.Context, c *Caller) Answer {
	again := w.doubt != nil
	if !again {
		w.doubt = w.next()
	}
	a := c.Call(ctx, w.doubt.method, w.doubt.path, w.doubt.body)
	if again && a.Status == http.StatusNotFound && w.doubt.after == nil {
		a.Status = http.StatusOK // the first one was made
	}
	if again && a.Status == http.StatusConflict && w.doubt.before == nil {
		list := c.Call(ctx, http.MethodGet, AttributesPath, nil) // the first one was made, with a uuid that nobody was told
		if !list.OK() {
			return list
		}
		found, err := list.attributes()
		if err != nil || found[w.doubt.name] == nil {
			return Answer{Took: a.Took, Ended: a.Ended}
		}
		a.Status, w.doubt.after.UUID = http.StatusOK, found[w.doubt.name].UUID
	}
	if !a.OK() {
		return a
	}
	after := w.doubt.after
	if w.doubt.before == nil && after.UUID == "" {
		var created struct{ Results struct{ UUID string } }
		if err := json.Unmarshal(a.Body, &created); err != nil {
			return Answer{} // no answer that says what was done
		}
		after.UUID = created.Results.UUID
	}
	w.keep(w.doubt.name, after)
	w.lastName, w.last, w.doubt = w.doubt.name, after, nil
	return a
}

// reread reads the attribute that was written last, and reports whether that is as it was
// acknowledged, which it is too where the call fails.
func (w *Writer) reread(ctx context.Context, c *Caller, position string) (a Answer, found bool) {
	a = c.read(ctx, AttributesPath, position)
	if !a.OK() {
		return a, true
	}
	all, err := a.attributes()
	return a, err == nil && same(all[w.lastName], w.last)
}

func (w *Writer) keep(name string, a *Attribute) {
	if a == nil {
		delete(w.known, name)
		return
	}
	w.known[name] = a
}

// settle holds what was found against what the writer knows, takes what it found for true, and
// removes that from it. A change that was in doubt was made or not made, and nothing between.
func (w *Writer) settle(found map[string]*Attribute, f *Findings) {
	if c := w.doubt; c != nil {
		if !same(found[c.name], c.before) && !same(found[c.name], c.after) {
			f.Half++
			f.Must(false, "%s %s is half written: %+v", c.method, c.path, found[c.name])
		}
		w.keep(c.name, found[c.name])
		w.doubt = nil
	}
	for name, a := range w.known {
		if !same(found[name], a) {
			f.Lost++
			f.Must(false, "%q is %+v, and was acknowledged as %+v", name, found[name], a)
			w.keep(name, found[name])
		}
		delete(found, name)
	}
}
