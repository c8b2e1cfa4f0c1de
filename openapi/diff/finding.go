package diff

import (
	"attributed/openapi"
)

// Wire is what a bump means for a client that was written for the old spec and talks
// to a server that keeps to the new one.
type Wire string

// What there is to say of the wire.
const (
	WireUnchanged Wire = "unchanged"  // what is served is described by equal slices
	Compatible    Wire = "compatible" // the slices differ, and no such client is harmed
	Breaking      Wire = "breaking"   // a request may be refused, or an answer be one that was ruled out
)

// Go is what a bump means for the code that is generated.
type Go string

// What there is to say of Go.
const (
	GoUnchanged Go = "unchanged" // at most its comments and the spec that it embeds differ
	GoChanged   Go = "changed"
)

// Finding is one thing that a bump changes.
type Finding struct {
	Operation string `json:"operation"` // its operationId in the old spec; "" is all of them
	Place     string `json:"place"`     // as in "request body: users[].value"
	Kind      string `json:"kind"`      // a keyword of OpenAPI, or what happened to the whole
	Wire      Wire   `json:"wire"`
	Go        Go     `json:"go"`
	Detail    string `json:"detail"` // what happened, and what a client or a handler must do
}

// Mended is what was put right in one of the two specs.
type Mended struct {
	openapi.Mended
	Spec string `json:"spec"` // old or new
}

// Report is what a bump changes.
type Report struct {
	Wire     Wire      `json:"wire"`
	Go       Go        `json:"go"`
	Findings []Finding `json:"findings"`
	Mended   []Mended  `json:"mended"`
	Missing  []string  `json:"missing"` // operationIds of served operations that the new spec lacks
}

// SpecError is what is wrong with one of the two specs, neither of which is then compared.
type SpecError struct {
	New bool // else it is the old one
	Err error
}

// Error returns which of the two specs it is, and what is wrong with it.
func (e *SpecError) Error() string {
	if e.New {
		return "new spec: " + e.Err.Error()
	}
	return "old spec: " + e.Err.Error()
}

// Unwrap returns what is wrong.
func (e *SpecError) Unwrap() error { return e.Err }
