package bump

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"attributed/openapi"
)

// Diff tells what it means for the served operations that the spec after replaces
// the spec before. An operation that before lacks is added. It returns an error where one of the
// two cannot be read, where both lack a served operation, and where after has none of them.
func Diff(before, after []byte, served []openapi.ServedOperation) (*Report, error) {
	b, err := newBump(before, after, served)
	if err != nil {
		return nil, err
	}
	return b.report()
}

// DiffTree is [Diff] for the operations that a tree serves. It also compares upstream's own
// operations that the tree's overlay copies: their findings are part of the verdict.
func DiffTree(tree string, before, after []byte) (*Report, error) {
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
	r.add(own)
	return r, nil
}

// DiffByID is [Diff] for the operations that before has under these operationIds.
func DiffByID(before, after []byte, ids []string) (*Report, error) {
	spec, err := openapi.Read(before)
	if err != nil {
		return nil, &SpecError{Err: err}
	}
	served, err := spec.ServedByID(ids)
	if err != nil {
		return nil, &SpecError{Err: err}
	}
	return Diff(before, after, served)
}

// bump is an old and a new spec, cut to what is served.
type bump struct {
	before, after side
	copies        []byte // the new originals of what the overlay copies, or nil
}

// side is one of the two specs.
type side struct {
	located []openapi.Location
	raw     *openapi.Spec // the slice as upstream wrote it
	slice   *openapi.Spec // the slice mended
	mended  []openapi.Mended
	paths   []string // of every operation of the whole spec
}

func newBump(before, after []byte, served []openapi.ServedOperation) (*bump, error) {
	var upstream []openapi.ServedOperation
	for _, operation := range served {
		if operation.From == openapi.Upstream {
			upstream = append(upstream, operation)
		}
	}
	if len(upstream) == 0 {
		return nil, errors.New("no operation of upstream's is served: there is nothing to compare")
	}
	var b bump
	var err error
	if b.before, err = newSide(before, upstream); err != nil {
		return nil, &SpecError{Err: err}
	}
	now := make([]openapi.ServedOperation, len(upstream)) // where clients of the old spec look for them
	for i, l := range b.before.located {
		now[i] = l.Served // which is new to them where the old spec lacks it
		if !l.Missing() {
			now[i] = l.Now()
		}
	}
	if b.after, err = newSide(after, now); err != nil {
		return nil, &SpecError{New: true, Err: err}
	}
	for i, l := range b.before.located {
		if l.Missing() && b.after.located[i].Missing() {
			return nil, &SpecError{New: true, Err: fmt.Errorf("it has no operation %s (%s %s), nor has the old spec", l.Served.OperationID, l.Served.Method, l.Served.Path)}
		}
	}
	if !slices.ContainsFunc(b.after.located, func(l openapi.Location) bool { return !l.Missing() }) && !b.related(served) {
		return nil, &SpecError{New: true, Err: fmt.Errorf("it has none of the served operations (%s): is it this API's?", strings.Join(ids(b.after.located), ", "))}
	}
	return &b, nil
}

// related tells whether a spec that lacks the served operations is of the same API
// all the same, for it has one of the paths: where one operation alone is served, it may be gone.
func (b *bump) related(served []openapi.ServedOperation) bool {
	known := map[string]bool{}
	for _, path := range b.before.paths {
		known[openapi.Template(path)] = true
	}
	for _, operation := range served {
		known[openapi.Template(operation.Path)] = true
	}
	return len(b.after.located) == 1 && slices.ContainsFunc(b.after.paths, func(path string) bool { return known[openapi.Template(path)] })
}

func ids(located []openapi.Location) []string {
	var all []string
	for _, l := range located {
		all = append(all, l.Served.OperationID)
	}
	return all
}

func newSide(data []byte, served []openapi.ServedOperation) (side, error) {
	spec, err := openapi.Read(data)
	if err != nil {
		return side{}, err
	}
	s := side{located: spec.Locate(served)}
	for _, o := range spec.Operations() {
		s.paths = append(s.paths, o.Path)
	}
	if s.raw, err = spec.Cut(s.located); err != nil {
		return side{}, err
	}
	s.mended = spec.Mend(s.located)
	s.slice, err = spec.Cut(s.located)
	return s, err
}

func (b *bump) report() (*Report, error) {
	r := &Report{Wire: WireUnchanged, Go: GoUnchanged}
	r.Mended = append(mended("old", b.before.mended), mended("new", b.after.mended)...)
	equal := b.equal()
	c, missing := b.wire()
	r.Missing = missing
	r.Findings = c.findings
	if equal {
		r.count()
		r.settle()
		return r, nil
	}
	r.Wire = Compatible
	r.count()
	if len(c.findings) == 0 {
		r.Findings = []Finding{{"", "slice", "other", Compatible, "", "the slices differ only in how they are written: no client can tell"}}
	}
	r.Findings = append(r.Findings, b.secondOpinion(r)...)
	r.compareGo(b.before.slice, b.after.slice)
	r.settle()
	return r, nil
}

// wire compares operation by operation, and gives those that the new spec lacks.
func (b *bump) wire() (c *comparison, missing []string) {
	c, missing = newComparison(b.before.slice, b.after.slice), []string{}
	equal := b.equal()
	for i, l := range b.after.located {
		was := b.before.located[i]
		if was.Missing() {
			c.operation = l.ID
			c.add(Compatible, "operation", "added", "served.yaml takes it from upstream, and the old spec has none: %s %s", l.Method, l.Path)
			continue
		}
		c.operation = was.ID
		c.located(was, l)
		switch {
		case l.Missing():
			missing = append(missing, was.ID)
		case !equal:
			c.compare(operationAt(c.old, was), operationAt(c.new, l))
		}
	}
	c.operation = ""
	return c, missing
}

// equal tells whether what is served is described in the same way.
func (b *bump) equal() bool { return b.before.raw.Slice() == b.after.raw.Slice() }

// count lets each finding have its say in the verdict.
func (r *Report) count() {
	for _, f := range r.Findings {
		if f.Wire == Breaking || f.Wire == Compatible && r.Wire == WireUnchanged {
			r.Wire = f.Wire
		}
	}
}

func mended(spec string, found []openapi.Mended) []Mended {
	all := []Mended{}
	for _, m := range found {
		all = append(all, Mended{m, spec})
	}
	return all
}

// located reports where the new spec has an operation.
func (c *comparison) located(was, l openapi.Location) {
	switch {
	case l.Missing():
		c.add(Breaking, "operation", "missing", "the new spec has no such operation: neither %s %s nor its operationId; clients must do without", l.Served.Method, l.Served.Path)
		return
	case l.Replaced():
		c.add(Breaking, "operation", "moved", "it is at %s now; %s %s is another operation there, %s", strings.Join(l.Also, ", "), l.Method, l.Path, l.ID)
		return
	case l.Moved():
		c.add(Breaking, "operation", "moved", "it is at %s %s now, no longer at %s %s; clients must call that", l.Method, l.Path, l.Served.Method, l.Served.Path)
	case l.Path != l.Served.Path:
		c.add(Compatible, "operation", "path", "parameters of the path have other names: it is %s now; served.yaml must say so", l.Path)
	}
	if l.Renamed() {
		c.add(Compatible, "operation", "operationId", "its operationId is %s now; no client can tell, but Go names and served.yaml must follow", l.ID)
	}
	if len(l.Also) > 0 && !slices.Equal(l.Also, was.Also) {
		c.add(Compatible, "operation", "doubled", "%s has the same operationId; %s %s is taken for the one that is served", strings.Join(l.Also, ", "), l.Method, l.Path)
	}
}

func operationAt(spec *openapi.Spec, l openapi.Location) openapi.Operation {
	for _, o := range spec.Operations() {
		if o.Path == l.Path && o.Method == l.Method {
			return o
		}
	}
	return openapi.Operation{Path: l.Path, Method: l.Method}
}

// compareGo adds what differs in the generated code.
func (r *Report) compareGo(before, after *openapi.Spec) {
	was, err := generateGo(before)
	var is string
	if err == nil {
		is, err = generateGo(after)
	}
	var differences []goDifference
	if err == nil {
		differences, err = compareGo(was, is)
	}
	if err != nil {
		r.Go = GoChanged
		r.Findings = append(r.Findings, Finding{"", "generated code", "generation", WireUnchanged, GoChanged, "the code cannot be compared: " + err.Error()})
	}
	r.addGo(differences)
}

func (r *Report) addGo(differences []goDifference) {
	comments := 0
	for _, d := range differences {
		if d.kind == "comment" {
			comments++
			continue
		}
		r.Go = GoChanged
		r.Findings = append(r.Findings, Finding{"", d.name, "go " + d.kind, WireUnchanged, GoChanged, d.detail})
	}
	if comments > 0 {
		r.Findings = append(r.Findings, Finding{"", "generated code", "go comment", WireUnchanged, GoUnchanged, fmt.Sprintf("%d comments differ, and nothing else there", comments)})
	}
}

// settle puts what breaks first, and says of each finding what it means for Go.
func (r *Report) settle() {
	for i, f := range r.Findings {
		if f.Go == "" {
			r.Findings[i].Go = r.Go
			if isText(f.Kind) || f.Kind == "doubled" {
				r.Findings[i].Go = GoUnchanged
			}
		}
	}
	if r.Findings == nil {
		r.Findings = []Finding{}
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return a.rank() - b.rank() })
}

func (f Finding) rank() int {
	switch {
	case f.Wire == Breaking:
		return 0
	case f.Wire == Compatible:
		return 1
	case f.Go == GoChanged:
		return 2
	}
	return 3
}
