package store

import "gorm.io/gorm"

// answerAtOnce has the queries of db find all their rows before they give the first. The
// SQLite driver ends a statement whose time is up as long as it looks for the first row;
// between rows database/sql does; but on the way from one row to the next nobody would.
// What is left to do then is to read the rows from a table of their own, in its order.
func answerAtOnce(db *gorm.DB) error {
	return db.Callback().Row().Before("gorm:row").Register("attributed:answer_at_once", func(tx *gorm.DB) {
		many, _ := tx.Get("rows") // GORM's own sign for a query of more than one row
		if isMany, ok := many.(bool); !ok || !isMany || tx.Statement.SQL.Len() == 0 {
			return
		}
		query := tx.Statement.SQL.String()
		tx.Statement.SQL.Reset()
		tx.Statement.SQL.WriteString(`WITH answer AS MATERIALIZED (` + query + `) SELECT * FROM answer`)
	})
}
