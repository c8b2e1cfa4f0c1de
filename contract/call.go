package contract

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/cases"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// calls makes calls, and has what all of the run needs for that.
type calls struct {
	cfg        Config
	client     *wire.Client
	gen        *cases.Generator
	operations []*spec.Operation // that the server answers itself
	elsewhere  []*spec.Operation // the others
	resources  []*resource
	things     *things
	good       wire.Credential
	listed     map[string][]string // ids that a list has, by the path that takes one
	parameters map[string]any      // values of required parameters, by where they are and their names
	notes      []string
	picks      bool // the check chooses what it calls: see [picking]
	unjudged   int  // of the notes, those of what was not judged
}

// note keeps, once, that something was not judged.
func (r *calls) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(r.notes, text) {
		r.notes = append(r.notes, text)
		r.unjudged++
	}
}

// call makes a call of an operation. Path parameters that values does not have are
// taken from what is known; it is not ok if one is not known at all.
func (r *calls) call(op *spec.Operation, values map[string]string) (one wire.Call, ok bool) {
	path := op.Route.Path
	for _, name := range op.Params {
		value, there := values[name]
		if !there {
			value, there = r.named(op, name)
		}
		if !there {
			return wire.Call{}, false
		}
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	one = wire.Call{Op: op, Method: op.Method(), Path: path, As: r.good, What: "a valid request", Kind: "valid"}
	return r.withRequired(one), true
}

// named is what a parameter of an operation's path can name, as far as that is known: an id that the list above
// it has, one that its name refers to, or one of the few values that it may have.
func (r *calls) named(op *spec.Operation, name string) (value string, ok bool) {
	if ids := r.listed[upTo(op, name)]; len(ids) > 0 {
		return ids[0], true
	}
	if known := r.gen.Known[name]; len(known) > 0 {
		return known[0], true
	}
	p := op.PathParameter(name)
	if p == nil || p.Schema == nil || p.Schema.Value == nil || len(p.Schema.Value.Enum) == 0 {
		return "", false
	}
	return fmt.Sprint(p.Schema.Value.Enum[0]), true
}

// withCase returns a call that sends a case.
func withCase(one wire.Call, c cases.Case) wire.Call {
	one = one.WithBody(c.Raw, c.ContentType)
	one.What, one.Kind, one.Place = c.What, c.Kind, c.Place
	return one
}

// bodyFor is a good body for an operation, none if it takes none.
func (r *calls) bodyFor(op *spec.Operation) (cases.Case, error) {
	if op.Body == nil {
		return cases.Case{}, nil
	}
	made, err := r.gen.Value(op.Body, "", cases.Full)
	return cases.NewCase("", "", cases.Taken, made), err
}

// badBodies are those for an operation. A content type that the spec lists, as one of
// several, is no fault, nor is none where a body may be left out.
func (r *calls) badBodies(op *spec.Operation) []cases.Case {
	return slices.DeleteFunc(r.gen.BadBodies(op.Body, spec.BodyPlace(op)), func(c cases.Case) bool {
		described := op.Route.Operation.RequestBody.Value
		media, _ := spec.Listed(described.Content, c.ContentType)
		return c.Kind == "content-type" && media != nil || len(c.Raw) == 0 && !described.Required
	})
}

// withRequired returns a call with the query, headers and cookies that it must have: for each
// parameter the same value in the whole run, since it may say whose things are meant.
func (r *calls) withRequired(one wire.Call) wire.Call {
	for _, p := range one.Op.Others {
		if !p.Required {
			continue
		}
		value, ok := r.parameter(p)
		if !ok {
			r.note("%s: sent without its %s parameter %s, for which no value can be made", one.Op.ID, p.In, p.Name)
			continue
		}
		one = one.WithParameter(p, value)
	}
	return one
}

// ofOneRequest are the names of parameters that tell one request from all others.
var ofOneRequest = regexp.MustCompile(`(?i)idempot|nonce|correlation|trace|request[-_]?(id|uuid|key)$`)

// parameter makes a value for a parameter.
func (r *calls) parameter(p *openapi3.Parameter) (value any, ok bool) {
	if p.In == openapi3.ParameterInHeader && strings.EqualFold(p.Name, "If-Match") {
		return "*", true // whatever there is
	}
	key := p.In + " " + p.Name
	if given, ok := spec.Given(p); ok && r.picks && !ofOneRequest.MatchString(p.Name) {
		return given, true
	}
	if value, ok = r.parameters[key]; ok && !ofOneRequest.MatchString(p.Name) && spec.Accepts(spec.ParameterSchema(p).Value, value, openapi3.VisitAsRequest()) {
		return value, true
	}
	schema := spec.ParameterSchema(p)
	if schema == nil || schema.Value == nil {
		return nil, false
	}
	plain := *r.gen
	plain.Plain, plain.Text, plain.Length = true, cases.Text{}, nil
	if spec.IsReference(p.Name) && len(plain.Known[p.Name]) == 0 {
		plain.Known = map[string][]string{p.Name: {cmp.Or(given(r.cfg.References, p.Name), plain.UUID())}}
	}
	made, err := plain.Value(schema, p.Name, cases.Full)
	r.gen.Made = plain.Made
	if err != nil {
		return nil, false
	}
	value = cases.NewCase("", "", cases.Taken, made).Value
	r.parameters[key] = value
	return value, true
}

// pathText makes up a value of a parameter of a path, as a text.
func (r *calls) pathText(p *openapi3.Parameter) (text string, ok bool) {
	if p == nil {
		return r.gen.UUID(), true
	}
	value, ok := r.parameter(p)
	text = fmt.Sprint(value)
	return text, ok && text != ""
}

// given is a value that whoever runs the check has given for a name, "" if none.
func given(references map[string][]string, name string) string {
	for referring, values := range references {
		if strings.EqualFold(referring, name) && len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// sample is a good call of an operation, on a thing that the check made where it is
// about one; not ok if there is none.
func (r *calls) sample(op *spec.Operation) (one wire.Call, t *instance, ok bool) {
	values := map[string]string{}
	for _, res := range r.resources {
		if !res.owns(op) || t != nil {
			continue
		}
		for _, made := range r.things.all {
			if (made.of == res || made.of.param == res.param && spec.IsReference(res.param)) && !made.removed {
				t, values = made, made.values()
				break
			}
		}
		if t == nil {
			return wire.Call{}, nil, false
		}
	}
	if t == nil && op.Method() != "GET" && len(op.Params) > 0 {
		return wire.Call{}, nil, false // what it would change is not the check's own
	}
	if one, ok = r.call(op, values); !ok {
		return wire.Call{}, nil, false
	}
	if op.Body != nil {
		made, err := r.gen.Value(op.Body, "", cases.Full)
		if err != nil {
			return wire.Call{}, nil, false
		}
		one = withCase(one, cases.NewCase("a valid request", "valid", cases.Taken, made))
	}
	return one, t, true
}

// nowhere are values of an operation's path parameters that name nothing.
func nowhere(seed uint64, op *spec.Operation) map[string]string {
	rng := rand.New(rand.NewPCG(seed, 1))
	values := map[string]string{}
	for _, name := range op.Params {
		values[name] = (&cases.Generator{Rand: rng}).UUID()
	}
	return values
}

// elementID is the property that tells the elements of an operation's list apart.
func (r *calls) elementID(element *openapi3.Schema, op *spec.Operation) string {
	for _, res := range r.resources {
		if res.list == op && spec.IsObject(element) && element.Properties[res.idName] != nil {
			return res.idName
		}
	}
	return elementID(element, op)
}
