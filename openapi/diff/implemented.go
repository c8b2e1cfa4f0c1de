package diff

import (
	"slices"

	"attributed/openapi"
)

// Implemented compares what upstream's specs that are built in say of the operations that we implement
// with what another spec says of them, and returns the verdict and the operationIds that differ. What
// the other lacks does not differ. It returns an error where one of them cannot be cut out of the other spec.
func Implemented(spec []byte) (Wire, []string, error) {
	verdict, differ := WireUnchanged, []string{}
	vendored, copied := openapi.UpstreamSpecs()
	for _, known := range [][]byte{vendored, copied} {
		read, err := openapi.Read(known)
		if err != nil {
			return "", nil, err
		}
		var served []openapi.ServedOperation
		for _, op := range read.Operations() {
			served = append(served, openapi.ServedOperation{OperationID: op.ID(), Method: op.Method, Path: op.Path, From: openapi.Upstream})
		}
		p := Pair{}
		if p.Before, err = newSide(known, served); err != nil {
			return "", nil, err
		}
		if p.After, err = newSide(spec, served); err != nil {
			return "", nil, err
		}
		c, missing := p.compare()
		for _, f := range c.findings {
			if slices.Contains(missing, f.Operation) {
				continue
			}
			if !slices.Contains(differ, f.Operation) {
				differ = append(differ, f.Operation)
			}
			if verdict == WireUnchanged || f.Wire == Breaking {
				verdict = f.Wire
			}
		}
	}
	return verdict, differ, nil
}
