package server_test

import (
	"cmp"
	"fmt"
	"maps"
	"strings"
	"testing"

	"attributed/gen"
	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

func TestOneValue(t *testing.T) {
	const users, groups = "/users/" + store.DemoViewerUUID, "/groups/" + store.DemoOtherGroupUUID
	long := strings.Repeat("ü", 255)
	steps := []struct{ name, method, below, body, users, groups string }{ // what there is afterwards
		{"set a user's", "PUT", users, `{"value":"a"}`, "demo=old viewer=a", "old"},
		{"set it again", "PUT", users, `{"value":"a"}`, "demo=old viewer=a", "old"},
		{"set another, with unknown members", "PUT", users, `{"value":"b","userUuid":"x","Value":1}`, "demo=old viewer=b", "old"},
		{"set one without limit", "PUT", users, `{"value":"` + strings.Repeat("v", 1000) + `"}`, "demo=old viewer=" + strings.Repeat("v", 1000), "old"},
		{"set an empty one, by a uuid in capitals", "PUT", "/users/" + strings.ToUpper(store.DemoViewerUUID), `{"value":""}`, "demo=old viewer=", "old"},
		{"set an inactive user's", "PUT", "/users/" + inactiveUUID, `{"value":"i"}`, "demo=old inactive=i viewer=", "old"},
		{"set a group's", "PUT", groups, `{"value":"g"}`, "demo=old inactive=i viewer=", "old g"},
		{"set one of 255 characters", "PUT", "/groups/" + strings.ToUpper(store.DemoOtherGroupUUID), `{"value":"` + long + `"}`, "demo=old inactive=i viewer=", "old " + long},
		{"clear a user's", "DELETE", users, "", "demo=old inactive=i", "old " + long},
		{"clear it again", "DELETE", users, "", "demo=old inactive=i", "old " + long},
		{"clear a group's", "DELETE", groups, "", "demo=old inactive=i", "old"},
		{"clear it again, by a uuid in capitals", "DELETE", "/groups/" + strings.ToUpper(store.DemoOtherGroupUUID), "", "demo=old inactive=i", "old"},
	}
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		a.addPeople(t)
		uuid, _ := a.create(t, attribute("region", `"d"`, user(`"`+store.DemoUserUUID+`"`, `"old"`), group(`"`+store.DemoGroupUUID+`"`, `"old"`)))
		a.create(t, attribute("other", "null", user(`"`+store.DemoViewerUUID+`"`, `"other"`), group(`"`+store.DemoOtherGroupUUID+`"`, `"other"`)))
		for _, step := range steps {
			got := a.do(t, step.method, attributes+"/"+strings.ToUpper(uuid)+step.below, step.body)
			stored := a.do(t, "GET", attributes+"/"+uuid, "")
			if want := stored.body; step.method == "PUT" && got.body != want || step.method == "DELETE" && got.body != `{"status":"ok"}`+"\n" {
				t.Errorf("%s: answered %d %s\nstored %s", step.name, got.status, got.body, want)
			}
			if users, groups := valuesOf(results[gen.UserAttribute](t, stored)); users != step.users || groups != step.groups {
				t.Errorf("%s: now %q and %q, want %q and %q", step.name, users, groups, step.users, step.groups)
			}
		}
		if other := a.do(t, "GET", attributes, "").body; strings.Count(other, `"value":"other"`) != 2 {
			t.Errorf("another attribute has changed: %s", other)
		}
	})
}

// valuesOf tells an attribute's values in short.
func valuesOf(attribute gen.UserAttribute) (users, groups string) {
	for _, u := range attribute.Users {
		name, _, _ := strings.Cut(u.Email, "@")
		users += " " + name + "=" + u.Value
	}
	for _, g := range attribute.Groups {
		groups += " " + g.Value
	}
	return strings.TrimPrefix(users, " "), strings.TrimPrefix(groups, " ")
}

func TestOneValueThatIsRefused(t *testing.T) {
	const users, groups = "/users/" + store.DemoUserUUID, "/groups/" + store.DemoGroupUUID
	const stale = `"00000000000000000000000000000000"`
	at := func(place, message string) map[string]string { return map[string]string{place: message} }
	tests := []struct {
		name, below, body string
		attribute         string // "" is the one that exists
		status            int
		data              map[string]string
	}{
		{"no value", users, `{}`, "", 422, at("body.value", missing)},
		{"null", users, `{"value":null}`, "", 422, at("body.value", notNull)},
		{"a number", groups, `{"value":1}`, "", 422, at("body.value", notString)},
		{"in capitals", users, `{"VALUE":"v"}`, "", 422, at("body.value", missing)},
		{"U+0000", users, `{"value":"\u0000"}`, "", 422, at("body.value", nulInText)},
		{"U+0000 in an unknown member", groups, `{"value":"v","x":["\u0000"]}`, "", 422, at("body.x[0]", nulInText)},
		{"a group's over 255 characters", groups, `{"value":"` + strings.Repeat("ü", 256) + secret + `"}`, "", 422, at("body.value", tooLong)},
		{"an array", users, `["` + secret + `"]`, "", 422, at("body", notObject)},
		{"no JSON", users, `value`, "", 400, nil},
		{"nothing", groups, ``, "", 400, nil},
		{"a body at fault comes before an attribute that does not exist", users, `{}`, nobody, 422, at("body.value", missing)},
		{"an attribute that does not exist comes before its version", groups, `{"value":"v"}`, nobody, 404, nil},
		{"a user who does not exist comes before the version", "/users/" + nobody, `{"value":"v"}`, "", 404, nil},
		{"a group that does not exist comes before the version", "/groups/" + nobody, `{"value":"v"}`, "", 404, nil},
		{"a user's uuid in place of a group's", "/groups/" + store.DemoUserUUID, `{"value":"v"}`, "", 404, nil},
		{"another version", users, `{"value":"v"}`, "", 412, nil},
	}
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		uuid, _ := a.create(t, attribute("region", "null", user(`"`+store.DemoUserUUID+`"`, `"old"`), group(`"`+store.DemoGroupUUID+`"`, `"old"`)))
		before := a.do(t, "GET", attributes, "").body
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				id := uuid
				if tt.attribute != "" {
					id = tt.attribute
				}
				got := a.do(t, "PUT", attributes+"/"+id+tt.below, tt.body, header("If-Match", stale))
				if got.status != tt.status || !maps.Equal(got.data, tt.data) {
					t.Errorf("%d %q, want %d %q", got.status, got.data, tt.status, tt.data)
				}
				if after := a.do(t, "GET", attributes, "").body; after != before {
					t.Errorf("was %s\nis  %s", before, after)
				}
			})
		}
	})
}

func TestValuesInEffectForAUser(t *testing.T) {
	const asia = "5a1c0000-0000-4000-8000-0000000000a5"
	own, other := func(value string) string { return user(`"`+store.DemoUserUUID+`"`, value) }, user(`"`+store.DemoViewerUUID+`"`, `"not yours"`)
	inEurope, inAsia, emptyInAsia := group(`"`+store.DemoGroupUUID+`"`, `"e"`), group(`"`+asia+`"`, `"a"`), group(`"`+asia+`"`, `""`)
	inAmerica := group(`"`+store.DemoOtherGroupUUID+`"`, `"not yours"`)
	both := func(one, other string) string { return one[:len(one)-1] + "," + other[1:] }
	const fromEurope, fromAsia = `{"groupUuid":"` + store.DemoGroupUUID + `","source":"group","value":"e"}`, `{"groupUuid":"` + asia + `","source":"group","value":"a"}`
	const emptyFromAsia = `{"groupUuid":"` + asia + `","source":"group","value":""}` // beside an older Lightdash, which puts it into a query
	list := []struct{ name, attributeDefault, users, groups, want, older string }{
		{"no value at all", `null`, `[]`, `[]`, ``, ""},
		{"others' values", `null`, other, inAmerica, ``, ""},
		{"default", `"d"`, other, inAmerica, `{"source":"default","value":"d"}`, ""},
		{"empty default", `""`, `[]`, `[]`, ``, ""},
		{"own", `"d"`, both(own(`"o"`), other), inAmerica, `{"source":"user","value":"o"}`, ""},
		{"empty own", `"d"`, own(`""`), `[]`, `{"source":"default","value":"d"}`, ""},
		{"empty own, no default", `null`, own(`""`), `[]`, ``, ""},
		{"empty own, empty default", `""`, own(`""`), `[]`, ``, ""},
		{"empty own, a group's", `"d"`, own(`""`), inEurope, fromEurope, ""},
		{"a group's empty one", `"d"`, own(`""`), emptyInAsia, `{"source":"default","value":"d"}`, emptyFromAsia},
		{"a group's empty one beside another's", `"d"`, own(`""`), both(emptyInAsia, inEurope), fromEurope, emptyFromAsia + `,` + fromEurope},
		{"a group's", `"d"`, other, both(inAmerica, inEurope), fromEurope, ""},
		{"two groups'", `null`, `[]`, both(inEurope, inAsia), fromAsia + `,` + fromEurope, ""},
		{"own and groups'", `"d"`, own(`"o"`), both(inEurope, inAsia), `{"source":"user","value":"o"},` + fromAsia + `,` + fromEurope, ""},
	}
	storetest.EachWithLightdash(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		a.addPeople(t)
		storetest.Exec(t, s, `INSERT INTO groups (group_uuid, name, organization_id) SELECT ?, 'Asia', organization_id FROM groups WHERE group_uuid = ?`, asia, store.DemoGroupUUID)
		storetest.Exec(t, s, `INSERT INTO group_memberships (group_uuid, user_id, organization_id)
			SELECT ?, user_id, organization_id FROM group_memberships WHERE user_id = (SELECT user_id FROM users WHERE user_uuid = ?)`, asia, store.DemoUserUUID)
		of := func(uuid string) reply { return a.do(t, "GET", "/api/v1/org/users/"+uuid+"/attributes", "") }
		if got := of(store.DemoUserUUID); got.body != `{"results":[],"status":"ok"}`+"\n" {
			t.Errorf("without attributes: %s", got.body)
		}
		var newestFirst string
		for i, one := range list {
			uuid, _ := a.create(t, attribute(one.name, one.attributeDefault, one.users, one.groups))
			storetest.Exec(t, s, `UPDATE user_attributes SET created_at = ? WHERE user_attribute_uuid = ?`, fmt.Sprintf("2026-01-01 00:00:00.%03d", i), uuid)
			want := one.want
			if s.OneValueEach() {
				want = cmp.Or(one.older, want)
			}
			newestFirst = fmt.Sprintf(`,{"name":%q,"userAttributeUuid":%q,"values":[%s]}`, one.name, uuid, want) + newestFirst
		}
		for _, uuid := range []string{store.DemoUserUUID, strings.ToUpper(store.DemoUserUUID)} {
			if got, want := of(uuid), `{"results":[`+newestFirst[1:]+`],"status":"ok"}`+"\n"; got.status != 200 || got.body != want {
				t.Errorf("%d\n got %s\nwant %s", got.status, got.body, want)
			}
		}
		if got := of(inactiveUUID); got.status != 200 || strings.Count(got.body, `"source":"default"`) != 8 {
			t.Errorf("an inactive user in no group: %d %s", got.status, got.body)
		}
	})
}
