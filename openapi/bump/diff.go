package bump

import (
	"attributed/openapi"
	"attributed/openapi/diff"
)

// Diff returns what it means for the served operations that the spec after replaces
// the spec before. An operation that before lacks is added. It returns an error where one of the
// two cannot be read, where both lack a served operation, and where after has none of them.
func Diff(before, after []byte, served []openapi.ServedOperation) (*diff.Report, error) {
	p, err := diff.NewPair(before, after, served)
	if err != nil {
		return nil, err
	}
	return compared(p), nil
}

// DiffTree is [Diff] for the operations that a tree serves. It also compares upstream's own
// operations that the tree's overlay copies: their findings are part of the verdict.
// Either may be OpenAPI 3.1, in what 3.0 can say.
func DiffTree(tree string, before, after []byte) (*diff.Report, error) {
	return lowered(before, after, func(before, after []byte) (*diff.Report, error) { return diffTree(tree, before, after) })
}

func diffTree(tree string, before, after []byte) (*diff.Report, error) {
	served, err := ServedOf(tree)
	if err != nil {
		return nil, err
	}
	r, err := Diff(before, after, served)
	if err != nil {
		return nil, err
	}
	kept, err := originals(tree)
	if err != nil {
		return nil, err
	}
	own, err := copies(before, after, kept, served)
	if err != nil {
		return nil, err
	}
	r.Add(own)
	return r, nil
}

// DiffByID is [Diff] for the operations that before has under these operationIds. Either may be OpenAPI 3.1, in what
// 3.0 can say.
func DiffByID(before, after []byte, ids []string) (*diff.Report, error) {
	return lowered(before, after, func(before, after []byte) (*diff.Report, error) { return diffByID(before, after, ids) })
}

func diffByID(before, after []byte, ids []string) (*diff.Report, error) {
	spec, err := openapi.Read(before)
	if err != nil {
		return nil, &diff.SpecError{Err: err}
	}
	served, err := spec.ServedByID(ids)
	if err != nil {
		return nil, &diff.SpecError{Err: err}
	}
	return Diff(before, after, served)
}

// compared is what a new spec changes on the wire and in Go, with a second opinion.
func compared(p *diff.Pair) *diff.Report {
	r := p.Wire()
	if !p.Equal() {
		r.Findings = append(r.Findings, secondOpinion(p, r)...)
		addGo(r, p.Before.Slice, p.After.Slice)
	}
	r.Settle()
	return r
}

// addGo adds what differs in the generated code.
func addGo(r *diff.Report, before, after *openapi.Spec) {
	was, err := generateGo(before)
	var is string
	if err == nil {
		is, err = generateGo(after)
	}
	var differences []diff.GoDifference
	if err == nil {
		differences, err = diff.CompareGo(was, is)
	}
	if err != nil {
		r.Go = diff.GoChanged
		r.Findings = append(r.Findings, diff.Finding{
			Place: "generated code", Kind: "generation", Wire: diff.WireUnchanged, Go: diff.GoChanged, Detail: "the code cannot be compared: " + err.Error(),
		})
	}
	r.AddGo(differences)
}
