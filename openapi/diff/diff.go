package diff

import (
	"slices"
	"strings"

	"attributed/openapi"
)

// Wire returns what the new spec changes on the wire. What it does to Go is not in it
// yet: [Report.Settle] is called once that is known.
func (p *Pair) Wire() *Report {
	r := &Report{Wire: WireUnchanged, Go: GoUnchanged}
	r.Mended = append(mended("old", p.Before.mended), mended("new", p.After.mended)...)
	c, missing := p.compare()
	r.Missing = missing
	r.Findings = c.findings
	if p.Equal() {
		return r
	}
	r.Wire = Compatible
	if len(c.findings) == 0 {
		r.Findings = []Finding{{"", "slice", "other", Compatible, "", "the slices differ only in how they are written: no client can tell"}}
	}
	return r
}

// compare compares operation by operation, and returns those that the new spec lacks.
func (p *Pair) compare() (c *comparison, missing []string) {
	c, missing = newComparison(p.Before.Slice, p.After.Slice), []string{}
	equal := p.Equal()
	for i, l := range p.After.Located {
		was := p.Before.Located[i]
		if was.Missing() {
			c.operation = l.ID
			c.add(Compatible, "operation", "added", "served.yaml takes it from upstream, and the old spec has none: %s %s", l.Method, l.Path)
			continue
		}
		c.operation = was.ID
		c.located(l, p.Before.doubled[i])
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

func mended(spec string, found []openapi.Mended) []Mended {
	all := []Mended{}
	for _, m := range found {
		all = append(all, Mended{m, spec})
	}
	return all
}

// located reports where the new spec has an operation, of which the old one had doubles.
func (c *comparison) located(l openapi.Location, doubled []string) {
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
	if len(l.Also) > 0 && !slices.Equal(l.Also, doubled) {
		c.add(Compatible, "operation", "doubled", "%s has the same operationId; %s %s is taken for the one that is served", strings.Join(l.Also, ", "), l.Method, l.Path)
	}
}
