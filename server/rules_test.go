package server

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/gen"
)

// TestRulesFitTheSpec changes the effective spec as a bump could: what our rules are
// about must stay, and no text may pass that its column does not hold.
func TestRulesFitTheSpec(t *testing.T) {
	raw, err := gen.GetSpecJSON()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		bump func(object)
		want string // "" is a good spec
	}{
		{"as it is", func(object) {}, ""},
		{"a member that is renamed", func(spec object) {
			rename(schema(spec, "CreateUserAttributeValue"), "userUuid", "memberUuid")
		}, "body.users[].userUuid: a rule is about this property, and the spec has no such text"},
		{"a group's", func(spec object) { rename(schema(spec, "CreateGroupAttributeValue"), "groupUuid", "uuid") },
			"body.groups[].groupUuid: a rule is about this property"},
		{"a member of another type", func(spec object) {
			property(spec, "CreateGroupAttributeValue", "groupUuid")["type"] = "integer"
		}, "body.groups[].groupUuid: a rule is about this property"},
		{"a list that is renamed", func(spec object) {
			rename(partWith(spec, "users"), "users", "people")
		}, "body.users[].userUuid: a rule is about this property"},
		{"a raised limit", func(spec object) { partWith(spec, "name")["properties"].(object)["name"].(object)["maxLength"] = 300 },
			"body.name: a text has at most 255 characters there, and the spec lets more pass"},
		{"no limit", func(spec object) {
			delete(partWith(spec, "description")["properties"].(object)["description"].(object), "maxLength")
		},
			"body.description: a text has at most 255 characters there"},
		{"a group's raised limit", func(spec object) { property(spec, "CreateGroupAttributeValue", "value")["maxLength"] = 256 },
			"body.groups[].value: a text has at most 255 characters there"},
		{"a raised limit of one of several", func(spec object) {
			property(spec, "CreateGroupAttributeValue", "values")["items"].(object)["maxLength"] = 256
		}, "body.groups[].values[]: a text has at most 255 characters there"},
		{"a raised limit of one value", func(spec object) { property(spec, "SetGroupValue", "value")["maxLength"] = 256 },
			"setUserAttributeGroupValue: body.value: a text has at most 255 characters there"},
		{"a lowered limit", func(spec object) { partWith(spec, "name")["properties"].(object)["name"].(object)["maxLength"] = 100 }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var bumped object
			if err := json.Unmarshal(raw, &bumped); err != nil {
				t.Fatal(err)
			}
			tt.bump(bumped)
			text, err := json.Marshal(bumped)
			if err != nil {
				t.Fatal(err)
			}
			spec, err := openapi3.NewLoader().LoadFromData(text)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = operationsOf(spec, rules); (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// object is a JSON object of the spec, whose members a test changes.
type object = map[string]any

func schema(spec object, name string) object {
	return spec["components"].(object)["schemas"].(object)[name].(object)
}

func property(spec object, in, name string) object {
	return schema(spec, in)["properties"].(object)[name].(object)
}

func rename(schema object, name, to string) {
	properties := schema["properties"].(object)
	properties[to] = properties[name]
	delete(properties, name)
}

// partWith is that part of a create's body that has a property: upstream has written it in one
// part, and in two.
func partWith(spec object, name string) object {
	whole := schema(spec, "CreateUserAttribute")
	parts, _ := whole["allOf"].([]any)
	for _, part := range append(parts, whole) {
		part := part.(object)
		if ref, ok := part["$ref"].(string); ok {
			part = schema(spec, ref[strings.LastIndexByte(ref, '/')+1:])
		}
		if properties, _ := part["properties"].(object); properties[name] != nil {
			return part
		}
	}
	return nil
}
