package openapi

import _ "embed"

// What upstream says itself of the operations that we serve, MIT, (c) Telescope
// Technology Limited, and the overlay, which is ours.
var (
	//go:embed swagger.json
	vendored []byte
	//go:embed copied.json
	originals []byte
	//go:embed overlay.yaml
	additions []byte
)

// OverlayText returns the overlay as it stands in our tree: what the effective spec has beside
// the vendored one.
func OverlayText() []byte { return additions }

// UpstreamSpecs returns the two documents that upstream's own words are in: the vendored spec,
// and the operations that the overlay copies, as they were when they were copied, maybe
// from another version. Nothing of ours is in either.
func UpstreamSpecs() (vendoredSpec, copied []byte) { return vendored, originals }
