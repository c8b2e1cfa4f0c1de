package openapi_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// narrowing are the keywords that refuse what upstream's spec allows.
var narrowing = []string{
	"type", "format", "enum", "pattern", "required", "nullable", "not", "allOf", "additionalProperties", "uniqueItems", "multipleOf",
	"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
	"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties",
}

// limits collects the narrowing keywords of an update, as place=value.
func limits(found []string, update *yaml.Node, place string) []string {
	switch update.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(update.Content); i += 2 {
			name, value := update.Content[i].Value, update.Content[i+1]
			if name == "headers" || name == "securitySchemes" { // of our answers, and no limit of a client's
				continue
			}
			if slices.Contains(narrowing, name) && !strings.HasSuffix(place, "properties") {
				text, _ := yaml.Marshal(value)
				found = append(found, fmt.Sprintf("%s/%s=%s", place, name, strings.TrimSpace(string(text))))
				continue
			}
			found = limits(found, value, place+"/"+name)
		}
	case yaml.SequenceNode:
		for i, item := range update.Content {
			found = limits(found, item, fmt.Sprintf("%s/%d", place, i))
		}
	}
	return found
}

// reasons say of each limit that the overlay adds to what is upstream's own why no lawful
// client of upstream's meets it.
var reasons = map[string]string{
	page + " /schema/type=integer":                whole,
	page + " /schema/format=int64":                whole,
	page + " /schema/minimum=0":                   "there is no page before the first, and 0 is taken as upstream takes it",
	pageSize + " /schema/type=integer":            whole,
	pageSize + " /schema/format=int64":            whole,
	pageSize + " /schema/minimum=1":               "a page of nothing holds nothing that a client could want",
	pageSize + " /schema/maximum=10000":           "upstream's clients ask for some hundreds, and whoever wants more pages on; without a pageSize everything is sent",
	searchQuery + " /schema/maxLength=255":        "no name or e-mail is longer, so nothing would be found",
	includeGroups + " /schema/type=integer":       whole,
	includeGroups + " /schema/format=int64":       whole,
	includeGroups + " /schema/minimum=0":          "a count of things to include is not negative",
	includeMembers + " /schema/type=integer":      whole,
	includeMembers + " /schema/format=int64":      whole,
	includeMembers + " /schema/minimum=0":         "a count of things to include is not negative",
	change + " /0/required=false":                 "If-Match is ours, and may be left out",
	change + " /0/schema/type=string":             "any header is a text",
	keyed + " /0/required=false":                  "Idempotency-Key is ours, and may be left out",
	keyed + " /0/schema/type=string":              "any header is a text",
	keyed + " /0/schema/minLength=1":              "upstream's clients send no key",
	keyed + " /0/schema/maxLength=255":            "upstream's clients send no key",
	keyed + ` /0/schema/pattern='^[\x21-\x7e]+$'`: "upstream's clients send no key",
	reading + " /0/required=false":                "If-None-Match is ours, and may be left out",
	reading + " /0/schema/type=string":            "any header is a text",
	"$.components.schemas.CreateUserAttribute /not={allOf: [{not: {required: [attributeDefault]}}, {not: {required: [attributeDefaults]}}]}": "upstream's own older form requires attributeDefault, and its interface sends one of the two, be it null",
	fields + ".name /minLength=1":                "upstream stores an attribute without a name, which no filter can name",
	fields + ".name /maxLength=255":              "upstream's column holds no more: it answers 500",
	fields + ".description /maxLength=255":       "upstream's column holds no more: it answers 500",
	fields + ".attributeDefaults /maxItems=1000": byHand,
	"$.components.schemas['Pick_UserAttributeValue.Exclude_keyofUserAttributeValue.email__','CreateUserAttributeValue','CreateGroupAttributeValue'].properties.values /maxItems=1000": byHand,
	"$.components.schemas.CreateGroupAttributeValue.properties.value /maxLength=255":                                                                                                  "upstream's column held no more: it answered 500",
	"$.components.schemas.CreateGroupAttributeValue.properties.values.items /maxLength=255":                                                                                           "what was one value before is one of several now, and no longer",
	"$.components.schemas.CreateUserAttribute..['users','groups'] /maxItems=10000":                                                                                                    byHand,
}

const (
	whole          = "a count or a page is whole, and every way to write a whole number is taken (100.000000, 1e2)"
	byHand         = "upstream's own interface sends what a person chose by hand"
	lists          = "$.paths['/api/v1/org/users','/api/v1/org/groups'].get.parameters"
	page           = lists + "[?(@.name == 'page')]"
	pageSize       = lists + "[?(@.name == 'pageSize')]"
	searchQuery    = lists + "[?(@.name == 'searchQuery')]"
	includeGroups  = "$.paths['/api/v1/org/users'].get.parameters[?(@.name == 'includeGroups')]"
	includeMembers = "$.paths['/api/v1/org/groups'].get.parameters[?(@.name == 'includeMembers')]"
	fields         = "$.components.schemas['Pick_UserAttribute.name-or-description-or-attributeDefault_','CreateUserAttribute'].properties"
	keyed          = "$.paths[*][?(@.operationId == 'createUserAttribute' || @.operationId == 'updateUserAttribute' || @.operationId == 'removeUserAttribute' || " +
		"@.operationId == 'setUserAttributeUserValue' || @.operationId == 'setUserAttributeGroupValue' || @.operationId == 'setUserAttributeValues' || " +
		"@.operationId == 'clearUserAttributeUserValue' || @.operationId == 'clearUserAttributeGroupValue')].parameters"
	change = "$.paths[*][?(@.operationId == 'updateUserAttribute' || @.operationId == 'removeUserAttribute' || " +
		"@.operationId == 'setUserAttributeUserValue' || @.operationId == 'setUserAttributeGroupValue' || " +
		"@.operationId == 'clearUserAttributeUserValue' || @.operationId == 'clearUserAttributeGroupValue')].parameters"
	reading = "$.paths[*][?(@.operationId == 'getUserAttributes' || @.operationId == 'getUserAttribute' || " +
		"@.operationId == 'getUserAttributeValues')].parameters"
)

func TestEachLimitOfOursHasAReason(t *testing.T) {
	var overlay struct {
		Actions []struct {
			Target, Description string
			Update              yaml.Node
		}
	}
	if err := yaml.Unmarshal(read(t, "overlay.yaml"), &overlay); err != nil {
		t.Fatal(err)
	}
	left := map[string]bool{}
	for limit := range reasons {
		left[limit] = true
	}
	for _, action := range overlay.Actions {
		if strings.HasPrefix(action.Description, "If missing") { // it adds what upstream lacks
			continue
		}
		for _, limit := range limits(nil, &action.Update, "") {
			key := strings.Join(strings.Fields(action.Target), " ") + " " + limit
			if reasons[key] == "" {
				t.Errorf("no reason is listed why no client of upstream's meets this: %q", key)
			}
			delete(left, key)
		}
	}
	for limit := range left {
		t.Errorf("this limit is not there anymore: %s", limit)
	}
}
