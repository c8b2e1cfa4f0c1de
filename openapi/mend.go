package openapi

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"attributed/openapi/tree"
)

// Mended is something in a spec that was wrong and was put right in memory.
type Mended struct {
	Kind  string `json:"kind"`
	Place string `json:"place"` // a JSON pointer into the spec as it was written
}

// The kinds of what is mended.
const (
	EncodedKey          = "percent-encoded component key"
	SelfAlias           = "component that is an alias of itself"
	RefSiblings         = "$ref with siblings"
	NullInEnum          = "null in enum"
	UndeclaredParameter = "undeclared path parameter"
	DuplicateID         = "duplicate operationId"
	EmptyResponse       = "response with an empty schema"
)

// Mend corrects, in s itself, what upstream is known to get wrong, and returns each place.
// Of operations that share an operationId, those of keep have it afterwards.
func (s *Spec) Mend(keep []Location) []Mended {
	m := mender{spec: s}
	m.componentKeys()
	m.selfAliases()
	for _, part := range []string{"paths", "components"} { // all else is shared with what was cut before
		walk(s.Root.Get(part), []string{part}, part == "paths", func(v *tree.Value, names []string, inMap bool) {
			if !inMap && v.Is(tree.Object) {
				m.siblings(v, names)
				m.nullInEnum(v, names)
			}
		})
	}
	for _, op := range s.Operations() {
		m.pathParameters(op)
		m.emptyResponses(op)
	}
	m.operationIDs(keep)
	return m.found
}

type mender struct {
	spec  *Spec
	found []Mended
}

func (m *mender) note(kind string, names ...string) {
	m.found = append(m.found, Mended{kind, pointer(names)})
}

var (
	legalKey = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
	illegal  = regexp.MustCompile(`%[0-9A-Fa-f]{2}|[^A-Za-z0-9._-]`)
)

// componentKeys renames components whose names the specification does not allow, and
// changes the references to them.
func (m *mender) componentKeys() {
	for _, section := range m.spec.Root.Get("components").Fields() {
		for i, component := range section.Value.Fields() {
			if legalKey.MatchString(component.Name) {
				continue
			}
			name := illegal.ReplaceAllString(component.Name, "_")
			for section.Value.Get(name) != nil || name == "" {
				name += "_"
			}
			m.rename(section.Name, component.Name, name)
			section.Value.Rename(i, name)
			m.note(EncodedKey, "components", section.Name, component.Name)
		}
	}
}

// rename changes every reference to a component, while that still has its old name.
func (m *mender) rename(section, from, to string) {
	prefix := "#/components/" + section + "/"
	renamed := func(ref string) (string, bool) {
		rest, found := strings.CutPrefix(ref, prefix)
		token, deeper, _ := strings.Cut(rest, "/")
		if !found || (token != from && !encodes(token, from)) {
			return "", false
		}
		if _, name := child(m.spec.Root.At("components", section), token); name != from {
			return "", false
		}
		if deeper != "" {
			deeper = "/" + deeper
		}
		return prefix + to + deeper, true
	}
	eachRef(m.spec.Root, nil, false, func(v *tree.Value, _ []string) {
		if ref, found := renamed(v.Ref()); found {
			v.Set("$ref", tree.Text(ref))
		}
	})
	walk(m.spec.Root, nil, false, func(v *tree.Value, _ []string, inMap bool) {
		for i, entry := range v.At("discriminator", "mapping").Fields() {
			if ref, found := renamed(entry.Value.Str()); found && !inMap {
				v.At("discriminator", "mapping").Members[i].Value = tree.Text(ref)
			}
		}
	})
}

// encodes reports whether token may be a reference's way to write name.
func encodes(token, name string) bool {
	a, errA := url.PathUnescape(unescape(token))
	b, errB := url.PathUnescape(name)
	return unescape(token) == name || errA == nil && (a == name || errB == nil && a == b)
}

// selfAliases replaces a schema that is only a reference to itself by one that allows
// everything, which is all that it says.
func (m *mender) selfAliases() {
	for i, schema := range m.spec.Root.At("components", "schemas").Fields() {
		if ref := schema.Value.Ref(); ref != "" {
			if target, _, err := m.spec.follow(ref); err == nil && target == schema.Value {
				m.spec.Root.At("components", "schemas").Members[i].Value = &tree.Value{Kind: tree.Object}
				m.note(SelfAlias, "components", "schemas", schema.Name)
			}
		}
	}
}

// siblings notes what stands beside a $ref. OpenAPI 3.0 ignores it, and libraries
// differ: [Spec.Bare] leaves out what would be a constraint.
func (m *mender) siblings(v *tree.Value, names []string) {
	if v.Ref() != "" && len(v.Members) > 1 {
		m.note(RefSiblings, names...)
	}
}

// Beside reports whether a member may stand beside a $ref without being a constraint.
func Beside(name string) bool {
	return name == "$ref" || name == "description" || name == "summary" || strings.HasPrefix(name, "x-")
}

// Bare returns a mended spec as it is for libraries and generators: with nothing but
// texts and extensions beside a $ref, and with no character in a description that a Go
// comment cannot have: U+FFFD stands for it.
func (s *Spec) Bare() *Spec {
	bare := &Spec{s.Root.Clone()}
	eachRef(bare.Root, nil, false, func(v *tree.Value, _ []string) {
		for _, m := range slices.Clone(v.Members) {
			if !Beside(m.Name) {
				v.Delete(m.Name)
			}
		}
	})
	walk(bare.Root, nil, false, func(v *tree.Value, _ []string, inMap bool) {
		for _, name := range []string{"description", "summary"} {
			if text := v.Get(name); !inMap && strings.ContainsAny(text.Str(), notInGo) {
				v.Set(name, tree.Text(outsideGo.Replace(text.Str())))
			}
		}
	})
	return bare
}

// notInGo is what the source of a Go program may not have, not even in comments.
const notInGo = "\x00\ufeff"

var outsideGo = strings.NewReplacer("\x00", "\ufffd", "\ufeff", "\ufffd")

// nullInEnum replaces null in an enum by nullable. An enum of null alone becomes an
// empty one, which allows no other value.
func (m *mender) nullInEnum(v *tree.Value, names []string) {
	enum := v.Get("enum")
	isNull := func(item *tree.Value) bool { return item.Is(tree.Null) }
	if !slices.ContainsFunc(enum.Elements(), isNull) {
		return
	}
	m.note(NullInEnum, append(names, "enum")...)
	v.Set("enum", tree.List(slices.DeleteFunc(slices.Clone(enum.Items), isNull)...))
	if v.Get("nullable") == nil {
		v.Set("nullable", tree.Flag(true))
	}
}

var templated = regexp.MustCompile(`\{([^{}]+)\}`)

func (m *mender) pathParameters(op Operation) {
	declared := map[string]bool{}
	for _, list := range []*tree.Value{op.Item.Get("parameters"), op.Value.Get("parameters")} {
		for _, parameter := range list.Elements() {
			if resolved, err := m.spec.Resolve(parameter, ""); err == nil && resolved.Get("in").Str() == "path" {
				declared[resolved.Get("name").Str()] = true
			}
		}
	}
	for _, match := range templated.FindAllStringSubmatch(op.Path, -1) {
		if name := match[1]; !declared[name] {
			declared[name] = true
			if !op.Value.Get("parameters").Is(tree.Array) {
				op.Value.Set("parameters", &tree.Value{Kind: tree.Array})
			}
			list := op.Value.Get("parameters")
			list.Items = append(list.Items, tree.Obj(tree.Member{Name: "in", Value: tree.Text("path")}, tree.Member{Name: "name", Value: tree.Text(name)},
				tree.Member{Name: "required", Value: tree.Flag(true)}, tree.Member{Name: "schema", Value: tree.Obj(tree.Member{Name: "type", Value: tree.Text("string")})}))
			m.note(UndeclaredParameter, "paths", op.Path, op.member(), "parameters", name)
		}
	}
}

// emptyResponses sets the Go type of a response that may be anything to a map. The type
// that would be generated cannot have methods, and the code would not compile.
func (m *mender) emptyResponses(op Operation) {
	for _, response := range op.Value.Get("responses").Fields() {
		for _, media := range response.Value.Get("content").Fields() {
			schema, err := m.spec.Resolve(media.Value.Get("schema"), "")
			if err != nil || !media.Value.Is(tree.Object) || !empty(schema) {
				continue
			}
			m.note(EmptyResponse, "paths", op.Path, op.member(), "responses", response.Name, "content", media.Name)
			media.Value.Set("schema", tree.Obj(tree.Member{Name: "x-go-type", Value: tree.Text("map[string]interface{}")}))
		}
	}
}

// empty reports whether a schema allows every value.
func empty(schema *tree.Value) bool {
	if schema != nil && schema.Kind != tree.Object {
		return false
	}
	return !slices.ContainsFunc(schema.Fields(), func(m tree.Member) bool {
		return m.Name != "description" && m.Name != "title" && m.Name != "example"
	})
}

// operationIDs makes operationIds unique, by a number at the end of those that are not.
func (m *mender) operationIDs(keep []Location) {
	taken := map[string]bool{}
	isKept := func(op Operation) bool {
		return slices.ContainsFunc(keep, func(l Location) bool { return l.Path == op.Path && l.Method == op.Method })
	}
	operations := m.spec.Operations()
	slices.SortStableFunc(operations, func(a, b Operation) int {
		switch keptA, keptB := isKept(a), isKept(b); {
		case keptA && !keptB:
			return -1
		case keptB && !keptA:
			return 1
		}
		return 0
	})
	for _, op := range operations {
		if id := op.ID(); id != "" {
			name := id
			for n := 2; taken[name]; n++ {
				name = id + "_" + strconv.Itoa(n)
			}
			taken[name] = true
			if name != id {
				op.Value.Set("operationId", tree.Text(name))
				m.note(DuplicateID, "paths", op.Path, op.member(), "operationId")
			}
		}
	}
}
