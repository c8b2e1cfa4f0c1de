package contract

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// resource is a kind of things that a server keeps, as far as the spec's structure
// tells: a collection's path, and a path for each of its things, one parameter longer.
type resource struct {
	list, create        *operation // of the collection; nil where the spec has none, as below
	get, update, remove *operation // of one thing
	param               string     // of the path, that names a thing; "" if no path does
	idName              string     // the property that tells a thing's id
	idSure              bool       // a path was found to take it
	createdAt           []string   // the members that lead to the thing in the answer to create, as below
	listAt              []string
	getAt               []string
	updateAt            []string
	values              []*value
	bulk                []*operation // that change many parts of a thing
	views               []*view
}

// value is a part of a thing that has a path of its own: what one user has of it.
type value struct {
	set, clear *operation
	param      string // that names whose value it is
	member     string // of the body, the value itself
}

// view is an operation that tells of all things from somebody's side.
type view struct {
	get   *operation
	param string // that names whose view it is
}

// resourcesOf derives the resources of a spec.
func resourcesOf(all []*operation) []*resource {
	collections := map[string]*resource{}
	for _, op := range all {
		r := &resource{}
		switch op.method() {
		case http.MethodPost:
			r.create = op
		case http.MethodGet:
			r.list = op
		default:
			continue
		}
		if there := collections[op.route.Path]; there != nil {
			there.create, there.list = first(there.create, r.create), first(there.list, r.list)
		} else {
			collections[op.route.Path] = r
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

func first(a, b *operation) *operation {
	if a != nil {
		return a
	}
	return b
}

// addItem finds the operations on one thing of the collection at path.
func (r *resource) addItem(all []*operation, path string) {
	for _, op := range all {
		rest, ok := strings.CutPrefix(op.route.Path, path+"/{")
		param, closed := strings.CutSuffix(rest, "}")
		if !ok || !closed || strings.ContainsAny(param, "/{") || r.param != "" && param != r.param {
			continue
		}
		r.param = param
		switch op.method() {
		case http.MethodGet:
			r.get = op
		case http.MethodPut:
			r.update = op
		case http.MethodPatch:
			r.update = first(r.update, op)
		case http.MethodDelete:
			r.remove = op
		}
	}
	if r.update != nil && r.update.body == nil {
		r.update = nil
	}
}

// settle finds the things in the answers. It tells whether there is any resource here.
func (r *resource) settle() bool {
	if r.create != nil {
		var object *openapi3.Schema
		r.createdAt, object = objectIn(r.create.answered(), r.param, false)
		if r.idName = idOf(object, r.param); r.idName == "" || r.create.body == nil {
			r.create = nil
		}
	}
	if r.list != nil {
		var element *openapi3.Schema
		r.listAt, element = objectIn(r.list.answered(), r.param, true)
		id := idOf(element, r.param)
		if id == "" || r.idName != "" && element.Properties[r.idName] == nil {
			r.list = nil
		} else if r.idName == "" {
			r.idName = id
		}
	}
	if r.get != nil {
		r.getAt, _ = objectIn(r.get.answered(), r.param, false)
	}
	if r.update != nil {
		r.updateAt, _ = objectIn(r.update.answered(), r.param, false)
	}
	return r.create != nil || r.list != nil
}

// addValues finds the parts of a thing that are set and cleared on their own.
func (r *resource) addValues(all []*operation, path string) {
	if r.create == nil || r.param == "" {
		return
	}
	prefix := path + "/{" + r.param + "}/"
	for _, op := range all {
		rest, ok := strings.CutPrefix(op.route.Path, prefix)
		if !ok || op.method() != http.MethodPut || op.body == nil || strings.Count(rest, "/") != 1 || !strings.HasSuffix(rest, "}") {
			continue
		}
		v := &value{set: op, param: op.params[len(op.params)-1]}
		body := merged(op.body)
		for _, name := range slices.Sorted(maps.Keys(body.Properties)) {
			if slices.Contains(body.Required, name) && isFree(merged(body.Properties[name])) {
				v.member = name
			}
		}
		for _, other := range all {
			if other.route.Path == op.route.Path && other.method() == http.MethodDelete {
				v.clear = other
			}
		}
		if v.member != "" {
			r.values = append(r.values, v)
		}
	}
}

// addViews finds the operations that list, for somebody, something of each thing.
func (r *resource) addViews(all []*operation, path string) {
	if r.param == "" {
		return
	}
	for _, op := range all {
		if op.method() != http.MethodGet || len(op.params) != 1 || strings.HasPrefix(op.route.Path, path+"/") {
			continue
		}
		_, element := listIn(op.answered())
		if isObject(element) && element.Properties[r.param] != nil {
			r.views = append(r.views, &view{op, op.params[0]})
		}
	}
}

// prune leaves out what is not to be checked, and not needed to make, find and remove
// things: the server may not have it.
func (r *resource) prune() {
	if r.get != nil && !r.get.selected {
		r.get = nil
	}
	if r.update != nil && !r.update.selected {
		r.update = nil
	}
	r.values = slices.DeleteFunc(r.values, func(v *value) bool { return !anySelected(v.set, v.clear) })
	r.bulk = slices.DeleteFunc(r.bulk, func(op *operation) bool { return !op.selected })
	r.views = slices.DeleteFunc(r.views, func(w *view) bool { return !w.get.selected })
}

// listIn is the nearest array of objects in an answer.
func listIn(ref *openapi3.SchemaRef) (path []string, element *openapi3.Schema) {
	path, list := nearest(ref, func(s *openapi3.Schema) bool { return isArray(s) && isObject(outline(s.Items)) })
	if list == nil {
		return nil, nil
	}
	return path, outline(list.Items)
}

// created, listed, got and updated are the schemas of a thing in the answers.
func (r *resource) created() *openapi3.SchemaRef { return under(r.create.answered(), r.createdAt) }
func (r *resource) got() *openapi3.SchemaRef     { return under(r.get.answered(), r.getAt) }
func (r *resource) updated() *openapi3.SchemaRef { return under(r.update.answered(), r.updateAt) }
func (r *resource) listed() *openapi3.SchemaRef {
	if list := merged(under(r.list.answered(), r.listAt)); list != nil {
		return list.Items
	}
	return nil
}

func under(ref *openapi3.SchemaRef, path []string) *openapi3.SchemaRef {
	for _, name := range path {
		s := outline(ref)
		if s == nil {
			return nil
		}
		ref = s.Properties[name]
	}
	return ref
}

// provider is a list from which the values of a reference can be taken.
type provider struct {
	list *operation
	at   []string
	id   string
}

// providersOf finds, for a reference, the lists that tell what it may refer to.
func providersOf(all []*operation, reference string) []provider {
	var found []provider
	for _, op := range all {
		if op.method() != http.MethodGet || len(op.params) > 0 {
			continue
		}
		if at, element := objectIn(op.answered(), reference, true); element != nil {
			last := strings.ToLower(op.route.Path[strings.LastIndexByte(op.route.Path, '/')+1:])
			named := last == stem(reference)+"s" || last == stem(reference)+"es"
			if id := idOf(element, reference); id == reference || named {
				found = append(found, provider{op, at, id})
			}
		}
	}
	return found
}
