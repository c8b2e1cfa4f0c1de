package spec

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize/english"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// wanted says what a value had to be, in words of our own: what follows "it must be".
func (e schemaError) wanted() string {
	s := e.schema
	if s == nil {
		return "as its schema says"
	}
	switch e.keyword {
	case "nullable":
		return cmp.Or(typeInWords(s), "another value") + ", not null"
	case "type":
		return cmp.Or(typeInWords(s), "of the schema's type")
	case "readOnly", "writeOnly":
		return "left out, since it is " + e.keyword
	case "enum":
		return "one of " + enumerated(s.Enum)
	case "format":
		return "of the format " + s.Format
	case "pattern":
		return "a text that " + strconv.Quote(s.Pattern) + " matches"
	case "minLength":
		return fmt.Sprintf("a text of at least %s", english.Plural(int(s.MinLength), "character", ""))
	case "uniqueItems":
		return "an array without an element twice"
	case "minItems":
		return fmt.Sprintf("an array of at least %s", english.Plural(int(s.MinItems), "element", ""))
	case "minProperties":
		return fmt.Sprintf("an object of at least %s", propertiesInWords(s.MinProps))
	case "oneOf":
		return "as exactly one of the schema's alternatives says (oneOf)"
	case "anyOf":
		return "as one of the schema's alternatives says (anyOf)"
	case "allOf":
		return "as all parts of the schema say (allOf)"
	case "not":
		return "another value than the schema rules out (not)"
	case "discriminator":
		return "an object whose " + discriminatorOf(s) + " names one of the schema's alternatives"
	case "properties", "additionalProperties":
		return "an object without properties that the schema does not have"
	}
	return e.limit(s)
}

// limit says what a number, a length or a count had to be.
func (e schemaError) limit(s *openapi3.Schema) string {
	number := func(f *float64) string {
		if f == nil {
			return "the schema's limit"
		}
		return strconv.FormatFloat(*f, 'f', -1, 64)
	}
	count := func(n *uint64) int {
		if n == nil {
			return 0
		}
		return int(*n)
	}
	switch e.keyword {
	case "minimum":
		return "a number of at least " + number(s.Min)
	case "maximum":
		return "a number of at most " + number(s.Max)
	case "exclusiveMinimum":
		return "a number above " + number(s.Min)
	case "exclusiveMaximum":
		return "a number below " + number(s.Max)
	case "multipleOf":
		return "a multiple of " + number(s.MultipleOf)
	case "maxLength":
		return fmt.Sprintf("a text of at most %s", english.Plural(count(s.MaxLength), "character", ""))
	case "maxItems":
		return fmt.Sprintf("an array of at most %s", english.Plural(count(s.MaxItems), "element", ""))
	case "maxProperties":
		return fmt.Sprintf("an object of at most %s", propertiesInWords(uint64(count(s.MaxProps))))
	}
	return "as its schema says (" + e.keyword + ")"
}

func propertiesInWords(n uint64) string {
	if n == 1 {
		return "1 property"
	}
	return fmt.Sprintf("%d properties", n)
}

func discriminatorOf(s *openapi3.Schema) string {
	if s.Discriminator == nil {
		return "discriminator"
	}
	return s.Discriminator.PropertyName
}

func typeInWords(s *openapi3.Schema) string {
	if s.Type == nil {
		return ""
	}
	words := map[string]string{
		openapi3.TypeString: "a text", openapi3.TypeNumber: "a number", openapi3.TypeInteger: "a whole number",
		openapi3.TypeBoolean: "true or false", openapi3.TypeArray: "an array", openapi3.TypeObject: "an object",
	}
	var all []string
	for _, name := range s.Type.Slice() {
		all = append(all, words[name])
	}
	return strings.Join(slices.DeleteFunc(all, func(word string) bool { return word == "" }), " or ")
}

// enumerated lists values as JSON has them, the first ten.
func enumerated(values []any) string {
	const most = 10
	var all []string
	for _, value := range values[:min(len(values), most)] {
		text, err := json.Marshal(value)
		if err != nil {
			text = fmt.Append(nil, value)
		}
		all = append(all, string(text))
	}
	if len(values) > most {
		all = append(all, fmt.Sprintf("%d more", len(values)-most))
	}
	return strings.Join(all, ", ")
}

// parameterReason says what is wrong with a parameter: what follows "is wrong: ".
func parameterReason(err error) string {
	if one, ok := errors.AsType[*openapi3.SchemaError](err); ok {
		if found := schemaErrors(one); len(found) > 0 {
			return "it must be " + found[0].wanted()
		}
	}
	switch {
	case errors.Is(err, openapi3filter.ErrInvalidRequired):
		return "it is missing"
	case errors.Is(err, openapi3filter.ErrInvalidEmptyValue):
		return "it must not be empty"
	}
	return "it cannot be read as its schema says"
}
