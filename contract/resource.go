package contract

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/spec"
	"attributed/openapi/alternatives"
)

// addBulk finds the operations that change many parts of a thing in one call: those with a
// body at a path below the thing's that names nothing more.
func (r *resource) addBulk(all []*spec.Operation, path string) {
	if r.create == nil || r.param == "" || r.get == nil {
		return
	}
	prefix := path + "/{" + r.param + "}/"
	for _, op := range all {
		rest, below := strings.CutPrefix(op.Route.Path, prefix)
		if below && op.Method() == http.MethodPut && op.Body != nil && !strings.ContainsAny(rest, "/{") {
			r.bulk = append(r.bulk, op)
		}
	}
}

// operations lists what there is of a resource; some may be nil.
func (r *resource) operations() []*spec.Operation {
	all := []*spec.Operation{r.list, r.create, r.get, r.update, r.remove}
	for _, v := range r.values {
		all = append(all, v.set, v.clear)
	}
	all = append(all, r.bulk...)
	for _, v := range r.views {
		all = append(all, v.get)
	}
	return all
}

// changes lists the operations to check that change a part of a thing.
func (r *resource) changes() []*spec.Operation {
	var all []*spec.Operation
	for _, v := range r.values {
		all = append(all, v.set, v.clear)
	}
	return slices.DeleteFunc(append(all, r.bulk...), func(op *spec.Operation) bool { return !anySelected(op) })
}

// wanted reports whether any operation of the resource is to be checked.
func (r *resource) wanted() bool {
	return anySelected(r.operations()...)
}

// anySelected reports whether one of these is to be checked.
func anySelected(operations ...*spec.Operation) bool {
	return slices.ContainsFunc(operations, func(op *spec.Operation) bool { return op != nil && op.Selected })
}

// elementID is, as far as the spec tells, the property that tells the elements of an operation's list apart: an
// id, or the one reference that the path does not name already.
func elementID(element *openapi3.Schema, op *spec.Operation) string {
	if id := spec.IDOf(element, ""); id != "" || !spec.IsObject(element) {
		return id
	}
	last := strings.TrimSuffix(strings.ToLower(op.Route.Path[strings.LastIndexByte(op.Route.Path, '/')+1:]), "s")
	for _, name := range element.Required {
		if spec.IsReference(name) && (spec.Stem(name) == last || strings.HasSuffix(spec.Stem(name), last)) {
			return name
		}
	}
	return ""
}

// resource is a kind of things that a server keeps, as far as the spec's structure
// tells: a collection's path, and a path for each of its things, one parameter longer.
type resource struct {
	list, create        *spec.Operation // of the collection; nil where the spec has none, as below
	get, update, remove *spec.Operation // of one thing
	param               string          // of the path, that names a thing; "" if no path does
	idName              string          // the property that tells a thing's id
	idSure              bool            // a path was found to take it
	createdAt           []string        // the members that lead to the thing in the answer to create, as below
	listAt              []string
	getAt               []string
	updateAt            []string
	values              []*value
	bulk                []*spec.Operation // that change many parts of a thing
	views               []*view
}

// value is a part of a thing that has a path of its own: what one user has of it.
type value struct {
	set, clear *spec.Operation
	param      string // that names whose value it is
	member     string // of the body, the value itself
}

// view is an operation that tells of all things from somebody's side.
type view struct {
	get   *spec.Operation
	param string // that names whose view it is
}

// resourcesOf derives the resources of a spec.
func resourcesOf(all []*spec.Operation) []*resource {
	collections := map[string]*resource{}
	for _, op := range all {
		r := &resource{}
		switch op.Method() {
		case http.MethodPost:
			r.create = op
		case http.MethodGet:
			r.list = op
		default:
			continue
		}
		if there := collections[op.Route.Path]; there != nil {
			there.create, there.list = firstOf(there.create, r.create), firstOf(there.list, r.list)
		} else {
			collections[op.Route.Path] = r
		}
	}
	var found []*resource
	for _, path := range slices.Sorted(maps.Keys(collections)) {
		r := collections[path]
		r.addItem(all, path)
		if r.settle() {
			r.addValues(all, path)
			r.addBulk(all, path)
			r.addViews(all, path)
			r.prune()
			found = append(found, r)
		}
	}
	return found
}

func firstOf(a, b *spec.Operation) *spec.Operation {
	if a != nil {
		return a
	}
	return b
}

// addItem finds the operations on one thing of the collection at path.
func (r *resource) addItem(all []*spec.Operation, path string) {
	for _, op := range all {
		rest, ok := strings.CutPrefix(op.Route.Path, path+"/{")
		param, closed := strings.CutSuffix(rest, "}")
		if !ok || !closed || strings.ContainsAny(param, "/{") || r.param != "" && param != r.param {
			continue
		}
		r.param = param
		switch op.Method() {
		case http.MethodGet:
			r.get = op
		case http.MethodPut:
			r.update = op
		case http.MethodPatch:
			r.update = firstOf(r.update, op)
		case http.MethodDelete:
			r.remove = op
		}
	}
	if r.update != nil && r.update.Body == nil {
		r.update = nil
	}
}

// settle finds the things in the answers, and reports whether there is any resource here.
func (r *resource) settle() bool {
	if r.create != nil {
		var object *openapi3.Schema
		r.createdAt, object = spec.ObjectIn(r.create.Answered(), r.param, false)
		if r.idName = spec.IDOf(object, r.param); r.idName == "" || r.create.Body == nil {
			r.create = nil
		}
	}
	if r.list != nil {
		var element *openapi3.Schema
		r.listAt, element = spec.ObjectIn(r.list.Answered(), r.param, true)
		id := spec.IDOf(element, r.param)
		if id == "" || r.idName != "" && element.Properties[r.idName] == nil {
			r.list = nil
		} else if r.idName == "" {
			r.idName = id
		}
	}
	if r.get != nil {
		r.getAt, _ = spec.ObjectIn(r.get.Answered(), r.param, false)
	}
	if r.update != nil {
		r.updateAt, _ = spec.ObjectIn(r.update.Answered(), r.param, false)
	}
	return r.create != nil || r.list != nil
}

// addValues finds the parts of a thing that are set and cleared on their own.
func (r *resource) addValues(all []*spec.Operation, path string) {
	if r.create == nil || r.param == "" {
		return
	}
	prefix := path + "/{" + r.param + "}/"
	for _, op := range all {
		rest, ok := strings.CutPrefix(op.Route.Path, prefix)
		if !ok || op.Method() != http.MethodPut || op.Body == nil || strings.Count(rest, "/") != 1 || !strings.HasSuffix(rest, "}") {
			continue
		}
		v := &value{set: op, param: op.Params[len(op.Params)-1]}
		body := spec.Merged(op.Body)
		for _, name := range slices.Sorted(maps.Keys(body.Properties)) {
			needed := slices.Contains(body.Required, name) || slices.Contains(alternatives.Of(body), name)
			if needed && spec.IsFree(spec.Merged(body.Properties[name])) {
				v.member = name
			}
		}
		for _, other := range all {
			if other.Route.Path == op.Route.Path && other.Method() == http.MethodDelete {
				v.clear = other
			}
		}
		if v.member != "" {
			r.values = append(r.values, v)
		}
	}
}

// addViews finds the operations that list, for somebody, something of each thing.
func (r *resource) addViews(all []*spec.Operation, path string) {
	if r.param == "" {
		return
	}
	for _, op := range all {
		if op.Method() != http.MethodGet || len(op.Params) != 1 || strings.HasPrefix(op.Route.Path, path+"/") {
			continue
		}
		_, element := spec.ListIn(op.Answered())
		if spec.IsObject(element) && element.Properties[r.param] != nil {
			r.views = append(r.views, &view{op, op.Params[0]})
		}
	}
}

// prune leaves out what is not to be checked, and not needed to make, find and remove
// things: the server may not have it.
func (r *resource) prune() {
	if r.get != nil && !r.get.Selected {
		r.get = nil
	}
	if r.update != nil && !r.update.Selected {
		r.update = nil
	}
	r.values = slices.DeleteFunc(r.values, func(v *value) bool { return !anySelected(v.set, v.clear) })
	r.bulk = slices.DeleteFunc(r.bulk, func(op *spec.Operation) bool { return !op.Selected })
	r.views = slices.DeleteFunc(r.views, func(w *view) bool { return !w.get.Selected })
}

// created, listed, got and updated are the schemas of a thing in the answers.
func (r *resource) created() *openapi3.SchemaRef { return under(r.create.Answered(), r.createdAt) }

func (r *resource) got() *openapi3.SchemaRef { return under(r.get.Answered(), r.getAt) }

func (r *resource) updated() *openapi3.SchemaRef { return under(r.update.Answered(), r.updateAt) }

func (r *resource) listed() *openapi3.SchemaRef {
	if list := spec.Merged(under(r.list.Answered(), r.listAt)); list != nil {
		return list.Items
	}
	return nil
}

func under(ref *openapi3.SchemaRef, path []string) *openapi3.SchemaRef {
	for _, name := range path {
		s := spec.Outline(ref)
		if s == nil {
			return nil
		}
		ref = s.Properties[name]
	}
	return ref
}
