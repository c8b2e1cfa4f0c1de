package store

import (
	"gorm.io/gorm"
	"gorm.io/gorm/callbacks"
)

// answerAtOnce has the queries of db find all their rows before they give the first. The
// SQLite driver ends a statement whose time is up as long as it looks for the first row;
// between rows database/sql does; but on the way from one row to the next nobody would.
// What is left to do then is to read the rows from a table of their own, in its order.
func answerAtOnce(db *gorm.DB) error {
	return db.Callback().Row().Replace("gorm:row", func(tx *gorm.DB) {
		if many, _ := tx.Get("rows"); many != true { // GORM's own sign for a query of more than one row
			callbacks.RowQuery(tx)
			return
		}
		callbacks.BuildQuerySQL(tx)
		if tx.Error != nil {
			return
		}
		query := `WITH answer AS MATERIALIZED (` + tx.Statement.SQL.String() + `) SELECT * FROM answer`
		tx.Statement.Dest, tx.Error = tx.Statement.ConnPool.QueryContext(tx.Statement.Context, query, tx.Statement.Vars...)
	})
}
