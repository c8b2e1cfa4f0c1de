// Package client is what oapi-codegen makes of the effective spec for those who call a
// server: its schemas as Go types, and a method for each operation. It is a package of its
// own, so that a server does not compile it.
//
// Nothing here is written by hand but this file. Change openapi/ and run
// make generate.
package client
