package contract_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"attributed/contract"
)

// A server whose clock tells its time as a number, though the spec has a text.
func ExampleCheck() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Method != http.MethodGet || r.URL.Path != "/clock" {
			w.WriteHeader(http.StatusNotFound)
		}
		io.WriteString(w, `{"time": 1795910400}`)
	}))
	defer server.Close()
	document, err := contract.ReadSpec([]byte(`{"openapi": "3.0.3", "info": {"title": "Clock", "version": "1"},
		"paths": {"/clock": {"get": {"operationId": "getClock", "responses": {"200": {"description": "OK", "content": {"application/json": {
			"schema": {"type": "object", "required": ["time"], "properties": {"time": {"type": "string", "format": "date-time"}}}}}}}}}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := contract.Check(context.Background(), contract.Config{URL: server.URL, Spec: document})
	if err != nil {
		fmt.Println(err) // the server could not be tested
		return
	}
	for _, f := range report.Findings {
		fmt.Printf("%s: %s %s: expected %s, got %s\n", f.Class, f.Operation, f.Fault, f.Expected, f.Got)
	}
	// Output: schema: getClock answers a body in which time is wrong: it must be a text, to a valid request: expected a text, got 1795910400
}
