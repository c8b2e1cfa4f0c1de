package spec

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/big"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/report"
)

// options are for every look at a value: formats that kin-openapi leaves out, and
// patterns that Go's expressions cannot say, which then accept all.
var options = []openapi3.SchemaValidationOption{
	openapi3.WithStringFormatValidators(map[string]openapi3.StringFormatValidator{
		"uuid": openapi3.NewRegexpFormatValidator(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`),
		"date-time": openapi3.NewCallbackValidator(func(text string) error {
			if _, err := Instant(text); err != nil {
				return errors.New("it is no time as RFC 3339 has it")
			}
			return nil
		}),
		"email": openapi3.NewCallbackValidator(func(text string) error { _, err := mail.ParseAddress(text); return err }),
		"uri":   openapi3.NewCallbackValidator(func(text string) error { _, err := url.Parse(text); return err }),
		"ipv4":  openapi3.NewIPValidator(true),
		"ipv6":  openapi3.NewIPValidator(false),
		"ip":    openapi3.NewCallbackValidator(func(text string) error { _, err := netip.ParseAddr(text); return err }),
	}),
	openapi3.SetSchemaRegexCompiler(func(pattern string) (openapi3.RegexMatcher, error) {
		compiled, err := regexp.Compile(pattern)
		if err != nil {
			return anything{}, nil
		}
		return compiled, nil
	}),
	// kin-openapi's own texts print schema and value, which is slow, and nobody reads them.
	openapi3.SetSchemaErrorMessageCustomizer(func(e *openapi3.SchemaError) string { return e.Reason }),
}

type anything struct{}

func (anything) MatchString(string) bool { return true }

// Accepts reports whether a schema allows a value.
func Accepts(schema *openapi3.Schema, value any, as openapi3.SchemaValidationOption) bool {
	err := schema.VisitJSON(value, append(options, as, openapi3.FailFast())...)
	if err == nil {
		return true
	}
	for _, e := range schemaErrors(schema.VisitJSON(value, append(options, as, openapi3.MultiErrors())...)) {
		if !e.allowed() {
			return false
		}
	}
	return true
}

// schemaError is one place where a value is not as its schema says.
type schemaError struct {
	pointer []string
	keyword string
	reason  string
	value   any
	schema  *openapi3.Schema
}

// allowed reports what kin-openapi refuses and the spec allows: null where no type is
// given (OpenAPI 3.0.3, "nullable").
func (e schemaError) allowed() bool {
	if e.schema == nil {
		return false
	}
	if e.keyword == "enum" && e.value == nil && e.schema.Nullable {
		return true // see takesNull
	}
	return e.keyword == "nullable" && e.schema.Type == nil &&
		len(e.schema.AllOf)+len(e.schema.AnyOf)+len(e.schema.OneOf)+len(e.schema.Enum) == 0
}

// problem is the error as one of a body that is what says.
func (e schemaError) problem(class report.Class, what string, schema *openapi3.SchemaRef, place string) Problem {
	where := Dotted(e.pointer)
	p := Problem{
		Class:    class,
		Key:      where + " " + e.keyword,
		Fault:    fmt.Sprintf("%s in which %s is wrong: it must be %s", what, orBody(where), e.wanted()),
		Expected: e.wanted(),
		Got:      Excerpt(e.value),
		Place:    PlaceIn(schema, place, e.pointer),
	}
	if e.keyword == "required" {
		p.Fault, p.Expected, p.Got = fmt.Sprintf("%s in which %s is missing", what, where), where, "none"
	}
	return p
}

// schemaErrors takes apart what VisitJSON returns.
func schemaErrors(err error) []schemaError {
	var found []schemaError
	var walk func(err error, above []string)
	walk = func(err error, above []string) {
		switch e := err.(type) {
		case nil:
		case openapi3.MultiError:
			for _, one := range e {
				walk(one, above)
			}
		case *openapi3.SchemaError:
			pointer := e.JSONPointer()
			if inner, ok := errors.AsType[openapi3.MultiError](e.Origin); ok && e.SchemaField == "allOf" {
				walk(inner, above)
				return
			}
			reason := e.Reason
			if reason == "" && e.Origin != nil {
				reason = e.Origin.Error()
			}
			found = append(found, schemaError{pointer, e.SchemaField, reason, e.Value, e.Schema})
		default:
			found = append(found, schemaError{pointer: above, keyword: "schema", reason: err.Error()})
		}
	}
	walk(err, nil)
	return found
}

// Dotted names a place as a person does; all elements of an array are one.
func Dotted(pointer []string) string {
	var name strings.Builder
	for _, token := range pointer {
		if _, err := strconv.Atoi(token); err == nil {
			name.WriteString("[]")
			continue
		}
		if name.Len() > 0 {
			name.WriteByte('.')
		}
		name.WriteString(token)
	}
	return name.String()
}

func orBody(where string) string {
	if where == "" {
		return "the whole"
	}
	return where
}

// PlaceIn follows a pointer into a value through the value's schema, and names the
// place where the spec speaks of it: behind the last reference.
func PlaceIn(ref *openapi3.SchemaRef, place string, pointer []string) string {
	if ref == nil || ref.Value == nil {
		return place
	}
	if ref.Ref != "" {
		place = ref.Ref
	}
	if len(pointer) == 0 {
		return place
	}
	if _, err := strconv.Atoi(pointer[0]); err == nil && ref.Value.Items != nil {
		return PlaceIn(ref.Value.Items, place+"/items", pointer[1:])
	}
	if property := ref.Value.Properties[pointer[0]]; property != nil {
		return PlaceIn(property, place+"/properties/"+escape(pointer[0]), pointer[1:])
	}
	for i, part := range ref.Value.AllOf {
		if whole := Merged(part); whole != nil && whole.Properties[pointer[0]] != nil {
			return PlaceIn(part, place+"/allOf/"+strconv.Itoa(i), pointer)
		}
	}
	return place
}

// widths are the greatest values of the formats of integers (OpenAPI 3.0.3, Data Types).
var widths = map[string]*big.Int{"int32": big.NewInt(math.MaxInt32), "int64": big.NewInt(math.MaxInt64)}

// tooWide finds integers that their format does not hold, by all of their digits: kin-openapi
// looks at the nearest float, of which that of 2^63-1 is 2^63.
func tooWide(ref *openapi3.SchemaRef, value any, as openapi3.SchemaValidationOption) []schemaError {
	var found []schemaError
	var walk func(ref *openapi3.SchemaRef, value any, pointer []string)
	walk = func(ref *openapi3.SchemaRef, value any, pointer []string) {
		s := MergedFor(ref, value, as)
		if s == nil || len(pointer) > MaxDepth {
			return
		}
		switch v := value.(type) {
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(v)) {
				property := s.Properties[name]
				if property == nil {
					property = s.AdditionalProperties.Schema
				}
				walk(property, v[name], slices.Concat(pointer, []string{name}))
			}
		case []any:
			for i, element := range v {
				walk(s.Items, element, slices.Concat(pointer, []string{strconv.Itoa(i)}))
			}
		case json.Number:
			most := widths[s.Format]
			exact, ok := Rational(v)
			if most == nil || !s.Type.Is(openapi3.TypeInteger) || !ok || !exact.IsInt() {
				return
			}
			n := exact.Num()
			least := new(big.Int).Not(most) // two's complement
			near, _ := v.Float64()
			if (n.Cmp(most) > 0 || n.Cmp(least) < 0) && math.Abs(near) <= 1<<63 { // the rest kin-openapi finds
				found = append(found, schemaError{pointer, "format", "it is no " + s.Format, value, s})
			}
		}
	}
	walk(ref, value, nil)
	return found
}
