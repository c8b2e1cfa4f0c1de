package store_test

import (
	"encoding/json"
	"testing"

	"attributed/store"
	"attributed/store/storetest"
)

// TestValuesInEffectReadNoMoreThanThereIs: with 100 attributes that 1,000 of 10,000 people and 20
// of 100 groups have, an earlier statement read 400 pages, most of them to find that there is nothing.
func TestValuesInEffectReadNoMoreThanThereIs(t *testing.T) {
	s := storetest.Open(t, storetest.PostgresURL(t))
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	organization := demo(t, s)
	for _, statement := range []string{
		`INSERT INTO users (first_name, last_name) SELECT 'n', n FROM generate_series(1, 10000) AS n`,
		`INSERT INTO organization_memberships (user_id, organization_id) SELECT user_id, organization_id FROM users, organizations WHERE first_name = 'n'`,
		`INSERT INTO groups (name, organization_id) SELECT 'n' || n, organization_id FROM organizations, generate_series(1, 100) AS n`,
		`INSERT INTO group_memberships (group_uuid, user_id, organization_id)
		 SELECT group_uuid, user_id, groups.organization_id FROM groups, users WHERE first_name = 'n' AND groups.name = 'n' || (user_id % 50 + 1)`,
		`INSERT INTO user_attributes (name, organization_id) SELECT n, organization_id FROM organizations, generate_series(1, 100) AS n`,
		`INSERT INTO organization_member_user_attributes (user_id, organization_id, user_attribute_uuid, "values")
		 SELECT user_id, organization_id, user_attribute_uuid, '{v}' FROM user_attributes, users WHERE first_name = 'n' AND (user_id + user_attributes.name::integer) % 10 = 0`,
		`INSERT INTO group_user_attributes (group_uuid, user_attribute_uuid, "values")
		 SELECT group_uuid, user_attribute_uuid, '{v}' FROM user_attributes, groups WHERE groups.name LIKE 'n%' AND (substr(groups.name, 2)::integer + user_attributes.name::integer) % 5 = 0`,
		`ANALYZE`,
	} {
		storetest.Exec(t, s, statement)
	}
	var statement string
	store.SeeStatements(s, func(seen string) { statement = seen })
	user := storetest.Query[string](t, s, `SELECT user_uuid FROM users WHERE last_name = '5000'`)[0]
	values, err := s.EffectiveValues(t.Context(), organization, user)
	given := 0
	for _, of := range values {
		given += len(of.Values)
	}
	if err != nil || len(values) != 100 || given != 30 {
		t.Fatalf("%d values of %d attributes, %v", given, len(values), err)
	}
	session := storetest.Connect(t, storetest.URL(s))
	var text []byte
	id := storetest.Query[int64](t, s, `SELECT organization_id FROM organizations`)[0]
	if err := session.QueryRow(t.Context(), `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) `+statement, user, id, id, id, id).Scan(&text); err != nil {
		t.Fatal(err)
	}
	var explained []struct {
		Plan struct {
			Hit  int `json:"Shared Hit Blocks"`
			Read int `json:"Shared Read Blocks"`
		}
	}
	if err := json.Unmarshal(text, &explained); err != nil {
		t.Fatal(err)
	}
	if pages := explained[0].Plan.Hit + explained[0].Plan.Read; pages == 0 || pages > 100 {
		t.Errorf("%d pages were read:\n%s", pages, text)
	}
}
