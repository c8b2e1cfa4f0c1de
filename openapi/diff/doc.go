// Package diff says what a new version of a spec changes: on the wire, for clients that were
// written for the old one, and in the Go code that is generated from it; and writes reports
// of that.
//
// Its verdict on the wire is a proof (package subset): that each request which the old spec
// allows is allowed by the new one, and each answer of the new one by the old. Where it finds
// no proof it says breaking. What differs and harms nobody is reported too, so that nothing
// passes in silence.
//
// It compares generated code, and generates none: package bump does, and asks for a second
// opinion.
package diff
