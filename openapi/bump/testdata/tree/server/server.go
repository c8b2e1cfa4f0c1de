// Package server greets: it stands for ours in the tests.
package server

import (
	"context"

	"attributed/gen"
)

// Server implements the spec's operations.
type Server struct{}

var _ gen.StrictServerInterface = Server{}

// Greet implements GET /greeting.
func (Server) Greet(context.Context, gen.GreetRequestObject) (gen.GreetResponseObject, error) {
	return gen.Greet200JSONResponse(gen.Hello{Text: "hello"}), nil
}

// Forget implements DELETE /greeting.
func (Server) Forget(context.Context, gen.ForgetRequestObject) (gen.ForgetResponseObject, error) {
	return gen.Forget204Response{}, nil
}
