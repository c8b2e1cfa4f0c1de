package store_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"
)

// lightdashBackend sends the statements of Lightdash's own backend, in its order.
type lightdashBackend struct {
	connection *pgx.Conn
	form       storetest.Form
}

func backendOf(t testing.TB, url string, form storetest.Form) lightdashBackend {
	t.Helper()
	return lightdashBackend{storetest.Connect(t, url), form}
}

// stored is what a column has of values.
func (b lightdashBackend) stored(values []string) any {
	switch {
	case b.form == storetest.Several:
		return values
	case values == nil:
		return nil
	}
	return strings.Join(values, "")
}

// columns puts the columns of this form into a statement that names those of single values.
func (b lightdashBackend) columns(statement string) string {
	if b.form == storetest.Single {
		return statement
	}
	return strings.NewReplacer(".value", `."values"`, " value)", ` "values")`, "attribute_default", "attribute_defaults").Replace(statement)
}

// create inserts the attribute, and each value after a look-up that knows no organization.
func (b lightdashBackend) create(ctx context.Context, draft store.Draft) (id string, err error) {
	err = pgx.BeginFunc(ctx, b.connection, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, b.columns(`INSERT INTO user_attributes (name, description, organization_id, attribute_default)
			SELECT $1::text, $2, organization_id, $3 FROM organizations WHERE organization_uuid = $4 RETURNING user_attribute_uuid::text`),
			draft.Name, draft.Description, b.stored(draft.Defaults), store.DemoOrganizationUUID).Scan(&id)
		if err != nil {
			return err
		}
		return b.insertValues(ctx, tx, id, draft)
	})
	return id, err
}

// put deletes all values, updates the row, which it has not locked before, and inserts the new values.
func (b lightdashBackend) put(ctx context.Context, id string, draft store.Draft) error {
	return pgx.BeginFunc(ctx, b.connection, func(tx pgx.Tx) error {
		for _, statement := range []string{
			`DELETE FROM organization_member_user_attributes WHERE user_attribute_uuid = $1`, `DELETE FROM group_user_attributes WHERE user_attribute_uuid = $1`,
		} {
			if _, err := tx.Exec(ctx, statement, id); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, b.columns(`UPDATE user_attributes SET name = $2, attribute_default = $3 WHERE user_attribute_uuid = $1`), id, draft.Name, b.stored(draft.Defaults))
		if err != nil {
			return err
		}
		return b.insertValues(ctx, tx, id, draft)
	})
}

func (b lightdashBackend) remove(ctx context.Context, id string) error {
	_, err := b.connection.Exec(ctx, `DELETE FROM user_attributes WHERE user_attribute_uuid = $1`, id)
	return err
}

// insertValues inserts in no order.
func (b lightdashBackend) insertValues(ctx context.Context, tx pgx.Tx, id string, draft store.Draft) error {
	for _, i := range rand.Perm(len(draft.Users)) {
		var user int
		if err := tx.QueryRow(ctx, `SELECT user_id FROM users WHERE user_uuid = $1`, draft.Users[i].UserUUID).Scan(&user); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, b.columns(`INSERT INTO organization_member_user_attributes (user_id, organization_id, user_attribute_uuid, value)
			SELECT $1::integer, organization_id, $2::uuid, $3 FROM organizations WHERE organization_uuid = $4`), user, id, b.stored(draft.Users[i].Values), store.DemoOrganizationUUID)
		if err != nil {
			return err
		}
	}
	for _, i := range rand.Perm(len(draft.Groups)) {
		_, err := tx.Exec(ctx, b.columns(`INSERT INTO group_user_attributes (group_uuid, user_attribute_uuid, value) VALUES ($1, $2, $3)`),
			draft.Groups[i].GroupUUID, id, b.stored(draft.Groups[i].Values))
		if err != nil {
			return err
		}
	}
	return nil
}

// texts is a column of values as a list, and NULL where there is none.
func (b lightdashBackend) texts(column string) string {
	if b.form == storetest.Several {
		return b.columns(column)
	}
	return `CASE WHEN ` + column + ` = '' THEN '{}'::text[] WHEN ` + column + ` IS NOT NULL THEN ARRAY[` + column + `::text] END`
}

// list is what Lightdash lists, folded as there: the joins give the product of users, e-mails and groups.
func (b lightdashBackend) list(t testing.TB) []store.UserAttribute {
	t.Helper()
	rows, err := b.connection.Query(t.Context(), `
		SELECT attribute.user_attribute_uuid::text, attribute.name, attribute.description, `+b.texts("attribute.attribute_default")+`,
		       users.user_uuid::text, emails.email::text, emails.is_primary, `+b.texts("own.value")+`, given.group_uuid::text, `+b.texts("given.value")+`
		FROM user_attributes AS attribute
		LEFT JOIN organization_member_user_attributes AS own ON own.user_attribute_uuid = attribute.user_attribute_uuid
		LEFT JOIN group_user_attributes AS given ON given.user_attribute_uuid = attribute.user_attribute_uuid
		LEFT JOIN users ON users.user_id = own.user_id
		LEFT JOIN emails ON emails.user_id = own.user_id
		LEFT JOIN organizations ON organizations.organization_id = attribute.organization_id
		WHERE organization_uuid = $1 ORDER BY attribute.created_at DESC`, store.DemoOrganizationUUID)
	if err != nil {
		t.Fatal(err)
	}
	var all []store.UserAttribute
	var id string
	var one store.Draft
	var user, email, group *string
	var primary *bool
	var own, given []string
	_, err = pgx.ForEachRow(rows, []any{&id, &one.Name, &one.Description, &one.Defaults, &user, &email, &primary, &own, &group, &given}, func() error {
		at := slices.IndexFunc(all, func(a store.UserAttribute) bool { return a.UUID == id })
		if at < 0 {
			at = len(all)
			all = append(all, store.UserAttribute{UUID: id, Draft: one})
		}
		if user != nil && *primary && !slices.ContainsFunc(all[at].Users, func(u store.UserValue) bool { return u.UserUUID == *user }) {
			all[at].Users = append(all[at].Users, store.UserValue{UserUUID: *user, Values: slices.Clone(own), Email: *email})
		}
		if group != nil && !slices.ContainsFunc(all[at].Groups, func(g store.GroupValue) bool { return g.GroupUUID == *group }) {
			all[at].Groups = append(all[at].Groups, store.GroupValue{GroupUUID: *group, Values: slices.Clone(given)})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// inEffect is what Lightdash puts into a query for a user, by the names of the attributes.
func (b lightdashBackend) inEffect(t testing.TB, user string) map[string][]string {
	t.Helper()
	values := map[string][]string{}
	defaults := b.named(t, `SELECT attribute.name, `+b.texts("attribute.attribute_default")+` FROM user_attributes AS attribute`)
	own := b.named(t, `SELECT attribute.name, `+b.texts("own.value")+` FROM user_attributes AS attribute JOIN organization_member_user_attributes AS own USING (user_attribute_uuid)
		JOIN users USING (user_id) WHERE user_uuid = '`+user+`'`)
	ofGroup := "ARRAY[given.value::text]" // a query gets an empty one, too
	if b.form == storetest.Several {
		ofGroup = b.texts("given.value")
	}
	groups := b.named(t, `SELECT attribute.name, `+ofGroup+` FROM user_attributes AS attribute JOIN group_user_attributes AS given USING (user_attribute_uuid)
		JOIN group_memberships USING (group_uuid) JOIN users USING (user_id) WHERE user_uuid = '`+user+`' ORDER BY given.group_uuid`)
	for name := range defaults {
		values[name] = append(own[name], groups[name]...)
		if len(values[name]) == 0 {
			values[name] = defaults[name]
		}
	}
	return values
}

// named collects what a query has of each name.
func (b lightdashBackend) named(t testing.TB, query string) map[string][]string {
	t.Helper()
	rows, err := b.connection.Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string][]string{}
	var name string
	var some []string
	if _, err := pgx.ForEachRow(rows, []any{&name, &some}, func() error {
		values[name] = append(values[name], some...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return values
}

// agrees compares all that we read with what Lightdash's own queries read.
func agrees(t *testing.T, s *store.Store, backend lightdashBackend, organization store.Organization, users ...string) {
	t.Helper()
	ours, err := s.ListUserAttributes(t.Context(), organization)
	if err != nil {
		t.Fatal(err)
	}
	theirs := backend.list(t)
	for _, list := range [][]store.UserAttribute{ours, theirs} {
		for i := range list {
			slices.SortFunc(list[i].Users, func(a, b store.UserValue) int { return strings.Compare(a.UserUUID, b.UserUUID) })
			slices.SortFunc(list[i].Groups, func(a, b store.GroupValue) int { return strings.Compare(a.GroupUUID, b.GroupUUID) })
		}
		slices.SortFunc(list, func(a, b store.UserAttribute) int { return strings.Compare(a.UUID, b.UUID) })
	}
	told := cmpopts.IgnoreFields(store.UserAttribute{}, "CreatedAt", "OrganizationUUID")
	if diff := cmp.Diff(theirs, ours, told, noneIsEmpty); diff != "" || len(ours) == 0 {
		t.Errorf("%d attributes, -theirs +ours:\n%s", len(ours), diff)
	}
	for _, user := range users {
		effective, err := s.EffectiveValues(t.Context(), organization, user)
		if err != nil {
			t.Fatal(err)
		}
		values := map[string][]string{}
		for _, attribute := range effective {
			values[attribute.Name] = nil
			for _, value := range attribute.Values {
				values[attribute.Name] = append(values[attribute.Name], value.Value)
			}
		}
		if diff := cmp.Diff(backend.inEffect(t, user), values, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("in effect for %s, -theirs +ours:\n%s", user, diff)
		}
	}
}
