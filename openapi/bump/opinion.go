package bump

import (
	"fmt"
	"strings"

	"attributed/openapi"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"
)

// secondOpinion reports what oasdiff takes for breaking in an operation in which the
// proofs found nothing that breaks. It decides nothing: oasdiff compares keyword
// by keyword, and so objects to an object that becomes an anyOf holding it.
func (b *bump) secondOpinion(r *Report) []Finding {
	broken := map[string]bool{}
	for _, f := range r.Findings {
		broken[f.Operation] = broken[f.Operation] || f.Wire == Breaking
	}
	changes, localize, err := oasdiff(b.before.slice, b.after.slice)
	if err != nil {
		return []Finding{{"", "slice", "second opinion", WireUnchanged, GoUnchanged, "oasdiff gives none: " + err.Error()}}
	}
	var found []Finding
	for i, l := range b.after.located {
		id := b.before.located[i].ID
		for _, change := range changes {
			if !broken[id] && change.GetPath() == l.Path && change.GetOperation() == l.Method {
				text := strings.Join(strings.Fields(change.GetUncolorizedText(localize)), " ")
				found = append(found, Finding{id, "operation", "second opinion", Compatible, "", fmt.Sprintf("oasdiff takes this for breaking (%s: %s); the proof shows that it is not", change.GetId(), text)})
			}
		}
	}
	return found
}

// maxOpinion is the size of slices that oasdiff is asked about: it compares each value of
// an enum with each other one.
const maxOpinion = 10_000

var errTooLarge = fmt.Errorf("the slices have more than %d values, which it takes too long for", maxOpinion)

// oasdiff gives the changes between two mended slices that oasdiff calls errors. What would
// be too much for it is cut off before, since no recover stops an overflow of the stack.
func oasdiff(before, after *openapi.Spec) (changes checker.Changes, localize checker.Localizer, err error) {
	before, after = before.Bare(), after.Bare()
	if finite(before)+finite(after) > maxOpinion {
		return nil, nil, errTooLarge
	}
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("it breaks down: %v", broken)
		}
	}()
	was, err := flattened(before)
	if err != nil {
		return nil, nil, err
	}
	is, err := flattened(after)
	if err != nil {
		return nil, nil, err
	}
	report, sources, err := diff.GetWithOperationsSourcesMap(diff.NewConfig(), was, is)
	if err != nil {
		return nil, nil, err
	}
	config := checker.NewConfig(checker.GetAllChecks())
	return checker.CheckBackwardCompatibilityUntilLevel(config, report, sources, checker.ERR), checker.NewDefaultLocalizer(), nil
}

func flattened(bare *openapi.Spec) (*load.SpecInfo, error) {
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = false
	return load.NewSpecInfoFromData(loader, bare.Root.Encode(), "slice", load.WithFlattenAllOf())
}
