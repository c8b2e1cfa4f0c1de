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
			rename(schema(spec, "CreateUserAttribute")["allOf"].([]any)[1].(object), "users", "people")
		}, "body.users[].userUuid: a rule is about this property"},
		{"a raised limit", func(spec object) { property(spec, fields, "name")["maxLength"] = 300 },
			"body.name: the database holds at most 255 characters, and the spec lets more pass"},
		{"no limit", func(spec object) { delete(property(spec, fields, "description"), "maxLength") },
			"body.description: the database holds at most 255 characters"},
		{"a group's raised limit", func(spec object) { property(spec, "CreateGroupAttributeValue", "value")["maxLength"] = 256 },
			"body.groups[].value: the database holds at most 255 characters"},
		{"a raised limit of one value", func(spec object) { property(spec, "SetGroupValue", "value")["maxLength"] = 256 },
			"setUserAttributeGroupValue: body.value: the database holds at most 255 characters"},
		{"a lowered limit", func(spec object) { property(spec, fields, "name")["maxLength"] = 100 }, ""},
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

const fields = "Pick_UserAttribute.name-or-description-or-attributeDefault_"

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
