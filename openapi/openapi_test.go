package openapi_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"attributed/openapi"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
)

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// effective is the spec that we serve.
func effective(t *testing.T) *openapi3.T {
	t.Helper()
	data, _, err := openapi.ApplyOverlay(read(t, "swagger.json"), read(t, "overlay.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	spec, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func TestEveryOverlayActionMatches(t *testing.T) {
	_, effects, err := openapi.ApplyOverlay(read(t, "swagger.json"), read(t, "overlay.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(effects) == 0 {
		t.Error("the overlay has no actions")
	}
	for _, effect := range effects {
		if effect.Idle() {
			t.Errorf("%s matches nothing: %s", effect.Target, effect.Description)
		}
		if effect.Description == "" {
			t.Errorf("%s gives no reason", effect.Target)
		}
	}
}

func TestAnActionThatMatchesNothingIsIdle(t *testing.T) {
	const actions = `
overlay: 1.0.0
x-speakeasy-jsonpath: rfc9535
info: {title: test, version: 1.0.0}
actions:
  - {target: "$.info", description: matches, update: {x-a: 1}}
  - {target: "$.nowhere", description: must match, update: {x-a: 1}}
  - {target: "$.nowhere", description: "If missing upstream: may match", update: {x-a: 1}}
`
	data, effects, err := openapi.ApplyOverlay([]byte(`{"openapi": "3.0.0", "info": {"title": "t"}}`), []byte(actions))
	if err != nil {
		t.Fatal(err)
	}
	var idle []bool
	for _, effect := range effects {
		idle = append(idle, effect.Idle())
	}
	if want := []bool{false, true, false}; !slices.Equal(idle, want) {
		t.Errorf("idle: %v, want %v", idle, want)
	}
	if !strings.Contains(string(data), `x-a`) {
		t.Errorf("the action that matches did nothing: %s", data)
	}
}

func TestApplyOverlayRefusesWhatItCannotRead(t *testing.T) {
	const good = "overlay: 1.0.0\nx-speakeasy-jsonpath: rfc9535\ninfo: {title: t, version: 1.0.0}\nactions: [{target: $.info, remove: true}]\n"
	for name, tt := range map[string]struct{ spec, actions string }{
		"a spec that is cut off":        {`{"openapi": `, good},
		"an overlay that is none":       {`{}`, `[]`},
		"an overlay of another version": {`{}`, strings.Replace(good, "1.0.0", "7.0.0", 1)},
		"a target that is no JSONPath":  {`{}`, strings.Replace(good, "$.info", "$.[", 1)},
	} {
		if _, _, err := openapi.ApplyOverlay([]byte(tt.spec), []byte(tt.actions)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestWhatIsServedIsWhatTheSpecHas(t *testing.T) {
	operations, err := openapi.ParseServed(read(t, "served.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	upstream, err := openapi3.NewLoader().LoadFromData(read(t, "swagger.json"))
	if err != nil {
		t.Fatal(err)
	}
	served, has := map[string]string{}, map[string]string{}
	for _, operation := range operations {
		served[operation.Method+" "+operation.Path] = operation.OperationID + " from " + string(operation.From)
	}
	for path, item := range effective(t).Paths.Map() {
		for method, operation := range item.Operations() {
			from := openapi.Overlay
			if its := upstream.Paths.Value(path); its != nil && its.GetOperation(method) != nil {
				from = openapi.Upstream
			}
			has[method+" "+path] = operation.OperationID + " from " + string(from)
		}
	}
	if diff := cmp.Diff(has, served); diff != "" {
		t.Errorf("-spec +served.yaml:\n%s", diff)
	}
}

// What the overlay copies is where upstream had it, and is compared with that in a bump.
func TestWhatIsCopiedIsKept(t *testing.T) {
	operations, err := openapi.ParseServed(read(t, "served.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	kept, err := openapi.Read(read(t, "copied.json"))
	if err != nil {
		t.Fatal(err)
	}
	var copies, has []string
	for _, operation := range operations {
		if operation.Copy && operation.From == openapi.Overlay {
			copies = append(copies, operation.Method+" "+operation.Path+" "+operation.OperationID)
		}
	}
	for _, operation := range kept.Operations() {
		has = append(has, operation.String()+" "+operation.ID())
	}
	slices.Sort(copies)
	slices.Sort(has)
	if diff := cmp.Diff(has, copies); diff != "" {
		t.Errorf("-copied.json +served.yaml:\n%s", diff)
	}
}

func TestEveryOperationNeedsAToken(t *testing.T) {
	spec := effective(t)
	if len(spec.Security) != 1 || spec.Security[0]["ApiKey"] == nil {
		t.Errorf("security: %v", spec.Security)
	}
	for path, item := range spec.Paths.Map() {
		for method, operation := range item.Operations() {
			if operation.Security != nil {
				t.Errorf("%s %s has a security of its own: %v", method, path, *operation.Security)
			}
		}
	}
}

func TestParseServedRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"an unknown member": `operations: [{operationId: a, method: GET, path: /a, from: upstream, to: b}]`,
		"an unknown origin": `operations: [{operationId: a, method: GET, path: /a, from: elsewhere}]`,
		"a missing path":    `operations: [{operationId: a, method: GET, from: overlay}]`,
		"no YAML":           `operations: [`,
	} {
		if _, err := openapi.ParseServed([]byte(text)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
