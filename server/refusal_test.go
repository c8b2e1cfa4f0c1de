package server_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"attributed/gen"
	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

// refusal is a body that the schema, the uuid forms or the duplicates refuse.
type refusal struct {
	name, body string
	want       map[string]string // what is said of each place
}

const (
	missing    = "is missing"
	notString  = "must be a string"
	notObject  = "must be an object"
	notArray   = "must be an array"
	notNull    = "must not be null"
	notEmpty   = "must not be empty"
	tooLong    = "must have at most 255 characters"
	tooMany    = "must have at most 10,000 elements"
	noUUID     = "must be a UUID, written with 36 characters"
	twice      = "is there a second time"
	nulInText  = "must not contain the character U+0000"
	nulInName  = "must not have a member with the character U+0000 in its name"
	stringNull = "must be a string or null"
)

// with is the minimal body with one member set, or left out if value is "".
func with(member, value string) string {
	members := map[string]string{"name": `"sales_region"`, "attributeDefault": "null", "users": "[]", "groups": "[]"}
	members[member] = value
	var list []string
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if members[name] != "" {
			list = append(list, fmt.Sprintf("%q:%s", name, members[name]))
		}
	}
	return "{" + strings.Join(list, ",") + "}"
}

func user(uuid, value string) string {
	return fmt.Sprintf(`[{"userUuid":%s,"value":%s}]`, uuid, value)
}

func group(uuid, value string) string {
	return fmt.Sprintf(`[{"groupUuid":%s,"value":%s}]`, uuid, value)
}

// noDefault is what is said of a number as a default: upstream's newer form takes a list, too,
// and of a union no more is said.
func noDefault() string {
	spec, err := gen.GetSpec()
	if err != nil {
		panic(err)
	}
	body := spec.Components.Schemas["CreateUserAttribute"].Value
	if own := body.Properties["attributeDefault"]; own != nil && len(own.Value.AnyOf) > 0 {
		return "does not have the required shape"
	}
	return stringNull
}

func refusals() []refusal {
	const demoUser, demoGroup = `"` + store.DemoUserUUID + `"`, `"` + store.DemoGroupUUID + `"`
	const hidden = `"` + secret + `"`
	at := func(place, message string) map[string]string { return map[string]string{place: message} }
	long := `"` + strings.Repeat("ü", 256) + secret + `"`
	list := []refusal{
		{"name missing", with("name", ""), at("body.name", missing)},
		{"attributeDefault missing", with("attributeDefault", ""), at("body.attributeDefault", missing)},
		{"users missing", with("users", ""), at("body.users", missing)},
		{"groups missing", with("groups", ""), at("body.groups", missing)},
		{"empty object, all faults at once", `{}`, map[string]string{
			"body.name": missing, "body.attributeDefault": missing, "body.users": missing, "body.groups": missing}},
		{"name null", with("name", "null"), at("body.name", notNull)},
		{"description null", with("description", "null"), at("body.description", notNull)},
		{"users null", with("users", "null"), at("body.users", notNull)},
		{"groups null", with("groups", "null"), at("body.groups", notNull)},
		{"attributeDefault a number", with("attributeDefault", "1"), at("body.attributeDefault", noDefault())},
		{"description a number", with("description", "12345"), at("body.description", notString)},
		{"name a number beyond all range", with("name", "1e999999"), at("body.name", notString)},
		{"name true", with("name", "true"), at("body.name", notString)},
		{"name an object", with("name", `{"a":`+hidden+`}`), at("body.name", notString)},
		{"name an array", with("name", `[`+hidden+`]`), at("body.name", notString)},
		{"users an object", with("users", `{"userUuid":`+demoUser+`,"value":"v"}`), at("body.users", notArray)},
		{"users a string", with("users", hidden), at("body.users", notArray)},
		{"users of strings", with("users", `[`+hidden+`]`), at("body.users[0]", notObject)},
		{"users of null", with("users", `[null]`), at("body.users[0]", notNull)},
		{"users of arrays", with("users", `[[]]`), at("body.users[0]", notObject)},
		{"a user without userUuid", with("users", `[{"value":`+hidden+`}]`), at("body.users[0].userUuid", missing)},
		{"a user's value a number", with("users", user(demoUser, "7")), at("body.users[0].value", notString)},
		{"a user's value null", with("users", user(demoUser, "null")), at("body.users[0].value", notNull)},
		{"a user's userUuid a number", with("users", user("7", hidden)), at("body.users[0].userUuid", notString)},
		{"a group without groupUuid", with("groups", `[{"value":"v"}]`), at("body.groups[0].groupUuid", missing)},
		{"a group's value an object", with("groups", group(demoGroup, `{"a":`+hidden+`}`)), at("body.groups[0].value", notString)},
		{"body an array", `[` + hidden + `]`, at("body", notObject)},
		{"body a string", hidden, at("body", notObject)},
		{"body a number", `12345`, at("body", notObject)},
		{"body null", `null`, at("body", notNull)},
		{"body true", `true`, at("body", notObject)},
		{"name empty", with("name", `""`), at("body.name", notEmpty)},
		{"name over 255 characters", with("name", long), at("body.name", tooLong)},
		{"description over 255 characters", with("description", long), at("body.description", tooLong)},
		{"a group's value over 255 characters", with("groups", group(demoGroup, long)), at("body.groups[0].value", tooLong)},
		{"name spelled Name only", strings.Replace(minimal, "name", "Name", 1), at("body.name", missing)},

		{"U+0000 in name", with("name", `"a\u0000b"`), at("body.name", nulInText)},
		{"U+0000 in attributeDefault", with("attributeDefault", `"\u0000"`), at("body.attributeDefault", nulInText)},
		{"U+0000 in a user's value", with("users", user(demoUser, `"\u0000"`)), at("body.users[0].value", nulInText)},
		{"U+0000 in an ignored field", with("other", `{"a":[1,{"b":["x","\u0000`+secret+`"]}]}`), at("body.other.a[1].b[1]", nulInText)},
		{"U+0000 in a member that another overrides", `{"name":"\u0000",` + minimal[1:], at("body.name", nulInText)},
		{"U+0000 in a member's name", with("other", `{"a\u0000`+secret+`":1}`), at("body.other", nulInName)},
		{"U+0000 in a member's name in a list", with("other", `[0,{"\u0000":1}]`), at("body.other[1]", nulInName)},
		{"U+0000 in a member's name of the body", `{"\u0000":1,` + minimal[1:], at("body", nulInName)},
		{"U+0000 under a name that needs quotes", with("other", `{"a b/~\n":"\u0000"}`), at(`body.other["a b/~\n"]`, nulInText)},
		{"U+0000 under a long name", with("other", `{"`+strings.Repeat("ä", 1000)+`":"\u0000"}`), at(`body.other["`+strings.Repeat("ä", 64)+`…"]`, nulInText)},

		{"the same user twice", with("users", `[{"userUuid":`+demoUser+`,"value":"v"},{"userUuid":"`+store.DemoViewerUUID+`","value":"v"},{"userUuid":`+strings.ToUpper(demoUser)+`,"value":"v"},{"userUuid":`+demoUser+`,"value":"v"}]`), map[string]string{
			"body.users[2].userUuid": twice, "body.users[3].userUuid": twice}},
		{"the same group twice", with("groups", `[{"groupUuid":`+strings.ToUpper(demoGroup)+`,"value":"v"},{"groupUuid":`+demoGroup+`,"value":"v"}]`), at("body.groups[1].groupUuid", twice)},
		{"all faults of the stage at once",
			`{"name":"","description":"\u0000","users":[{"userUuid":"x","value":1},{"value":"v"}],"groups":[1,{"groupUuid":` + demoGroup + `,"value":"v"},{"groupUuid":` + demoGroup + `,"value":"v"}]}`,
			map[string]string{
				"body.name": notEmpty, "body.description": nulInText, "body.attributeDefault": missing,
				"body.users[0].userUuid": noUUID, "body.users[0].value": notString, "body.users[1].userUuid": missing,
				"body.groups[0]": notObject, "body.groups[2].groupUuid": twice,
			}},
	}
	for _, form := range []string{"", secret, store.DemoUserUUID[:35], store.DemoUserUUID + "0", "{" + store.DemoUserUUID + "}",
		"urn:uuid:" + store.DemoUserUUID, strings.ReplaceAll(store.DemoUserUUID, "-", ""), "g" + store.DemoUserUUID[1:],
		" " + store.DemoUserUUID[1:], strings.ReplaceAll(store.DemoUserUUID, "-", "_")} {
		list = append(list,
			refusal{"userUuid written " + form, with("users", user(`"`+form+`"`, hidden)), at("body.users[0].userUuid", noUUID)},
			refusal{"groupUuid written " + form, with("groups", group(`"`+form+`"`, hidden)), at("body.groups[0].groupUuid", noUUID)})
	}
	return list
}

func TestRefusedBodies(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		uuid, _ := a.create(t, minimal)
		one := attributes + "/" + uuid
		before := a.do(t, "GET", one, "")
		for _, tt := range refusals() {
			t.Run(tt.name, func(t *testing.T) {
				for _, got := range []reply{a.post(t, tt.body), a.do(t, "PUT", one, tt.body)} {
					got.want(t, http.StatusUnprocessableEntity, "ValidateError")
					if !maps.Equal(got.data, tt.want) {
						t.Errorf("got %q\nwant %q", got.data, tt.want)
					}
				}
			})
		}
		if after := a.do(t, "GET", one, ""); after.body != before.body || a.rows(t) != 1 {
			t.Errorf("%d rows; was %s\nis %s", a.rows(t), before.body, after.body)
		}
	})
}

func TestTooManyElements(t *testing.T) {
	const one = `{"userUuid":"` + nobody + `","value":"v"},`
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		for _, member := range []string{"users", "groups"} {
			got := a.post(t, with(member, "["+strings.Repeat(one, 10_000)+one[:len(one)-1]+"]"))
			got.want(t, http.StatusUnprocessableEntity, "ValidateError")
			if place := "body." + member; got.data[place] != tooMany {
				t.Errorf("%s: %q, want %q", place, got.data[place], tooMany)
			}
		}
	})
}

func TestSummaryOfFaults(t *testing.T) {
	faulty := func(n int) string { return with("users", "["+strings.Repeat("1,", n-1)+"1]") }
	tests := []struct{ name, body, want string }{
		{"one", with("name", `""`), "body.name must not be empty."},
		{"two", `{"name":"n","users":[]}`, "body.attributeDefault is missing. body.groups is missing."},
		{"four, in the order of a person", with("users", `[{"value":1},{},1,1,1,1,1,1,1,1,1]`), "body.users[0].userUuid is missing. body.users[0].value must be a string. body.users[1].userUuid is missing. 9 more places are at fault."},
		{"one more", faulty(4), "body.users[0] must be an object. body.users[1] must be an object. body.users[2] must be an object. 1 more place is at fault."},
		{"more than are told", faulty(5000), "body.users[0] must be an object. body.users[1] must be an object. body.users[2] must be an object. At least 97 more places are at fault."},
	}
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				got := a.post(t, tt.body)
				if got.message != tt.want || len(got.data) > 100 {
					t.Errorf("%d places and message\n     %q\nwant %q", len(got.data), got.message, tt.want)
				}
			})
		}
	})
}
