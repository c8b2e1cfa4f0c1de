// Package openapi reads specs and what we add to them: the overlay, and the list of
// operations that we serve.
//
// It works on files and bytes alone and knows nothing of the code that is generated
// from them, so that it can be used while that code does not compile.
package openapi
