package contract_test

import (
	"html"
	"net/http"
	"strings"
	"time"

	"attributed/contract"
	"attributed/store"
)

// onMany is a call that sets many values.
var onMany = on("PUT", "attributes/"+uuid+"/values")

// brokenStores keep something else than they were told, or show something else than
// they keep.
var brokenStores = []broken{
	{"white space trimmed", contract.ValueChanged, names("name", strings.TrimSpace)},
	{"white space trimmed, in a description", contract.ValueChanged, names("description", strings.TrimSpace)},
	{"lower case stored", contract.ValueChanged, names("name", strings.ToLower)},
	{"accents composed", contract.ValueChanged, names("attributeDefault", func(s string) string { return strings.ReplaceAll(s, "e\u0301", "é") })},
	{"compatibility characters folded", contract.ValueChanged, names("name", func(s string) string { return strings.ReplaceAll(s, "ﬁ", "fi") })},
	{"spaces collapsed", contract.ValueChanged, names("description", func(s string) string { return strings.ReplaceAll(s, "  ", " ") })},
	{"the last of 255 characters cut", contract.ValueChanged, sent(onCreate, func(b object) { b["name"] = cutTo(b["name"], 254) })},
	{"defaults cut to 255", contract.ValueChanged, sent(onWrite, func(b object) { b["attributeDefault"] = cutTo(b["attributeDefault"], 255) })},
	{"markup escaped", contract.ValueChanged, names("name", html.EscapeString)},
	{"characters beyond the basic plane replaced", contract.ValueChanged, names("description", func(s string) string {
		return strings.Map(func(c rune) rune {
			if c > 0xffff {
				return '?'
			}
			return c
		}, s)
	})},
	{"invisible characters dropped", contract.ValueChanged, names("name", func(s string) string { return strings.ReplaceAll(s, "\u200b", "") })},
	{"line ends changed", contract.ValueChanged, names("attributeDefault", func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") })},
	{"an empty default stored as null", contract.ValueChanged, sent(onWrite, func(b object) {
		if b["attributeDefault"] == "" {
			b["attributeDefault"] = nil
		}
	})},
	{"no default stored as an empty one", contract.ValueChanged, sent(onCreate, func(b object) {
		if d, ok := b["attributeDefault"]; ok && d == nil {
			b["attributeDefault"] = ""
		}
	})},
	{"created a year ago", contract.ValueChanged, things(onAll, shiftCreated(-365*24*time.Hour))},
	{"created in another zone's time, called UTC", contract.ValueChanged, things(onAll, shiftCreated(2*time.Hour))},
	{"another source of a value", contract.ValueChanged, bodies(onView, sources(func(value object) {
		if value["source"] == "user" {
			value["source"] = "default"
		}
	}))},
	{"the default told as one's own", contract.ValueChanged, bodies(onView, sources(func(value object) {
		if value["source"] == "default" {
			value["source"] = "user"
		}
	}))},
	{"the last user left out", contract.ValueChanged, sent(onCreate, func(b object) {
		if users, ok := b["users"].([]any); ok && len(users) > 1 {
			b["users"] = users[:len(users)-1]
		}
	})},
	{"the values of two users swapped", contract.ValueChanged, sent(onWrite, func(b object) {
		if users, ok := b["users"].([]any); ok && len(users) > 1 {
			a, aOK := users[0].(object)
			c, cOK := users[1].(object)
			if aOK && cOK {
				a["value"], c["value"] = c["value"], a["value"]
			}
		}
	})},
	{"the last of many users left out", contract.UpdateLost, sent(onMany, func(b object) {
		if users, ok := b["users"].([]any); ok && len(users) > 0 {
			b["users"] = users[:len(users)-1]
		}
	})},
	{"a group's value trimmed where many are set", contract.UpdateLost, sent(onMany, func(b object) {
		groups, _ := b["groups"].([]any)
		for _, group := range groups {
			if of, ok := group.(object); ok {
				if text, ok := of["value"].(string); ok {
					of["value"] = strings.TrimSpace(text)
				}
			}
		}
	})},
	{"a value trimmed where one is set", contract.ValueChanged, sent(on("PUT", "attributes/"+uuid+"/users/"+uuid), func(b object) {
		if text, ok := b["value"].(string); ok {
			b["value"] = strings.TrimSpace(text)
		}
	})},
	{"another person's e-mail", contract.ValueChanged, things(onCreate, first("users", set("email", "other@example.com")))},
	{"another value answered than stored", contract.ValueChanged, things(onCreate, func(o object) { o["name"] = strings.ToUpper(o["name"].(string)) })},
	{"another value read than stored", contract.ValueChanged, things(onGet, func(o object) { o["name"] = o["name"].(string) + " " })},
	{"a later time read than answered", contract.ValueChanged, things(onGet, func(o object) { o["createdAt"] = "2026-11-24T15:17:27.508Z" })},
	{"every 6th read without its groups", contract.ValueChanged, things(every(6, onGet), set("groups", []any{}))},

	{"a create that stores nothing", contract.NotStored, forgotten(onCreate)},
	{"an update that stores nothing", contract.UpdateLost, forgotten(onUpdate)},
	{"an update that forgets the description", contract.UpdateLost, stale("description")},
	{"an update that forgets the default", contract.UpdateLost, stale("attributeDefault")},
	{"an update that forgets the groups", contract.UpdateLost, stale("groups")},
	{"an update that forgets the users", contract.UpdateLost, stale("users")},
	{"an update that changes the time of creation", contract.ValueChanged, things(onUpdate, set("createdAt", "2026-11-24T23:59:59.999Z"))},
	{"an update that gives another id", contract.ValueChanged, things(onUpdate, set("uuid", store.DemoGroupUUID))},
	{"a value that is not set", contract.UpdateLost, forgotten(on("PUT", "attributes/"+uuid+"/groups/"+uuid))},
	{"a value that is not cleared", contract.NotRemoved, instead(func(r *http.Request) *response {
		if on("DELETE", "attributes/"+uuid+"/users/"+uuid)(r) && r.Header.Get("Authorization") != "" {
			return &response{200, http.Header{"Content-Type": {"application/json"}}, []byte(`{"status":"ok"}`)}
		}
		return nil
	})},

	{"a removal that removes nothing", contract.NotRemoved, forgotten(onRemove)},
	{"every 4th removal removes nothing", contract.NotRemoved, forgotten(every(4, onRemove))},
	{"a removal that takes another with it", contract.SideEffect, alsoRemoves(onRemove)},
	{"a refused create that leaves something behind", contract.SideEffect, before(onCreate, func(body object) object {
		if _, there := body["users"]; there || body["name"] == nil {
			return nil
		}
		return object{"name": body["name"], "attributeDefault": nil, "users": []any{}, "groups": []any{}}
	})},
	{"a refused update that changes the name", contract.SideEffect, before(onUpdate, func(body object) object {
		name, ok := body["name"].(string)
		if _, bad := body["groups"].(string); !ok || !bad {
			return nil
		}
		return object{"name": name, "attributeDefault": nil, "users": []any{}, "groups": []any{}}
	})},

	{"a list that lags by one request", contract.List, lagging(1)},
	{"a list that lags by five requests", contract.List, lagging(5)},
	{"a list that has one thing twice", contract.List, listed(func(all []any) []any { return append(all, all[0]) })},
	{"a list without its first", contract.List, listed(func(all []any) []any { return all[1:] })},
	{"a list without its last", contract.List, listed(func(all []any) []any { return all[:len(all)-1] })},
	{"a list of ten at most", contract.List, listed(func(all []any) []any { return all[:min(len(all), 10)] })},
	{"a list of a hundred at most", contract.List, listed(func(all []any) []any { return all[:min(len(all), 100)] })},
	{"a list of a hundred at most, the oldest first", contract.List, listed(func(all []any) []any { return all[max(0, len(all)-100):] })},
	{"a list that is always empty", contract.List, listed(func([]any) []any { return []any{} })},
	{"a list that shows values as they first were", contract.List, firstSeen()},
	{"a list with another default", contract.List, things(onList, func(o object) {
		if o["attributeDefault"] == "" {
			o["attributeDefault"] = nil
		}
	})},
	{"a list without values of users", contract.List, things(onList, set("users", []any{}))},
	{"every 3rd list without its last", contract.List, listedAt(every(3, onList), func(all []any) []any { return all[:len(all)-1] })},
	{"people listed twice", contract.List, page(on("GET", "users"), func(data []any) []any { return append(data, data[0]) })},
	{"groups that are on no page", contract.List, pageWhere(on("GET", "groups"), "page=1&pageSize=2", func(data []any) []any { return data[:1] })},
	{"a wrong total", contract.List, bodies(on("GET", "users"), func(b object) {
		if p, ok := b["results"].(object)["pagination"].(object); ok {
			p["totalResults"] = 99
		}
	})},

	{"another organization's thing in the list", contract.ForeignData, listed(func(all []any) []any {
		other := parse(write(all[0]))
		other["uuid"], other["organizationUuid"] = store.DemoGroupUUID, store.DemoViewerUUID
		return append(all, other)
	})},
	{"a thing in the list that is not there", contract.ForeignData, listed(func(all []any) []any {
		other := parse(write(all[0]))
		other["uuid"], other["name"] = store.DemoGroupUUID, "theirs"
		delete(other, "description")
		other["attributeDefault"] = nil
		return append(all, other)
	})},
	{"another organization's id", contract.ForeignData, things(onGet, set("organizationUuid", store.DemoViewerUUID))},
	{"a person of another organization", contract.ForeignData, page(on("GET", "users"), func(data []any) []any {
		other := parse(write(data[0]))
		other["organizationUuid"], other["userUuid"] = store.DemoViewerUUID, store.DemoGroupUUID
		return append(data, other)
	})},
	{"one person's values shown for all", contract.ForeignData, requests(onView, func(r *http.Request, b []byte) []byte {
		r.URL.Path = "/api/v1/org/users/" + store.DemoUserUUID + "/attributes"
		return b
	})},
}

// shiftCreated tells another time at which things were created.
func shiftCreated(by time.Duration) func(object) {
	return func(thing object) {
		if at, err := time.Parse(time.RFC3339Nano, thing["createdAt"].(string)); err == nil {
			thing["createdAt"] = at.Add(by).Format(time.RFC3339Nano)
		}
	}
}

// sources breaks each value in effect.
func sources(change func(value object)) func(object) {
	return func(body object) {
		for _, element := range body["results"].([]any) {
			for _, value := range element.(object)["values"].([]any) {
				change(value.(object))
			}
		}
	}
}
