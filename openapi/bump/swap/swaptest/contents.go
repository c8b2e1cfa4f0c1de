// Package swaptest is for tests that compare a tree before and after files were put in place.
package swaptest

import (
	"os"
	"path/filepath"
	"testing"
)

// Contents returns the contents of all files of a tree, by their paths within it.
func Contents(t *testing.T, tree string) map[string]string {
	t.Helper()
	all := map[string]string{}
	if err := filepath.WalkDir(tree, func(file string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		path, err := filepath.Rel(tree, file)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(file)
		all[path] = string(data)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}
