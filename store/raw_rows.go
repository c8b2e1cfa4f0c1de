package store

import (
	"bytes"
	"context"
	"database/sql"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"
)

// eachRawRow runs read on each row of a query whose first column is a time and whose others are texts, nil where they
// are NULL. They are good until read returns: where pgx reads them, they are what the database sent. database/sql makes
// a text of each, which is half of what a list of attributes takes.
func (s *Store) eachRawRow(db *gorm.DB, columns int, statement string, parameters []any, read func(made time.Time, texts [][]byte) error) error {
	ctx := db.Statement.Context
	connection, pinned := db.Statement.ConnPool.(*sql.Conn)
	if !pinned {
		pool, whole := db.Statement.ConnPool.(*sql.DB) // and no transaction, nor what a test puts before it
		if !whole || !s.dialect.numbers {
			return eachRow(s.query(db, statement, parameters...), rawReader(columns, read))
		}
		var err error
		if connection, err = pool.Conn(ctx); err != nil {
			return err
		}
		defer connection.Close()
	}
	isPgx := true
	err := connection.Raw(func(driver any) error {
		var own *stdlib.Conn
		if own, isPgx = driver.(*stdlib.Conn); !isPgx { // what makes spans of statements
			return nil
		}
		return eachPgxRow(ctx, own.Conn(), statement, parameters, read)
	})
	if !isPgx {
		rows, err := connection.QueryContext(ctx, statement, parameters...)
		if err != nil {
			return err
		}
		return eachOf(rows, rawReader(columns, read))
	}
	return err
}

// eachPgxRow is eachRawRow on a connection of pgx.
func eachPgxRow(ctx context.Context, connection *pgx.Conn, statement string, parameters []any, read func(time.Time, [][]byte) error) error {
	// A time's text is as the session has it.
	formats := pgx.QueryResultFormatsByOID{pgtype.TimestampOID: pgx.BinaryFormatCode, pgtype.TimestamptzOID: pgx.BinaryFormatCode}
	rows, err := connection.Query(ctx, statement, append([]any{formats}, parameters...)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var made time.Time
	var was []byte
	for rows.Next() {
		texts := rows.RawValues()
		if !bytes.Equal(was, texts[0]) { // mostly it is that of the row before
			was = append(was[:0], texts[0]...)
			first := rows.FieldDescriptions()[0]
			if err := connection.TypeMap().Scan(first.DataTypeOID, first.Format, texts[0], &made); err != nil {
				return err
			}
		}
		if err := read(timestampOf(made).Time, texts[1:]); err != nil {
			return err
		}
	}
	return rows.Err()
}

// rawReader is read for rows of database/sql.
func rawReader(columns int, read func(time.Time, [][]byte) error) func(*sql.Rows) error {
	var made timestamp
	raw := make([]sql.RawBytes, columns-1)
	texts, into := make([][]byte, columns-1), []any{&made}
	for i := range raw {
		into = append(into, &raw[i])
	}
	return func(rows *sql.Rows) error {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i := range raw {
			texts[i] = raw[i]
		}
		return read(made.Time, texts)
	}
}
