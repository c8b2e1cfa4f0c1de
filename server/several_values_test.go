package server_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

// newForm is what an answer tells beside the form that has one value of each.
var newForm = regexp.MustCompile(`,"(values|attributeDefaults)":(null|\[("([^"\\]|\\.)*",?)*\])`)

// inOldForm is an answer as those read it who know one value of each.
func inOldForm(body string) string { return newForm.ReplaceAllString(body, "") }

// valuesSent is what a request has of somebody's values, or of a default, and what is answered of them.
type valuesSent struct{ name, sent, want string }

// severalValues are the two forms of a request, and what comes of them.
var severalValues = []valuesSent{
	{"the old form", `"value":"a"`, `"value":"a","values":["a"]`},
	{"the old form, empty", `"value":""`, `"value":"","values":[]`},
	{"the new form, of one", `"values":["a"]`, `"value":"a","values":["a"]`},
	{"the new form, of several, also twice and empty", `"values":["b","a","","b"]`, `"value":"b","values":["b","a","","b"]`},
	{"the new form, of one that is empty", `"values":[""]`, `"value":"","values":[""]`},
	{"the new form, empty", `"values":[]`, `"value":"","values":[]`},
	{"both, of which the new counts", `"value":"x","values":["b","a"]`, `"value":"b","values":["b","a"]`},
	{"both, the new one empty", `"values":[],"value":"a"`, `"value":"a","values":["a"]`},
	{"both empty", `"value":"","values":[]`, `"value":"","values":[]`},
	{"all that an array or JSON has a meaning for", `"values":["\"{,}\"","\\","NULL","[null]","'"," é\n"]`,
		`"value":"\"{,}\"","values":["\"{,}\"","\\","NULL","[null]","'"," é\n"]`},
}

// hasRoom reports whether a store can keep what an answer tells, part of a JSON object: beside an older
// Lightdash that is one value for each, and no empty one in a list.
func hasRoom(t *testing.T, s *store.Store, told string) bool {
	t.Helper()
	var kept struct{ Values, AttributeDefaults []string }
	if err := json.Unmarshal([]byte(`{`+told+`}`), &kept); err != nil {
		t.Fatal(err)
	}
	all := slices.Concat(kept.Values, kept.AttributeDefaults)
	return !s.OneValueEach() || len(all) == 0 || len(all) == 1 && all[0] != ""
}

func TestSeveralValues(t *testing.T) {
	long := `"` + strings.Repeat("ü", 255) + `"`
	rows := append([]valuesSent{
		{"neither, which is an entry without a value", `"x":1`, `"value":"","values":[]`},
		{"1,000, as long as one may be", `"values":[` + long + strings.Repeat(`,"v"`, 999) + `]`, `"value":` + long + `,"values":[` + long + strings.Repeat(`,"v"`, 999) + `]`},
	}, severalValues...)
	defaults := []valuesSent{
		{sent: `"attributeDefault":null`, want: `"attributeDefault":null,"attributeDefaults":null`},
		{sent: `"attributeDefault":"d"`, want: `"attributeDefault":"d","attributeDefaults":["d"]`},
		{sent: `"attributeDefault":""`, want: `"attributeDefault":"","attributeDefaults":[]`},
		{sent: `"attributeDefaults":null`, want: `"attributeDefault":null,"attributeDefaults":null`},
		{sent: `"attributeDefaults":[]`, want: `"attributeDefault":"","attributeDefaults":[]`},
		{sent: `"attributeDefaults":["e","d","","e"]`, want: `"attributeDefault":"e","attributeDefaults":["e","d","","e"]`},
		{sent: `"attributeDefaults":[""]`, want: `"attributeDefault":"","attributeDefaults":[""]`},
		{sent: `"attributeDefault":"x","attributeDefaults":["e","d"]`, want: `"attributeDefault":"e","attributeDefaults":["e","d"]`},
		{sent: `"attributeDefault":"x","attributeDefaults":[]`, want: `"attributeDefault":"","attributeDefaults":[]`},
		{sent: `"attributeDefault":"x","attributeDefaults":null`, want: `"attributeDefault":null,"attributeDefaults":null`},
		{sent: `"attributeDefault":null,"attributeDefaults":["d"]`, want: `"attributeDefault":"d","attributeDefaults":["d"]`},
	}
	storetest.EachWithLightdash(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		old, _ := a.create(t, attribute("old", `"d"`, user(`"`+store.DemoUserUUID+`"`, `"old"`), group(`"`+store.DemoGroupUUID+`"`, `"old"`)))
		rows, defaults := slices.Clone(rows), slices.Clone(defaults)
		before := a.do(t, "GET", attributes, "").body
		rows = slices.DeleteFunc(rows, func(row valuesSent) bool {
			without := !hasRoom(t, s, row.want)
			if without {
				body := fmt.Sprintf(`{"name":"refused","attributeDefault":null,"users":[{"userUuid":%q,%s}],"groups":[]}`, store.DemoUserUUID, row.sent)
				a.post(t, body).want(t, 422, "ValidateError")
				a.do(t, "PUT", attributes+"/"+old, body).want(t, 422, "ValidateError")
			}
			return without
		})
		defaults = slices.DeleteFunc(defaults, func(fallback valuesSent) bool {
			without := !hasRoom(t, s, fallback.want)
			if without {
				a.post(t, `{"name":"refused",`+fallback.sent+`,"users":[],"groups":[]}`).want(t, 422, "ValidateError")
			}
			return without
		})
		if after := a.do(t, "GET", attributes, "").body; after != before || len(rows) < 5 || len(defaults) < 5 {
			t.Errorf("%d rows and %d defaults, and there is %s", len(rows), len(defaults), after)
		}
		for i, row := range rows {
			fallback, other := defaults[i%len(defaults)], rows[(i+1)%len(rows)] // mixed in one body
			body := fmt.Sprintf(`{"name":"row %d",%s,"users":[{"userUuid":%q,%s},{"userUuid":%q,%s}],"groups":[{"groupUuid":%q,%s},{"groupUuid":%q,%s}]}`, i, fallback.sent,
				store.DemoUserUUID, row.sent, store.DemoViewerUUID, other.sent, store.DemoGroupUUID, other.sent, store.DemoOtherGroupUUID, row.sent)
			want := fmt.Sprintf(`{"results":{%s,"groups":[{"groupUuid":%q,%s},{"groupUuid":%q,%s}],"name":"row %d","users":[{"email":"demo@lightdash.com","userUuid":%q,%s},{"email":"viewer@lightdash.com","userUuid":%q,%s}]},"status":"ok"}`+"\n",
				fallback.want, store.DemoGroupUUID, other.want, store.DemoOtherGroupUUID, row.want, i, store.DemoUserUUID, row.want, store.DemoViewerUUID, other.want)
			is := func(what string, got reply) {
				t.Helper()
				if told := identity.ReplaceAllString(got.body, ""); told != want {
					t.Errorf("%s, %s: %s: %d\n got %.2000s\nwant %.2000s", row.name, fallback.sent, what, got.status, told, want)
				}
			}
			uuid, _ := a.create(t, body)
			created := a.do(t, "GET", attributes+"/"+uuid, "")
			is("created", created)
			if list, one := a.do(t, "GET", attributes, "").body, created.body[len(`{"results":`):len(created.body)-len(`,"status":"ok"}`+"\n")]; !strings.Contains(list, one) {
				t.Errorf("%s: in the list: %.4000s\nwant %.2000s", row.name, list, one)
			}
			a.do(t, "DELETE", attributes+"/"+uuid, "")
			is("updated", a.do(t, "PUT", attributes+"/"+old, body))
			is("updated, and read", a.do(t, "GET", attributes+"/"+old, ""))
		}
	})
}

// TestSeveralValuesOfOne user or group, which are set alone or with those of others.
func TestSeveralValuesOfOne(t *testing.T) {
	storetest.EachWithLightdash(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		uuid, _ := a.create(t, attribute("region", "null", "[]", "[]"))
		one := attributes + "/" + uuid
		several := `"value":"c","values":["c","d"]`
		if s.OneValueEach() {
			several = `"value":"c","values":["c"]`
		}
		for _, row := range severalValues {
			if !hasRoom(t, s, row.want) {
				a.do(t, "PUT", one+"/users/"+store.DemoUserUUID, `{`+row.sent+`}`).want(t, 422, "ValidateError")
				a.do(t, "PUT", one+"/groups/"+store.DemoGroupUUID, `{`+row.sent+`}`).want(t, 422, "ValidateError")
				a.do(t, "PUT", one+"/values", many(`{"userUuid":"`+store.DemoUserUUID+`",`+row.sent+`}`, "")).want(t, 422, "ValidateError")
				continue
			}
			want := fmt.Sprintf(`"groups":[{"groupUuid":%q,%s}],"name":"region","users":[{"email":"demo@lightdash.com","userUuid":%q,%[2]s}]`, store.DemoGroupUUID, row.want, store.DemoUserUUID)
			is := func(what string, got reply) {
				t.Helper()
				if told := identity.ReplaceAllString(got.body, ""); !strings.Contains(told, want) {
					t.Errorf("%s: %s: %d\n got %s\nwant %s", row.name, what, got.status, told, want)
				}
			}
			a.do(t, "PUT", one+"/users/"+store.DemoUserUUID, `{`+row.sent+`}`)
			is("alone", a.do(t, "PUT", one+"/groups/"+store.DemoGroupUUID, `{`+row.sent+`}`))
			a.do(t, "DELETE", one+"/users/"+store.DemoUserUUID, "")
			a.do(t, "DELETE", one+"/groups/"+store.DemoGroupUUID, "")
			both := many(`{"userUuid":"`+store.DemoUserUUID+`",`+row.sent+`}`, `{"groupUuid":"`+store.DemoGroupUUID+`",`+row.sent+`}`)
			for _, counts := range []string{`"cleared":0,"set":2,"unchanged":0`, `"cleared":0,"set":0,"unchanged":2`} {
				if got := a.do(t, "PUT", one+"/values", both); !strings.Contains(got.body, counts) {
					t.Errorf("%s: %d %s, want %s", row.name, got.status, got.body, counts)
				}
				is("with others", a.do(t, "GET", one, ""))
			}
			for _, clear := range []string{`"value":null`, `"value":null,"values":[]`} {
				got := a.do(t, "PUT", one+"/values", many(`{"userUuid":"`+store.DemoUserUUID+`",`+clear+`}`, ""))
				if !strings.Contains(got.body, `"cleared":1`) {
					t.Errorf("%s, then %s: %d %s", row.name, clear, got.status, got.body)
				}
				a.do(t, "PUT", one+"/users/"+store.DemoUserUUID, `{`+row.sent+`}`)
			}
			got := a.do(t, "PUT", one+"/values", many(`{"userUuid":"`+store.DemoUserUUID+`","value":null,`+strings.TrimPrefix(several, `"value":"c",`)+`}`, ""))
			if got.status != 200 || !strings.Contains(a.do(t, "GET", one, "").body, several) {
				t.Errorf("%s: null in the old form, and values in the new: %d %s", row.name, got.status, got.body)
			}
			a.do(t, "DELETE", one+"/users/"+store.DemoUserUUID, "")
			a.do(t, "DELETE", one+"/groups/"+store.DemoGroupUUID, "")
		}
	})
}

func TestSeveralValuesThatAreRefused(t *testing.T) {
	const tooMany, overOne = "must have at most 1,000 elements", "must have at most 1 element"
	over := `[` + strings.Repeat(`"v",`, 1000) + `"v"]`
	long := `["v","` + strings.Repeat("ü", 256) + secret + `"]`
	entry := func(uuid, member, value string) string {
		return `[{"` + member + `":"` + uuid + `","values":` + value + `}]`
	}
	demoUser := func(value string) string { return entry(store.DemoUserUUID, "userUuid", value) }
	demoGroup := func(value string) string { return entry(store.DemoGroupUUID, "groupUuid", value) }
	storetest.EachWithLightdash(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		uuid, _ := a.create(t, attribute("region", `"d"`, "[]", "[]"))
		one := attributes + "/" + uuid
		before := a.do(t, "GET", one, "").body
		for _, tt := range []struct{ name, target, body, place, message string }{
			{"no default in either form", one, with("attributeDefault", ""), "body.attributeDefault", missing},
			{"defaults that are a text", one, with("attributeDefaults", `"d"`), "body.attributeDefaults", "must be an array or null"},
			{"defaults of null", one, with("attributeDefaults", `[null]`), "body.attributeDefaults[0]", notNull},
			{"over 1,000 defaults", one, with("attributeDefaults", over), "body.attributeDefaults", tooMany},
			{"a user's that are a text", one, with("users", demoUser(`"v"`)), "body.users[0].values", notArray},
			{"a user's null", one, with("users", demoUser(`null`)), "body.users[0].values", notNull},
			{"a user's numbers", one, with("users", demoUser(`["v",1]`)), "body.users[0].values[1]", notString},
			{"a user's with U+0000", one, with("users", demoUser(`["\u0000"]`)), "body.users[0].values[0]", nulInText},
			{"over 1,000 of a user", one, with("users", demoUser(over)), "body.users[0].values", tooMany},
			{"over 1,000 of a group", one, with("groups", demoGroup(over)), "body.groups[0].values", tooMany},
			{"a group's over 255 characters", one, with("groups", demoGroup(long)), "body.groups[0].values[1]", tooLong},
			{"no value of one user", one + "/users/" + store.DemoUserUUID, `{}`, "body.value", missing},
			{"over 1,000 of one user", one + "/users/" + store.DemoUserUUID, `{"values":` + over + `}`, "body.values", tooMany},
			{"one group's over 255 characters", one + "/groups/" + store.DemoGroupUUID, `{"values":` + long + `}`, "body.values[1]", tooLong},
			{"no value of one of many", one + "/values", many("", `{"groupUuid":"`+store.DemoGroupUUID+`"}`), "body.groups[0].value", missing},
			{"over 1,000 of one of many", one + "/values", `{"users":` + demoUser(over) + `}`, "body.users[0].values", tooMany},
			{"a group's over 255 characters of many", one + "/values", `{"groups":` + demoGroup(long) + `}`, "body.groups[0].values[1]", tooLong},
		} {
			got := a.do(t, "PUT", tt.target, tt.body)
			want := map[string]string{tt.place: tt.message}
			if s.OneValueEach() {
				if tt.message == tooMany {
					want[tt.place] = overOne
				}
				if list, second := strings.CutSuffix(tt.place, "[1]"); second {
					want[list] = overOne
				}
			}
			if got.status != 422 || !maps.Equal(got.data, want) {
				t.Errorf("%s: %d %q, want %q", tt.name, got.status, got.data, want)
			}
			if after := a.do(t, "GET", one, "").body; after != before {
				t.Errorf("%s: was %s\nis  %s", tt.name, before, after)
			}
		}
	})
}

func TestSeveralValuesInEffectForAUser(t *testing.T) {
	const fromUser, fromGroup, fromDefault = `{"source":"user","value":"u"},{"source":"user","value":""},{"source":"user","value":"u"}`,
		`{"groupUuid":"` + store.DemoGroupUUID + `","source":"group","value":"g"},{"groupUuid":"` + store.DemoGroupUUID + `","source":"group","value":"h"}`,
		`{"source":"default","value":"d"},{"source":"default","value":"e"}`
	storetest.EachWithSeveral(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		for _, tt := range []struct{ name, users, groups, want string }{
			{"the default's", `[]`, `[]`, fromDefault},
			{"the group's, of which one is empty", `[]`, `[""]`, `{"groupUuid":"` + store.DemoGroupUUID + `","source":"group","value":""}`},
			{"the user's", `["u","","u"]`, `[]`, fromUser},
			{"the group's", `[]`, `["g","h"]`, fromGroup},
			{"the user's and the group's", `["u","","u"]`, `["g","h"]`, fromUser + "," + fromGroup},
		} {
			uuid, _ := a.create(t, fmt.Sprintf(`{"name":"n","attributeDefaults":["d","e"],"users":[{"userUuid":%q,"values":%s}],"groups":[{"groupUuid":%q,"values":%s}]}`,
				store.DemoUserUUID, tt.users, store.DemoGroupUUID, tt.groups))
			got := a.do(t, "GET", "/api/v1/org/users/"+store.DemoUserUUID+"/attributes", "")
			if want := `"values":[` + tt.want + `]}]`; !strings.Contains(got.body, want) {
				t.Errorf("%s: %d\n got %s\nwant %s", tt.name, got.status, got.body, want)
			}
			a.do(t, "DELETE", attributes+"/"+uuid, "")
		}
	})
}
