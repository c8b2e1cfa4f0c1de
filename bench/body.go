package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// bodies returns the bodies of creates: each of another name, with the users of a
// random stretch of the directory, so that callers do not all lock the same rows.
func bodies(s shape) func() []byte {
	stretches := make([]string, users/max(s.Users, 10))
	for i := range stretches {
		stretches[i] = `","description":"What it is good for","attributeDefault":null,"users":[` +
			values("userUuid", userPrefix, i*s.Users, s.Users) + `],"groups":[` +
			values("groupUuid", groupPrefix, i*s.Groups%groups, s.Groups) + `]}`
	}
	return func() []byte {
		return []byte(`{"name":"` + strconv.FormatUint(rand.Uint64(), 16) + stretches[rand.IntN(len(stretches))])
	}
}

func values(key, prefix string, first, count int) string {
	all := make([]string, count)
	for i := range all {
		all[i] = fmt.Sprintf(`{"%s":"%s%d","value":"EMEA %d"}`, key, prefix, firstNumber+first+i, i)
	}
	return strings.Join(all, ",")
}

// answeredAttribute is what is looked at in an answer.
type answeredAttribute struct {
	UUID, Name    string
	Users, Groups []struct{ UserUUID, GroupUUID, Value, Email string }
}

func (a answeredAttribute) check(s shape) error {
	if len(a.UUID) != 36 || a.Name == "" || len(a.Users) != s.Users || len(a.Groups) != s.Groups {
		return fmt.Errorf("want an attribute with %d users and %d groups", s.Users, s.Groups)
	}
	for _, user := range a.Users {
		if !strings.HasPrefix(user.UserUUID, userPrefix) || !strings.HasSuffix(user.Email, "@example.com") || user.Value == "" {
			return fmt.Errorf("user %q has the e-mail %q and the value %q", user.UserUUID, user.Email, user.Value)
		}
	}
	for _, group := range a.Groups {
		if !strings.HasPrefix(group.GroupUUID, groupPrefix) || group.Value == "" {
			return fmt.Errorf("group %q has the value %q", group.GroupUUID, group.Value)
		}
	}
	return nil
}

// checkCreated is for the answer to a create.
func checkCreated(s shape) func(body []byte) error {
	return func(body []byte) error {
		var answer struct {
			Status  string
			Results answeredAttribute
		}
		if err := json.Unmarshal(body, &answer); err != nil {
			return err
		}
		return answer.Results.check(s)
	}
}

// checkListed is for a list of so many attributes, each with 10 users and 2 groups.
func checkListed(attributes int) func(body []byte) error {
	return func(body []byte) error {
		var answer struct{ Results []answeredAttribute }
		if err := json.Unmarshal(body, &answer); err != nil {
			return err
		}
		if len(answer.Results) != attributes {
			return fmt.Errorf("%d attributes, want %d", len(answer.Results), attributes)
		}
		for _, attribute := range answer.Results {
			if err := attribute.check(shape{10, 2}); err != nil {
				return err
			}
		}
		return nil
	}
}
