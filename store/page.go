package store

import (
	"context"
	"database/sql"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"
)

// Page is a part of a list.
type Page struct {
	Number int64 // from 1; a page that there is not is an empty one
	Size   int64 // how much is on a page; 0 is that all is on the first
}

// of returns what part of a list of total elements is on the page.
func (p Page) of(total int64) (offset, limit int) {
	size := p.Size
	if size == 0 {
		size = max(total, 1)
	}
	if p.Number < 1 || size < 0 || total == 0 || p.Number-1 > (total-1)/size {
		return 0, 0
	}
	start := (p.Number - 1) * size // less than total: it does not overflow
	return int(start), int(min(size, total-start))
}

// listQuery is a list of which one page is read.
type listQuery struct {
	columns, order string

	// all are the rows of all pages, in any order.
	all func(tx *gorm.DB) *gorm.DB

	// begin forgets the rows that were read by an attempt that the database broke off.
	begin func()

	// attach reads what belongs to the rows of the page, at the same moment as they are
	// read; nil is nothing.
	attach func(tx *gorm.DB) error
}

// readPage runs read on each row of a page, and returns how many there are on all pages
// at the same moment.
func (s *Store) readPage(ctx context.Context, operation string, query listQuery, page Page, read func(*sql.Rows) error) (int, error) {
	var total int64
	err := s.snapshot(ctx, operation, func(tx *gorm.DB) error {
		query.begin()
		if err := query.all(tx).Count(&total).Error; err != nil {
			return err
		}
		offset, limit := page.of(total)
		err := eachRow(query.all(tx).Select(query.columns).Order(query.order).Limit(limit).Offset(offset), read)
		if err != nil || query.attach == nil {
			return err
		}
		return query.attach(tx)
	})
	return int(total), err
}

// storable reports whether text is one that a database can hold.
func storable(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }
