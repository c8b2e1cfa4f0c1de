package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

func TestCreateAnswersWhatWasStored(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		a.addPeople(t)
		got := a.post(t, fmt.Sprintf(`{
			"name": "sales_region", "description": "Where they sell", "attributeDefault": "",
			"users": [
				{"userUuid": %q, "value": "v"}, {"userUuid": %q, "value": ""}, {"userUuid": %q, "value": "i"}
			],
			"groups": [{"groupUuid": %q, "value": "b"}, {"groupUuid": %q, "value": "a"}]
		}`, store.DemoViewerUUID, strings.ToUpper(store.DemoUserUUID), inactiveUUID, store.DemoOtherGroupUUID, store.DemoGroupUUID))

		var answer struct {
			Results struct{ UUID, CreatedAt string }
		}
		if err := json.Unmarshal([]byte(got.body), &answer); err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(answer.Results.UUID) {
			t.Errorf("uuid %q is not a v4", answer.Results.UUID)
		}
		if !regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`).MatchString(answer.Results.CreatedAt) {
			t.Errorf("createdAt %q is not UTC with milliseconds", answer.Results.CreatedAt)
		}
		want := fmt.Sprintf(`{"results":{"attributeDefault":"","createdAt":%q,"description":"Where they sell",`+
			`"groups":[{"groupUuid":%q,"value":"a"},{"groupUuid":%q,"value":"b"}],`+
			`"name":"sales_region","organizationUuid":%q,`+
			`"users":[{"email":"demo@lightdash.com","userUuid":%q,"value":""},`+
			`{"email":"inactive@lightdash.com","userUuid":%q,"value":"i"},`+
			`{"email":"viewer@lightdash.com","userUuid":%q,"value":"v"}],`+
			`"uuid":%q},"status":"ok"}`+"\n",
			answer.Results.CreatedAt, store.DemoGroupUUID, store.DemoOtherGroupUUID, store.DemoOrganizationUUID,
			store.DemoUserUUID, inactiveUUID, store.DemoViewerUUID, answer.Results.UUID)
		if got.status != http.StatusOK || inOldForm(got.body) != want {
			t.Errorf("%d\n got %s\nwant %s", got.status, got.body, want)
		}
		if n := a.rows(t); n != 6 {
			t.Errorf("%d rows, want 6", n)
		}
	})
}

func TestCreateAccepts(t *testing.T) {
	long := strings.Repeat("ü", 255)
	tests := []struct{ name, body, want string }{ // want is a part of the answer
		{"the least there can be", minimal, `{"results":{"attributeDefault":null,`},
		{"absent description, which is left out", minimal, `Z","groups":[],"name":"sales_region"`},
		{"empty description, which is left out", `{"name":"n","description":"","attributeDefault":null,"users":[],"groups":[]}`, `Z","groups":[],"name":"n"`},
		{"both arrays empty, which are always there", minimal, `"users":[],`},
		{"255 characters, which are more bytes", `{"name":"` + long + `","description":"` + long + `","attributeDefault":null,"users":[],"groups":[{"groupUuid":"` + store.DemoGroupUUID + `","value":"` + long + `"}]}`, `"name":"` + long + `"`},
		{"255 characters outside of the basic plane", `{"name":"` + strings.Repeat(`\ud83d\ude00`, 255) + `","attributeDefault":null,"users":[],"groups":[]}`, `"name":"` + strings.Repeat("😀", 255) + `"`},
		{"a default and a user's value without limit", `{"name":"n","attributeDefault":"` + strings.Repeat("d", 1000) + `","users":[{"userUuid":"` + store.DemoUserUUID + `","value":"` + strings.Repeat("v", 1000) + `"}],"groups":[]}`, strings.Repeat("v", 1000)},
		{"unknown fields at every level", `{"uuid":"x","organizationUuid":"` + nobody + `","name":"n","attributeDefault":null,"other":{"deep":[[1]]},"users":[{"userUuid":"` + store.DemoUserUUID + `","value":"v","email":"other@example.com","x":1}],"groups":[{"groupUuid":"` + store.DemoGroupUUID + `","value":"v","y":[]}]}`, `"email":"demo@lightdash.com"`},
		{"a member in another case, which is an unknown one", `{"name":"a","Name":"b","NAME":"c","attributeDefault":null,"AttributeDefault":"d","users":[],"Users":1,"groups":[]}`, `{"results":{"attributeDefault":null,`},
		{"a member twice, of which the last counts", `{"name":1,"name":"first","name":"last","attributeDefault":null,"users":[1],"users":[],"groups":[]}`, `"name":"last"`},
		{"a byte order mark", "\ufeff" + minimal, `"name":"sales_region"`},
		{"white space around", " \r\n\t" + minimal + " \r\n\t", `"name":"sales_region"`},
		{"quotes, percent and SQL", `{"name":"'; DROP TABLE users; --\"%s%_","attributeDefault":null,"users":[],"groups":[]}`, `"name":"'; DROP TABLE users; --\"%s%_"`},
		{"any other Unicode, as it is", `{"name":"e\u0301 \u00e9 \u200b \ud83d\udc69\u200d\ud83d\ude80 \u0001","attributeDefault":null,"users":[],"groups":[]}`, "\"name\":\"e\u0301 \u00e9 \u200b 👩\u200d🚀 \\u0001\""},
		{"an escaped backslash before u0000", `{"name":"\\u0000","attributeDefault":null,"users":[],"groups":[]}`, `"name":"\\u0000"`},
		{"numbers of any size in ignored fields", `{"x":[1e999999999,-0,-1E-400,` + strings.Repeat("9", 5000) + `],"name":"n","attributeDefault":null,"users":[],"groups":[]}`, `"name":"n"`},
		{"64 levels", `{"x":` + strings.Repeat("[", 63) + strings.Repeat("]", 63) + `,"name":"n","attributeDefault":null,"users":[],"groups":[]}`, `"name":"n"`},
		{"a uuid in capitals, answered in small letters", `{"name":"n","attributeDefault":null,"users":[{"userUuid":"` + strings.ToUpper(store.DemoUserUUID) + `","value":"v"}],"groups":[{"groupUuid":"` + strings.ToUpper(store.DemoGroupUUID) + `","value":"v"}]}`, `"userUuid":"` + store.DemoUserUUID + `"`},
	}
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				storetest.Exec(t, s, `DELETE FROM user_attributes`)
				got := a.post(t, tt.body)
				if got.status != http.StatusOK || !strings.Contains(got.body, tt.want) {
					t.Errorf("%d, want 200 and %s: %s", got.status, tt.want, got.body)
				}
			})
		}
	})
}

func TestNameTaken(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		a.addPeople(t)
		if got := a.post(t, minimal); got.status != http.StatusOK {
			t.Fatal(got.body)
		}
		t.Run("is a conflict, and leaves nothing behind", func(t *testing.T) {
			got := a.post(t, strings.Replace(minimal, "[]", `[{"userUuid":"`+store.DemoUserUUID+`","value":"`+secret+`"}]`, 1))
			got.want(t, http.StatusConflict, "AlreadyExistsError")
			if got.message != "Another user attribute of this organization has this name." || len(got.data) != 0 || a.rows(t) != 1 {
				t.Errorf("%d rows: %s", a.rows(t), got.body)
			}
		})
		t.Run("is another name in another case", func(t *testing.T) {
			if got := a.post(t, strings.Replace(minimal, "sales", "Sales", 1)); got.status != http.StatusOK {
				t.Error(got.body)
			}
		})
		t.Run("is free in another organization", func(t *testing.T) {
			got := a.post(t, minimal, header("Authorization", "ApiKey "+a.tokenOf(t, theirAdmin)))
			if got.status != http.StatusOK || strings.Contains(got.body, store.DemoOrganizationUUID) {
				t.Error(got.body)
			}
		})
	})
}

func TestOneOfManyAtOnceGetsTheName(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		var mu sync.Mutex
		statuses := map[int]int{}
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				got := a.post(t, minimal)
				mu.Lock()
				defer mu.Unlock()
				statuses[got.status]++
			})
		}
		all.Wait()
		if statuses[http.StatusOK] != 1 || statuses[http.StatusConflict] != 19 || a.rows(t) != 1 {
			t.Errorf("%v, want one 200 and 19 409s", statuses)
		}
	})
}

func TestUnknownReferences(t *testing.T) {
	const noUser, noGroup = "is not a user of this organization", "is not a group of this organization"
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		a.addPeople(t)
		element := func(key, uuid string) string { return fmt.Sprintf(`{%q:%q,"value":%q}`, key, uuid, secret) }
		body := fmt.Sprintf(`{"name":"n","attributeDefault":null,"users":[%s,%s,%s,%s],"groups":[%s,%s,%s]}`,
			element("userUuid", nobody), element("userUuid", store.DemoUserUUID), element("userUuid", theirUUID), element("userUuid", store.DemoGroupUUID),
			element("groupUuid", theirGroup), element("groupUuid", store.DemoGroupUUID), element("groupUuid", nobody))

		got := a.post(t, body)
		got.want(t, http.StatusUnprocessableEntity, "ValidateError")
		want := map[string]string{
			"body.users[0].userUuid": noUser, "body.users[2].userUuid": noUser, "body.users[3].userUuid": noUser,
			"body.groups[0].groupUuid": noGroup, "body.groups[2].groupUuid": noGroup,
		}
		if fmt.Sprint(got.data) != fmt.Sprint(want) {
			t.Errorf("got %v\nwant %v", got.data, want)
		}
		if n := a.rows(t); n != 0 {
			t.Errorf("%d rows left behind", n)
		}
		if got := a.post(t, strings.Replace(minimal, "sales_region", "n", 1)); got.status != http.StatusOK {
			t.Errorf("the name is not free: %s", got.body)
		}
	})
}

func TestBodyWithTenThousandUnknownUsers(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		var users []string
		for i := range 10_000 {
			users = append(users, fmt.Sprintf(`{"userUuid":"5a1c0000-0000-4000-8000-%012d","value":"v"}`, i))
		}
		body := `{"name":"n","attributeDefault":null,"groups":[],"users":[` + strings.Join(users, ",") + `]}`
		got := a.post(t, body) // none of them exists: the schema has let all pass
		got.want(t, http.StatusUnprocessableEntity, "ValidateError")
		if len(got.data) != 100 || got.data["body.users[99].userUuid"] == "" {
			t.Errorf("%d places, want the first 100", len(got.data))
		}
		if want := "At least 97 more places are at fault."; !strings.HasSuffix(got.message, want) {
			t.Errorf("message %q, want %q at its end", got.message, want)
		}
	})
}
