package subset_test

import (
	"fmt"
	"log"

	"attributed/openapi"
	"attributed/openapi/subset"
	"attributed/openapi/tree"
)

// The server took names of ten characters. Now it takes longer ones, so that a client may meet
// one in an answer, and it asks for a color, which clients of the old spec do not send.
func Example() {
	spec := func(schema string) *openapi.Spec {
		s, err := openapi.Read([]byte("openapi: 3.0.0\npaths: {}\ncomponents: {schemas: {Thing: " + schema + "}}"))
		if err != nil {
			log.Fatal(err)
		}
		return s
	}
	thing := func(s *openapi.Spec) *tree.Value { return s.Root.At("components", "schemas", "Thing") }
	before := spec("{type: object, required: [name], properties: {name: {type: string, maxLength: 10}}}")
	after := spec("{type: object, required: [name, color], properties: {name: {type: string, maxLength: 255}, color: {enum: [red, blue]}}}")

	for _, f := range subset.OfRequests(before, after).Prove(thing(before), thing(after), "body") {
		fmt.Printf("requests, %s (%s): %s\n", f.Place, f.Kind, f.Detail)
	}
	for _, f := range subset.OfAnswers(after, before).Prove(thing(after), thing(before), "body") {
		fmt.Printf("answers, %s (%s): %s\n", f.Place, f.Kind, f.Detail)
	}
	// Output:
	// requests, body.color (required): the request gains this required property: clients that do not know it are refused
	// answers, body.name (maxLength): texts above a maxLength of 10 are now possible, which was ruled out
}
