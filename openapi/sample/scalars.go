package sample

import (
	"fmt"
	"math"
	"math/rand/v2"
	"regexp/syntax"
	"strings"

	"github.com/brianvoe/gofakeit/v7"
	"github.com/getkin/kin-openapi/openapi3"
)

func (m *Maker) text(s *openapi3.Schema, name string, place []string) (any, error) {
	if s.MaxLength != nil && *s.MaxLength < s.MinLength {
		return nil, unmade(place, "it must be longer than it may be")
	}
	plain := func() string { return fmt.Sprintf("%s-%04x", strings.Trim(name+" text", " "), m.Rand.IntN(1<<16)) }
	if strings.HasSuffix(strings.ToLower(name), "uuid") {
		if id := UUID(m.Rand); allows(s, id) {
			return id, nil
		}
	}
	if made, known := Formatted(m.Rand, s.Format, plain); known && allows(s, made) {
		return made, nil
	}
	if s.Pattern != "" {
		made, ok := Patterned(m.Rand, s, func(text string) bool { return allows(s, text) })
		if !ok {
			return nil, unmade(place, "no text of its pattern can be made")
		}
		return made, nil
	}
	made := plain()
	if n := int(s.MinLength) - len([]rune(made)); n > 0 {
		if n > tooMany {
			return nil, unmade(place, "it must be longer than a sample can be")
		}
		made += strings.Repeat("x", n)
	}
	return CutTo(made, s.MaxLength), nil
}

func (m *Maker) number(s *openapi3.Schema, place []string) (any, error) {
	for _, value := range []float64{Number(m.Rand, s), bound(s.Min, 1), bound(s.Max, -1), bound(s.Min, 0), bound(s.Max, 0), 0} {
		if s.MultipleOf != nil && *s.MultipleOf > 0 {
			value = math.Ceil(value / *s.MultipleOf) * *s.MultipleOf
		}
		if allows(s, value) {
			return value, nil
		}
	}
	return nil, unmade(place, "no number that was tried is allowed")
}

// bound is a value at a bound, or so far from it.
func bound(at *float64, off float64) float64 {
	if at == nil {
		return off
	}
	return *at + off
}

// Formatted is a text of a format; unique is a text for where it may be any. It is not known of every
// format how its texts are made.
func Formatted(random *rand.Rand, format string, unique func() string) (made string, known bool) {
	switch format {
	case "date-time":
		return fmt.Sprintf("2026-%02d-%02dT12:34:56.789Z", 1+random.IntN(12), 1+random.IntN(28)), true
	case "date":
		return fmt.Sprintf("2026-%02d-%02d", 1+random.IntN(12), 1+random.IntN(28)), true
	case "uuid":
		return UUID(random), true
	case "email":
		return strings.ToLower(strings.ReplaceAll(unique(), " ", "-")) + "@example.com", true
	case "uri", "url":
		return "https://example.com/" + strings.ReplaceAll(unique(), " ", "-"), true
	case "byte":
		return "QUJD", true
	case "ipv4", "ip":
		return "192.0.2.1", true
	case "ipv6":
		return "2001:db8::1", true
	}
	return "", false
}

// Patterned is a text that is made up from a schema's pattern, as short or long as the schema requires.
// It is not ok where none of those that were tried is accepted.
func Patterned(random *rand.Rand, s *openapi3.Schema, accepts func(text string) bool) (made string, ok bool) {
	if _, err := syntax.Parse(s.Pattern, syntax.Perl); err != nil {
		return "", false
	}
	faker := gofakeit.NewFaker(random, false)
	for range 200 {
		made := faker.Regex(s.Pattern)
		for _, text := range []string{made, CutTo(made, s.MaxLength), made + made, strings.Repeat(made, int(s.MinLength)/max(len(made), 1)+1)} {
			if accepts(text) {
				return text, true
			}
		}
	}
	return "", false
}

// CutTo is a text without what is longer than a limit.
func CutTo(text string, most *uint64) string {
	if runes := []rune(text); most != nil && len(runes) > int(*most) {
		return string(runes[:*most])
	}
	return text
}

// Number is a number between a schema's bounds: a whole one, unless there may be none between them.
func Number(random *rand.Rand, s *openapi3.Schema) float64 {
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
		return middle
	} else if s.ExclusiveMin.IsSet() || s.ExclusiveMax.IsSet() {
		return math.Trunc(middle)
	}
	return math.Trunc(low) + float64(random.Int64N(max(1, int64(high)-int64(low)+1)))
}

// UUID is a random v4, of nothing that exists.
func UUID(random *rand.Rand) string {
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", random.Uint32(), random.IntN(1<<16), random.IntN(1<<12), 0x8000|random.IntN(1<<14), random.Uint64()>>16)
}
