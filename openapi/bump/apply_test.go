package bump

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"attributed/openapi/bump/swap"
	"attributed/openapi/bump/swap/swaptest"
	"attributed/openapi/diff"

	"github.com/google/go-cmp/cmp"
)

// newTree returns a project of its own: a small server, generated and built with what ours is.
func newTree(t *testing.T) string {
	t.Helper()
	tree := t.TempDir()
	if err := os.CopyFS(tree, os.DirFS("testdata/tree")); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join("../..", file))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(tree, file), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := Generate(t.Context(), tree); err != nil {
		t.Fatal(err)
	}
	return tree
}

// edited returns the vendored spec of a tree with texts replaced.
func edited(t *testing.T, tree string, oldnew ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(tree, vendored))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(oldnew); i += 2 {
		if !strings.Contains(string(data), oldnew[i]) {
			t.Fatalf("no %s in the spec", oldnew[i])
		}
	}
	return []byte(strings.NewReplacer(oldnew...).Replace(string(data)))
}

func (a Apply) mustRun(t *testing.T, spec []byte) *Applied {
	t.Helper()
	a.Log = t.Output()
	result, err := a.Run(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestApplyForwardAndBack(t *testing.T) {
	tree := newTree(t)
	before := swaptest.Contents(t, tree)
	old := edited(t, tree)

	result := Apply{Tree: tree}.mustRun(t, edited(t, tree, `"Greet"`, `"Say hello"`, `"text": {`, `"mood": {"type": "string"}, "text": {`))
	if !result.Swapped || result.Wire != diff.Compatible || result.Go != diff.GoChanged || !slices.Equal(result.Changed, []string{"openapi/swagger.json", "gen/gen.go"}) {
		t.Fatalf("%+v", result)
	}
	between := swaptest.Contents(t, tree)
	if !strings.Contains(between["openapi/swagger.json"], `"Say hello"`) || !strings.Contains(between["gen/gen.go"], "Mood *string") {
		t.Error("the new spec is not in the tree")
	}
	if result := (Apply{Tree: tree}).mustRun(t, old); !result.Swapped || result.Wire != diff.Compatible {
		t.Fatalf("%+v", result)
	}
	if diff := cmp.Diff(before, swaptest.Contents(t, tree)); diff != "" {
		t.Errorf("forward and back is not where it started:\n%s", diff)
	}
}

func TestApplyFollowsLinks(t *testing.T) {
	tree := newTree(t)
	t.Setenv("TMPDIR", filepath.Join(tree, "temporary")) // in which the tree is not copied into itself
	if err := os.Mkdir(filepath.Join(tree, "temporary"), 0o755); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(tree, link); err != nil {
		t.Fatal(err)
	}
	spec := edited(t, tree, `"Greet"`, `"Say hello"`)
	file, elsewhere := filepath.Join(tree, vendored), filepath.Join(t.TempDir(), "spec.json")
	if err := os.Rename(file, elsewhere); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, file); err != nil {
		t.Fatal(err)
	}
	if result := (Apply{Tree: link}).mustRun(t, spec); !result.Swapped {
		t.Fatalf("%+v", result)
	}
	if data, err := os.ReadFile(elsewhere); err != nil || !strings.Contains(string(data), `"Say hello"`) {
		t.Errorf("%v: the new spec is not where the link leads", err)
	}
	if info, err := os.Lstat(file); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("%v: the link is gone", err)
	}
}

func TestApplyThatSwapsNothing(t *testing.T) {
	tree := newTree(t)
	before := swaptest.Contents(t, tree)
	const mood = `"mood": {"type": "string"}, "text": {`
	for _, tt := range []struct {
		name   string
		apply  Apply
		edits  []string
		wire   diff.Wire
		failed string // the step
		says   string // its output
	}{
		{name: "unchanged", edits: []string{`"version": "1"`, `"version": "2"`}, wire: diff.WireUnchanged},
		{name: "breaking", edits: []string{`"type": "string"`, `"type": "integer"`}, wire: diff.Breaking},
		{name: "checked", apply: Apply{Check: true}, edits: []string{`"text": {`, mood}, wire: diff.Compatible},
		{name: "checked and breaking", apply: Apply{Check: true}, edits: []string{`"type": "string"`, `"type": "integer"`}, wire: diff.Breaking},
		{
			name: "an action of the overlay is idle", edits: []string{`Greeting"`, `Salute"`},
			wire: diff.Compatible, failed: "overlay", says: "$.components.schemas.Greeting",
		},
		{
			name:  "generation fails",
			edits: []string{`"text": {`, `"other": {"$ref": "#/components/schemas/hello"}, "text": {`, `"schemas": {`, `"schemas": {"hello": {"type": "object"},`},
			wire:  diff.Compatible, failed: "generate", says: "duplicate",
		},
		{
			name: "compile fails", edits: []string{`"operationId": "greet"`, `"operationId": "sayHello"`},
			wire: diff.Compatible, failed: "compile", says: "server/server.go",
		},
		{
			name: "compile fails where clients are harmed as well", apply: Apply{AcceptBreaking: true}, edits: []string{`"type": "string"`, `"type": "integer"`},
			wire: diff.Breaking, failed: "compile", says: "server/server.go",
		},
		{
			name:  "server tests fail",
			edits: []string{`"text": {`, mood, "\"required\": [", `"required": ["mood",`},
			wire:  diff.Compatible, failed: "test server/", says: `{"mood":"","text":"hello"}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.apply.Tree = tree
			result := tt.apply.mustRun(t, edited(t, tree, tt.edits...))
			failed, said := "", ""
			if result.Failed() {
				step := result.Steps[len(result.Steps)-1]
				failed, said = step.Name, step.Output
			}
			if result.Wire != tt.wire || result.Swapped || failed != tt.failed || !strings.Contains(said, tt.says) {
				t.Errorf("%+v", result)
			}
			if diff := cmp.Diff(before, swaptest.Contents(t, tree)); diff != "" {
				t.Errorf("the tree was changed:\n%s", diff)
			}
		})
	}
}

func TestApplyStages(t *testing.T) {
	tree := newTree(t)
	before := swaptest.Contents(t, tree)
	stage := filepath.Join(t.TempDir(), "stage")
	spec := edited(t, tree, `"operationId": "greet"`, `"operationId": "sayHello"`)
	result := Apply{Tree: tree, Stage: stage}.mustRun(t, spec)
	if !result.Failed() || result.Staged != stage {
		t.Errorf("%+v", result)
	}
	staged := swaptest.Contents(t, stage)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(staged))); diff != "" {
		t.Errorf("not the whole tree:\n%s", diff)
	}
	if !strings.Contains(staged["gen/gen.go"], "SayHello") || !strings.Contains(staged["openapi/swagger.json"], "sayHello") {
		t.Error("the candidate has not the new spec")
	}
	if diff := cmp.Diff(before, swaptest.Contents(t, tree)); diff != "" {
		t.Errorf("the tree was changed:\n%s", diff)
	}
	for says, stage := range map[string]string{"not empty": stage, "in the tree itself": filepath.Join(tree, "stage")} {
		if _, err := (Apply{Tree: tree, Stage: stage, Log: t.Output()}).Run(t.Context(), spec); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
}

func TestApplySeesThatTheTreeWasChangedMeanwhile(t *testing.T) {
	tree := newTree(t)
	t.Setenv("WRITE_FILE", filepath.Join(tree, "openapi/served.yaml"))
	before := swaptest.Contents(t, tree)
	_, err := Apply{Tree: tree, Log: t.Output()}.Run(t.Context(), edited(t, tree, `"Greet"`, `"Say hello"`))
	if err == nil || !strings.Contains(err.Error(), "openapi/served.yaml was changed in the meantime") {
		t.Error(err)
	}
	before["openapi/served.yaml"] = "written meanwhile"
	if diff := cmp.Diff(before, swaptest.Contents(t, tree)); diff != "" {
		t.Error(diff)
	}
}

func TestApplyFinishesWhatWasInterrupted(t *testing.T) {
	tree := newTree(t)
	before := swaptest.Contents(t, tree)
	if err := os.Mkdir(filepath.Join(tree, swap.Folder), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(tree, swap.Folder, "0"), []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	result := Apply{Tree: tree}.mustRun(t, edited(t, tree))
	if result.Recovered != string(swap.Undone) || !strings.HasPrefix(result.outcome(), "First, an interrupted bump was undone") {
		t.Errorf("%+v", result)
	}
	if diff := cmp.Diff(before, swaptest.Contents(t, tree)); diff != "" {
		t.Error(diff)
	}
}

func TestApplyLooksAtTheOverlay(t *testing.T) {
	tree := newTree(t)
	result := Apply{Tree: tree, Check: true}.mustRun(t, edited(t, tree,
		`"text": {`, `"text": {"maxLength": 100,`,
		`"get": {`, `"delete": {"operationId": "forget", "responses": {"204": {"description": "No content"}}}, "get": {`))
	if diff := cmp.Diff([]ActionEffect{{Target: "$.components.schemas.Greeting.properties.text", Overlaps: []string{"/maxLength"}}}, result.Overlay); diff != "" {
		t.Error(diff)
	}
	if len(result.Theirs) != 1 || result.Theirs[0].Operation != "forget" || !result.Theirs[0].Agrees {
		t.Errorf("%+v", result.Theirs)
	}
	if result.Wire != diff.Compatible {
		t.Errorf("the overlay's own operation is part of the verdict: %+v", result.Findings)
	}
	result = Apply{Tree: tree, Check: true}.mustRun(t, edited(t, tree,
		`"get": {`, `"delete": {"operationId": "forget", "responses": {"200": {"description": "Ok"}}}, "get": {`))
	if len(result.Theirs) != 1 || result.Theirs[0].Agrees || result.Wire != diff.WireUnchanged {
		t.Errorf("%+v", result.Theirs)
	}
}

func TestApplyWatchesWhatTheOverlayCopies(t *testing.T) {
	tree := newTree(t)
	data, err := os.ReadFile(filepath.Join(tree, servedFile))
	if err != nil {
		t.Fatal(err)
	}
	marked := strings.Replace(string(data), "from: overlay", "from: overlay, upstream: true", 1)
	if err := os.WriteFile(filepath.Join(tree, servedFile), []byte(marked), 0o644); err != nil {
		t.Fatal(err)
	}
	with := func(operation string) []byte {
		return edited(t, tree, `"get": {`, `"delete": `+operation+`, "get": {`)
	}
	another := with(`{"operationId": "forget", "responses": {"200": {"description": "Ok"}}}`)
	same := with(`{"operationId": "forget", "responses": {"204": {"description": "Gone"}}}`)
	told := with(`{"operationId": "forget", "summary": "Forget", "responses": {"204": {"description": "Gone"}}}`)
	if result := (Apply{Tree: tree}).mustRun(t, another); result.Wire != diff.Breaking || result.Swapped {
		t.Errorf("without what was copied: %+v", result)
	}
	if err := os.WriteFile(filepath.Join(tree, copied), same, 0o644); err != nil {
		t.Fatal(err)
	}
	if result := (Apply{Tree: tree}).mustRun(t, another); result.Wire != diff.Breaking || result.Swapped {
		t.Errorf("%+v", result)
	}
	if result := (Apply{Tree: tree}).mustRun(t, same); result.Wire != diff.WireUnchanged || result.Swapped {
		t.Errorf("%+v", result)
	}
	if result := (Apply{Tree: tree}).mustRun(t, edited(t, tree)); result.Wire != diff.WireUnchanged { // a slice
		t.Errorf("%+v", result)
	}
	result := Apply{Tree: tree}.mustRun(t, append(told, '\n'))
	if result.Wire != diff.Compatible || result.Go != diff.GoUnchanged || !slices.Equal(result.Changed, []string{copied}) {
		t.Errorf("%+v", result)
	}
	if again := (Apply{Tree: tree}).mustRun(t, told); again.Wire != diff.WireUnchanged {
		t.Errorf("%+v", again)
	}
}
