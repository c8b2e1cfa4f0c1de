package bump

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"attributed/openapi"
	"attributed/openapi/bump/swap"
	"attributed/openapi/diff"
)

// Apply puts a new version of upstream's spec into a tree.
type Apply struct {
	Tree           string    // the root of the project
	Check          bool      // do all but the last step
	AcceptBreaking bool      // go on where clients are harmed
	Stage          string    // leave the whole candidate tree in this folder, and the tree as it is
	Log            io.Writer // gets a line for each step when it ends
}

// Step is a part of the work on the candidate tree.
type Step struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Output string `json:"output,omitempty"` // what a tool said where it failed
}

// Applied is what became of an [Apply].
type Applied struct {
	diff.Report
	Recovered string         `json:"recovered,omitempty"` // what an interrupted bump had left undone
	Overlay   []ActionEffect `json:"overlay"`             // actions to look at
	Theirs    []Theirs       `json:"theirs"`              // operations of the overlay's own that the new spec has
	Steps     []Step         `json:"steps"`
	ToDecide  []string       `json:"toDecide"` // what a person has to decide where a step failed, in sentences
	Changed   []string       `json:"changed"`  // files that are new in the candidate
	Swapped   bool           `json:"swapped"`  // they are in the tree
	Staged    string         `json:"staged,omitempty"`
}

// Failed reports whether a step failed, because of which nothing was swapped in.
func (a *Applied) Failed() bool { return len(a.Steps) > 0 && !a.Steps[len(a.Steps)-1].OK }

// Run tries the new spec in a copy of the tree and, if everything works there,
// swaps it in. It first finishes or undoes a run that was interrupted. If a step fails, the
// report names it and err is nil.
func (a Apply) Run(ctx context.Context, spec []byte) (*Applied, error) {
	var err error
	if a.Tree, err = filepath.EvalSymlinks(a.Tree); err != nil { // a walk does not follow a link
		return nil, err
	}
	unlock, err := swap.Lock(a.Tree)
	if err != nil {
		return nil, err
	}
	defer unlock()
	recovered, err := swap.RecoverLocked(a.Tree)
	if err != nil {
		return nil, err
	}
	served, err := ServedOf(a.Tree)
	if err != nil {
		return nil, err
	}
	old, err := os.ReadFile(filepath.Join(a.Tree, vendored))
	if err != nil {
		return nil, err
	}
	kept, err := originals(a.Tree)
	if err != nil {
		return nil, err
	}
	p, err := diff.NewPair(old, spec, served)
	if err != nil {
		return nil, err
	}
	report := compared(p)
	own, err := copies(old, spec, kept, served)
	if err != nil {
		return nil, err
	}
	report.Add(own)
	result := &Applied{Report: *report, Overlay: []ActionEffect{}, Theirs: []Theirs{}, Steps: []Step{}, ToDecide: []string{}, Changed: []string{}}
	if recovered != swap.Nothing {
		result.Recovered = string(recovered)
	}
	if result.Theirs, err = theirs(a.Tree, spec, served, p.After.Raw); err != nil {
		return nil, err
	}
	if p.Equal() && own.Wire == diff.WireUnchanged || result.Wire == diff.Breaking && !a.AcceptBreaking {
		return result, nil
	}
	copies, err := newOriginals(spec, served)
	if err != nil {
		return nil, err
	}
	return result, a.try(ctx, p.After.Raw, copies, result)
}

// try builds and tests the candidate, of a slice as upstream wrote it. The copies are what is
// kept of upstream's operations that the overlay copies, or nil.
func (a Apply) try(ctx context.Context, slice *openapi.Spec, copies []byte, result *Applied) error {
	folder, discard, err := a.folder()
	if err != nil {
		return err
	}
	defer discard()
	c, err := newCandidate(a.Tree, folder)
	if err != nil {
		return err
	}
	result.Staged = a.Stage
	if err := os.WriteFile(filepath.Join(folder, vendored), slice.Root.Encode(), 0o644); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(folder, copied)); err == nil && copies != nil {
		if err := os.WriteFile(filepath.Join(folder, copied), copies, 0o644); err != nil {
			return err
		}
	}
	if result.Overlay, err = overlayEffects(a.Tree, folder); err != nil {
		return err
	}
	if err := a.steps(ctx, folder, result); err != nil || result.Failed() {
		return err
	}
	files, err := c.changed()
	if err != nil {
		return err
	}
	for _, file := range files {
		result.Changed = append(result.Changed, file.Path)
	}
	if a.Check || a.Stage != "" || len(files) == 0 {
		return nil
	}
	if err := c.unmoved(); err != nil {
		return err
	}
	if err := swap.Files(a.Tree, files); err != nil {
		return err
	}
	result.Swapped = true
	return nil
}

// folder returns an empty folder for the candidate, and what becomes of it afterwards.
func (a Apply) folder() (folder string, discard func(), err error) {
	if a.Stage == "" {
		folder, err = os.MkdirTemp("", "specbump-")
		if err == nil {
			err = os.Chmod(folder, 0o755) // tests may run programs as another user
		}
		return folder, func() { os.RemoveAll(folder) }, err
	}
	tree, errTree := filepath.Abs(a.Tree)
	stage, errStage := filepath.Abs(a.Stage)
	if err := errors.Join(errTree, errStage); err != nil {
		return "", nil, err
	}
	if within, err := filepath.Rel(tree, stage); err == nil && within != ".." && !strings.HasPrefix(within, "../") {
		return "", nil, fmt.Errorf("%s is in the tree itself: name a folder outside of it", a.Stage)
	}
	if err := os.MkdirAll(stage, 0o755); err != nil {
		return "", nil, err
	}
	if left, err := os.ReadDir(stage); err != nil || len(left) > 0 {
		return "", nil, errors.Join(err, fmt.Errorf("%s is not empty", a.Stage))
	}
	return stage, func() {}, nil
}

// steps works on the candidate until something fails.
func (a Apply) steps(ctx context.Context, folder string, result *Applied) error {
	run := func(args ...string) func() (string, error) {
		return func() (string, error) { return command(ctx, folder, args[0], args[1:]...) }
	}
	steps := []struct {
		name string
		run  func() (string, error)
	}{
		{"overlay", func() (string, error) { return "", idle(result.Overlay) }},
		{"generate", func() (string, error) { return "", generate(ctx, folder) }},
		{"compile", run("go", "build", "./...")},
		{"vet", run("go", "vet", "./...")},
		{"test server/", run("go", "test", "./server/...")},
		{"contract check", func() (string, error) { return Trial(ctx, folder, TrialTime, "--seed", "1") }},
	}
	var toDecide []string
	for _, s := range steps {
		started := time.Now()
		output, err := s.run()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		step := Step{Name: s.name, OK: err == nil}
		if err != nil {
			step.Output = strings.TrimSpace(err.Error() + "\n" + output)
		}
		result.Steps = append(result.Steps, step)
		fmt.Fprintf(a.Log, "%-14s %-6s %5.1fs\n", s.name, map[bool]string{true: "ok", false: "failed"}[step.OK], time.Since(started).Seconds())
		if err != nil {
			result.ToDecide = append(result.ToDecide, toDecide...)
			return nil
		}
		if s.name == "generate" {
			if toDecide, err = compareGenerated(a.Tree, folder, result); err != nil {
				return err
			}
		}
	}
	return nil
}

// compareGenerated adds to the report how the generated code differs, with the overlay
// applied, and returns the sentences of [Applied.ToDecide].
func compareGenerated(tree, folder string, result *Applied) ([]string, error) {
	var code [2]string
	for i, root := range []string{tree, folder} {
		files, err := filepath.Glob(filepath.Join(root, generated, "*.gen.go"))
		if err != nil {
			return nil, err
		}
		if len(files) == 0 {
			files = []string{filepath.Join(root, generated, "gen.go")}
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			code[i] += string(data)
		}
	}
	differences, err := diff.CompareGo(code[0], code[1])
	if err != nil {
		return nil, err
	}
	result.ReplaceGo(differences)
	return decisions(differences), nil
}
