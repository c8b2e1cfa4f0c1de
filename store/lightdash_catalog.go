package store

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"
)

// catalog is what a PostgreSQL says of some tables.
type catalog struct {
	columns    map[string]map[string]catalogColumn // by table and name
	keys       map[string][]string                 // the unique ones that hold for all rows, by table: their columns, by name
	references map[string][]string                 // by table: the tables with which its rows go
}

type catalogColumn struct {
	kind    string // as format_type says it
	notNull bool
	filled  bool // where nothing is given
}

// catalogQuery gives a row for each column, each key and each reference. What is not there for the role's
// search_path is not found. Parameter: the names of tables, a JSON array.
const catalogQuery = `
	WITH named AS (
		SELECT name, to_regclass(quote_ident(name)) AS id FROM json_array_elements_text(?::json) AS named (name)
	)
	SELECT 'column', named.name, attname, format_type(atttypid, atttypmod), attnotnull, atthasdef OR attidentity <> '' OR attgenerated <> ''
	FROM named JOIN pg_class ON pg_class.oid = named.id AND relkind IN ('r', 'p')
	JOIN pg_attribute ON attrelid = named.id AND attnum > 0 AND NOT attisdropped
	UNION ALL
	SELECT 'key', named.name, (
		SELECT string_agg(attname, ', ' ORDER BY attname) FROM unnest(indkey::smallint[]) WITH ORDINALITY AS part (number, place)
		JOIN pg_attribute ON attrelid = named.id AND attnum = part.number WHERE place <= indnkeyatts), '', false, false
	FROM named JOIN pg_index ON indrelid = named.id
	WHERE indisunique AND indisvalid AND indpred IS NULL AND indexprs IS NULL
	UNION ALL
	SELECT 'reference', named.name, pg_class.relname, '', false, false
	FROM named JOIN pg_constraint ON conrelid = named.id AND contype = 'f' AND confdeltype = 'c'
	JOIN pg_class ON pg_class.oid = confrelid
	ORDER BY 1, 2, 3`

// readCatalog reads what the catalog has of some tables.
func readCatalog(db *gorm.DB, tables []string) (catalog, error) {
	found := catalog{map[string]map[string]catalogColumn{}, map[string][]string{}, map[string][]string{}}
	names, err := json.Marshal(tables)
	if err != nil {
		return found, err
	}
	err = eachRow(db.Raw(catalogQuery, string(names)), func(rows *sql.Rows) error {
		var what, table, name string
		var column catalogColumn
		if err := rows.Scan(&what, &table, &name, &column.kind, &column.notNull, &column.filled); err != nil {
			return err
		}
		switch what {
		case "column":
			if found.columns[table] == nil {
				found.columns[table] = map[string]catalogColumn{}
			}
			found.columns[table][name] = column
		case "key":
			found.keys[table] = append(found.keys[table], name)
		default:
			found.references[table] = append(found.references[table], name)
		}
		return nil
	})
	return found, err
}

// lookAtLightdash holds the catalog against what a Lightdash's tables must be.
func lookAtLightdash(db *gorm.DB) (LightdashLook, error) {
	var names []string
	for _, table := range lightdashTables(false) {
		names = append(names, table.name)
	}
	found, err := readCatalog(db, names)
	if err != nil {
		return LightdashLook{}, err
	}
	look := LightdashLook{}
	if look.Prepared, err = isPrepared(db); err != nil {
		return LightdashLook{}, err
	}
	var fault string
	if look.Several, fault = found.form(); fault != "" {
		look.Faults = append(look.Faults, fault)
	}
	for _, table := range lightdashTables(look.Several) {
		look.Faults = append(look.Faults, found.faults(table, fault == "")...)
	}
	return look, nil
}

// form returns in which of two forms values are kept, or why it is neither. Where a table of them is
// missing it says nothing: that is told of the table.
func (c catalog) form() (several bool, fault string) {
	single, many, there := 0, 0, []string{}
	for _, one := range [][3]string{
		{"user_attributes", "attribute_default", "attribute_defaults"},
		{"organization_member_user_attributes", "value", "values"},
		{"group_user_attributes", "value", "values"},
	} {
		if c.columns[one[0]] == nil {
			return many > 0, ""
		}
		for i, count := range []*int{&single, &many} {
			if column, ok := c.columns[one[0]][one[i+1]]; ok {
				*count++
				there = append(there, fmt.Sprintf("%s.%s %s", one[0], one[i+1], column.kind))
			}
		}
	}
	switch {
	case single == 3 && many == 0:
		return false, ""
	case many == 3 && single == 0:
		return true, ""
	}
	return false, "values are kept neither one by one (attribute_default, value, value) nor in lists (attribute_defaults, values, values): there are " + strings.Join(there, ", ")
}

// faults are what is wrong with a table. The columns of values are left out where their form is not known.
func (c catalog) faults(table lightdashTable, known bool) (faults []string) {
	columns := c.columns[table.name]
	if columns == nil {
		return []string{"there is no table " + table.name}
	}
	used := map[string]bool{}
	for _, want := range table.columns {
		used[want.name] = true
		if isValue := slices.Contains(valueColumns, want.name); isValue && !known {
			continue
		}
		column, there := columns[want.name]
		place := table.name + "." + want.name
		switch {
		case !there:
			faults = append(faults, "there is no column "+place)
		case !want.kind.holds(column.kind, table.written):
			faults = append(faults, fmt.Sprintf("%s is %s, not %s", place, column.kind, want.kind))
		case want.null && column.notNull:
			faults = append(faults, place+" does not take NULL")
		}
	}
	for _, key := range table.keys {
		if !slices.Contains(c.keys[table.name], key) {
			faults = append(faults, fmt.Sprintf("%s has no key (%s)", table.name, key))
		}
	}
	for _, to := range table.references {
		if !slices.Contains(c.references[table.name], to) {
			faults = append(faults, fmt.Sprintf("rows of %s do not go with those of %s (ON DELETE CASCADE)", table.name, to))
		}
	}
	for name, column := range columns {
		if table.written && !used[name] && !slices.Contains(valueColumns, name) && column.notNull && !column.filled {
			faults = append(faults, fmt.Sprintf("%s.%s is NOT NULL without a default, and attributed does not know what to write there", table.name, name))
		}
	}
	slices.Sort(faults)
	return faults
}

// valueColumns are those whose form may be one or the other.
var valueColumns = []string{"attribute_default", "attribute_defaults", "value", "values"}

var varchar = regexp.MustCompile(`^character varying(?:\((\d+)\))?$`)

// holds reports whether a column of a type, as format_type says it, will do; one that is written to
// has to hold all that the API lets in.
func (t lightdashType) holds(kind string, written bool) bool {
	switch t {
	case longText:
		return kind == "text" || kind == "character varying"
	case aText:
		size := varchar.FindStringSubmatch(kind)
		if size == nil {
			return kind == "text" || kind == "citext" && !written
		}
		most, err := strconv.Atoi(size[1])
		return err != nil || !written || most >= NameLimit
	case zonelessAt:
		return strings.HasPrefix(kind, "timestamp") && strings.HasSuffix(kind, " without time zone")
	case anyTime:
		return strings.HasPrefix(kind, "timestamp")
	}
	return kind == string(t)
}
