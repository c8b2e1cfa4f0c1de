package openapi

import _ "embed"

// What upstream says itself of the operations that we serve. MIT, (c) Telescope
// Technology Limited.
var (
	//go:embed swagger.json
	vendored []byte
	//go:embed copied.json
	originals []byte
)

// UpstreamSpecs returns the two documents that upstream's own words are in: the vendored spec,
// and the operations that the overlay copies, as they were when they were copied, maybe
// from another version. Nothing of ours is in either.
func UpstreamSpecs() (vendoredSpec, copied []byte) { return vendored, originals }
