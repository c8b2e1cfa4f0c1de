package store_test

import (
	"flag"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"attributed/store"
)

// guarded are the tables of which every statement must be bound to an organization.
const guarded = `audit_events|user_attributes|organization_member_user_attributes|group_user_attributes|groups|organization_memberships|group_memberships`

var (
	// onGuarded finds a use of them; bound, the organization as a parameter. A statement is taken
	// apart into the selects of a UNION and the parts of a WITH, each of which must have its own.
	onGuarded = regexp.MustCompile(`(?i)\b(FROM|JOIN|INTO|UPDATE) (` + guarded + `)\b`)
	bound     = regexp.MustCompile(`organization_(id|uuid)( \+ 0)? = (\?|\$\d+)|(?i:INSERT INTO) \w+ \([^)]*\borganization_(id|uuid)\b[^)]*\)`)
	parts     = regexp.MustCompile(`(?i)\bUNION ALL\b|\b[a-z_]+ AS (MATERIALIZED )?\(`)
)

// unbound are the statements that need none, by their beginning, with the reason. Each must occur.
var unbound = map[string]string{
	`SELECT 1 FROM \w+ WHERE false`:                                                                  "no row is read",
	`SELECT \(SELECT count\(\*\) FROM user_attributes WHERE`:                                         "what migrate down loses is counted, of all organizations",
	`SELECT token\.personal_access_token_uuid, .* FROM personal_access_tokens AS token`:              "the organization is found by the token",
	`SELECT users\.user_id FROM users JOIN emails .* WHERE lower\(emails\.email\)`:                   "a token is made for a person, of whichever organization",
	`SELECT named\.position, users\.user_uuid, .* JOIN emails ON`:                                    "an import must see that an e-mail is another organization's",
	`DELETE FROM group_memberships WHERE \(group_uuid, user_id\) IN`:                                 "an import has found the pairs among its own organization's",
	`SELECT position, user_uuid, first_name, last_name, email FROM`:                                  "the groups were found in the organization",
	`INSERT INTO group_user_attributes \(group_uuid, .* FROM (attribute,|written JOIN) named_groups`: "both are bound in the same statement",
	`SELECT n, (p, users\.user_id|group_uuid), .* FROM \(SELECT \* FROM json_to_recordset`:           "each value of a batch comes with its caller's organization",
	`INSERT INTO group_user_attributes \(user_attribute_uuid, group_uuid, values?\) SELECT`:          "the attribute's row is locked, and the groups found, by the organization",
	`DELETE FROM (organization_member|group)_user_attributes WHERE user_attribute_uuid = `:           "the attribute's row is locked, by the organization",
	`(SELECT max\(id\) FROM \(SELECT id|DELETE) FROM audit_events WHERE id > `:                       "what is too old is pruned, whoever's it is",
}

// boundStatements looks at statements as they are sent.
type boundStatements struct {
	mu     sync.Mutex
	seen   map[string]bool
	used   map[string]bool // of unbound
	faults []string
}

func (b *boundStatements) watch(_ testing.TB, s *store.Store) { store.SeeStatements(s, b.see) }

func (b *boundStatements) see(statement string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.seen[statement] {
		return
	}
	b.seen[statement] = true
	plain := strings.NewReplacer(`"`, "", "`", "").Replace(strings.Join(strings.Fields(statement), " "))
	for _, part := range parts.Split(plain, -1) {
		part = strings.TrimSpace(part)
		if onGuarded.MatchString(part) && !bound.MatchString(part) && !b.mayBeUnbound(part) {
			b.faults = append(b.faults, part)
		}
	}
}

func (b *boundStatements) mayBeUnbound(part string) bool {
	for beginning := range unbound {
		if regexp.MustCompile("^(" + beginning + ")").MatchString(part) {
			b.used[beginning] = true
			return true
		}
	}
	return false
}

// err names the statements that were not bound, and where all tests ran also what of unbound did not occur.
func (b *boundStatements) err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, part := range b.faults {
		return fmt.Errorf("%d statements are bound to no organization, the first is\n%s", len(b.faults), part)
	}
	for beginning := range unbound {
		if all := flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.skip").Value.String() == ""; all && !b.used[beginning] {
			return fmt.Errorf("no statement is %s any more: take it from the list", beginning)
		}
	}
	return nil
}
