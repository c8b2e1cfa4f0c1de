package store_test

import (
	"testing"

	"attributed/store"
	"attributed/store/storetest"
)

// TestAListThatIsReadAgainHasNoRowTwice: the first look at who is in which group is broken
// off, as for another transaction's sake, when the page is read already.
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
	})
}
