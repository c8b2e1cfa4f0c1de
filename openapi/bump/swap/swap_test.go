package swap

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"attributed/openapi/bump/swap/swaptest"

	"github.com/google/go-cmp/cmp"
)

// The variables by which a test asks the process that it starts, which is this test
// program again, to swap or recover and to kill itself at a step.
const (
	treeVariable = "SPECBUMP_TEST_TREE"
	workVariable = "SPECBUMP_TEST_WORK" // swap or recover
	stepVariable = "SPECBUMP_TEST_STEP" // from 1; 0 is never
)

func TestMain(m *testing.M) {
	if tree := os.Getenv(treeVariable); tree != "" {
		work(tree)
		return
	}
	m.Run()
}

// work swaps or recovers in a process of its own, which is killed at a step.
func work(tree string) {
	left, err := strconv.Atoi(os.Getenv(stepVariable))
	if err != nil {
		panic(err)
	}
	step := func() {
		if left--; left == 0 {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	if os.Getenv(workVariable) == "swap" {
		err = inSteps(tree, replacements(), step)
	} else if err = finish(tree, step); errors.Is(err, os.ErrNotExist) {
		_, err = Recover(tree)
	}
	if err != nil {
		panic(err)
	}
}

func replacements() []Replacement {
	return []Replacement{
		{"openapi/swagger.json", []byte("old spec"), []byte("new spec")},
		{"gen/gen.go", []byte("old code"), []byte("new code")},
		{"gen/more.go", nil, []byte("more code")},
	}
}

// killedAt starts a process that is to kill itself at a step, and reports whether it came to that.
func killedAt(t *testing.T, tree, work string, step int) bool {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), treeVariable+"="+tree, workVariable+"="+work, stepVariable+"="+strconv.Itoa(step))
	output, err := cmd.CombinedOutput()
	exit, isExit := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil:
		return false
	case isExit && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL:
		return true
	}
	t.Fatalf("%v: %s", err, output)
	return false
}

// oldTree returns a tree as it is before the swap.
func oldTree(t *testing.T) string {
	t.Helper()
	tree := t.TempDir()
	for _, file := range replacements() {
		if file.Before == nil {
			continue
		}
		if err := os.MkdirAll(filepath.Join(tree, filepath.Dir(file.Path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(tree, file.Path), file.Before, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return tree
}

func TestASwapThatIsKilledIsNeverAMix(t *testing.T) {
	before, after := swaptest.Contents(t, oldTree(t)), map[string]string{}
	for _, file := range replacements() {
		after[file.Path] = string(file.After)
	}
	undone, finished := 0, 0
	for step := 1; ; step++ {
		tree := oldTree(t)
		killed := killedAt(t, tree, "swap", step)
		for again := 1; killed && killedAt(t, tree, "recover", again); again++ { // recovering is killed as well
		}
		if _, err := Recover(tree); err != nil {
			t.Fatal(err)
		}
		switch got := swaptest.Contents(t, tree); {
		case cmp.Equal(got, before):
			undone++
		case cmp.Equal(got, after):
			finished++
		default:
			t.Errorf("killed at step %d: %v", step, got)
		}
		if !killed {
			break
		}
	}
	if undone < 4 || finished < 5 { // the folder and three files; the journal, three files and the end
		t.Errorf("undone %d times, finished %d times", undone, finished)
	}
}

func TestRecoverSaysWhatItDid(t *testing.T) {
	for step, want := range map[int]Recovery{1: Nothing, 3: Undone, 5: Finished, 7: Finished} {
		tree := oldTree(t)
		if !killedAt(t, tree, "swap", step) {
			t.Fatal("not killed")
		}
		got, err := Recover(tree)
		if err != nil || got != want {
			t.Errorf("killed at step %d: %q %v, want %q", step, got, err, want)
		}
		if got, err := Recover(tree); err != nil || got != Nothing {
			t.Errorf("again: %q %v", got, err)
		}
	}
}

func TestASwapThatCannotBeFinishedIsUndone(t *testing.T) {
	tree := oldTree(t)
	before := swaptest.Contents(t, tree)
	blocked := append(replacements(), Replacement{"nowhere/gen.go", nil, []byte("lost code")})
	if err := inSteps(tree, blocked, func() {}); err == nil || !strings.Contains(err.Error(), "nothing was changed") {
		t.Error(err)
	}
	if diff := cmp.Diff(before, swaptest.Contents(t, tree)); diff != "" {
		t.Error(diff)
	}
	if got, err := Recover(tree); err != nil || got != Nothing {
		t.Errorf("%q %v", got, err)
	}
}

// What is killed while it is undone is undone by the next run, although some of the new
// contents are gone by then.
func TestAnUndoThatIsKilledIsFinished(t *testing.T) {
	tree := oldTree(t)
	before := swaptest.Contents(t, tree)
	if !killedAt(t, tree, "swap", 7) { // gen/gen.go is in place
		t.Fatal("not killed")
	}
	if err := put(filepath.Join(tree, Folder, "0"+oldSuffix), filepath.Join(tree, replacements()[0].Path)); err != nil {
		t.Fatal(err)
	}
	if _, err := Recover(tree); err == nil || !strings.Contains(err.Error(), "nothing was changed") {
		t.Error(err)
	}
	if diff := cmp.Diff(before, swaptest.Contents(t, tree)); diff != "" {
		t.Error(diff)
	}
}

func TestRecoverDoesNotOverwriteWhatWasChanged(t *testing.T) {
	tree := oldTree(t)
	if !killedAt(t, tree, "swap", 6) {
		t.Fatal("not killed")
	}
	file := filepath.Join(tree, "gen/gen.go")
	if err := os.WriteFile(file, []byte("by hand"), 0o644); err != nil {
		t.Fatal(err)
	}
	before := swaptest.Contents(t, tree)
	if _, err := Recover(tree); err == nil || !strings.Contains(err.Error(), "gen/gen.go was changed") {
		t.Error(err)
	}
	if diff := cmp.Diff(before, swaptest.Contents(t, tree)); diff != "" {
		t.Error(diff)
	}
}

func TestOneAtATime(t *testing.T) {
	tree := oldTree(t)
	unlock, err := Lock(tree)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Recover(tree); err == nil || !strings.Contains(err.Error(), "another specbump") {
		t.Error(err)
	}
	unlock()
	if _, err := Recover(tree); err != nil {
		t.Error(err)
	}
}
