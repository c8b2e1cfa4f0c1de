package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"attributed/contract"
	"attributed/contract/cases"
	"attributed/contract/spec"
	"attributed/contract/wire"
	"attributed/openapi"
	"attributed/server/rest"
	"attributed/store/storetest"
)

// mocking is the program with the mocks of a whole spec, and what it says that it answers.
func mocking(t *testing.T, args ...string) (s *serving, token, document string) {
	t.Helper()
	s = serve(t, append(args, "--demo", "--database", storetest.SQLiteURL(t), "--rest=mock", "--spec", upstream+"0.2512.0-668fd035.json.gz")...)
	_, _, document = send(t, http.MethodGet, "http://"+s.address+"/openapi.json", "", "")
	return s, tokenPattern.FindString(s.demo), document
}

// operationsIn are those of a spec, and a generator for which every reference is known.
func operationsIn(t *testing.T, document string) ([]*spec.Operation, *cases.Generator) {
	t.Helper()
	described, err := contract.ReadSpec([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	operations, err := spec.Operations(described)
	if err != nil {
		t.Fatal(err)
	}
	g := cases.New(1)
	for _, name := range propertyName.FindAllStringSubmatch(document, -1) {
		if spec.IsReference(name[1]) && g.Known[name[1]] == nil {
			g.Known[name[1]] = []string{g.UUID(), g.UUID(), g.UUID()}
		}
	}
	return operations, g
}

// goodCall is a good request to an operation.
func goodCall(t *testing.T, g *cases.Generator, op *spec.Operation, token string) wire.Call {
	t.Helper()
	one := wire.Call{Op: op, Method: op.Method(), Query: url.Values{}, As: wire.Credential{Token: token}}
	one.Path = pathParameter.ReplaceAllStringFunc(op.Route.Path, func(parameter string) string {
		for _, p := range append(op.Route.Operation.Parameters, op.Route.PathItem.Parameters...) {
			if p.Value.In == openapi3.ParameterInPath && "{"+p.Value.Name+"}" == parameter {
				return url.PathEscape(textOf(t, g, p.Value.Schema))
			}
		}
		t.Fatalf("%s has no parameter %s", op.ID, parameter)
		return ""
	})
	for _, p := range op.Others {
		if p.Required {
			value, err := g.Value(p.Schema, "", cases.Full)
			if err != nil {
				t.Fatalf("%s: %s: %v", op.ID, p.Name, err)
			}
			one = one.WithParameter(p, value)
		}
	}
	if op.Body != nil {
		value, err := g.Value(op.Body, "", cases.Minimal)
		if err != nil {
			t.Fatalf("%s: %v", op.ID, err)
		}
		body, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		one = one.WithBody(body, spec.PlainJSON)
	}
	return one
}

var (
	propertyName  = regexp.MustCompile(`"(\w+)":`)
	pathParameter = regexp.MustCompile(`\{[^}]+\}`)
)

func textOf(t *testing.T, g *cases.Generator, schema *openapi3.SchemaRef) string {
	t.Helper()
	value, err := g.Value(schema, "", cases.Full)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Trim(string(text), `"`)
}

// TestEveryOperationThatIsNotOursIsMocked asks every one twice, with a good request.
func TestEveryOperationThatIsNotOursIsMocked(t *testing.T) {
	s, token, document := mocking(t)
	operations, g := operationsIn(t, document)
	client := wire.NewClient("http://"+s.address, time.Minute)
	mocked := 0
	for _, op := range operations {
		switch how := op.Route.Operation.Extensions[openapi.Answered]; how {
		case "real":
			continue
		case "mock":
			mocked++
		default:
			t.Errorf("%s is %v", op.ID, how)
		}
		one := goodCall(t, g, op, token)
		first := client.Send(t.Context(), one)
		if first.Err != nil || first.Status >= 400 || first.Head.Get(rest.Mocked) != "true" {
			t.Errorf("%s: %d %v %s", op.ID, first.Status, first.Err, first.Body)
			continue
		}
		answer := &openapi3filter.ResponseValidationInput{
			RequestValidationInput: &openapi3filter.RequestValidationInput{Request: &http.Request{Method: op.Method()}, Route: op.Route},
			Status:                 first.Status, Header: first.Head, Options: &openapi3filter.Options{IncludeResponseStatus: true},
		}
		if first.Status == http.StatusNoContent {
			continue // which has no body, though the spec may describe one (RFC 9110, 15.3.5)
		}
		if err := openapi3filter.ValidateResponse(t.Context(), answer.SetBodyBytes(first.Body)); err != nil {
			t.Errorf("%s: the spec refuses %s: %v", op.ID, first.Body, err)
		}
		if again := client.Send(t.Context(), one); !bytes.Equal(again.Body, first.Body) || again.Status != first.Status {
			t.Errorf("%s: %s, and then %s", op.ID, first.Body, again.Body)
		}
	}
	if mocked < 300 {
		t.Errorf("%d are mocked", mocked)
	}
}

func TestAMockIsOfItsRequest(t *testing.T) {
	const id = "3675b69e-8324-4110-bdca-059031aa8da3"
	s, token, _ := mocking(t)
	_, _, project := send(t, http.MethodGet, "http://"+s.address+"/api/v1/projects/"+id, token, "")
	if !strings.Contains(project, `"projectUuid":"`+id+`"`) {
		t.Errorf("the id that was asked for is not in %s", project)
	}
	other, token, _ := mocking(t, "--mock-seed=2")
	if _, _, otherwise := send(t, http.MethodGet, "http://"+other.address+"/api/v1/projects/"+id, token, ""); otherwise == project {
		t.Errorf("another seed makes the same: %s", project)
	}
	status, header, body := send(t, http.MethodGet, "http://"+other.address+"/api/v1/org", token, "", "Prefer", "respond-async, code=403")
	var refused struct {
		Status string
		Error  struct{ StatusCode float64 }
	}
	if err := json.Unmarshal([]byte(body), &refused); err != nil || status != http.StatusForbidden || refused.Status != "error" || refused.Error.StatusCode != 403 {
		t.Errorf("%d %s %v, want the 403 that was asked for", status, body, err)
	}
	if header.Get("Preference-Applied") != "code=403" {
		t.Errorf("Preference-Applied: %s", header.Get("Preference-Applied"))
	}
	if status, _, body := send(t, http.MethodGet, "http://"+other.address+"/api/v1/org", token, "", "Prefer", "example=nosuch"); status != 501 || !strings.Contains(body, `no example \"nosuch\"`) {
		t.Errorf("%d %s, want 501 that names the example", status, body)
	}
}
