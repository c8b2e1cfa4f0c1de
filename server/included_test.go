package server_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

func TestListsWithWhatBelongsToTheirElements(t *testing.T) {
	const asia = "5a1c0000-0000-4000-8000-0000000000a5"
	tests := []struct{ target, want string }{ // "" is that no element tells any
		{members, ""},
		{members + "?includeGroups=0", ""},
		{members + "?includeGroups=0.000000", ""},
		{members + "?includeGroups=1", "demo: Asia; editor: Europe; inactive: ; viewer: America"},
		{members + "?includeGroups=2.0&page=0", "demo: Asia Europe; editor: Europe; inactive: ; viewer: America"},
		{members + "?includeGroups=9223372036854775807", "demo: Asia Europe; editor: Europe; inactive: ; viewer: America"},
		{members + "?includeGroups=1e2&page=2&pageSize=1", "editor: Europe"},
		{members + "?includeGroups=5&page=9&pageSize=1", ""},
		{members + "?includeGroups=5&searchQuery=viewer", "viewer: America"},
		{members + "?includeMembers=5", ""},
		{groups, ""},
		{groups + "?page=0.000000&pageSize=100.000000&includeMembers=0.000000&searchQuery=", ""},
		{groups + "?includeMembers=1", "America: viewer; Asia: demo; Empty: ; Europe: demo"},
		{groups + "?includeMembers=2.000000", "America: viewer; Asia: demo; Empty: ; Europe: demo editor"},
		{groups + "?includeMembers=9223372036854775807", "America: viewer; Asia: demo; Empty: ; Europe: demo editor"},
		{groups + "?includeMembers=5&page=2&pageSize=1", "Asia: demo"},
		{groups + "?includeMembers=5&searchQuery=EUR", "Europe: demo editor"},
		{groups + "?includeGroups=5", ""},
	}
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		a.addPeople(t)
		storetest.Exec(t, s, `DELETE FROM group_memberships`)
		for i, name := range []string{"Asia", "Empty"} {
			storetest.Exec(t, s, `INSERT INTO groups (group_uuid, name, organization_id) SELECT ?, ?, organization_id FROM groups WHERE group_uuid = ?`,
				asia[:len(asia)-1]+fmt.Sprint(5+i), name, store.DemoGroupUUID)
		}
		for _, in := range [][2]string{
			{asia, store.DemoUserUUID}, {store.DemoGroupUUID, store.DemoUserUUID}, {store.DemoGroupUUID, store.DemoEditorUUID}, {store.DemoOtherGroupUUID, store.DemoViewerUUID},
		} {
			storetest.Exec(t, s, `INSERT INTO group_memberships (group_uuid, user_id, organization_id)
				SELECT groups.group_uuid, users.user_id, groups.organization_id FROM groups, users WHERE group_uuid = ? AND user_uuid = ?`, in[0], in[1])
		}
		for _, tt := range tests {
			t.Run(tt.target, func(t *testing.T) {
				if got := included(t, a.do(t, "GET", tt.target, "")); got != tt.want {
					t.Errorf("got  %q\nwant %q", got, tt.want)
				}
			})
		}
		got := a.do(t, "GET", members+"?includeGroups=1&searchQuery=demo@", "").body
		if want := `"groups":[{"name":"Asia","uuid":"` + asia + `"}]`; !strings.Contains(got, want) {
			t.Errorf("%s\nlacks %s", got, want)
		}
		got = a.do(t, "GET", groups+"?includeMembers=1&searchQuery=asia", "").body
		for _, want := range []string{
			`"memberUuids":["` + store.DemoUserUUID + `"]`,
			`"members":[{"email":"demo@lightdash.com","firstName":"David","lastName":"Attenborough","userUuid":"` + store.DemoUserUUID + `"}]`,
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%s\nlacks %s", got, want)
			}
		}
	})
}

// included tells in short what the elements of a list come with.
func included(t *testing.T, list reply) string {
	t.Helper()
	page := results[struct {
		Data []struct {
			Email, Name string
			Groups      []struct{ Name, UUID string }
			Members     []struct{ Email, UserUUID string }
			MemberUUIDs []string
		}
	}](t, list)
	var told []string
	for _, element := range page.Data {
		if element.Groups == nil && element.Members == nil {
			continue
		}
		var names []string
		for _, group := range element.Groups {
			names = append(names, group.Name)
		}
		for i, member := range element.Members {
			if element.MemberUUIDs[i] != member.UserUUID {
				t.Errorf("%s: memberUuids %q", element.Name, element.MemberUUIDs)
			}
			names = append(names, before(member.Email))
		}
		told = append(told, before(element.Email)+element.Name+": "+strings.Join(names, " "))
	}
	return strings.Join(told, "; ")
}

func before(email string) string {
	name, _, _ := strings.Cut(email, "@")
	return name
}

func TestIncludedNumbersThatAreRefused(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		for target, name := range map[string]string{members: "includeGroups", groups: "includeMembers"} {
			for sent, message := range map[string]string{
				"-1": "must be at least 0", "1.5": "must be a whole number", secret: "must be a whole number", "": notEmpty, "9223372036854775808": "is out of range",
			} {
				got := a.do(t, "GET", target+"?"+name+"="+sent, "")
				got.want(t, 422, "ValidateError")
				if want := map[string]string{"query." + name: message}; !maps.Equal(got.data, want) {
					t.Errorf("%s=%s: got %q, want %q", name, sent, got.data, want)
				}
			}
		}
	})
}
