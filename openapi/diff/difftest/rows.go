package difftest

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"attributed/openapi"
	"attributed/openapi/diff"

	"gopkg.in/yaml.v3"
)

// Row is a change of a spec, and what is to be said of it.
type Row struct {
	Name          string
	Before, After []byte
	Served        []openapi.ServedOperation
	Wire          diff.Wire
	Kind          string // of a finding that must be there, with the row's verdict; "" is any or none
}

// Check requires that a report says of a row what is to be said, and that nothing passes in
// silence.
func (r Row) Check(t *testing.T, got *diff.Report) {
	t.Helper()
	if got.Wire != r.Wire {
		t.Errorf("%s, want %s: %+v", got.Wire, r.Wire, got.Findings)
	}
	named := func(f diff.Finding) bool { return f.Kind == r.Kind && f.Wire == r.Wire }
	if r.Kind != "" && !slices.ContainsFunc(got.Findings, named) {
		t.Errorf("no finding of the kind %q: %+v", r.Kind, got.Findings)
	}
	if (len(got.Findings) == 0) != (got.Wire == diff.WireUnchanged) {
		t.Errorf("wire %s with %d findings: nothing may pass in silence", got.Wire, len(got.Findings))
	}
}

// Rows returns the rows of all files in a folder, which is package diff's testdata.
func Rows(t *testing.T, folder string) []Row {
	t.Helper()
	return slices.Concat(schemas(t, folder), operations(t, folder), locations(t, folder))
}

// parsed reads the rows of a file.
func parsed[T any](t *testing.T, folder, name string) []T {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	var all []T
	if err := yaml.Unmarshal(data, &all); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return all
}

// schemas are the rows of one change of a schema, each tried in both directions.
func schemas(t *testing.T, folder string) []Row {
	t.Helper()
	type row struct {
		Name              string
		Old, New          any
		Components        Object
		OldComponents     Object `yaml:"oldComponents"`
		NewComponents     Object `yaml:"newComponents"`
		Request, Response diff.Wire
	}
	var all []Row
	for _, r := range parsed[row](t, folder, "schemas.yaml") {
		old, new := r.OldComponents, r.NewComponents
		if r.Components != nil {
			old, new = r.Components, r.Components
		}
		for _, direction := range []struct {
			name string
			use  func(any) Object
			wire diff.Wire
		}{{"request", Asking, r.Request}, {"response", Answering, r.Response}} {
			all = append(all, Row{
				Name: direction.name + "/" + r.Name, Served: Served, Wire: direction.wire,
				Before: Spec(t, direction.use(r.Old), Object{"schemas": orEmpty(old)}), After: Spec(t, direction.use(r.New), Object{"schemas": orEmpty(new)}),
			})
		}
	}
	return all
}

func orEmpty(o Object) Object {
	if o == nil {
		return Object{}
	}
	return o
}

// operations are the rows of one change of an operation, over the one of the first row.
func operations(t *testing.T, folder string) []Row {
	t.Helper()
	type row struct {
		Name     string
		Old, New Object
		Wire     diff.Wire
		Kind     string
	}
	rows := parsed[row](t, folder, "operations.yaml")
	base := rows[0].Old
	var all []Row
	for _, r := range rows {
		all = append(all, Row{
			Name: "operation/" + r.Name, Served: Served, Wire: r.Wire, Kind: r.Kind,
			Before: Spec(t, Over(base, r.Old), Schemes()), After: Spec(t, Over(base, r.New), Schemes()),
		})
	}
	return all
}

// locations are the rows of where an operation is.
func locations(t *testing.T, folder string) []Row {
	t.Helper()
	type row struct {
		Name     string
		Old, New []string
		Wire     diff.Wire
		Kind     string
	}
	served := []openapi.ServedOperation{{OperationID: "update", Method: "PUT", Path: "/things/{id}", From: openapi.Upstream}}
	var all []Row
	for _, r := range parsed[row](t, folder, "located.yaml") {
		if r.Old == nil {
			r.Old = []string{"put /things/{id} update"}
		}
		all = append(all, Row{Name: "located/" + r.Name, Served: served, Wire: r.Wire, Kind: r.Kind, Before: Located(t, r.Old), After: Located(t, r.New)})
	}
	return all
}
