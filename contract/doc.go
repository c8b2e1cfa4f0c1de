// Package contract checks from outside whether a server keeps to a spec.
//
// It makes cases from the spec, sends them over HTTP to a server that may be
// anybody's, and holds each answer against the spec and against what was sent
// before: what was created is listed and reads back as it was sent, what was
// updated stays so, what was removed is gone, and what was refused has left
// nothing behind. From a Go test:
//
//	report, err := contract.Check(ctx, contract.Config{URL: server.URL, Spec: spec, Token: token})
//
// An error says that the server could not be tested; what is wrong with it is a
// [Finding] in the report. Nothing is known here of our own server: the paths, the
// resources and what refers to what are all derived from the spec.
package contract
