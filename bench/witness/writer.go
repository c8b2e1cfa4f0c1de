package witness

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
)

// Writer changes attributes of its own, one call after the other, and keeps what was acknowledged.
type Writer struct {
	number int
	made   int                     // names and values so far, each of which is another
	known  map[string]*Attribute   // by name
	told   map[string][]*Attribute // all that was acknowledged of each, in turn
	doubt  *change                 // the last one, if it was not acknowledged

	lastName, lastUUID string     // of what the last change that was acknowledged was about
	last               *Attribute // nil: it was a delete
	findings           Findings   // while it wrote

	worked, broke atomic.Int64 // when a call of its was last over that was acknowledged soon, and that was not; of the Unix epoch, in nanoseconds
}

func newWriter(number int) *Writer {
	return &Writer{number: number, known: map[string]*Attribute{}, told: map[string][]*Attribute{}}
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
	return fmt.Sprint(of, " ", w.made, w.mark())
}

func (w *Writer) values(uuids []string) map[string]string {
	values := map[string]string{}
	for _, uuid := range uuids {
		values[uuid] = w.text("value")
	}
	return values
}

// next chooses a change: a create, an update, a change of one value or of many, or a delete. It is never of what was
// changed last: whatever part of the log is lost at its end has some writer's last change in it, which so is still there to be missed.
func (w *Writer) next() *change {
	names := slices.DeleteFunc(slices.Collect(maps.Keys(w.known)), func(name string) bool { return name == w.lastName })
	kind := rand.IntN(5)
	switch {
	case len(names) == 0:
		kind = 0
	case len(w.known) >= most && kind == 0:
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
		list := c.read(ctx, AttributesPath, ofPrimary) // the first one was made, with a uuid that nobody was told
		if !list.OK() {
			return list
		}
		found, err := list.attributes()
		if err != nil || found[w.doubt.name] == nil {
			a.Status = 0
			return a
		}
		a.Status, w.doubt.after.UUID = http.StatusOK, found[w.doubt.name].UUID
	}
	if a.Status == http.StatusNotFound {
		w.findings.Lost += w.gone(w.doubt.name, nil)
		w.findings.Must(false, "%s %s: %q is not there, and was acknowledged", w.doubt.method, w.doubt.path, w.doubt.name)
		w.keep(w.doubt.name, nil)
		w.doubt = nil
	}
	if !a.OK() {
		return a
	}
	after := w.doubt.after
	if w.doubt.before == nil && after.UUID == "" {
		var created struct{ Results struct{ UUID string } }
		if err := json.Unmarshal(a.Body, &created); err != nil {
			a.Status = 0 // it does not say what was done
			return a
		}
		after.UUID = created.Results.UUID
	}
	w.keep(w.doubt.name, after)
	w.lastName, w.lastUUID, w.last = w.doubt.name, cmp.Or(after, w.doubt.before).UUID, after
	w.doubt = nil
	return a
}

// note keeps when a call worked, or did not.
func (w *Writer) note(a Answer) {
	when := &w.worked
	if !a.OK() || a.Took > Soon {
		when = &w.broke
	}
	when.Store(a.Ended.UnixNano())
}

// reread reads the attribute that was written last, and reports whether that is as it was
// acknowledged, which it is too where the call fails.
func (w *Writer) reread(ctx context.Context, c *Caller, position string) (a Answer, found bool) {
	a = c.read(ctx, AttributesPath+"/"+w.lastUUID, position)
	if !a.OK() && a.Status != http.StatusNotFound {
		return a, true
	}
	one, err := a.attribute()
	a.Status = http.StatusOK // that there is none is an answer too
	return a, err == nil && same(one, w.last)
}

func (w *Writer) keep(name string, a *Attribute) {
	w.told[name] = append(w.told[name], a)
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
	w.holds(found, f)
	for name := range w.known {
		delete(found, name)
	}
}

// holds counts what is not as it was acknowledged, where nothing is in doubt, and takes what is there for true.
func (w *Writer) holds(found map[string]*Attribute, f *Findings) {
	for name, a := range w.known {
		if !same(found[name], a) {
			f.Lost += w.gone(name, found[name])
			f.Must(false, "%q is %+v, and was acknowledged as %+v", name, found[name], a)
			w.keep(name, found[name])
		}
	}
	for name, a := range found {
		if !w.owns(name) {
			continue
		}
		if a.twice {
			f.Twice++
			f.Must(false, "%q is there twice", name)
		}
		if w.known[name] == nil {
			f.Lost += w.gone(name, a)
			f.Must(false, "%q is there, and its delete was acknowledged: %+v", name, a)
			w.keep(name, a)
		}
	}
}

// gone counts the changes that were acknowledged after what is found of an attribute.
func (w *Writer) gone(name string, found *Attribute) int {
	all := w.told[name]
	for i, one := range slices.Backward(all) {
		if same(one, found) {
			return len(all) - 1 - i
		}
	}
	if found == nil {
		return len(all) // its create is gone too
	}
	return 1
}

// owns reports whether an attribute of that name is of w's making.
func (w *Writer) owns(name string) bool { return strings.HasSuffix(name, w.mark()) }

func (w *Writer) mark() string { return fmt.Sprint(" of ", w.number) }

// sees reports whether all of w's attributes are found as they were acknowledged.
func (w *Writer) sees(found map[string]*Attribute) bool {
	for name, a := range w.known {
		if !same(found[name], a) {
			return false
		}
	}
	for name := range found {
		if w.owns(name) && w.known[name] == nil {
			return false
		}
	}
	return true
}
