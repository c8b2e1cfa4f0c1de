// Package bump takes a new version of upstream's spec in: it says what the version
// changes on the wire and in the generated code, and puts it into the tree once
// everything has been seen to work with it.
//
// Its verdict on the wire is a proof: that each request the old spec allows is allowed
// by the new one, and each answer of the new one by the old. Where it finds no proof it
// says breaking. It reads specs as they are written, so that a damaged one can be judged.
package bump
