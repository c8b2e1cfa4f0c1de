// Package swap puts several files of a tree in place together, or not at all, whatever
// happens on the way.
//
// Their old and new contents are written to a folder beside them, then a journal that names
// them, and only then is one after the other renamed to its place. Without a journal nothing
// has happened yet; with one, [Recover] can finish it and, where a file cannot be put in
// place, undo it.
package swap

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// Folder is where, within a tree, the contents and the journal are while files are put in
// place. At any other time there is no such folder.
const Folder = ".specbump"

const (
	journal   = "journal.json"
	oldSuffix = ".old" // of a file's old content; its new one is called by its number alone
)

// entry is a file that is swapped in. Digests are of SHA-256; of a file that is not there, "".
type entry struct {
	Path   string `json:"path"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Digest returns the SHA-256 of a file's content, in hexadecimal.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// DigestOf returns the [Digest] of a file, and "" where there is none.
func DigestOf(file string) (string, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return Digest(data), err
}

// Replacement is a new content of a file.
type Replacement struct {
	Path   string // within the tree
	Before []byte // nil where there is no such file
	After  []byte
}

// Files puts the new contents into the tree. It requires that the tree is locked, and that
// nothing is left to [RecoverLocked]. Where it returns an error, the files are as they were, or
// what is left to do is left to [Recover].
func Files(tree string, files []Replacement) error { return inSteps(tree, files, func() {}) }

// inSteps is [Files], and calls step after each step that can be seen from outside.
func inSteps(tree string, files []Replacement, step func()) error {
	folder := filepath.Join(tree, Folder)
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	step()
	var entries []entry
	for i, file := range files {
		before := ""
		if file.Before != nil {
			before = Digest(file.Before)
		}
		entries = append(entries, entry{file.Path, before, Digest(file.After)})
		name := filepath.Join(folder, strconv.Itoa(i))
		err := write(name, file.After)
		if err == nil && file.Before != nil {
			err = write(name+oldSuffix, file.Before)
		}
		if err != nil {
			return errors.Join(err, os.RemoveAll(folder))
		}
		step()
	}
	data, err := json.MarshalIndent(entries, "", "  ")
	if err == nil {
		err = write(filepath.Join(folder, journal), data)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(folder))
	}
	step()
	return finish(tree, step)
}

// write writes a file under a temporary name, syncs it and renames it, so that file is never
// there in part.
func write(file string, data []byte) error {
	temporary, err := os.OpenFile(file+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = temporary.Write(data)
	err = errors.Join(err, temporary.Sync(), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), file)
	}
	return errors.Join(err, syncFolder(filepath.Dir(file)))
}

func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// finish does what the journal says and is not done yet, or undoes all of it.
func finish(tree string, step func()) error {
	folder := filepath.Join(tree, Folder)
	data, err := os.ReadFile(filepath.Join(folder, journal))
	if err != nil {
		return err
	}
	var entries []entry
	if err := json.Unmarshal(data, &entries); err != nil {
		return fmt.Errorf("%s/%s: %w", Folder, journal, err)
	}
	has := make([]string, len(entries))
	for i, e := range entries { // all are looked at before one is touched
		if has[i], err = DigestOf(filepath.Join(tree, e.Path)); err != nil {
			return err
		}
		if has[i] != e.Before && has[i] != e.After {
			return fmt.Errorf("%s was changed after the bump was interrupted: put it back as it was, or as %s/%d has it, then run specbump recover", e.Path, Folder, i)
		}
	}
	for i, e := range entries {
		if has[i] == e.After {
			continue
		}
		if err := put(filepath.Join(folder, strconv.Itoa(i)), filepath.Join(tree, e.Path)); err != nil {
			return undo(tree, entries, err)
		}
		step()
	}
	for i := range entries { // before the journal: without one they would tell of a swap that had not begun
		if err := os.RemoveAll(filepath.Join(folder, strconv.Itoa(i)+oldSuffix)); err != nil {
			return err
		}
	}
	return forget(folder, step)
}

// put moves a file to its place, which is where a link leads that is there.
func put(file, target string) error {
	if linked, err := filepath.EvalSymlinks(target); err == nil {
		target = linked
	}
	if err := os.Rename(file, target); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(target))
}

// undo puts back what was put in place before cause stood in the way. Where it cannot, or
// is killed, the journal is still there.
func undo(tree string, entries []entry, cause error) error {
	folder := filepath.Join(tree, Folder)
	for i, e := range entries {
		target := filepath.Join(tree, e.Path)
		has, err := DigestOf(target)
		switch {
		case err != nil || has != e.After:
		case e.Before == "":
			err = os.Remove(target)
		default:
			err = put(filepath.Join(folder, strconv.Itoa(i)+oldSuffix), target)
		}
		if err != nil {
			return fmt.Errorf("%w; nor can %s be put back: see to it that it can be written, then run specbump recover: %w", cause, e.Path, err)
		}
	}
	return errors.Join(fmt.Errorf("%w: nothing was changed", cause), forget(folder, func() {}))
}

// forget takes the journal away, and then the folder that it was in.
func forget(folder string, step func()) error {
	if err := os.Remove(filepath.Join(folder, journal)); err != nil {
		return err
	}
	step()
	return os.RemoveAll(folder)
}

// Recovery is what [Recover] found to do.
type Recovery string

// What there was to do.
const (
	Nothing  Recovery = "nothing was left undone"
	Finished Recovery = "an interrupted bump was finished: its files are all in place"
	Undone   Recovery = "an interrupted bump was undone: it had not begun to put files in place"
)

// Recover finishes or undoes a bump that was interrupted while it put its files in place.
func Recover(tree string) (Recovery, error) {
	unlock, err := Lock(tree)
	if err != nil {
		return "", err
	}
	defer unlock()
	return RecoverLocked(tree)
}

// RecoverLocked is [Recover] for a tree that the caller has locked.
func RecoverLocked(tree string) (Recovery, error) {
	folder := filepath.Join(tree, Folder)
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		return Nothing, nil
	} else if err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(folder, journal)); errors.Is(err, fs.ErrNotExist) {
		left, err := os.ReadDir(folder)
		if err != nil {
			return "", err
		}
		if err := os.RemoveAll(folder); err != nil {
			return "", err
		}
		if len(left) == 0 { // the last step but one: everything may be in place, or nothing was
			return Nothing, nil
		}
		return Undone, nil
	}
	return Finished, finish(tree, func() {})
}

// Lock keeps other bumps from the tree until unlock is called, or the process ends. It
// returns an error where another one has locked the tree.
func Lock(tree string) (unlock func(), err error) {
	f, err := os.Open(tree)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, errors.New("another specbump is at work on this tree")
	}
	return func() { f.Close() }, nil
}
