package bump

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"attributed/openapi/bump/swap"
)

// candidate is a copy of a tree in which a bump is tried.
type candidate struct {
	tree, folder string
	digests      map[string]string // of the files that were copied, by path
}

// newCandidate copies a tree into a folder.
func newCandidate(tree, folder string) (*candidate, error) {
	c := &candidate{tree, folder, map[string]string{}}
	err := c.each(tree, func(path string, mode fs.FileMode) error {
		data, err := os.ReadFile(filepath.Join(tree, path))
		if err != nil {
			return err
		}
		c.digests[path] = swap.Digest(data)
		target := filepath.Join(folder, path)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		return os.WriteFile(target, data, mode.Perm())
	})
	return c, err
}

// each calls visit with each file of a tree that a build can need or a person would
// miss: neither git's own nor what was built, nor databases, nor the candidate itself.
func (c *candidate) each(tree string, visit func(path string, mode fs.FileMode) error) error {
	own, err := os.Stat(c.folder)
	if err != nil {
		return err
	}
	return filepath.WalkDir(tree, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		path, err := filepath.Rel(tree, file)
		if err != nil {
			return err
		}
		info, err := os.Stat(file) // of what a link leads to, for that is what a build reads
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // a link that leads nowhere, or a file that has just gone
		case err != nil:
			return err
		case d.IsDir() && (slices.Contains([]string{".git", swap.Folder, "bin"}, path) || os.SameFile(info, own)):
			return fs.SkipDir
		case !info.Mode().IsRegular(), path == ".git", strings.Contains(filepath.Ext(path), ".db"):
			return nil
		}
		return visit(path, info.Mode())
	})
}

// changed returns what is to be put into the tree: the vendored spec, what the overlay copies from
// and gen/, where they differ.
func (c *candidate) changed() ([]swap.Replacement, error) {
	paths := []string{vendored}
	if _, err := os.Stat(filepath.Join(c.folder, copied)); err == nil {
		paths = append(paths, copied)
	}
	err := fs.WalkDir(os.DirFS(c.folder), generated, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			paths = append(paths, filepath.FromSlash(path))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var all []swap.Replacement
	for _, path := range paths {
		after, err := os.ReadFile(filepath.Join(c.folder, path))
		if err != nil {
			return nil, err
		}
		before, err := os.ReadFile(filepath.Join(c.tree, path))
		if err != nil && !os.IsNotExist(err) {
			return nil, err
		}
		if !bytes.Equal(before, after) {
			all = append(all, swap.Replacement{Path: path, Before: before, After: after})
		}
	}
	return all, nil
}

// unmoved returns an error if the tree is no longer what was copied and tried.
func (c *candidate) unmoved() error {
	seen := 0
	err := c.each(c.tree, func(path string, _ fs.FileMode) error {
		has, err := swap.DigestOf(filepath.Join(c.tree, path))
		if err != nil {
			return err
		}
		if seen++; has != c.digests[path] {
			return fmt.Errorf("%s was changed in the meantime: run it again", path)
		}
		return nil
	})
	if err == nil && seen != len(c.digests) {
		return fmt.Errorf("files were removed in the meantime: run it again")
	}
	return err
}
