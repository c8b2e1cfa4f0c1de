package store_test

import (
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"
)

// TestAListThatIsReadAgainHasNoRowTwice: the first look at who is in which group is broken
// off, as for another transaction's sake, when the page is read already. Other reads are read again too.
func TestAListThatIsReadAgainHasNoRowTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if storetest.IsSQLite(s) {
			return // breaks off none
		}
		organization := demo(t, s)
		for _, statement := range []string{
			`CREATE FUNCTION unless_first(number integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
				IF NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = number::oid
					AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) THEN
					PERFORM pg_advisory_lock(number); -- outlives the transaction
					RAISE EXCEPTION 'broken off' USING ERRCODE = 'serialization_failure';
				END IF;
				RETURN true;
			END $$`,
			`ALTER TABLE group_memberships RENAME TO kept`,
		} {
			storetest.Exec(t, s, statement)
		}
		storetest.Exec(t, s, `CREATE VIEW group_memberships AS SELECT * FROM kept WHERE unless_first(1)`)
		members, total, err := s.ListMembers(t.Context(), organization, store.Page{Number: 1}, "", 10)
		if err != nil || len(members) != total || total == 0 {
			t.Errorf("%d of %d members: %s, %v", len(members), total, emailsOf(members), err)
		}
		storetest.Exec(t, s, `CREATE OR REPLACE VIEW group_memberships AS SELECT * FROM kept WHERE unless_first(2)`)
		groups, total, err := s.ListGroups(t.Context(), organization, store.Page{Number: 1}, "", 10)
		if err != nil || len(groups) != total || total == 0 {
			t.Errorf("%d of %d groups: %s, %v", len(groups), total, namesOf(groups), err)
		}
		attribute := mustCreate(t, s, organization, store.Draft{Name: "region", Defaults: []string{"EMEA"}})
		storetest.Exec(t, s, `CREATE OR REPLACE VIEW group_memberships AS SELECT * FROM kept WHERE unless_first(3)`)
		effective, err := s.EffectiveValues(t.Context(), organization, store.DemoUserUUID)
		if err != nil || len(effective) != 1 || len(effective[0].Values) != 1 {
			t.Errorf("in effect: %v, %v", effective, err)
		}
		token, err := s.CreateToken(t.Context(), store.DemoEmail, "for a look-up", time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		storetest.Exec(t, s, `ALTER TABLE organization_memberships RENAME TO kept_too`)
		storetest.Exec(t, s, `CREATE VIEW organization_memberships AS SELECT * FROM kept_too WHERE unless_first(4)`)
		changed, err := s.SetUserValue(t.Context(), organization, attribute.UUID, store.DemoUserUUID, []string{"APAC"}, nil)
		if err != nil || len(changed.Users) != 1 {
			t.Errorf("set: %v, %v", changed, err)
		}
		storetest.Exec(t, s, `CREATE OR REPLACE VIEW organization_memberships AS SELECT * FROM kept_too WHERE unless_first(5)`)
		if _, err := s.Authenticate(t.Context(), token); err != nil {
			t.Errorf("look up a token: %v", err)
		}
	})
}
