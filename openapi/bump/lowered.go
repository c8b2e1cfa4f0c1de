package bump

import (
	"attributed/openapi"
	"attributed/openapi/diff"
)

// lowered compares two specs, of which either may be OpenAPI 3.1, as 3.0 says them. What was put otherwise for that is
// in the report; what 3.0 cannot say is a [diff.SpecError] with its place.
func lowered(before, after []byte, compare func(before, after []byte) (*diff.Report, error)) (*diff.Report, error) {
	specs, all := [][]byte{before, after}, []diff.Mended{}
	for i, data := range specs {
		spec, found, err := openapi.ReadAny(data)
		if err != nil {
			return nil, &diff.SpecError{New: i == 1, Err: err}
		}
		for _, m := range found {
			all = append(all, diff.Mended{Mended: m, Spec: []string{"old", "new"}[i]})
		}
		specs[i] = spec.Root.Encode()
	}
	r, err := compare(specs[0], specs[1])
	if err == nil {
		r.Mended = append(all, r.Mended...)
	}
	return r, err
}
