package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// manyAttributes is a file of so many attributes that an apply takes a while, and its export.
func manyAttributes(value string) string {
	var text strings.Builder
	text.WriteString("attributes:\n")
	for i := range 30 {
		fmt.Fprintf(&text, "  - name: many%02d\n    default: %s\n    groups:\n      EMEA: %s\n    users:\n      ada@example.com: %s\n", i, value, value, value)
	}
	return text.String()
}

// Killed at whatever moment, an apply leaves what a second one finishes, and what the file
// does not name is as it was.
func TestAnApplyThatIsKilledIsFinishedByTheNext(t *testing.T) {
	program := build(t)
	eachServer(t, func(t *testing.T, s *site) {
		unnamed := "      bob@example.com: his\n"
		s.apply(t, strings.ReplaceAll(manyAttributes("first"), "      ada@example.com: first\n", unnamed))
		apply := func(path string) *exec.Cmd {
			cmd := exec.CommandContext(t.Context(), program, "apply", "--yes", "-f", path)
			cmd.Env = append(os.Environ(), "ATTRIBUTED_URL="+s.url, "TOKEN="+s.token)
			return cmd
		}
		started := time.Now()
		if output, err := apply(file(t, "a.yaml", manyAttributes("second"))).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		whole := time.Since(started)
		for moment := range kills {
			value := fmt.Sprintf("value%d", moment)
			path := file(t, "a.yaml", manyAttributes(value))
			killed := apply(path)
			if err := killed.Start(); err != nil {
				t.Fatal(err)
			}
			time.AfterFunc(rand.N(whole), func() { killed.Process.Kill() })
			killed.Wait()
			s.must(t, "apply", "--yes", "-f", path)
			want := strings.ReplaceAll(manyAttributes(value), "      ada@example.com: "+value+"\n", "      ada@example.com: "+value+"\n"+unnamed)
			if diff := cmp.Diff(want, s.exported(t)); diff != "" {
				t.Fatalf("killed and applied again, -want +got:\n%s", diff)
			}
		}
	})
}

// kills for each of the four servers makes more than 50.
const kills = 13

// Two who apply files that name different people at the same time: where the server has
// versions both hold, and else somebody is told.
func TestTwoAppliesAtOnce(t *testing.T) {
	eachServer(t, func(t *testing.T, s *site) {
		s.apply(t, "attributes: [{name: a, users: {ada@example.com: start}}]")
		for round := range 10 {
			files := []string{
				file(t, "a.yaml", fmt.Sprintf("attributes: [{name: a, users: {bob@example.com: bob%d}}]", round)),
				file(t, "b.yaml", fmt.Sprintf("attributes: [{name: a, users: {eve@example.com: eve%d}}]", round)),
			}
			var results [2]result
			var both sync.WaitGroup
			for i, path := range files {
				both.Go(func() { results[i] = s.run(t, "apply", "--yes", "-f", path) })
			}
			both.Wait()
			has := s.exported(t)
			held := strings.Contains(has, fmt.Sprintf("bob%d\n", round)) && strings.Contains(has, fmt.Sprintf("eve%d\n", round))
			if !s.upstream {
				if !held || results[0].err != nil || results[1].err != nil {
					t.Errorf("held %t: %v, %v\n%s", held, results[0].err, results[1].err, has)
				}
				continue
			}
			for _, got := range results {
				if got.err != nil && (exitStatus(got.err) != 1 || !strings.Contains(got.stderr, `"a" is not as it was written: somebody else changed it`)) {
					t.Errorf("%v\n%s", got.err, got.stderr)
				}
			}
			for _, path := range files {
				s.must(t, "apply", "--yes", "-f", path)
			}
		}
	})
}
