package store

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"gorm.io/gorm"
)

// lightdashUpdates are the columns of Lightdash's that are written where the row stays, by table. Those of
// the values are all that have that name.
var lightdashUpdates = map[string][]string{
	"personal_access_tokens": {"last_used_at"},
	"user_attributes":        {"name", "description"},
}

// lightdashRight is a privilege of PostgreSQL's on a column, or with "" on the whole table.
type lightdashRight struct{ privilege, table, column string }

// String is the right as a GRANT has it.
func (r lightdashRight) String() string {
	if r.column == "" {
		return r.privilege + " ON " + r.table
	}
	return fmt.Sprintf("%s (%s) ON %s", r.privilege, r.column, r.table)
}

// lightdashRights are all that a role needs: those of deploy/lightdash/grants.sql, but for the schema's.
func lightdashRights(several bool) (rights []lightdashRight) {
	for _, table := range lightdashTables(several) {
		for _, column := range table.columns {
			rights = append(rights, lightdashRight{"SELECT", table.name, column.name})
			if table.written {
				rights = append(rights, lightdashRight{"INSERT", table.name, column.name})
			}
			if slices.Contains(lightdashUpdates[table.name], column.name) || slices.Contains(valueColumns, column.name) {
				rights = append(rights, lightdashRight{"UPDATE", table.name, column.name})
			}
		}
		if table.written {
			rights = append(rights, lightdashRight{"DELETE", table.name, ""})
		}
	}
	return rights
}

// lookWithRights looks at the tables, and at what the role may do with them.
func lookWithRights(db *gorm.DB) (look LightdashLook, err error) {
	if look, err = lookAtLightdash(db); err != nil {
		return look, err
	}
	hidden, err := hiddenSchemas(db)
	if err != nil {
		return look, err
	}
	lacking, err := lackingRights(db, look.Several)
	if err == nil && look.Prepared {
		err = db.Raw(preparedLackingQuery, preparedSchema).Scan(&look.LackingPrepared).Error
	}
	look.Lacking = slices.Concat(hidden, lacking)
	return look, err
}

// preparedLackingQuery gives the rights that the role lacks on the tables of PrepareLightdash. Parameter: their schema.
const preparedLackingQuery = `
	WITH ours AS (SELECT oid, nspname FROM pg_namespace WHERE nspname = ?)
	SELECT told FROM (
		SELECT 0 AS place, 'USAGE ON SCHEMA ' || nspname AS told FROM ours WHERE NOT has_schema_privilege(oid, 'USAGE')
		UNION ALL
		SELECT place, privilege || ' ON ' || nspname || '.' || relname
		FROM (VALUES (1, 'audit_events', 'INSERT'), (2, 'idempotency_records', 'SELECT'), (3, 'idempotency_records', 'INSERT'),
		             (4, 'idempotency_records', 'UPDATE'), (5, 'idempotency_records', 'DELETE')) AS needed (place, name, privilege)
		JOIN pg_class ON relname = needed.name JOIN ours ON ours.oid = relnamespace
		WHERE NOT has_table_privilege(pg_class.oid, privilege)) AS lacking
	ORDER BY place`

// lackingQuery gives the place of each right that the role lacks, of those on what is there. Parameter: a
// JSON array of privilege, table and column.
const lackingQuery = `
	SELECT place FROM (
		SELECT place, wanted ->> 0 AS privilege, to_regclass(quote_ident(wanted ->> 1))::oid AS id, wanted ->> 2 AS name
		FROM json_array_elements(?::json) WITH ORDINALITY AS list (wanted, place)) AS wanted
	LEFT JOIN pg_attribute ON attrelid = id AND attname = name AND NOT attisdropped
	WHERE CASE WHEN name = '' THEN NOT has_table_privilege(id, privilege) ELSE NOT has_column_privilege(id, attnum, privilege) END
	ORDER BY place`

// lackingRights returns the rights that the role lacks, as GRANT has them.
func lackingRights(db *gorm.DB, several bool) (lacking []string, err error) {
	rights := lightdashRights(several)
	var wanted [][3]string
	for _, right := range rights {
		wanted = append(wanted, [3]string{right.privilege, right.table, right.column})
	}
	list, err := json.Marshal(wanted)
	if err != nil {
		return nil, err
	}
	err = eachRow(db.Raw(lackingQuery, string(list)), func(rows *sql.Rows) error {
		var place int
		err := rows.Scan(&place)
		if err == nil {
			lacking = append(lacking, rights[place-1].String())
		}
		return err
	})
	return lacking, err
}

// hiddenSchemas are those that have a table of attributes, where the role finds none, and that it may not look into:
// what is in them is not found, as if it were not there.
func hiddenSchemas(db *gorm.DB) (lacking []string, err error) {
	err = db.Raw(`
		SELECT 'USAGE ON SCHEMA ' || quote_ident(nspname) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
		WHERE relname = 'user_attributes' AND relkind IN ('r', 'p') AND to_regclass('user_attributes') IS NULL AND NOT has_schema_privilege(pg_namespace.oid, 'USAGE')
		ORDER BY 1`).Scan(&lacking).Error
	return lacking, err
}
