package bump

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"attributed/openapi/bump/swap/swaptest"

	"github.com/google/go-cmp/cmp"
)

func TestTrial(t *testing.T) {
	tree := newTree(t)
	for _, tt := range []struct {
		name, fault, err, output string
		limit                    time.Duration
	}{
		{name: "a server that does what the spec says", limit: time.Minute},
		{name: "a server that does not", fault: "finding", limit: time.Minute,
			err: "the server does not do what its spec says", output: "color is not what was sent"},
		{name: "a server that ends at once", fault: "ends", limit: time.Minute,
			err: "the server ended before it printed where it listens", output: "the property userUuid"},
		{name: "a server that never says where it listens", fault: "silent", limit: 5 * time.Second,
			err: "the contract check of the server did not end within 5s"},
		{name: "a check without an end", fault: "endless", limit: 5 * time.Second,
			err: "the contract check of the server did not end within 5s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			t.Setenv("TRIAL", tt.fault)
			t.Setenv("ATTRIBUTED_TOKEN", "of another server")
			file := filepath.Join(t.TempDir(), "pid")
			t.Setenv("TRIAL_PID", file)
			output, err := Trial(t.Context(), tree, tt.limit, "--seed", "1")
			if (err == nil) != (tt.err == "") || err != nil && err.Error() != tt.err || !strings.Contains(output, tt.output) {
				t.Errorf("%v %s", err, output)
			}
			left, err := os.ReadDir(os.Getenv("TMPDIR"))
			if err != nil || len(left) > 0 {
				t.Errorf("left behind: %v %v", left, err)
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			pid, err := strconv.Atoi(string(data))
			if err != nil || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
				t.Errorf("the server is still there: %d %v", pid, err)
			}
		})
	}
}

func TestApplyChecksTheServer(t *testing.T) {
	tree := newTree(t)
	before := swaptest.Contents(t, tree)
	t.Setenv("TRIAL", "finding")
	result := Apply{Tree: tree}.mustRun(t, edited(t, tree, `"text": {`, `"color": {"type": "string"}, "text": {`))
	step := result.Steps[len(result.Steps)-1]
	if result.Swapped || step.Name != "contract check" || step.OK || !strings.Contains(step.Output, "color is not what was sent") {
		t.Errorf("%+v", result)
	}
	if diff := cmp.Diff(before, swaptest.Contents(t, tree)); diff != "" {
		t.Errorf("the tree was changed:\n%s", diff)
	}
}
