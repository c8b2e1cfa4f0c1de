package cases

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/spec"
	"attributed/openapi/sample"
)

func (g *Generator) string(s *openapi3.Schema, name string) (any, error) {
	if spec.IsReference(name) {
		known := g.Known[name]
		if len(known) == 0 {
			return nil, unknownReference(name)
		}
		return known[g.Rand.IntN(len(known))], nil
	}
	if made, known := sample.Formatted(g.Rand, s.Format, g.Unique); known {
		return made, nil
	} else if s.Format != "" {
		return nil, fmt.Errorf("texts of the format %s are unknown", s.Format)
	}
	if s.Pattern != "" {
		return g.patterned(s)
	}
	if g.Length != nil {
		if n, ok := g.Length(s); ok {
			return g.TextOf(n), nil
		}
	}
	return g.fitted(s), nil
}

// fitted is a text of the kind asked for, as long as the schema requires.
func (g *Generator) fitted(s *openapi3.Schema) string {
	made := g.Text.before + g.Unique() + g.Text.after
	if n := len([]rune(made)); s.MaxLength != nil && n > int(*s.MaxLength) {
		return g.TextOf(int(*s.MaxLength))
	} else if n < int(s.MinLength) {
		return made + strings.Repeat("x", int(s.MinLength)-n)
	}
	return made
}

// patterned is a text that fits a pattern: with the check's own mark if it may have that, else
// one made up from the pattern, as short or long as the schema requires.
func (g *Generator) patterned(s *openapi3.Schema) (any, error) {
	if own := g.fitted(s); spec.Accepts(s, own, openapi3.VisitAsRequest()) {
		return own, nil
	}
	if made, ok := sample.Patterned(g.Rand, s, func(text string) bool { return spec.Accepts(s, text, openapi3.VisitAsRequest()) }); ok {
		return made, nil
	}
	return nil, fmt.Errorf("texts of the pattern %s cannot be made", s.Pattern)
}

// TextOf is a text of n characters, each of more than one byte.
func (g *Generator) TextOf(n int) string {
	made := make([]rune, 0, n)
	if head := []rune(g.Unique()); n > len(head) {
		made = append(made, head...)
	}
	for len(made) < n && g.Plain {
		made = append(made, rune('a'+g.Rand.IntN(26)))
	}
	for len(made) < n {
		made = append(made, rune(0x4e00+g.Rand.IntN(20000)))
	}
	return string(made)
}

// Unique returns a text that no other of the generator is.
func (g *Generator) Unique() string {
	g.Made++
	return fmt.Sprintf("%s-%d", g.Mark, g.Made)
}

// number is one that the schema allows; of a reference one of those that are known.
func (g *Generator) number(s *openapi3.Schema, name string) any {
	if known := g.Known[name]; spec.IsReference(name) && len(known) > 0 {
		if id, err := strconv.ParseInt(known[g.Rand.IntN(len(known))], 10, 64); err == nil {
			return id
		}
	}
	made := sample.Number(g.Rand, s)
	if made == math.Trunc(made) && math.Abs(made) < 1<<53 {
		return int64(made)
	}
	return made
}

// UUID is a random v4, of nothing that exists.
func (g *Generator) UUID() string { return sample.UUID(g.Rand) }
