// Package datafile notices that a file which is open is no longer the one at its path. Whoever
// goes on writing to such a file gets no error, and nobody finds what was written.
package datafile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"
)

// File is a file as it was when [Watch] saw it. It is safe for concurrent use.
type File struct {
	path string
	seen fs.FileInfo
	gone atomic.Bool
}

// Watch returns the file at path. It fails if there is none.
func Watch(path string) (*File, error) {
	seen, err := os.Stat(path)
	return &File{path: path, seen: seen}, err
}

// ErrGone is the error for a file that was removed, or replaced by another.
var ErrGone = errors.New("was removed or replaced")

// Check returns an [ErrGone] once another file, or none, was found at the path, and ever after:
// what was written meanwhile is in neither. Another error is that of looking, and passes.
func (f *File) Check() error {
	if !f.gone.Load() {
		found, err := os.Stat(f.path)
		switch {
		case err == nil && os.SameFile(f.seen, found):
			return nil
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return err
		}
		f.gone.Store(true)
	}
	return fmt.Errorf("%s %w: restart the program", f.path, ErrGone)
}
