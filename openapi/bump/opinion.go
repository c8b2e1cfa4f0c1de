package bump

import (
	"fmt"
	"strings"

	"attributed/openapi"
	"attributed/openapi/diff"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	keywords "github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"
)

// secondOpinion reports what oasdiff takes for breaking in an operation in which the
// proofs found nothing that breaks. It decides nothing: oasdiff compares keyword
// by keyword, and so objects to an object that becomes an anyOf holding it.
func secondOpinion(p *diff.Pair, r *diff.Report) []diff.Finding {
	broken := map[string]bool{}
	for _, f := range r.Findings {
		broken[f.Operation] = broken[f.Operation] || f.Wire == diff.Breaking
	}
	changes, localize, err := oasdiff(p.Before.Slice, p.After.Slice)
	if err != nil {
		return []diff.Finding{{Place: "slice", Kind: "second opinion", Wire: diff.WireUnchanged, Go: diff.GoUnchanged, Detail: "oasdiff gives none: " + err.Error()}}
	}
	var found []diff.Finding
	for i, l := range p.After.Located {
		id := p.Before.Located[i].ID
		for _, change := range changes {
			if !broken[id] && change.GetPath() == l.Path && change.GetOperation() == l.Method {
				text := strings.Join(strings.Fields(change.GetUncolorizedText(localize)), " ")
				found = append(found, diff.Finding{
					Operation: id, Place: "operation", Kind: "second opinion", Wire: diff.Compatible,
					Detail: fmt.Sprintf("oasdiff takes this for breaking (%s: %s); the proof shows that it is not", change.GetId(), text),
				})
			}
		}
	}
	return found
}

// maxOpinion is the size of slices that oasdiff is asked about: it compares each value of
// an enum with each other one.
const maxOpinion = 10_000

var errTooLarge = fmt.Errorf("the slices have more than %d values, which it takes too long for", maxOpinion)

// oasdiff returns the changes between two mended slices that oasdiff calls errors. What would
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
	report, sources, err := keywords.GetWithOperationsSourcesMap(keywords.NewConfig(), was, is)
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
