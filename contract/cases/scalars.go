package cases

import (
	"fmt"
	"math"
	"regexp/syntax"
	"strings"

	"github.com/brianvoe/gofakeit/v7"
	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/spec"
)

func (g *Generator) string(s *openapi3.Schema, name string) (any, error) {
	if spec.IsReference(name) {
		known := g.Known[name]
		if len(known) == 0 {
			return nil, unknownReference(name)
		}
		return known[g.Rand.IntN(len(known))], nil
	}
	switch s.Format {
	case "":
	case "date-time":
		return fmt.Sprintf("2026-%02d-%02dT12:34:56.789Z", 1+g.Rand.IntN(12), 1+g.Rand.IntN(28)), nil
	case "date":
		return fmt.Sprintf("2026-%02d-%02d", 1+g.Rand.IntN(12), 1+g.Rand.IntN(28)), nil
	case "uuid":
		return g.UUID(), nil
	case "email":
		return strings.ToLower(g.Unique()) + "@example.com", nil
	case "uri", "url":
		return "https://example.com/" + g.Unique(), nil
	case "byte":
		return "QUJD", nil
	case "ipv4", "ip":
		return "192.0.2.1", nil
	case "ipv6":
		return "2001:db8::1", nil
	default:
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
	if _, err := syntax.Parse(s.Pattern, syntax.Perl); err == nil {
		faker := gofakeit.NewFaker(g.Rand, false)
		for range 200 {
			made := faker.Regex(s.Pattern)
			for _, text := range []string{made, cutTo(made, s.MaxLength), made + made, strings.Repeat(made, int(s.MinLength)/max(len(made), 1)+1)} {
				if spec.Accepts(s, text, openapi3.VisitAsRequest()) {
					return text, nil
				}
			}
		}
	}
	return nil, fmt.Errorf("texts of the pattern %s cannot be made", s.Pattern)
}

// cutTo is a text without what is longer than a limit.
func cutTo(text string, most *uint64) string {
	if runes := []rune(text); most != nil && len(runes) > int(*most) {
		return string(runes[:*most])
	}
	return text
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

func (g *Generator) number(s *openapi3.Schema) any {
	low, high := 0.0, 100.0
	if s.Min != nil {
		low = *s.Min
		high = max(high, low+100)
	}
	if s.Max != nil {
		high = *s.Max
		low = min(low, high)
	}
	if middle := (low + high) / 2; s.Type.Is(openapi3.TypeNumber) && math.Ceil(low) >= math.Floor(high)-1 {
		return middle // there may be no whole one between
	} else if s.ExclusiveMin.IsSet() || s.ExclusiveMax.IsSet() {
		return int64(middle)
	}
	return int64(low) + g.Rand.Int64N(max(1, int64(high)-int64(low)+1))
}

// UUID is a random v4, of nothing that exists.
func (g *Generator) UUID() string {
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", g.Rand.Uint32(), g.Rand.IntN(1<<16), g.Rand.IntN(1<<12), 0x8000|g.Rand.IntN(1<<14), g.Rand.Uint64()>>16)
}
