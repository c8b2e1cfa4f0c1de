package sample

import (
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
)

// ready is a value that need not be made up.
func (m *Maker) ready(s *openapi3.Schema, name string) (any, bool) {
	if text, given := m.Given[name]; given {
		for _, value := range readings(text) {
			if s.Format == "uuid" && uuid.Validate(text) != nil {
				break // which kin-openapi does not look at
			}
			if allows(s, value) {
				return value, true
			}
		}
	}
	for _, value := range []any{s.Example, s.Default} {
		if value == nil {
			continue
		}
		for _, known := range []any{m.WithGiven(value), value} {
			if allows(s, known) {
				return known, true
			}
		}
	}
	return nil, false
}

// readings are the values that a text of a request may stand for.
func readings(text string) []any {
	values := []any{text}
	if number, err := strconv.ParseFloat(text, 64); err == nil {
		values = append(values, number)
	}
	if flag, err := strconv.ParseBool(text); err == nil {
		values = append(values, flag)
	}
	return values
}

// WithGiven is a value with what is given in the place of texts of the same name.
func (m *Maker) WithGiven(value any) any {
	switch value := value.(type) {
	case map[string]any:
		with := make(map[string]any, len(value))
		for name, member := range value {
			with[name] = m.WithGiven(member)
			if given, there := m.Given[name]; there {
				if _, text := member.(string); text {
					with[name] = given
				}
			}
		}
		return with
	case []any:
		with := make([]any, len(value))
		for i, element := range value {
			with[i] = m.WithGiven(element)
		}
		return with
	}
	return value
}
