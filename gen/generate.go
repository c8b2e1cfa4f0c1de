// Package gen is what oapi-codegen makes of the effective spec
// (openapi/swagger.json with openapi/overlay.yaml): its schemas as Go types, its
// operations as a strict Echo server, and the spec itself, embedded.
//
// Nothing here is written by hand but this file. Change openapi/ and run
// make generate.
package gen

//go:generate go run ../cmd/specbump generate
