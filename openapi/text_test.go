package openapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"attributed/openapi"

	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

const touchAll = `
overlay: 1.0.0
x-speakeasy-jsonpath: rfc9535
info: {title: test, version: 1.0.0}
actions:
  - {target: $.info, description: touches something, update: {x-a: 1}}
`

// spelled returns a text as some JSON writes it: escaped where that must be, or everywhere.
func spelled(t *rapid.T, text string) string {
	if rapid.Bool().Draw(t, "escaped") {
		var b strings.Builder
		for _, unit := range utf16.Encode([]rune(text)) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
		return `"` + b.String() + `"`
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

func TestAnyTextOfJSONStaysAsItIs(t *testing.T) {
	// Beside any rune those that YAML takes for something else.
	character := rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("\x00\x01\t\n\r\"'\\/#:-?{}[],&*!|>%@`~ \x7f\u0085\u00a0\u2028\u2029\ufeff\ufffd\ufffe\uffff😀\U0010ffff")))
	// And names that are too long for a key of YAML which nothing announces.
	text := rapid.Custom(func(t *rapid.T) string {
		part, times := rapid.StringOfN(character, 0, 20, -1), rapid.SampledFrom([]int{1, 1, 1, 10, 100})
		return strings.Repeat(part.Draw(t, "part"), times.Draw(t, "times"))
	})
	rapid.Check(t, func(t *rapid.T) {
		name, value := text.Draw(t, "name"), text.Draw(t, "value")
		spec := `{"openapi": "3.0.0", "info": {}, "paths": {}, "x-texts": {` + spelled(t, name) + ": [" + spelled(t, value) + "]}}"
		read, err := openapi.Read([]byte(spec))
		if err != nil {
			t.Fatal(err)
		}
		effective, _, err := openapi.ApplyOverlay([]byte(spec), []byte(touchAll))
		if err != nil {
			t.Fatal(err)
		}
		overlaid, _, err := read.WithOverlay([]byte(touchAll))
		if err != nil {
			t.Fatal(err)
		}
		for step, data := range map[string][]byte{
			"written": read.Root.Encode(), "written for YAML": read.Root.EncodeForYAML(), "overlaid": overlaid.Root.Encode(), "effective": effective,
		} {
			var whole struct {
				Texts map[string][]string `yaml:"x-texts" json:"x-texts"`
			}
			var err error
			if step == "written" || step == "overlaid" {
				err = json.Unmarshal(data, &whole)
			} else {
				err = yaml.Unmarshal(data, &whole)
			}
			if got := whole.Texts[name]; err != nil || len(got) != 1 || got[0] != value {
				t.Errorf("%s: %q %v", step, whole.Texts, err)
			}
		}
	})
}
