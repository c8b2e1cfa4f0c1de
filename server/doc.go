// Package server serves the operations of the effective spec over HTTP.
//
// It alone knows how a request is judged and how an error is answered. An operation
// is reached only by a request whose token, role and body were checked against
// the spec, in the order that its documentation promises; what the handler then
// gets is the very value that was checked. Whatever goes wrong, the answer is an
// ApiErrorPayload that quotes nothing of what was sent.
package server
