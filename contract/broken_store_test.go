package contract_test

import (
	"bytes"
	"html"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	. "attributed/contract/contracttest"
	"attributed/contract/report"
	"attributed/store"
)

// onMany is a call that sets many values.
var onMany = On("PUT", "attributes/"+UUIDPattern+"/values")

// brokenStores keep something else than they were told, or show something else than
// they keep.
var brokenStores = []broken{
	{"white space trimmed", report.ValueChanged, Names("name", strings.TrimSpace)},
	{"white space trimmed, in a description", report.ValueChanged, Names("description", strings.TrimSpace)},
	{"lower case stored", report.ValueChanged, Names("name", strings.ToLower)},
	{"accents composed", report.ValueChanged, Names("attributeDefault", func(s string) string { return strings.ReplaceAll(s, "e\u0301", "é") })},
	{"compatibility characters folded", report.ValueChanged, Names("name", func(s string) string { return strings.ReplaceAll(s, "ﬁ", "fi") })},
	{"spaces collapsed", report.ValueChanged, Names("description", func(s string) string { return strings.ReplaceAll(s, "  ", " ") })},
	{"the last of 255 characters cut", report.ValueChanged, Sent(OnCreate, func(b Object) { b["name"] = cutTo(b["name"], 254) })},
	{"defaults cut to 255", report.ValueChanged, Sent(OnWrite, func(b Object) { b["attributeDefault"] = cutTo(b["attributeDefault"], 255) })},
	{"markup escaped", report.ValueChanged, Names("name", html.EscapeString)},
	{"characters beyond the basic plane replaced", report.ValueChanged, Names("description", func(s string) string {
		return strings.Map(func(c rune) rune {
			if c > 0xffff {
				return '?'
			}
			return c
		}, s)
	})},
	{"invisible characters dropped", report.ValueChanged, Names("name", func(s string) string { return strings.ReplaceAll(s, "\u200b", "") })},
	{"line ends changed", report.ValueChanged, Names("attributeDefault", func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") })},
	{"an empty default stored as null", report.ValueChanged, Sent(OnWrite, func(b Object) {
		if b["attributeDefault"] == "" {
			b["attributeDefault"] = nil
		}
	})},
	{"no default stored as an empty one", report.ValueChanged, Sent(OnCreate, func(b Object) {
		if d, ok := b["attributeDefault"]; ok && d == nil {
			b["attributeDefault"] = ""
		}
	})},
	{"what looks like a number stored as one", report.ValueChanged, Sent(OnWrite, func(b Object) {
		if text, ok := b["attributeDefault"].(string); ok {
			if n, err := strconv.Atoi(text); err == nil {
				b["attributeDefault"] = strconv.Itoa(n)
				delete(b, "attributeDefaults")
			}
		}
	})},
	{"the word null stored as null", report.ValueChanged, Sent(OnWrite, func(b Object) {
		if b["attributeDefault"] == "null" {
			b["attributeDefault"] = nil
			delete(b, "attributeDefaults")
		}
	})},
	{"created a year ago", report.ValueChanged, Things(OnAll, shiftCreated(-365*24*time.Hour))},
	{"created in another zone's time, called UTC", report.ValueChanged, Things(OnAll, shiftCreated(2*time.Hour))},
	{"another source of a value", report.ValueChanged, Bodies(OnView, sources(func(value Object) {
		if value["source"] == "user" {
			value["source"] = "default"
		}
	}))},
	{"the default told as one's own", report.ValueChanged, Bodies(OnView, sources(func(value Object) {
		if value["source"] == "default" {
			value["source"] = "user"
		}
	}))},
	{"another default in effect than there is", report.ValueChanged, Bodies(OnView, sources(func(value Object) {
		if value["source"] == "default" {
			value["value"] = "another"
		}
	}))},
	{"the last user left out", report.ValueChanged, Sent(OnCreate, func(b Object) {
		if users, ok := b["users"].([]any); ok && len(users) > 1 {
			b["users"] = users[:len(users)-1]
		}
	})},
	{"the values of two users swapped", report.ValueChanged, Sent(OnWrite, func(b Object) {
		if users, ok := b["users"].([]any); ok && len(users) > 1 {
			a, aOK := users[0].(Object)
			c, cOK := users[1].(Object)
			if aOK && cOK {
				a["value"], c["value"] = c["value"], a["value"]
			}
		}
	})},
	{"the last of many users left out", report.UpdateLost, Sent(onMany, func(b Object) {
		if users, ok := b["users"].([]any); ok && len(users) > 0 {
			b["users"] = users[:len(users)-1]
		}
	})},
	{"a group's value trimmed where many are set", report.UpdateLost, Sent(onMany, func(b Object) {
		groups, _ := b["groups"].([]any)
		for _, group := range groups {
			if of, ok := group.(Object); ok {
				if text, ok := of["value"].(string); ok {
					of["value"] = strings.TrimSpace(text)
				}
			}
		}
	})},
	{"a value trimmed where one is set", report.ValueChanged, Sent(On("PUT", "attributes/"+UUIDPattern+"/users/"+UUIDPattern), func(b Object) {
		if text, ok := b["value"].(string); ok {
			b["value"] = strings.TrimSpace(text)
		}
	})},
	{"another person's e-mail", report.ValueChanged, Things(OnCreate, First("users", Set("email", "other@example.com")))},
	{"another value answered than stored", report.ValueChanged, Things(OnCreate, func(o Object) { o["name"] = strings.ToUpper(o["name"].(string)) })},
	{"another value read than stored", report.ValueChanged, Things(OnGet, func(o Object) { o["name"] = o["name"].(string) + " " })},
	{"a later time read than answered", report.ValueChanged, Things(OnGet, func(o Object) { o["createdAt"] = "2026-11-24T15:17:27.508Z" })},
	{"every 6th read without its groups", report.ValueChanged, Things(Every(6, OnGet), Set("groups", []any{}))},

	{"a create that stores nothing", report.NotStored, Forgotten(OnCreate)},
	{"an update that stores nothing", report.UpdateLost, Forgotten(OnUpdate)},
	{"an update that forgets the description", report.UpdateLost, Stale("description")},
	{"an update that forgets the default", report.UpdateLost, Stale("attributeDefault")},
	{"an update that forgets the groups", report.UpdateLost, Stale("groups")},
	{"an update that forgets the users", report.UpdateLost, Stale("users")},
	{"an update that changes the time of creation", report.ValueChanged, Things(OnUpdate, Set("createdAt", "2026-11-24T23:59:59.999Z"))},
	{"an update that gives another id", report.ValueChanged, Things(OnUpdate, Set("uuid", store.DemoGroupUUID))},
	{"a value that is not set", report.UpdateLost, Forgotten(On("PUT", "attributes/"+UUIDPattern+"/groups/"+UUIDPattern))},
	{"a value that is not cleared", report.NotRemoved, Instead(func(r *http.Request) *Response {
		if On("DELETE", "attributes/"+UUIDPattern+"/users/"+UUIDPattern)(r) && r.Header.Get("Authorization") != "" {
			return &Response{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(`{"status":"ok"}`)}
		}
		return nil
	})},

	{"a removal that removes nothing", report.NotRemoved, Forgotten(OnRemove)},
	{"every 4th removal removes nothing", report.NotRemoved, Forgotten(Every(4, OnRemove))},
	{"a change of many that clears all others", report.SideEffect, Handles(onMany, func(next http.Handler, rw http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(text))
		a, path := AnswerOf(next, r), strings.TrimSuffix(r.URL.Path, "/values")
		thing, _ := Unmarshal(AnswerOf(next, Asking(r, "GET", path, nil)).Body)["results"].(Object)
		users, _ := thing["users"].([]any)
		for _, user := range users {
			if id := user.(Object)["userUuid"].(string); a.OK() && !bytes.Contains(text, []byte(id)) {
				AnswerOf(next, Asking(r, "DELETE", path+"/users/"+id, nil))
			}
		}
		a.Send(rw)
	})},
	{"a removal that takes another with it", report.SideEffect, AlsoRemoves(OnRemove)},
	{"a refused create that leaves something behind", report.SideEffect, Before(OnCreate, func(body Object) Object {
		if _, there := body["users"]; there || body["name"] == nil {
			return nil
		}
		return Object{"name": body["name"], "attributeDefault": nil, "users": []any{}, "groups": []any{}}
	})},
	{"a refused update that changes the name", report.SideEffect, Before(OnUpdate, func(body Object) Object {
		name, ok := body["name"].(string)
		if _, bad := body["groups"].(string); !ok || !bad {
			return nil
		}
		return Object{"name": name, "attributeDefault": nil, "users": []any{}, "groups": []any{}}
	})},

	{"a list that lags by one request", report.List, Lagging(1)},
	{"a list that lags by five requests", report.List, Lagging(5)},
	{"a list that has one thing twice", report.List, Listed(func(all []any) []any { return append(all, all[0]) })},
	{"a list without its first", report.List, Listed(func(all []any) []any { return all[1:] })},
	{"a list without its last", report.List, Listed(func(all []any) []any { return all[:len(all)-1] })},
	{"a list of ten at most", report.List, Listed(func(all []any) []any { return all[:min(len(all), 10)] })},
	{"a list of a hundred at most", report.List, Listed(func(all []any) []any { return all[:min(len(all), 100)] })},
	{"a list of a hundred at most, the oldest first", report.List, Listed(func(all []any) []any { return all[max(0, len(all)-100):] })},
	{"a list that is always empty", report.List, Listed(func([]any) []any { return []any{} })},
	{"a list that shows values as they first were", report.List, FirstSeen()},
	{"a list with another default", report.List, Things(OnList, func(o Object) {
		if o["attributeDefault"] == "" {
			o["attributeDefault"] = nil
		}
	})},
	{"a list without values of users", report.List, Things(OnList, Set("users", []any{}))},
	{"every 3rd list without its last", report.List, ListedAt(Every(3, OnList), func(all []any) []any { return all[:len(all)-1] })},
	{"people listed twice", report.List, Page(On("GET", "users"), func(data []any) []any { return append(data, data[0]) })},
	{"groups that are on no page", report.List, PageWhere(On("GET", "groups"), "page=1&pageSize=2", func(data []any) []any { return data[:1] })},
	{"a wrong total", report.List, Bodies(On("GET", "users"), func(b Object) {
		if p, ok := b["results"].(Object)["pagination"].(Object); ok {
			p["totalResults"] = 99
		}
	})},

	{"another organization's thing in the list", report.ForeignData, Listed(func(all []any) []any {
		other := Unmarshal(Marshal(all[0]))
		other["uuid"], other["organizationUuid"] = store.DemoGroupUUID, store.DemoViewerUUID
		return append(all, other)
	})},
	{"a thing in the list that is not there", report.ForeignData, Listed(func(all []any) []any {
		other := Unmarshal(Marshal(all[0]))
		other["uuid"], other["name"] = store.DemoGroupUUID, "theirs"
		delete(other, "description")
		other["attributeDefault"] = nil
		return append(all, other)
	})},
	{"another organization's id", report.ForeignData, Things(OnGet, Set("organizationUuid", store.DemoViewerUUID))},
	{"a person of another organization", report.ForeignData, Page(On("GET", "users"), func(data []any) []any {
		other := Unmarshal(Marshal(data[0]))
		other["organizationUuid"], other["userUuid"] = store.DemoViewerUUID, store.DemoGroupUUID
		return append(data, other)
	})},
	{"one person's values shown for all", report.ForeignData, Requests(OnView, func(r *http.Request, b []byte) []byte {
		r.URL.Path = "/api/v1/org/users/" + store.DemoUserUUID + "/attributes"
		return b
	})},
}

// shiftCreated tells another time at which things were created.
func shiftCreated(by time.Duration) func(Object) {
	return func(thing Object) {
		if at, err := time.Parse(time.RFC3339Nano, thing["createdAt"].(string)); err == nil {
			thing["createdAt"] = at.Add(by).Format(time.RFC3339Nano)
		}
	}
}

// sources breaks each value in effect.
func sources(change func(value Object)) func(Object) {
	return func(body Object) {
		for _, element := range body["results"].([]any) {
			for _, value := range element.(Object)["values"].([]any) {
				change(value.(Object))
			}
		}
	}
}
